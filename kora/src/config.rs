//! Every option of a database, once: what it does, its unit, its default, its range.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
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
    /// Which events of keys are published on channels. Default: none.
    pub keyspace_events: KeyspaceEvents,
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
    /// All of them, with the names that Redis has for them.
    pub(crate) const NAMES: [(Eviction, &'static str); 8] = [
        (Eviction::None, "noeviction"),
        (Eviction::AllKeysLru, "allkeys-lru"),
        (Eviction::AllKeysLfu, "allkeys-lfu"),
        (Eviction::AllKeysRandom, "allkeys-random"),
        (Eviction::VolatileLru, "volatile-lru"),
        (Eviction::VolatileLfu, "volatile-lfu"),
        (Eviction::VolatileRandom, "volatile-random"),
        (Eviction::VolatileTtl, "volatile-ttl"),
    ];

    /// The place among all of them, for an atomic.
    pub(crate) fn place(self) -> u8 {
        self as u8
    }

    /// The one at a place.
    pub(crate) fn at(place: u8) -> Eviction {
        Eviction::NAMES.get(usize::from(place)).map_or(Eviction::None, |(eviction, _)| *eviction)
    }

    /// Whether access frequency is tracked in place of idle time.
    #[inline]
    pub(crate) fn counts_frequency(self) -> bool {
        self == Eviction::AllKeysLfu || self == Eviction::VolatileLfu
    }
}

/// Which events of keys are published, as Redis writes `notify-keyspace-events`: `K` on the channel
/// `__keyspace@N__:KEY`, `E` on `__keyevent@N__:EVENT`, and of which classes: `g` those of keys of any
/// type, `$` strings, `l` lists, `s` sets, `h` hashes, `z` sorted sets, `x` keys that expire, `e` keys
/// that are evicted, `A` all of them. Without `K` or `E` nothing is published.
///
/// ```
/// use kora::{Config, Database};
///
/// let db = Database::open(Config { keyspace_events: "Kg$x".parse()?, ..Config::default() })?;
/// let mut events = db.psubscribe("__keyspace@0__:user:*")?;
/// db.set("user:1", "ann")?;
/// assert_eq!(events.recv().payload, "set");
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyspaceEvents(u16);

/// The classes of events and their letters, in the order in which Redis writes them. There are no
/// streams (`t`) and no modules (`d`), so nothing is of these.
const EVENT_CLASSES: &[(char, KeyspaceEvents)] = &[
    ('g', KeyspaceEvents::GENERIC),
    ('$', KeyspaceEvents::STRING),
    ('l', KeyspaceEvents::LIST),
    ('s', KeyspaceEvents::SET),
    ('h', KeyspaceEvents::HASH),
    ('z', KeyspaceEvents::ZSET),
    ('x', KeyspaceEvents::EXPIRED),
    ('e', KeyspaceEvents::EVICTED),
    ('t', KeyspaceEvents(1 << 8)),
    ('d', KeyspaceEvents(1 << 9)),
];

impl KeyspaceEvents {
    pub(crate) const GENERIC: KeyspaceEvents = KeyspaceEvents(1);
    pub(crate) const STRING: KeyspaceEvents = KeyspaceEvents(1 << 1);
    pub(crate) const LIST: KeyspaceEvents = KeyspaceEvents(1 << 2);
    pub(crate) const SET: KeyspaceEvents = KeyspaceEvents(1 << 3);
    pub(crate) const HASH: KeyspaceEvents = KeyspaceEvents(1 << 4);
    pub(crate) const ZSET: KeyspaceEvents = KeyspaceEvents(1 << 5);
    pub(crate) const EXPIRED: KeyspaceEvents = KeyspaceEvents(1 << 6);
    pub(crate) const EVICTED: KeyspaceEvents = KeyspaceEvents(1 << 7);
    pub(crate) const BY_KEY: KeyspaceEvents = KeyspaceEvents(1 << 10);
    pub(crate) const BY_EVENT: KeyspaceEvents = KeyspaceEvents(1 << 11);
    const ALL: KeyspaceEvents = KeyspaceEvents((1 << 10) - 1);

    /// Whether all of these are among them.
    pub(crate) fn has(self, these: KeyspaceEvents) -> bool {
        self.0 & these.0 == these.0
    }

    /// Whether anything is published.
    pub(crate) fn are_told(self) -> bool {
        self.0 & (KeyspaceEvents::BY_KEY.0 | KeyspaceEvents::BY_EVENT.0) != 0
            && self.0 & KeyspaceEvents::ALL.0 != 0
    }
}

impl FromStr for KeyspaceEvents {
    type Err = Error;

    fn from_str(text: &str) -> Result<KeyspaceEvents> {
        let mut events = KeyspaceEvents::default();
        for letter in text.chars() {
            let class = match letter {
                'A' => KeyspaceEvents::ALL,
                'K' => KeyspaceEvents::BY_KEY,
                'E' => KeyspaceEvents::BY_EVENT,
                _ => {
                    let class = EVENT_CLASSES.iter().find(|(own, _)| *own == letter);
                    let what = "keyspace_events is letters of Ag$lshzxetdKE";
                    class.ok_or(Error::InvalidConfig { what })?.1
                }
            };
            events.0 |= class.0;
        }
        Ok(events)
    }
}

impl fmt::Display for KeyspaceEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has(KeyspaceEvents::ALL) {
            f.write_str("A")?;
        } else {
            let mut own = EVENT_CLASSES.iter().filter(|(_, class)| self.has(*class));
            own.try_for_each(|(letter, _)| write!(f, "{letter}"))?;
        }
        let ways = [(KeyspaceEvents::BY_KEY, "K"), (KeyspaceEvents::BY_EVENT, "E")];
        ways.iter()
            .filter(|(way, _)| self.has(*way))
            .try_for_each(|(_, letter)| f.write_str(letter))
    }
}

/// By the names that Redis has, in any case.
impl FromStr for Eviction {
    type Err = Error;

    fn from_str(text: &str) -> Result<Eviction> {
        let named = Eviction::NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
        let what = "a policy of eviction has one of Redis's names";
        named.map(|(eviction, _)| *eviction).ok_or(Error::InvalidConfig { what })
    }
}

impl fmt::Display for Eviction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Eviction::NAMES.iter().find(|(eviction, _)| eviction == self);
        f.write_str(named.map_or("", |(_, name)| name))
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
            keyspace_events: KeyspaceEvents::default(),
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
        check_memory_limit(self.max_memory)?;
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

/// A limit of nothing would let nothing be held, and is no way to say that there is none.
pub(crate) fn check_memory_limit(limit: Option<usize>) -> Result<()> {
    match limit {
        Some(0) => Err(Error::InvalidConfig { what: "max_memory is at least 1 byte, or None" }),
        Some(_) | None => Ok(()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_has_its_place_and_its_name() {
        for (place, (eviction, name)) in (0..).zip(Eviction::NAMES) {
            assert_eq!((eviction.place(), Eviction::at(place)), (place, eviction));
            assert_eq!((name.parse(), eviction.to_string()), (Ok(eviction), name.to_owned()));
        }
    }
}
