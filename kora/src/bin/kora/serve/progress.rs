//! A bar for an opening that takes long, where a person looks on.

use std::io::{IsTerminal, Write, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use kora::Progress;

/// What opens faster has no bar.
const PATIENCE: Duration = Duration::from_millis(500);
const WIDTH: u64 = 30;

/// Tells how far opening has come; only a terminal is told.
#[expect(clippy::disallowed_methods, reason = "a person's time, which no test turns")]
pub(super) fn bar() -> Progress {
    if !stderr().is_terminal() {
        return Progress::default();
    }
    let begun = Instant::now();
    let shown = Mutex::new(false);
    Progress::new(move |done, all| {
        let mut shown = shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *shown || begun.elapsed() >= PATIENCE {
            *shown = done < all;
            // Who cannot be told opens all the same.
            stderr().write_all(line(done, all).as_bytes()).ok();
        }
    })
}

/// The bar, over the one before; at the end it is wiped away.
fn line(done: u64, all: u64) -> String {
    if done >= all {
        return "\r\x1b[K".to_owned();
    }
    let part = |whole: u64| done.saturating_mul(whole) / all.max(1);
    let filled = usize::try_from(part(WIDTH)).unwrap_or(0);
    let width = usize::try_from(WIDTH).unwrap_or(0);
    let mib = |bytes: u64| bytes >> 20;
    let (bar, percent) = ("=".repeat(filled), part(100));
    format!("\r\x1b[Kopening [{bar:<width$}] {percent}% of {} MiB", mib(all))
}
