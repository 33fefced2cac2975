//! Recovery of what can be had from a directory that does not open.
//!
//! Up to the damage the result is a state that the database once had: of the snapshots that are
//! whole, the newest whose window the log covers without a gap, and the log after it up to the
//! first gap. Beyond the damage it is not: what the gaps held is missing, and what followed is
//! applied where it fits. Documents whose collection's beginning is missing are kept in one that
//! is made for them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::engine::collections::is_whole;
use crate::engine::places::Places;
use crate::engine::recovery::appliers::{self, Appliers};
use crate::engine::recovery::state::State;
use crate::engine::recovery::window::Window;
use crate::error::{Error, Result};
use crate::keyspace::effect::{CollectionChange, Effect, Record, Scope};
use crate::storage::failure::damaged;
use crate::storage::format::manifest::Generation;
use crate::storage::log::{Gap, Piece, Segments, Survey};
use crate::storage::snapshot::{Block, Reader};
use crate::storage::{Directory, Lsn};

/// What was rescued, and what was not.
#[derive(Debug)]
pub(crate) struct Salvaged {
    pub(crate) state: State,
    /// The snapshot that it begins with.
    pub(crate) generation: Option<Generation>,
    pub(crate) snapshot_entries: u64,
    pub(crate) commits_replayed: u64,
    /// Whole commits behind a gap that were left out.
    pub(crate) commits_left_out: u64,
    /// Records that did not fit what was there.
    pub(crate) records_refused: u64,
    /// Everything that is not as it was written.
    pub(crate) damage: Vec<Error>,
}

/// Rescues a directory; with `goes_on` beyond the damage.
pub(crate) fn salvage(directory: &Directory, goes_on: bool) -> Result<Salvaged> {
    let segments = Segments::find(directory)?;
    let survey = segments.survey(directory, &mut |_, _| Ok(()))?;
    let durable = directory.generations().first().map_or(Lsn(0), |newest| newest.end);
    let mut damage: Vec<Error> = survey.damaged(durable).iter().map(missing).collect();
    let base = choose(directory, &survey, goes_on, &mut damage)?;
    let start = base.map_or(Lsn::FIRST, |base| base.start);
    let has_start = survey.first.is_some_and(|first| first <= start);
    if !has_start {
        damage.push(beginning(directory));
    }
    let mut salvage = Salvage {
        salvaged: Salvaged {
            state: State::new(),
            generation: base,
            snapshot_entries: 0,
            commits_replayed: 0,
            commits_left_out: 0,
            records_refused: 0,
            damage,
        },
        goes_on,
        start,
        has_start,
        names: if goes_on { names(directory, &segments)? } else { Names::new() },
    };
    let mut window = Window::until(base.map_or(Lsn(0), |base| base.end));
    salvage.look(directory, &segments, &mut window, base)?;
    if let Some(base) = base {
        salvage.load(directory, base, &window)?;
    }
    salvage.replay(directory, &segments, &window)?;
    let mut salvaged = salvage.salvaged;
    if goes_on {
        salvaged.damage.extend(salvaged.state.violations());
    }
    Ok(salvaged)
}

/// The error of a gap.
pub(crate) fn missing(gap: &Gap) -> Error {
    let what = if gap.offset == 0 { "the header of this segment" } else { "a frame of the log" };
    damaged(&gap.path, gap.offset, what)
}

/// Chooses the snapshot to begin with; notes those that are damaged.
fn choose(
    directory: &Directory,
    survey: &Survey,
    goes_on: bool,
    damage: &mut Vec<Error>,
) -> Result<Option<Generation>> {
    let generations = directory.generations();
    let mut partial = None;
    for generation in &generations {
        match read_through(directory, *generation) {
            Ok(()) if goes_on || survey.covers(*generation) => return Ok(Some(*generation)),
            Ok(()) => {}
            Err(error @ (Error::Damaged(_) | Error::Io(_))) => {
                damage.push(error);
                partial = partial.or(Some(*generation));
            }
            Err(error) => return Err(error),
        }
    }
    // What was rescued once begins with a snapshot of what its log never said.
    let log_says_all = generations.iter().all(|generation| generation.end > Lsn::FIRST);
    if survey.first == Some(Lsn::FIRST) && log_says_all {
        return Ok(None);
    }
    match partial {
        Some(_) if goes_on => Ok(partial),
        // Of a log without a beginning nothing can be said without a snapshot.
        _ if goes_on => Ok(None),
        _ => Err(damage.first().cloned().unwrap_or_else(|| beginning(directory))),
    }
}

