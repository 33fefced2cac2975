//! A million keys that expire in the same second, and two threads that read and write other keys meanwhile.
//!
//! What counts is the longest wait of any call, beside the same run with a million keys that stay. A shared
//! machine stops a thread for milliseconds by itself: the run without expiry shows how long. A peer that waits less because it
//! leaves dead keys in memory is told by the number of keys that it holds afterwards.

use std::thread;
use std::time::{Duration, SystemTime};

use super::store::look;
use super::{Context, Family, Result};
use crate::data::{Distribution, Streams, Values, key};
use crate::peers::{Entry, Expiry, Peer, Session};
use crate::report::{JUDGED, Table, digits, median, nanoseconds};
use crate::slot::{Length, Outcome, Slot};

pub(crate) const FAMILY: Family = Family { cells: || vec![CELL.into()], run, one: None };

const CELL: &str = "expiry";
const THREADS: usize = 2;
const VALUE_BYTES: usize = 64;
const STREAM_STEPS: usize = 1 << 18;

/// The keys that stay come first, those that expire have the numbers after them.
const STAYING: u32 = 100_000;

/// The callers begin this long before the keys die and go on this long after.
const BEFORE: Duration = Duration::from_millis(300);
const AFTER: Duration = Duration::from_millis(2700);

/// A store whose keys expire behind one door.
pub(crate) trait Expiring: Send + Sync {
    /// Puts the keys that stay and the others in; the others die at `deadline`, if there is one.
    fn load(&self, others: u32, values: &Values, deadline: Option<SystemTime>);

    /// How many keys take memory.
    fn stored(&self) -> Result<usize>;

    /// How many of some of the others a get finds.
    fn sample(&self, others: u32) -> usize;

    /// Reads and writes the keys that stay.
    fn run(&self, streams: &Streams, values: &Values, slot: &Slot) -> Outcome;
}

const SAMPLE: usize = 1000;

/// How much longer Kora's longest wait is to be at most when keys expire.
const ADDED_MS_MAX: f64 = 1.0;

impl<P: Expiry> Expiring for P {
    fn load(&self, others: u32, values: &Values, deadline: Option<SystemTime>) {
        let pair = |number| (key(number), values.of(number));
        Peer::load(self, &mut (0..STAYING).map(pair));
        let mut others = (STAYING..STAYING + others).map(pair);
        match deadline {
            Some(deadline) => self.load_until(&mut others, deadline),
            None => Peer::load(self, &mut others),
        }
    }

    fn stored(&self) -> Result<usize> {
        Expiry::stored(self)
    }

    fn sample(&self, others: u32) -> usize {
        let mut session = self.session();
        let numbers = (STAYING..STAYING + others).step_by((others as usize / SAMPLE).max(1));
        numbers.take(SAMPLE).filter(|&number| session.get(&key(number)).is_some()).count()
    }

    fn run(&self, streams: &Streams, values: &Values, slot: &Slot) -> Outcome {
        slot.run(|thread| {
            let (mut session, stream) = (self.session(), streams.thread(thread));
            move |position| {
                let step = stream.at(position);
                if step.roll >= 50 {
                    return session.get(&step.key).map(|value| look(value.as_ref()));
                }
                session.set(&step.key, values.of(u32::from(step.roll)));
                Some(1)
            }
        })
    }
}

fn run(context: &Context) -> Result<()> {
    let able = context.able(|peer| peer.expiry);
    if able.is_empty() || !context.wants(CELL) {
        return Ok(());
    }
    let (others, seed) = (context.options.keys, context.options.seed);
    let streams = Streams::new(STAYING, Distribution::Uniform, STREAM_STEPS, THREADS, seed);
    let title = format!(
        "waits of {THREADS} threads, half gets, half sets, on {STAYING} keys beside {others} others \
         that stay or expire in one second"
    );
    let head = [
        "peer",
        "others",
        "M steps/s",
        "p50",
        "p99.9",
        "p99.99",
        "longest",
        "keys before",
        "after",
    ];
    let mut table = Table::new(&title, &head);
    let data = Data { others, streams, values: Values::new(VALUE_BYTES, seed) };
    let mut added = Vec::new();
    for round in 0..context.options.rounds {
        for (peer, open) in able.iter().filter(|(peer, _)| round < rounds_of(context, peer)) {
            let [stay, expire] = [false, true].map(|expiring| {
                let ran = data.run(&*open(), expiring);
                told(peer, expiring, ran, &mut table)
            });
            if peer.name == JUDGED {
                added.extend(stay.zip(expire).map(|(stay, expire)| stay.added_ms(&expire)));
            }
        }
    }
    if !added.is_empty() {
        table.note(verdict(&added));
    }
    Ok(())
}

