//! Making room when memory is full: the best of a sample over a few stripes leaves.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::config::Eviction;
use crate::engine::worker::{BUDGET, PAUSE};
use crate::engine::{Engine, Left, Message, Task};
use crate::error::{Error, Result};
use crate::keyspace::eviction::Candidate;
use crate::keyspace::{Job, STRIPES};
use crate::random;

/// Stripes a round looks at; with five keys of each, the sample is twice Redis's.
const STRIPES_SAMPLED: usize = 2;
/// Rounds in a row without a candidate before the search visits every stripe.
const MISSES_MAX: usize = 16;
/// Keys that one call evicts at most when the limit is passed by little: a caller is not held
/// for long by what one before it wrote, and those after it go on.
const EVICTIONS_MAX: usize = 64;

impl Engine {
    /// Before a job that may write: evicts when memory is full, and refuses the job when what it
    /// writes could not be recorded.
    #[inline]
    pub(crate) fn prepare_write(&self) -> Result<()> {
        self.make_room();
        self.admit_writes()
    }

    /// Evicts until memory is under its limit, as far as the policy and the bound of one
    /// call allow.
    #[inline]
    pub(crate) fn make_room(&self) {
        if self.shared.memory.is_over() {
            self.evict();
        }
    }

    /// Refuses what needs memory when none can be made free.
    #[inline]
    pub(crate) fn admit(&self) -> Result<()> {
        self.make_room();
        if self.shared.memory.is_full() { Err(Error::OutOfMemory) } else { Ok(()) }
    }

    /// Has a shard's thread evict what is too much, though nobody writes.
    pub(super) fn shrink(&self) {
        let memory = &self.shared.memory;
        if memory.is_over() && memory.begin_to_shrink() {
            self.shrink_later(Duration::ZERO);
        }
    }

    fn shrink_later(&self, pause: Duration) {
        let task: Task = Box::new(|engine: &Engine| engine.shrink_for_a_while());
        // Fails only while the database shuts down, when there is no need.
        if self.send(Message::After(pause, task)).is_err() {
            self.shared.memory.end_shrinking();
        }
    }

    /// Evicts for at most a budget of time, and goes on after a pause.
    fn shrink_for_a_while(&self) {
        let (memory, work) = (&self.shared.memory, Stopwatch::start());
        let eviction = memory.eviction();
        while memory.is_over() && self.evict() > 0 {
            if work.elapsed() > BUDGET {
                return self.shrink_later(PAUSE);
            }
        }
        memory.end_shrinking();
        if memory.eviction() != eviction {
            // What could not go may go by the policy that there is by now.
            self.shrink();
        }
    }

    /// Evicts what is too much, as far as one call does; how many keys that were.
    #[cold]
    fn evict(&self) -> usize {
        let (mut evicted, mut misses) = (0, 0);
        let memory = &self.shared.memory;
        if memory.eviction() == Eviction::None {
            memory.set_exhausted(true);
            return 0;
        }
        if self.admit_writes().is_err() {
            return 0;
        }
        while memory.is_over() && (evicted < EVICTIONS_MAX || memory.is_far_over()) {
            let candidate = if misses < MISSES_MAX {
                let sample =
                    (0..STRIPES_SAMPLED).filter_map(|_| self.candidate(random::below(STRIPES)));
                sample.max_by_key(|(_, candidate)| candidate.score)
            } else {
                let start = random::below(STRIPES);
                (0..STRIPES).find_map(|step| self.candidate((start + step) % STRIPES))
            };
            match candidate {
                Some((stripe, candidate)) => {
                    misses = 0;
                    memory.set_exhausted(false);
                    evicted += usize::from(self.evict_one(stripe, &candidate));
                }
                None if misses < MISSES_MAX => misses += 1,
                None => {
                    memory.set_exhausted(true);
                    break;
                }
            }
        }
        evicted
    }

    fn candidate(&self, at: usize) -> Option<(usize, Candidate)> {
        let mut stripe = self.stripes[at].0.lock();
        let job = Job::new(&self.shared);
        let policy = self.shared.memory.eviction();
        let used: Vec<u8> = stripe.numbers().filter(|number| stripe.is_used(*number)).collect();
        let best = used
            .into_iter()
            .filter_map(|number| stripe.keyspace(number, &job).eviction_candidate(policy))
            .max_by_key(|candidate| candidate.score)?;
        Some((at, best))
    }

    fn evict_one(&self, at: usize, candidate: &Candidate) -> bool {
        let mut stripe = self.stripes[at].0.lock();
        let job = Job::new(&self.shared);
        let policy = self.shared.memory.eviction();
        let gone = stripe.keyspace(candidate.database, &job).evict(policy, candidate);
        // Nobody is given anything by what goes.
        let Left { garbage, logged, .. } = self.end(job, &mut stripe, at);
        // What was evicted counts at once: the caller compares with the limit after each key.
        self.shared.memory.settle(std::mem::take(&mut stripe.unsettled));
        drop(stripe);
        self.free(garbage, at);
        // An error is kept by the log, which tells every writer; nobody asked for this one.
        drop(logged);
        if gone.is_some() {
            self.shared.evicted.fetch_add(1, Ordering::Relaxed);
        }
        gone.is_some()
    }
}