/// The error of a log that begins too late.
pub(crate) fn beginning(directory: &Directory) -> Error {
    damaged(&directory.path, 0, "the segment of the log where replay begins")
}

fn read_through(directory: &Directory, generation: Generation) -> Result<()> {
    let mut reader = Reader::open(directory, generation)?;
    while reader.next()?.is_some() {}
    Ok(())
}

impl Survey {
    /// Whether the log is whole from a snapshot's start to its end.
    fn covers(&self, generation: Generation) -> bool {
        let Generation { start, end, .. } = generation;
        let reaches = self.end.as_ref().is_some_and(|(_, _, last)| *last >= end);
        let is_within = |gap: &Gap| gap.from < end && gap.to >= start;
        let begins = self.first.is_some_and(|first| first <= start);
        // Nothing was written while some snapshots were taken.
        start == end || (begins && reaches && !self.gaps.iter().any(is_within))
    }
}

struct Salvage {
    salvaged: Salvaged,
    goes_on: bool,
    /// Replay begins here.
    start: Lsn,
    /// Whether the log does.
    has_start: bool,
    /// Beyond damage, what collections are called.
    names: Names,
}

impl Salvage {
    /// Whether a commit is left out: it is behind a gap in what is replayed.
    fn leaves_out(&self, gaps: &[Gap]) -> bool {
        let is_behind = |gap: &Gap| gap.to >= self.start;
        !self.goes_on && (!self.has_start || gaps.iter().any(is_behind))
    }

