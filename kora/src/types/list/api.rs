//! The typed methods on lists.

use bytes::Bytes;

use crate::arguments::{ByteArg, ByteArgs, value_args};
use crate::error::Result;
use crate::keyspace::{Key, Keyspace};
use crate::surface::surface;
use crate::types::list::ops::{self, Place, Search, Side};

/// The options of [`Database::lpos_with`](crate::Database::lpos_with).
///
/// ```
/// use kora::{Database, PositionOptions};
///
/// let db = Database::in_memory();
/// db.rpush("log", ["start", "error", "retry", "error"])?;
/// let all = PositionOptions::new().all();
/// assert_eq!(db.lpos_with("log", "error", all)?, [1, 3]);
/// assert_eq!(db.lpos_with("log", "error", PositionOptions::new().rank(-1))?, [3]);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PositionOptions(Search);

impl PositionOptions {
    /// Looks for the first match in the whole list.
    pub fn new() -> PositionOptions {
        PositionOptions(Search::FIRST)
    }

    /// Begins with the n-th match; with a negative rank from the tail (RANK). There is no rank 0.
    #[must_use]
    pub fn rank(self, rank: i64) -> PositionOptions {
        PositionOptions(Search { rank, ..self.0 })
    }

    /// Reports at most so many matches, 0 for all (COUNT).
    #[must_use]
    pub fn count(self, count: usize) -> PositionOptions {
        PositionOptions(Search { count, ..self.0 })
    }

    /// Reports all matches (COUNT 0).
    #[must_use]
    pub fn all(self) -> PositionOptions {
        self.count(0)
    }

    /// Compares at most so many elements, 0 for all (MAXLEN).
    #[must_use]
    pub fn max_len(self, len_max: usize) -> PositionOptions {
        PositionOptions(Search { len_max, ..self.0 })
    }
}

impl Default for PositionOptions {
    fn default() -> PositionOptions {
        PositionOptions::new()
    }
}

value_args!(Side, Place, PositionOptions);

fn lpos_with(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    text: &[u8],
    options: PositionOptions,
) -> Result<Vec<usize>> {
    ops::positions(keyspace, key, text, options.0)
}

surface! {
    /// Adds elements at the head, one after the other, so that the last one becomes the first;
    /// the list's length. O(1) for each, amortised.
    write fn lpush(key, elements: impl ByteArgs) -> usize = ops::lpush;

    /// Adds elements at the tail; the list's length. O(1) for each, amortised.
    write fn rpush(key, elements: impl ByteArgs) -> usize = ops::rpush;

    /// As `lpush`, onto a list that is there; 0 if there is none. O(1) for each, amortised.
    write fn lpushx(key, elements: impl ByteArgs) -> usize = ops::lpushx;

    /// As `rpush`, onto a list that is there; 0 if there is none. O(1) for each, amortised.
    write fn rpushx(key, elements: impl ByteArgs) -> usize = ops::rpushx;

    /// Takes the first element. O(1).
    write fn lpop(key) -> Option<Bytes> = ops::lpop;

    /// Takes the last element. O(1).
    write fn rpop(key) -> Option<Bytes> = ops::rpop;

    /// Takes at most so many elements from the head, the first one first. O(n) for n taken.
    write fn lpop_many(key, count: usize) -> Vec<Bytes> = ops::lpop_many;

    /// Takes at most so many elements from the tail, the last one first. O(n) for n taken.
    write fn rpop_many(key, count: usize) -> Vec<Bytes> = ops::rpop_many;

    /// How many elements the list has, 0 for a missing key. O(1).
    read fn llen(key) -> usize = ops::llen;

    /// The elements from `start` to `stop`, both included; negative numbers count from the end.
    /// O(distance of `start` from the nearer end + elements returned).
    read fn lrange(key, start: i64, stop: i64) -> Vec<Bytes> = ops::lrange;

    /// The element at an index; negative numbers count from the end. O(distance from the nearer
    /// end), counted in nodes of 8 KiB.
    read fn lindex(key, index: i64) -> Option<Bytes> = ops::lindex;

    /// Gives the element at an index another text. Fails when there is no such index. O(distance
    /// from the nearer end), counted in nodes of 8 KiB.
    write fn lset(key, index: i64, element: impl ByteArg) -> () = ops::lset;

    /// Puts an element beside the first one that is `pivot`; the list's length, or `None` when
    /// there is no `pivot`. O(distance of `pivot` from the head).
    write fn linsert(key, place: Place, pivot: impl ByteArg, element: impl ByteArg) -> Option<usize> = ops::linsert;

    /// Removes elements that are `element`: the first `count`, the last with a negative count,
    /// all with 0; how many it removed. O(length).
    write fn lrem(key, count: i64, element: impl ByteArg) -> usize = ops::lrem;

    /// Removes all but the elements from `start` to `stop`, both included; negative numbers count
    /// from the end. O(elements removed).
    write fn ltrim(key, start: i64, stop: i64) -> () = ops::ltrim;

    /// The index of the first element that is `element`. O(index).
    read fn lpos(key, element: impl ByteArg) -> Option<usize> = ops::lpos;

    /// LPOS with its options: the indexes of matches. O(elements compared).
    read fn lpos_with(key, element: impl ByteArg, options: PositionOptions) -> Vec<usize> = lpos_with;

    /// Takes the element at one end of a list and adds it at one end of another, in one step; or
    /// turns one list round, when both keys are the same. O(1).
    write_together fn lmove[source: impl ByteArg, destination: impl ByteArg](from: Side, to: Side) -> Option<Bytes> = ops::lmove;

    /// Takes the last element of a list and adds it at the head of another. O(1).
    write_together fn rpoplpush[source: impl ByteArg, destination: impl ByteArg]() -> Option<Bytes> = ops::rpoplpush;

    /// Takes at most `count` elements, at least 1, from one end of the first list that there is:
    /// its key, and the elements. O(keys + elements taken).
    write_together fn lmpop[keys: impl ByteArgs](side: Side, count: usize) -> Option<(Bytes, Vec<Bytes>)> = ops::lmpop;
}
