//! When two replies count as the same.
//!
//! A [`Rule`] says which differences do not matter: the order of elements, or the value of leaves.
//! The default is none. Rules come from the marks of a script or from the list in `exceptions.rs`,
//! never from the place of a comparison.

use std::borrow::Cow;

use super::exceptions;
use super::reply::{Reply, shortest};

/// What two replies may differ in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rule {
    pub(crate) order: Order,
    pub(crate) leaves: Leaves,
}

/// How far the order of an array counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Order {
    #[default]
    Given,
    /// Arrays of leaves are multisets; an array that holds arrays keeps its order.
    Any,
    /// The same, with neighbours kept together: field and value, member and score.
    AnyPairs,
    /// The expected array is the beginning of the actual one.
    Prefix,
}

/// How far the value of a leaf counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Leaves {
    #[default]
    Equal,
    /// Not negative numbers may lie this far apart.
    Within(f64),
    /// Two spellings of one double are equal.
    Doubles,
    /// Only the kind counts: a value chosen at random, or one that depends on the build.
    Kind,
    /// Names of encodings; see [`exceptions::ENCODINGS`].
    Encodings,
    /// Nothing counts: one of the two is known to be wrong, and a script says what is right.
    Anything,
}

impl Rule {
    pub(crate) const EXACT: Self = Self { order: Order::Given, leaves: Leaves::Equal };

    /// Whether the replies are the same under this rule.
    pub(crate) fn agrees(self, expected: &Reply, actual: &Reply) -> bool {
        match (expected, actual) {
            (Reply::Array(expected), Reply::Array(actual)) => self.arrays_agree(expected, actual),
            _ => self.leaves.agree(expected, actual),
        }
    }

    fn arrays_agree(self, expected: &[Reply], actual: &[Reply]) -> bool {
        let actual = match self.order {
            Order::Prefix => actual.get(..expected.len()).unwrap_or(actual),
            Order::Given | Order::Any | Order::AnyPairs => actual,
        };
        let (expected, actual) = (self.ordered(expected), self.ordered(actual));
        expected.len() == actual.len()
            && expected.iter().zip(actual.iter()).all(|(left, right)| self.agrees(left, right))
    }

    /// The reply in the order that this rule compares it in.
    pub(crate) fn canonical(self, reply: &Reply) -> Reply {
        let Some(elements) = reply.elements() else {
            return reply.clone();
        };
        let elements: Vec<Reply> = elements.iter().map(|element| self.canonical(element)).collect();
        Reply::Array(self.ordered(&elements).into_owned())
    }

    /// The elements in an order of their own, where the given one does not count.
    fn ordered(self, elements: &[Reply]) -> Cow<'_, [Reply]> {
        let nested = elements.iter().any(|element| element.elements().is_some());
        match self.order {
            Order::Any if !nested => {
                let mut elements = elements.to_vec();
                elements.sort();
                Cow::Owned(elements)
            }
            Order::AnyPairs if !nested => {
                let mut pairs: Vec<&[Reply]> = elements.chunks(2).collect();
                pairs.sort();
                Cow::Owned(pairs.concat())
            }
            Order::Given | Order::Any | Order::AnyPairs | Order::Prefix => Cow::Borrowed(elements),
        }
    }
}

impl Leaves {
    fn agree(self, expected: &Reply, actual: &Reply) -> bool {
        if expected == actual {
            return true;
        }
        match self {
            Self::Equal => false,
            Self::Within(distance) => near(expected, actual, distance),
            Self::Doubles => same_double(expected, actual),
            Self::Kind => std::mem::discriminant(expected) == std::mem::discriminant(actual),
            Self::Encodings => same_encoding(expected, actual),
            Self::Anything => true,
        }
    }
}

fn near(left: &Reply, right: &Reply, distance: f64) -> bool {
    let (Some(left), Some(right)) = (number(left), number(right)) else {
        return false;
    };
    left >= 0.0 && right >= 0.0 && (left - right).abs() <= distance
}

