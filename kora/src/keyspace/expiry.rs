//! When keys die: an index of deadlines, and bounded slices that remove what is due.
//!
//! A key that has expired is absent to readers at once (see `read.rs`). Its memory comes
//! back by the shard's thread, which takes what is due from the front of the deadline order,
//! a few keys to a lease. The order is exact; nothing is sampled.

use std::collections::BTreeSet;

use crate::keyspace::effect::{Effect, Record};
use crate::keyspace::event::Event;
use crate::keyspace::{Entry, EntryRef, Keyspace};
use crate::map::{BlockRef, Position};
use crate::mutation::{self, Mutation};
use crate::random;

/// Bytes of one deadline in the order: 16, and a B-tree's slack.
pub(crate) const DEADLINE_BYTES: usize = 24;

/// The keys of one space that have a deadline, by deadline; a key stands for itself by its
/// hash.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    order: BTreeSet<(i64, u64)>,
    /// The sum of all deadlines, so that their mean is known without a look at them.
    total: i128,
}

impl Deadlines {
    pub(crate) fn insert(&mut self, deadline: i64, hash: u64) {
        if self.order.insert((deadline, hash)) {
            self.total += i128::from(deadline);
        }
    }

    pub(crate) fn remove(&mut self, deadline: i64, hash: u64) {
        if self.order.remove(&(deadline, hash)) {
            self.total -= i128::from(deadline);
        }
    }

    pub(crate) fn replace(&mut self, old: Option<i64>, new: Option<i64>, hash: u64) {
        if let Some(old) = old {
            self.remove(old, hash);
        }
        if let Some(new) = new {
            self.insert(new, hash);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(crate) fn first(&self) -> Option<(i64, u64)> {
        self.order.first().copied()
    }

    /// The sum of all deadlines.
    #[cfg(any(test, feature = "server"))]
    pub(crate) fn total(&self) -> i128 {
        self.total
    }

    /// The first deadline from a moment on that lies anywhere between the first and the last.
    pub(crate) fn pick(&self) -> Option<(i64, u64)> {
        let (first, last) = (self.first()?.0, self.order.last()?.0);
        let span = usize::try_from(last.abs_diff(first)).unwrap_or(usize::MAX);
        let offset = i64::try_from(random::below(span)).unwrap_or(i64::MAX);
        self.order.range((first.saturating_add(offset), 0)..).next().copied()
    }
}

impl Keyspace<'_> {
    /// Removes at most `most` keys that are due. Returns them, to be dropped outside the
    /// lease; fewer than `most` means that no more are due.
    pub(crate) fn expire(&mut self, most: usize) -> Vec<Entry> {
        let mut gone = Vec::new();
        while gone.len() < most {
            let Some((deadline, hash)) = self.space.deadlines.first() else { break };
            if deadline > self.now() {
                break;
            }
            let expired = self.remove_at_deadline(deadline, hash, Event::EXPIRED);
            expired.iter().for_each(|_| self.job.count_expired());
            gone.extend(expired);
        }
        gone
    }

    /// Removes the key that stands in the deadline order with these two.
    pub(super) fn remove_at_deadline(
        &mut self,
        deadline: i64,
        hash: u64,
        event: Event,
    ) -> Option<Entry> {
        let is_due = |block: BlockRef<'_>| EntryRef::new(block).deadline() == Some(deadline);
        let Some(at) = self.space.map.find_by(hash, is_due) else {
            // Two keys with one 64-bit hash and one deadline share their place in the order:
            // the second is left to its next writer.
            self.space.deadlines.remove(deadline, hash);
            return None;
        };
        Some(self.remove_unasked(hash, at, event))
    }

    /// Removes a key that nobody asked to remove: it is due, or memory is full.
    pub(super) fn remove_unasked(&mut self, hash: u64, at: Position, event: Event) -> Entry {
        self.job.call(event);
        let entry = self.drop_at(hash, at);
        let key = entry.view().key();
        let record = Record { database: self.number, key, effect: Effect::Remove };
        if !mutation::is_made(Mutation::ExpiryNotRecorded) {
            self.job.record(&record, |_| {});
        }
        entry
    }

    /// Keys that have a deadline.
    pub(crate) fn deadline_count(&self) -> usize {
        self.space.deadlines.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Deadlines;
    use crate::types::random::Random;

    #[test]
    fn the_total_is_that_of_the_deadlines_that_are_there() {
        let (mut random, mut deadlines) = (Random::from_environment(), Deadlines::default());
        for _ in 0..5000 {
            let mut deadline = || {
                let near = i64::try_from(random.within(0..20)).expect("a small number");
                if random.one_in(10) { i64::MAX - near } else { near }
            };
            let (old, new) = (deadline(), deadline());
            let hash = u64::try_from(random.within(0..10)).expect("a small number");
            match random.within(0..3) {
                0 => deadlines.insert(new, hash),
                1 => deadlines.remove(old, hash),
                _ => deadlines.replace(Some(old), Some(new), hash),
            }
            let sum: i128 = deadlines.order.iter().map(|(deadline, _)| i128::from(*deadline)).sum();
            assert_eq!(deadlines.total(), sum);
        }
    }
}
