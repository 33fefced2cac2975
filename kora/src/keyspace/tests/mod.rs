//! The keyspace through the public methods: what happens to keys, and when they leave.

mod eviction; // what leaves when memory is full
mod expiry; // what leaves when its time has come
mod history; // random histories: the account, and the replay of what was recorded
mod short; // the short way beside the doors
mod sort; // by what other keys hold
mod transfer; // from key to key and from database to database, in one step

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::config::Config;
use crate::database::Database;

/// When the clocks stand: a day of 2023.
const NOW_MS: i64 = 1_700_000_000_000;

/// A database whose clock is turned by hand.
fn with_clock(config: Config) -> (Database, Clock) {
    let clock = Clock::manual(NOW_MS);
    let config = Config { clock: clock.clone(), ..config };
    (Database::open(config).expect("the configuration is valid"), clock)
}

/// Tells another thread, when it is dropped, that the test is over, panic or not.
pub(crate) struct Over<'a>(pub(crate) &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits until something is so that a shard's thread will bring about.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a test that waits in vain must end")]
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(120), "waited in vain until {what}");
        std::thread::yield_now();
    }
}
