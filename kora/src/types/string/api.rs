//! The typed methods on strings.

use std::time::Duration;

use bytes::Bytes;

use crate::arguments::{ByteArg, ByteArgs, PairArgs, value_args};
use crate::error::Result;
use crate::keyspace::write::Expiry;
use crate::keyspace::{Key, Keyspace, deadline};
use crate::surface::surface;
use crate::types::string::ops::{self, Condition};

/// The options of [`Database::set_with`](crate::Database::set_with).
///
/// ```
/// use std::time::Duration;
/// use kora::{Database, SetOptions};
///
/// let db = Database::in_memory();
/// let lock = SetOptions::new().only_if_absent().expires_in(Duration::from_secs(30));
/// assert!(db.set_with("lock", "me", lock)?);
/// assert!(!db.set_with("lock", "you", lock)?);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SetOptions {
    time: Time,
    condition: Condition,
}

#[derive(Clone, Copy, Debug, Default)]
enum Time {
    #[default]
    Never,
    Keep,
    In(Duration),
    At(i64),
}

impl Time {
    fn expiry(self, now: i64, command: &'static str) -> Result<Expiry> {
        Ok(match self {
            Time::Never => Expiry::Never,
            Time::Keep => Expiry::Keep,
            Time::In(ttl) => Expiry::At(deadline::after(now, ttl, command)?),
            Time::At(unix_ms) => Expiry::At(unix_ms),
        })
    }
}

impl SetOptions {
    /// Writes always, and the key never expires.
    pub fn new() -> SetOptions {
        SetOptions::default()
    }

    /// The key expires this long from now (EX, PX).
    #[must_use]
    pub fn expires_in(self, ttl: Duration) -> SetOptions {
        SetOptions { time: Time::In(ttl), ..self }
    }

    /// The key expires at this unix millisecond (EXAT, PXAT).
    #[must_use]
    pub fn expires_at(self, unix_ms: i64) -> SetOptions {
        SetOptions { time: Time::At(unix_ms), ..self }
    }

    /// The key keeps the expiry it has (KEEPTTL).
    #[must_use]
    pub fn keep_ttl(self) -> SetOptions {
        SetOptions { time: Time::Keep, ..self }
    }

    /// Writes only a key that is not there (NX).
    #[must_use]
    pub fn only_if_absent(self) -> SetOptions {
        SetOptions { condition: Condition::Absent, ..self }
    }

    /// Writes only a key that is there (XX).
    #[must_use]
    pub fn only_if_present(self) -> SetOptions {
        SetOptions { condition: Condition::Present, ..self }
    }
}

/// What [`Database::getex`](crate::Database::getex) does to the key's expiry.
///
/// ```
/// use std::time::Duration;
/// use kora::{Database, GetExpiry};
///
/// let db = Database::in_memory();
/// db.set("session", "ann")?;
/// db.getex("session", GetExpiry::In(Duration::from_secs(60)))?;
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GetExpiry {
    /// It stays.
    Keep,
    /// The key does not expire any more (PERSIST).
    Persist,
    /// The key expires this long from now.
    In(Duration),
    /// The key expires at this unix millisecond; at once if that is past.
    At(i64),
}

value_args!(SetOptions, GetExpiry);

fn set_with(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    value: &[u8],
    options: SetOptions,
) -> Result<bool> {
    let expiry = options.time.expiry(keyspace.now(), "set")?;
    let outcome = ops::set_with(keyspace, key, value, expiry, options.condition, false)?;
    Ok(outcome.written)
}

fn set_get(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    value: &[u8],
    options: SetOptions,
) -> Result<Option<Bytes>> {
    let expiry = options.time.expiry(keyspace.now(), "set")?;
    ops::set_with(keyspace, key, value, expiry, options.condition, true).map(|done| done.old)
}

