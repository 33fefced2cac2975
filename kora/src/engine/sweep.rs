//! The whole keyspace of a numbered database, visited in slices.
//!
//! A slice is a part of one stripe under its lease; between slices every lease is free. What
//! a sweep sees is therefore not one moment, as with Redis's SCAN, except where a step says
//! that it holds all leases.

use std::cell::RefCell;
use std::fmt;

use crate::engine::{Engine, Transaction, catch};
use crate::error::Result;
use crate::keyspace::effect::Effect;
use crate::keyspace::{EntryRef, Job, Key, Keyspace, Reader, STRIPE_BITS, STRIPES, Stripe};
use crate::random;

/// Entries a slice visits before it gives the lease back.
const SLICE: usize = 64;
/// Cursors are positions in hash order without the lowest bits, so that they stay positive in
/// clients that keep them as signed integers. No position uses these bits.
const CURSOR_SHIFT: u32 = 2;

/// Who frees the memory of what is gone, once the leases are free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freeing {
    /// The caller, before its call returns.
    AtOnce,
    /// A shard's thread.
    Later,
}

/// A numbered database as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sweep<'e> {
    engine: &'e Engine,
    number: u8,
    /// All leases, when it is a step of a transaction that holds them.
    held: Option<&'e dyn AllHeld>,
}

