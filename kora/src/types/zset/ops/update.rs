//! Members come, and scores change: ZADD and ZINCRBY.

use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::{Key, Keyspace};
use crate::types::zset::value::{Zset, ZsetEffect};
use crate::types::{BYTES_LEN_MAX, Change, TypedValue};

/// The options of [`Database::zadd_with`](crate::Database::zadd_with): which members and scores
/// are written, and what is counted.
///
/// Conditions that exclude each other are refused by the call, with Redis's error.
///
/// ```
/// use kora::{Database, ZAddOptions};
///
/// let db = Database::in_memory();
/// let best = ZAddOptions::new().only_if_greater().count_changes();
/// assert_eq!(db.zadd_with("best", [(3.0, "ann")], best)?, 1);
/// assert_eq!(db.zadd_with("best", [(2.0, "ann")], best)?, 0);
/// assert_eq!(db.zscore("best", "ann")?, Some(3.0));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ZAddOptions {
    /// What is asked of members: NX, XX.
    pub(crate) absent: bool,
    pub(crate) present: bool,
    /// What is asked of new scores: GT, LT.
    pub(crate) greater: bool,
    pub(crate) less: bool,
    /// CH.
    pub(crate) changes: bool,
}

impl ZAddOptions {
    /// Writes every member and score, and counts the members that are new.
    pub fn new() -> ZAddOptions {
        ZAddOptions::default()
    }

    /// Only adds members; scores of members that are there stay (NX).
    #[must_use]
    pub fn only_if_absent(self) -> ZAddOptions {
        ZAddOptions { absent: true, ..self }
    }

    /// Only changes scores of members that are there (XX).
    #[must_use]
    pub fn only_if_present(self) -> ZAddOptions {
        ZAddOptions { present: true, ..self }
    }

    /// Changes a score only to a greater one; members that are not there are added (GT).
    #[must_use]
    pub fn only_if_greater(self) -> ZAddOptions {
        ZAddOptions { greater: true, ..self }
    }

    /// Changes a score only to a lower one; members that are not there are added (LT).
    #[must_use]
    pub fn only_if_less(self) -> ZAddOptions {
        ZAddOptions { less: true, ..self }
    }

    /// Counts changed scores as well (CH).
    #[must_use]
    pub fn count_changes(self) -> ZAddOptions {
        ZAddOptions { changes: true, ..self }
    }

    /// Says no to conditions that exclude each other.
    pub(crate) fn check(self) -> Result<()> {
        if self.absent && self.present {
            return Err(ArgumentError::XxWithNx.into());
        }
        if (self.greater && (self.absent || self.less)) || (self.less && self.absent) {
            return Err(ArgumentError::GtLtWithNx.into());
        }
        Ok(())
    }

    /// Whether a member that has the score `old`, if it is there, is to get the score `new`.
    fn permit(self, old: Option<f64>, new: f64) -> bool {
        match old {
            None => !self.present,
            Some(old) => {
                !(self.absent || (self.greater && new <= old) || (self.less && new >= old))
            }
        }
    }
}

fn check_member(member: &[u8]) -> Result<()> {
    if member.len() > BYTES_LEN_MAX { Err(ArgumentError::StringTooLong.into()) } else { Ok(()) }
}

fn check_score(score: f64) -> Result<()> {
    if score.is_nan() { Err(Error::NotAFloat) } else { Ok(()) }
}

/// Gives members scores; how many members are new.
pub(crate) fn zadd(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    scored: &[(f64, &[u8])],
) -> Result<usize> {
    zadd_with(keyspace, key, scored, ZAddOptions::new())
}

/// Gives members scores under conditions; how many members are new, or changed if that counts.
pub(crate) fn zadd_with(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    scored: &[(f64, &[u8])],
    options: ZAddOptions,
) -> Result<usize> {
    options.check()?;
    for (score, member) in scored {
        check_score(*score)?;
        check_member(member)?;
    }
    let mut zset = keyspace.edit_or_new::<Zset>(key)?;
    let mut count = 0;
    for &(score, member) in scored {
        // What may write everything needs no look at what is there.
        let is_free = options == ZAddOptions { changes: options.changes, ..ZAddOptions::new() };
        if is_free || options.permit(zset.view().score(member), score) {
            let change = zset.apply(&ZsetEffect::Set { score, member });
            let counts = change == Change::Added || (change == Change::Replaced && options.changes);
            count += usize::from(counts);
        }
    }
    Ok(count)
}

/// Adds to a member's score; a missing member counts as 0. The new score.
pub(crate) fn zincrby(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    by: f64,
    member: &[u8],
) -> Result<f64> {
    let new = zincrby_with(keyspace, key, by, member, ZAddOptions::new())?;
    Ok(new.expect("without conditions every score is written"))
}

/// Adds to a member's score under conditions; the new score, `None` if they did not hold.
pub(crate) fn zincrby_with(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    by: f64,
    member: &[u8],
    options: ZAddOptions,
) -> Result<Option<f64>> {
    options.check()?;
    check_score(by)?;
    check_member(member)?;
    let mut zset = keyspace.edit_or_new::<Zset>(key)?;
    let old = zset.view().score(member);
    if old.is_some() && options.absent {
        return Ok(None);
    }
    let score = old.map_or(by, |old| old + by);
    if score.is_nan() {
        return Err(Error::ScoreNotANumber);
    }
    if !options.permit(old, score) {
        return Ok(None);
    }
    zset.apply_as("zincr", &ZsetEffect::Set { score, member });
    Ok(Some(score))
}
