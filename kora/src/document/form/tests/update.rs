//! Changes at a path, by example and against a model made of `serde_json` values.

use serde_json::{Map, Value, json};

use super::{form, random_document, random_name, random_number, random_value, read, value_of};
use crate::document::form::update::{add, pull, push, set, set_form, unset};
use crate::document::form::{
    DEPTH_MAX, Error, Form, Kind, Number, Problem, ValueRef, changed_fields, check, copy,
    from_json, write_json,
};
use crate::types::random::Random;

const DOCUMENT: &str = r#"{"n":1,"a":{"b":{"x":1},"s":"t"},"l":[1,2.0,"2",2,[2]],"f":0.5}"#;

fn document() -> Form {
    from_json(DOCUMENT.as_bytes()).unwrap()
}

fn text_of(form: &[u8]) -> String {
    check(form).unwrap();
    let mut text = Vec::new();
    write_json(read(form), &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn path(text: &str) -> Vec<&str> {
    text.split('.').collect()
}

#[test]
fn set_replaces_in_place_and_appends_what_is_missing() {
    let set = |at: &str, value: Value| {
        text_of(&set(&document(), &path(at), read(&form(&value))).unwrap())
    };
    assert_eq!(set("n", json!("x")), DOCUMENT.replace("\"n\":1", "\"n\":\"x\""));
    assert_eq!(set("a.b.x", json!([])), DOCUMENT.replace("\"x\":1", "\"x\":[]"));
    assert_eq!(set("a", json!(null)), DOCUMENT.replace(r#"{"b":{"x":1},"s":"t"}"#, "null"));
    assert_eq!(set("z", json!(1)), DOCUMENT.replace("0.5}", "0.5,\"z\":1}"));
    let deep = DOCUMENT.replace("\"t\"}", r#""t","p":{"q":{"r":true}}}"#);
    assert_eq!(set("a.p.q.r", json!(true)), deep);
}

#[test]
fn a_value_as_long_as_the_one_before_takes_its_place() {
    for (at, values) in [
        ("n", json!([7, 63, true, null, "", "x", 1.5])),
        ("a.s", json!(["u", "tt", -9, 300, "\u{e9}"])),
        ("f", json!([0.25, 1.0e300, i64::MIN, u64::MAX, "sevenxx"])),
        ("a.b", json!([{"x": 2}, {"y": 1}, "abcdefgh", 1.5])),
        ("l.x", json!([1])),
    ] {
        for value in values.as_array().unwrap() {
            let value = form(value);
            let by_rewriting = set(&document(), &path(at), read(&value));
            assert_eq!(set_form(&document(), &path(at), &value), by_rewriting);
            assert!(by_rewriting.is_err() || check(&by_rewriting.unwrap()).is_ok());
        }
    }
    let deep = "[".repeat(DEPTH_MAX - 1) + &"]".repeat(DEPTH_MAX - 1);
    let deep = from_json(format!("{{\"n\":{deep}}}").as_bytes()).unwrap();
    let value = read(&deep).get("n").map(copy).unwrap();
    let shallow = form(&json!({"a": {"n": "x".repeat(value.len() - 4)}}));
    let refused = set_form(&shallow, &path("a.n"), &value).unwrap_err();
    assert_eq!(*refused.problem(), Problem::TooDeep);
}

#[test]
fn changed_fields_are_those_with_other_bytes() {
    let changed = |old: Value, new: Value| {
        let (old, new) = (form(&old), form(&new));
        let changed = changed_fields(read(&old), read(&new));
        let text = |name: &&[u8]| String::from_utf8(name.to_vec()).unwrap();
        changed.map(|names| names.iter().map(text).collect::<Vec<_>>())
    };
    let old = json!({"a": 1, "b": {"c": [1, 2]}, "d": "x"});
    assert_eq!(changed(old.clone(), old.clone()), Some(vec![]));
    let new = json!({"a": 1, "b": {"c": [1, 3]}, "d": "longer"});
    assert_eq!(changed(old.clone(), new), Some(vec!["b".to_owned(), "d".to_owned()]));
    for other in [json!({"a": 1, "b": 2}), json!({"a": 1, "c": 2, "d": "x"}), json!({}), json!(1)] {
        assert_eq!(changed(old.clone(), other.clone()), None);
        assert_eq!(changed(other, old.clone()), None);
    }
    let mut random = Random::from_environment();
    for _ in 0..500 {
        let old = random_document(&mut random);
        let mut new = old.clone();
        let mut names: Vec<String> = Vec::new();
        for (name, value) in new.as_object_mut().unwrap() {
            if random.one_in(3) {
                let before = form(value);
                *value = random_value(&mut random, 2);
                if form(value) != before {
                    names.push(name.clone());
                }
            }
        }
        assert_eq!(changed(old, new), Some(names));
    }
}

#[test]
fn unset_takes_a_field_away() {
    let unset = |at: &str| unset(&document(), &path(at)).unwrap().map(|form| text_of(&form));
    assert_eq!(unset("n"), Some(DOCUMENT.replace("\"n\":1,", "")));
    assert_eq!(unset("a.b.x"), Some(DOCUMENT.replace("\"x\":1", "")));
    assert_eq!([unset("z"), unset("z.y"), unset("a.b.y")], [None, None, None]);
}

#[test]
fn add_is_exact_for_integers_and_floating_where_a_float_is() {
    let add = |to: Value, number: Value| {
        let (to, number) = (form(&json!({"n": to})), form(&number));
        let sum = add(&to, &["n"], read(&number).as_number().unwrap());
        sum.map(|form| value_of(&form)["n"].clone()).map_err(|error| error.problem().clone())
    };
    assert_eq!(add(json!(1), json!(-3)), Ok(json!(-2)));
    assert_eq!(add(json!(i64::MAX), json!(1)), Ok(json!(1_u64 << 63)));
    assert_eq!(add(json!(u64::MAX), json!(i64::MIN)), Ok(json!(i64::MAX)));
    assert_eq!(add(json!(u64::MAX), json!(1)), Err(Problem::IntegerOutOfRange));
    assert_eq!(add(json!(i64::MIN), json!(-1)), Err(Problem::IntegerOutOfRange));
    assert_eq!(add(json!(0.5), json!(1)), Ok(json!(1.5)));
    assert_eq!(add(json!(1), json!(1.0)), Ok(json!(2.0)));
    assert_eq!(add(json!(f64::MAX), json!(f64::MAX)), Err(Problem::NotFinite));
    assert_eq!(add(json!("1"), json!(1)), Err(Problem::NotANumber(Kind::String)));
    assert_eq!(add(json!(null), json!(1)), Err(Problem::NotANumber(Kind::Null)));
    let missing = super::super::update::add(&document(), &["c", "d"], Number::from(5_i64)).unwrap();
    assert_eq!(value_of(&missing)["c"], json!({"d": 5}));
}

#[test]
fn push_appends_and_pull_removes_what_is_equal() {
    let two = ValueRef::from(2_i64);
    let pushed = push(&document(), &["l"], two).unwrap();
    assert_eq!(value_of(&pushed)["l"], json!([1, 2.0, "2", 2, [2], 2]));
    let pushed = push(&document(), &["a", "new"], two).unwrap();
    assert_eq!(value_of(&pushed)["a"]["new"], json!([2]));
    let pulled = pull(&document(), &["l"], two).unwrap().unwrap();
    assert_eq!(value_of(&pulled)["l"], json!([1, "2", [2]]));
    let list = form(&json!([2.0]));
    let pulled = pull(&document(), &["l"], read(&list)).unwrap().unwrap();
    assert_eq!(value_of(&pulled)["l"], json!([1, 2.0, "2", 2]));
    assert_eq!(pull(&document(), &["l"], "x".into()), Ok(None));
    assert_eq!(pull(&document(), &["missing", "list"], two), Ok(None));
}

#[test]
fn a_path_leads_through_objects_only() {
    let one = ValueRef::from(1_i64);
    let all = |at: &str| -> Vec<(String, Problem)> {
        let (document, at) = (document(), path(at));
        let errors: [Error; 5] = [
            set(&document, &at, one).unwrap_err(),
            add(&document, &at, 1_i64.into()).unwrap_err(),
            push(&document, &at, one).unwrap_err(),
            unset(&document, &at).unwrap_err(),
            pull(&document, &at, one).unwrap_err(),
        ];
        let told = |error: &Error| error.to_string().split(':').next().unwrap().to_owned();
        errors.iter().map(|error| (told(error), error.problem().clone())).collect()
    };
    let same = |at: &str, problem: Problem| vec![(at.to_owned(), problem); 5];
    assert_eq!(all("n.x"), same("n", Problem::NotAnObject(Kind::Number)));
    assert_eq!(all("a.s.x.y"), same("a.s", Problem::NotAnObject(Kind::String)));
    assert_eq!(all("l.0"), same("l", Problem::NotAnObject(Kind::Array)));
    let errors = [
        push(&document(), &["a", "s"], one),
        pull(&document(), &["a", "s"], one).map(|_| document()),
    ];
    for error in errors.map(Result::unwrap_err) {
        assert_eq!(error.to_string(), "a.s: not an array but a string");
    }
    assert_eq!(set(&document(), &[], one).unwrap_err().problem(), &Problem::EmptyPath);
    assert_eq!(unset(&document(), &[]).unwrap_err().problem(), &Problem::EmptyPath);
    let array = form(&json!([]));
    let error = set(&array, &["a"], one).unwrap_err();
    assert_eq!(error.problem(), &Problem::NotADocument(Kind::Array));
    assert_eq!(set(b"", &["a"], one).unwrap_err().problem(), &Problem::Damaged);
}

#[test]
fn changes_keep_the_limit_of_depth() {
    let nested = |depth| form(&(0..depth).fold(json!(0), |inside, _| json!([inside])));
    let way = vec!["a"; DEPTH_MAX];
    for (steps, depth) in [(1, DEPTH_MAX - 1), (DEPTH_MAX, 0), (50, DEPTH_MAX - 50)] {
        let fits = set(&form(&json!({})), &way[..steps], read(&nested(depth))).unwrap();
        check(&fits).unwrap();
        let error = set(&form(&json!({})), &way[..steps], read(&nested(depth + 1))).unwrap_err();
        assert_eq!(error.problem(), &Problem::TooDeep);
    }
    let error = set(&form(&json!({})), &[way, vec!["a"]].concat(), true.into()).unwrap_err();
    assert_eq!(error.problem(), &Problem::TooDeep);
    let error = push(&form(&json!({})), &["a"], read(&nested(DEPTH_MAX - 1))).unwrap_err();
    assert_eq!(error.problem(), &Problem::TooDeep);
}

/// The object that the path leads to, made where it is missing; nothing if something else is.
fn reach<'a>(document: &'a mut Value, way: &[&str]) -> Option<&'a mut Map<String, Value>> {
    let mut value = document;
    for name in way {
        value = value.as_object_mut()?.entry(*name).or_insert_with(|| json!({}));
    }
    value.as_object_mut()
}

#[test]
fn random_changes_are_those_of_the_model() {
    let mut random = Random::from_environment();
    for _ in 0..300 {
        let mut model = random_document(&mut random);
        let mut stored = form(&model);
        for _ in 0..10 {
            let names: Vec<String> =
                (0..random.within(1..4)).map(|_| random_name(&mut random)).collect();
            let at: Vec<&str> = names.iter().map(String::as_str).collect();
            let (last, way) = at.split_last().unwrap();
            let mut changed = model.clone();
            let value = random_value(&mut random, 2);
            let place = reach(&mut changed, way);
            let (expected, result) = match random.within(0..4) {
                0 => {
                    let done = place.map(|object| object.insert((*last).into(), value.clone()));
                    let value = form(&value);
                    let new = set(&stored, &at, read(&value));
                    assert_eq!(set_form(&stored, &at, &value), new);
                    (done.is_some(), new.map(Some))
                }
                1 => {
                    let done = place.map(|object| object.remove(*last));
                    if done == Some(None) {
                        changed = model.clone();
                    }
                    (done.is_some(), unset(&stored, &at))
                }
                2 => {
                    let number = form(&random_number(&mut random));
                    let number = read(&number).as_number().unwrap_or(Number::from(1_i64));
                    let done = place.and_then(|object| {
                        let old = object.entry(*last).or_insert_with(|| json!(0));
                        let sum = read(&form(old)).as_number()?.add(number).ok()?;
                        *old = value_of(
                            &crate::document::form::to_value(&ValueRef::from(sum)).unwrap(),
                        );
                        Some(())
                    });
                    (done.is_some(), add(&stored, &at, number).map(Some))
                }
                _ => {
                    let done = place.and_then(|object| {
                        let list = object.entry(*last).or_insert_with(|| json!([]));
                        list.as_array_mut().map(|list| list.push(value.clone()))
                    });
                    (done.is_some(), push(&stored, &at, read(&form(&value))).map(Some))
                }
            };
            assert_eq!(result.is_ok(), expected, "{at:?} in {model}");
            let Ok(result) = result else { continue };
            model = changed;
            stored = result.unwrap_or(stored);
            check(&stored).unwrap();
            assert_eq!(value_of(&stored), model);
        }
    }
}
