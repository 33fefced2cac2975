//! Filling an empty engine from a directory: the newest snapshot, then the log after it.
//!
//! A snapshot's slices are of different moments. Each says at which place of the log it was
//! taken, and what the log says of its keys before that place is in it already and is left
//! out. What it does *not* hold needs no such care, but for one thing: a key that was removed
//! while the snapshot was being taken may be in no slice, though the log changes it before it
//! is removed. So the part of the log that was written meanwhile is looked through first, and
//! of such a key everything up to its last removal is left out.
//!
//! Stripes fill in parallel. One key's records stay in order, since one thread applies those of
//! a stripe; effects on whole databases wait for all threads.

mod appliers;
#[cfg(feature = "server")]
mod reload;
pub(crate) mod salvage;
pub(crate) mod state;
mod window;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::config::Progress;
use crate::engine::Leased;
use crate::engine::collections::Collections;
use crate::engine::places::Places;
use crate::error::Result;
use crate::keyspace::Shared;
use crate::keyspace::effect::{Record, Scope};
use crate::mutation::{self, Mutation};
use crate::storage::failure::damaged;
use crate::storage::format::manifest::Generation;
use crate::storage::log::{End, Piece, Segments};
use crate::storage::snapshot::{Block, Reader};
use crate::storage::{Directory, Lsn};
use appliers::Appliers;
use window::Window;

/// What was found when a directory was opened.
///
/// ```no_run
/// let db = kora::Database::open(kora::Config { data_dir: Some("data".into()), ..Default::default() })?;
/// let report = db.open_report().expect("the database has a directory");
/// println!("{} commits replayed in {:?}", report.commits_replayed, report.duration);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenReport {
    /// Keys that came from the snapshot.
    pub snapshot_entries: u64,
    /// Commits that came from the log: each is what one call changed.
    pub commits_replayed: u64,
    /// Bytes that were cut off the end of the log: what was being written when the process or
    /// the machine stopped. None of it was acknowledged as durable.
    pub bytes_dropped: u64,
    /// How long it took.
    pub duration: Duration,
}

/// The stripes to be filled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Empty<'e> {
    pub(super) stripes: &'e [Leased],
    pub(super) shared: &'e Shared,
    pub(super) collections: &'e Collections,
    /// Partitions of a collection.
    pub(super) partition_count: usize,
    pub(super) database_count: usize,
    pub(super) threads: usize,
    pub(super) progress: &'e Progress,
}

/// Fills the stripes; returns the segments of the log, where it ends, and what was found.
pub(super) fn recover(
    empty: Empty<'_>,
    directory: &Directory,
) -> Result<(Segments, End, OpenReport)> {
    let watch = Stopwatch::start();
    let segments = Segments::find(directory)?;
    let generation = directory.generations().first().copied();
    let (end, mut report) = fill(empty, directory, &segments, generation)?;
    segments.cut(directory, &end)?;
    report.duration = watch.elapsed();
    Ok((segments, end, report))
}

/// Fills the stripes from a snapshot and the log after it, and changes nothing on disk.
fn fill(
    empty: Empty<'_>,
    directory: &Directory,
    segments: &Segments,
    generation: Option<Generation>,
) -> Result<(End, OpenReport)> {
    let mut report = OpenReport::default();
    let window = match generation {
        None => Window::none(),
        Some(generation) => Window::look(directory, segments, generation)?,
    };
    if let Some(generation) = generation {
        report.snapshot_entries = load(empty, directory, generation, &window)?;
    }
    let (end, commits) = replay(empty, directory, segments, generation, &window)?;
    report.commits_replayed = commits;
    report.bytes_dropped = end.torn_bytes;
    Ok((end, report))
}