fn getex(keyspace: &mut Keyspace<'_>, key: &Key<'_>, expiry: GetExpiry) -> Result<Option<Bytes>> {
    let expiry = match expiry {
        GetExpiry::Keep => Expiry::Keep,
        GetExpiry::Persist => Expiry::Never,
        GetExpiry::In(ttl) => Expiry::At(deadline::after(keyspace.now(), ttl, "getex")?),
        GetExpiry::At(unix_ms) => Expiry::At(unix_ms),
    };
    ops::getex(keyspace, key, expiry)
}

surface! {
    /// The key's string, copied out (shared when longer than 2 KiB). O(length).
    read fn get(key) -> Option<Bytes> = ops::get, or ops::get_shortly;

    /// Gives the key a string; what it held, and its expiry, are gone. O(length).
    write fn set(key, value: impl ByteArg) -> () = ops::set, or ops::set_shortly;

    /// SET with its options; whether the value was written. O(length).
    write fn set_with(key, value: impl ByteArg, options: SetOptions) -> bool = set_with;

    /// SET with its options and GET: what the key held before, which must be a string.
    write fn set_get(key, value: impl ByteArg, options: SetOptions) -> Option<Bytes> = set_get;

    /// Gives a string to a key that is not there; whether it did.
    write fn setnx(key, value: impl ByteArg) -> bool = ops::setnx;

    /// Gives the key a string that expires.
    write fn setex(key, ttl: Duration, value: impl ByteArg) -> () = ops::setex;

    /// Gives the key a string and returns the one it held.
    write fn getset(key, value: impl ByteArg) -> Option<Bytes> = ops::getset;

    /// Removes the key and returns its string.
    write fn getdel(key) -> Option<Bytes> = ops::getdel;

    /// Returns the key's string and sets its expiry.
    write fn getex(key, expiry: GetExpiry) -> Option<Bytes> = getex;

    /// The string's length in bytes, 0 for a missing key. O(1).
    read fn strlen(key) -> usize = ops::strlen;

    /// Appends to the string; its new length. Amortised O(length of the tail).
    write fn append(key, tail: impl ByteArg) -> usize = ops::append;

    /// The bytes from `start` to `end`, both included; negative numbers count from the end.
    read fn getrange(key, start: i64, end: i64) -> Bytes = ops::getrange;

    /// Writes bytes at an offset, zeros before it where there is nothing; the new length.
    write fn setrange(key, offset: usize, part: impl ByteArg) -> usize = ops::setrange;

    /// Adds one to an integer; a missing key counts as 0. O(1).
    write fn incr(key) -> i64 = ops::incr;

    /// Takes one from an integer. O(1).
    write fn decr(key) -> i64 = ops::decr;

    /// Adds to an integer. O(1).
    write fn incrby(key, by: i64) -> i64 = ops::incrby;

    /// Takes from an integer. O(1).
    write fn decrby(key, by: i64) -> i64 = ops::decrby;

    /// Adds to a number, in Redis's 80-bit arithmetic.
    write fn incrbyfloat(key, by: f64) -> f64 = ops::incrbyfloat;

    /// The strings of several keys as of one moment; `None` for a key that is missing or of
    /// another type. Much cheaper a key than single reads when the data exceeds the caches. Short
    /// strings share memory, up to 1 KiB: copy one that is to be kept for long.
    read_together fn mget[keys: impl ByteArgs]() -> Vec<Option<Bytes>> = ops::mget;

    /// Gives several keys their strings in one step: no reader sees only some of them.
    write_together fn mset[pairs: impl PairArgs]() -> () = ops::mset;

    /// Gives several keys their strings if none of them is there; whether it did.
    write_together fn msetnx[pairs: impl PairArgs]() -> bool = ops::msetnx;

    /// The longest common subsequence of two strings. O(product of the lengths).
    read_together fn lcs[a: impl ByteArg, b: impl ByteArg]() -> Bytes = ops::lcs;

    /// The length of the longest common subsequence. O(product of the lengths).
    read_together fn lcs_len[a: impl ByteArg, b: impl ByteArg]() -> usize = ops::lcs_len;
}