    /// Looks at what the log has of the window.
    fn look(
        &mut self,
        directory: &Directory,
        segments: &Segments,
        window: &mut Window,
        base: Option<Generation>,
    ) -> Result<()> {
        let Some(Generation { start, end, .. }) = base else { return Ok(()) };
        let mut places = Places::new();
        segments.survey(directory, &mut |piece, _| {
            if piece.frame.lsn >= start && piece.frame.lsn < end {
                // What is no record is met again when it is to be applied.
                each_record(piece, |record, at| {
                    window.note(record, &mut places, piece.position(at));
                })
                .ok();
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Loads the blocks of a snapshot that are whole.
    fn load(&mut self, directory: &Directory, base: Generation, window: &Window) -> Result<()> {
        let (mut entries, mut refused) = (0, 0);
        let path: Arc<Path> = directory.snapshot_path(base.sequence).into();
        appliers::run(self.salvaged.state.empty(0), 0, |appliers| {
            each_block(directory, base, |block| {
                let Block {
                    buffer, entries: Range { start: mut at, end }, lsn, at: offset, ..
                } = block;
                while let Some((record, after)) = Record::decode(&buffer[at..end]) {
                    self.adopt(appliers, &record);
                    let is_loaded = match record.effect.scope() {
                        Scope::Collection(_) => {
                            appliers.apply_alone(&record, &path, offset).is_ok()
                        }
                        Scope::Document(_) => {
                            appliers.apply(&buffer, at, &record, &path, offset).is_ok()
                        }
                        Scope::Key => {
                            window.loaded(record.database, record.key, lsn);
                            appliers.apply(&buffer, at, &record, &path, offset).is_ok()
                        }
                        Scope::Database => false,
                    };
                    *if is_loaded { &mut entries } else { &mut refused } += 1;
                    at = end - after.len();
                }
            })
        })?;
        self.salvaged.snapshot_entries = entries;
        self.salvaged.records_refused = refused;
        Ok(())
    }

    /// Applies what the log has after the snapshot.
    fn replay(
        &mut self,
        directory: &Directory,
        segments: &Segments,
        window: &Window,
    ) -> Result<()> {
        let (mut replayed, mut left_out, mut refused) = (0, 0, 0);
        let mut damage = Vec::new();
        let mut places = Places::new();
        appliers::run(self.salvaged.state.empty(0), 0, |appliers| {
            segments.survey(directory, &mut |piece, gaps| {
                if piece.frame.lsn < self.start || piece.frame.payload.is_empty() {
                    return Ok(());
                }
                if self.leaves_out(gaps) {
                    left_out += 1;
                    return Ok(());
                }
                replayed += 1;
                let whole = each_record(piece, |record, at| {
                    let applied = self.apply(appliers, piece, record, at, &mut places, window);
                    refused += u64::from(!applied);
                });
                damage.extend(whole.err());
                Ok(())
            })?;
            Ok(())
        })?;
        self.salvaged.damage.extend(damage);
        self.salvaged.commits_replayed = replayed;
        self.salvaged.commits_left_out = left_out;
        self.salvaged.records_refused += refused;
        Ok(())
    }

    /// Applies a record, unless the snapshot has it; whether it fitted.
    fn apply(
        &self,
        appliers: &mut Appliers<'_>,
        piece: &Piece<'_>,
        record: &Record<'_>,
        at: usize,
        places: &mut Places,
        window: &Window,
    ) -> bool {
        self.adopt(appliers, record);
        let position = piece.position(at);
        let applied = match record.effect.scope() {
            Scope::Database => {
                let applied = appliers.apply_everywhere(record, piece.path, at as u64);
                places.follow(record.database, &record.effect);
                applied
            }
            Scope::Collection(id) | Scope::Document(id)
                if window.covers(position) && appliers.lacks(id, &record.effect) =>
            {
                Ok(())
            }
            Scope::Collection(_) => appliers.apply_alone(record, piece.path, at as u64),
            Scope::Key if window.has(places.origin(record.database), record.key, position) => {
                Ok(())
            }
            Scope::Key | Scope::Document(_) => {
                appliers.apply(piece.buffer, at, record, piece.path, at as u64)
            }
        };
        applied.is_ok()
    }

    /// Beyond damage, makes the collection that a record adds to, if it is not there: where it
    /// was made may be lost.
    fn adopt(&self, appliers: &Appliers<'_>, record: &Record<'_>) {
        let id = match record.effect {
            Effect::PutDocument { collection, .. }
            | Effect::Collection {
                collection,
                change: CollectionChange::AddIndex(_) | CollectionChange::SetSchema(_),
            } => collection,
            Effect::Collection { .. }
            | Effect::RemoveDocument { .. }
            | Effect::Remove
            | Effect::Deadline(_)
            | Effect::Store { .. }
            | Effect::Clear
            | Effect::Edit { .. }
            | Effect::Swap(_) => return,
        };
        if self.goes_on && is_whole(record) && appliers.lacks(id, &record.effect) {
            self.salvaged.state.adopt(id, self.names.get(&id).map(|name| &**name));
        }
    }
}

/// What collections were called, by number.
type Names = BTreeMap<u32, Box<str>>;

/// Finds the names of collections wherever one is still said, also where replay does not begin.
fn names(directory: &Directory, segments: &Segments) -> Result<Names> {
    let mut names = Names::new();
    let mut note = |record: &Record<'_>| {
        let Effect::Collection { collection, change: CollectionChange::Create(name) } =
            record.effect
        else {
            return;
        };
        names.insert(collection, name.into());
    };
    for generation in directory.generations() {
        each_block(directory, generation, |block| {
            let mut rest = &block.buffer[block.entries.clone()];
            while let Some((record, after)) = Record::decode(rest) {
                note(&record);
                rest = after;
            }
        })?;
    }
    segments.survey(directory, &mut |piece, _| {
        // What is no record is met again when it is to be applied.
        each_record(piece, |record, _| note(record)).ok();
        Ok(())
    })?;
    Ok(names)
}

/// Visits the blocks of a snapshot that are whole.
fn each_block(
    directory: &Directory,
    generation: Generation,
    mut visit: impl FnMut(Block),
) -> Result<()> {
    let mut reader = match Reader::open(directory, generation) {
        Ok(reader) => reader,
        // It is noted when a snapshot is chosen.
        Err(Error::Damaged(_) | Error::Io(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut failures = 0;
    // A block whose length is right shows where the next one is; one more try, no more.
    while failures < 2 {
        match reader.next() {
            Ok(None) => break,
            Ok(Some(block)) => {
                failures = 0;
                visit(block);
            }
            Err(_) => failures += 1,
        }
    }
    Ok(())
}

/// Visits the records of a frame, as far as they are records, each with its place in the buffer.
pub(crate) fn each_record(
    piece: &Piece<'_>,
    mut visit: impl FnMut(&Record<'_>, usize),
) -> Result<()> {
    let mut rest = piece.frame.payload;
    while !rest.is_empty() {
        let at = piece.at + piece.frame.payload.len() - rest.len();
        let damage = || damaged(piece.path, at as u64, "a record of this database");
        let (record, after) = Record::decode(rest).ok_or_else(damage)?;
        visit(&record, at);
        rest = after;
    }
    Ok(())
}
