//! Who has a unique value.
//!
//! A value belongs to one partition, chosen by its hash, whichever partition its document is in.
//! That partition keeps the hash and where the document is; whether the value really is the same
//! is seen in the document.

use hashbrown::HashTable;

/// Where a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) partition: u16,
    pub(crate) slot: u32,
}

/// The claims of one unique index on the values of one partition.
#[derive(Debug, Default)]
pub(crate) struct Claims(HashTable<(u64, Place)>);

impl Claims {
    /// The documents that may have a value with this hash.
    pub(crate) fn find(&self, hash: u64) -> impl Iterator<Item = Place> {
        self.0.iter_hash(hash).filter(move |(other, _)| *other == hash).map(|(_, place)| *place)
    }

    /// Claims a value for a document.
    pub(crate) fn insert(&mut self, hash: u64, place: Place) {
        self.0.insert_unique(hash, (hash, place), |(hash, _)| *hash);
    }

    /// Gives a value free.
    pub(crate) fn remove(&mut self, hash: u64, place: Place) {
        let claim = self.0.find_entry(hash, |claim| *claim == (hash, place));
        if let Ok(claim) = claim {
            claim.remove();
            shrink(&mut self.0, |(hash, _)| *hash);
        }
    }

    /// Bytes that it takes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.0.allocation_size()
    }
}

/// Gives memory back when a table has become mostly empty.
pub(super) fn shrink<T>(table: &mut HashTable<T>, hash: impl Fn(&T) -> u64) {
    // At an eighth the table halves at least twice, so it grows and shrinks again only after as
    // many changes as it has entries.
    if table.len() <= table.capacity() / 8 {
        table.shrink_to(table.len() * 2, hash);
    }
}
