//! The peers, each in a file of its own: what it is to one thread, and the choices its user would make.
//!
//! A peer is generic in the cells and erased at their door, so that the step of a measured loop is inlined for
//! each of them. No adapter does work that its user would not do: it copies what the peer wants owned
//! and returns what the peer returns.

mod dashmap;
mod dashmap_tuned;
mod kevy;
#[cfg(feature = "kora")]
mod kora;
mod kora_embedded;
mod limit;
mod moka;
mod mutex_shards;
mod papaya;
mod quick_cache;
mod scc;

use std::sync::Arc;
use std::time::SystemTime;

use crate::cells::Result;
use crate::cells::batch::Batching;
use crate::cells::counter::Counting;
use crate::cells::expiry::Expiring;
use crate::cells::store::Store;
use crate::data::Key;

/// The value a map keeps, since its user chooses: shared bytes, so that a get counts a reference and copies nothing.
/// `Vec<u8>` and `bytes::Bytes` were measured as well and are slower to get; README.md says why.
type Shared = Arc<[u8]>;

/// Puts `value` in the place of an older one: over its bytes if it is as long and no reader holds it, which spares
/// the allocator the work.
fn replace(kept: &mut Shared, value: &[u8]) {
    match Arc::get_mut(kept) {
        Some(bytes) if bytes.len() == value.len() => bytes.copy_from_slice(value),
        _ => *kept = Shared::from(value),
    }
}

/// All peers, in the order in which they take their turns. Those that targets name come first,
/// so that they share a group when memory does not suffice for all.
pub(crate) const ROSTER: &[Entry] = &[
    #[cfg(feature = "kora")]
    kora::ENTRY,
    dashmap::ENTRY,
    dashmap_tuned::ENTRY,
    kevy::ENTRY,
    scc::ENTRY,
    mutex_shards::ENTRY,
    papaya::ENTRY,
    quick_cache::ENTRY,
    moka::ENTRY,
    limit::ENTRY,
    kora_embedded::ENTRY,
];

/// A peer and what it can do.
pub(crate) struct Entry {
    /// Its name in tables and on the command line.
    pub name: &'static str,
    /// The package whose version stands for it.
    pub package: &'static str,
    /// What its user chose: types of key and value, hash function, shards.
    pub choices: &'static str,
    /// The most threads it serves, or with which it is measured.
    pub threads_max: usize,
    /// The most rounds in which it takes a turn.
    pub rounds_max: u32,
    /// An empty store that will hold about so many keys.
    pub store: fn(usize) -> Box<dyn Store>,
    /// Counters, if it has an atomic increment.
    pub counters: Option<fn() -> Box<dyn Counting>>,
    /// A store that answers many gets in one call.
    pub batch: Option<fn() -> Box<dyn Batching>>,
    /// A store whose keys expire.
    pub expiry: Option<fn() -> Box<dyn Expiring>>,
    /// Hashes and sorted sets.
    pub structures: Option<fn() -> Box<dyn Structures>>,
}

/// The entry called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    ROSTER.iter().find(|entry| entry.name == name)
}

/// A map of byte strings that threads share.
pub(crate) trait Peer: Send + Sync + 'static {
    /// What one thread holds while it works; usually a reference.
    type Session<'a>: Session
    where
        Self: 'a;

    /// An empty one that will hold about `keys` keys.
    fn open(keys: usize) -> Self;

    /// The door for the current thread.
    fn session(&self) -> Self::Session<'_>;

    /// Puts keys in before the clock starts.
    fn load(&self, pairs: &mut dyn Iterator<Item = (Key, &[u8])>) {
        let mut session = self.session();
        for (key, value) in pairs {
            session.set(&key, value);
        }
    }
}

/// A peer as one thread uses it.
pub(crate) trait Session {
    /// What a get returns: owned bytes, a copy or one more reference.
    type Value: AsRef<[u8]>;

    /// Whether `read` reads in place; if not, it is an owned get, and tables say so.
    const READS_IN_PLACE: bool = false;

    /// The value of a key.
    fn get(&mut self, key: &[u8]) -> Option<Self::Value>;

    /// Shows the value of a key to `look`.
    fn read(&mut self, key: &[u8], look: impl FnOnce(&[u8]) -> u64) -> Option<u64> {
        self.get(key).map(|value| look(value.as_ref()))
    }

    /// Puts a value under a key, over an older one.
    fn set(&mut self, key: &[u8], value: &[u8]);
}

/// Counters that threads share.
pub(crate) trait Counters: Send + Sync + 'static {
    /// What one thread holds while it counts.
    type Session<'a>: Increment
    where
        Self: 'a;

    /// No counters.
    fn open() -> Self;

    /// The door for the current thread.
    fn session(&self) -> Self::Session<'_>;
}

/// Counters as one thread uses them.
pub(crate) trait Increment {
    /// Adds one to the counter of a key, which begins at 0, and returns the sum.
    fn increment(&mut self, key: &[u8]) -> i64;
}

/// A peer that answers many gets in one call.
pub(crate) trait Batch: Peer {
    /// Whether `pipeline` is a call of its own.
    const PIPELINES: bool;

    /// Shows the values of `keys`, fetched by one call for many keys; returns how many there were.
    fn get_many(&self, keys: &[&[u8]], look: &mut dyn FnMut(&[u8])) -> usize;

    /// The same by a batch of single gets.
    fn pipeline(&self, keys: &[&[u8]], look: &mut dyn FnMut(&[u8])) -> usize {
        self.get_many(keys, look)
    }
}

/// A peer whose keys expire.
pub(crate) trait Expiry: Peer {
    /// Puts keys in that all die at `deadline`.
    fn load_until(&self, pairs: &mut dyn Iterator<Item = (Key, &[u8])>, deadline: SystemTime);

    /// How many keys take memory, dead ones included.
    fn stored(&self) -> Result<usize>;
}

/// Hashes and sorted sets. Called with many items at a time; nothing here is timed.
pub(crate) trait Structures {
    /// Sets fields of the hash at `key`.
    fn hash(&self, key: &[u8], fields: &[(&[u8], &[u8])]) -> Result<()>;

    /// Adds members to the sorted set at `key`.
    fn sorted_set(&self, key: &[u8], members: &[(f64, &[u8])]) -> Result<()>;
}

/// Opens a peer as a store.
fn store<P: Peer>(keys: usize) -> Box<dyn Store> {
    Box::new(P::open(keys))
}

/// Opens counters.
fn counters<C: Counters>() -> Box<dyn Counting> {
    Box::new(C::open())
}

/// Opens a peer as a store with batches.
fn batch<P: Batch>() -> Box<dyn Batching> {
    Box::new(P::open(0))
}

/// Opens a peer as a store with expiry.
fn expiry<P: Expiry>() -> Box<dyn Expiring> {
    Box::new(P::open(0))
}
