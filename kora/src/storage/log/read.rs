//! Reading the log: frame by frame to its end, and what the end is.
//!
//! The log ends at the first place where no valid frame stands. If nothing that follows says
//! that more was durable, a machine or a process stopped there: a torn tail, to be cut off. If
//! a later frame knows that what is missing was durable, the file is damaged, and nothing is
//! opened.

use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::mutation::{self, Mutation};
use crate::storage::directory::Directory;
use crate::storage::failure::{At, damaged};
use crate::storage::format::segment::{HEADER_LEN, Header};
use crate::storage::format::{Lsn, Seal, frame};
use crate::storage::log::segment;

/// A segment that was found.
#[derive(Clone, Debug)]
struct Found {
    sequence: u64,
    path: Arc<Path>,
    first: Lsn,
}

/// The segments of a directory, in the order of the log.
#[derive(Debug)]
pub(crate) struct Segments {
    found: Vec<Found>,
    /// Files without a valid header: made ahead of use, torn, or damaged.
    unreadable: Vec<Arc<Path>>,
}

/// A frame with the buffer that its payload lies in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) buffer: &'a Arc<Vec<u8>>,
    /// Where in the buffer, which is the whole file, the payload begins.
    pub(crate) at: usize,
    pub(crate) frame: frame::Frame<'a>,
    pub(crate) path: &'a Arc<Path>,
}

impl Piece<'_> {
    /// The place in the log of the byte at `at` of the buffer.
    pub(crate) fn position(&self, at: usize) -> Lsn {
        let header = self.at - frame::HEADER_LEN;
        self.frame.lsn.after((at - header) as u64)
    }
}

/// Where the log ends.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) lsn: Lsn,
    /// The segment that the end is in.
    pub(crate) sequence: u64,
    /// Where in its file.
    pub(crate) offset: usize,
    /// Bytes after the end that are not zero, or not of the log any more.
    pub(crate) torn_bytes: u64,
}

impl Segments {
    /// Finds the segments of a directory.
    pub(crate) fn find(directory: &Directory) -> Result<Segments> {
        let mut segments = Segments { found: Vec::new(), unreadable: Vec::new() };
        for sequence in directory.segments()? {
            let path: Arc<Path> = directory.log_path(sequence).into();
            match segment::read_header(&*directory.fs, &path, directory.seal)? {
                Some(Header { first, .. }) => {
                    segments.found.push(Found { sequence, path, first });
                }
                None => segments.unreadable.push(path),
            }
        }
        segments.found.sort_by_key(|found| (found.first, found.sequence));
        Ok(segments)
    }

    /// The segments' sequence numbers and first places, in the order of the log.
    pub(crate) fn places(&self) -> impl Iterator<Item = (u64, Lsn)> {
        self.found.iter().map(|found| (found.sequence, found.first))
    }

    /// The segments' files and first places, in the order of the log.
    pub(super) fn files(&self) -> impl Iterator<Item = (Arc<Path>, Lsn)> {
        self.found.iter().map(|found| (Arc::clone(&found.path), found.first))
    }

    /// Files without a valid header.
    pub(crate) fn unreadable(&self) -> &[Arc<Path>] {
        &self.unreadable
    }

    /// Bytes of the files from the one that holds `from` on.
    pub(crate) fn bytes_from(&self, directory: &Directory, from: Lsn) -> Result<u64> {
        let start = self.found.partition_point(|found| found.first <= from).saturating_sub(1);
        let len = |found: &Found| {
            let file = directory.fs.open_read(&found.path).at("open", &found.path)?;
            file.len().at("read", &found.path)
        };
        self.found[start..].iter().map(len).sum()
    }

