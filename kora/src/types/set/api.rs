//! The typed methods on sets.

use bytes::Bytes;

use crate::arguments::{ByteArg, ByteArgs, ScanOptions};
use crate::engine::Transaction;
use crate::error::Result;
use crate::keyspace::{Key, Keyspace};
use crate::surface::surface;
use crate::types::packed::Element;
use crate::types::set::ops;

fn copies(members: Vec<Element<'_>>) -> Vec<Bytes> {
    members.into_iter().map(Element::to_bytes).collect()
}

fn srandmember(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Bytes>> {
    Ok(ops::pick(keyspace, key)?.map(Element::to_bytes))
}

fn srandmember_many(keyspace: &mut Keyspace<'_>, key: &Key<'_>, count: i64) -> Result<Vec<Bytes>> {
    ops::pick_many(keyspace, key, count).map(copies)
}

fn sscan(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    cursor: u64,
    options: ScanOptions<'_>,
) -> Result<(u64, Vec<Bytes>)> {
    let (next, found) = ops::scan(keyspace, key, cursor, options.pattern, options.count)?;
    Ok((next, copies(found)))
}

fn sinter(transaction: &mut Transaction<'_>, keys: &[Key<'_>]) -> Result<Vec<Bytes>> {
    ops::intersection(transaction, keys).map(copies)
}

fn sunion(transaction: &mut Transaction<'_>, keys: &[Key<'_>]) -> Result<Vec<Bytes>> {
    ops::union(transaction, keys).map(copies)
}

fn sdiff(transaction: &mut Transaction<'_>, keys: &[Key<'_>]) -> Result<Vec<Bytes>> {
    ops::difference(transaction, keys).map(copies)
}

surface! {
    /// Adds members; how many were not there. O(1) a member.
    ///
    /// ```
    /// let db = kora::Database::in_memory();
    /// assert_eq!(db.sadd("tags", ["fast", "small"])?, 2);
    /// assert_eq!(db.sadd("tags", "fast")?, 0);
    /// # Ok::<(), kora::Error>(())
    /// ```
    write fn sadd(key, members: impl ByteArgs) -> usize = ops::add;

    /// Removes members; how many were there. The key goes with the last one. O(1) a member.
    write fn srem(key, members: impl ByteArgs) -> usize = ops::remove;

    /// All members, copied out, in no order that means anything. O(members).
    read fn smembers(key) -> Vec<Bytes> = ops::members;

    /// Whether the set has a member. O(1).
    read fn sismember(key, member: impl ByteArg) -> bool = ops::contains;

    /// For each of several members whether the set has it. O(1) a member.
    read fn smismember(key, members: impl ByteArgs) -> Vec<bool> = ops::contains_each;

    /// How many members the set has, 0 for a missing key. O(1).
    read fn scard(key) -> usize = ops::len;

    /// Removes a random member and returns it. O(1).
    write fn spop(key) -> Option<Bytes> = ops::pop;

    /// Removes random members and returns them: `count`, or all if there are not more. O(count),
    /// or O(members) if that is not much more.
    write fn spop_many(key, count: usize) -> Vec<Bytes> = ops::pop_many;

    /// A random member, which stays. O(1).
    read fn srandmember(key) -> Option<Bytes> = srandmember;

    /// So many different random members, which stay, or all if there are not so many; with a
    /// negative count just so many, which may repeat. O(members returned), or O(members in the
    /// set) for a third of them or more.
    ///
    /// # Errors
    /// [`Error::TooLarge`](crate::Error::TooLarge) for a count below -16,777,216.
    read fn srandmember_many(key, count: i64) -> Vec<Bytes> = srandmember_many;

    /// Some members from a cursor on, and the cursor to go on with; 0 is the beginning and the
    /// end. A member that is there from the first call to the last is returned at least once.
    ///
    /// ```
    /// use kora::{Database, ScanOptions};
    ///
    /// let db = Database::in_memory();
    /// db.sadd("tags", ["fast", "small"])?;
    /// let (cursor, members) = db.sscan("tags", 0, ScanOptions::new().matching("f*"))?;
    /// assert_eq!((cursor, &members[..]), (0, &[kora::Bytes::from("fast")][..]));
    /// # Ok::<(), kora::Error>(())
    /// ```
    read fn sscan(key, cursor: u64, options: ScanOptions<'_>) -> (u64, Vec<Bytes>) = sscan;

    /// Moves a member from one set to another in one step; whether it was there. O(1).
    write_together fn smove[source: impl ByteArg, destination: impl ByteArg](member: impl ByteArg) -> bool = ops::move_member;

    /// The members that all sets have, as of one moment; none if a key is missing. O(smallest
    /// set × sets).
    ///
    /// ```
    /// let db = kora::Database::in_memory();
    /// db.sadd("rust", ["ann", "bob"])?;
    /// db.sadd("redis", ["bob", "eve"])?;
    /// assert_eq!(db.sinter(["rust", "redis"])?, ["bob"]);
    /// # Ok::<(), kora::Error>(())
    /// ```
    read_together fn sinter[keys: impl ByteArgs]() -> Vec<Bytes> = sinter;

    /// How many members all sets have; counts up to `limit`, unless that is 0. O(smallest set ×
    /// sets).
    read_together fn sintercard[keys: impl ByteArgs](limit: usize) -> usize = ops::intersection_len;

    /// Stores the members that all sets have under a key, whatever it held; how many they are.
    /// O(smallest set × sets).
    write_together fn sinterstore[destination: impl ByteArg, keys: impl ByteArgs]() -> usize = ops::store_intersection;

    /// The members that any of the sets has, as of one moment. O(sum of the sets).
    read_together fn sunion[keys: impl ByteArgs]() -> Vec<Bytes> = sunion;

    /// Stores the members that any of the sets has under a key, whatever it held; how many they
    /// are. O(sum of the sets).
    write_together fn sunionstore[destination: impl ByteArg, keys: impl ByteArgs]() -> usize = ops::store_union;

    /// The members of the first set that none of the others has, as of one moment. O(sum of the
    /// sets) at most.
    read_together fn sdiff[keys: impl ByteArgs]() -> Vec<Bytes> = sdiff;

    /// Stores the members of the first set that none of the others has under a key, whatever it
    /// held; how many they are. O(sum of the sets) at most.
    write_together fn sdiffstore[destination: impl ByteArg, keys: impl ByteArgs]() -> usize = ops::store_difference;
}
