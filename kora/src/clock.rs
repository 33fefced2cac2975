//! Time as a value: the system's, or one that a test turns by hand.
//!
//! Milliseconds since the Unix epoch. The real clock is the kernel's coarse one (it moves
//! every 1-4 ms and is read without a system call, about 5 ns); expiry needs no finer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// Where a database gets its time from.
///
/// ```
/// use std::time::Duration;
/// use kora::{Clock, Config, Database};
///
/// let clock = Clock::manual(1_700_000_000_000);
/// let db = Database::open(Config { clock: clock.clone(), ..Config::default() })?;
/// db.setex("code", Duration::from_secs(60), "1234")?;
/// clock.advance(Duration::from_secs(61));
/// assert_eq!(db.get("code")?, None);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Clock(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<AtomicI64>),
}

/// The system's time as of the last tick of any database in the process.
static COARSE_SECONDS: AtomicI64 = AtomicI64::new(0);

impl Clock {
    /// The system's wall clock.
    pub fn system() -> Clock {
        Clock(Source::System)
    }

    /// A clock that stands at `unix_ms` until it is advanced.
    pub fn manual(unix_ms: i64) -> Clock {
        Clock(Source::Manual(Arc::new(AtomicI64::new(unix_ms))))
    }

    /// Milliseconds since the Unix epoch.
    #[inline]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::System => system_ms(),
            Source::Manual(ms) => ms.load(Ordering::Acquire),
        }
    }

    /// Seconds since the Unix epoch, at most a second old as long as [`Clock::tick`] is called
    /// every second: for access stamps, which are set on every read and must cost one load.
    #[inline]
    pub(crate) fn coarse_seconds(&self) -> i64 {
        match &self.0 {
            Source::System => COARSE_SECONDS.load(Ordering::Relaxed),
            Source::Manual(ms) => ms.load(Ordering::Relaxed) / 1000,
        }
    }

    /// Brings [`Clock::coarse_seconds`] up to date.
    pub(crate) fn tick(&self) {
        if let Source::System = self.0 {
            COARSE_SECONDS.store(system_ms() / 1000, Ordering::Relaxed);
        }
    }

    /// Turns a manual clock forward, for every database that uses it.
    ///
    /// # Panics
    /// On the system's clock, which nobody may turn.
    pub fn advance(&self, by: Duration) {
        let Source::Manual(ms) = &self.0 else { panic!("only a manual clock can be advanced") };
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        ms.fetch_add(by, Ordering::AcqRel);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.0 {
            Source::System => "Clock::system",
            Source::Manual(_) => "Clock::manual",
        };
        write!(f, "{name}({})", self.now_ms())
    }
}

#[cfg(target_os = "linux")]
fn system_ms() -> i64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}

#[cfg(not(target_os = "linux"))]
fn system_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Measures the process's own work; the data's time is the [`Clock`]'s.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

#[expect(clippy::disallowed_methods, reason = "the one place that measures work")]
impl Stopwatch {
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
