//! Where the records of effects go: the one place that feeds the commit log.
//!
//! An append happens while the job's leases are held, so the order of the log is the order in
//! which the effects were applied. Without a directory nothing is kept, unless a test asks for
//! it.

use std::cell::Cell;
use std::sync::Arc;

#[cfg(any(test, feature = "testing"))]
use parking_lot::Mutex;

use crate::error::Result;
use crate::storage::{Log, Lsn};

thread_local! {
    /// The place in the log after the last job of this thread that changed something.
    static APPENDED: Cell<Lsn> = const { Cell::new(Lsn(0)) };
}

/// Takes the place in the log up to which the caller's last jobs have written; 0 when they
/// have written nothing since this was last asked.
///
/// It goes by the thread and not through every result, so that only who waits for the disk has
/// to do with it.
pub(crate) fn take_appended() -> Lsn {
    APPENDED.take()
}

/// The records of all jobs, in order.
#[derive(Debug)]
pub(crate) enum EffectLog {
    /// Nobody keeps them.
    Off,
    /// A test keeps them in memory.
    #[cfg(any(test, feature = "testing"))]
    Recorder(Mutex<Vec<u8>>),
    /// They go to the disk.
    Disk(Arc<Log>),
}

impl EffectLog {
    /// Appends the records of one job.
    pub(crate) fn append(&self, records: &[u8]) -> Result<()> {
        match self {
            EffectLog::Off => {}
            #[cfg(any(test, feature = "testing"))]
            EffectLog::Recorder(kept) => kept.lock().extend_from_slice(records),
            EffectLog::Disk(log) => APPENDED.set(log.append(records)?),
        }
        Ok(())
    }

    /// The log on disk.
    #[inline]
    pub(crate) fn disk(&self) -> Option<&Arc<Log>> {
        match self {
            EffectLog::Disk(log) => Some(log),
            EffectLog::Off => None,
            #[cfg(any(test, feature = "testing"))]
            EffectLog::Recorder(_) => None,
        }
    }

    /// All records that a test has had kept so far.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn records(&self) -> Vec<u8> {
        match self {
            EffectLog::Recorder(kept) => kept.lock().clone(),
            EffectLog::Off | EffectLog::Disk(_) => Vec::new(),
        }
    }
}
