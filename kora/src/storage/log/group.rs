//! Group commit: one sync for all who wait.
//!
//! Whoever has to wait and finds nobody syncing becomes the leader: it syncs everything that is
//! in the log by then, and all whose frames are among it are done. The others wait for the
//! leader, and one of those it left over leads next. No thread stands between a caller and the
//! disk, so one caller alone pays for no wake-up.
//!
//! Callers that write one thing after the other all come back at about the same time, when a sync
//! has let them go. A leader that went ahead at once would take the first of them and leave the
//! others to the next sync: half the writes a second. So it waits until as many are there as the
//! last sync served, but for no longer than half the time that a sync takes.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use atomic_wait::{wait, wake_all};
use parking_lot::Mutex;

use crate::clock::Stopwatch;
use crate::error::Result;
use crate::storage::format::Lsn;

/// What is durable, and who waits for more.
#[derive(Debug, Default)]
pub(super) struct Group {
    durable: AtomicU64,
    state: Mutex<State>,
    /// Grows with every sync; threads sleep on it.
    syncs: AtomicU32,
    /// How many threads and futures wait for what is not durable, the leader not counted.
    waiting: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    is_syncing: bool,
    /// How many waited for the last sync, with the leader.
    served: usize,
    /// How long the last sync took.
    sync_time: Duration,
    /// The places that threads wait for.
    sleepers: Vec<Lsn>,
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

    /// Waits until everything before `lsn` is durable; `sync` makes everything so that is in the
    /// log when it is called, and is called by one thread at a time.
    pub(super) fn wait(&self, lsn: Lsn, sync: impl Fn() -> Result<()>) -> Result<()> {
        let mut is_listed = false;
        while self.durable() < lsn {
            let round = self.syncs.load(Ordering::Acquire);
            let mut state = self.state.lock();
            if self.durable() >= lsn {
                break;
            }
            if state.is_syncing {
                // That sync may have begun before our frame was there; then we look again.
                if !is_listed {
                    state.sleepers.push(lsn);
                    self.count(&state);
                    is_listed = true;
                }
                drop(state);
                // Whoever was served is not listed any more, and needs no lock.
                wait(&self.syncs, round);
                continue;
            }
            state.is_syncing = true;
            state.sleepers.retain(|sleeper| !is_listed || *sleeper != lsn);
            self.count(&state);
            let (expected, patience) = (state.served, state.sync_time / 2);
            drop(state);
            let served = self.gather(expected, patience);
            let watch = Stopwatch::start();
            let result = sync();
            self.finish(served, watch.elapsed(), result.is_err());
            result?;
        }
        Ok(())
    }

    /// Notes how many wait.
    fn count(&self, state: &State) {
        self.waiting.store(state.sleepers.len() + state.wakers.len(), Ordering::Relaxed);
    }

    /// Waits until so many wait, the leader among them, but not for long; how many do.
    fn gather(&self, expected: usize, patience: Duration) -> usize {
        let there = || self.waiting.load(Ordering::Relaxed) + 1;
        if there() < expected {
            let watch = Stopwatch::start();
            // They are about to run, maybe on this very core.
            while there() < expected && watch.elapsed() < patience {
                thread::yield_now();
            }
        }
        there()
    }

    fn finish(&self, served: usize, sync_time: Duration, failed: bool) {
        let durable = self.durable();
        let mut state = self.state.lock();
        state.is_syncing = false;
        (state.served, state.sync_time) = (served, sync_time);
        let is_done = |(lsn, _): &(Lsn, Waker)| failed || *lsn <= durable;
        let (done, left) = std::mem::take(&mut state.wakers).into_iter().partition(is_done);
        state.wakers = left;
        state.sleepers.retain(|lsn| !failed && *lsn > durable);
        self.count(&state);
        drop(state);
        self.syncs.fetch_add(1, Ordering::Release);
        wake_all(&self.syncs);
        let done: Vec<(Lsn, Waker)> = done;
        done.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Has a future woken when everything before `lsn` is durable; false when it is already.
    pub(super) fn wake(&self, lsn: Lsn, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        let waits = self.durable() < lsn;
        if waits {
            state.wakers.push((lsn, waker.clone()));
            self.count(&state);
        }
        waits
    }

    /// Whether a future waits.
    pub(super) fn has_wakers(&self) -> bool {
        !self.state.lock().wakers.is_empty()
    }
}
