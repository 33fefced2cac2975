//! scc::HashMap: locks of one bucket each, incremental resizing.

use std::sync::atomic::{AtomicI64, Ordering};

use super::{Counters, Entry, Increment, Peer, Session, Shared, replace};

pub(super) const ENTRY: Entry = Entry {
    name: "scc",
    package: "scc",
    choices: "HashMap, Box<[u8]> -> Arc<[u8]>, ahash; set in place by update_sync, upsert_sync if absent; \
              counters AtomicI64 under read_sync",
    threads_max: usize::MAX,
    rounds_max: u32::MAX,
    store: super::store::<Map>,
    counters: Some(super::counters::<Sums>),
    batch: None,
    expiry: None,
    structures: None,
};

struct Map(scc::HashMap<Box<[u8]>, Shared, ahash::RandomState>);

impl Peer for Map {
    type Session<'a> = &'a Self;

    fn open(_keys: usize) -> Self {
        Self(scc::HashMap::default())
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Session for &Map {
    type Value = Shared;
    const READS_IN_PLACE: bool = true;

    fn get(&mut self, key: &[u8]) -> Option<Shared> {
        self.0.read_sync(key, |_, value| value.clone())
    }

    fn read(&mut self, key: &[u8], look: impl FnOnce(&[u8]) -> u64) -> Option<u64> {
        self.0.read_sync(key, |_, value| look(value))
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        let replaced = self.0.update_sync(key, |_, kept| replace(kept, value));
        if replaced.is_none() {
            self.0.upsert_sync(key.into(), value.into());
        }
    }
}

struct Sums(scc::HashMap<Box<[u8]>, AtomicI64, ahash::RandomState>);

impl Counters for Sums {
    type Session<'a> = &'a Self;

    fn open() -> Self {
        Self(scc::HashMap::default())
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Increment for &Sums {
    fn increment(&mut self, key: &[u8]) -> i64 {
        let add = |sum: &AtomicI64| sum.fetch_add(1, Ordering::Relaxed) + 1;
        match self.0.read_sync(key, |_, sum| add(sum)) {
            Some(sum) => sum,
            None => add(self.0.entry_sync(key.into()).or_default().get()),
        }
    }
}
