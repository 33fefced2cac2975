//! Rates: steps a second, round by round.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::data::Ask;

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

    /// Its median in thousands, as a cell of a table.
    pub(crate) fn cell(&self, contestant: usize) -> String {
        self.of(contestant).map_or_else(|| "-".to_owned(), |rate| format!("{:.1}", rate / 1e3))
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// How often a second something is done that is done so many times.
pub(crate) fn pace<R>(times: usize, work: impl FnOnce() -> R) -> (f64, R) {
    let start = Instant::now();
    let result = work();
    (times as f64 / start.elapsed().as_secs_f64(), result)
}

/// Steps a second of one thread, for a while; an eighth of it before, unmeasured.
pub(crate) fn rate(
    asks: &[Ask],
    round: usize,
    slot: Duration,
    mut step: impl FnMut(&Ask) -> usize,
) -> f64 {
    // Every round asks others.
    let mut asks = asks.iter().cycle().skip(round * 7919 % asks.len());
    let mut run = |slot: Duration| {
        let (start, mut steps) = (Instant::now(), 0_usize);
        while start.elapsed() < slot {
            for ask in asks.by_ref().take(BATCH) {
                black_box(step(ask));
            }
            steps += BATCH;
        }
        steps as f64 / start.elapsed().as_secs_f64()
    };
    run(slot / 8);
    run(slot)
}
