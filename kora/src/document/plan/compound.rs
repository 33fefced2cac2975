//! Sorted indexes over several paths: equal values of the first ones and a range, or the order, of
//! the next.
//!
//! A key of such an index is the keys of the values one behind the other, and no key is the beginning
//! of another, so all documents with some first values stand together, in the order of the next.
//!
//! The invariant: an index is used here only while every document has one key in it. Then a document
//! is within the bounds if and only if it satisfies the terms that they were made of.

use std::ops::Bound;

use crate::document::collection::definition::{IndexDefinition, IndexKind};
use crate::document::collection::values::{SearchKey, push_literal};
use crate::document::plan::access::{Access, View, bounds};
use crate::document::plan::source::{Bounds, Range, Source};
use crate::query::{Comparison, Condition, Path, PathRange};

/// How an index over several paths serves terms of an AND.
#[derive(Debug)]
pub(crate) struct Compound<'p> {
    /// What it brings.
    pub(crate) access: Access<'p>,
    /// The terms that it decides, by their numbers.
    pub(crate) terms: Vec<usize>,
    paths: usize,
}

/// The documents with some values at the first paths of an index.
#[derive(Debug)]
pub(crate) struct Prefix {
    pub(crate) index: usize,
    /// The keys of the values.
    pub(crate) key: Vec<u8>,
    /// Whether that is all that was asked.
    pub(crate) is_all: bool,
}

impl<'p> View<'p> {
    /// The index over several paths that decides most terms, of those that decide two at least.
    pub(super) fn compound(
        self,
        terms: &[Condition],
        ranges: &[PathRange<'_>],
    ) -> Option<Compound<'p>> {
        let serve = |(at, index): (usize, &IndexDefinition)| self.serve(at, index, terms, ranges);
        let served = self.compounds(terms).filter_map(serve);
        served.filter(|compound| compound.paths > 1).max_by_key(|compound| compound.paths)
    }

    fn compounds(self, terms: &[Condition]) -> impl Iterator<Item = (usize, &'p IndexDefinition)> {
        let fits = move |(at, index): &(usize, &IndexDefinition)| {
            index.kind == IndexKind::Sorted
                && index.paths.len() > 1
                && self.is_ready(*at)
                && !self.partition.index(*at).is_multiple()
                && index.condition.normal().follows_from(terms)
        };
        self.definitions().iter().enumerate().filter(fits)
    }

    fn serve(
        self,
        at: usize,
        definition: &IndexDefinition,
        terms: &[Condition],
        ranges: &[PathRange<'_>],
    ) -> Option<Compound<'p>> {
        let (prefix, mut decided) = prefix_of(definition, terms);
        let mut paths = decided.len();
        let index = self.partition.index(at);
        let source = if paths == definition.paths.len() {
            index.get(&prefix).map_or(Source::Empty, Source::Key)
        } else {
            let next = &definition.paths[paths];
            let range = ranges.iter().find(|range| range.path == next);
            let interval = range.and_then(|range| Some((range, range.interval.as_ref()?)));
            let bounded = interval.and_then(|(range, interval)| Some((range, bounds(interval)?)));
            let (low, high) = match bounded {
                Some((range, bounds)) => {
                    paths += 1;
                    decided.extend(&range.terms);
                    behind(&prefix, bounds)
                }
                None => behind(&prefix, (Bound::Unbounded, Bound::Unbounded)),
            };
            Source::Range(Range { index, low, high })
        };
        Some(Compound { access: Access::of(source, at), terms: decided, paths })
    }

    /// An index in which the documents that terms ask for stand together in the order of a path.
    pub(super) fn prefix(self, terms: &[Condition], order: &Path) -> Option<Prefix> {
        let found = self.compounds(terms).filter_map(|(at, index)| {
            let (key, decided) = prefix_of(index, terms);
            let is_ordered = !decided.is_empty() && index.paths.get(decided.len()) == Some(order);
            let is_decided =
                |term: &usize| decided.contains(term) || is_part(&terms[*term], &index.condition);
            let is_all = (0..terms.len()).all(|term| is_decided(&term));
            is_ordered.then(|| (decided.len(), Prefix { index: at, key: key.to_vec(), is_all }))
        });
        found.max_by_key(|(paths, prefix)| (prefix.is_all, *paths)).map(|(_, prefix)| prefix)
    }
}

/// The keys of the values that terms ask for at the first paths of an index, and which terms those are.
fn prefix_of(index: &IndexDefinition, terms: &[Condition]) -> (SearchKey, Vec<usize>) {
    let (mut key, mut decided) = (SearchKey::new(), Vec::new());
    for path in &index.paths {
        let len = key.len();
        let equal = terms.iter().position(|term| {
            let Condition::Compare { path: other, comparison: Comparison::Equal, literal } = term
            else {
                return false;
            };
            other == path && push_literal(literal, &mut key)
        });
        let Some(term) = equal else {
            key.truncate(len);
            break;
        };
        decided.push(term);
    }
    (key, decided)
}

/// Whether a condition says a term among others.
pub(super) fn is_part(term: &Condition, condition: &Condition) -> bool {
    if let Condition::And(parts) = condition { parts.contains(term) } else { term == condition }
}

/// Bounds of one path as bounds behind the keys of those before it.
pub(super) fn behind(prefix: &[u8], (low, high): Bounds) -> Bounds {
    let key = |parts: &[&[u8]]| parts.concat();
    // Above all keys that begin so, and below all others that are above them.
    let above = &[0xFF][..];
    let low = match low {
        Bound::Included(low) => key(&[prefix, &low]),
        Bound::Excluded(low) => key(&[prefix, &low, above]),
        Bound::Unbounded => prefix.to_vec(),
    };
    let high = match high {
        Bound::Included(high) => key(&[prefix, &high, above]),
        Bound::Excluded(high) => key(&[prefix, &high]),
        Bound::Unbounded => key(&[prefix, above]),
    };
    (Bound::Included(low), Bound::Excluded(high))
}
