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
use crate::keyspace::effect::Record;
use crate::mutation::{self, Mutation};
use crate::storage::{Changes, Log, Lsn};

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

/// The place in the log up to which the caller's last jobs have written, not taken.
pub(crate) fn appended() -> Lsn {
    APPENDED.get()
}

/// Takes note of what was written for the caller by another thread.
pub(crate) fn note_appended(lsn: Lsn) {
    APPENDED.set(APPENDED.get().max(lsn));
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
    /// Appends the records of changes that were made, as one step.
    #[inline]
    pub(crate) fn append(&self, records: &[u8]) -> Result<()> {
        if mutation::is_made(Mutation::FramePerRecord) {
            return self.append_apart(records, Changes::Made);
        }
        self.append_frame(records, Changes::Made)
    }

    /// Appends the records of changes that are made when this has succeeded, and not otherwise.
    pub(crate) fn append_ahead(&self, records: &[u8]) -> Result<()> {
        if mutation::is_made(Mutation::TransactionApart) {
            return self.append_apart(records, Changes::ToBeMade);
        }
        let is_mistaken = mutation::is_made(Mutation::RefusedWrittenLater);
        let changes = if is_mistaken { Changes::Made } else { Changes::ToBeMade };
        self.append_frame(records, changes)
    }

    fn append_apart(&self, records: &[u8], changes: Changes) -> Result<()> {
        let mut rest = records;
        while let Some((_, after)) = Record::decode(rest) {
            self.append_frame(&rest[..rest.len() - after.len()], changes)?;
            rest = after;
        }
        Ok(())
    }

    #[inline]
    fn append_frame(&self, records: &[u8], changes: Changes) -> Result<()> {
        match self {
            EffectLog::Off => {}
            #[cfg(any(test, feature = "testing"))]
            EffectLog::Recorder(kept) => kept.lock().extend_from_slice(records),
            EffectLog::Disk(log) => APPENDED.set(log.append(records, changes)?),
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
