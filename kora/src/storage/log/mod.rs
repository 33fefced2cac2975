//! The commit log: what happened, in the order in which it happened.
//!
//! An append takes the next place and copies a frame into the mapped segment, under one lock
//! and while the leases of the job are held. That frame outlives the process at once; the disk
//! is left to [`Log::wait`] and [`Log::sync`]. Segments are made ahead of use, so that a full
//! disk shows before a frame needs the room ([`Log::admit`]).
//!
//! Invariants: frames stand at their LSN, without gaps. A frame that was acknowledged is never
//! written over. After a failed write or sync nothing is appended and nothing is synced again.

mod bell;
mod group;
mod read;
mod room;
pub(crate) mod segment;
mod survey;

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Waker;

use parking_lot::Mutex;

use crate::error::{Error, Result};
use crate::mutation::{self, Mutation};
use crate::storage::Directory;
use crate::storage::failure::{At, failed, io_failure};
use crate::storage::format::frame::{ALIGNMENT, HEADER_LEN, Payload, frame_len};
use crate::storage::format::segment::HEADER_LEN as SEGMENT_HEADER_LEN;
use crate::storage::format::{Lsn, Seal};
pub(crate) use bell::Bell;
use group::Group;
pub(crate) use read::{End, Piece, Segments};
use segment::{Segment, Unsynced};
pub(crate) use survey::{Gap, Survey};

/// How a log is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Bytes of a segment, but for one that holds a longer frame.
    pub(crate) segment_bytes: usize,
    /// Whether segments are written before they are used: worth it where writes wait for the
    /// disk. Where it is not said, the first write that waits says it for the segments to come.
    pub(crate) writes_ahead: bool,
}

/// The commit log of a directory, open to append.
#[derive(Debug)]
pub(crate) struct Log {
    directory: Arc<Directory>,
    options: Options,
    tail: Mutex<Tail>,
    /// The place after the last frame, for who does not want to wait for the tail.
    end: AtomicU64,
    group: Group,
    bell: Bell,
    status: AtomicU8,
    /// Whether segments are written before they are used.
    writes_ahead: AtomicBool,
    failure: OnceLock<Error>,
    /// Held while a segment is made ahead.
    making: Mutex<()>,
}

/// Frames are appended.
const GOOD: u8 = 0;
/// The present segment is nearly used and the next one is not made: before anything else is
/// written there must be one.
const LOW: u8 = 1;
/// The file system failed.
const FAILED: u8 = 2;

/// Whether the changes that records tell of have been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changes {
    /// They are in memory, and so will have to be in the log.
    Made,
    /// They are made when the log has them.
    ToBeMade,
}

/// The end of the log, where frames are appended.
#[derive(Debug)]
struct Tail {
    segment: Segment,
    /// Where in the segment the next frame goes.
    at: usize,
    /// From here on the next segment must be there before a job may begin.
    low_at: usize,
    /// The place of the next frame.
    end: Lsn,
    /// The segment that is used next.
    spare: Option<Segment>,
    next_sequence: u64,
    /// Segments before the present one that are not durable yet.
    unsynced: Vec<Unsynced>,
    /// All segments before the present one, with their first places, and the present one's.
    segments: VecDeque<(u64, Lsn)>,
    /// Frames that there was no room for: changes of jobs that were under way when the disk
    /// turned out to be full. They are written first when there is room again.
    backlog: VecDeque<Vec<u8>>,
    /// Whether the last attempt to make a segment met a full disk.
    is_full: bool,
    /// Whether the last write failed, so that a part of its frame may stand at `at`.
    is_torn: bool,
    /// Whether the last frame is a mark.
    is_marked: bool,
}

impl Tail {
    /// Sets the place in the segment from which on the next one must be there. The room behind
    /// it is for the jobs that are under way.
    fn watch(&mut self) {
        self.low_at = match self.spare {
            Some(_) => usize::MAX,
            None => self.segment.len - self.segment.len / 4,
        };
    }
}

impl Log {
    /// Opens a log to go on at its end; what is behind the end was cut off.
    pub(crate) fn open(
        directory: Arc<Directory>,
        options: Options,
        segments: &Segments,
        end: &End,
    ) -> Result<Log> {
        let path = directory.log_path(end.sequence);
        let written = options.writes_ahead;
        let segment = Segment::open(&*directory.fs, path, end.sequence, end.offset, written)?;
        let places: VecDeque<(u64, Lsn)> =
            segments.places().filter(|(_, first)| *first <= end.lsn).collect();
        for (sequence, _) in &places {
            if mutation::is_made(Mutation::RecoveredNotSynced) {
                break;
            }
            // What recovery has read may still be the system's alone.
            let path = directory.log_path(*sequence);
            directory.fs.open(&path).and_then(|file| file.sync()).at("sync", &path)?;
        }
        let next_sequence = places.iter().map(|(sequence, _)| sequence + 1).max().unwrap_or(1);
        let mut at = end.offset;
        if mutation::is_made(Mutation::AppendedBehindTornTail) {
            let torn = usize::try_from(end.torn_bytes).unwrap_or(usize::MAX);
            at = segment.len.min(at + torn.next_multiple_of(ALIGNMENT));
        }
        let mut tail = Tail {
            segment,
            at,
            low_at: 0,
            end: end.lsn,
            spare: None,
            next_sequence,
            unsynced: Vec::new(),
            segments: places,
            backlog: VecDeque::new(),
            is_full: false,
            is_torn: false,
            is_marked: false,
        };
        tail.watch();
        Ok(Log {
            directory,
            options,
            tail: Mutex::new(tail),
            end: AtomicU64::new(end.lsn.0),
            group: Group::new(end.lsn),
            bell: Bell::default(),
            status: AtomicU8::new(GOOD),
            writes_ahead: AtomicBool::new(options.writes_ahead),
            failure: OnceLock::new(),
            making: Mutex::new(()),
        })
    }

