//! Expiry times as they are given: in seconds or milliseconds, from now or from the epoch.

use std::time::Duration;

use crate::error::{Error, Result};

/// What a time is counted in, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeUnit {
    /// Seconds from now: EX, EXPIRE.
    Seconds,
    /// Milliseconds from now: PX, PEXPIRE.
    Millis,
    /// Seconds since the epoch: EXAT, EXPIREAT.
    UnixSeconds,
    /// Milliseconds since the epoch: PXAT, PEXPIREAT.
    UnixMillis,
}

/// The option words that give a time, with their units.
pub(crate) const TIME_OPTIONS: [(&str, TimeUnit); 4] = [
    ("EX", TimeUnit::Seconds),
    ("PX", TimeUnit::Millis),
    ("EXAT", TimeUnit::UnixSeconds),
    ("PXAT", TimeUnit::UnixMillis),
];

impl TimeUnit {
    /// The deadline in unix milliseconds; `None` when it does not fit.
    pub(crate) fn deadline(self, value: i64, now: i64) -> Option<i64> {
        match self {
            TimeUnit::Seconds => value.checked_mul(1000)?.checked_add(now),
            TimeUnit::Millis => value.checked_add(now),
            TimeUnit::UnixSeconds => value.checked_mul(1000),
            TimeUnit::UnixMillis => Some(value),
        }
    }

    /// As [`TimeUnit::deadline`], for the options of commands that take positive times only.
    pub(crate) fn positive_deadline(
        self,
        value: i64,
        now: i64,
        command: &'static str,
    ) -> Result<i64> {
        let deadline = if value > 0 { self.deadline(value, now) } else { None };
        deadline.ok_or(Error::InvalidExpireTime { command })
    }
}

/// The deadline that lies `ttl` after `now`, rounded up to whole milliseconds.
pub(crate) fn after(now: i64, ttl: Duration, command: &'static str) -> Result<i64> {
    let deadline = from_now(now, ttl, command)?;
    if deadline > now { Ok(deadline) } else { Err(Error::InvalidExpireTime { command }) }
}

/// As [`after`], where no time at all is a time too.
pub(crate) fn from_now(now: i64, ttl: Duration, command: &'static str) -> Result<i64> {
    let ms = i64::try_from(ttl.as_nanos().div_ceil(1_000_000)).ok();
    ms.and_then(|ms| now.checked_add(ms)).ok_or(Error::InvalidExpireTime { command })
}
