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
pub(crate) mod segment;
mod survey;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Waker;

use parking_lot::{Mutex, MutexGuard};

use crate::error::{Error, Result};
use crate::storage::Directory;
use crate::storage::failure::{At, io_failure};
use crate::storage::format::frame::{HEADER_LEN, Payload, frame_len};
use crate::storage::format::segment::{HEADER_LEN as SEGMENT_HEADER_LEN, Header};
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
            // What recovery has read may still be the system's alone.
            let path = directory.log_path(*sequence);
            directory.fs.open(&path).and_then(|file| file.sync()).at("sync", &path)?;
        }
        let next_sequence = places.iter().map(|(sequence, _)| sequence + 1).max().unwrap_or(1);
        let mut tail = Tail {
            segment,
            at: end.offset,
            low_at: 0,
            end: end.lsn,
            spare: None,
            next_sequence,
            unsynced: Vec::new(),
            segments: places,
            backlog: VecDeque::new(),
            is_full: false,
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

    /// Looks whether there is room again, or still: who wants to write pays for the look, and is
    /// refused before anything has changed.
    #[cold]
    fn admit_slowly(&self) -> Result<()> {
        if let Some(error) = self.failure.get() {
            return Err(error.clone());
        }
        match self.making.try_lock() {
            Some(making) => self.make(&making),
            // Somebody is making it, and there is room for what is under way meanwhile.
            None => Ok(()),
        }
    }

    /// Why nothing is written any more.
    pub(crate) fn failure(&self) -> Option<&Error> {
        self.failure.get()
    }

    /// Whether the disk is full.
    pub(crate) fn is_full(&self) -> bool {
        self.status.load(Ordering::Acquire) == LOW && self.tail.lock().is_full
    }

    /// Appends the records of one job, while its leases are held. Returns the place after them.
    ///
    /// # Errors
    /// The disk is full, or it failed. The job's changes stay in memory; on a full disk they are
    /// written when there is room again.
    pub(crate) fn append(&self, records: &[u8]) -> Result<Lsn> {
        let payload = Payload::new(records, self.seal());
        let mut tail = self.tail.lock();
        let fits = tail.at + frame_len(records.len()) <= tail.segment.len;
        let put = if fits && tail.backlog.is_empty() {
            self.put(&mut tail, &payload)
        } else {
            self.put_behind(&mut tail, &payload)
        };
        if put.is_err() || tail.at > tail.low_at {
            self.settle(&mut tail, records, put)?;
        }
        Ok(tail.end)
    }

    /// Writes a frame that there is room for.
    #[inline]
    fn put(&self, tail: &mut Tail, payload: &Payload<'_>) -> Result<()> {
        if let Some(error) = self.failure.get() {
            return Err(error.clone());
        }
        let header = payload.header(tail.end, self.group.durable());
        let (at, region) = (tail.at, &mut tail.segment.region);
        region
            .write(at, &header)
            .and_then(|()| region.write(at + HEADER_LEN, payload.bytes))
            .at("write", &tail.segment.path)?;
        let len = frame_len(payload.bytes.len());
        tail.at += len;
        tail.end = tail.end.after(len as u64);
        tail.is_marked = payload.bytes.is_empty();
        self.end.store(tail.end.0, Ordering::Release);
        Ok(())
    }

    /// Writes a frame behind those that wait for room, in the next segment if need be.
    #[cold]
    fn put_behind(&self, tail: &mut Tail, payload: &Payload<'_>) -> Result<()> {
        self.write_backlog(tail)?;
        self.roll(tail, payload.bytes.len())?;
        self.put(tail, payload)
    }

    /// What becomes of a frame that could not be written, and of those that will come.
    #[cold]
    fn settle(&self, tail: &mut Tail, records: &[u8], put: Result<()>) -> Result<()> {
        match put {
            Ok(()) => {}
            Err(Error::DiskFull) => {
                tail.backlog.push_back(records.to_vec());
                tail.is_full = true;
            }
            Err(error) => return Err(self.fail(error)),
        }
        self.status.fetch_max(LOW, Ordering::AcqRel);
        put
    }

    /// Has room for a frame with a payload of `len` bytes: in this segment, or in the next.
    fn roll(&self, tail: &mut Tail, len: usize) -> Result<()> {
        let needed = frame_len(len);
        if tail.at + needed <= tail.segment.len {
            return Ok(());
        }
        let fits = |spare: &Segment| SEGMENT_HEADER_LEN + needed <= spare.len;
        let mut next = match tail.spare.take() {
            Some(spare) if fits(&spare) => spare,
            spare => {
                let next = self.create(tail, (SEGMENT_HEADER_LEN + needed).next_multiple_of(4096));
                tail.spare = spare;
                next?
            }
        };
        let header = Header { sequence: next.sequence, first: tail.end }.encode(self.seal());
        next.region.write(0, &header).at("write", &next.path)?;
        tail.segments.push_back((next.sequence, tail.end));
        let last = std::mem::replace(&mut tail.segment, next);
        tail.unsynced.push(last.unsynced(tail.at));
        tail.at = SEGMENT_HEADER_LEN;
        tail.watch();
        // The next one is to be made.
        self.bell.ring();
        Ok(())
    }

    /// Makes a segment of at least `least` bytes.
    fn create(&self, tail: &mut Tail, least: usize) -> Result<Segment> {
        let sequence = tail.next_sequence;
        tail.next_sequence += 1;
        self.create_numbered(sequence, least)
    }

    fn create_numbered(&self, sequence: u64, least: usize) -> Result<Segment> {
        let len = least.max(self.options.segment_bytes);
        let path = self.directory.log_path(sequence);
        let written = self.writes_ahead.load(Ordering::Relaxed);
        Segment::create(&*self.directory.fs, path, sequence, len, written)
    }

    fn write_backlog(&self, tail: &mut Tail) -> Result<()> {
        while let Some(records) = tail.backlog.front() {
            let len = records.len();
            self.roll(tail, len)?;
            let records = tail.backlog.pop_front().expect("there is a front");
            self.put(tail, &Payload::new(&records, self.seal()))?;
        }
        Ok(())
    }

    /// Makes the segment that is used next, if there is none.
    ///
    /// # Errors
    /// The disk is full (what was under way is kept until there is room), or it failed.
    pub(crate) fn make_spare(&self) -> Result<()> {
        self.make(&self.making.lock())
    }

    fn make(&self, _making: &MutexGuard<'_, ()>) -> Result<()> {
        let sequence = {
            let mut tail = self.tail.lock();
            if tail.spare.is_some() && tail.backlog.is_empty() {
                return Ok(());
            }
            tail.next_sequence += 1;
            tail.next_sequence - 1
        };
        // Not under the tail's lock: it takes a while.
        let made = self.create_numbered(sequence, 0);
        let mut tail = self.tail.lock();
        match made.and_then(|segment| self.take_spare(&mut tail, segment)) {
            Ok(()) => {
                tail.is_full = false;
                tail.watch();
                // A failure stays.
                let healed = |status| (status == LOW).then_some(GOOD);
                self.status.fetch_update(Ordering::AcqRel, Ordering::Acquire, healed).ok();
                Ok(())
            }
            Err(Error::DiskFull) => {
                tail.is_full = true;
                // What room there is can be used, but for the last of it.
                let is_low = tail.at > tail.low_at || !tail.backlog.is_empty();
                if is_low { Err(Error::DiskFull) } else { Ok(()) }
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    fn take_spare(&self, tail: &mut MutexGuard<'_, Tail>, segment: Segment) -> Result<()> {
        match &tail.spare {
            None => tail.spare = Some(segment),
            // Another thread was faster.
            Some(_) => {
                self.directory.fs.remove(&segment.path).at("remove", &segment.path)?;
            }
        }
        self.write_backlog(tail)
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
            part.sync().map_err(|error| self.fail(io_failure("sync", &part.path, &error)))?;
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
        // The first failure is the reason of those that follow.
        let first = self.failure.get_or_init(|| error.clone()).clone();
        self.status.store(FAILED, Ordering::Release);
        drop(error);
        first
    }

    /// Removes the segments that hold only frames before `needed`.
    pub(crate) fn retire(&self, needed: Lsn) -> Result<()> {
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
