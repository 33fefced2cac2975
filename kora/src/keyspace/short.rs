//! The short way through both doors, for plain strings: those that lie in their block as they are.
//!
//! Most calls read such a string, or write another of its length over it. Nothing grows then and
//! nothing is left behind, so no [`Job`](super::Job) is made: that is half of the instructions, and
//! with fewer of them the processor begins the next call's cache misses before this one's have
//! come. What is not plain takes the doors, under the same lease.
//!
//! Invariant: what is done here is what the doors would do.

use crate::keyspace::{EntryRef, Key, Shared, Stripe, entry, eviction};
use crate::types::string::value::as_integer;

/// A numbered database of a stripe whose lease is held, before a job is begun.
#[derive(Debug)]
pub(crate) struct Short<'a> {
    pub(crate) stripe: &'a mut Stripe,
    pub(crate) number: u8,
    pub(crate) shared: &'a Shared,
}

impl Short<'_> {
    /// The bytes of a plain string, or `None` in it for a key that is not there; the access is
    /// counted. `None` for what only the read door can tell. `whole` says whether all bytes will be
    /// read.
    #[inline(always)]
    pub(crate) fn string(&self, key: &Key<'_>, whole: bool) -> Option<Option<&[u8]>> {
        let Some(space) = self.stripe.existing(self.number) else { return Some(None) };
        let block = space.map.find_block(key.hash(), key.bytes(), whole);
        let Some(entry) = block.map(EntryRef::new) else { return Some(None) };
        let (text, deadline) = entry.plain_string()?;
        if deadline.is_some_and(|deadline| deadline <= self.shared.clock.now_ms()) {
            return Some(None);
        }
        eviction::touch(self.shared, entry);
        Some(Some(text))
    }

    /// Writes `text` over a plain string of its length; `None` when that needs the write door:
    /// because somebody hears of changes, too.
    #[inline(always)]
    pub(crate) fn overwrite(&mut self, key: &Key<'_>, text: &[u8]) -> Option<()> {
        let is_heard = self.shared.records || self.shared.is_observed();
        if is_heard || self.shared.memory.is_full() || as_integer(text).is_some() {
            return None;
        }
        let space = self.stripe.existing_mut(self.number)?;
        let mut block = space.map.find_in_place(key.hash(), key.bytes())?;
        let stamp = eviction::first_stamp(self.shared);
        entry::overwrite(&mut block, text, stamp).then_some(())
    }
}
