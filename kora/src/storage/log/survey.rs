//! Reading a log that may be damaged: every whole frame that stands at its place, and the gaps
//! between them.
//!
//! This is for who inspects a directory. Opening one reads with [`Segments::read`], which ends at
//! the first gap. Nothing here says whether a gap is damage or a torn tail; each comes with what
//! the frames behind it know.

use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::storage::directory::Directory;
use crate::storage::format::segment::HEADER_LEN;
use crate::storage::format::{Lsn, Seal, frame};
use crate::storage::log::read::{Piece, Segments, used};
use crate::storage::log::segment;

/// A part of the log that is missing, with frames behind it.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    /// The file in which the missing part begins, and where in it.
    pub(crate) path: Arc<Path>,
    pub(crate) offset: u64,
    /// The place of the first frame that is missing.
    pub(crate) from: Lsn,
    /// The place of the next whole frame. The same where all that is missing is the header of
    /// the segment.
    pub(crate) to: Lsn,
    /// Frames behind it say that everything before this place was durable.
    pub(crate) durable: Lsn,
}

/// What was seen of a log.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// In the order of the log.
    pub(crate) gaps: Vec<Gap>,
    /// The place of the first segment, if there is one.
    pub(crate) first: Option<Lsn>,
    /// The file with the last whole frame, where in it that ends, and its place.
    pub(crate) end: Option<(Arc<Path>, u64, Lsn)>,
}

/// A file with frames.
struct Source {
    path: Arc<Path>,
    first: Lsn,
    has_header: bool,
}

impl Segments {
    /// Visits every whole frame that stands at its place, with the gaps before it.
    pub(crate) fn survey(
        &self,
        directory: &Directory,
        visit: &mut dyn FnMut(&Piece<'_>, &[Gap]) -> Result<()>,
    ) -> Result<Survey> {
        let mut survey = Survey::default();
        let sources = self.sources(directory)?;
        for (at, source) in sources.iter().enumerate() {
            let bytes = Arc::new(segment::read(&*directory.fs, &source.path)?);
            let next = sources.get(at + 1).filter(|next| next.has_header).map(|next| next.first);
            survey.join(source);
            survey.walk(source, next, &bytes, directory.seal, visit)?;
        }
        Ok(survey)
    }

    /// The files in the order of the log, those without a header too that hold a frame: its place
    /// says what the header should.
    fn sources(&self, directory: &Directory) -> Result<Vec<Source>> {
        let known = self.files();
        let mut sources: Vec<Source> =
            known.map(|(path, first)| Source { path, first, has_header: true }).collect();
        for path in self.unreadable() {
            let bytes = segment::read(&*directory.fs, path)?;
            if let Some(first) = place_of_frames(&bytes, directory.seal) {
                let source = Source { path: Arc::clone(path), first, has_header: false };
                let at = sources.partition_point(|other| other.first <= first);
                sources.insert(at, source);
            }
        }
        Ok(sources)
    }
}

impl Survey {
    /// The gaps that are damage, when everything before `durable` was: what is missing cannot be
    /// so because a machine stopped. Where the first other gap begins the log ends, as
    /// [`Segments::read`] sees it.
    pub(crate) fn damaged(&self, durable: Lsn) -> &[Gap] {
        let is_torn = |gap: &Gap| gap.durable <= gap.from && durable <= gap.from;
        let count = self.gaps.iter().position(is_torn).unwrap_or(self.gaps.len());
        &self.gaps[..count]
    }

    /// Goes on in the next file.
    fn join(&mut self, source: &Source) {
        let first = source.first;
        self.first.get_or_insert(first);
        let end = self.end.clone();
        let end = end.filter(|(_, _, lsn)| *lsn < first && source.has_header);
        if let Some((path, offset, from)) = end {
            self.gaps.push(Gap { path, offset, from, to: first, durable: Lsn(0) });
        } else if !source.has_header {
            let from = self.end.as_ref().map_or(first, |(_, _, lsn)| (*lsn).min(first));
            let path = Arc::clone(&source.path);
            self.gaps.push(Gap { path, offset: 0, from, to: first, durable: Lsn(0) });
        }
    }

    fn walk(
        &mut self,
        source: &Source,
        next: Option<Lsn>,
        bytes: &Arc<Vec<u8>>,
        seal: Seal,
        visit: &mut dyn FnMut(&Piece<'_>, &[Gap]) -> Result<()>,
    ) -> Result<()> {
        let (path, before) = (&source.path, self.end.as_ref().map_or(Lsn(0), |end| end.2));
        let (mut offset, mut lsn) = (HEADER_LEN, source.first);
        while let Some((at, frame)) = next_frame(bytes, offset, source.first, seal) {
            // A frame that a full disk cut short stands in the next segment.
            if next.is_some_and(|next| frame.lsn >= next) {
                break;
            }
            if at > offset {
                let (path, offset) = (Arc::clone(path), offset as u64);
                let gap = Gap { path, offset, from: lsn, to: frame.lsn, durable: Lsn(0) };
                self.gaps.push(gap);
            }
            self.gaps.iter_mut().for_each(|gap| gap.durable = gap.durable.max(frame.durable));
            // What another file has already is not seen twice.
            if frame.lsn >= before {
                let at = at + frame::HEADER_LEN;
                visit(&Piece { buffer: bytes, at, frame, path }, &self.gaps)?;
            }
            offset = at + frame::frame_len(frame.payload.len());
            lsn = frame.end();
        }
        self.end = Some((Arc::clone(path), offset as u64, lsn.max(before)));
        Ok(())
    }
}

/// The first whole frame from `from` on that stands at its place, and where it begins.
fn next_frame(
    bytes: &[u8],
    from: usize,
    first: Lsn,
    seal: Seal,
) -> Option<(usize, frame::Frame<'_>)> {
    let whole_at = |at: usize| {
        let place = first.after((at - HEADER_LEN) as u64);
        // Cheaper than a checksum.
        let lsn = bytes.get(at..)?.get(8..)?.first_chunk()?;
        let is_here = u64::from_le_bytes(*lsn) == place.0;
        frame::decode(&bytes[at..], seal).filter(|_| is_here).map(|frame| (at, frame))
    };
    whole_at(from).or_else(|| {
        let end = usize::try_from(used(bytes)).unwrap_or(bytes.len());
        (from + frame::ALIGNMENT..end).step_by(frame::ALIGNMENT).find_map(whole_at)
    })
}

/// The place of the segment whose frames these bytes hold; `None` when there is no whole one.
fn place_of_frames(bytes: &[u8], seal: Seal) -> Option<Lsn> {
    let end = usize::try_from(used(bytes)).unwrap_or(bytes.len());
    (HEADER_LEN..end).step_by(frame::ALIGNMENT).find_map(|at| {
        let frame = frame::decode(&bytes[at..], seal)?;
        frame.lsn.0.checked_sub((at - HEADER_LEN) as u64).map(Lsn)
    })
}
