//! The part of the log that was written while a snapshot was taken.

use std::sync::atomic::{AtomicU64, Ordering};

use ahash::AHashMap;

use crate::engine::places::Places;
use crate::error::Result;
use crate::keyspace::effect::{Effect, Record};
use crate::mutation::{self, Mutation};
use crate::storage::failure::damaged;
use crate::storage::format::manifest::Generation;
use crate::storage::log::{Piece, Segments};
use crate::storage::{Directory, Lsn};

/// The keys that changed while the snapshot was taken, by the number that their database had
/// when it began.
#[derive(Debug)]
pub(super) struct Window {
    end: Lsn,
    databases: Vec<Database>,
}

impl Window {
    /// No snapshot, no window.
    pub(super) fn none() -> Window {
        Window { end: Lsn(0), databases: Vec::new() }
    }

    /// A window up to this place, in which nothing has been seen yet.
    pub(super) fn until(end: Lsn) -> Window {
        Window { end, databases: Vec::new() }
    }

    /// Looks through the log from a snapshot's start to its end.
    pub(super) fn look(
        directory: &Directory,
        segments: &Segments,
        generation: Generation,
    ) -> Result<Window> {
        let Generation { start, end, .. } = generation;
        let mut window = Window::until(end);
        let mut places = Places::new();
        segments.read(directory, start, Some(end), end, &mut |piece: Piece<'_>| {
            let mut rest = piece.frame.payload;
            while !rest.is_empty() {
                let at = piece.at + piece.frame.payload.len() - rest.len();
                let damage = || damaged(piece.path, at as u64, "a record of this database");
                let (record, after) = Record::decode(rest).ok_or_else(damage)?;
                window.note(&record, &mut places, piece.position(at));
                rest = after;
            }
            Ok(())
        })?;
        Ok(window)
    }

    /// Notes a change: unless the snapshot has the key, what comes before its last removal is
    /// left out.
    pub(super) fn note(&mut self, record: &Record<'_>, places: &mut Places, position: Lsn) {
        let origin = places.origin(record.database);
        places.follow(record.database, &record.effect);
        let Some(origin) = origin else { return };
        match record.effect {
            Effect::Swap(_) => {}
            Effect::Clear => self.database(origin).is_gone = true,
            Effect::Remove if mutation::is_made(Mutation::RemovalsIgnored) => {}
            Effect::Remove => {
                self.database(origin).key(record.key).store(position.0 + 1, Ordering::Relaxed);
            }
            Effect::Deadline(_) | Effect::Store { .. } | Effect::Edit { .. } => {
                self.database(origin).key(record.key);
            }
            // These say what is, not what changes: doing them again leads to the same.
            Effect::PutDocument { .. }
            | Effect::RemoveDocument { .. }
            | Effect::Collection { .. } => {}
        }
    }

    fn database(&mut self, origin: u8) -> &mut Database {
        let at = usize::from(origin);
        if self.databases.len() <= at {
            self.databases.resize_with(at + 1, Database::default);
        }
        &mut self.databases[at]
    }

    /// Whether a place was written while the snapshot was taken.
    pub(super) fn covers(&self, position: Lsn) -> bool {
        position < self.end
    }

    /// Notes that the snapshot has a key, in a slice taken at `lsn`.
    pub(super) fn loaded(&self, origin: u8, key: &[u8], lsn: Lsn) {
        let database = self.databases.get(usize::from(origin));
        if let Some(seen) = database.and_then(|database| database.keys.get(key)) {
            seen.store(lsn.0, Ordering::Relaxed);
        }
    }

    /// Whether what the record at this place says of a key is in the snapshot, or of no
    /// consequence.
    pub(super) fn has(&self, origin: Option<u8>, key: &[u8], position: Lsn) -> bool {
        if position >= self.end || mutation::is_made(Mutation::WindowIgnored) {
            return false;
        }
        let database = origin.and_then(|origin| self.databases.get(usize::from(origin)));
        database.is_some_and(|database| {
            let seen = database.keys.get(key);
            database.is_gone || seen.is_some_and(|seen| position.0 < seen.load(Ordering::Relaxed))
        })
    }
}

/// What changed in one numbered database.
#[derive(Debug, Default)]
struct Database {
    /// By key, the place up to which the log says nothing that is not in the snapshot.
    keys: AHashMap<Box<[u8]>, AtomicU64>,
    /// Whether it was emptied: then nothing of it matters before that.
    is_gone: bool,
}

impl Database {
    fn key(&mut self, key: &[u8]) -> &mut AtomicU64 {
        self.keys.entry(key.into()).or_default()
    }
}
