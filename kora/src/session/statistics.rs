//! What commands did: how often each was called, how long they took, which errors there were, and
//! the slow ones.
//!
//! A connection counts for itself while it runs what has come ([`Tally`]) and adds that up once, so
//! that counting costs a command an increment of its own. Commands that share one taking of leases
//! are not timed one by one: their time is cut into equal parts. What may take long is timed alone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use smallvec::SmallVec;

use super::commands::connection::is_secret;
use super::monitors::REDACTED;
use crate::command::dispatch::Call;
use crate::command::{Listed, Spec, all};

/// As Redis has it: 10 ms.
const SLOW_MICROS: i64 = 10_000;
const SLOW_ENTRIES: usize = 128;
/// Words of a slow command that are kept, and bytes of each, as in Redis.
const SLOW_WORDS_MAX: usize = 32;
const SLOW_WORD_BYTES_MAX: usize = 128;
/// Kinds of errors that are counted: a client must not fill the memory with words of its own.
const ERROR_CODES_MAX: usize = 128;
/// Samples of an event of latency, as in Redis.
const SAMPLES_MAX: usize = 160;

/// What all commands of a server did.
#[derive(Debug)]
pub(crate) struct Statistics {
    commands: Box<[CommandTotals]>,
    errors: Mutex<BTreeMap<String, u64>>,
    slow: Mutex<SlowLog>,
    /// Microseconds from which a command is slow; negative for never.
    pub(crate) slow_micros: AtomicI64,
    pub(crate) slow_entries: AtomicUsize,
    /// Milliseconds from which a command is an event of latency; 0 for never.
    pub(crate) latency_ms: AtomicU64,
    latency: Mutex<BTreeMap<&'static str, VecDeque<Sample>>>,
}

/// What one command did.
#[derive(Debug, Default)]
struct CommandTotals {
    calls: AtomicU64,
    nanos: AtomicU64,
    rejected: AtomicU64,
    failed: AtomicU64,
}

/// The totals of one command at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommandReport {
    pub(crate) spec: &'static Spec,
    pub(crate) calls: u64,
    pub(crate) nanos: u64,
    pub(crate) rejected: u64,
    pub(crate) failed: u64,
}

/// A command that took long.
#[derive(Clone, Debug)]
pub(crate) struct Slow {
    pub(crate) id: u64,
    /// Unix seconds.
    pub(crate) at: i64,
    pub(crate) took: Duration,
    pub(crate) words: Vec<Vec<u8>>,
    pub(crate) address: Box<str>,
    pub(crate) name: Box<str>,
}

#[derive(Debug, Default)]
struct SlowLog {
    next_id: u64,
    /// The newest first.
    entries: VecDeque<Slow>,
}

/// When something took long, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Unix seconds.
    pub(crate) at: i64,
    pub(crate) ms: u64,
}

impl Default for Statistics {
    fn default() -> Statistics {
        Statistics {
            commands: all().map(|_| CommandTotals::default()).collect(),
            errors: Mutex::default(),
            slow: Mutex::default(),
            slow_micros: AtomicI64::new(SLOW_MICROS),
            slow_entries: AtomicUsize::new(SLOW_ENTRIES),
            latency_ms: AtomicU64::new(0),
            latency: Mutex::default(),
        }
    }
}

