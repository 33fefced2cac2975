//! The ranges that a planner is given.

use std::ops::Bound;

use serde_json::Value as Json;

use super::random::{document, path, predicate, value};
use crate::query::{
    Class, Condition, Interval, Node, Path, PathRange, matches, parse_condition, ranges,
};
use crate::types::random::Random;

/// An interval as mathematics writes it; the class stands for an open end.
fn show(interval: Option<&Interval<'_>>) -> String {
    let Some(interval) = interval else { return "none".to_owned() };
    if let Some(point) = interval.point() {
        return format!("{{{point}}}");
    }
    let low = match &interval.low {
        Bound::Included(low) => format!("[{low}"),
        Bound::Excluded(low) => format!("({low}"),
        Bound::Unbounded => format!("({:?}", interval.class),
    };
    match &interval.high {
        Bound::Included(high) => format!("{low}, {high}]"),
        Bound::Excluded(high) => format!("{low}, {high})"),
        Bound::Unbounded => format!("{low}, {:?})", interval.class),
    }
}

fn ranges_of(text: &str) -> String {
    let condition = parse_condition(text).unwrap();
    let ranges = ranges(&condition);
    let shown = ranges.iter().map(|PathRange { path, interval, terms }| {
        format!("{path} {} {terms:?}", show(interval.as_ref()))
    });
    shown.collect::<Vec<_>>().join("; ")
}

#[test]
fn terms_on_one_path_become_one_range() {
    for (text, expected) in [
        ("*", ""),
        ("a = 1", "a {1} [0]"),
        ("a < 1", "a (Number, 1) [0]"),
        ("a >= 'x'", "a ['x', String) [0]"),
        ("a IS NULL", "a {null} [0]"),
        ("a = [1, 2]", "a {[1, 2]} [0]"),
        ("age >= 3 AND age < 9", "age [3, 9) [0, 1]"),
        ("b = 1 AND a > 3 AND b >= 0 AND a <= 5.5", "a (3, 5.5] [1, 3]; b {1} [0, 2]"),
        ("a > 3 AND a >= 3 AND a < 7 AND a <= 7", "a (3, 7) [0, 1, 2, 3]"),
        ("a BETWEEN 3 AND 9 AND a BETWEEN 5 AND 12", "a [5, 9] [0, 1]"),
        ("a BETWEEN 9 AND 3", "a none [0]"),
        ("a BETWEEN 3 AND 3", "a {3} [0]"),
        ("a >= 3 AND a <= 3.0", "a {3} [0, 1]"),
        ("a > 3 AND a <= 3", "a none [0, 1]"),
        ("a > 3 AND a < 3", "a none [0, 1]"),
        ("a > 3 AND a < 'x'", "a none [0, 1]"),
        ("a > 3 AND a < 'x' AND a = 4", "a none [0, 1, 2]"),
        ("a = 1 AND a = 2", "a none [0, 1]"),
        ("a STARTS WITH 'ab'", "a ['ab', 'ac') [0]"),
        ("a STARTS WITH ''", "a ['', String) [0]"),
        ("a STARTS WITH 'a\u{10FFFF}'", "a ['a\u{10FFFF}', 'b') [0]"),
        ("a STARTS WITH '\u{10FFFF}'", "a ['\u{10FFFF}', String) [0]"),
        ("a STARTS WITH '\u{D7FF}'", "a ['\u{D7FF}', '\u{E000}') [0]"),
        ("a STARTS WITH 'ab' AND a > 'abc'", "a ('abc', 'ac') [0, 1]"),
        ("a IN (1, 2) AND b = 1 AND a > 0", "a (0, Number) [2]; b {1} [1]"),
        ("a != 1 AND NOT a < 1 AND a EXISTS AND tags CONTAINS 1", ""),
        ("a = 1 OR a = 2", ""),
    ] {
        assert_eq!(ranges_of(text), expected, "{text}");
    }
}

#[test]
fn an_interval_keeps_to_its_class() {
    let condition = parse_condition("a >= 3").unwrap();
    let interval = ranges(&condition).remove(0).interval.unwrap();
    assert_eq!(interval.class, Class::Number);
    assert!(interval.contains(&Json::from(3)) && interval.contains(&Json::from(u64::MAX)));
    assert!(!interval.contains(&Json::from("x")) && !interval.contains(&Json::from(2.9)));
    assert_eq!(interval.point(), None);
}

/// The value at a path that has no array on its way.
fn single<'d>(document: &'d Json, names: &[Box<str>]) -> Option<&'d Json> {
    names.iter().try_fold(document, |value, name| value.member(name))
}

fn has_arrays(document: &Json, names: &[Box<str>]) -> bool {
    (0..names.len()).any(|len| single(document, &names[..len]).is_some_and(Json::is_array))
}

#[test]
fn a_single_value_lies_in_the_interval_if_it_satisfies_the_terms() {
    let mut random = Random::from_environment();
    let mut inside = 0;
    for _ in 0..20_000 {
        let path = path(&mut random);
        let terms = (0..random.within(1..4)).map(|_| moved(predicate(&mut random), &path));
        let condition = Condition::all_of(terms.collect());
        let document = if random.one_in(4) {
            document(&mut random)
        } else {
            holder(&path, value(&mut random, 1))
        };
        if has_arrays(&document, path.names()) {
            continue;
        }
        for range in ranges(&condition) {
            let terms = range.terms.iter().map(|term| nth(&condition, *term));
            let expected = terms.into_iter().all(|term| matches(term, &document));
            let value = single(&document, range.path.names());
            let interval = range.interval.as_ref();
            let is_inside =
                interval.zip(value).is_some_and(|(interval, value)| interval.contains(value));
            assert_eq!(is_inside, expected, "{condition}\n{document}");
            inside += u32::from(is_inside);
        }
    }
    assert!(inside > 300, "only {inside} values lay inside");
}

/// A document with one value, at the path.
fn holder(path: &Path, value: Json) -> Json {
    let mut held = value;
    for name in path.names().iter().rev() {
        held = Json::Object([(name.to_string(), held)].into_iter().collect());
    }
    held
}

fn nth(condition: &Condition, term: usize) -> &Condition {
    if let Condition::And(terms) = condition { &terms[term] } else { condition }
}

/// The predicate on another path.
fn moved(mut predicate: Condition, to: &Path) -> Condition {
    match &mut predicate {
        Condition::Compare { path, .. }
        | Condition::In { path, .. }
        | Condition::ContainsAny { path, .. }
        | Condition::ContainsAll { path, .. }
        | Condition::Between { path, .. }
        | Condition::StartsWith { path, .. }
        | Condition::Exists { path } => to.clone_into(path),
        Condition::All | Condition::And(_) | Condition::Or(_) | Condition::Not(_) => {}
    }
    predicate
}
