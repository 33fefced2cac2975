//! What the terms of an AND say about each path, as one range of an ordered index.
//!
//! `age >= 3 AND age < 9` is the range `[3, 9)` of `age`. That is exact where a document has at most
//! one value at the path. Where the path leads through arrays it is not: two elements may satisfy
//! the two terms, and the range of both would miss their document. So a range names the terms it
//! came from, and a planner that knows of several values takes one term's range alone.
//!
//! The invariant: if a document has one value at the path, it satisfies all terms of a range if and
//! only if the value lies in the interval.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Bound;

use super::ast::{Comparison, Condition};
use super::eval::is_ordered;
use super::literal::Literal;
use super::path::Path;
use super::value::{Class, Node, order};

/// What some terms of a condition say about one path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PathRange<'c> {
    /// Where the value stands.
    pub(crate) path: &'c Path,
    /// Where it lies; `None` if the terms contradict each other.
    pub(crate) interval: Option<Interval<'c>>,
    /// Which terms of the AND say so, by their number; a condition that is no AND is term 0.
    pub(crate) terms: Vec<usize>,
}

/// Values of one class between two bounds; an unbounded side ends with the class.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Interval<'c> {
    /// The class of all values inside.
    pub(crate) class: Class,
    /// The lower end.
    pub(crate) low: Bound<Cow<'c, Literal>>,
    /// The upper end.
    pub(crate) high: Bound<Cow<'c, Literal>>,
}

/// The ranges that `=`, `<`, BETWEEN and STARTS WITH ask for, one for each path, in the order of the
/// paths. Looks at the condition itself, or at its terms if it is an AND; terms of other kinds, NOT
/// and OR among them, are left to others.
///
/// O(n log n).
pub(crate) fn ranges(condition: &Condition) -> Vec<PathRange<'_>> {
    let terms = match condition {
        Condition::And(terms) => terms,
        Condition::All
        | Condition::Compare { .. }
        | Condition::In { .. }
        | Condition::ContainsAny { .. }
        | Condition::ContainsAll { .. }
        | Condition::Between { .. }
        | Condition::StartsWith { .. }
        | Condition::Exists { .. }
        | Condition::Or(_)
        | Condition::Not(_) => std::slice::from_ref(condition),
    };
    ranges_of(terms)
}

/// As [`ranges`], of the terms of an AND.
pub(crate) fn ranges_of(terms: &[Condition]) -> Vec<PathRange<'_>> {
    let mut ranges = BTreeMap::<&Path, PathRange<'_>>::new();
    for (number, term) in terms.iter().enumerate() {
        let Some((path, interval)) = interval_of(term) else { continue };
        match ranges.get_mut(path) {
            Some(range) => {
                let so_far = range.interval.take();
                range.interval = so_far.zip(interval).and_then(|(a, b)| a.intersect(b));
                range.terms.push(number);
            }
            None => {
                ranges.insert(path, PathRange { path, interval, terms: vec![number] });
            }
        }
    }
    ranges.into_values().collect()
}

/// The path and the interval of a predicate that has one; the interval is `None` if it is empty.
pub(super) fn interval_of(term: &Condition) -> Option<(&Path, Option<Interval<'_>>)> {
    match term {
        Condition::Compare { path, comparison, literal } => {
            let is_asked = *comparison == Comparison::Equal || is_ordered(literal);
            let interval = is_asked.then(|| comparison_interval(*comparison, literal));
            Some((path, interval))
        }
        Condition::Between { path, low, high } => {
            let class = low.value().class();
            let is_asked = class == high.value().class() && is_ordered(low);
            let (low, high) = (Cow::Borrowed(low), Cow::Borrowed(high));
            let interval =
                Interval { class, low: Bound::Included(low), high: Bound::Included(high) };
            Some((path, Some(interval).filter(|interval| is_asked && !interval.is_empty())))
        }
        Condition::StartsWith { path, prefix } => {
            Some((path, Some(prefix_interval(prefix.text()))))
        }
        Condition::All
        | Condition::In { .. }
        | Condition::ContainsAny { .. }
        | Condition::ContainsAll { .. }
        | Condition::Exists { .. }
        | Condition::And(_)
        | Condition::Or(_)
        | Condition::Not(_) => None,
    }
}

fn comparison_interval(comparison: Comparison, literal: &Literal) -> Interval<'_> {
    let here = Cow::Borrowed(literal);
    let (low, high) = match comparison {
        Comparison::Equal => (Bound::Included(here.clone()), Bound::Included(here)),
        Comparison::Less => (Bound::Unbounded, Bound::Excluded(here)),
        Comparison::LessOrEqual => (Bound::Unbounded, Bound::Included(here)),
        Comparison::Greater => (Bound::Excluded(here), Bound::Unbounded),
        Comparison::GreaterOrEqual => (Bound::Included(here), Bound::Unbounded),
    };
    Interval { class: literal.value().class(), low, high }
}

