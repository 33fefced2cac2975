//! Every option of a database, once: what it does, its unit, its default, its range.

use std::thread::available_parallelism;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::keyspace::STRIPES;

/// How a database is opened.
///
/// ```
/// use kora::{Config, Database, Eviction};
///
/// let config = Config {
///     max_memory: Some(256 << 20),
///     eviction: Eviction::AllKeysLru,
///     ..Config::default()
/// };
/// let db = Database::open(config)?;
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// Shards, each with a thread of its own for what no caller should wait for: 1 to 1024.
    /// Default: the machine's hardware threads.
    pub shard_count: usize,
    /// Numbered databases, as Redis has them: 1 to 256. Default: 16.
    pub database_count: usize,
    /// Bytes of keys and values to hold before [`Config::eviction`] decides; `None`, the
    /// default, for no limit.
    pub max_memory: Option<usize>,
    /// What happens when `max_memory` is reached. Default: [`Eviction::None`].
    pub eviction: Eviction,
    /// Where time comes from. Default: the system.
    pub clock: Clock,
    /// Whether effects are kept for [`Database::effects`](crate::Database::effects).
    #[cfg(any(test, feature = "testing"))]
    pub record_effects: bool,
}

/// What happens to a write when `max_memory` is reached. The names are Redis's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Eviction {
    /// `noeviction`: refuse what needs memory with [`Error::OutOfMemory`].
    #[default]
    None,
    /// `allkeys-lru`: drop keys that were not used for long.
    AllKeysLru,
    /// `allkeys-lfu`: drop keys that are seldom used.
    AllKeysLfu,
    /// `allkeys-random`: drop any keys.
    AllKeysRandom,
    /// `volatile-lru`: as `AllKeysLru`, among keys that expire.
    VolatileLru,
    /// `volatile-lfu`: as `AllKeysLfu`, among keys that expire.
    VolatileLfu,
    /// `volatile-random`: as `AllKeysRandom`, among keys that expire.
    VolatileRandom,
    /// `volatile-ttl`: drop the keys that expire soonest.
    VolatileTtl,
}

impl Eviction {
    /// Whether access frequency is tracked in place of idle time.
    pub(crate) fn counts_frequency(self) -> bool {
        self == Eviction::AllKeysLfu || self == Eviction::VolatileLfu
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            shard_count: available_parallelism().map_or(1, |n| n.get().min(STRIPES)),
            database_count: 16,
            max_memory: None,
            eviction: Eviction::None,
            clock: Clock::system(),
            #[cfg(any(test, feature = "testing"))]
            record_effects: false,
        }
    }
}

impl Config {
    pub(crate) fn check(&self) -> Result<()> {
        let invalid = |what| Err(Error::InvalidConfig { what });
        if !(1..=STRIPES).contains(&self.shard_count) {
            return invalid("shard_count is 1 to 1024");
        }
        if !(1..=256).contains(&self.database_count) {
            return invalid("database_count is 1 to 256");
        }
        if self.max_memory == Some(0) {
            return invalid("max_memory is at least 1 byte, or None");
        }
        Ok(())
    }
}
