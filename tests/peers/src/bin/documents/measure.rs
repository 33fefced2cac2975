//! Rates: steps a second.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::data::{Ask, Person};
use crate::stores::{Kora, Operation, Store, step};

/// Steps between two looks at the clock.
const BATCH: usize = 16;

/// Rates of each contestant, one a round; none of one that was left out.
pub(crate) struct Rates(Vec<Vec<f64>>);

impl Rates {
    pub(crate) fn new(contestants: usize) -> Rates {
        Rates(vec![Vec::new(); contestants])
    }

    pub(crate) fn add(&mut self, contestant: usize, rate: f64) {
        self.0[contestant].push(rate);
    }

    /// The median of the rounds.
    pub(crate) fn of(&self, contestant: usize) -> Option<f64> {
        median(self.0[contestant].clone())
    }

    /// The median, over the rounds, of one rate by the other.
    pub(crate) fn ratio(&self, one: usize, other: usize) -> Option<f64> {
        let pairs = self.0[one].iter().zip(&self.0[other]);
        median(pairs.map(|(one, other)| one / other).collect())
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Documents a second, and the store that has them.
pub(crate) fn insert_rate(mut store: Box<dyn Store>, people: &[Person]) -> (f64, Box<dyn Store>) {
    let start = Instant::now();
    store.insert(people);
    (people.len() as f64 / start.elapsed().as_secs_f64(), store)
}

/// Steps a second of one thread, for a while; an eighth of it before, unmeasured.
pub(crate) fn rate(
    store: &dyn Store,
    operation: Operation,
    asks: &[Ask],
    round: usize,
    slot: Duration,
) -> f64 {
    // Every round asks others.
    let mut asks = asks.iter().cycle().skip(round * 7919 % asks.len());
    let mut run = |slot: Duration| {
        let (start, mut steps) = (Instant::now(), 0_usize);
        while start.elapsed() < slot {
            for ask in asks.by_ref().take(BATCH) {
                black_box(step(store, operation, ask));
            }
            steps += BATCH;
        }
        steps as f64 / start.elapsed().as_secs_f64()
    };
    run(slot / 8);
    run(slot)
}

/// Steps a second of so many threads that get nine documents and update one.
pub(crate) fn mixed_rate(kora: &Kora, threads: usize, asks: &[Ask], slot: Duration) -> f64 {
    let stop = AtomicBool::new(false);
    let (stop, start) = (&stop, Instant::now());
    let steps: usize = std::thread::scope(|scope| {
        let run = |thread: usize| {
            let asks = asks.iter().cycle().skip(thread * asks.len() / 2);
            let mut steps = 0;
            for ask in asks {
                let operation = if steps % 10 == 9 { Operation::Update } else { Operation::Get };
                black_box(step(kora, operation, ask));
                steps += 1;
                if steps % BATCH == 0 && stop.load(Ordering::Relaxed) {
                    break;
                }
            }
            steps
        };
        let workers: Vec<_> = (0..threads).map(|thread| scope.spawn(move || run(thread))).collect();
        std::thread::sleep(slot);
        stop.store(true, Ordering::Relaxed);
        workers.into_iter().map(|worker| worker.join().expect("no panic")).sum()
    });
    steps as f64 / start.elapsed().as_secs_f64()
}
