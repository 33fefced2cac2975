//! The typed methods on sorted sets.

pub(crate) mod arguments;
mod queries;
pub(crate) mod weighted;

use bytes::Bytes;

use crate::arguments::{ByteArg, ByteArgs, ScanOptions, ScoredArgs};
use crate::surface::surface;
use crate::types::zset::ops::{self, ScoreEnd, ZAddOptions};
use crate::types::zset::range::Limit;

use arguments::{LexRangeArg, ScoreRangeArg};

surface! {
    /// Gives members scores; how many members are new. O(log n) for each.
    ///
    /// ```
    /// let db = kora::Database::in_memory();
    /// assert_eq!(db.zadd("board", [(10.0, "ann"), (20.0, "bob")])?, 2);
    /// assert_eq!(db.zrevrange("board", 0, 0)?, ["bob"]);
    /// # Ok::<(), kora::Error>(())
    /// ```
    write fn zadd(key, scored: impl ScoredArgs) -> usize = ops::zadd;

    /// ZADD with its options; how many members are new, or changed if that is to be counted.
    write fn zadd_with(key, scored: impl ScoredArgs, options: ZAddOptions) -> usize = ops::zadd_with;

    /// Adds to a member's score; a missing member counts as 0. The new score. O(log n).
    write fn zincrby(key, by: f64, member: impl ByteArg) -> f64 = ops::zincrby;

    /// As [`zincrby`](Self::zincrby) under conditions (ZADD INCR); `None` if they did not hold.
    write fn zincrby_with(key, by: f64, member: impl ByteArg, options: ZAddOptions) -> Option<f64> = ops::zincrby_with;

    /// Removes members, and the key with the last of them; how many were there. O(log n) for
    /// each.
    write fn zrem(key, members: impl ByteArgs) -> usize = ops::zrem;

    /// How many members there are, 0 for a missing key. O(1).
    read fn zcard(key) -> usize = ops::zcard;

    /// The score of a member. O(1).
    read fn zscore(key, member: impl ByteArg) -> Option<f64> = ops::zscore;

    /// The scores of several members as of one moment; `None` for one that is not there.
    read fn zmscore(key, members: impl ByteArgs) -> Vec<Option<f64>> = ops::zmscore;

    /// How many members come before this one. O(log n).
    read fn zrank(key, member: impl ByteArg) -> Option<usize> = queries::zrank;

    /// How many members come before this one, and its score. O(log n).
    read fn zrank_with_score(key, member: impl ByteArg) -> Option<(usize, f64)> = queries::zrank_with_score;

    /// How many members come after this one. O(log n).
    read fn zrevrank(key, member: impl ByteArg) -> Option<usize> = queries::zrevrank;

    /// How many members come after this one, and its score. O(log n).
    read fn zrevrank_with_score(key, member: impl ByteArg) -> Option<(usize, f64)> = queries::zrevrank_with_score;

    /// How many members have scores in a range. O(log n).
    read fn zcount(key, range: impl ScoreRangeArg) -> usize = ops::zcount;

    /// How many members have names in a range, where all scores are equal. O(log n).
    read fn zlexcount(key, range: impl LexRangeArg) -> usize = ops::zlexcount;

    /// The members from rank `start` to rank `stop`, both included; negative ranks count from the
    /// highest score. O(log n + members returned).
    read fn zrange(key, start: i64, stop: i64) -> Vec<Bytes> = queries::zrange;

    /// As [`zrange`](Self::zrange), with the scores.
    read fn zrange_with_scores(key, start: i64, stop: i64) -> Vec<(Bytes, f64)> = queries::zrange_with_scores;

    /// As [`zrange`](Self::zrange), counted and ordered from the highest score.
    read fn zrevrange(key, start: i64, stop: i64) -> Vec<Bytes> = queries::zrevrange;

    /// As [`zrevrange`](Self::zrevrange), with the scores.
    read fn zrevrange_with_scores(key, start: i64, stop: i64) -> Vec<(Bytes, f64)> = queries::zrevrange_with_scores;

    /// The members with scores in a range, from the lowest. O(log n + members returned).
    ///
    /// ```
    /// use kora::{Database, Limit};
    ///
    /// let db = Database::in_memory();
    /// db.zadd("board", [(1.0, "ann"), (2.0, "bob"), (3.0, "eve")])?;
    /// assert_eq!(db.zrangebyscore("board", 2.0.., Limit::NONE)?, ["bob", "eve"]);
    /// # Ok::<(), kora::Error>(())
    /// ```
    read fn zrangebyscore(key, range: impl ScoreRangeArg, limit: Limit) -> Vec<Bytes> = queries::zrangebyscore;

    /// As [`zrangebyscore`](Self::zrangebyscore), with the scores.
    read fn zrangebyscore_with_scores(key, range: impl ScoreRangeArg, limit: Limit) -> Vec<(Bytes, f64)> = queries::zrangebyscore_with_scores;

    /// As [`zrangebyscore`](Self::zrangebyscore), from the highest score; the range is given as
    /// there.
    read fn zrevrangebyscore(key, range: impl ScoreRangeArg, limit: Limit) -> Vec<Bytes> = queries::zrevrangebyscore;

    /// As [`zrevrangebyscore`](Self::zrevrangebyscore), with the scores.
    read fn zrevrangebyscore_with_scores(key, range: impl ScoreRangeArg, limit: Limit) -> Vec<(Bytes, f64)> = queries::zrevrangebyscore_with_scores;

    /// The members with names in a range, where all scores are equal. O(log n + members
    /// returned).
    read fn zrangebylex(key, range: impl LexRangeArg, limit: Limit) -> Vec<Bytes> = queries::zrangebylex;

    /// As [`zrangebylex`](Self::zrangebylex), from the last name; the range is given as there.
    read fn zrevrangebylex(key, range: impl LexRangeArg, limit: Limit) -> Vec<Bytes> = queries::zrevrangebylex;

    /// Stores the members of `source` from rank `start` to rank `stop` as a new value of
    /// `destination`; how many they are.
    write_together fn zrangestore[destination: impl ByteArg, source: impl ByteArg](start: i64, stop: i64) -> usize = queries::zrangestore;

    /// Stores the members of `source` with scores in a range as a new value of `destination`;
    /// how many they are.
    write_together fn zrangestore_byscore[destination: impl ByteArg, source: impl ByteArg](range: impl ScoreRangeArg, limit: Limit) -> usize = queries::zrangestore_byscore;

    /// Stores the members of `source` with names in a range, where all scores are equal, as a
    /// new value of `destination`; how many they are.
    write_together fn zrangestore_bylex[destination: impl ByteArg, source: impl ByteArg](range: impl LexRangeArg, limit: Limit) -> usize = queries::zrangestore_bylex;

    /// Removes the members from rank `start` to rank `stop`; how many there were. O(log n +
    /// members removed).
    write fn zremrangebyrank(key, start: i64, stop: i64) -> usize = ops::zremrangebyrank;

    /// Removes the members with scores in a range; how many there were. O(log n + members
    /// removed).
    write fn zremrangebyscore(key, range: impl ScoreRangeArg) -> usize = ops::zremrangebyscore;

    /// Removes the members with names in a range, where all scores are equal; how many there
    /// were. O(log n + members removed).
    write fn zremrangebylex(key, range: impl LexRangeArg) -> usize = ops::zremrangebylex;

    /// Removes up to `count` members with the lowest scores and returns them, the lowest first.
    /// O(log n + members removed).
    write fn zpopmin(key, count: usize) -> Vec<(Bytes, f64)> = ops::zpopmin;

    /// Removes up to `count` members with the highest scores and returns them, the highest first.
    /// O(log n + members removed).
    write fn zpopmax(key, count: usize) -> Vec<(Bytes, f64)> = ops::zpopmax;

    /// Removes up to `count` members from an end of the first of these keys that is there; the
    /// key, and the members with their scores.
    write_together fn zmpop[keys: impl ByteArgs](end: ScoreEnd, count: usize) -> Option<(Bytes, Vec<(Bytes, f64)>)> = ops::zmpop;

    /// A member, chosen uniformly. O(log n).
    read fn zrandmember(key) -> Option<Bytes> = queries::zrandmember;

    /// So many different members, or all if there are not so many; with a negative count just so
    /// many, which may repeat. O(log n) for each.
    read fn zrandmember_many(key, count: i64) -> Vec<Bytes> = queries::zrandmember_many;

    /// As [`zrandmember_many`](Self::zrandmember_many), with the scores.
    read fn zrandmember_with_scores(key, count: i64) -> Vec<(Bytes, f64)> = queries::zrandmember_with_scores;

    /// How many members all of several sets have, counted up to a limit; 0 is no limit.
    read_together fn zintercard[keys: impl ByteArgs](limit: usize) -> usize = ops::zintercard;

    /// The members of the first set that none of the others has. O(n m) for m sets and n members
    /// in the first.
    read_together fn zdiff[keys: impl ByteArgs]() -> Vec<Bytes> = queries::zdiff;

    /// As [`zdiff`](Self::zdiff), with the scores.
    read_together fn zdiff_with_scores[keys: impl ByteArgs]() -> Vec<(Bytes, f64)> = queries::zdiff_with_scores;

    /// Stores what [`zdiff`](Self::zdiff) returns as a new value of `destination`; how many
    /// members it has.
    write_together fn zdiffstore[destination: impl ByteArg, keys: impl ByteArgs]() -> usize = queries::zdiffstore;

    /// Some members with their scores, and the cursor to go on with. A pass begins and ends with
    /// cursor 0; a member that is there all the time is seen, perhaps among others that come or
    /// go. O(members looked at).
    read fn zscan(key, cursor: u64, options: ScanOptions<'_>) -> (u64, Vec<(Bytes, f64)>) = queries::zscan;
}
