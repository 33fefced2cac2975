//! What a directory holds, in memory: to look at, not to serve.
//!
//! It has neither threads nor a log, and nothing expires in it. What is read is what opening the
//! directory would read; what is written goes to another directory, as its first snapshot.

use std::iter;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::{Config, Eviction, Progress};
use crate::engine::Leased;
use crate::engine::collections::{Collections, Listed};
use crate::engine::recovery::{Empty, OpenReport, fill};
use crate::error::{Error, Result};
use crate::keyspace::effect::CollectionChange;
use crate::keyspace::memory::Memory;
use crate::keyspace::{EntryRef, Job, STRIPES, Shared, Stripe, read};
use crate::storage::format::manifest::Generation;
use crate::storage::log::Segments;
use crate::storage::snapshot::{Finished, Writer};
use crate::storage::{Directory, Lsn};

/// Entries in a slice of a snapshot, as many as others have.
const SLICE: u32 = 32;
/// Numbered databases there can be.
const DATABASES: usize = 256;
/// Partitions of a collection: nobody waits for another here.
const PARTITIONS: usize = 1;

/// How much there is, with what has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) entries: u64,
    pub(crate) collections: u64,
    pub(crate) documents: u64,
}

/// The entries of all databases, and the collections without their indexes' contents.
#[derive(Debug)]
pub(crate) struct State {
    stripes: Box<[Leased]>,
    collections: Collections,
    shared: Shared,
    progress: Progress,
}

impl State {
    /// Nothing.
    pub(super) fn new() -> State {
        State {
            stripes: (0..STRIPES).map(|_| Leased::default()).collect(),
            collections: Collections::default(),
            shared: Shared::new(Clock::system(), Memory::new(None, Eviction::None), false),
            progress: Progress::default(),
        }
    }

    /// What opening the directory would find, if this were its newest snapshot. Nothing on disk
    /// changes.
    pub(crate) fn read(
        directory: &Directory,
        generation: Option<Generation>,
    ) -> Result<(State, OpenReport)> {
        let state = State::new();
        let segments = Segments::find(directory)?;
        let threads = Config::default().shard_count;
        let (_, report) = fill(state.empty(threads), directory, &segments, generation)?;
        Ok((state, report))
    }

    pub(super) fn empty(&self, threads: usize) -> Empty<'_> {
        Empty {
            stripes: &self.stripes,
            shared: &self.shared,
            collections: &self.collections,
            partition_count: PARTITIONS,
            database_count: DATABASES,
            threads,
            progress: &self.progress,
        }
    }

    /// Visits every entry, by database and then by key; also those that have expired.
    pub(crate) fn sorted(
        &self,
        mut visit: impl FnMut(u8, EntryRef<'_>) -> Result<()>,
    ) -> Result<()> {
        let stripes: Vec<_> = self.stripes.iter().map(|stripe| stripe.0.lock()).collect();
        let job = Job::new(&self.shared);
        for number in 0..=u8::MAX {
            let mut entries = Vec::new();
            for stripe in &stripes {
                each(stripe, number, &job, |entry| entries.push(entry));
            }
            entries.sort_unstable_by_key(|entry| entry.key());
            entries.into_iter().try_for_each(|entry| visit(number, entry))?;
        }
        Ok(())
    }

    /// Counts everything.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts { entries: 0, collections: 0, documents: 0 };
        let entries = self.sorted(|_, _| {
            counts.entries += 1;
            Ok(())
        });
        let collections = self.collections(|collection| {
            counts.collections += 1;
            counts.documents += collection.documents.len() as u64;
            Ok(())
        });
        entries.and(collections).expect("counting does not fail");
        counts
    }

    /// Visits every collection, by name.
    pub(crate) fn collections(&self, visit: impl FnMut(&Listed<'_>) -> Result<()>) -> Result<()> {
        self.collections.each(visit)
    }

    /// Makes a collection whose beginning was lost: under its name where that is known and free,
    /// else under one that says its number.
    pub(super) fn adopt(&self, id: u32, name: Option<&str>) {
        let made_up = iter::successors(Some(format!("lost-{id}")), |name| Some(name.clone() + "-"));
        let mut names = name.map(str::to_owned).into_iter().chain(made_up);
        let free = names.find(|name| !self.collections.has_name(name));
        let name = free.expect("there is no end of names");
        let made = self.collections.redo(id, CollectionChange::Create(&name), PARTITIONS);
        made.expect("a new collection fits");
    }

    /// The documents that have a value which a unique index gives to another.
    pub(super) fn violations(&self) -> Vec<Error> {
        let mut violations = Vec::new();
        let visited = self.collections.each(|collection| {
            violations.extend(collection.violations());
            Ok(())
        });
        visited.expect("the visitor does not fail");
        violations
    }

    /// Writes everything to a new directory.
    pub(crate) fn save(&self, directory: Arc<Directory>) -> Result<Finished> {
        let taken_at = self.shared.clock.now_ms();
        let writer = Writer::create(directory, Lsn::FIRST, taken_at)?;
        let mut slices = Slices { writer, slice: Vec::new(), count: 0 };
        self.sorted(|number, entry| {
            slices.add(|slice| {
                read::write_record(entry, number, slice);
                1
            })
        })?;
        self.collections(|collection| {
            slices.add(|slice| collection.write_definition(slice))?;
            let mut documents = collection.documents.iter();
            documents.try_for_each(|document| {
                slices.add(|slice| {
                    collection.write_document(document, slice);
                    1
                })
            })
        })?;
        slices.finish()
    }
}

/// A snapshot that nobody changes meanwhile.
struct Slices {
    writer: Writer,
    slice: Vec<u8>,
    count: u32,
}

impl Slices {
    /// Adds what `write` appends, and so many entries as it says.
    fn add(&mut self, write: impl FnOnce(&mut Vec<u8>) -> u32) -> Result<()> {
        self.count += write(&mut self.slice);
        if self.count >= SLICE { self.cut() } else { Ok(()) }
    }

    /// Ends the slice.
    fn cut(&mut self) -> Result<()> {
        if self.count > 0 {
            self.writer.add(&self.slice, self.count, Lsn::FIRST)?;
        }
        (self.slice, self.count) = (Vec::new(), 0);
        Ok(())
    }

    fn finish(mut self) -> Result<Finished> {
        self.cut()?;
        self.writer.finish(Lsn::FIRST)
    }
}

fn each<'a>(stripe: &'a Stripe, number: u8, job: &'a Job<'a>, visit: impl FnMut(EntryRef<'a>)) {
    if let Some(reader) = stripe.reader(number, job) {
        let rest = reader.entries(0, usize::MAX, visit);
        debug_assert!(rest.is_none(), "all were asked for");
    }
}
