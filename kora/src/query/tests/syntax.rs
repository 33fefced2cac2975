//! Texts that are accepted, and the one text that each is printed as; and random trees, printed and
//! read again.

use super::random::condition;
use crate::query::{
    Condition, Direction, Order, Path, Projection, SortKey, parse_condition, parse_order,
    parse_path, parse_projection,
};
use crate::types::random::Random;

/// What a text is printed as once it is parsed.
const CONDITIONS: &[(&str, &str)] = &[
    // Everything, and nothing.
    ("", "*"),
    (" \t\r\n\u{a0}", "*"),
    ("*", "*"),
    ("not *", "NOT *"),
    ("(*)", "*"),
    // Comparisons.
    ("city=\"Accra\"", "city = 'Accra'"),
    ("city == 'Accra'", "city = 'Accra'"),
    ("a != 1", "a != 1"),
    ("a<>1", "a != 1"),
    ("NOT a = 1", "a != 1"),
    ("NOT a != 1", "NOT a != 1"),
    ("a<1 and a<=2 and a>3 and a>=4", "a < 1 AND a <= 2 AND a > 3 AND a >= 4"),
    ("a<-1", "a < -1"),
    ("NOT a < 1", "NOT a < 1"),
    // Null and missing.
    ("a is null", "a IS NULL"),
    ("a = NULL", "a IS NULL"),
    ("a IS NOT NULL", "a IS NOT NULL"),
    ("a != null", "a IS NOT NULL"),
    ("a exists", "a EXISTS"),
    ("a not exists", "a IS MISSING"),
    ("not a exists", "a IS MISSING"),
    ("a is missing", "a IS MISSING"),
    ("a is not missing", "a EXISTS"),
    // Lists: sorted, each value once.
    ("a in (2, 1, 1.0, 'x', null, true)", "a IN (null, true, 1, 2, 'x')"),
    ("a IN ()", "a IN ()"),
    ("a not in(1)", "a NOT IN (1)"),
    ("a IN ([2, 1], [])", "a IN ([], [2, 1])"),
    ("tags contains 'a'", "tags CONTAINS 'a'"),
    ("tags CONTAINS ANY ('a')", "tags CONTAINS 'a'"),
    ("tags contains any ('b', 'a')", "tags CONTAINS ANY ('a', 'b')"),
    ("tags CONTAINS ANY ()", "tags CONTAINS ANY ()"),
    ("tags contains all ('b', 'a')", "tags CONTAINS ALL ('a', 'b')"),
    ("tags CONTAINS ALL ('a')", "tags CONTAINS ALL ('a')"),
    ("tags NOT CONTAINS ALL ('a')", "tags NOT CONTAINS ALL ('a')"),
    ("NOT tags CONTAINS 'a'", "tags NOT CONTAINS 'a'"),
    ("tags CONTAINS [1, 2]", "tags CONTAINS [1, 2]"),
    // Between and prefix.
    ("a between 1 and 2.5", "a BETWEEN 1 AND 2.5"),
    ("a between 'a' and 'b' and b = 1", "a BETWEEN 'a' AND 'b' AND b = 1"),
    ("a not between 9 and 1", "a NOT BETWEEN 9 AND 1"),
    ("a starts with ''", "a STARTS WITH ''"),
    ("a Not Starts With 'x'", "a NOT STARTS WITH 'x'"),
    // Precedence.
    ("a=1 or b=2 and c=3", "a = 1 OR b = 2 AND c = 3"),
    ("(a=1 or b=2) and c=3", "(a = 1 OR b = 2) AND c = 3"),
    ("((a=1) and ((b=2 and c=3)))", "a = 1 AND b = 2 AND c = 3"),
    ("a=1 or (b=2 or (c=3))", "a = 1 OR b = 2 OR c = 3"),
    ("not a < 1 and b=2", "NOT a < 1 AND b = 2"),
    ("not (a=1 and b=2)", "NOT (a = 1 AND b = 2)"),
    ("not not a < 1", "NOT NOT a < 1"),
    ("not(a=1)or b=2", "a != 1 OR b = 2"),
    // Paths.
    ("address.city = 1", "address.city = 1"),
    ("address . city = 1", "address.city = 1"),
    ("`odd name`.`x``y` = 1", "`odd name`.`x``y` = 1"),
    ("`city`.`a1` = 1", "city.a1 = 1"),
    ("`` exists", "`` EXISTS"),
    ("`or` = 1 and `In`.in = 2", "`or` = 1 AND `In`.in = 2"),
    ("a.null.`true`.not exists", "a.null.true.not EXISTS"),
    ("contains contains contains.any", ""),
    (
        "contains contains 1 and starts starts with 'x'",
        "contains CONTAINS 1 AND starts STARTS WITH 'x'",
    ),
    ("missing is missing or any = 1 or with = 2", "missing IS MISSING OR any = 1 OR with = 2"),
    ("stra\u{df}e = 1 and \u{540d}\u{524d} = 2 and _id = 3", "straße = 1 AND 名前 = 2 AND _id = 3"),
    // Strings.
    ("a = 'it''s'", "a = 'it''s'"),
    ("a = \"it's\"", "a = 'it''s'"),
    ("a = \"say \"\"x\"\"\"", "a = 'say \"x\"'"),
    (r#"a = '\"\'\\\/\b\f\n\r\t\u00e9\uD83D\ude00'"#, "a = '\"''\\\\/\\u0008\\u000c\\n\\r\\té😀'"),
    ("a = 'two\nlines'", r"a = 'two\nlines'"),
    ("a = ''", "a = ''"),
    ("a = ''''", "a = ''''"),
    // Numbers.
    ("a = 9223372036854775807", "a = 9223372036854775807"),
    ("a = 9223372036854775808", "a = 9223372036854775808"),
    ("a = 18446744073709551615", "a = 18446744073709551615"),
    ("a = -9223372036854775808", "a = -9223372036854775808"),
    ("a = -0", "a = 0"),
    ("a = -0.0", "a = -0.0"),
    ("a = 3e1", "a = 30.0"),
    ("a = 1E-2", "a = 0.01"),
    ("a = 1.50e+300", "a = 1.5e300"),
    ("a = 0.1", "a = 0.1"),
    ("a = 9007199254740993.0", "a = 9007199254740992.0"),
    ("a = 4e-324", "a = 5e-324"),
    ("a = [1, [true, null], 'x']", "a = [1, [true, null], 'x']"),
    ("a = []", "a = []"),
];

#[test]
fn conditions_are_printed_in_one_way() {
    for (text, canonical) in CONDITIONS {
        // A name may be any word that is not reserved, but not everything reads as one thinks.
        if canonical.is_empty() {
            assert!(parse_condition(text).is_err(), "{text}");
            continue;
        }
        let condition = parse_condition(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(condition.to_string(), *canonical, "{text}");
        assert_eq!(condition.check(), Ok(()), "{text}");
        assert_eq!(parse_condition(canonical).as_ref(), Ok(&condition), "{canonical}");
    }
}

#[test]
fn random_conditions_read_back_as_they_were() {
    let mut random = Random::from_environment();
    for _ in 0..3_000 {
        let depth = random.within(0..6);
        let condition = condition(&mut random, depth);
        let text = condition.to_string();
        let parsed = parse_condition(&text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        assert_eq!(parsed, condition, "{text}");
        // `==` takes the two zeros for one.
        assert_eq!(parsed.to_string(), text);
    }
}

#[test]
fn what_the_parser_never_makes_is_printed_with_its_meaning() {
    let one = || parse_condition("a = 1").unwrap();
    let or = || parse_condition("a = 1 OR b = 2").unwrap();
    for (condition, text) in [
        (Condition::And(vec![]), "*"),
        (Condition::Or(vec![]), "NOT *"),
        (Condition::And(vec![one()]), "a = 1"),
        (Condition::Or(vec![Condition::Or(vec![one()])]), "(a = 1)"),
        (Condition::And(vec![or()]).negate(), "NOT ((a = 1 OR b = 2))"),
    ] {
        assert_eq!(condition.to_string(), text);
        assert!(parse_condition(text).is_ok(), "{text}");
    }
}

#[test]
fn an_order_has_the_most_important_key_first() {
    let key = |name, direction| SortKey { path: Path::field(name), direction };
    let keys = vec![key("age", Direction::Descending), key("name", Direction::Ascending)];
    assert_eq!(parse_order("age DESC, name"), Ok(Order { keys }));
    assert_eq!(parse_projection("*"), Ok(Projection { paths: Vec::new() }));
}

#[test]
fn orders_projections_and_paths_are_printed_in_one_way() {
    for (text, canonical) in [
        ("", ""),
        ("age", "age"),
        ("age asc, name DESC", "age, name DESC"),
        ("age DESC , address.city", "age DESC, address.city"),
        ("desc desc, asc asc", "desc DESC, asc"),
        ("`odd name` desc,`null`", "`odd name` DESC, `null`"),
    ] {
        let order = parse_order(text).unwrap();
        assert_eq!(order.to_string(), canonical, "{text}");
        assert_eq!(parse_order(canonical), Ok(order), "{canonical}");
    }
    for (text, canonical) in [
        ("", "*"),
        (" * ", "*"),
        ("name", "name"),
        ("name,address.city , `a.b`", "name, address.city, `a.b`"),
        ("address, address.city", "address, address.city"),
    ] {
        let projection = parse_projection(text).unwrap();
        assert_eq!(projection.to_string(), canonical, "{text}");
        assert_eq!(parse_projection(canonical), Ok(projection), "{canonical}");
    }
    for (text, canonical) in
        [("a", "a"), (" a . `b` ", "a.b"), ("`a.b`", "`a.b`"), ("a.or", "a.or")]
    {
        let path = parse_path(text).unwrap();
        assert_eq!(path.to_string(), canonical, "{text}");
        assert_eq!(parse_path(canonical), Ok(path), "{canonical}");
    }
}
