//! papaya: a map without locks; readers pin an epoch and writers replace whole entries.

use std::sync::atomic::{AtomicI64, Ordering};

use super::{Counters, Entry, Increment, Peer, Session, Shared};

pub(super) const ENTRY: Entry = Entry {
    name: "papaya",
    package: "papaya",
    choices: "Box<[u8]> -> Arc<[u8]>, ahash, one pin a call; set by insert; \
              counters AtomicI64 under a pin",
    threads_max: usize::MAX,
    rounds_max: u32::MAX,
    store: super::store::<Map>,
    counters: Some(super::counters::<Sums>),
    batch: None,
    expiry: None,
    structures: None,
};

struct Map(papaya::HashMap<Box<[u8]>, Shared, ahash::RandomState>);

impl Peer for Map {
    type Session<'a> = &'a Self;

    fn open(_keys: usize) -> Self {
        Self(papaya::HashMap::default())
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Session for &Map {
    type Value = Shared;
    const READS_IN_PLACE: bool = true;

    fn get(&mut self, key: &[u8]) -> Option<Shared> {
        self.0.pin().get(key).cloned()
    }

    fn read(&mut self, key: &[u8], look: impl FnOnce(&[u8]) -> u64) -> Option<u64> {
        self.0.pin().get(key).map(|value| look(value))
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        self.0.pin().insert(key.into(), value.into());
    }
}

struct Sums(papaya::HashMap<Box<[u8]>, AtomicI64, ahash::RandomState>);

impl Counters for Sums {
    type Session<'a> = &'a Self;

    fn open() -> Self {
        Self(papaya::HashMap::default())
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Increment for &Sums {
    fn increment(&mut self, key: &[u8]) -> i64 {
        let map = self.0.pin();
        let sum = match map.get(key) {
            Some(sum) => sum,
            None => map.get_or_insert_with(key.into(), AtomicI64::default),
        };
        sum.fetch_add(1, Ordering::Relaxed) + 1
    }
}
