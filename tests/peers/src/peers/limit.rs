//! The limit: a bare hash map of one thread. Nothing that threads can share does the same work faster.
//!
//! The mutex around it is taken once a slot and not once a call.

use hashbrown::HashMap;
use parking_lot::{Mutex, MutexGuard};

use super::{Counters, Entry, Increment, Peer, Session, Shared, replace};

pub(super) const ENTRY: Entry = Entry {
    name: "limit",
    package: "hashbrown",
    choices: "hashbrown::HashMap of one thread behind nothing, Box<[u8]> -> Arc<[u8]>, ahash; \
              set in place by get_mut, insert if absent",
    threads_max: 1,
    rounds_max: u32::MAX,
    store: super::store::<Alone<Shared>>,
    counters: Some(super::counters::<Alone<i64>>),
    batch: None,
    expiry: None,
    structures: None,
};

type Map<V> = HashMap<Box<[u8]>, V, ahash::RandomState>;

struct Alone<V>(Mutex<Map<V>>);

impl Peer for Alone<Shared> {
    type Session<'a> = MutexGuard<'a, Map<Shared>>;

    fn open(_keys: usize) -> Self {
        Self(Mutex::default())
    }

    fn session(&self) -> Self::Session<'_> {
        self.0.lock()
    }
}

impl Session for MutexGuard<'_, Map<Shared>> {
    type Value = Shared;
    const READS_IN_PLACE: bool = true;

    fn get(&mut self, key: &[u8]) -> Option<Shared> {
        HashMap::get(self, key).cloned()
    }

    fn read(&mut self, key: &[u8], look: impl FnOnce(&[u8]) -> u64) -> Option<u64> {
        HashMap::get(self, key).map(|value| look(value))
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        match self.get_mut(key) {
            Some(kept) => replace(kept, value),
            None => {
                self.insert(key.into(), value.into());
            }
        }
    }
}

impl Counters for Alone<i64> {
    type Session<'a> = MutexGuard<'a, Map<i64>>;

    fn open() -> Self {
        Self(Mutex::default())
    }

    fn session(&self) -> Self::Session<'_> {
        self.0.lock()
    }
}

impl Increment for MutexGuard<'_, Map<i64>> {
    fn increment(&mut self, key: &[u8]) -> i64 {
        if let Some(sum) = self.get_mut(key) {
            *sum += 1;
            return *sum;
        }
        self.insert(key.into(), 1);
        1
    }
}
