//! What a directory holds, in memory: to look at, not to serve.
//!
//! It has neither threads nor a log, and nothing expires in it. What is read is what opening the
//! directory would read; what is written goes to another directory, as its first snapshot.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::{Config, Eviction, Progress};
use crate::engine::Leased;
use crate::engine::collections::Collections;
use crate::engine::recovery::{Empty, OpenReport, fill};
use crate::error::Result;
use crate::keyspace::memory::Memory;
use crate::keyspace::{EntryRef, Job, STRIPES, Shared, Stripe, read};
use crate::storage::format::manifest::Generation;
use crate::storage::log::Segments;
use crate::storage::snapshot::{Finished, Writer};
use crate::storage::{Directory, Lsn};

/// Entries in a slice of a snapshot, as many as others have.
const SLICE: usize = 32;
/// Numbered databases there can be.
const DATABASES: usize = 256;

/// The entries of all databases.
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
            shared: Shared {
                clock: Clock::system(),
                memory: Memory::new(None, Eviction::None),
                records: false,
            },
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
            partition_count: 1,
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

    /// Writes everything to a new directory.
    pub(crate) fn save(&self, directory: Arc<Directory>) -> Result<Finished> {
        let taken_at = self.shared.clock.now_ms();
        let mut writer = Writer::create(directory, Lsn::FIRST, taken_at)?;
        let (mut slice, mut count) = (Vec::new(), 0);
        self.sorted(|number, entry| {
            read::write_record(entry, number, &mut slice);
            count += 1;
            if count == SLICE {
                writer.add(&slice, u32::try_from(count).expect("a slice is short"), Lsn::FIRST)?;
                (slice, count) = (Vec::new(), 0);
            }
            Ok(())
        })?;
        if count > 0 {
            writer.add(&slice, u32::try_from(count).expect("a slice is short"), Lsn::FIRST)?;
        }
        writer.finish(Lsn::FIRST)
    }
}

fn each<'a>(stripe: &'a Stripe, number: u8, job: &'a Job<'a>, visit: impl FnMut(EntryRef<'a>)) {
    if let Some(reader) = stripe.reader(number, job) {
        let rest = reader.entries(0, usize::MAX, visit);
        debug_assert!(rest.is_none(), "all were asked for");
    }
}
