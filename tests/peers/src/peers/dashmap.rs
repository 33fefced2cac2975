//! DashMap as its user writes it: a hash map cut into shards, each behind its own reader-writer lock, opened by
//! `DashMap::new()` with its default hash function and shards. A get copies the value, a set inserts a new one.

use std::sync::atomic::{AtomicI64, Ordering};

use dashmap::DashMap;

use super::{Counters, Entry, Increment, Peer, Session};

pub(super) const ENTRY: Entry = Entry {
    name: "dashmap",
    package: "dashmap",
    choices: "DashMap::new(): Box<[u8]> -> Box<[u8]>, default hasher and shards; a get clones the value, \
              set by insert; counters AtomicI64 under a read guard",
    threads_max: usize::MAX,
    rounds_max: u32::MAX,
    store: super::store::<Map>,
    counters: Some(super::counters::<Sums>),
    batch: None,
    expiry: None,
    structures: None,
};

struct Map(DashMap<Box<[u8]>, Box<[u8]>>);

impl Peer for Map {
    type Session<'a> = &'a Self;

    fn open(_keys: usize) -> Self {
        Self(DashMap::new())
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Session for &Map {
    type Value = Box<[u8]>;
    const READS_IN_PLACE: bool = true;

    fn get(&mut self, key: &[u8]) -> Option<Box<[u8]>> {
        self.0.get(key).map(|value| value.clone())
    }

    fn read(&mut self, key: &[u8], look: impl FnOnce(&[u8]) -> u64) -> Option<u64> {
        self.0.get(key).map(|value| look(&value))
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        self.0.insert(key.into(), value.into());
    }
}

struct Sums(DashMap<Box<[u8]>, AtomicI64>);

impl Counters for Sums {
    type Session<'a> = &'a Self;

    fn open() -> Self {
        Self(DashMap::new())
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Increment for &Sums {
    fn increment(&mut self, key: &[u8]) -> i64 {
        let add = |sum: &AtomicI64| sum.fetch_add(1, Ordering::Relaxed) + 1;
        match self.0.get(key) {
            Some(sum) => add(&sum),
            None => add(&self.0.entry(key.into()).or_default()),
        }
    }
}
