//! When a key expires: asked, set, put off.
//!
//! Times are unix milliseconds here; in what unit they came is the caller's matter.

use crate::error::Result;
use crate::keyspace::{Key, Keyspace, lookups};

/// When EXPIRE and its kin set the expiry of a key.
///
/// ```
/// use std::time::Duration;
/// use kora::{Database, ExpireCondition};
///
/// let db = Database::in_memory();
/// db.set("session", "ann")?;
/// db.expire("session", Duration::from_secs(60))?;
/// let shorter = Duration::from_secs(30);
/// assert!(!db.expire_with("session", shorter, ExpireCondition::IfLater)?);
/// assert!(db.expire_with("session", shorter, ExpireCondition::IfSooner)?);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpireCondition {
    /// Always.
    #[default]
    Always,
    /// If the key does not expire (NX).
    IfNone,
    /// If the key expires (XX).
    IfSome,
    /// If the key expires, and sooner than that (GT).
    IfLater,
    /// If the key does not expire, or later than that (LT).
    IfSooner,
    /// If the key expires, and later than that (XX and LT).
    IfSomeAndSooner,
}

impl ExpireCondition {
    /// Whether `new` may take the place of `old`.
    fn allows(self, old: Option<i64>, new: i64) -> bool {
        match self {
            ExpireCondition::Always => true,
            ExpireCondition::IfNone => old.is_none(),
            ExpireCondition::IfSome => old.is_some(),
            ExpireCondition::IfLater => old.is_some_and(|old| new > old),
            ExpireCondition::IfSooner => old.is_none_or(|old| new < old),
            ExpireCondition::IfSomeAndSooner => old.is_some_and(|old| new < old),
        }
    }
}

/// Sets when a key expires; whether it did. A time that has passed removes the key.
pub(crate) fn expire_at(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    unix_ms: i64,
    condition: ExpireCondition,
) -> Result<bool> {
    let Some(entry) = keyspace.reader().use_entry(key) else { return Ok(false) };
    if !condition.allows(entry.deadline(), unix_ms) {
        return Ok(false);
    }
    Ok(if unix_ms <= keyspace.now() {
        keyspace.remove(key)
    } else {
        keyspace.set_deadline(key, Some(unix_ms))
    })
}

/// Lets a key live until it is removed; whether it would have expired.
pub(crate) fn persist(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<bool> {
    let Some(entry) = keyspace.reader().use_entry(key) else { return Ok(false) };
    Ok(entry.deadline().is_some() && keyspace.set_deadline(key, None))
}

/// When a key expires, as far as it is there and does; no access is counted.
pub(crate) fn deadline(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Option<i64>>> {
    let entry = keyspace.peek(key);
    lookups::count(entry.is_some());
    Ok(entry.map(|entry| entry.deadline()))
}
