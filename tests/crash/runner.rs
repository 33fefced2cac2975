//! Many seeds on all threads, until there were enough points or one has found something.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use kora::testing::{Mutation, make_mistake};

use crate::options::Options;

/// What a harness has against an engine.
#[derive(Debug)]
pub(crate) struct Violation(pub(crate) String);

/// What came of one seed: how many points, and what was found.
pub(crate) type Finding = (u64, Result<(), Violation>);

/// What came of all of them.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) points: u64,
    pub(crate) histories: u64,
    /// The history that found something, and what.
    pub(crate) found: Option<(u64, Violation)>,
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    Points(u64),
    Time(Instant),
    History(u64),
}

impl Until {
    /// What the options say, or so many points.
    pub(crate) fn of(options: &Options, points: u64) -> Until {
        match (options.history, options.time) {
            (Some(history), _) => Until::History(history),
            (None, Some(time)) => Until::Time(Instant::now() + time),
            (None, None) => Until::Points(options.points.unwrap_or(points)),
        }
    }

    /// Whether so many points are enough.
    pub(crate) fn is_over(self, points: u64) -> bool {
        match self {
            Until::Points(most) => points >= most,
            Until::Time(end) => Instant::now() >= end,
            Until::History(_) => points > 0,
        }
    }
}

/// Explores histories of a seed, each by a seed of its own.
pub(crate) fn run(
    options: &Options,
    until: Until,
    mistake: Option<Mutation>,
    explore: impl Fn(u64) -> Finding + Sync,
) -> Outcome {
    let first = if let Until::History(history) = until { history } else { 0 };
    let (next, points, stop) = (AtomicU64::new(first), AtomicU64::new(0), AtomicBool::new(false));
    let outcome = Mutex::new(Outcome::default());
    let threads = if matches!(until, Until::History(_)) { 1 } else { options.threads };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                make_mistake(mistake);
                while !stop.load(Ordering::Relaxed)
                    && !until.is_over(points.load(Ordering::Relaxed))
                {
                    let history = next.fetch_add(1, Ordering::Relaxed);
                    let (count, result) = guarded(|| explore(mix(options.seed, history)));
                    points.fetch_add(count, Ordering::Relaxed);
                    let mut outcome = outcome.lock().expect("nobody panics under it");
                    outcome.points += count;
                    outcome.histories += 1;
                    if let Err(violation) = result {
                        stop.store(true, Ordering::Relaxed);
                        outcome.found.get_or_insert((history, violation));
                    }
                }
            });
        }
    });
    outcome.into_inner().expect("nobody panics under it")
}

/// A panic is a finding.
fn guarded(explore: impl FnOnce() -> Finding) -> Finding {
    catch_unwind(AssertUnwindSafe(explore)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        (1, Err(Violation(format!("a panic: {text}"))))
    })
}

/// A seed for each history of a seed: the finalizer of SplitMix64.
pub(crate) fn mix(seed: u64, history: u64) -> u64 {
    let z = seed.wrapping_add((history + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
