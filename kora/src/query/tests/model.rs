//! Random conditions decided a second time, the slow way, and in their normal form.
//!
//! The model shares no code with the evaluator: it lists all values at a path, and asks for equality
//! and order in its own words.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::random::{condition, document, json_of};
use crate::query::{Comparison, Condition, Literal, LiteralSet, Path, matches};
use crate::types::random::Random;

/// All values at a path, in a list.
fn values<'d>(document: &'d Json, path: &Path) -> Vec<&'d Json> {
    let mut found = vec![document];
    for name in path.names() {
        let step = |value: &'d Json| match value {
            Json::Object(members) => members.get(&**name).into_iter().collect(),
            Json::Array(elements) => {
                elements.iter().filter_map(|element| element.as_object()?.get(&**name)).collect()
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
        };
        found = found.into_iter().flat_map(step).collect();
    }
    found
}

/// The whole part and the rest of a number. One beyond every `i128`, which no random whole number is
/// near to, is all rest.
fn parts(number: &serde_json::Number) -> Option<(i128, f64)> {
    if let Some(whole) = number.as_i128() {
        return Some((whole, 0.0));
    }
    let float = number.as_f64()?;
    let whole = if float.abs() < 1e30 { format!("{:.0}", float.trunc()).parse().ok()? } else { 0 };
    Some((whole, if float.abs() < 1e30 { float.fract() } else { float }))
}

fn order_numbers(a: &serde_json::Number, b: &serde_json::Number) -> Ordering {
    let huge = |fraction: f64| fraction.abs() >= 1e30;
    let ((a, a_rest), (b, b_rest)) = (parts(a).unwrap(), parts(b).unwrap());
    let rest = a_rest.partial_cmp(&b_rest).unwrap();
    if huge(a_rest) || huge(b_rest) { rest } else { a.cmp(&b).then(rest) }
}

/// How two values stand to each other, if they can be compared by `<`.
fn order_values(a: &Json, b: &Json) -> Option<Ordering> {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => Some(order_numbers(a, b)),
        (Json::String(a), Json::String(b)) => Some(a.chars().cmp(b.chars())),
        _ => None,
    }
}

fn equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Json::Null, Json::Null) => true,
        (Json::Bool(a), Json::Bool(b)) => a == b,
        _ => order_values(a, b) == Some(Ordering::Equal),
    }
}

fn is_in(value: &Json, set: &LiteralSet) -> bool {
    set.as_slice().iter().any(|literal| equal(value, &json_of(literal)))
}

fn compares(value: &Json, comparison: Comparison, literal: &Literal) -> bool {
    let literal = json_of(literal);
    let order = order_values(value, &literal);
    match comparison {
        Comparison::Equal => equal(value, &literal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
    }
}

fn decide(condition: &Condition, document: &Json) -> bool {
    let at = |path| values(document, path).into_iter();
    let arrays = |path| at(path).filter_map(Json::as_array);
    match condition {
        Condition::All => true,
        Condition::Compare { path, comparison, literal } => {
            at(path).any(|value| compares(value, *comparison, literal))
        }
        Condition::In { path, set } => at(path).any(|value| is_in(value, set)),
        Condition::ContainsAny { path, set } => {
            arrays(path).any(|array| array.iter().any(|element| is_in(element, set)))
        }
        Condition::ContainsAll { path, set } => arrays(path).any(|array| {
            let wanted = set.as_slice().iter().map(json_of);
            wanted.into_iter().all(|wanted| array.iter().any(|element| equal(element, &wanted)))
        }),
        Condition::Between { path, low, high } => at(path).any(|value| {
            compares(value, Comparison::GreaterOrEqual, low)
                && compares(value, Comparison::LessOrEqual, high)
        }),
        Condition::StartsWith { path, prefix } => at(path)
            .any(|value| value.as_str().is_some_and(|string| string.starts_with(prefix.text()))),
        Condition::Exists { path } => at(path).next().is_some(),
        Condition::And(terms) => terms.iter().all(|term| decide(term, document)),
        Condition::Or(terms) => terms.iter().any(|term| decide(term, document)),
        Condition::Not(term) => !decide(term, document),
    }
}

#[test]
fn the_evaluator_agrees_with_the_model() {
    let mut random = Random::from_environment();
    let mut matching = 0;
    for _ in 0..20_000 {
        let depth = random.within(0..4);
        let (condition, document) = (condition(&mut random, depth), document(&mut random));
        let expected = decide(&condition, &document);
        assert_eq!(matches(&condition, &document), expected, "{condition}\n{document}");
        matching += u32::from(expected);
    }
    assert!((4_000..16_000).contains(&matching), "{matching} of 20,000 matched");
}

fn is_normal(condition: &Condition) -> bool {
    match condition {
        Condition::Not(term) => {
            !matches!(**term, Condition::Not(_) | Condition::And(_) | Condition::Or(_))
        }
        Condition::And(terms) => terms.len() > 1 && terms.iter().all(|term| is_inner(term, true)),
        Condition::Or(terms) => terms.len() > 1 && terms.iter().all(|term| is_inner(term, false)),
        Condition::All
        | Condition::Compare { .. }
        | Condition::In { .. }
        | Condition::ContainsAny { .. }
        | Condition::ContainsAll { .. }
        | Condition::Between { .. }
        | Condition::StartsWith { .. }
        | Condition::Exists { .. } => true,
    }
}

fn is_inner(term: &Condition, is_and: bool) -> bool {
    let repeats =
        if is_and { matches!(term, Condition::And(_)) } else { matches!(term, Condition::Or(_)) };
    is_normal(term) && !repeats && *term != Condition::All && !term.is_none()
}

#[test]
fn the_normal_form_means_the_same() {
    let mut random = Random::from_environment();
    for _ in 0..5_000 {
        let depth = random.within(1..5);
        let condition = condition(&mut random, depth);
        let normal = condition.clone().normalize();
        assert!(is_normal(&normal), "{condition}\n{normal}");
        assert_eq!(normal.clone().normalize(), normal, "{condition}");
        for _ in 0..4 {
            let document = document(&mut random);
            let expected = matches(&condition, &document);
            assert_eq!(matches(&normal, &document), expected, "{condition}\n{normal}\n{document}");
        }
    }
}

#[test]
fn not_moves_to_the_predicates() {
    for (text, normal) in [
        ("NOT (a = 1 AND b < 2)", "a != 1 OR NOT b < 2"),
        ("NOT (a = 1 OR NOT b < 2)", "a != 1 AND b < 2"),
        ("NOT NOT a < 1", "a < 1"),
        ("NOT NOT NOT a < 1", "NOT a < 1"),
        ("a = 1 AND NOT (b = 2 OR c = 3) AND d = 4", "a = 1 AND b != 2 AND c != 3 AND d = 4"),
        ("a = 1 AND *", "a = 1"),
        ("a = 1 OR *", "*"),
        ("a = 1 AND NOT *", "NOT *"),
        ("a = 1 OR NOT *", "a = 1"),
        ("* AND *", "*"),
        ("NOT (* OR a = 1)", "NOT *"),
        ("NOT (NOT * AND a = 1)", "*"),
        ("(a = 1 OR b = 2 AND *) AND c = 3", "(a = 1 OR b = 2) AND c = 3"),
        ("NOT a >= 5", "NOT a >= 5"),
    ] {
        let condition = crate::query::parse_condition(text).unwrap();
        assert_eq!(condition.normalize().to_string(), normal, "{text}");
    }
}
