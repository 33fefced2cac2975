//! The operations behind methods that differ only in what they ask, from which end, and whether
//! they return scores.

use bytes::Bytes;

use crate::arguments::ScanOptions;
use crate::engine::Transaction;
use crate::error::Result;
use crate::keyspace::{Key, Keyspace};
use crate::types::zset::aggregate::Aggregate;
use crate::types::zset::ops::{self, Combination, Weighted, named, scored};
use crate::types::zset::range::{Direction, LexRange, Limit, Query, ScoreRange, Span};

/// Defines operations that return the members of a query: their arguments, the span and the limit
/// in terms of these, the direction, and what is made of each pair.
macro_rules! queries {
    ($($name:ident($($arg:ident: $ty:ty),*) -> $out:ty = $make:path, $direction:ident, $span:expr, $limit:expr;)*) => {
        $(pub(super) fn $name(keyspace: &mut Keyspace<'_>, key: &Key<'_>, $($arg: $ty),*) -> Result<Vec<$out>> {
            let query = Query { span: $span, direction: Direction::$direction, limit: $limit };
            ops::range(keyspace, key, &query, $make)
        })*
    };
}

queries! {
    zrange(start: i64, stop: i64) -> Bytes = named, Ascending, Span::Ranks(start, stop), Limit::NONE;
    zrange_with_scores(start: i64, stop: i64) -> (Bytes, f64) = scored, Ascending, Span::Ranks(start, stop), Limit::NONE;
    zrevrange(start: i64, stop: i64) -> Bytes = named, Descending, Span::Ranks(start, stop), Limit::NONE;
    zrevrange_with_scores(start: i64, stop: i64) -> (Bytes, f64) = scored, Descending, Span::Ranks(start, stop), Limit::NONE;
    zrangebyscore(range: ScoreRange, limit: Limit) -> Bytes = named, Ascending, Span::Scores(range), limit;
    zrangebyscore_with_scores(range: ScoreRange, limit: Limit) -> (Bytes, f64) = scored, Ascending, Span::Scores(range), limit;
    zrevrangebyscore(range: ScoreRange, limit: Limit) -> Bytes = named, Descending, Span::Scores(range), limit;
    zrevrangebyscore_with_scores(range: ScoreRange, limit: Limit) -> (Bytes, f64) = scored, Descending, Span::Scores(range), limit;
    zrangebylex(range: LexRange<'_>, limit: Limit) -> Bytes = named, Ascending, Span::Lex(range), limit;
    zrevrangebylex(range: LexRange<'_>, limit: Limit) -> Bytes = named, Descending, Span::Lex(range), limit;
}

/// Defines operations that store the members of a query.
macro_rules! stores {
    ($($name:ident($($arg:ident: $ty:ty),*) = $span:expr, $limit:expr;)*) => {
        $(pub(super) fn $name(transaction: &mut Transaction<'_>, destination: Key<'_>, source: Key<'_>, $($arg: $ty),*) -> Result<usize> {
            let query = Query { span: $span, direction: Direction::Ascending, limit: $limit };
            ops::store_range(transaction, &destination, &source, &query)
        })*
    };
}

stores! {
    zrangestore(start: i64, stop: i64) = Span::Ranks(start, stop), Limit::NONE;
    zrangestore_byscore(range: ScoreRange, limit: Limit) = Span::Scores(range), limit;
    zrangestore_bylex(range: LexRange<'_>, limit: Limit) = Span::Lex(range), limit;
}

/// Defines operations that return a member's rank, or rank and score, as `$make` makes it of both.
macro_rules! ranks {
    ($($name:ident -> $out:ty = $direction:ident, $make:expr;)*) => {
        $(pub(super) fn $name(keyspace: &mut Keyspace<'_>, key: &Key<'_>, member: &[u8]) -> Result<Option<$out>> {
            Ok(ops::rank(keyspace, key, member, Direction::$direction)?.map($make))
        })*
    };
}

ranks! {
    zrank -> usize = Ascending, |(rank, _)| rank;
    zrank_with_score -> (usize, f64) = Ascending, |both| both;
    zrevrank -> usize = Descending, |(rank, _)| rank;
    zrevrank_with_score -> (usize, f64) = Descending, |both| both;
}

/// Defines operations that combine weighted sets, and return or store what comes of it.
macro_rules! combinations {
    ($($named:ident, $scored:ident, $stored:ident = $combination:expr;)*) => {
        $(
            pub(super) fn $named(transaction: &mut Transaction<'_>, keys: &[Weighted<'_>], aggregate: Aggregate) -> Result<Vec<Bytes>> {
                ops::combine(transaction, keys, $combination(aggregate), named)
            }

            pub(super) fn $scored(transaction: &mut Transaction<'_>, keys: &[Weighted<'_>], aggregate: Aggregate) -> Result<Vec<(Bytes, f64)>> {
                ops::combine(transaction, keys, $combination(aggregate), scored)
            }

            pub(super) fn $stored(transaction: &mut Transaction<'_>, destination: Key<'_>, keys: &[Weighted<'_>], aggregate: Aggregate) -> Result<usize> {
                ops::combine_into(transaction, &destination, keys, $combination(aggregate))
            }
        )*
    };
}

combinations! {
    zunion, zunion_with_scores, zunionstore = Combination::Union;
    zinter, zinter_with_scores, zinterstore = Combination::Intersection;
}

/// Keys whose weights do not matter.
fn unweighted<'k>(keys: &[Key<'k>]) -> Vec<Weighted<'k>> {
    keys.iter().map(|key| (*key, 1.0)).collect()
}

pub(super) fn zdiff(transaction: &mut Transaction<'_>, keys: &[Key<'_>]) -> Result<Vec<Bytes>> {
    ops::combine(transaction, &unweighted(keys), Combination::Difference, named)
}

pub(super) fn zdiff_with_scores(
    transaction: &mut Transaction<'_>,
    keys: &[Key<'_>],
) -> Result<Vec<(Bytes, f64)>> {
    ops::combine(transaction, &unweighted(keys), Combination::Difference, scored)
}

pub(super) fn zdiffstore(
    transaction: &mut Transaction<'_>,
    destination: Key<'_>,
    keys: &[Key<'_>],
) -> Result<usize> {
    ops::combine_into(transaction, &destination, &unweighted(keys), Combination::Difference)
}

pub(super) fn zrandmember(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Bytes>> {
    ops::random_member(keyspace, key, named)
}

pub(super) fn zrandmember_many(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    count: i64,
) -> Result<Vec<Bytes>> {
    ops::random_members(keyspace, key, count, named)
}

pub(super) fn zrandmember_with_scores(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    count: i64,
) -> Result<Vec<(Bytes, f64)>> {
    ops::random_members(keyspace, key, count, scored)
}

pub(super) fn zscan(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    cursor: u64,
    options: ScanOptions<'_>,
) -> Result<(u64, Vec<(Bytes, f64)>)> {
    ops::scan(keyspace, key, cursor, (options.pattern, options.count), scored)
}