/// A longest wait is a single event, so the one that is judged has more turns than the others.
fn rounds_of(context: &Context, peer: &Entry) -> u32 {
    let rounds = context.options.rounds;
    let rounds = if peer.name == JUDGED { rounds } else { rounds.div_ceil(3) };
    rounds.min(peer.rounds_max)
}

/// Prints the row of a run.
fn told(peer: &Entry, expiring: bool, ran: Result<Ran>, table: &mut Table) -> Option<Ran> {
    match ran {
        Ok(ran) => {
            table.row(&ran.row(peer, expiring));
            let misses = ran.outcome.misses;
            if misses > 0 {
                table.note(format!("{} missed {misses} keys that stay", peer.name));
            }
            Some(ran)
        }
        Err(error) => {
            table.note(format!("{}: {error}", peer.name));
            None
        }
    }
}

/// What expiry adds to Kora's waits, at the median of the rounds.
fn verdict(added: &[[f64; 2]]) -> String {
    let [p9999, longest] = [0, 1].map(|which| {
        let of_rounds: Vec<_> = added.iter().map(|added| added[which]).collect();
        median(&of_rounds)
    });
    let word = if longest <= ADDED_MS_MAX { "met" } else { "SHORT" };
    format!(
        "{JUDGED}: expiry adds {longest:+.3} ms to the longest wait (target <= {ADDED_MS_MAX} ms: {word}) and \
         {p9999:+.3} ms to p99.99; medians of {} rounds",
        added.len()
    )
}

/// What came out of one run.
struct Ran {
    outcome: Outcome,
    before: usize,
    after: usize,
}

impl Ran {
    /// By how many milliseconds p99.99 and the longest wait of `other` are above those of this run.
    fn added_ms(&self, other: &Self) -> [f64; 2] {
        let at = |ran: &Self| {
            let latency = &ran.outcome.latency;
            [latency.value_at_quantile(0.9999), latency.max()].map(|ns| ns as f64 / 1e6)
        };
        let ([p9999, longest], [other_p9999, other_longest]) = (at(self), at(other));
        [other_p9999 - p9999, other_longest - longest]
    }

    fn row(&self, peer: &Entry, expiring: bool) -> [String; 9] {
        let latency = &self.outcome.latency;
        let at = |share| nanoseconds(latency.value_at_quantile(share));
        [
            peer.name.into(),
            if expiring { "expire" } else { "stay" }.into(),
            digits(self.outcome.rate() / 1e6),
            at(0.5),
            at(0.999),
            at(0.9999),
            nanoseconds(latency.max()),
            self.before.to_string(),
            self.after.to_string(),
        ]
    }
}

/// What all runs work on.
struct Data {
    others: u32,
    streams: Streams,
    values: Values,
}

impl Data {
    fn run(&self, store: &dyn Expiring, expiring: bool) -> Result<Ran> {
        let mut length = BEFORE + AFTER;
        if expiring {
            let begin = self.load_dying(store)?;
            length -= SystemTime::now().duration_since(begin).unwrap_or_default();
        } else {
            store.load(self.others, &self.values, None);
        }
        let before = store.stored()?;
        let outcome = store.run(&self.streams, &self.values, &slot(length));
        let after = store.stored()?;
        let alive = store.sample(self.others);
        if (alive == 0) == expiring {
            return Ok(Ran { outcome, before, after });
        }
        Err(format!("a get finds {alive} of {SAMPLE} others, which is not right").into())
    }

    /// Loads the others so that they die `BEFORE` after the moment that is returned, which has just come.
    fn load_dying(&self, store: &dyn Expiring) -> Result<SystemTime> {
        let mut lead = Duration::from_secs(3);
        loop {
            let deadline = SystemTime::now() + lead;
            store.load(self.others, &self.values, Some(deadline));
            let begin = deadline - BEFORE;
            if let Ok(left) = begin.duration_since(SystemTime::now()) {
                thread::sleep(left);
                return match store.sample(self.others) {
                    0 => Err("a get finds none of the others before their time".into()),
                    _ => Ok(begin),
                };
            }
            lead *= 2;
        }
    }
}

fn slot(measured: Duration) -> Slot {
    let length = Length::Time { warm_up: Duration::ZERO, measured };
    Slot { threads: THREADS, length, start: 0, timed: true }
}
