//! Mutex shards: what one writes by hand, 64 hash tables each behind a parking_lot mutex.
//!
//! The key is hashed once: its high bits choose the shard, the table gets the whole hash.

use crossbeam_utils::CachePadded;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Place;
use parking_lot::{Mutex, MutexGuard};

use super::{Counters, Entry, Increment, Peer, Session, Shared, replace};

const SHARD_BITS: u32 = 6;

pub(super) const ENTRY: Entry = Entry {
    name: "mutex-shards",
    package: "parking_lot",
    choices: "64 padded parking_lot::Mutex of hashbrown::HashTable, Box<[u8]> -> Arc<[u8]>, ahash once a call; \
              set and counters in place",
    threads_max: usize::MAX,
    rounds_max: u32::MAX,
    store: super::store::<Shards<Shared>>,
    counters: Some(super::counters::<Shards<i64>>),
    batch: None,
    expiry: None,
    structures: None,
};

type Table<V> = HashTable<(Box<[u8]>, V)>;

struct Shards<V> {
    tables: Box<[CachePadded<Mutex<Table<V>>>]>,
    hasher: ahash::RandomState,
}

impl<V> Shards<V> {
    fn new() -> Self {
        let tables = (0..1 << SHARD_BITS).map(|_| CachePadded::default()).collect();
        Self { tables, hasher: ahash::RandomState::new() }
    }

    fn lock(&self, key: &[u8]) -> (u64, MutexGuard<'_, Table<V>>) {
        let hash = self.hasher.hash_one(key);
        // The table takes its control byte from the top seven bits and its place from the bottom.
        let shard = hash >> 32 & ((1 << SHARD_BITS) - 1);
        (hash, self.tables[usize::try_from(shard).expect("six bits")].lock())
    }

    fn find<R>(&self, key: &[u8], look: impl FnOnce(&V) -> R) -> Option<R> {
        let (hash, table) = self.lock(key);
        table.find(hash, |(stored, _)| **stored == *key).map(|(_, value)| look(value))
    }

    fn place<R>(&self, key: &[u8], change: impl FnOnce(Option<&mut V>) -> (Option<V>, R)) -> R {
        let (hash, mut table) = self.lock(key);
        let rehash = |(stored, _): &(Box<[u8]>, V)| self.hasher.hash_one(&**stored);
        match table.entry(hash, |(stored, _)| **stored == *key, rehash) {
            Place::Occupied(mut place) => change(Some(&mut place.get_mut().1)).1,
            Place::Vacant(place) => {
                let (value, result) = change(None);
                if let Some(value) = value {
                    place.insert((key.into(), value));
                }
                result
            }
        }
    }
}

impl Peer for Shards<Shared> {
    type Session<'a> = &'a Self;

    fn open(_keys: usize) -> Self {
        Self::new()
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Session for &Shards<Shared> {
    type Value = Shared;
    const READS_IN_PLACE: bool = true;

    fn get(&mut self, key: &[u8]) -> Option<Shared> {
        self.find(key, Shared::clone)
    }

    fn read(&mut self, key: &[u8], look: impl FnOnce(&[u8]) -> u64) -> Option<u64> {
        self.find(key, |value| look(value))
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        self.place(key, |slot| match slot {
            Some(kept) => {
                replace(kept, value);
                (None, ())
            }
            None => (Some(value.into()), ()),
        });
    }
}

impl Counters for Shards<i64> {
    type Session<'a> = &'a Self;

    fn open() -> Self {
        Self::new()
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Increment for &Shards<i64> {
    fn increment(&mut self, key: &[u8]) -> i64 {
        self.place(key, |slot| match slot {
            Some(sum) => {
                *sum += 1;
                (None, *sum)
            }
            None => (Some(1), 1),
        })
    }
}
