//! Whether a directory is sound: every file read, every checksum held, every record tried.
//!
//! It goes on after a problem, and says all of them with file and offset. What makes a problem is
//! what would make opening fail, now or when the newest snapshot were lost: a torn tail is none,
//! nor is a file that opening would remove.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use crate::engine::collections::is_whole;
use crate::engine::recovery::salvage::{beginning, each_record, missing};
use crate::engine::recovery::state::{Counts, State};
use crate::error::{Error, Result};
use crate::inspect::{Seen, disk, look};
use crate::keyspace::effect::{CollectionChange, Effect, Record};
use crate::storage::directory::FileKind;
use crate::storage::failure::damaged;
use crate::storage::format::manifest::{GENERATIONS, Generation};
use crate::storage::fs::Fs;
use crate::storage::log::Segments;
use crate::storage::snapshot::{Block, Reader};
use crate::storage::{Directory, Lsn};

/// What [`check()`] found.
///
/// ```no_run
/// let report = kora::inspect::check("data")?;
/// for problem in &report.problems {
///     println!("{problem}");
/// }
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// Everything that is not as it was written; each [`Error::Damaged`] names file and offset.
    pub problems: Vec<Error>,
    /// Files that opening would remove, and files that are not Kora's.
    pub leftovers: Vec<Leftover>,
    /// Snapshots that were read.
    pub snapshots: u64,
    /// Entries in their whole blocks: keys, documents, collections and indexes.
    pub snapshot_entries: u64,
    /// Files of the log.
    pub segments: u64,
    /// Whole commits in them.
    pub commits: u64,
    /// Bytes that opening would cut off the end of the log; nothing of them was acknowledged as
    /// durable.
    pub torn_bytes: u64,
    /// Keys that opening would find, those that have expired among them; `None` when it would
    /// fail.
    pub entries: Option<u64>,
    /// Collections that opening would find; `None` when it would fail.
    pub collections: Option<u64>,
    /// Documents that opening would find, those that have expired among them; `None` when it
    /// would fail.
    pub documents: Option<u64>,
}

/// A file that a directory does not need.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leftover {
    /// The file.
    pub file: String,
    /// Why it is there.
    pub what: &'static str,
}

