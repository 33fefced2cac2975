//! One slot of a measurement: some threads repeat one step for a while, and the slot says how often.
//!
//! A slot either counts or times. When it counts, the clock is read now and then; when it times,
//! the time stamp counter is read before and after each step, each time behind a fence, and nothing is subtracted. It knows no peer:
//! the step is a closure that is made inside its thread and inlined into the loop.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{Ordering, fence};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use quanta::Clock;

/// Most steps between two looks at the clock: 25 ns of clock over 128 steps of 100 ns are 0.2 %.
const CHUNK_MAX: usize = 128;

/// Between two looks at the clock there are more and more steps until they take this long; slow steps are
/// looked at one by one. Arbitrary: it need only be short beside a slot and long beside the clock.
const CHUNK_TIME: Duration = Duration::from_micros(20);

/// When a slot ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Length {
    /// After some time; what runs in the first part is not measured.
    Time {
        /// Run first and forgotten: it fills caches and allocator lists.
        warm_up: Duration,
        /// Run then and measured.
        measured: Duration,
    },
    /// After this many steps of each thread, for runs under callgrind.
    Steps(usize),
}

/// What to run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// Threads that run at the same time; more than there are processors if the cell says so.
    pub threads: usize,
    /// When it ends.
    pub length: Length,
    /// The position in its stream at which each thread begins.
    pub start: usize,
    /// Whether each step is timed.
    pub timed: bool,
}

/// What came out.
pub(crate) struct Outcome {
    /// Measured steps of all threads.
    pub steps: u64,
    /// Measured and other steps.
    pub steps_in_all: u64,
    /// Measured steps that found nothing where there should be something.
    pub misses: u64,
    /// From the first thread's begin to the last one's end.
    pub elapsed: Duration,
    /// Nanoseconds of each step; empty unless timed.
    pub latency: Histogram<u64>,
}

impl Outcome {
    /// Steps a second.
    pub(crate) fn rate(&self) -> f64 {
        self.steps as f64 / self.elapsed.as_secs_f64()
    }
}

/// What one thread counted.
struct Tally {
    begin: Instant,
    end: Instant,
    steps: u64,
    steps_in_all: u64,
    misses: u64,
    latency: Histogram<u64>,
}

impl Tally {
    fn new() -> Self {
        let now = Instant::now();
        let latency = histogram();
        Self { begin: now, end: now, steps: 0, steps_in_all: 0, misses: 0, latency }
    }
}

impl Slot {
    /// Runs the slot. `worker` is called once in each thread, with the thread's number, and gives the step: called
    /// with its position, it returns something that depends on what it read, or `None` for a miss.
    pub(crate) fn run<W, S>(&self, worker: W) -> Outcome
    where
        W: Fn(usize) -> S + Sync,
        S: FnMut(usize) -> Option<u64>,
    {
        let (worker, barrier) = (&worker, &Barrier::new(self.threads));
        let tallies: Vec<Tally> = thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads)
                .map(|number| scope.spawn(move || self.work(worker(number), barrier)))
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no step panics")).collect()
        });
        let mut latency = histogram();
        for tally in &tallies {
            latency.add(&tally.latency).expect("same bounds");
        }
        let begin = tallies.iter().map(|tally| tally.begin).min().expect("a thread");
        let end = tallies.iter().map(|tally| tally.end).max().expect("a thread");
        Outcome {
            steps: tallies.iter().map(|tally| tally.steps).sum(),
            steps_in_all: tallies.iter().map(|tally| tally.steps_in_all).sum(),
            misses: tallies.iter().map(|tally| tally.misses).sum(),
            elapsed: end - begin,
            latency,
        }
    }

    fn work<S: FnMut(usize) -> Option<u64>>(&self, step: S, barrier: &Barrier) -> Tally {
        let clock = Clock::new();
        let mut lap = Lap { step, position: self.start, sum: 0, tally: Tally::new() };
        match self.length {
            Length::Time { warm_up, measured } => {
                let deadline = Instant::now() + warm_up;
                lap.repeat_until(deadline, Lap::run);
                lap.tally.steps = 0;
                lap.tally.misses = 0;
                barrier.wait();
                lap.tally.begin = Instant::now();
                let deadline = lap.tally.begin + measured;
                if self.timed {
                    lap.repeat_until(deadline, |lap, steps| lap.time(steps, &clock));
                } else {
                    lap.repeat_until(deadline, Lap::run);
                }
            }
            Length::Steps(steps) => {
                barrier.wait();
                lap.tally.begin = Instant::now();
                lap.run(steps);
            }
        }
        lap.tally.end = Instant::now();
        black_box(lap.sum);
        lap.tally
    }
}

