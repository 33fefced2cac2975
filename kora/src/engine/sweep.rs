//! The whole keyspace of a numbered database, visited in slices.
//!
//! A slice is a part of one stripe under its lease; between slices every lease is free. What
//! a sweep sees is therefore not one moment, as with Redis's SCAN, except where a step says
//! that it holds all leases.

use crate::engine::{Engine, catch};
use crate::error::Result;
use crate::keyspace::{EntryRef, Job, STRIPE_BITS, STRIPES, Stripe};
use crate::random;

/// Entries a slice visits before it gives the lease back.
const SLICE: usize = 64;
/// Cursors are positions in hash order without the lowest bits, so that they stay positive in
/// clients that keep them as signed integers. No position uses these bits.
const CURSOR_SHIFT: u32 = 2;

/// A numbered database as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sweep<'e> {
    engine: &'e Engine,
    number: u8,
}

impl Engine {
    /// The numbered database as a whole.
    pub(crate) fn sweep(&self, number: u8) -> Sweep<'_> {
        Sweep { engine: self, number }
    }
}

impl Sweep<'_> {
    /// How many keys there are, those that have expired and were not yet removed among them.
    pub(crate) fn len(self) -> usize {
        let job = Job::new(&self.engine.shared);
        let stripes = self.engine.stripes.iter();
        let len = |stripe: &super::Leased| {
            stripe.0.lock().reader(self.number, &job).map_or(0, |reader| reader.len())
        };
        stripes.map(len).sum()
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
        let stripe = self.engine.stripes[at].0.lock();
        let job = Job::new(&self.engine.shared);
        let Some(reader) = stripe.reader(self.number, &job) else { return Ok(None) };
        catch(|| Ok(reader.scan(position, least, visit)))
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
            let stripe = self.engine.stripes[random::below(STRIPES)].0.lock();
            let job = Job::new(&self.engine.shared);
            let Some(reader) = stripe.reader(self.number, &job) else { continue };
            let picked = reader.pick().filter(|entry| reader.lives(*entry));
            if let Some(entry) = picked {
                return Ok(Some(entry.key().to_vec()));
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

    /// Removes every key, in one step; their memory goes after the leases are free.
    pub(crate) fn clear(self) -> Result<()> {
        self.clear_numbers(&[self.number])
    }

    /// Removes every key of every numbered database, in one step.
    pub(crate) fn clear_all(self) -> Result<()> {
        let count = self.engine.database_count;
        let numbers = (0..count).filter_map(|number| u8::try_from(number).ok());
        self.clear_numbers(&numbers.collect::<Vec<_>>())
    }

    fn clear_numbers(self, numbers: &[u8]) -> Result<()> {
        let gone = self.engine.everywhere(self.number, |transaction| {
            let mut gone = Vec::new();
            for (at, (stripe, job)) in transaction.stripes().enumerate() {
                for number in numbers {
                    if stripe.is_used(*number) {
                        gone.push(stripe.keyspace(*number, job).clear());
                    }
                }
                if at == 0 {
                    numbers.iter().for_each(|number| Stripe::record_clear(*number, job));
                }
            }
            Ok(gone)
        })?;
        drop(gone);
        Ok(())
    }
}