impl CheckReport {
    /// Whether there is no problem.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// Adds a problem, unless it is known.
    fn add(&mut self, problem: Error) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Reads everything in a directory and says what is wrong with it. Changes nothing.
///
/// O(bytes in the directory), twice; the memory of the data, once.
///
/// # Errors
/// [`Error::Locked`] while a database has it, [`Error::UnknownFormat`], and [`Error::Io`] when the
/// directory cannot be read. What is damaged is no error but a problem of the report.
pub fn check(dir: impl AsRef<Path>) -> Result<CheckReport> {
    check_on(&disk(), dir.as_ref())
}

pub(super) fn check_on(fs: &Arc<dyn Fs>, dir: &Path) -> Result<CheckReport> {
    let mut report = CheckReport::default();
    let Seen { directory, manifest } = match look(fs, dir) {
        Ok(seen) => seen,
        // There is nothing in it by which the rest could be read.
        Err(error @ Error::Damaged(_)) => {
            report.add(error);
            return Ok(report);
        }
        Err(error) => return Err(error),
    };
    report.leftovers = leftovers(&directory)?;
    let generations = directory.generations();
    for generation in &generations {
        check_snapshot(&directory, *generation, &mut report)?;
    }
    check_log(&directory, &mut report)?;
    match manifest {
        Some(error) if is_unfinished(&error, &report) => {}
        Some(error) => report.add(error),
        None => check_states(&directory, &mut report)?,
    }
    Ok(report)
}

/// Whether somebody stopped while the directory was made: opening it makes it anew.
fn is_unfinished(error: &Error, report: &CheckReport) -> bool {
    let is_missing = matches!(error, Error::Io(failure) if failure.kind == ErrorKind::NotFound);
    is_missing && report.is_sound() && report.snapshots == 0 && report.commits == 0
}

fn leftovers(directory: &Directory) -> Result<Vec<Leftover>> {
    let generations = directory.generations();
    let what = |name: &str| match FileKind::of(name) {
        FileKind::Lock | FileKind::Manifest | FileKind::Segment(_) => None,
        FileKind::Snapshot(number) => {
            let is_named = generations.iter().any(|snapshot| snapshot.sequence == number);
            (!is_named).then_some("a snapshot that the manifest does not name")
        }
        FileKind::Temporary => Some("a file that was not finished"),
        FileKind::Strange => Some("no file of Kora's"),
    };
    let mut names = directory.names()?;
    names.sort_unstable();
    let leftover = |file: String| what(&file).map(|what| Leftover { file, what });
    Ok(names.into_iter().filter_map(leftover).collect())
}

/// Reads all blocks of a snapshot; goes on behind a damaged one where its length is right.
fn check_snapshot(
    directory: &Directory,
    generation: Generation,
    report: &mut CheckReport,
) -> Result<()> {
    report.snapshots += 1;
    let mut reader = match Reader::open(directory, generation) {
        Ok(reader) => reader,
        Err(error) => return note(error, report),
    };
    let (mut is_whole, mut was_damaged) = (true, false);
    loop {
        match reader.next() {
            Ok(None) => return Ok(()),
            Ok(Some(block)) => {
                was_damaged = false;
                check_entries(&block, &reader, report);
            }
            // The length was wrong, or a footer that counts what was damaged: both follow from
            // the first.
            Err(_) if was_damaged || (!is_whole && reader.is_at_end()) => return Ok(()),
            Err(error) => {
                (is_whole, was_damaged) = (false, true);
                note(error, report)?;
            }
        }
    }
}

/// Keeps a problem; what is none ends the check.
fn note(error: Error, report: &mut CheckReport) -> Result<()> {
    if !matches!(error, Error::Damaged(_) | Error::Io(_)) {
        return Err(error);
    }
    report.add(error);
    Ok(())
}

fn check_entries(block: &Block, reader: &Reader, report: &mut CheckReport) {
    let (mut rest, mut count) = (&block.buffer[block.entries.clone()], 0);
    while let Some((_, after)) = Record::decode(rest).filter(|(record, _)| is_entry(record)) {
        (rest, count) = (after, count + 1);
    }
    if !rest.is_empty() || count != block.count {
        report.add(reader.damage(block.at, "entries of this database"));
    }
    report.snapshot_entries += u64::from(count);
}

/// Whether a record is one of a snapshot: it says what is, not what changed.
fn is_entry(record: &Record<'_>) -> bool {
    match record.effect {
        Effect::Store { .. } => true,
        Effect::PutDocument { .. }
        | Effect::Collection {
            change:
                CollectionChange::Create(_)
                | CollectionChange::AddIndex(_)
                | CollectionChange::SetSchema(_),
            ..
        } => is_whole(record),
        Effect::Collection {
            change: CollectionChange::Drop | CollectionChange::DropIndex(_),
            ..
        }
        | Effect::RemoveDocument { .. }
        | Effect::Remove
        | Effect::Deadline(_)
        | Effect::Clear
        | Effect::Edit { .. }
        | Effect::Swap(_) => false,
    }
}

/// Reads every frame that is kept.
fn check_log(directory: &Directory, report: &mut CheckReport) -> Result<()> {
    let segments = Segments::find(directory)?;
    report.segments = segments.places().count() as u64 + segments.unreadable().len() as u64;
    let survey = segments.survey(directory, &mut |piece, _| {
        report.commits += u64::from(!piece.frame.payload.is_empty());
        let checked = each_record(piece, |record, at| {
            if !is_whole(record) {
                report.add(damaged(piece.path, at as u64, "a document or an index"));
            }
        });
        checked.err().into_iter().for_each(|error| report.add(error));
        Ok(())
    })?;
    let generations = directory.generations();
    let durable = generations.first().map_or(Lsn(0), |newest| newest.end);
    let damaged_gaps = survey.damaged(durable);
    damaged_gaps.iter().for_each(|gap| report.add(missing(gap)));
    // Without two snapshots the log is needed from its beginning.
    let oldest = generations.last().filter(|_| generations.len() == GENERATIONS);
    let needed = oldest.map_or(Lsn::FIRST, |oldest| oldest.start);
    if survey.first.is_none_or(|first| first > needed) {
        report.add(beginning(directory));
    }
    let has_tail = damaged_gaps.len() < survey.gaps.len();
    if let Some((path, offset, end)) = survey.end.filter(|_| !has_tail) {
        if end < durable {
            report.add(damaged(&path, offset, "a frame of the log"));
        }
    }
    Ok(())
}

/// Fills a database in memory, as opening would, and once more as if the newest snapshot were
/// lost.
fn check_states(directory: &Directory, report: &mut CheckReport) -> Result<()> {
    let generations = directory.generations();
    match State::read(directory, generations.first().copied()) {
        Ok((state, found)) => {
            let Counts { entries, collections, documents } = state.counts();
            report.entries = Some(entries);
            report.collections = Some(collections);
            report.documents = Some(documents);
            report.torn_bytes = found.bytes_dropped;
        }
        // The same damage has been met frame by frame, if with other words.
        Err(Error::Damaged(_) | Error::Io(_)) if !report.is_sound() => {}
        Err(error) => note(error, report)?,
    }
    if let Some(previous) = generations.get(1).filter(|_| report.is_sound()) {
        if let Err(error) = State::read(directory, Some(*previous)) {
            note(error, report)?;
        }
    }
    Ok(())
}
