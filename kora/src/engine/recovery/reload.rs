//! Reading back what a database holds, while it serves: what a restart would find takes the place of
//! what is in memory. For tests of servers (DEBUG RELOAD).
//!
//! A snapshot is taken first. Then nobody gets a lease of a stripe until the directory was read, the
//! snapshot and the log after it, and every stripe has been exchanged. Documents are read with the
//! keys and stay as they are.
//!
//! Invariant: when it fails, nothing has changed.

use crate::config::{Eviction, Progress};
use crate::engine::collections::Collections;
use crate::engine::recovery::{Empty, OpenReport, fill};
use crate::engine::{Engine, Leased};
use crate::error::Result;
use crate::keyspace::memory::Memory;
use crate::keyspace::{STRIPES, Shared, Stripe};
use crate::storage::log::Segments;

impl Engine {
    /// Saves everything, and exchanges all keys for those that the directory holds.
    ///
    /// # Errors
    /// There is no directory; it cannot be written to or read.
    pub(crate) fn reload(&self) -> Result<OpenReport> {
        self.snapshot()?;
        let mut held: Vec<_> = self.stripes.iter().map(|stripe| stripe.0.lock()).collect();
        // What could not be written yet would not be found.
        self.admit_writes()?;
        let directory = self.snapshots.directory()?;
        let stripes: Box<[Leased]> = (0..STRIPES).map(|_| Leased::default()).collect();
        let memory = Memory::new(None, Eviction::None);
        let empty = Empty {
            stripes: &stripes,
            shared: &Shared::new(self.shared.clock.clone(), memory, false),
            collections: &Collections::default(),
            partition_count: self.shards.len(),
            database_count: self.database_count,
            threads: self.shards.len(),
            progress: &Progress::default(),
        };
        let segments = Segments::find(directory)?;
        let generation = directory.generations().first().copied();
        let (_, report) = fill(empty, directory, &segments, generation)?;
        let read = stripes.into_vec().into_iter().map(|stripe| stripe.0.into_inner());
        let old: Vec<Stripe> =
            held.iter_mut().zip(read).map(|(stripe, read)| stripe.exchange(read)).collect();
        drop(held);
        drop(old);
        (0..self.shards.len()).for_each(|shard| self.watch_deadlines_of(shard));
        Ok(report)
    }
}
