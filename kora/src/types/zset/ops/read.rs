//! What only reads one sorted set: scores, ranks, ranges, random members, scans.

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::keyspace::{Key, Keyspace};
use crate::random;
use crate::text::pattern;
use crate::types::zset::range::{Direction, LexRange, Limit, Query, ScoreRange, Span};
use crate::types::zset::run::Pair;
use crate::types::zset::value::{Zset, ZsetView};

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
    query.span.check()?;
    let Some(view) = keyspace.read::<Zset>(key)? else { return Ok(Vec::new()) };
    Ok(view.pairs(view.ranks(query), query.direction).map(make).collect())
}

/// A member chosen uniformly.
pub(crate) fn zrandmember(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Bytes>> {
    Ok(random_members(keyspace, key, -1, named)?.pop())
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
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let at = |rank: usize| view.pairs(rank..rank + 1, Direction::Ascending).map(&make);
    if count < 0 {
        if wanted > REPEATED_MAX {
            return Err(Error::TooLarge { what: "a random choice has at most 16,777,216 picks" });
        }
        return Ok((0..wanted).flat_map(|_| at(random::below(view.len()))).collect());
    }
    Ok(random_ranks(wanted, view.len()).into_iter().flat_map(at).collect())
}

/// So many different ranks below `len`, or all, every choice of so many equally likely, ascending.
fn random_ranks(wanted: usize, len: usize) -> Vec<usize> {
    (0..len).collect()
}
