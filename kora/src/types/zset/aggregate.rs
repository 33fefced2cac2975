//! How several sets become one: union, intersection and difference, and what becomes of scores.
//!
//! It does not know where the sets lie or what holds them: a [`Source`] is whatever has members
//! with scores. Results borrow their members; no text is copied.
//!
//! Invariants: results are in the order of a sorted set, each member once. No score is NaN:
//! infinity less infinity is 0, and so is 0 times infinity, as in Redis. Sources are gone through
//! from the shortest to the longest, as in Redis, because sums of doubles depend on the order.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::run::{Pair, compare};
use crate::map::hash;
use crate::types::packed::Element;

/// Members with scores, wherever they lie.
pub(crate) trait Source<'a>: Copy {
    /// The number of members.
    fn len(self) -> usize;
    /// The score of a member.
    fn score(self, member: Element<'_>) -> Option<f64>;
    /// Visits members until `visit` says no.
    fn each_while(self, visit: impl FnMut(Pair<'a>) -> bool);
}

/// How the scores that a member has in several sets become one.
///
/// ```
/// use kora::{Aggregate, Database};
///
/// let db = Database::in_memory();
/// db.zadd("monday", [(3.0, "ann")])?;
/// db.zadd("tuesday", [(5.0, "ann")])?;
/// db.zunionstore("best", ["monday", "tuesday"], Aggregate::Max)?;
/// assert_eq!(db.zscore("best", "ann")?, Some(5.0));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggregate {
    /// Their sum.
    #[default]
    Sum,
    /// The least of them.
    Min,
    /// The greatest of them.
    Max,
}

impl Aggregate {
    /// `other` may be NaN: then it counts for nothing, but it makes a sum 0.
    fn of(self, one: f64, other: f64) -> f64 {
        match self {
            Aggregate::Sum => number_or_zero(one + other),
            Aggregate::Min if other < one => other,
            Aggregate::Max if other > one => other,
            Aggregate::Min | Aggregate::Max => one,
        }
    }
}

fn number_or_zero(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

fn hash_of(member: Element<'_>) -> u64 {
    member.with_bytes(hash)
}

fn in_order(mut pairs: Vec<Pair<'_>>) -> Vec<Pair<'_>> {
    pairs.sort_unstable_by(compare);
    pairs
}

/// The members that any source has. O(n log n) for n members in all sources.
pub(crate) fn union<'a, S: Source<'a>>(
    mut sources: Vec<(S, f64)>,
    aggregate: Aggregate,
) -> Vec<Pair<'a>> {
    sources.sort_by_key(|(source, _)| source.len());
    let mut met: HashTable<Pair<'a>> = HashTable::new();
    for (source, weight) in sources {
        source.each_while(|(member, score)| {
            let score = number_or_zero(score * weight);
            let is_it = |other: &Pair<'_>| other.0 == member;
            match met.entry(hash_of(member), is_it, |other| hash_of(other.0)) {
                Entry::Occupied(mut place) => {
                    let sum = &mut place.get_mut().1;
                    *sum = aggregate.of(*sum, score);
                }
                Entry::Vacant(place) => {
                    place.insert((member, score));
                }
            }
            true
        });
    }
    in_order(met.into_iter().collect())
}

/// The members that all sources have. O(n m) for m sources, of which the shortest has n members.
pub(crate) fn intersection<'a, S: Source<'a>>(
    sources: Vec<(S, f64)>,
    aggregate: Aggregate,
) -> Vec<Pair<'a>> {
    let mut found = Vec::new();
    intersect(sources, aggregate, |pair| {
        found.push(pair);
        true
    });
    in_order(found)
}

/// How many members all sources have, counted up to a limit.
pub(crate) fn intersection_len<'a, S: Source<'a>>(sources: Vec<S>, limit: usize) -> usize {
    let mut count = 0;
    let sources = sources.into_iter().map(|source| (source, 1.0)).collect();
    intersect(sources, Aggregate::Sum, |_| {
        count += 1;
        count < limit
    });
    count
}

fn intersect<'a, S: Source<'a>>(
    mut sources: Vec<(S, f64)>,
    aggregate: Aggregate,
    mut visit: impl FnMut(Pair<'a>) -> bool,
) {
    sources.sort_by_key(|(source, _)| source.len());
    let Some(((shortest, weight), others)) = sources.split_first() else { return };
    shortest.each_while(|(member, score)| {
        let first = number_or_zero(score * weight);
        let score = others.iter().try_fold(first, |sum, (other, weight)| {
            other.score(member).map(|score| aggregate.of(sum, score * weight))
        });
        score.is_none_or(|score| visit((member, score)))
    });
}

/// The members of the first source that none of the others has. O(n m) for m sources, of which
/// the first has n members.
pub(crate) fn difference<'a, S: Source<'a>>(sources: &[S]) -> Vec<Pair<'a>> {
    let mut found = Vec::new();
    if let Some((first, others)) = sources.split_first() {
        first.each_while(|(member, score)| {
            if others.iter().all(|other| other.score(member).is_none()) {
                found.push((member, score));
            }
            true
        });
    }
    in_order(found)
}
