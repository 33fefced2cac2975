//! Taking a snapshot while the database serves.
//!
//! Every database that is there at the start is visited stripe by stripe in slices of some
//! entries, each under its lease. A slice remembers the place of the log at which it was taken;
//! together with the log from the start on that is exact (see `recovery`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::thread::JoinHandle;

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::config::Config;
use crate::engine::places::Places;
use crate::engine::{Engine, catch};
use crate::error::{Error, Result};
use crate::keyspace::effect::Effect;
use crate::keyspace::{Job, STRIPES, read};
use crate::mutation::{self, Mutation};
use crate::storage::snapshot::{Finished, Writer};
use crate::storage::{Directory, Log, Lsn};

/// Entries in a slice, at most.
const SLICE: usize = 32;
/// After a slice of more bytes than this the next one is of one entry.
const SLICE_BYTES: usize = 64 << 10;

/// The snapshots of a database: the last, the present one, and when the next is due.
#[derive(Debug, Default)]
pub(crate) struct Snapshots(Option<Inner>);

/// How many times the bytes of the last snapshot the log grows at least before the next is due.
const LOG_TO_SNAPSHOT: u64 = 4;

#[derive(Debug)]
struct Inner {
    directory: Arc<Directory>,
    clock: Clock,
    /// A snapshot is due when the log has grown by so many bytes, or more after a large one.
    log_bytes: u64,
    /// A snapshot is due when the last is so old, milliseconds, and something has changed.
    age_ms: Option<i64>,
    /// Where the databases of the snapshot that is being taken are now.
    places: Mutex<Option<Places>>,
    is_running: AtomicBool,
    /// Whether the thread that keeps the log is to begin one.
    is_asked_for: AtomicBool,
    is_stopping: AtomicBool,
    last_start: AtomicU64,
    last_taken_at: AtomicI64,
    /// Bytes of its file.
    last_bytes: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Why the last background snapshot was not finished.
    failure: Mutex<Option<Error>>,
}

/// A snapshot that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Keys in it.
    pub entries: u64,
    /// Bytes of its file.
    pub bytes: u64,
}

impl Snapshots {
    pub(super) fn new(directory: Arc<Directory>, config: &Config, log: &Log) -> Result<Snapshots> {
        let last = directory.generations().first().copied();
        let last_bytes = last.map_or(Ok(0), |last| directory.snapshot_bytes(last))?;
        let now = config.clock.now_ms();
        Ok(Snapshots(Some(Inner {
            clock: config.clock.clone(),
            log_bytes: config.snapshot_log_bytes,
            age_ms: config
                .snapshot_interval
                .map(|age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX)),
            places: Mutex::new(None),
            is_running: AtomicBool::new(false),
            is_asked_for: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
            // Without a snapshot the whole log is still to be replayed.
            last_start: AtomicU64::new(
                last.map_or(Lsn::FIRST, |last| last.start).0.min(log.end().0),
            ),
            last_taken_at: AtomicI64::new(last.map_or(now, |last| last.taken_at)),
            last_bytes: AtomicU64::new(last_bytes),
            thread: Mutex::new(None),
            failure: Mutex::new(None),
            directory,
        })))
    }

    /// Where snapshots are.
    #[cfg(feature = "server")]
    pub(super) fn directory(&self) -> Result<&Directory> {
        self.0.as_ref().map(|inner| &*inner.directory).ok_or(Error::NotOnDisk)
    }

    /// Tells a snapshot that is being taken what happened to a whole database. The caller holds
    /// all leases.
    pub(super) fn follow(&self, number: u8, effect: &Effect<'_>) {
        let Some(inner) = &self.0 else { return };
        let is_swap = matches!(effect, Effect::Swap(_));
        if is_swap && mutation::is_made(Mutation::SwapNotFollowed) {
            return;
        }
        if let Some(places) = inner.places.lock().as_mut() {
            places.follow(number, effect);
        }
    }

    /// Keeps why a snapshot in the background was not taken; `None` when it was.
    pub(super) fn note(&self, failure: Option<Error>) {
        if let Some(inner) = &self.0 {
            *inner.failure.lock() = failure;
        }
    }

    /// Has a snapshot that is being taken in the background given up, and those to come.
    pub(super) fn give_up(&self) {
        if let Some(inner) = &self.0 {
            inner.is_stopping.store(true, Ordering::Release);
        }
    }

    /// Waits until no snapshot is taken in the background.
    pub(super) fn wait(&self) {
        if let Some(inner) = &self.0 {
            inner.join();
        }
    }

    /// Whether the next snapshot is to begin: somebody asked for it, or it is due.
    pub(super) fn is_next(&self, end: Lsn) -> bool {
        let Some(inner) = &self.0 else { return false };
        if inner.is_running.load(Ordering::Acquire) {
            return false;
        }
        inner.is_asked_for.swap(false, Ordering::AcqRel) || inner.is_due(end)
    }
}

