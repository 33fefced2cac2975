//! Members go: by name, by range, from an end.

use bytes::Bytes;

use crate::engine::Transaction;
use crate::error::Result;
use crate::keyspace::edit::Edit;
use crate::keyspace::{Key, Keyspace};
use crate::types::zset::ops::read::scored;
use crate::types::zset::range::{Direction, LexRange, Limit, Query, ScoreRange, Span};
use crate::types::zset::value::{Zset, ZsetEffect};
use crate::types::{Change, TypedValue};

/// Which end of a sorted set its members are taken from.
///
/// ```
/// use kora::{Database, ScoreEnd};
///
/// let db = Database::in_memory();
/// db.zadd("jobs:low", [(1.0, "sweep")])?;
/// let taken = db.zmpop(["jobs:high", "jobs:low"], ScoreEnd::Lowest, 1)?;
/// assert_eq!(taken.map(|(key, _)| key).as_deref(), Some(&b"jobs:low"[..]));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreEnd {
    /// The lowest scores first (MIN).
    Lowest,
    /// The highest scores first (MAX).
    Highest,
}

impl ScoreEnd {
    /// What taking members from there is called.
    fn event(self) -> &'static str {
        match self {
            ScoreEnd::Lowest => "zpopmin",
            ScoreEnd::Highest => "zpopmax",
        }
    }

    fn direction(self) -> Direction {
        match self {
            ScoreEnd::Lowest => Direction::Ascending,
            ScoreEnd::Highest => Direction::Descending,
        }
    }
}

/// Takes members out; how many were there.
pub(crate) fn zrem(keyspace: &mut Keyspace<'_>, key: &Key<'_>, members: &[&[u8]]) -> Result<usize> {
    let Some(mut zset) = keyspace.edit::<Zset>(key)? else { return Ok(0) };
    let mut remove = |member| zset.apply(&ZsetEffect::Remove(member)) == Change::Removed;
    Ok(members.iter().filter(|member| remove(member)).count())
}

/// Takes the members of a span out; how many there were.
pub(crate) fn remove_span(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    span: Span<'_>,
) -> Result<usize> {
    span.check()?;
    let Some(mut zset) = keyspace.edit::<Zset>(key)? else { return Ok(0) };
    let query = Query { span, direction: Direction::Ascending, limit: Limit::NONE };
    let ranks = zset.view().ranks(&query);
    let effect = ZsetEffect::RemoveRanks { start: ranks.start, count: ranks.len() };
    zset.apply_as(span.removal(), &effect);
    Ok(ranks.len())
}

pub(crate) fn zremrangebyrank(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    start: i64,
    stop: i64,
) -> Result<usize> {
    remove_span(keyspace, key, Span::Ranks(start, stop))
}

pub(crate) fn zremrangebyscore(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    range: ScoreRange,
) -> Result<usize> {
    remove_span(keyspace, key, Span::Scores(range))
}

pub(crate) fn zremrangebylex(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    range: LexRange<'_>,
) -> Result<usize> {
    remove_span(keyspace, key, Span::Lex(range))
}

/// Takes up to `count` members from an end, the outermost first.
pub(crate) fn pop(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    end: ScoreEnd,
    count: usize,
) -> Result<Vec<(Bytes, f64)>> {
    let zset = keyspace.edit::<Zset>(key)?;
    Ok(zset.map_or_else(Vec::new, |mut zset| pop_from(&mut zset, end, count)))
}

fn pop_from(zset: &mut Edit<'_, Zset>, end: ScoreEnd, count: usize) -> Vec<(Bytes, f64)> {
    let view = zset.view();
    let ranks = Limit::first(count).cut(0..view.len(), end.direction());
    let popped = view.pairs(ranks.clone(), end.direction()).map(scored).collect();
    let effect = ZsetEffect::RemoveRanks { start: ranks.start, count: ranks.len() };
    zset.apply_as(end.event(), &effect);
    popped
}

pub(crate) fn zpopmin(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    count: usize,
) -> Result<Vec<(Bytes, f64)>> {
    pop(keyspace, key, ScoreEnd::Lowest, count)
}

pub(crate) fn zpopmax(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    count: usize,
) -> Result<Vec<(Bytes, f64)>> {
    pop(keyspace, key, ScoreEnd::Highest, count)
}

/// What was taken, and the key that it was taken from.
pub(crate) type Popped = (Bytes, Vec<(Bytes, f64)>);

/// As [`zmpop`] for one who waits: with all keys, or with one that has changed. What is no sorted
/// set has nothing for it then.
pub(crate) fn bzmpop(
    transaction: &mut Transaction<'_>,
    keys: &[Key<'_>],
    ready: Option<&Key<'_>>,
    end: ScoreEnd,
    count: usize,
) -> Result<Option<Popped>> {
    match ready {
        None => zmpop(transaction, keys, end, count),
        Some(key) if transaction.glance::<Zset>(key).is_err() => Ok(None),
        Some(key) => zmpop(transaction, std::slice::from_ref(key), end, count),
    }
}

/// As [`bzmpop`], of one member: its key, itself and its score.
pub(crate) fn bzpop(
    transaction: &mut Transaction<'_>,
    keys: &[Key<'_>],
    ready: Option<&Key<'_>>,
    end: ScoreEnd,
) -> Result<Option<(Bytes, Bytes, f64)>> {
    let popped = bzmpop(transaction, keys, ready, end, 1)?;
    let one = popped.and_then(|(key, mut members)| Some((key, members.pop()?)));
    Ok(one.map(|(key, (member, score))| (key, member, score)))
}

/// Takes up to `count` members from the first key that is there.
pub(crate) fn zmpop(
    transaction: &mut Transaction<'_>,
    keys: &[Key<'_>],
    end: ScoreEnd,
    count: usize,
) -> Result<Option<Popped>> {
    for key in keys {
        if let Some(mut zset) = transaction.keyspace(key).edit::<Zset>(key)? {
            let popped = pop_from(&mut zset, end, count);
            return Ok(Some((Bytes::copy_from_slice(key.bytes()), popped)));
        }
    }
    Ok(None)
}
