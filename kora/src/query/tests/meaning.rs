//! What conditions mean, as a table: the condition, documents that satisfy it, documents that do
//! not.

use super::json::holds;

type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

/// A predicate is true or false; NOT is plain negation.
const TRUTH: &[Row] = &[
    ("*", &["{}", r#"{"a":1}"#], &[]),
    ("NOT *", &[], &["{}", r#"{"a":1}"#]),
    (
        "a = 1",
        &[r#"{"a":1}"#, r#"{"a":1.0}"#],
        &[r#"{"a":2}"#, r#"{"a":"1"}"#, r#"{"a":null}"#, "{}"],
    ),
    ("a != 1", &[r#"{"a":2}"#, r#"{"a":"1"}"#, r#"{"a":null}"#, "{}"], &[r#"{"a":1}"#]),
    (
        "a < 5",
        &[r#"{"a":4}"#, r#"{"a":-1e300}"#],
        &[r#"{"a":5}"#, r#"{"a":"4"}"#, r#"{"a":null}"#, "{}"],
    ),
    ("NOT a < 5", &[r#"{"a":5}"#, r#"{"a":"4"}"#, r#"{"a":null}"#, "{}"], &[r#"{"a":4}"#]),
    ("a >= 5", &[r#"{"a":5}"#], &["{}", r#"{"a":"6"}"#]),
    ("a = 1 AND b = 2", &[r#"{"a":1,"b":2}"#], &[r#"{"a":1}"#, r#"{"b":2}"#]),
    ("a = 1 OR b = 2", &[r#"{"a":1}"#, r#"{"b":2}"#], &["{}", r#"{"a":2,"b":1}"#]),
    ("a = true", &[r#"{"a":true}"#], &[r#"{"a":false}"#, r#"{"a":1}"#, r#"{"a":"true"}"#]),
];

/// Null is a value, missing is none.
const ABSENCE: &[Row] = &[
    ("a IS NULL", &[r#"{"a":null}"#], &["{}", r#"{"a":0}"#, r#"{"a":[]}"#, r#"{"a":[null]}"#]),
    ("a IS NOT NULL", &["{}", r#"{"a":0}"#], &[r#"{"a":null}"#]),
    ("a EXISTS AND a IS NOT NULL", &[r#"{"a":0}"#], &["{}", r#"{"a":null}"#]),
    ("a EXISTS", &[r#"{"a":null}"#, r#"{"a":[]}"#, r#"{"a":{}}"#], &["{}", r#"{"b":1}"#]),
    ("a IS MISSING", &["{}"], &[r#"{"a":null}"#]),
    (
        "a.b IS MISSING",
        &["{}", r#"{"a":1}"#, r#"{"a":{}}"#, r#"{"a":[1,{}]}"#],
        &[r#"{"a":{"b":null}}"#, r#"{"a":[{"b":1}]}"#],
    ),
    ("a IN (null)", &[r#"{"a":null}"#], &["{}"]),
    ("`` = 1", &[r#"{"":1}"#], &["{}"]),
];

/// A path through an array means any element; at its end it means the value.
const ARRAYS: &[Row] = &[
    (
        "orders.sku = 'x'",
        &[r#"{"orders":[{"sku":"y"},{"sku":"x"}]}"#, r#"{"orders":{"sku":"x"}}"#],
        &[
            r#"{"orders":[]}"#,
            r#"{"orders":[{"sku":"y"}]}"#,
            r#"{"orders":["x"]}"#,
            r#"{"orders":[[{"sku":"x"}]]}"#,
        ],
    ),
    (
        "orders.sku != 'x'",
        &[r#"{"orders":[]}"#, r#"{"orders":[{"sku":"y"}]}"#, "{}"],
        &[r#"{"orders":[{"sku":"y"},{"sku":"x"}]}"#],
    ),
    (
        "orders.n >= 3 AND orders.n <= 5",
        &[r#"{"orders":[{"n":1},{"n":9}]}"#],
        &[r#"{"orders":[{"n":1}]}"#],
    ),
    (
        "orders.n BETWEEN 3 AND 5",
        &[r#"{"orders":[{"n":1},{"n":4}]}"#],
        &[r#"{"orders":[{"n":1},{"n":9}]}"#],
    ),
    (
        "a.b.c = 1",
        &[r#"{"a":[{"b":[{"c":2}]},{"b":[{"c":3},{"c":1}]}]}"#],
        &[r#"{"a":[{"b":[{"c":2}]}]}"#],
    ),
    ("tags = 'a'", &[r#"{"tags":"a"}"#], &[r#"{"tags":["a"]}"#]),
    (
        "tags = ['a', 1]",
        &[r#"{"tags":["a",1.0]}"#],
        &[r#"{"tags":["a"]}"#, r#"{"tags":["a",1,2]}"#, r#"{"tags":[1,"a"]}"#, r#"{"tags":"a"}"#],
    ),
    ("tags = []", &[r#"{"tags":[]}"#], &[r#"{"tags":[[]]}"#, "{}", r#"{"tags":{}}"#]),
    (
        "tags CONTAINS 'a'",
        &[r#"{"tags":["b","a"]}"#],
        &[r#"{"tags":"a"}"#, r#"{"tags":[["a"]]}"#, r#"{"tags":{"a":"a"}}"#, "{}"],
    ),
    ("tags NOT CONTAINS 'a'", &[r#"{"tags":"a"}"#, "{}", r#"{"tags":[]}"#], &[r#"{"tags":["a"]}"#]),
    (
        "tags CONTAINS ANY ('a', 1)",
        &[r#"{"tags":[1.0]}"#, r#"{"tags":["x","a"]}"#],
        &[r#"{"tags":["1"]}"#, r#"{"tags":[]}"#],
    ),
    ("tags CONTAINS ANY ()", &[], &[r#"{"tags":[1]}"#, r#"{"tags":[]}"#]),
    (
        "tags CONTAINS ALL ('a', 'b')",
        &[r#"{"tags":["b","c","a"]}"#],
        &[r#"{"tags":["a","a"]}"#, r#"{"tags":[]}"#, "{}"],
    ),
    ("tags CONTAINS ALL ()", &[r#"{"tags":[]}"#, r#"{"tags":[1]}"#], &["{}", r#"{"tags":1}"#]),
    (
        "a.tags CONTAINS ALL (1, 2)",
        &[r#"{"a":[{"tags":[1]},{"tags":[2,1]}]}"#],
        &[r#"{"a":[{"tags":[1]},{"tags":[2]}]}"#],
    ),
    ("tags CONTAINS [1]", &[r#"{"tags":[[1]]}"#], &[r#"{"tags":[1]}"#]),
];

/// Numbers by value, strings by bytes, nothing converted.
const ORDER: &[Row] = &[
    (
        "a = 9007199254740993",
        &[r#"{"a":9007199254740993}"#],
        &[r#"{"a":9007199254740992.0}"#, r#"{"a":9007199254740992}"#],
    ),
    ("a > 9007199254740992.0", &[r#"{"a":9007199254740993}"#], &[r#"{"a":9007199254740992}"#]),
    (
        "a = 18446744073709551615",
        &[r#"{"a":18446744073709551615}"#],
        &[r#"{"a":18446744073709551616.0}"#],
    ),
    ("a = 0", &[r#"{"a":-0.0}"#, r#"{"a":0.0}"#], &[r#"{"a":false}"#, r#"{"a":""}"#]),
    ("a = 3e1", &[r#"{"a":30}"#], &[r#"{"a":31}"#]),
    (
        "a BETWEEN 1 AND 3",
        &[r#"{"a":1}"#, r#"{"a":3.0}"#, r#"{"a":2.5}"#],
        &[r#"{"a":0.99}"#, r#"{"a":"2"}"#, r#"{"a":3.01}"#],
    ),
    ("a BETWEEN 3 AND 1", &[], &[r#"{"a":2}"#]),
    (
        "a BETWEEN 'a' AND 'b'",
        &[r#"{"a":"a"}"#, r#"{"a":"azz"}"#, r#"{"a":"b"}"#],
        &[r#"{"a":"ba"}"#, r#"{"a":"A"}"#, r#"{"a":1}"#],
    ),
    ("a < 'b'", &[r#"{"a":"a"}"#, r#"{"a":"B"}"#, r#"{"a":""}"#], &[r#"{"a":"b"}"#, r#"{"a":1}"#]),
    ("a > 'z'", &[r#"{"a":"é"}"#], &[r#"{"a":["zz"]}"#]),
    (
        "a STARTS WITH 'ab'",
        &[r#"{"a":"ab"}"#, r#"{"a":"abc"}"#],
        &[r#"{"a":"a"}"#, r#"{"a":"Abc"}"#, r#"{"a":["ab"]}"#],
    ),
    ("a STARTS WITH ''", &[r#"{"a":""}"#, r#"{"a":"x"}"#], &[r#"{"a":1}"#, "{}"]),
    (
        "a IN (1, 'x', [2])",
        &[r#"{"a":1.0}"#, r#"{"a":"x"}"#, r#"{"a":[2]}"#],
        &[r#"{"a":2}"#, r#"{"a":[1]}"#, r#"{"a":{}}"#],
    ),
    ("a IN ()", &[], &[r#"{"a":null}"#, "{}"]),
    ("a NOT IN (1)", &[r#"{"a":2}"#, "{}"], &[r#"{"a":1}"#]),
];

fn check(rows: &[Row]) {
    for (condition, matching, others) in rows {
        for document in *matching {
            assert!(holds(condition, document), "{condition} is false of {document}");
        }
        for document in *others {
            assert!(!holds(condition, document), "{condition} is true of {document}");
        }
    }
}

#[test]
fn predicates_are_true_or_false() {
    check(TRUTH);
}

#[test]
fn null_is_not_missing() {
    check(ABSENCE);
}

#[test]
fn a_path_through_an_array_means_any_element() {
    check(ARRAYS);
}

#[test]
fn values_compare_exactly_and_within_their_class() {
    check(ORDER);
}