impl Inner {
    /// An error when the database is being closed.
    fn check(&self) -> Result<()> {
        if self.is_stopping.load(Ordering::Acquire) { Err(Error::Closed) } else { Ok(()) }
    }

    fn is_due(&self, end: Lsn) -> bool {
        let grown = end.since(Lsn(self.last_start.load(Ordering::Acquire)));
        let age = self.clock.now_ms() - self.last_taken_at.load(Ordering::Acquire);
        let is_old = grown > 0 && self.age_ms.is_some_and(|most| age >= most);
        // A snapshot writes everything. Where that is much, it is worth a longer log.
        let worth = self.last_bytes.load(Ordering::Acquire).saturating_mul(LOG_TO_SNAPSHOT);
        grown >= self.log_bytes.max(worth) || is_old
    }

    fn join(&self) {
        if let Some(thread) = self.thread.lock().take() {
            if thread.thread().id() != std::thread::current().id() {
                // Its own panic was reported by the panic hook.
                drop(thread.join());
            }
        }
    }
}

/// Lets the next snapshot begin when this one has ended, however it ended.
struct Turn<'i>(&'i Inner);

impl<'i> Turn<'i> {
    fn take(inner: &'i Inner) -> Result<Turn<'i>> {
        if inner.is_running.swap(true, Ordering::AcqRel) {
            return Err(Error::SnapshotInProgress);
        }
        Ok(Turn(inner))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.places.lock() = None;
        self.0.is_running.store(false, Ordering::Release);
    }
}

impl Engine {
    fn on_disk(&self) -> Result<(&Inner, &Arc<Log>)> {
        self.snapshots.0.as_ref().zip(self.disk()).ok_or(Error::NotOnDisk)
    }

    /// Takes a snapshot on the caller's thread.
    pub(crate) fn snapshot(&self) -> Result<Snapshot> {
        self.snapshot_while(&mut || ())
    }

    /// Takes a snapshot on the caller's thread, which may write after each slice.
    pub(crate) fn snapshot_while(&self, between: &mut dyn FnMut()) -> Result<Snapshot> {
        let (inner, log) = self.on_disk()?;
        let turn = Turn::take(inner)?;
        let taken = catch(|| self.take_snapshot(inner, log, between));
        drop(turn);
        if inner.is_asked_for.load(Ordering::Acquire) {
            log.bell().ring();
        }
        taken
    }

    /// Has the thread that keeps the log begin a snapshot; with `later`, when one is being taken,
    /// after that one. Whether it begins at once.
    pub(crate) fn ask_for_snapshot(&self, later: bool) -> Result<bool> {
        let (inner, log) = self.on_disk()?;
        let is_running = inner.is_running.load(Ordering::Acquire);
        if is_running && !later {
            return Err(Error::SnapshotInProgress);
        }
        let was_asked_for = inner.is_asked_for.swap(true, Ordering::AcqRel);
        if was_asked_for && !later {
            return Err(Error::SnapshotInProgress);
        }
        log.bell().ring();
        Ok(!is_running && !was_asked_for)
    }

    /// Takes a snapshot on a thread of its own.
    pub(crate) fn snapshot_in_background(self: &Arc<Engine>) -> Result<()> {
        let (inner, _) = self.on_disk()?;
        if inner.is_running.load(Ordering::Acquire) {
            return Err(Error::SnapshotInProgress);
        }
        inner.join();
        let engine = Arc::clone(self);
        let thread = std::thread::Builder::new()
            .name("kora-snapshot".to_owned())
            .spawn(move || engine.note_snapshot())
            .map_err(|source| Error::Thread { kind: source.kind() })?;
        *inner.thread.lock() = Some(thread);
        Ok(())
    }

    fn note_snapshot(&self) {
        match self.snapshot() {
            // Somebody was faster, and has his own error if there is one.
            Err(Error::SnapshotInProgress) => {}
            taken => self.snapshots.note(taken.err()),
        }
    }

    /// Why the last snapshot in the background was not finished.
    pub(crate) fn snapshot_failure(&self) -> Option<Error> {
        self.snapshots.0.as_ref().and_then(|inner| inner.failure.lock().clone())
    }

    /// When the last snapshot was begun, unix milliseconds; when the database was opened, if
    /// there was none.
    pub(crate) fn last_snapshot_at(&self) -> Result<i64> {
        let (inner, _) = self.on_disk()?;
        Ok(inner.last_taken_at.load(Ordering::Acquire))
    }

