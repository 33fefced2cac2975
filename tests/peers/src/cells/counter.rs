//! Hot counters: INCR of one key, where all threads meet, and of ten thousand.
//!
//! After the last slot the counters are read back: their sum is the number of steps, or the run stops.

use std::sync::atomic::{AtomicU64, Ordering};

use super::contest::{Contest, Goals};
use super::{Context, Family, Result, THREADS};
use crate::data::{Distribution, Streams, key};
use crate::peers::{Counters, Entry, Increment};
use crate::report::Target;
use crate::slot::{Outcome, Slot};

pub(crate) const FAMILY: Family = Family { cells: names, run, one: Some(one) };

const KEYS: [u32; 2] = [1, 10_000];
const STREAM_STEPS: usize = 1 << 14;
const GOALS: Goals =
    Goals { rate: Target { rivals: &["dashmap"], at_least: Some(0.8) }, p99_max_ns: None };

/// Counters behind one door.
pub(crate) trait Counting: Send + Sync {
    /// Runs one slot.
    fn run(&self, streams: &Streams, slot: &Slot) -> Outcome;

    /// The sum of the first `keys` counters; it adds one to each.
    fn sum(&self, keys: u32) -> i64;
}

impl<C: Counters> Counting for C {
    fn run(&self, streams: &Streams, slot: &Slot) -> Outcome {
        slot.run(|thread| {
            let (mut session, stream) = (self.session(), streams.thread(thread));
            move |position| Some(session.increment(&stream.at(position).key).cast_unsigned())
        })
    }

    fn sum(&self, keys: u32) -> i64 {
        let mut session = self.session();
        (0..keys).map(|number| session.increment(&key(number)) - 1).sum()
    }
}

fn cell(keys: u32, threads: usize) -> String {
    format!("incr/{keys}/{threads}")
}

fn names() -> Vec<String> {
    KEYS.into_iter().flat_map(|keys| THREADS.map(|threads| cell(keys, threads))).collect()
}

fn streams(context: &Context, keys: u32, threads: usize) -> Streams {
    Streams::new(keys, Distribution::Uniform, STREAM_STEPS, threads, context.options.seed)
}

fn run(context: &Context) -> Result<()> {
    let able = context.able(|peer| peer.counters);
    let peers: Vec<_> = able.iter().map(|(peer, _)| *peer).collect();
    for keys in KEYS {
        let counts = context.thread_counts().iter().copied();
        let counts: Vec<_> =
            counts.filter(|&threads| context.wants(&cell(keys, threads))).collect();
        let Some(&most) = counts.iter().max() else {
            continue;
        };
        let streams = streams(context, keys, most);
        let counters: Vec<_> = able.iter().map(|(_, open)| Counted::new(open())).collect();
        let title = format!("INCR of {keys} key(s)");
        let mut contest = Contest::new(context, &peers, title, GOALS);
        for threads in counts {
            let run = |peer: usize, slot: &Slot| Some(counters[peer].run(&streams, slot));
            contest.row(threads, &run);
        }
        contest.finish();
        for (peer, counted) in peers.iter().zip(&counters) {
            counted.check(keys).map_err(|error| format!("{}: {error}", peer.name))?;
        }
    }
    Ok(())
}

fn one(context: &Context, peer: &'static Entry, name: &str) -> Result<Option<Outcome>> {
    let mut cells = KEYS.into_iter().flat_map(|keys| THREADS.map(|threads| (keys, threads)));
    let named = cells.find(|(keys, threads)| cell(*keys, *threads) == name);
    let (keys, threads) = named.ok_or("no such cell")?;
    let Some(open) = peer.counters else {
        return Ok(None);
    };
    let slot = context.counting(threads, 0);
    Ok(Some(open().run(&streams(context, keys, threads), &slot)))
}

/// Counters and what was added to them.
struct Counted {
    counters: Box<dyn Counting>,
    steps: AtomicU64,
}

impl Counted {
    fn new(counters: Box<dyn Counting>) -> Self {
        Self { counters, steps: AtomicU64::new(0) }
    }

    fn run(&self, streams: &Streams, slot: &Slot) -> Outcome {
        let outcome = self.counters.run(streams, slot);
        self.steps.fetch_add(outcome.steps_in_all, Ordering::Relaxed);
        outcome
    }

    fn check(&self, keys: u32) -> Result<()> {
        let (sum, steps) = (self.counters.sum(keys), self.steps.load(Ordering::Relaxed));
        if i64::try_from(steps) == Ok(sum) {
            return Ok(());
        }
        Err(format!("the counters add up to {sum} after {steps} increments").into())
    }
}