/// A thread in its loop.
struct Lap<S> {
    step: S,
    position: usize,
    sum: u64,
    tally: Tally,
}

impl<S: FnMut(usize) -> Option<u64>> Lap<S> {
    fn repeat_until(&mut self, deadline: Instant, mut chunk: impl FnMut(&mut Self, usize)) {
        let (mut steps, mut now) = (1, Instant::now());
        while now < deadline {
            chunk(self, steps);
            let then = std::mem::replace(&mut now, Instant::now());
            if now - then < CHUNK_TIME {
                steps = (2 * steps).min(CHUNK_MAX);
            }
        }
    }

    fn run(&mut self, steps: usize) {
        let (mut sum, mut misses) = (0_u64, 0);
        for position in self.position..self.position + steps {
            match (self.step)(position) {
                Some(seen) => sum = sum.wrapping_add(seen),
                None => misses += 1,
            }
        }
        self.ran(steps, sum, misses);
    }

    fn time(&mut self, steps: usize, clock: &Clock) {
        let (mut sum, mut misses) = (0_u64, 0);
        for position in self.position..self.position + steps {
            let begin = moment(clock);
            let seen = (self.step)(position);
            let end = moment(clock);
            match seen {
                Some(seen) => sum = sum.wrapping_add(seen),
                None => misses += 1,
            }
            self.tally.latency.saturating_record(clock.delta_as_nanos(begin, end));
        }
        self.ran(steps, sum, misses);
    }

    fn ran(&mut self, steps: usize, sum: u64, misses: u64) {
        self.position += steps;
        self.sum = self.sum.wrapping_add(sum);
        self.tally.steps += steps as u64;
        self.tally.steps_in_all += steps as u64;
        self.tally.misses += misses;
    }
}

/// The time stamp counter, read after everything before it is done: without the fence a processor begins the next
/// step while it waits for memory in this one, and a wait for memory looks shorter than it is.
#[inline(always)]
fn moment(clock: &Clock) -> u64 {
    fence(Ordering::SeqCst);
    clock.raw()
}

/// What the two readings around a step cost by themselves.
pub(crate) fn timer_overhead() -> Histogram<u64> {
    let clock = Clock::new();
    let mut spent = histogram();
    for _ in 0..1_000_000 {
        let begin = moment(&clock);
        let end = moment(&clock);
        spent.saturating_record(clock.delta_as_nanos(begin, end));
    }
    spent
}

/// From 1 ns to a minute, to three digits.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("bounds are in order")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    fn count(slot: Slot) -> (Outcome, u64) {
        let calls = AtomicU64::new(0);
        let outcome = slot.run(|_| {
            |position| {
                calls.fetch_add(1, Ordering::Relaxed);
                (position % 2 == 0).then_some(1)
            }
        });
        (outcome, calls.into_inner())
    }

    #[test]
    fn steps_of_all_threads_are_counted() {
        let slot = Slot { threads: 3, length: Length::Steps(1000), start: 5, timed: false };
        let (outcome, calls) = count(slot);
        assert_eq!((outcome.steps, calls, outcome.misses), (3000, 3000, 1500));
    }

    #[test]
    fn a_timed_slot_times_each_step() {
        let measured = Duration::from_millis(5);
        let length = Length::Time { warm_up: Duration::ZERO, measured };
        let (outcome, calls) = count(Slot { threads: 2, length, start: 0, timed: true });
        assert_eq!(outcome.latency.len(), outcome.steps);
        assert_eq!((outcome.steps, outcome.steps_in_all), (calls, calls));
        assert!(outcome.elapsed >= measured);
    }
}
