//! Kora itself, in memory, as its user opens it.

use std::time::{SystemTime, UNIX_EPOCH};

use kora::{Bytes, Command, CommandResponse, Database, Pipeline, SetOptions, cmd};

use super::{Batch, Counters, Entry, Expiry, Increment, Peer, Session, Structures};
use crate::cells::Result;
use crate::data::Key;

pub(super) const ENTRY: Entry = Entry {
    name: "kora",
    package: "kora",
    choices: "Database::in_memory(); a get returns Bytes",
    threads_max: usize::MAX,
    rounds_max: u32::MAX,
    store: super::store::<Engine>,
    counters: Some(super::counters::<Engine>),
    batch: Some(super::batch::<Engine>),
    expiry: Some(super::expiry::<Engine>),
    structures: Some(|| Box::new(Engine::new())),
};

struct Engine(Database);

impl Engine {
    fn new() -> Self {
        Self(Database::in_memory())
    }
}

impl Peer for Engine {
    type Session<'a> = &'a Self;

    fn open(_keys: usize) -> Self {
        Self::new()
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Session for &Engine {
    type Value = Bytes;
    const READS_IN_PLACE: bool = true;

    fn get(&mut self, key: &[u8]) -> Option<Bytes> {
        self.0.get(key).expect("a string")
    }

    fn read(&mut self, key: &[u8], look: impl FnOnce(&[u8]) -> u64) -> Option<u64> {
        self.0.get_with(key, |value: Option<&[u8]>| value.map(look)).expect("a string")
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        self.0.set(key, value).expect("a set in memory");
    }
}

impl Counters for Engine {
    type Session<'a> = &'a Self;

    fn open() -> Self {
        Self::new()
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Increment for &Engine {
    fn increment(&mut self, key: &[u8]) -> i64 {
        self.0.incr(key).expect("an integer")
    }
}

impl Batch for Engine {
    const PIPELINES: bool = true;

    fn get_many(&self, keys: &[&[u8]], look: &mut dyn FnMut(&[u8])) -> usize {
        let values = self.0.mget(keys).expect("strings");
        values.iter().flatten().map(|value| look(value)).count()
    }

    fn pipeline(&self, keys: &[&[u8]], look: &mut dyn FnMut(&[u8])) -> usize {
        let gets = keys.iter().map(|key| cmd!("GET", *key));
        let replies = gets.fold(self.0.pipeline(), Pipeline::push).run();
        let values = replies.iter().filter_map(|reply| match reply {
            Ok(CommandResponse::Bulk(value)) => Some(value),
            Ok(_) | Err(_) => None,
        });
        values.map(|value| look(value)).count()
    }
}

impl Expiry for Engine {
    fn load_until(&self, pairs: &mut dyn Iterator<Item = (Key, &[u8])>, deadline: SystemTime) {
        let since = deadline.duration_since(UNIX_EPOCH).expect("a deadline after 1970");
        let unix_ms = i64::try_from(since.as_millis()).expect("a deadline of this age");
        let options = SetOptions::new().expires_at(unix_ms);
        for (key, value) in pairs {
            self.0.set_with(key, value, options).expect("a set in memory");
        }
    }

    fn stored(&self) -> Result<usize> {
        let reply = self.0.execute(cmd!("DBSIZE"))?;
        let CommandResponse::Integer(keys) = reply else {
            return Err(format!("DBSIZE answered {reply}").into());
        };
        Ok(usize::try_from(keys)?)
    }
}

impl Structures for Engine {
    fn hash(&self, key: &[u8], fields: &[(&[u8], &[u8])]) -> Result<()> {
        let hset = Command::new("HSET").arg(key);
        let hset = fields.iter().fold(hset, |hset, (field, value)| hset.arg(field).arg(value));
        self.0.execute(hset)?;
        Ok(())
    }

    fn sorted_set(&self, key: &[u8], members: &[(f64, &[u8])]) -> Result<()> {
        let zadd = Command::new("ZADD").arg(key);
        let zadd = members.iter().fold(zadd, |zadd, (score, member)| zadd.arg(score).arg(member));
        self.0.execute(zadd)?;
        Ok(())
    }
}
