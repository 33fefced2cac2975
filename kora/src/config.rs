//! Every option of a database, once: what it does, its unit, its default, its range.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

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
    /// The directory to keep the data in; made when it is not there. `None`, the default, for a
    /// database in memory only.
    pub data_dir: Option<PathBuf>,
    /// When a call that writes returns. Default: [`Durability::Interval`] of one second. Without
    /// a directory it says nothing.
    pub durability: Durability,
    /// Bytes that the log grows before a snapshot is taken and what came before is dropped; it
    /// grows to four times the last snapshot's bytes in any case, so that writing snapshots is
    /// at most a fifth of what is written. Default: 256 MiB.
    pub snapshot_log_bytes: u64,
    /// How old a snapshot becomes before the next is taken, when anything has changed; `None`,
    /// the default, for as old as it likes.
    pub snapshot_interval: Option<Duration>,
    /// Bytes of a segment of the log: so many are taken from the disk at once, and twice as many
    /// by an empty database. 4 KiB to 1 GiB. Default: 32 MiB.
    pub log_segment_bytes: usize,
    /// Told how far opening has come, when it takes long.
    pub on_progress: Progress,
    /// A disk to use in place of the machine's.
    #[cfg(any(test, feature = "testing"))]
    pub disk: Option<crate::testing::SimulatedDisk>,
    /// Whether nothing happens in the background: no segment is made ahead, nothing is synced by
    /// interval, no snapshot is taken and no key that is due is removed unless it is called for.
    #[cfg(any(test, feature = "testing"))]
    pub without_keeper: bool,
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
    #[inline]
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
            data_dir: None,
            durability: Durability::default(),
            snapshot_log_bytes: 256 << 20,
            snapshot_interval: None,
            log_segment_bytes: 32 << 20,
            on_progress: Progress::default(),
            #[cfg(any(test, feature = "testing"))]
            disk: None,
            #[cfg(any(test, feature = "testing"))]
            without_keeper: false,
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
        if !(4 << 10..=1 << 30).contains(&self.log_segment_bytes) {
            return invalid("log_segment_bytes is 4 KiB to 1 GiB");
        }
        if self.durability == Durability::Interval(Duration::ZERO) {
            return invalid("an interval of durability is longer than nothing");
        }
        Ok(())
    }

    /// Whether effects are recorded.
    pub(crate) fn keeps_records(&self) -> bool {
        #[cfg(any(test, feature = "testing"))]
        if self.record_effects {
            return true;
        }
        self.data_dir.is_some()
    }

    /// Whether threads keep the log and remove what is due.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn has_keeper(&self) -> bool {
        !self.without_keeper
    }

    /// Whether threads keep the log and remove what is due.
    #[cfg(not(any(test, feature = "testing")))]
    #[expect(clippy::unused_self, reason = "tests may leave it out")]
    pub(crate) fn has_keeper(&self) -> bool {
        true
    }
}

/// When a call that writes returns, and so what a crash can take back.
///
/// | | returns after | lost on `kill -9` | lost on power loss |
/// |---|---|---|---|
/// | `Always` | the disk has it | nothing | nothing |
/// | `Interval` | it is in the mapped log | nothing | at most one interval and one sync |
/// | `Os` | it is in the mapped log | nothing | what the system had not written |
///
/// [`Database::durable`](crate::Database::durable) and
/// [`Database::relaxed`](crate::Database::relaxed) choose by handle,
/// [`Database::sync`](crate::Database::sync) waits for everything so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Every write waits for the disk; writers that wait at the same time share one sync.
    Always,
    /// Writes do not wait; the disk has them at most this much later.
    Interval(Duration),
    /// Writes do not wait, and Kora does not sync until it is asked to, takes a snapshot or is
    /// closed.
    Os,
}

impl Default for Durability {
    fn default() -> Durability {
        Durability::Interval(Duration::from_secs(1))
    }
}

/// What is told how far the opening of a directory has come: bytes read, and bytes in all.
///
/// First the snapshot counts, if there is one, then the log, each from 0 to all of its bytes. It
/// is called from the thread that opens, at most four times for each megabyte and once at the
/// end, and should be quick.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<dyn Fn(u64, u64) + Send + Sync>>);

impl Progress {
    /// Calls `tell(done, all)`.
    ///
    /// ```
    /// use kora::{Config, Progress};
    ///
    /// let on_progress = Progress::new(|done, all| eprintln!("{done} of {all} bytes"));
    /// let config = Config { on_progress, ..Config::default() };
    /// # drop(config);
    /// ```
    pub fn new(tell: impl Fn(u64, u64) + Send + Sync + 'static) -> Progress {
        Progress(Some(Arc::new(tell)))
    }

    pub(crate) fn report(&self, done: u64, all: u64) {
        if let Some(tell) = &self.0 {
            tell(done, all);
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Progress").field(&self.0.is_some()).finish()
    }
}
