//! What follows from what, by examples and by documents.

use super::random::{condition, document};
use crate::query::{Condition, matches, parse_condition};
use crate::types::random::Random;

fn follows(condition: &str, from: &str) -> bool {
    let from = parse_condition(from).unwrap();
    parse_condition(condition).unwrap().follows_from(terms_of(&from))
}

fn terms_of(condition: &Condition) -> &[Condition] {
    if let Condition::And(terms) = condition { terms } else { std::slice::from_ref(condition) }
}

#[test]
fn a_stronger_term_implies_a_weaker_one() {
    for (condition, from) in [
        ("*", "a = 1"),
        ("a = 1", "b = 2 AND a = 1"),
        ("a = 1 AND b = 2", "b = 2 AND c = 3 AND a = 1"),
        ("a > 3", "a > 5"),
        ("a > 3", "a >= 4"),
        ("a >= 3", "a > 3"),
        ("a >= 3", "a = 3.0"),
        ("a < 9", "a BETWEEN 1 AND 8"),
        ("a BETWEEN 1 AND 8", "a BETWEEN 2 AND 7"),
        ("a STARTS WITH 'x'", "a STARTS WITH 'xy'"),
        ("a STARTS WITH 'x'", "a = 'xyz'"),
        ("a EXISTS", "a < 3"),
        ("a EXISTS", "a CONTAINS 1"),
        ("a != 1", "a != 1"),
    ] {
        assert!(follows(condition, from), "{condition} from {from}");
    }
    for (condition, from) in [
        ("a = 1", "b = 1"),
        ("a = 1 AND b = 2", "a = 1"),
        ("a > 3", "a >= 3"),
        ("a > 3", "a > 2"),
        ("a > 3", "a < 9"),
        ("a > 3", "a > 'x'"),
        ("a BETWEEN 2 AND 7", "a > 2"),
        ("a STARTS WITH 'xy'", "a STARTS WITH 'x'"),
        ("a EXISTS", "a != 1"),
        ("a EXISTS", "b = 1"),
        ("a EXISTS", "*"),
    ] {
        assert!(!follows(condition, from), "{condition} from {from}");
    }
}

#[test]
fn what_follows_is_true() {
    let mut random = Random::from_environment();
    let mut count = 0;
    for _ in 0..40_000 {
        let (weak, strong) = (condition(&mut random, 0), condition(&mut random, 1));
        if !weak.follows_from(terms_of(&strong)) {
            continue;
        }
        count += 1;
        for _ in 0..8 {
            let document = document(&mut random);
            assert!(
                !matches(&strong, &document) || matches(&weak, &document),
                "{weak} from {strong}: {document}"
            );
        }
    }
    assert!(count > 100, "{count} follow");
}