    fn seal(&self) -> Seal {
        self.directory.seal
    }

    /// What calls the thread that keeps the log.
    pub(crate) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// The place after the last frame.
    #[inline]
    pub(crate) fn end(&self) -> Lsn {
        Lsn(self.end.load(Ordering::Acquire))
    }

    /// Everything before this place is durable.
    pub(crate) fn durable(&self) -> Lsn {
        self.group.durable()
    }

    /// Whether a job that writes may begin: an error when the disk is full or has failed.
    #[inline]
    pub(crate) fn admit(&self) -> Result<()> {
        if self.status.load(Ordering::Relaxed) == GOOD { Ok(()) } else { self.admit_slowly() }
    }

    /// Why nothing is written any more.
    pub(crate) fn failure(&self) -> Option<&Error> {
        self.failure.get()
    }

    /// An error when something is in memory that is not in the log: a write that failed, or one
    /// that waits for room. What is copied from memory then is newer than its place in the log.
    #[inline]
    pub(crate) fn check_complete(&self) -> Result<()> {
        if mutation::is_made(Mutation::SnapshotAheadOfLog) {
            return Ok(());
        }
        if self.status.load(Ordering::Acquire) == GOOD { Ok(()) } else { self.look_complete() }
    }

    /// Whether the disk is full.
    pub(crate) fn is_full(&self) -> bool {
        self.status.load(Ordering::Acquire) == LOW && self.tail.lock().is_full
    }

    /// Appends the records of one job, while its leases are held. Returns the place after them.
    ///
    /// # Errors
    /// The disk is full, or it failed. Changes that were made stay in memory; on a full disk they
    /// are written when there is room again. Those that were not made are not written.
    pub(crate) fn append(&self, records: &[u8], changes: Changes) -> Result<Lsn> {
        let payload = Payload::new(records, self.seal());
        let mut tail = self.tail.lock();
        if mutation::is_made(Mutation::AcknowledgedBeforeAppend) && tail.backlog.is_empty() {
            tail.backlog.push_back(records.to_vec());
            return Ok(tail.end);
        }
        let fits = tail.at + frame_len(records.len()) <= tail.segment.len;
        let put = if fits && tail.backlog.is_empty() {
            self.put(&mut tail, &payload)
        } else {
            self.put_behind(&mut tail, &payload)
        };
        if put.is_err() || tail.at > tail.low_at {
            self.settle(&mut tail, records, changes, put)?;
        }
        Ok(tail.end)
    }

    /// Writes a frame that there is room for.
    #[inline]
    fn put(&self, tail: &mut Tail, payload: &Payload<'_>) -> Result<()> {
        if let Some(error) = self.failure.get() {
            return Err(error.clone());
        }
        let header = header(tail, payload, self.group.durable());
        let (at, region) = (tail.at, &mut tail.segment.region);
        let written =
            region.write(at, &header).and_then(|()| region.write(at + HEADER_LEN, payload.bytes));
        if let Err(error) = written {
            // Nothing is written over: what comes goes to the next segment.
            tail.segment.len = at;
            tail.is_torn = true;
            return Err(failed("write", &tail.segment.path, &error));
        }
        let len = frame_len(payload.bytes.len());
        tail.at += len;
        tail.end = tail.end.after(len as u64);
        tail.is_marked = payload.bytes.is_empty();
        self.end.store(tail.end.0, Ordering::Release);
        Ok(())
    }

    /// Returns when everything before `lsn` is durable.
    pub(crate) fn wait(&self, lsn: Lsn) -> Result<()> {
        self.note_wait();
        self.reach(lsn)
    }

    /// As [`Log::wait`], for Kora itself, which does it now and then.
    pub(crate) fn reach(&self, lsn: Lsn) -> Result<()> {
        self.group.wait(lsn, || self.sync_files())
    }

    /// Somebody waits for the disk, and will again.
    #[inline]
    fn note_wait(&self) {
        if !self.writes_ahead.load(Ordering::Relaxed) {
            self.writes_ahead.store(true, Ordering::Relaxed);
        }
    }