    /// Visits the frames from `from` on, to `to` or to the end; the log is known to be durable
    /// up to `durable`. What it returns is the end, if it came there.
    pub(crate) fn read(
        &self,
        directory: &Directory,
        from: Lsn,
        to: Option<Lsn>,
        durable: Lsn,
        visit: &mut dyn FnMut(Piece<'_>) -> Result<()>,
    ) -> Result<Option<End>> {
        // Of several segments that begin at one place all but the last are empty.
        let start = self.found.partition_point(|found| found.first <= from);
        let start = start.checked_sub(1).ok_or_else(|| self.missing(directory, from))?;
        let mut lsn = self.found[start].first;
        let mut end = None;
        for (at, found) in self.found.iter().enumerate().skip(start) {
            if found.first != lsn {
                break;
            }
            let next = self.found.get(at + 1).map(|next| next.first);
            let bytes = Arc::new(segment::read(&*directory.fs, &found.path)?);
            let mut offset = HEADER_LEN;
            // Where the next segment begins there may be a frame that a full disk cut short.
            while next != Some(lsn) {
                let frame = next_frame(&bytes, offset, lsn, directory.seal);
                let Some(frame) = frame else { break };
                if to.is_some_and(|to| lsn >= to) {
                    return Ok(None);
                }
                if lsn >= from {
                    let at = offset + frame::HEADER_LEN;
                    visit(Piece { buffer: &bytes, at, frame, path: &found.path })?;
                }
                offset += frame::frame_len(frame.payload.len());
                lsn = frame.end();
            }
            end = Some((found, bytes, offset));
        }
        let (last, bytes, offset) = end.expect("the first segment was read");
        if lsn < durable || lsn < from {
            return Err(damaged(&last.path, offset as u64, "a frame that was durable"));
        }
        let torn_bytes = self.look_behind(directory, last, &bytes, offset, lsn)?;
        Ok(Some(End { lsn, sequence: last.sequence, offset, torn_bytes }))
    }

    /// Looks for signs behind the end that what is missing was durable. Returns how many bytes
    /// there are to be cut off.
    fn look_behind(
        &self,
        directory: &Directory,
        last: &Found,
        bytes: &[u8],
        offset: usize,
        lsn: Lsn,
    ) -> Result<u64> {
        let damage = || damaged(&last.path, offset as u64, "a frame that was durable");
        let knows = |bytes: &[u8], first| knows_more(bytes, first, lsn, directory.seal);
        let mut torn = used(&bytes[offset..]);
        if knows(&bytes[offset..], Some(lsn)) {
            return Err(damage());
        }
        for found in self.found.iter().filter(|found| found.first > lsn) {
            let bytes = segment::read(&*directory.fs, &found.path)?;
            let frames = bytes.get(HEADER_LEN..).unwrap_or_default();
            if knows(frames, Some(found.first)) {
                return Err(damage());
            }
            torn += used(&bytes);
        }
        for path in &self.unreadable {
            let bytes = segment::read(&*directory.fs, path)?;
            if knows(&bytes, None) {
                return Err(damage());
            }
            torn += used(&bytes);
        }
        Ok(torn)
    }

    /// Cuts off what is behind the end: zeros to the end of its segment, and no later segment.
    /// Interrupted anywhere, it can be done again.
    pub(crate) fn cut(&self, directory: &Directory, end: &End) -> Result<()> {
        let fs = &*directory.fs;
        let later = self.found.iter().rev().filter(|found| {
            found.first > end.lsn || (found.first == end.lsn && found.sequence > end.sequence)
        });
        let is_kept = mutation::is_made(Mutation::TornTailKept)
            || mutation::is_made(Mutation::AppendedBehindTornTail);
        let mut removed = false;
        for path in later.map(|found| &found.path).chain(&self.unreadable) {
            if mutation::is_made(Mutation::LaterSegmentsKept) {
                break;
            }
            fs.remove(path).at("remove", path)?;
            removed = true;
        }
        if removed {
            directory.sync()?;
        }
        if end.torn_bytes > 0 && !is_kept {
            let path = directory.log_path(end.sequence);
            let file = fs.open(&path).at("open", &path)?;
            let len = usize::try_from(file.len().at("read", &path)?).unwrap_or(usize::MAX);
            let zeros = vec![0; len.saturating_sub(end.offset)];
            file.write_at(&zeros, end.offset as u64).at("write", &path)?;
            file.sync().at("sync", &path)?;
        }
        Ok(())
    }

    fn missing(&self, directory: &Directory, from: Lsn) -> crate::error::Error {
        let first = self.found.first().map_or(0, |found| found.first.0.saturating_sub(from.0));
        damaged(&directory.path, first, "the segment of the log where replay begins")
    }
}

/// The frame at `offset`, if a valid one stands there and it belongs there.
fn next_frame(bytes: &[u8], offset: usize, lsn: Lsn, seal: Seal) -> Option<frame::Frame<'_>> {
    frame::decode(bytes.get(offset..)?, seal).filter(|frame| frame.lsn == lsn)
}

/// Whether a valid frame anywhere in these bytes, the first of which stands at `first` if that is
/// known, knows that something behind `end` was durable.
///
/// A checksum is computed only of what says so and stands in its place: any bytes may be here,
/// and a million numbers in a row are a million headers of frames as long as the rest.
fn knows_more(bytes: &[u8], first: Option<Lsn>, end: Lsn, seal: Seal) -> bool {
    let len = used(bytes);
    let len = usize::try_from(len).unwrap_or(usize::MAX).min(bytes.len());
    let says_so = |at: usize| {
        let (lsn, durable) = frame::claim(&bytes[at..])?;
        let is_in_place = first.is_none_or(|first| lsn == first.after(at as u64));
        (durable > end && is_in_place).then_some(at)
    };
    let starts = (0..len).step_by(frame::ALIGNMENT).filter_map(says_so);
    starts.filter_map(|at| frame::decode(&bytes[at..], seal)).next().is_some()
}

/// Bytes up to the last that is not zero. Most of what is asked about is room that no frame has
/// taken, tens of megabytes each time a database is opened, so it goes page by page.
pub(super) fn used(bytes: &[u8]) -> u64 {
    const ZEROS: &[u8] = &[0; 4096];
    let mut rest = bytes;
    while let Some((before, page)) = rest.split_last_chunk::<{ ZEROS.len() }>() {
        if page != ZEROS {
            break;
        }
        rest = before;
    }
    rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_ends_with_the_last_byte_that_is_not_zero() {
        for len in [0, 1, 4095, 4096, 4097, 8192, 20_000] {
            let mut bytes = vec![0; len];
            assert_eq!(used(&bytes), 0);
            for at in
                [0, 1, 4094, 4095, 4096, 8191, 8192, 19_999].into_iter().filter(|at| *at < len)
            {
                bytes[at] = 1;
                assert_eq!(used(&bytes), at as u64 + 1, "{len}");
            }
        }
    }
}
