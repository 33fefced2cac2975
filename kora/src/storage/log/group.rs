//! Group commit: one sync for all who wait.
//!
//! Whoever has to wait and finds nobody syncing becomes the leader: it syncs everything that is
//! in the log by then, and all whose frames are among it are done. The others wait for the
//! leader, and one of those it left over leads next. No thread stands between a caller and the
//! disk, so one caller alone pays for no wake-up.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::error::Result;
use crate::storage::format::Lsn;

/// What is durable, and who waits for more.
#[derive(Debug, Default)]
pub(super) struct Group {
    durable: AtomicU64,
    state: Mutex<State>,
    synced: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_syncing: bool,
    /// Futures, by the place that each waits for.
    wakers: Vec<(Lsn, Waker)>,
}

impl Group {
    pub(super) fn new(durable: Lsn) -> Group {
        Group { durable: AtomicU64::new(durable.0), ..Group::default() }
    }

    /// Everything before this place is durable.
    #[inline]
    pub(super) fn durable(&self) -> Lsn {
        Lsn(self.durable.load(Ordering::Acquire))
    }

    /// Notes that everything before this place is durable.
    pub(super) fn advance(&self, durable: Lsn) {
        self.durable.fetch_max(durable.0, Ordering::AcqRel);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic is done under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until everything before `lsn` is durable; `sync` makes everything so that is in the
    /// log when it is called, and is called by one thread at a time.
    pub(super) fn wait(&self, lsn: Lsn, sync: impl Fn() -> Result<()>) -> Result<()> {
        while self.durable() < lsn {
            let mut state = self.state();
            if self.durable() >= lsn {
                break;
            }
            if state.is_syncing {
                // It may have begun before our frame was there; then we look again.
                drop(self.synced.wait(state).unwrap_or_else(PoisonError::into_inner));
                continue;
            }
            state.is_syncing = true;
            drop(state);
            let result = sync();
            self.finish(result.is_err());
            result?;
        }
        Ok(())
    }

    fn finish(&self, failed: bool) {
        let durable = self.durable();
        let mut state = self.state();
        state.is_syncing = false;
        let is_done = |(lsn, _): &(Lsn, Waker)| failed || *lsn <= durable;
        let (done, left) = std::mem::take(&mut state.wakers).into_iter().partition(is_done);
        state.wakers = left;
        drop(state);
        self.synced.notify_all();
        let done: Vec<(Lsn, Waker)> = done;
        done.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Has a future woken when everything before `lsn` is durable; false when it is already.
    pub(super) fn wake(&self, lsn: Lsn, waker: &Waker) -> bool {
        let mut state = self.state();
        let waits = self.durable() < lsn;
        if waits {
            state.wakers.push((lsn, waker.clone()));
        }
        waits
    }

    /// Whether a future waits.
    pub(super) fn has_wakers(&self) -> bool {
        !self.state().wakers.is_empty()
    }
}