/// A transaction that holds all leases, lent to one step after the other.
pub(crate) trait AllHeld: fmt::Debug {
    /// Works on it.
    fn lend(&self, work: &mut dyn FnMut(&mut Transaction<'_>));
}

impl AllHeld for RefCell<&mut Transaction<'_>> {
    fn lend(&self, work: &mut dyn FnMut(&mut Transaction<'_>)) {
        work(&mut self.borrow_mut());
    }
}

/// Works on what is lent, once.
fn on_held<R>(held: &dyn AllHeld, work: impl FnOnce(&mut Transaction<'_>) -> R) -> R {
    let (mut work, mut result) = (Some(work), None);
    held.lend(&mut |transaction| result = work.take().map(|work| work(transaction)));
    result.expect("what is lent is worked on once")
}

impl Engine {
    /// Notes an effect on a numbered database that was applied to all stripes: records it, and
    /// tells a snapshot that is being taken.
    pub(crate) fn happened(&self, number: u8, effect: Effect<'_>, all: &Transaction<'_>) {
        Stripe::record(number, effect, all.job());
        self.snapshots.follow(number, &effect);
        self.tell_of_database(number, effect, all);
    }

    /// Visits every entry of every numbered database, also those that have expired.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn each_entry(&self, mut visit: impl FnMut(u8, EntryRef<'_>)) {
        for leased in &self.stripes {
            let stripe = leased.0.lock();
            let job = Job::new(&self.shared);
            for number in stripe.numbers() {
                let mut position = stripe.reader(number, &job).map(|reader| (reader, 0));
                while let Some((reader, from)) = position {
                    let next = reader.entries(from, SLICE, |entry| visit(number, entry));
                    position = next.map(|next| (reader, next));
                }
            }
        }
    }

    /// The numbered database as a whole.
    pub(crate) fn sweep(&self, number: u8) -> Sweep<'_> {
        Sweep { engine: self, number, held: None }
    }

    /// The same, as a step of a transaction that holds all leases.
    #[cfg(feature = "server")]
    pub(crate) fn sweep_held<'e>(&'e self, number: u8, held: &'e dyn AllHeld) -> Sweep<'e> {
        Sweep { engine: self, number, held: Some(held) }
    }
}

impl<'e> Sweep<'e> {
    /// Looks at one stripe.
    fn look<R>(self, at: usize, look: impl FnOnce(&Stripe, &Job<'_>) -> R) -> R {
        match self.held {
            None => {
                let stripe = self.engine.stripes[at].0.lock();
                look(&stripe, &Job::new(&self.engine.shared))
            }
            Some(held) => on_held(held, |transaction| {
                let (stripe, job) = transaction.stripe_at(at);
                look(stripe, job)
            }),
        }
    }

    /// Looks at the database's part in each stripe that has one.
    fn look_at_all(self, mut see: impl FnMut(Reader<'_>)) {
        for at in 0..STRIPES {
            self.look(at, |stripe, job| {
                if let Some(reader) = stripe.reader(self.number, job) {
                    see(reader);
                }
            });
        }
    }

    /// Another numbered database, as a whole.
    #[cfg(feature = "server")]
    pub(crate) fn of(self, number: u8) -> Sweep<'e> {
        Sweep { number, ..self }
    }

    /// Whether it is a step of a transaction that holds all leases.
    pub(crate) fn is_held(self) -> bool {
        self.held.is_some()
    }

    /// Bytes that keys and values take, of all numbered databases; settles every stripe's difference
    /// first.
    pub(crate) fn used_memory(self) -> usize {
        let memory = &self.engine.shared.memory;
        let settle = |stripe: &mut Stripe| memory.settle(std::mem::take(&mut stripe.unsettled));
        let under_way = match self.held {
            None => {
                self.engine.stripes.iter().for_each(|leased| settle(&mut leased.0.lock()));
                0
            }
            Some(held) => on_held(held, |transaction| {
                transaction.stripes().for_each(|(stripe, _)| settle(stripe));
                transaction.job().grown()
            }),
        };
        memory.used().saturating_add_signed(under_way)
    }

    /// Changes how many bytes may be held; `None` for no limit.
    pub(crate) fn set_memory_limit(self, limit: Option<usize>) {
        self.engine.shared.memory.set_limit(limit);
        // What stripes have kept back may be more than they may keep from here on.
        self.used_memory();
        self.engine.shrink();
    }

    /// How many keys there are, those that have expired and were not yet removed among them.
    pub(crate) fn len(self) -> usize {
        let mut len = 0;
        self.look_at_all(|reader| len += reader.len());
        len
    }

    /// How many keys have a deadline, and how many milliseconds these have left: the mean of all of
    /// them, rounded down, and 0 when there is none. One that is due and was not yet removed has
    /// less than none.
    #[cfg(feature = "server")]
    pub(crate) fn deadlines(self) -> (usize, i64) {
        let (mut count, mut total) = (0, 0);
        self.look_at_all(|reader| {
            count += reader.deadline_count();
            total += reader.deadline_total();
        });
        let mean = i128::try_from(count).ok().and_then(|count| total.checked_div(count));
        let left = mean.map_or(0, |mean| mean - i128::from(self.engine.now_ms()));
        (count, i64::try_from(left.max(0)).unwrap_or(i64::MAX))
    }

    /// Visits live entries from a cursor on until at least `least` were visited; returns the
    /// next cursor, 0 at the end. Cursor 0 is the beginning.
    ///
    /// A key that is there from the first call of a pass to its last is visited.
    pub(crate) fn scan(
        self,
        cursor: u64,
        least: usize,
        mut visit: impl FnMut(EntryRef<'_>),
    ) -> Result<u64> {
        let mut position = cursor << CURSOR_SHIFT;
        let mut visited = 0;
        loop {
            let at = crate::keyspace::key::stripe_of(position);
            let wanted = (least - visited).min(SLICE);
            let next = self.slice(at, position << STRIPE_BITS, wanted, &mut |entry| {
                visited += 1;
                visit(entry);
            })?;
            position = match next {
                Some(next) => {
                    (position & (u64::MAX << (u64::BITS - STRIPE_BITS))) | next >> STRIPE_BITS
                }
                None if at + 1 == STRIPES => return Ok(0),
                None => ((at + 1) as u64) << (u64::BITS - STRIPE_BITS),
            };
            if visited >= least {
                return Ok(position >> CURSOR_SHIFT);
            }
        }
    }

    fn slice(
        self,
        at: usize,
        position: u64,
        least: usize,
        visit: &mut impl FnMut(EntryRef<'_>),
    ) -> Result<Option<u64>> {
        self.look(at, |stripe, job| {
            let Some(reader) = stripe.reader(self.number, job) else { return Ok(None) };
            catch(|| Ok(reader.scan(position, least, visit)))
        })
    }

    /// Visits every live entry.
    pub(crate) fn each(self, mut visit: impl FnMut(EntryRef<'_>)) -> Result<()> {
        let mut cursor = 0;
        loop {
            cursor = self.scan(cursor, SLICE, &mut visit)?;
            if cursor == 0 {
                return Ok(());
            }
        }
    }

    /// A live key, chosen about uniformly: a random stripe, then a random entry of it. `None`
    /// when there is none.
    pub(crate) fn random_key(self) -> Result<Option<Vec<u8>>> {
        /// Picks before the search gives up luck and takes the first live key it meets.
        const TRIES: usize = 4 * STRIPES;
        for _ in 0..TRIES {
            let picked = self.look(random::below(STRIPES), |stripe, job| {
                let reader = stripe.reader(self.number, job)?;
                let picked = reader.pick().filter(|entry| reader.lives(*entry));
                picked.map(|entry| entry.key().to_vec())
            });
            if picked.is_some() {
                return Ok(picked);
            }
        }
        let (mut first, mut cursor) = (None, 0);
        loop {
            cursor = self.scan(cursor, 1, |entry| {
                first.get_or_insert_with(|| entry.key().to_vec());
            })?;
            if first.is_some() || cursor == 0 {
                return Ok(first);
            }
        }
    }

    /// Removes every key, in one step.
    pub(crate) fn clear(self, freeing: Freeing) -> Result<()> {
        self.clear_numbers(&[self.number], freeing)
    }

    /// Removes every key of every numbered database, in one step.
    pub(crate) fn clear_all(self, freeing: Freeing) -> Result<()> {
        self.clear_numbers(&self.engine.numbers(), freeing)
    }

    fn clear_numbers(self, numbers: &[u8], freeing: Freeing) -> Result<()> {
        let gone = self.everywhere(|transaction| {
            let mut gone = Vec::new();
            for number in numbers {
                let before = gone.len();
                for (stripe, job) in transaction.stripes() {
                    if stripe.reader(*number, job).is_some_and(|reader| reader.len() > 0) {
                        gone.push(stripe.keyspace(*number, job).clear());
                    }
                }
                if gone.len() > before {
                    self.engine.happened(*number, Effect::Clear, transaction);
                }
            }
            Ok(gone)
        })?;
        match freeing {
            Freeing::AtOnce if self.held.is_none() => drop(gone),
            // Nobody waits for all leases while this is freed.
            Freeing::AtOnce | Freeing::Later => {
                self.engine.free_later(random::below(STRIPES), gone)
            }
        }
        Ok(())
    }

    /// Lets two numbered databases change places, in one step.
    pub(crate) fn swap(self, a: u8, b: u8) -> Result<()> {
        if a == b {
            return Ok(());
        }
        self.everywhere(|transaction| {
            transaction.stripes().for_each(|(stripe, _)| stripe.swap(a, b));
            self.engine.happened(a, Effect::Swap(b), transaction);
            Ok(())
        })
    }

    /// The engine, for what is about all numbered databases.
    pub(crate) fn engine(self) -> &'e Engine {
        self.engine
    }

    /// Does a job on one key.
    pub(crate) fn on<R>(
        self,
        key: &Key<'_>,
        job: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Result<R> {
        match self.held {
            None => self.engine.on(self.number, key, job),
            Some(held) => on_held(held, |transaction| job(&mut transaction.keyspace(key))),
        }
    }

    /// Does a job on the stripes of several keys, as one step.
    pub(crate) fn together<R>(
        self,
        keys: &[&Key<'_>],
        job: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        match self.held {
            None => self.engine.together(self.number, keys.iter().copied(), job),
            Some(held) => on_held(held, job),
        }
    }

    /// Does a job on all stripes, as one step, which nobody else can do anything beside.
    pub(crate) fn everywhere<R>(
        self,
        job: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        match self.held {
            None => self.engine.everywhere(self.number, job),
            Some(held) => on_held(held, job),
        }
    }

    /// A number of a database as it is kept; `None` when there is no such database.
    pub(crate) fn database(self, number: usize) -> Option<u8> {
        u8::try_from(number).ok().filter(|_| number < self.engine.database_count)
    }
}