fn load(
    empty: Empty<'_>,
    directory: &Directory,
    generation: Generation,
    window: &Window,
) -> Result<u64> {
    let mut reader = Reader::open(directory, generation)?;
    let path: Arc<Path> = reader.path().into();
    let (mut entries, len) = (0, reader.len());
    let mut steps = Steps::new(empty.progress, len);
    appliers::run(empty, len, |appliers| {
        while let Some(block) = reader.next()? {
            let Block { buffer, entries: Range { start: mut at, end }, count, lsn, at: offset } =
                block;
            entries += u64::from(count);
            steps.at(offset);
            while at < end {
                let damage = || damaged(&path, offset, "entries of this database");
                let (record, after) = Record::decode(&buffer[at..end]).ok_or_else(damage)?;
                match record.effect.scope() {
                    Scope::Collection(_) => appliers.apply_alone(&record, &path, offset)?,
                    Scope::Document(_) => appliers.apply(&buffer, at, &record, &path, offset)?,
                    Scope::Key => {
                        window.loaded(record.database, record.key, lsn);
                        appliers.apply(&buffer, at, &record, &path, offset)?;
                    }
                    Scope::Database => return Err(damage()),
                }
                at = end - after.len();
            }
        }
        Ok(())
    })?;
    steps.end();
    Ok(entries)
}

/// Replays the log from the snapshot's start on, or all of it.
fn replay(
    empty: Empty<'_>,
    directory: &Directory,
    segments: &Segments,
    generation: Option<Generation>,
    window: &Window,
) -> Result<(End, u64)> {
    let mut from = generation.map_or(Lsn::FIRST, |generation| generation.start);
    if mutation::is_made(Mutation::ReplayedFromEnd) {
        from = generation.map_or(from, |generation| generation.end);
    }
    let durable = generation.map_or(Lsn::FIRST, |generation| generation.end);
    let (mut places, mut commits, mut end) = (Places::new(), 0, None);
    let len = segments.bytes_from(directory, from)?;
    let mut steps = Steps::new(empty.progress, len);
    appliers::run(empty, len, |appliers| {
        let mut visit = |piece: Piece<'_>| {
            commits += u64::from(!piece.frame.payload.is_empty());
            steps.at(piece.frame.lsn.since(from));
            apply_frame(appliers, &piece, &mut places, window)
        };
        end = segments.read(directory, from, None, durable, &mut visit)?;
        Ok(())
    })?;
    steps.end();
    Ok((end.expect("reading without a limit comes to the end"), commits))
}

/// Tells how far it has come, in steps: who is told may print, and there are many frames.
struct Steps<'e> {
    progress: &'e Progress,
    all: u64,
    /// The next place to tell of.
    next: u64,
}

impl Steps<'_> {
    /// Four for each megabyte, as [`Progress`] says.
    const BYTES: u64 = 256 << 10;

    fn new(progress: &Progress, all: u64) -> Steps<'_> {
        Steps { progress, all, next: 0 }
    }

    fn at(&mut self, done: u64) {
        if done >= self.next {
            self.progress.report(done, self.all);
            self.next = done + Steps::BYTES;
        }
    }

    /// The rest is room that no frame has taken.
    fn end(self) {
        self.progress.report(self.all, self.all);
    }
}

fn apply_frame(
    appliers: &mut Appliers<'_>,
    piece: &Piece<'_>,
    places: &mut Places,
    window: &Window,
) -> Result<()> {
    let mut rest = piece.frame.payload;
    while !rest.is_empty() {
        let at = piece.at + piece.frame.payload.len() - rest.len();
        let damage = || damaged(piece.path, at as u64, "a record of this database");
        let (record, after) = Record::decode(rest).ok_or_else(damage)?;
        match record.effect.scope() {
            Scope::Database => {
                appliers.apply_everywhere(&record, piece.path, at as u64)?;
                places.follow(record.database, &record.effect);
            }
            // The snapshot lacks a collection that was dropped before it came to it.
            Scope::Collection(id) | Scope::Document(id)
                if window.covers(piece.position(at)) && appliers.lacks(id, &record.effect) => {}
            Scope::Collection(_) => appliers.apply_alone(&record, piece.path, at as u64)?,
            Scope::Document(_) => {
                appliers.apply(piece.buffer, at, &record, piece.path, at as u64)?;
            }
            Scope::Key => {
                let origin = places.origin(record.database);
                if !window.has(origin, record.key, piece.position(at)) {
                    appliers.apply(piece.buffer, at, &record, piece.path, at as u64)?;
                }
            }
        }
        rest = after;
    }
    Ok(())
}
