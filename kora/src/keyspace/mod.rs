//! The map of keys: what a stripe holds, and the two doors to it.
//!
//! A [`Stripe`] is what one lease protects. A [`Keyspace`] is one numbered database of a
//! stripe, in the hands of whoever holds the lease, for one job. Values are read through the
//! read door (`read.rs`) and change through the write door (`write.rs`) only; `short.rs` is the short
//! way through both. Nothing here
//! knows a thread, a lock or a file; `ops`, `commands` and `api`, which do for keys what those of
//! `types` do for values, are the only ones above the engine.

pub(crate) mod deadline;
mod detached;
pub(crate) mod edit;
pub(crate) mod effect;
pub(crate) mod entry;
pub(crate) mod event;
pub(crate) mod eviction;
pub(crate) mod expiry;
pub(crate) mod job;
pub(crate) mod key;
pub(crate) mod lookups;
pub(crate) mod memory;
pub(crate) mod read;
mod replay;
pub(crate) mod short;
pub(crate) mod write;

pub(crate) mod api;
pub(crate) mod commands;
pub(crate) mod ops;

#[cfg(test)]
pub(crate) mod tests;

use crate::keyspace::effect::{Effect, Record};
use crate::map::Map;
use crate::types::Value;

pub(crate) use detached::Detached;
pub(crate) use entry::{Entry, EntryRef};
pub(crate) use expiry::Deadlines;
pub(crate) use job::{Garbage, Job, Shared};
pub(crate) use key::{Key, STRIPE_BITS, STRIPES};
pub(crate) use read::Reader;
pub(crate) use short::Short;

/// One numbered database of one stripe.
#[derive(Debug, Default)]
pub(crate) struct Space {
    map: Map<Entry, STRIPE_BITS>,
    deadlines: Deadlines,
    /// Bytes of entries, index and deadlines.
    bytes: usize,
}

/// What one lease protects: a part of the keys of every numbered database.
#[derive(Debug, Default)]
pub(crate) struct Stripe {
    first: Space,
    /// Databases 1 and up, as far as one was used.
    others: Vec<Option<Box<Space>>>,
    /// Memory that came or went and is not yet in the account.
    pub(crate) unsettled: isize,
}

impl Stripe {
    /// The numbered database; made when it is not there yet.
    #[inline]
    pub(crate) fn space(&mut self, number: u8) -> &mut Space {
        if number == 0 { &mut self.first } else { self.other(number) }
    }

    fn other(&mut self, number: u8) -> &mut Space {
        let at = usize::from(number) - 1;
        if self.others.len() <= at {
            self.others.resize_with(at + 1, || None);
        }
        self.others[at].get_or_insert_default()
    }

    /// The numbered database, if it was ever used.
    #[inline]
    fn existing(&self, number: u8) -> Option<&Space> {
        match usize::from(number).checked_sub(1) {
            None => Some(&self.first),
            Some(at) => self.others.get(at)?.as_deref(),
        }
    }

    /// The numbered database, if it was ever used, to change.
    #[inline]
    fn existing_mut(&mut self, number: u8) -> Option<&mut Space> {
        match usize::from(number).checked_sub(1) {
            None => Some(&mut self.first),
            Some(at) => self.others.get_mut(at)?.as_deref_mut(),
        }
    }

    /// Numbers of the databases that may hold keys.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u8> + use<> {
        0..=u8::try_from(self.others.len()).unwrap_or(u8::MAX)
    }

    /// Whether the numbered database was ever used.
    pub(crate) fn is_used(&self, number: u8) -> bool {
        self.existing(number).is_some()
    }

    /// Records an effect that happens to a numbered database on all stripes.
    pub(crate) fn record(number: u8, effect: Effect<'_>, job: &Job<'_>) {
        debug_assert!(effect.is_on_database(), "an effect on a key comes by the write door");
        job.record(&Record { database: number, key: b"", effect }, |_| {});
    }

    /// Lets two numbered databases change places; recorded once for all stripes.
    pub(crate) fn swap(&mut self, a: u8, b: u8) {
        if !self.is_used(a) && !self.is_used(b) {
            return;
        }
        let taken = std::mem::take(self.space(a));
        let taken = std::mem::replace(self.space(b), taken);
        *self.space(a) = taken;
    }

    /// Takes all keys of another stripe in place of its own, which are returned.
    #[cfg(feature = "server")]
    pub(crate) fn exchange(&mut self, other: Stripe) -> Stripe {
        let unsettled = self.unsettled + write::difference(other.bytes(), self.bytes());
        std::mem::replace(self, Stripe { unsettled, ..other })
    }

    /// Bytes of all numbered databases.
    #[cfg(feature = "server")]
    fn bytes(&self) -> usize {
        let others = self.others.iter().flatten().map(|space| space.bytes);
        self.first.bytes + others.sum::<usize>()
    }

    /// Whether a key of the stripe may have to expire.
    pub(crate) fn has_deadlines(&self) -> bool {
        let others = self.others.iter().flatten().any(|space| !space.deadlines.is_empty());
        others || !self.first.deadlines.is_empty()
    }

    /// A numbered database to read; `None` when it was never used.
    #[inline]
    pub(crate) fn reader<'a>(&'a self, number: u8, job: &'a Job<'a>) -> Option<Reader<'a>> {
        Some(Reader { space: self.existing(number)?, job })
    }

    /// Opens a numbered database for a job.
    #[inline]
    pub(crate) fn keyspace<'a>(&'a mut self, number: u8, job: &'a Job<'a>) -> Keyspace<'a> {
        Keyspace { space: self.space(number), number, job }
    }

    /// Starts loading the slot of a hash in database 0.
    #[inline]
    pub(crate) fn prefetch_slot(&self, hash: u64) {
        self.first.map.prefetch_slot(hash);
    }

    /// Starts loading the block of a hash in database 0.
    #[inline]
    pub(crate) fn prefetch_block(&self, hash: u64) {
        self.first.map.prefetch_block(hash);
    }
}

/// One numbered database of one stripe, for one job under the stripe's lease.
#[derive(Debug)]
pub(crate) struct Keyspace<'a> {
    space: &'a mut Space,
    number: u8,
    job: &'a Job<'a>,
}

impl Keyspace<'_> {
    /// The job's time, unix milliseconds.
    pub(crate) fn now(&self) -> i64 {
        self.job.now()
    }

    /// Accounts for memory that came or went.
    #[inline]
    fn grow(&mut self, bytes: isize) {
        self.space.bytes = self.space.bytes.wrapping_add_signed(bytes);
        self.job.grow(bytes);
    }
}

const _: () = assert!(size_of::<Value>() <= 128, "values are boxed, keep the box small");