    /// Has a future woken when everything before `lsn` is durable, or when that has failed;
    /// false when it is durable already.
    pub(crate) fn wake(&self, lsn: Lsn, waker: &Waker) -> Result<bool> {
        match self.failure.get() {
            Some(error) => Err(error.clone()),
            None => {
                self.note_wait();
                let waits = self.group.wake(lsn, waker);
                // It may have failed since, and then nobody comes to wake.
                if let Some(error) = self.failure.get() {
                    return Err(error.clone());
                }
                if waits {
                    self.bell.ring();
                }
                Ok(waits)
            }
        }
    }

    /// Whether a future waits for the disk.
    pub(crate) fn has_wakers(&self) -> bool {
        self.group.has_wakers()
    }

    /// Makes everything durable that was appended so far.
    pub(crate) fn sync(&self) -> Result<()> {
        // What failed to be written is in memory, and no sync brings it to the disk.
        if let Some(error) = self.failure.get() {
            return Err(error.clone());
        }
        if !self.tail.lock().backlog.is_empty() {
            self.make_spare()?;
        }
        self.reach(self.end())
    }

    /// Makes everything durable and leaves a mark that says so.
    pub(crate) fn close(&self) -> Result<()> {
        self.sync()?;
        {
            let mut tail = self.tail.lock();
            if tail.is_marked {
                return Ok(());
            }
            let mark = Payload::new(b"", self.seal());
            let way = self.roll(&mut tail, 0).and_then(|()| self.put(&mut tail, &mark));
            match way {
                // Everything is durable; a mark only helps to tell damage from a torn tail.
                Err(Error::DiskFull) => return Ok(()),
                way => way.map_err(|error| self.fail(error))?,
            }
        }
        self.reach(self.end())
    }

    /// One sync of everything that is in the log now.
    fn sync_files(&self) -> Result<()> {
        if let Some(error) = self.failure.get() {
            return Err(error.clone());
        }
        let (end, at, sealed, present) = {
            let tail = self.tail.lock();
            (tail.end, tail.at, tail.unsynced.clone(), tail.segment.unsynced(tail.at))
        };
        for part in sealed.iter().chain([&present]) {
            sync(part, Arc::ptr_eq(&part.file, &present.file))
                .map_err(|error| self.fail(io_failure("sync", &part.path, &error)))?;
        }
        let mut tail = self.tail.lock();
        let done: Vec<Unsynced> = tail.unsynced.drain(..sealed.len()).collect();
        if Arc::ptr_eq(&tail.segment.file, &present.file) {
            tail.segment.synced_at = at;
        }
        drop(tail);
        // Closing files takes a while, and nobody is to wait for it.
        drop(done);
        self.group.advance(end);
        Ok(())
    }

    /// Nothing is written any more, for this reason.
    fn fail(&self, error: Error) -> Error {
        if mutation::is_made(Mutation::FailureForgotten) {
            return error;
        }
        // The first failure is the reason of those that follow.
        let first = self.failure.get_or_init(|| error.clone()).clone();
        self.status.store(FAILED, Ordering::Release);
        drop(error);
        first
    }

    /// Removes the segments that hold only frames before `needed`.
    pub(crate) fn retire(&self, needed: Lsn) -> Result<()> {
        let is_early = mutation::is_made(Mutation::RetiredTooEarly);
        let needed =
            if is_early { needed.after(self.options.segment_bytes as u64) } else { needed };
        loop {
            let oldest = {
                let mut tail = self.tail.lock();
                match (tail.segments.front().copied(), tail.segments.get(1)) {
                    (Some((sequence, _)), Some((_, next))) if *next <= needed => {
                        tail.segments.pop_front();
                        sequence
                    }
                    _ => return Ok(()),
                }
            };
            let path = self.directory.log_path(oldest);
            self.directory.fs.remove(&path).at("remove", &path)?;
        }
    }
}

/// The header of the next frame.
#[inline]
fn header(tail: &Tail, payload: &Payload<'_>, durable: Lsn) -> [u8; HEADER_LEN] {
    if mutation::is_made(Mutation::DurableTooEarly) {
        return payload.header(tail.end, tail.end.after(ALIGNMENT as u64));
    }
    if mutation::is_made(Mutation::WrongPlace) && tail.at == SEGMENT_HEADER_LEN {
        return payload.header(tail.end.after(ALIGNMENT as u64), durable);
    }
    payload.header(tail.end, durable)
}

/// Syncs a segment; whether it is the present one.
fn sync(part: &Unsynced, is_present: bool) -> io::Result<()> {
    if mutation::is_made(Mutation::SyncSkipped)
        || (mutation::is_made(Mutation::SealedNotSynced) && !is_present)
    {
        return Ok(());
    }
    let synced = part.sync();
    if mutation::is_made(Mutation::FailedSyncRetried) {
        synced.or_else(|_| part.sync())
    } else {
        synced
    }
}