fn prefix_interval(prefix: &str) -> Interval<'static> {
    let high = match successor(prefix) {
        Some(successor) => Bound::Excluded(Cow::Owned(Literal::from(successor))),
        None => Bound::Unbounded,
    };
    let low = Bound::Included(Cow::Owned(Literal::from(prefix)));
    Interval { class: Class::String, low, high }
}

/// The least string above all that start with `prefix`; `None` if there is none.
fn successor(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        // A range of characters steps over the surrogates, and the order of bytes in UTF-8 is the
        // order of characters.
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

impl<'c> Interval<'c> {
    /// Whether the value at a node lies inside.
    #[cfg(test)]
    pub(crate) fn contains<'d, N: Node<'d>>(&self, node: N) -> bool {
        let is_above = match &self.low {
            Bound::Included(low) => order(node, low).is_ge(),
            Bound::Excluded(low) => order(node, low).is_gt(),
            Bound::Unbounded => true,
        };
        let is_below = match &self.high {
            Bound::Included(high) => order(node, high).is_le(),
            Bound::Excluded(high) => order(node, high).is_lt(),
            Bound::Unbounded => true,
        };
        node.value().class() == self.class && is_above && is_below
    }

    /// The only value inside, if the bounds leave one.
    #[cfg(test)]
    pub(crate) fn point(&self) -> Option<&Literal> {
        match (&self.low, &self.high) {
            (Bound::Included(low), Bound::Included(high)) => {
                order(low.as_ref(), high).is_eq().then_some(low)
            }
            _ => None,
        }
    }

    /// Whether all values inside are inside the other one.
    pub(super) fn is_within(&self, other: &Interval<'_>) -> bool {
        self.class == other.class
            && is_tighter(&self.low, &other.low, Ordering::Greater)
            && is_tighter(&self.high, &other.high, Ordering::Less)
    }

    /// The values inside both; `None` if there are none.
    fn intersect(self, other: Interval<'c>) -> Option<Interval<'c>> {
        if self.class != other.class {
            return None;
        }
        let class = self.class;
        let low = tighter(self.low, other.low, Ordering::Greater);
        let high = tighter(self.high, other.high, Ordering::Less);
        Some(Interval { class, low, high }).filter(|interval| !interval.is_empty())
    }

    /// Whether the bounds leave nothing. (Between two neighbours of a class there may be nothing
    /// either; that is not looked into.)
    fn is_empty(&self) -> bool {
        match (&self.low, &self.high) {
            (Bound::Included(low), Bound::Included(high)) => order(low.as_ref(), high).is_gt(),
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
            (
                Bound::Included(low) | Bound::Excluded(low),
                Bound::Included(high) | Bound::Excluded(high),
            ) => order(low.as_ref(), high).is_ge(),
        }
    }
}

/// Whether a bound leaves no more than another: it stands `inward` of it, or at one place.
fn is_tighter(
    bound: &Bound<Cow<'_, Literal>>,
    other: &Bound<Cow<'_, Literal>>,
    inward: Ordering,
) -> bool {
    match (bound, other) {
        (_, Bound::Unbounded) => true,
        (Bound::Unbounded, _) => false,
        (Bound::Included(at), Bound::Excluded(other)) => order(at.as_ref(), other) == inward,
        (
            Bound::Included(at) | Bound::Excluded(at),
            Bound::Included(other) | Bound::Excluded(other),
        ) => {
            let side = order(at.as_ref(), other);
            side == inward || side.is_eq()
        }
    }
}

/// The bound that leaves less: the one that stands `inward` of the other, or of two at one place
/// the one that excludes it.
fn tighter<'c>(
    a: Bound<Cow<'c, Literal>>,
    b: Bound<Cow<'c, Literal>>,
    inward: Ordering,
) -> Bound<Cow<'c, Literal>> {
    let (
        Bound::Included(at_a) | Bound::Excluded(at_a),
        Bound::Included(at_b) | Bound::Excluded(at_b),
    ) = (&a, &b)
    else {
        return if a == Bound::Unbounded { b } else { a };
    };
    match order(at_a.as_ref(), at_b) {
        Ordering::Equal if matches!(a, Bound::Excluded(_)) => a,
        Ordering::Equal => b,
        side if side == inward => a,
        Ordering::Less | Ordering::Greater => b,
    }
}
