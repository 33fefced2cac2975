//! The typed methods about when keys expire.

use std::time::Duration;

use crate::arguments::value_args;
use crate::error::Result;
use crate::keyspace::ops::expiry::{self, ExpireCondition};
use crate::keyspace::{Key, Keyspace, deadline};
use crate::surface::surface;

/// How long a key has to live; what [`Database::ttl`](crate::Database::ttl) returns.
///
/// ```
/// use std::time::Duration;
/// use kora::{Database, Ttl};
///
/// let db = Database::in_memory();
/// assert_eq!(db.ttl("code")?, Ttl::Missing);
/// db.set("code", "1234")?;
/// assert_eq!(db.ttl("code")?, Ttl::Forever);
/// db.expire("code", Duration::from_secs(60))?;
/// assert!(db.ttl("code")?.remaining() > Some(Duration::from_secs(50)));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ttl {
    /// The key is not there.
    Missing,
    /// The key does not expire.
    Forever,
    /// The key expires this long from now.
    In(Duration),
}

impl Ttl {
    /// The time that is left, if the key is there and expires.
    pub fn remaining(self) -> Option<Duration> {
        match self {
            Ttl::Missing | Ttl::Forever => None,
            Ttl::In(left) => Some(left),
        }
    }
}

/// When a key expires; what [`Database::expiretime`](crate::Database::expiretime) returns.
///
/// ```
/// use kora::{Database, ExpireTime};
///
/// let db = Database::in_memory();
/// db.set("code", "1234")?;
/// db.expire_at("code", 33_177_117_420_000)?;
/// assert_eq!(db.expiretime("code")?, ExpireTime::At(33_177_117_420_000));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpireTime {
    /// The key is not there.
    Missing,
    /// The key does not expire.
    Never,
    /// The key expires at this unix millisecond.
    At(i64),
}

value_args!(ExpireCondition);

fn expire(keyspace: &mut Keyspace<'_>, key: &Key<'_>, ttl: Duration) -> Result<bool> {
    expire_with(keyspace, key, ttl, ExpireCondition::Always)
}

fn expire_with(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    ttl: Duration,
    condition: ExpireCondition,
) -> Result<bool> {
    let unix_ms = deadline::from_now(keyspace.now(), ttl, "expire")?;
    expiry::expire_at(keyspace, key, unix_ms, condition)
}

fn expire_at(keyspace: &mut Keyspace<'_>, key: &Key<'_>, unix_ms: i64) -> Result<bool> {
    expiry::expire_at(keyspace, key, unix_ms, ExpireCondition::Always)
}

fn ttl(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Ttl> {
    Ok(match expiry::deadline(keyspace, key)? {
        None => Ttl::Missing,
        Some(None) => Ttl::Forever,
        Some(Some(unix_ms)) => {
            let left = u64::try_from(unix_ms.saturating_sub(keyspace.now()));
            Ttl::In(Duration::from_millis(left.unwrap_or(0)))
        }
    })
}

fn expiretime(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<ExpireTime> {
    Ok(match expiry::deadline(keyspace, key)? {
        None => ExpireTime::Missing,
        Some(None) => ExpireTime::Never,
        Some(Some(unix_ms)) => ExpireTime::At(unix_ms),
    })
}

surface! {
    /// Lets a key expire this long from now, rounded up to milliseconds; whether it is there.
    /// No time at all removes it. O(log n) for n keys that expire.
    write fn expire(key, ttl: Duration) -> bool = expire;

    /// EXPIRE under a condition; whether it was met. O(log n) for n keys that expire.
    write fn expire_with(key, ttl: Duration, condition: ExpireCondition) -> bool = expire_with;

    /// Lets a key expire at a unix millisecond; whether it is there. A time that has passed
    /// removes it. O(log n) for n keys that expire.
    write fn expire_at(key, unix_ms: i64) -> bool = expire_at;

    /// EXPIREAT under a condition; whether it was met. O(log n) for n keys that expire.
    write fn expire_at_with(key, unix_ms: i64, condition: ExpireCondition) -> bool = expiry::expire_at;

    /// Lets a key live until it is removed; whether it would have expired. O(log n) for n keys
    /// that expire.
    write fn persist(key) -> bool = expiry::persist;

    /// How long a key has to live, to the millisecond. O(1).
    read fn ttl(key) -> Ttl = ttl;

    /// When a key expires, to the millisecond. O(1).
    read fn expiretime(key) -> ExpireTime = expiretime;
}