    /// When the last snapshot was begun, unix milliseconds; `None` when there is none.
    pub(crate) fn last_snapshot(&self) -> Option<i64> {
        let inner = self.snapshots.0.as_ref()?;
        inner.directory.generations().first().map(|last| last.taken_at)
    }

    fn take_snapshot(
        &self,
        inner: &Inner,
        log: &Log,
        between: &mut dyn FnMut(),
    ) -> Result<Snapshot> {
        // What waits for room is written first, if there is room.
        log.admit()?;
        let taken_at = inner.clock.now_ms();
        let start = {
            // Databases change places under all leases: with one held, none does.
            let _lease = self.stripes[0].0.lock();
            *inner.places.lock() = Some(Places::new());
            log.end()
        };
        let mut writer = Writer::create(Arc::clone(&inner.directory), start, taken_at)?;
        let written = self.write_snapshot(inner, log, &mut writer, between);
        let finished = match written {
            Ok(finished) => finished,
            Err(error) => {
                // It keeps no room; the error that is told is the one that came first.
                drop(writer.discard());
                return Err(error);
            }
        };
        inner.last_start.store(start.0, Ordering::Release);
        inner.last_taken_at.store(taken_at, Ordering::Release);
        inner.last_bytes.store(finished.bytes, Ordering::Release);
        if let Some(needed) = inner.directory.needed_from() {
            log.retire(needed)?;
        }
        Ok(Snapshot { entries: finished.entries, bytes: finished.bytes })
    }

    fn write_snapshot(
        &self,
        inner: &Inner,
        log: &Log,
        writer: &mut Writer,
        between: &mut dyn FnMut(),
    ) -> Result<Finished> {
        self.write_collections(inner, log, writer, between)?;
        self.write_slices(inner, log, writer, between)?;
        // What the slices hold must not be newer than the log that makes them exact.
        let end = log.end();
        if !mutation::is_made(Mutation::SnapshotBeforeLog) {
            log.reach(end)?;
        }
        log.check_complete()?;
        writer.finish(end)
    }

    fn write_slices(
        &self,
        inner: &Inner,
        log: &Log,
        writer: &mut Writer,
        between: &mut dyn FnMut(),
    ) -> Result<()> {
        let mut slice = Vec::new();
        for origin in self.numbers() {
            for at in 0..STRIPES {
                let (mut position, mut most) = (Some(0), SLICE);
                while let Some(from) = position {
                    inner.check()?;
                    slice.clear();
                    let (count, next, lsn) =
                        self.take_slice(inner, log, origin, at, from, most, &mut slice)?;
                    if count > 0 {
                        writer.add(&slice, count, lsn)?;
                    }
                    most = if slice.len() > SLICE_BYTES { 1 } else { (most * 2).min(SLICE) };
                    position = next;
                    between();
                }
            }
        }
        Ok(())
    }

    /// Writes every collection that is there: what it is, then its documents. A collection that
    /// comes later is in the log whole.
    fn write_collections(
        &self,
        inner: &Inner,
        log: &Log,
        writer: &mut Writer,
        between: &mut dyn FnMut(),
    ) -> Result<()> {
        let mut slice = Vec::new();
        for collection in self.all_collections() {
            slice.clear();
            let (count, lsn) = collection.write_definition(log, &mut slice)?;
            writer.add(&slice, count, lsn)?;
            between();
            for partition in 0..collection.partition_count() {
                let mut next = Some(0);
                while let Some(from) = next {
                    inner.check()?;
                    slice.clear();
                    let (count, after, lsn) =
                        collection.write_documents(log, partition, from, SLICE, &mut slice)?;
                    if count > 0 {
                        writer.add(&slice, count, lsn)?;
                    }
                    next = after;
                    between();
                }
            }
        }
        Ok(())
    }

    /// Writes a slice of a database of a stripe; returns how many entries it has, where to go on,
    /// and the place of the log at which it was taken.
    ///
    /// # Errors
    /// The log does not have everything that the slice would have.
    #[expect(clippy::too_many_arguments, reason = "a position has four parts")]
    fn take_slice(
        &self,
        inner: &Inner,
        log: &Log,
        origin: u8,
        at: usize,
        from: u64,
        most: usize,
        slice: &mut Vec<u8>,
    ) -> Result<(u32, Option<u64>, Lsn)> {
        let stripe = self.stripes[at].0.lock();
        log.check_complete()?;
        let job = Job::new(&self.shared);
        let number = inner.places.lock().as_ref().and_then(|places| places.now(origin));
        let reader = number.and_then(|number| stripe.reader(number, &job));
        let Some(reader) = reader else { return Ok((0, None, Lsn(0))) };
        let mut count = 0;
        let next = reader.entries(from, most, |entry| {
            read::write_record(entry, origin, slice);
            count += 1;
        });
        Ok((count, next, log.end()))
    }
}
