//! The thread that keeps the log: segments ahead of use, a sync an interval, syncs for futures,
//! and snapshots when they are due or somebody asks for one.
//!
//! What fails here is kept by the log, which refuses the next write with it.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::config::{Config, Durability};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::storage::Log;

/// How often it looks whether a snapshot is due.
const LOOK: Duration = Duration::from_secs(1);

/// Starts the thread, when there is a log to keep.
pub(super) fn start(engine: &Arc<Engine>, config: &Config) -> Result<Option<JoinHandle<()>>> {
    let Some(log) = engine.disk().filter(|_| config.has_keeper()) else { return Ok(None) };
    let interval = match config.durability {
        Durability::Interval(interval) => Some(interval),
        // Whoever waits syncs; the rest is synced when the database is closed.
        Durability::Always | Durability::Os => None,
    };
    let (engine, log) = (Arc::clone(engine), Arc::clone(log));
    std::thread::Builder::new()
        .name("kora-log".to_owned())
        .spawn(move || keep(&engine, &log, interval))
        .map(Some)
        .map_err(|source| Error::Thread { kind: source.kind() })
}

fn keep(engine: &Arc<Engine>, log: &Log, interval: Option<Duration>) {
    let mut since_sync = Stopwatch::start();
    loop {
        let wait = interval
            .map_or(LOOK, |interval| interval.saturating_sub(since_sync.elapsed()).min(LOOK));
        if log.bell().wait(wait) {
            return;
        }
        let is_due = interval.is_some_and(|interval| since_sync.elapsed() >= interval);
        if is_due {
            since_sync = Stopwatch::start();
        }
        engine.keep(log, is_due);
    }
}

impl Engine {
    /// One round of the keeper.
    pub(crate) fn keep(self: &Arc<Engine>, log: &Log, syncs: bool) {
        // The log keeps the errors of both.
        drop(log.make_spare());
        if (syncs && log.durable() < log.end()) || log.has_wakers() {
            drop(log.sync());
        }
        if self.snapshots.is_next(log.end()) {
            match self.snapshot_in_background() {
                // Somebody was faster.
                Ok(()) | Err(Error::SnapshotInProgress) => {}
                Err(error) => self.snapshots.note(Some(error)),
            }
        }
    }
}
