//! quick_cache: a sharded cache with CLOCK-Pro-like eviction, here with room for twice the keys.

use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use super::{Entry, Peer, Session, Shared};

pub(super) const ENTRY: Entry = Entry {
    name: "quick_cache",
    package: "quick_cache",
    choices: "sync::Cache, Box<[u8]> -> Arc<[u8]>, ahash, room for twice the keys",
    threads_max: usize::MAX,
    rounds_max: u32::MAX,
    store: super::store::<Map>,
    counters: None,
    batch: None,
    expiry: None,
    structures: None,
};

struct Map(Cache<Box<[u8]>, Shared, UnitWeighter, ahash::RandomState>);

impl Peer for Map {
    type Session<'a> = &'a Self;

    fn open(keys: usize) -> Self {
        let room = 2 * keys.max(1000);
        let hasher = ahash::RandomState::new();
        Self(Cache::with(room, room as u64, UnitWeighter, hasher, DefaultLifecycle::default()))
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
