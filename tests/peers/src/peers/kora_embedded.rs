//! kora-embedded 0.2, the published crate of the same name: each call is sent to the thread of its shard and
//! waits for the answer.
//!
//! Its `Database::get` and `mget` answer `None` for a value that is too long to be stored inline (64 B is), because they
//! know one of the engine's two replies only. So gets go through the engine that they wrap, as do the commands
//! without a method of their own.
//!
//! A call takes so much longer than any of the others' that one turn of one thread tells enough.

use std::time::SystemTime;

use kora_core::command::{Command, CommandResponse};
use kora_embedded::{Config, Database};

use super::{Batch, Counters, Entry, Expiry, Increment, Peer, Session, Structures};
use crate::cells::Result;
use crate::data::Key;

pub(super) const ENTRY: Entry = Entry {
    name: "kora-embedded",
    package: "kora-embedded",
    choices: "Database, default shards, no persistence; a get goes through its engine; loaded by batches",
    threads_max: 1,
    rounds_max: 1,
    store: super::store::<Shards>,
    counters: Some(super::counters::<Shards>),
    batch: Some(super::batch::<Shards>),
    expiry: Some(super::expiry::<Shards>),
    structures: Some(|| Box::new(Shards::new())),
};

struct Shards(Database);

impl Shards {
    fn new() -> Self {
        Self(Database::open(Config::default()))
    }

    /// Runs commands a thousand at a time; one by one, a million of them would take a minute.
    fn run(&self, commands: impl Iterator<Item = Command>) -> Result<()> {
        let mut commands = commands.peekable();
        while commands.peek().is_some() {
            let batch = commands.by_ref().take(1000).collect();
            for reply in self.0.engine().dispatch_batch_blocking(batch) {
                if let CommandResponse::Error(error) = reply {
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }
}

/// A reply that is a value.
struct Reply(CommandResponse);

impl AsRef<[u8]> for Reply {
    fn as_ref(&self) -> &[u8] {
        self.0.bulk_string_bytes().expect("a value")
    }
}

fn get(key: &[u8]) -> Command {
    Command::Get { key: key.into() }
}

/// A SET with or without an expiry.
fn set(key: &[u8], value: &[u8], px: Option<u64>) -> Command {
    Command::Set { key: key.into(), value: value.into(), ex: None, px, nx: false, xx: false }
}

/// Its keys are strings, those of the bench are ASCII.
fn text(key: &[u8]) -> &str {
    std::str::from_utf8(key).expect("an ASCII key")
}

impl Peer for Shards {
    type Session<'a> = &'a Self;

    fn open(_keys: usize) -> Self {
        Self::new()
    }

    fn session(&self) -> &Self {
        self
    }

    fn load(&self, pairs: &mut dyn Iterator<Item = (Key, &[u8])>) {
        self.run(pairs.map(|(key, value)| set(&key, value, None))).expect("sets in memory");
    }
}

impl Session for &Shards {
    type Value = Reply;

    fn get(&mut self, key: &[u8]) -> Option<Reply> {
        let reply = Reply(self.0.engine().dispatch_blocking(get(key)));
        reply.0.bulk_string_bytes().is_some().then_some(reply)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        self.0.set(text(key), value);
    }
}

impl Counters for Shards {
    type Session<'a> = &'a Self;

    fn open() -> Self {
        Self::new()
    }

    fn session(&self) -> &Self {
        self
    }
}

impl Increment for &Shards {
    fn increment(&mut self, key: &[u8]) -> i64 {
        self.0.incr(text(key)).expect("an integer")
    }
}

impl Batch for Shards {
    const PIPELINES: bool = true;

    fn get_many(&self, keys: &[&[u8]], look: &mut dyn FnMut(&[u8])) -> usize {
        let command = Command::MGet { keys: keys.iter().map(|key| key.to_vec()).collect() };
        let CommandResponse::Array(replies) = self.0.engine().dispatch_blocking(command) else {
            return 0;
        };
        replies.iter().filter_map(CommandResponse::bulk_string_bytes).map(look).count()
    }

    fn pipeline(&self, keys: &[&[u8]], look: &mut dyn FnMut(&[u8])) -> usize {
        let commands = keys.iter().map(|key| get(key)).collect();
        let replies = self.0.engine().dispatch_batch_blocking(commands);
        replies.iter().filter_map(CommandResponse::bulk_string_bytes).map(look).count()
    }
}

impl Expiry for Shards {
    fn load_until(&self, pairs: &mut dyn Iterator<Item = (Key, &[u8])>, deadline: SystemTime) {
        let sets = pairs.map(|(key, value)| {
            // No command takes a moment, only a time from now.
            let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
            let left_ms = u64::try_from(left.as_millis()).expect("a deadline near now");
            set(&key, value, Some(left_ms.max(1)))
        });
        self.run(sets).expect("sets in memory");
    }

    fn stored(&self) -> Result<usize> {
        Ok(usize::try_from(self.0.db_size())?)
    }
}

impl Structures for Shards {
    fn hash(&self, key: &[u8], fields: &[(&[u8], &[u8])]) -> Result<()> {
        let fields = fields.iter().map(|(field, value)| (field.to_vec(), value.to_vec())).collect();
        self.run([Command::HSet { key: key.into(), fields }].into_iter())
    }

    fn sorted_set(&self, key: &[u8], members: &[(f64, &[u8])]) -> Result<()> {
        let members = members.iter().map(|(score, member)| (*score, member.to_vec())).collect();
        self.run([Command::ZAdd { key: key.into(), members }].into_iter())
    }
}
