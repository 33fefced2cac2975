//! One index of one partition: from keys to the slots of the documents that have them.

use std::collections::BTreeMap;
use std::ops::Bound;

use ahash::AHashMap;

use crate::document::collection::definition::{IndexDefinition, IndexKind};
use crate::document::collection::posting::Posting;
use crate::document::collection::values::{IndexKey, IndexKeys, element_keys_of, keys_of};
use crate::document::form::ValueRef;
use crate::query::{Condition, matches};

/// Bytes of an entry of a hash map, its share of empty places included.
const HASHED_BYTES: usize = (size_of::<(IndexKey, Posting)>() + 1) * 8 / 6;
/// Bytes of an entry of a B-tree, its share of empty places included.
const SORTED_BYTES: usize = size_of::<(IndexKey, Posting)>() * 4 / 3;

/// What an index of a partition holds. Unique indexes are kept by the value and not by the
/// document; see `claims.rs`.
#[derive(Debug)]
enum Entries {
    Hashed(AHashMap<IndexKey, Posting>),
    Sorted(BTreeMap<IndexKey, Posting>),
    Elsewhere,
}

/// One index of one partition.
#[derive(Debug)]
pub(crate) struct Index {
    entries: Entries,
    /// Documents that have more than one key, now.
    several: usize,
    bytes: usize,
}

impl Index {
    pub(crate) fn new(kind: IndexKind) -> Index {
        let entries = match kind {
            IndexKind::Hash | IndexKind::Array => Entries::Hashed(AHashMap::new()),
            IndexKind::Sorted => Entries::Sorted(BTreeMap::new()),
            IndexKind::Unique => Entries::Elsewhere,
        };
        Index { entries, several: 0, bytes: 0 }
    }

    /// Bytes that it takes, about.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a document may have several keys: then two conditions on one path may be met by
    /// two of its values.
    pub(crate) fn is_multiple(&self) -> bool {
        self.several > 0
    }

    /// Adds a document's keys.
    pub(crate) fn insert(&mut self, keys: &IndexKeys, slot: u32) {
        self.several += usize::from(keys.len() > 1);
        for key in keys {
            self.change(key, |posting| posting.insert(slot));
        }
    }

    /// Takes a document's keys out.
    pub(crate) fn remove(&mut self, keys: &IndexKeys, slot: u32) {
        self.several -= usize::from(keys.len() > 1);
        for key in keys {
            self.change(key, |posting| posting.remove(slot));
        }
    }

    fn change(&mut self, key: &IndexKey, change: impl FnOnce(&mut Posting) -> bool) {
        let spilled = if key.len() > key.inline_size() { key.len() } else { 0 };
        match &mut self.entries {
            Entries::Hashed(entries) => {
                let frame = HASHED_BYTES + spilled;
                if !entries.contains_key(key) {
                    entries.insert(key.clone(), Posting::default());
                    self.bytes += frame;
                }
                let posting = entries.get_mut(key).expect("it is there");
                let before = posting.heap_bytes();
                change(posting);
                self.bytes = self.bytes + posting.heap_bytes() - before;
                if posting.is_empty() {
                    entries.remove(key);
                    self.bytes -= frame;
                }
            }
            Entries::Sorted(entries) => {
                let frame = SORTED_BYTES + spilled;
                if !entries.contains_key(key) {
                    entries.insert(key.clone(), Posting::default());
                    self.bytes += frame;
                }
                let posting = entries.get_mut(key).expect("it is there");
                let before = posting.heap_bytes();
                change(posting);
                self.bytes = self.bytes + posting.heap_bytes() - before;
                if posting.is_empty() {
                    entries.remove(key);
                    self.bytes -= frame;
                }
            }
            Entries::Elsewhere => {}
        }
    }

    /// The documents that have a key.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Posting> {
        match &self.entries {
            Entries::Hashed(entries) => entries.get(key),
            Entries::Sorted(entries) => entries.get(key),
            Entries::Elsewhere => None,
        }
    }

    /// The keys between two bounds with their documents, in order; none of an index that has no
    /// order.
    pub(crate) fn range<'i>(
        &'i self,
        low: Bound<&[u8]>,
        high: Bound<&[u8]>,
    ) -> impl DoubleEndedIterator<Item = (&'i IndexKey, &'i Posting)> {
        let entries = match &self.entries {
            Entries::Sorted(entries) if !is_empty(low, high) => Some(entries),
            Entries::Sorted(_) | Entries::Hashed(_) | Entries::Elsewhere => None,
        };
        entries.map(|entries| entries.range::<[u8], _>((low, high))).into_iter().flatten()
    }
}

/// Whether no key can lie between the bounds, which [`BTreeMap::range`] would panic at.
fn is_empty(low: Bound<&[u8]>, high: Bound<&[u8]>) -> bool {
    match (low, high) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(low), Bound::Included(high)) => low > high,
        (
            Bound::Included(low) | Bound::Excluded(low),
            Bound::Included(high) | Bound::Excluded(high),
        ) => low >= high,
    }
}

impl IndexDefinition {
    /// The keys of a document in this index; none when the index does not hold it. `None` when
    /// they are too many.
    pub(crate) fn keys(&self, document: ValueRef<'_>) -> Option<IndexKeys> {
        if self.condition != Condition::All && !matches(&self.condition, document) {
            return Some(IndexKeys::new());
        }
        match self.kind {
            IndexKind::Array => element_keys_of(document, &self.paths[0]),
            IndexKind::Hash | IndexKind::Sorted | IndexKind::Unique => {
                keys_of(document, &self.paths)
            }
        }
    }
}
