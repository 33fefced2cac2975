//! kevy-embedded 3: a Redis-shaped keyspace in process, each shard behind a reader-writer lock.
//!
//! In memory: no data directory, no append-only file. Its pipeline queues writes only, so it has MGET and
//! no pipeline of gets here.

use std::time::{SystemTime, UNIX_EPOCH};

use kevy_embedded::{Config, Store as Kevy};

use super::{Batch, Counters, Entry, Expiry, Increment, Peer, Session, Structures};
use crate::cells::Result;
use crate::data::Key;

/// Its default is one shard; more of them are what its user sets for several threads.
const SHARDS: usize = 64;

pub(super) const ENTRY: Entry = Entry {
    name: "kevy",
    package: "kevy-embedded",
    choices: "Store, 64 shards, no persistence; a get returns Vec<u8>",
    threads_max: usize::MAX,
    rounds_max: u32::MAX,
    store: super::store::<Keyspace>,
    counters: Some(super::counters::<Keyspace>),
    batch: Some(super::batch::<Keyspace>),
    expiry: Some(super::expiry::<Keyspace>),
    structures: Some(|| Box::new(Keyspace::new())),
};

struct Keyspace(Kevy);

impl Keyspace {
    fn new() -> Self {
        let config = Config::default().without_aof().with_shards(SHARDS);
        Self(Kevy::open(config).expect("nothing on disk can fail"))
    }
}

impl Peer for Keyspace {
    type Session<'a> = &'a Self;

    fn open(_keys: usize) -> Self {
        Self::new()
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Session for &Keyspace {
    type Value = Vec<u8>;

    fn get(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).expect("a string")
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        self.0.set(key, value).expect("a set in memory");
    }
}

impl Counters for Keyspace {
    type Session<'a> = &'a Self;

    fn open() -> Self {
        Self::new()
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Increment for &Keyspace {
    fn increment(&mut self, key: &[u8]) -> i64 {
        self.0.incr(key).expect("an integer")
    }
}

impl Batch for Keyspace {
    const PIPELINES: bool = false;

    fn get_many(&self, keys: &[&[u8]], look: &mut dyn FnMut(&[u8])) -> usize {
        let values = self.0.mget(keys).expect("strings");
        values.iter().flatten().map(|value| look(value)).count()
    }
}

impl Expiry for Keyspace {
    fn load_until(&self, pairs: &mut dyn Iterator<Item = (Key, &[u8])>, deadline: SystemTime) {
        let since = deadline.duration_since(UNIX_EPOCH).expect("a deadline after 1970");
        let deadline_ms = u64::try_from(since.as_millis()).expect("a deadline of this age");
        for (key, value) in pairs {
            self.0.set(&key, value).expect("a set in memory");
            self.0.pexpireat(&key, deadline_ms).expect("an expiry in memory");
        }
    }

    fn stored(&self) -> Result<usize> {
        Ok(self.0.dbsize())
    }
}

impl Structures for Keyspace {
    fn hash(&self, key: &[u8], fields: &[(&[u8], &[u8])]) -> Result<()> {
        self.0.hset(key, fields)?;
        Ok(())
    }

    fn sorted_set(&self, key: &[u8], members: &[(f64, &[u8])]) -> Result<()> {
        self.0.zadd(key, members)?;
        Ok(())
    }
}
