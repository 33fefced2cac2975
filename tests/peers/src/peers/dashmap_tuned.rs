//! DashMap with everything its user can choose chosen for speed: hash function, shards, shared values, sets in place.
//! Beside `dashmap` it shows how much of a ratio is due to the defaults.

use std::sync::atomic::{AtomicI64, Ordering};

use super::{Counters, Entry, Increment, Peer, Session, Shared, replace};

pub(super) const ENTRY: Entry = Entry {
    name: "dashmap-tuned",
    package: "dashmap",
    choices: "Box<[u8]> -> Arc<[u8]>, ahash, 64 shards; set in place by get_mut, insert if absent; \
              counters AtomicI64 under a read guard",
    threads_max: usize::MAX,
    rounds_max: u32::MAX,
    store: super::store::<Map>,
    counters: Some(super::counters::<Sums>),
    batch: None,
    expiry: None,
    structures: None,
};

type DashMap<V> = dashmap::DashMap<Box<[u8]>, V, ahash::RandomState>;

/// On two processors the default is eight shards; more of them were no slower on one thread and no worse on eight.
fn open<V>() -> DashMap<V> {
    DashMap::with_capacity_and_hasher_and_shard_amount(0, ahash::RandomState::new(), 64)
}

struct Map(DashMap<Shared>);

impl Peer for Map {
    type Session<'a> = &'a Self;

    fn open(_keys: usize) -> Self {
        Self(open())
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Session for &Map {
    type Value = Shared;
    const READS_IN_PLACE: bool = true;

    fn get(&mut self, key: &[u8]) -> Option<Shared> {
        self.0.get(key).map(|value| value.clone())
    }

    fn read(&mut self, key: &[u8], look: impl FnOnce(&[u8]) -> u64) -> Option<u64> {
        self.0.get(key).map(|value| look(&value))
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        match self.0.get_mut(key) {
            Some(mut kept) => replace(&mut kept, value),
            None => {
                self.0.insert(key.into(), value.into());
            }
        }
    }
}

struct Sums(DashMap<AtomicI64>);

impl Counters for Sums {
    type Session<'a> = &'a Self;

    fn open() -> Self {
        Self(open())
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Increment for &Sums {
    fn increment(&mut self, key: &[u8]) -> i64 {
        let sum = match self.0.get(key) {
            Some(sum) => return sum.fetch_add(1, Ordering::Relaxed) + 1,
            None => self.0.entry(key.into()).or_default(),
        };
        sum.fetch_add(1, Ordering::Relaxed) + 1
    }
}
