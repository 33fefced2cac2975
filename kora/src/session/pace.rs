//! How much is done a second just now: `instantaneous_ops_per_sec` of INFO, and its kin.
//!
//! The threads of a server note the counters about once a second while anybody is connected. What is
//! told is what was done since the note before the last one, by the time that has passed: a mean
//! over one to two seconds, or over as long as there was nobody to serve.

use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;

use super::host::Counters;

/// Notes are so far apart at least.
const APART: Duration = Duration::from_millis(900);

/// The counters at two moments.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<[Note; 2]>);

#[derive(Clone, Copy, Debug, Default)]
struct Note {
    at: Duration,
    commands: u64,
    input_bytes: u64,
    output_bytes: u64,
}

impl Note {
    fn of(counters: &Counters, now: Duration) -> Note {
        Note {
            at: now,
            commands: counters.commands.load(Ordering::Relaxed),
            input_bytes: counters.input_bytes.load(Ordering::Relaxed),
            output_bytes: counters.output_bytes.load(Ordering::Relaxed),
        }
    }
}

/// What is done in a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    pub(super) commands: f64,
    pub(super) input_bytes: f64,
    pub(super) output_bytes: f64,
}

impl Pace {
    /// Notes the counters, unless that was done just now.
    pub(super) fn note(&self, counters: &Counters, now: Duration) {
        let mut notes = self.0.lock();
        if now.saturating_sub(notes[1].at) >= APART {
            *notes = [notes[1], Note::of(counters, now)];
        }
    }

    /// What is done in a second.
    pub(super) fn rates(&self, counters: &Counters, now: Duration) -> Rates {
        let (then, now) = (self.0.lock()[0], Note::of(counters, now));
        let seconds = now.at.saturating_sub(then.at).as_secs_f64().max(f64::EPSILON);
        let rate = |now: u64, then: u64| now.saturating_sub(then) as f64 / seconds;
        Rates {
            commands: rate(now.commands, then.commands),
            input_bytes: rate(now.input_bytes, then.input_bytes),
            output_bytes: rate(now.output_bytes, then.output_bytes),
        }
    }

    /// Begins anew, with counters that do.
    pub(super) fn reset(&self, now: Duration) {
        let start = Note { at: now, ..Note::default() };
        *self.0.lock() = [start; 2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn rates_are_of_the_last_seconds() {
        let (pace, counters) = (Pace::default(), Counters::default());
        counters.commands.store(500, Ordering::Relaxed);
        pace.note(&counters, second(5));
        assert!((pace.rates(&counters, second(5)).commands - 100.0).abs() < 1e-9);
        // Too soon to be noted.
        pace.note(&counters, second(5) + Duration::from_millis(10));
        counters.commands.store(700, Ordering::Relaxed);
        pace.note(&counters, second(6));
        assert!((pace.rates(&counters, second(6)).commands - 200.0).abs() < 1e-9);
        pace.note(&counters, second(7));
        assert!((pace.rates(&counters, second(8)).commands - 0.0).abs() < 1e-9);
        counters.commands.store(0, Ordering::Relaxed);
        pace.reset(second(8));
        counters.input_bytes.store(10, Ordering::Relaxed);
        let rates = pace.rates(&counters, second(10));
        assert!((rates.input_bytes - 5.0).abs() < 1e-9 && rates.commands.abs() < 1e-9);
    }
}
