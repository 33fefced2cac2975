//! The typed methods on hashes.

use bytes::Bytes;

use crate::arguments::{ByteArg, ByteArgs, PairArgs, ScanOptions};
use crate::error::Result;
use crate::keyspace::{Key, Keyspace};
use crate::surface::surface;
use crate::types::hash::ops;
use crate::types::hash::value::{Hash, Pair};

fn copied((field, value): Pair<'_>) -> (Bytes, Bytes) {
    (field.to_bytes(), value.to_bytes())
}

/// Something of every field.
fn whole<R>(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    take: impl Fn(Pair<'_>) -> R,
) -> Result<Vec<R>> {
    let Some(view) = keyspace.read::<Hash>(key)? else { return Ok(Vec::new()) };
    let mut all = Vec::with_capacity(view.len());
    view.each(|pair| all.push(take(pair)));
    Ok(all)
}

fn hgetall(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Vec<(Bytes, Bytes)>> {
    whole(keyspace, key, copied)
}

fn hkeys(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Vec<Bytes>> {
    whole(keyspace, key, |(field, _)| field.to_bytes())
}

fn hvals(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Vec<Bytes>> {
    whole(keyspace, key, |(_, value)| value.to_bytes())
}

fn hmset(keyspace: &mut Keyspace<'_>, key: &Key<'_>, pairs: &[(&[u8], &[u8])]) -> Result<()> {
    ops::set_many(keyspace, key, pairs).map(|_added| ())
}

fn hrandfield(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Bytes>> {
    Ok(ops::pick(keyspace, key)?.map(|(field, _)| field.to_bytes()))
}

fn hrandfield_many(keyspace: &mut Keyspace<'_>, key: &Key<'_>, count: i64) -> Result<Vec<Bytes>> {
    let picked = ops::pick_many(keyspace, key, count)?;
    Ok(picked.into_iter().map(|(field, _)| field.to_bytes()).collect())
}

fn hrandfield_withvalues(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    count: i64,
) -> Result<Vec<(Bytes, Bytes)>> {
    Ok(ops::pick_many(keyspace, key, count)?.into_iter().map(copied).collect())
}

fn hscan(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    cursor: u64,
    options: ScanOptions<'_>,
) -> Result<(u64, Vec<(Bytes, Bytes)>)> {
    let (next, found) = ops::scan(keyspace, key, cursor, options.pattern, options.count)?;
    Ok((next, found.into_iter().map(copied).collect()))
}

surface! {
    /// Gives a field a value; whether the field is new. O(1).
    write fn hset(key, field: impl ByteArg, value: impl ByteArg) -> bool = ops::set;

    /// Gives fields their values in one step; how many fields are new. O(their number).
    ///
    /// ```
    /// let db = kora::Database::in_memory();
    /// assert_eq!(db.hset_many("user", [("name", "ann"), ("city", "Accra")])?, 2);
    /// assert_eq!(db.hget("user", "city")?.as_deref(), Some(&b"Accra"[..]));
    /// # Ok::<(), kora::Error>(())
    /// ```
    write fn hset_many(key, pairs: impl PairArgs) -> usize = ops::set_many;

    /// Gives a field a value if the field is not there; whether it did. O(1).
    write fn hsetnx(key, field: impl ByteArg, value: impl ByteArg) -> bool = ops::setnx;

    /// Gives fields their values, as [`hset_many`](Self::hset_many), and counts nothing.
    write fn hmset(key, pairs: impl PairArgs) -> () = hmset;

    /// The value of a field, copied out. O(1).
    read fn hget(key, field: impl ByteArg) -> Option<Bytes> = ops::get;

    /// The values of several fields as of one moment; `None` for a field that is not there.
    /// O(their number).
    read fn hmget(key, fields: impl ByteArgs) -> Vec<Option<Bytes>> = ops::mget;

    /// Every field with its value, in no order that means anything. O(fields in the hash).
    read fn hgetall(key) -> Vec<(Bytes, Bytes)> = hgetall;

    /// Removes fields, and the key with the last of them; how many were there. O(their number).
    write fn hdel(key, fields: impl ByteArgs) -> usize = ops::del;

    /// Whether a field is there. O(1).
    read fn hexists(key, field: impl ByteArg) -> bool = ops::exists;

    /// How many fields there are, 0 for a missing key. O(1).
    read fn hlen(key) -> usize = ops::len;

    /// The length of a field's value in bytes, 0 for a missing field. O(1).
    read fn hstrlen(key, field: impl ByteArg) -> usize = ops::strlen;

    /// Every field, in no order that means anything. O(fields in the hash).
    read fn hkeys(key) -> Vec<Bytes> = hkeys;

    /// The value of every field, in no order that means anything. O(fields in the hash).
    read fn hvals(key) -> Vec<Bytes> = hvals;

    /// Adds to the integer of a field; a missing field counts as 0. O(1).
    write fn hincrby(key, field: impl ByteArg, by: i64) -> i64 = ops::incrby;

    /// Adds to the number of a field, in Redis's 80-bit arithmetic. O(1).
    write fn hincrbyfloat(key, field: impl ByteArg, by: f64) -> f64 = ops::incrbyfloat;

    /// A field, chosen about uniformly. O(1).
    read fn hrandfield(key) -> Option<Bytes> = hrandfield;

    /// So many different fields, or all if there are not so many; with a negative count just
    /// so many, which may repeat. O(fields returned), or O(fields in the hash) for a third of
    /// them or more.
    read fn hrandfield_many(key, count: i64) -> Vec<Bytes> = hrandfield_many;

    /// As [`hrandfield_many`](Self::hrandfield_many), with the values.
    read fn hrandfield_withvalues(key, count: i64) -> Vec<(Bytes, Bytes)> = hrandfield_withvalues;

    /// Some fields with their values, and the cursor to go on with. A pass begins and ends with
    /// cursor 0; a field that is there all the time is seen, perhaps among others that come or
    /// go. O(fields looked at).
    read fn hscan(key, cursor: u64, options: ScanOptions<'_>) -> (u64, Vec<(Bytes, Bytes)>) = hscan;
}
