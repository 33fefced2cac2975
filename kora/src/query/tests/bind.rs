//! Values in open places: what they make of a condition, and which are refused.

use super::random::condition;
use crate::query::{Condition, Literal, parse_condition};
use crate::types::random::Random;

fn bound(text: &str, values: &[Literal]) -> Result<String, String> {
    let condition = parse_condition(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(condition.to_string(), text, "it prints as it is written");
    let bound = condition.bind(values.iter().cloned());
    bound.map(|bound| bound.to_string()).map_err(|error| error.to_string())
}

#[test]
fn a_value_takes_its_place() {
    let one = || Literal::from(1);
    let text = || Literal::from("x");
    let list = |values: &[i64]| Literal::from(values.to_vec());
    for (condition, values, expected) in [
        ("a = ?", vec![one()], "a = 1"),
        ("a = ?", vec![Literal::Null], "a IS NULL"),
        ("a != ?", vec![text()], "a != 'x'"),
        ("a = ?", vec![list(&[1, 2])], "a = [1, 2]"),
        ("a = [?, 2, [?]]", vec![one(), text()], "a = [1, 2, ['x']]"),
        ("a < ? OR b >= ?", vec![one(), text()], "a < 1 OR b >= 'x'"),
        ("a BETWEEN ? AND ?", vec![one(), Literal::from(2.5)], "a BETWEEN 1 AND 2.5"),
        ("a BETWEEN ? AND 'z'", vec![text()], "a BETWEEN 'x' AND 'z'"),
        ("a BETWEEN 0 AND ?", vec![one()], "a BETWEEN 0 AND 1"),
        ("a IN (?, 3, ?)", vec![Literal::from(3.0), one()], "a IN (1, 3.0)"),
        ("a NOT IN ?", vec![list(&[2, 1, 2])], "a NOT IN (1, 2)"),
        ("a IN ?", vec![list(&[])], "a IN ()"),
        ("a CONTAINS ?", vec![one()], "a CONTAINS 1"),
        ("a CONTAINS ANY ?", vec![list(&[2, 1])], "a CONTAINS ANY (1, 2)"),
        ("a CONTAINS ALL (?, ?)", vec![text(), one()], "a CONTAINS ALL (1, 'x')"),
        ("a STARTS WITH ?", vec![text()], "a STARTS WITH 'x'"),
        ("a > ? AND (b = 7 OR c > ?)", vec![one(), text()], "a > 1 AND (b = 7 OR c > 'x')"),
        ("a = ?", vec![Literal::from("' OR b = '")], "a = ''' OR b = '''"),
    ] {
        assert_eq!(bound(condition, &values), Ok(expected.to_owned()), "{condition}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_refused() {
    let one = || Literal::from(1);
    let text = || Literal::from("x");
    let many = "as many values as there are ?";
    let (number, string) = ("a number", "a string");
    let either = "a number or a string";
    for (condition, values, expected, found) in [
        ("a = ?", vec![], many, "0 for 1"),
        ("a = ? AND b IN ?", vec![one()], many, "1 for 2"),
        ("a = 1", vec![one()], many, "1 for 0"),
        ("a = ? AND b < ?", vec![one(), Literal::Null], either, "null as value 2"),
        ("a >= ?", vec![Literal::from(true)], either, "true as value 1"),
        ("a BETWEEN ? AND ?", vec![one(), text()], number, "'x' as value 2"),
        ("a BETWEEN ? AND 3", vec![text()], number, "'x' as value 1"),
        ("a BETWEEN ? AND ?", vec![text(), one()], string, "1 as value 2"),
        ("a STARTS WITH ?", vec![one()], string, "1 as value 1"),
        ("a IN ?", vec![one()], "a list", "1 as value 1"),
        ("a = ?", vec![Literal::from(f64::NAN)], "a finite number", "NaN as value 1"),
        ("a = ?", vec![vec![f64::INFINITY].into()], "a finite number", "[inf] as value 1"),
    ] {
        let expected = format!("expected {expected} but found {found}");
        assert_eq!(bound(condition, &values), Err(expected), "{condition}");
    }
    let long = Literal::from((0..16_385).collect::<Vec<i32>>());
    assert!(bound("a IN ?", &[long]).is_err_and(|error| error.contains("at most 16384 values")));
}

#[test]
fn open_places_are_not_asked() {
    for text in [
        "a = ?",
        "a < 1 OR NOT b STARTS WITH ?",
        "a IN ?",
        "a IN (1, ?)",
        "a = [[?]]",
        "a BETWEEN 1 AND ?",
    ] {
        let error = parse_condition(text).unwrap().check().unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected as many values as there are ? but found 0 for 1",
            "{text}"
        );
    }
}

/// Values of a random condition are taken out and bound again.
#[test]
fn what_is_bound_is_what_is_written() {
    let mut random = Random::from_environment();
    let mut count = 0;
    for _ in 0..3_000 {
        let depth = random.within(0..4);
        let whole = condition(&mut random, depth);
        let mut values = Vec::new();
        let open = opened(&whole, &mut random, &mut values);
        count += values.len();
        let read = parse_condition(&open.to_string()).unwrap();
        let bound = read.bind(values.into_iter()).unwrap();
        assert_eq!(bound, parse_condition(&whole.to_string()).unwrap(), "{open}");
    }
    assert!(count > 1_000, "{count} values");
}

/// The same condition with places in place of some values, which are noted in their order.
fn opened(condition: &Condition, random: &mut Random, values: &mut Vec<Literal>) -> Condition {
    let mut open = |literal: &Literal| {
        if random.one_in(2) {
            return literal.clone();
        }
        values.push(literal.clone());
        Literal::Open
    };
    match condition {
        Condition::Compare { path, comparison, literal } => {
            let (path, literal) = (path.clone(), open(literal));
            Condition::Compare { path, comparison: *comparison, literal }
        }
        Condition::In { path, set } => {
            let set: Vec<Literal> = set.as_slice().iter().map(open).collect();
            Condition::In { path: path.clone(), set: set.into() }
        }
        Condition::Between { path, low, high } => {
            let (low, high) = (open(low), open(high));
            Condition::Between { path: path.clone(), low, high }
        }
        Condition::StartsWith { path, prefix } => {
            Condition::StartsWith { path: path.clone(), prefix: open(prefix) }
        }
        Condition::And(terms) => {
            Condition::And(terms.iter().map(|term| opened(term, random, values)).collect())
        }
        Condition::Or(terms) => {
            Condition::Or(terms.iter().map(|term| opened(term, random, values)).collect())
        }
        Condition::Not(term) => opened(term, random, values).negate(),
        Condition::All
        | Condition::ContainsAny { .. }
        | Condition::ContainsAll { .. }
        | Condition::Exists { .. } => condition.clone(),
    }
}
