//! moka: a cache with TinyLFU admission over a lock-free map, here with room for twice the keys.

use moka::sync::Cache;

use super::{Entry, Peer, Session, Shared};

pub(super) const ENTRY: Entry = Entry {
    name: "moka",
    package: "moka",
    choices: "sync::Cache, Box<[u8]> -> Arc<[u8]>, ahash, room for twice the keys",
    threads_max: usize::MAX,
    rounds_max: u32::MAX,
    store: super::store::<Map>,
    counters: None,
    batch: None,
    expiry: None,
    structures: None,
};

struct Map(Cache<Box<[u8]>, Shared, ahash::RandomState>);

impl Peer for Map {
    type Session<'a> = &'a Self;

    fn open(keys: usize) -> Self {
        let room = 2 * keys.max(1000) as u64;
        Self(Cache::builder().max_capacity(room).build_with_hasher(ahash::RandomState::new()))
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Session for &Map {
    type Value = Shared;

    fn get(&mut self, key: &[u8]) -> Option<Shared> {
        self.0.get(key)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        self.0.insert(key.into(), value.into());
    }
}
