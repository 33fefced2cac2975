//! Room for frames: the segment that is used next, made ahead, and what happens on a full disk.
//!
//! A full disk refuses jobs before they begin. Those that are under way when it turns out to be
//! full have changed memory already, so their frames wait here for room, and nothing is written
//! before them.

use std::sync::atomic::Ordering;

use parking_lot::MutexGuard;

use crate::error::{Error, Result};
use crate::mutation::{self, Mutation};
use crate::storage::failure::{At, io_failure};
use crate::storage::format::frame::{HEADER_LEN, Payload, frame_len};
use crate::storage::format::segment::{HEADER_LEN as SEGMENT_HEADER_LEN, Header};
use crate::storage::log::segment::Segment;
use crate::storage::log::{Changes, GOOD, LOW, Log, Tail};

impl Tail {
    /// Lets what may have arrived of a frame be none: what it would have told is not done.
    fn forget_torn(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.is_torn) {
            return Ok(());
        }
        let Segment { file, path, .. } = &self.segment;
        let cleared = file.write_at(&[0; HEADER_LEN], self.at as u64);
        cleared.map_err(|error| io_failure("write", path, &error))
    }
}

impl Log {
    /// Looks whether there is room again, or still: who wants to write pays for the look, and is
    /// refused before anything has changed.
    #[cold]
    pub(super) fn admit_slowly(&self) -> Result<()> {
        if let Some(error) = self.failure.get() {
            return Err(error.clone());
        }
        match self.making.try_lock() {
            Some(making) => self.make(&making),
            // Somebody is making it, and there is room for what is under way meanwhile.
            None => Ok(()),
        }
    }

    #[cold]
    pub(super) fn look_complete(&self) -> Result<()> {
        match self.failure.get() {
            Some(error) => Err(error.clone()),
            None if self.tail.lock().backlog.is_empty() => Ok(()),
            None => Err(Error::DiskFull),
        }
    }

    /// Writes a frame behind those that wait for room, in the next segment if need be.
    #[cold]
    pub(super) fn put_behind(&self, tail: &mut Tail, payload: &Payload<'_>) -> Result<()> {
        self.write_backlog(tail)?;
        self.roll(tail, payload.bytes.len())?;
        self.put(tail, payload)
    }

    /// What becomes of a frame that could not be written, and of those that will come.
    #[cold]
    pub(super) fn settle(
        &self,
        tail: &mut Tail,
        records: &[u8],
        changes: Changes,
        put: Result<()>,
    ) -> Result<()> {
        let waits = changes == Changes::Made && !mutation::is_made(Mutation::BacklogDropped);
        match &put {
            Ok(()) => {}
            Err(Error::DiskFull) => {
                tail.is_full = true;
                if waits {
                    tail.backlog.push_back(records.to_vec());
                } else {
                    tail.forget_torn().map_err(|error| self.fail(error))?;
                }
            }
            Err(error) => return Err(self.fail(error.clone())),
        }
        self.status.fetch_max(LOW, Ordering::AcqRel);
        put
    }

    /// Has room for a frame with a payload of `len` bytes: in this segment, or in the next.
    pub(super) fn roll(&self, tail: &mut Tail, len: usize) -> Result<()> {
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
        tail.is_torn = false;
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
                self.heal(&mut tail);
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
                self.heal(&mut tail);
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

    /// There is room again. A failure stays.
    fn heal(&self, tail: &mut Tail) {
        tail.is_full = false;
        tail.watch();
        let healed = |status| (status == LOW).then_some(GOOD);
        self.status.fetch_update(Ordering::AcqRel, Ordering::Acquire, healed).ok();
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
}