impl Statistics {
    /// Adds what a connection has counted; `rest` is the time of all that was not timed alone. The
    /// entry of `latest` is not looked for again.
    pub(super) fn add(&self, tally: &Tally, rest: Duration, latest: Option<Listed>) {
        let listed = |spec: &'static Spec| {
            latest.filter(|latest| std::ptr::eq(latest.spec, spec)).unwrap_or_else(|| spec.listed())
        };
        let timed_together = tally.counts.iter().map(|count| count.untimed).sum::<u64>().max(1);
        let each = nanos(rest) / timed_together;
        for count in &tally.counts {
            let totals = &self.commands[listed(count.spec).place];
            totals.calls.fetch_add(count.calls, Ordering::Relaxed);
            totals.nanos.fetch_add(count.nanos + each * count.untimed, Ordering::Relaxed);
            if count.failed > 0 {
                totals.failed.fetch_add(count.failed, Ordering::Relaxed);
            }
        }
    }

    /// Counts a call that was refused before it ran.
    #[cold]
    pub(super) fn reject(&self, spec: &Spec) {
        self.commands[spec.listed().place].rejected.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an error by the word that it begins with.
    #[cold]
    pub(super) fn count_error(&self, wire: &str) {
        let code = wire.split(' ').next().unwrap_or_default();
        let mut errors = self.errors.lock();
        if let Some(count) = errors.get_mut(code) {
            *count += 1;
        } else if errors.len() < ERROR_CODES_MAX {
            errors.insert(code.to_owned(), 1);
        }
    }

    /// The commands that were called or refused.
    pub(super) fn commands(&self) -> impl Iterator<Item = CommandReport> {
        let of = |(spec, totals): (&'static Spec, &CommandTotals)| CommandReport {
            spec,
            calls: totals.calls.load(Ordering::Relaxed),
            nanos: totals.nanos.load(Ordering::Relaxed),
            rejected: totals.rejected.load(Ordering::Relaxed),
            failed: totals.failed.load(Ordering::Relaxed),
        };
        all().zip(&self.commands).map(of).filter(|report| report.calls + report.rejected > 0)
    }

    /// How many errors of each kind there were.
    pub(super) fn errors(&self) -> BTreeMap<String, u64> {
        self.errors.lock().clone()
    }

    /// Whether a command that took so long is to be kept.
    #[inline]
    pub(super) fn is_notable(&self, took: Duration) -> bool {
        let micros = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
        let slow = self.slow_micros.load(Ordering::Relaxed);
        let latency = self.latency_ms.load(Ordering::Relaxed);
        (slow >= 0 && micros >= slow) || (latency > 0 && micros / 1000 >= to_i64(latency))
    }

    /// Keeps a command that took long.
    #[cold]
    pub(super) fn keep(&self, slow: Slow, is_fast: bool) {
        let (at, ms) = (slow.at, u64::try_from(slow.took.as_millis()).unwrap_or(u64::MAX));
        let latency = self.latency_ms.load(Ordering::Relaxed);
        if latency > 0 && ms >= latency {
            let event = if is_fast { "fast-command" } else { "command" };
            self.sample(event, Sample { at, ms });
        }
        let least = self.slow_micros.load(Ordering::Relaxed);
        if least < 0 || i64::try_from(slow.took.as_micros()).unwrap_or(i64::MAX) < least {
            return;
        }
        let mut log = self.slow.lock();
        let id = log.next_id;
        log.next_id += 1;
        log.entries.push_front(Slow { id, ..slow });
        log.entries.truncate(self.slow_entries.load(Ordering::Relaxed));
    }

    /// As in Redis, of a second the longest is kept.
    fn sample(&self, event: &'static str, sample: Sample) {
        let mut latency = self.latency.lock();
        let samples = latency.entry(event).or_default();
        match samples.back_mut().filter(|last| last.at == sample.at) {
            Some(last) => last.ms = last.ms.max(sample.ms),
            None => {
                if samples.len() == SAMPLES_MAX {
                    samples.pop_front();
                }
                samples.push_back(sample);
            }
        }
    }

    /// Slow commands, the newest first.
    pub(super) fn slow(&self, most: usize) -> Vec<Slow> {
        self.slow.lock().entries.iter().take(most).cloned().collect()
    }

    pub(super) fn slow_len(&self) -> usize {
        self.slow.lock().entries.len()
    }

    pub(super) fn forget_slow(&self) {
        self.slow.lock().entries.clear();
    }

    /// The samples of every event, the oldest first.
    pub(super) fn latency(&self) -> BTreeMap<&'static str, Vec<Sample>> {
        let of = |(event, samples): (&&'static str, &VecDeque<Sample>)| {
            (*event, samples.iter().copied().collect())
        };
        self.latency.lock().iter().map(of).collect()
    }

    /// Forgets the samples of some events, or of all; how many events that were.
    pub(super) fn forget_latency(&self, events: &[&[u8]]) -> usize {
        let mut latency = self.latency.lock();
        let before = latency.len();
        latency.retain(|event, _| {
            let is_it = |wanted: &&[u8]| wanted.eq_ignore_ascii_case(event.as_bytes());
            !events.is_empty() && !events.iter().any(is_it)
        });
        before - latency.len()
    }

    /// Begins anew, but for what was slow.
    pub(super) fn reset(&self) {
        for totals in &self.commands {
            let CommandTotals { calls, nanos, rejected, failed } = totals;
            for total in [calls, nanos, rejected, failed] {
                total.store(0, Ordering::Relaxed);
            }
        }
        self.errors.lock().clear();
    }
}

impl Slow {
    /// What is kept of a command; of passwords nothing is.
    pub(super) fn new(call: &Call<'_>, took: Duration, now_ms: i64) -> Slow {
        let words = call.words;
        let kept = |word: &[u8]| match word.len().checked_sub(SLOW_WORD_BYTES_MAX) {
            None | Some(0) => word.to_vec(),
            Some(more) => {
                let note = format!("... ({more} more bytes)");
                [&word[..SLOW_WORD_BYTES_MAX], note.as_bytes()].concat()
            }
        };
        let shown = words.from(0).take(SLOW_WORDS_MAX).enumerate();
        let mut shown: Vec<Vec<u8>> = shown
            .map(|(at, word)| kept(if is_secret(call, at) { REDACTED } else { word }))
            .collect();
        let more = words.len().saturating_sub(SLOW_WORDS_MAX - 1);
        if words.len() > SLOW_WORDS_MAX {
            shown[SLOW_WORDS_MAX - 1] = format!("... ({more} more arguments)").into_bytes();
        }
        let (address, name) = (Box::default(), Box::default());
        Slow { id: 0, at: now_ms / 1000, took, words: shown, address, name }
    }
}

/// What a connection counts while it runs what has come.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: SmallVec<[Count; 4]>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    spec: &'static Spec,
    calls: u64,
    failed: u64,
    /// Calls that were not timed alone.
    untimed: u64,
    nanos: u64,
}

impl Tally {
    #[inline]
    fn of(&mut self, spec: &'static Spec) -> &mut Count {
        // There are few different ones in a turn, and mostly the same again.
        let is_it = |count: &Count| std::ptr::eq(count.spec, spec);
        let at = self.counts.iter().rposition(is_it).unwrap_or_else(|| {
            self.counts.push(Count { spec, calls: 0, failed: 0, untimed: 0, nanos: 0 });
            self.counts.len() - 1
        });
        &mut self.counts[at]
    }

    /// Counts a call.
    #[inline]
    pub(super) fn call(&mut self, spec: &'static Spec, is_failed: bool) {
        let count = self.of(spec);
        count.calls += 1;
        count.untimed += 1;
        count.failed += u64::from(is_failed);
    }

    /// The last call of this command was timed alone.
    pub(super) fn time(&mut self, spec: &'static Spec, took: Duration) {
        let count = self.of(spec);
        count.untimed = count.untimed.saturating_sub(1);
        count.nanos += nanos(took);
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