/// Two bulk strings of which one is the shortest spelling of the other's value.
fn same_double(left: &Reply, right: &Reply) -> bool {
    let (Some(left_bytes), Some(right_bytes)) = (left.bytes(), right.bytes()) else {
        return false;
    };
    let (Some(left), Some(right)) = (number(left), number(right)) else {
        return false;
    };
    let short = shortest(left).into_bytes();
    left == right && (left_bytes == short || right_bytes == short)
}

fn same_encoding(newer: &Reply, older: &Reply) -> bool {
    let (Some(newer), Some(older)) = (newer.bytes(), older.bytes()) else {
        return false;
    };
    exceptions::ENCODINGS.iter().any(|pair| (pair.newer, pair.older) == (newer, older))
}

/// The value of an integer reply, or of a bulk string that spells a double.
fn number(reply: &Reply) -> Option<f64> {
    match reply {
        Reply::Integer(value) => value.to_string().parse().ok(),
        Reply::Bulk(bytes) => std::str::from_utf8(bytes).ok()?.parse().ok(),
        Reply::Status(_) | Reply::Error(_) | Reply::Nil | Reply::NilArray | Reply::Array(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees(rule: Rule, expected: &str, actual: &str) -> bool {
        let parse = |text| Reply::parse(text).unwrap();
        rule.agrees(&parse(expected), &parse(actual))
    }

    fn order(order: Order) -> Rule {
        Rule { order, ..Rule::EXACT }
    }

    fn leaves(leaves: Leaves) -> Rule {
        Rule { leaves, ..Rule::EXACT }
    }

    #[test]
    fn exact_forgives_nothing() {
        assert!(!agrees(Rule::EXACT, "1) \"a\"\n2) \"b\"", "1) \"b\"\n2) \"a\""));
        assert!(!agrees(Rule::EXACT, "(integer) 1", "\"1\""));
        assert!(!agrees(Rule::EXACT, "(nil)", "(empty array)"));
        assert!(!Rule::EXACT.agrees(&Reply::Nil, &Reply::NilArray));
    }

    #[test]
    fn order_is_forgiven_inside_the_array_that_holds_leaves() {
        let (one, other) =
            ("1) \"0\"\n2) 1) \"a\"\n   2) \"b\"", "1) \"0\"\n2) 1) \"b\"\n   2) \"a\"");
        assert!(agrees(order(Order::Any), one, other));
        assert!(!agrees(order(Order::AnyPairs), one, other));
        assert!(!agrees(order(Order::Any), "1) \"a\"\n2) \"a\"", "1) \"a\"\n2) \"b\""));
    }

    #[test]
    fn prefix_needs_all_expected_elements() {
        assert!(agrees(order(Order::Prefix), "1) \"a\"", "1) \"a\"\n2) \"b\""));
        assert!(!agrees(order(Order::Prefix), "1) \"b\"", "1) \"a\"\n2) \"b\""));
        assert!(!agrees(order(Order::Prefix), "1) \"a\"\n2) \"b\"", "1) \"a\""));
    }

    #[test]
    fn numbers_within_a_distance_are_not_negative() {
        assert!(agrees(leaves(Leaves::Within(5.0)), "(integer) 100", "(integer) 95"));
        assert!(!agrees(leaves(Leaves::Within(5.0)), "(integer) 100", "(integer) 94"));
        assert!(!agrees(leaves(Leaves::Within(5.0)), "(integer) 1", "(integer) -1"));
    }

    #[test]
    fn a_double_may_be_spelled_short() {
        let rule = leaves(Leaves::Doubles);
        assert!(agrees(rule, "\"0.1\"", "\"0.10000000000000001\""));
        assert!(!agrees(rule, "\"0.1\"", "\"0.1000000000000001\""));
        assert!(!agrees(rule, "\"01.0\"", "\"1.0\""));
    }
}
