//! What only reads one sorted set: scores, ranks, ranges, random members, scans.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::keyspace::{Key, Keyspace};
use crate::random;
use crate::text::pattern;
use crate::types::zset::range::{Direction, LexRange, Limit, Query, ScoreRange, Span};
use crate::types::zset::run::Pair;
use crate::types::zset::value::{Zset, ZsetMembers, ZsetPairs, ZsetView};

/// Most members chosen with repetition in one call. Redis has no limit and would build any answer;
/// in the caller's process one such call must not take all memory. Arbitrary.
const REPEATED_MAX: usize = 1 << 24;

/// A member, copied out.
pub(crate) fn named((member, _): Pair<'_>) -> Bytes {
    member.to_bytes()
}

/// A member with its score, copied out.
pub(crate) fn scored((member, score): Pair<'_>) -> (Bytes, f64) {
    (member.to_bytes(), score)
}

pub(crate) fn zcard(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<usize> {
    Ok(keyspace.read::<Zset>(key)?.map_or(0, ZsetView::len))
}

pub(crate) fn zscore(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    member: &[u8],
) -> Result<Option<f64>> {
    Ok(keyspace.read::<Zset>(key)?.and_then(|view| view.score(member)))
}

pub(crate) fn zmscore(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    members: &[&[u8]],
) -> Result<Vec<Option<f64>>> {
    let view = keyspace.read::<Zset>(key)?;
    Ok(members.iter().map(|member| view.and_then(|view| view.score(member))).collect())
}

/// How many members come before this one in a direction, and its score.
pub(crate) fn rank(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    member: &[u8],
    direction: Direction,
) -> Result<Option<(usize, f64)>> {
    let Some(view) = keyspace.read::<Zset>(key)? else { return Ok(None) };
    let from_end = |rank| match direction {
        Direction::Ascending => rank,
        Direction::Descending => view.len() - 1 - rank,
    };
    Ok(view.rank(member).map(|(rank, score)| (from_end(rank), score)))
}

/// How many members a span holds.
pub(crate) fn count(keyspace: &mut Keyspace<'_>, key: &Key<'_>, span: Span<'_>) -> Result<usize> {
    span.check()?;
    let query = Query { span, direction: Direction::Ascending, limit: Limit::NONE };
    Ok(keyspace.read::<Zset>(key)?.map_or(0, |view| view.ranks(&query).len()))
}

pub(crate) fn zcount(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    range: ScoreRange,
) -> Result<usize> {
    count(keyspace, key, Span::Scores(range))
}

pub(crate) fn zlexcount(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    range: LexRange<'_>,
) -> Result<usize> {
    count(keyspace, key, Span::Lex(range))
}

/// The members that a query asks for, each as `make` makes it of the pair.
pub(crate) fn range<T>(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    query: &Query<'_>,
    make: impl Fn(Pair<'_>) -> T,
) -> Result<Vec<T>> {
    Ok(pairs(keyspace, key, query)?.map_or_else(Vec::new, |(_, pairs)| pairs.map(make).collect()))
}

/// The pairs that a query asks for where they lie, and how many they are; `None` without a set.
pub(crate) fn pairs<'a>(
    keyspace: &'a mut Keyspace<'_>,
    key: &Key<'_>,
    query: &Query<'_>,
) -> Result<Option<(usize, ZsetPairs<'a>)>> {
    query.span.check()?;
    let Some(view) = keyspace.read::<Zset>(key)? else { return Ok(None) };
    let ranks = view.ranks(query);
    let count = ranks.end.min(view.len()).saturating_sub(ranks.start);
    Ok(Some((count, view.pairs(ranks, query.direction))))
}

/// The members that a query asks for where they lie, and how many they are; `None` without a set.
pub(crate) fn members<'a>(
    keyspace: &'a mut Keyspace<'_>,
    key: &Key<'_>,
    query: &Query<'_>,
) -> Result<Option<(usize, ZsetMembers<'a>)>> {
    query.span.check()?;
    let Some(view) = keyspace.read::<Zset>(key)? else { return Ok(None) };
    let ranks = view.ranks(query);
    let count = ranks.end.min(view.len()).saturating_sub(ranks.start);
    Ok(Some((count, view.members(ranks, query.direction))))
}

/// A member chosen uniformly, as `make` makes it of the pair.
pub(crate) fn random_member<T>(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    make: impl Fn(Pair<'_>) -> T,
) -> Result<Option<T>> {
    let Some(view) = keyspace.read::<Zset>(key)? else { return Ok(None) };
    Ok(view.at(random::below(view.len())).map(make))
}

/// So many different members, or all if there are not so many; with a negative count just so many,
/// which need not differ.
pub(crate) fn random_members<T>(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    count: i64,
    make: impl Fn(Pair<'_>) -> T,
) -> Result<Vec<T>> {
    let Some(view) = keyspace.read::<Zset>(key)? else { return Ok(Vec::new()) };
    let (len, wanted) = (view.len(), usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX));
    if count < 0 {
        if wanted > REPEATED_MAX {
            return Err(Error::TooLarge { what: "a random choice has at most 16,777,216 picks" });
        }
        return Ok(select(view, (0..wanted).map(|_| random::below(len)), make));
    }
    if wanted >= len {
        return Ok(view.all().map(make).collect());
    }
    Ok(select(view, different_ranks(wanted, len).into_iter(), make))
}

/// The pairs with these ranks, one by one.
fn select<T>(
    view: ZsetView<'_>,
    ranks: impl Iterator<Item = usize>,
    make: impl Fn(Pair<'_>) -> T,
) -> Vec<T> {
    match view {
        ZsetView::Packed(_) => {
            let all: Vec<Pair<'_>> = view.all().collect();
            ranks.map(|rank| make(all[rank])).collect()
        }
        ZsetView::Table(_) => ranks.filter_map(|rank| view.at(rank)).map(make).collect(),
    }
}

/// So many different ranks of `len`, every choice of them equally likely: Floyd's algorithm F2
/// (Bentley, "A sample of brilliance", 1987).
fn different_ranks(wanted: usize, len: usize) -> BTreeSet<usize> {
    let mut chosen = BTreeSet::new();
    for last in len - wanted..len {
        if !chosen.insert(random::below(last + 1)) {
            chosen.insert(last);
        }
    }
    chosen
}

/// The members that match a pattern, of those that one step of a scan visits, and the next cursor.
pub(crate) fn scan<T>(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    cursor: u64,
    (pattern, count): (Option<&[u8]>, usize),
    make: impl Fn(Pair<'_>) -> T,
) -> Result<(u64, Vec<T>)> {
    let Some(view) = keyspace.glance::<Zset>(key)? else { return Ok((0, Vec::new())) };
    let matches = |name: &[u8]| pattern.is_none_or(|pattern| pattern::matches(pattern, name));
    let mut found = Vec::new();
    let next = view.scan(cursor, count, |pair| {
        if pair.0.with_bytes(matches) {
            found.push(make(pair));
        }
    });
    Ok((next, found))
}
