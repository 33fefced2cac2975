//! One index of one partition: from keys to the slots of the documents that have them.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, btree_map, hash_map};
use std::ops::Bound;

use ahash::AHashMap;

use crate::document::collection::definition::{IndexDefinition, IndexKind};
use crate::document::collection::posting::Posting;
use crate::document::collection::values::{IndexKey, IndexKeys, element_keys_of, keys_of};
use crate::document::form::{Names, ValueRef};
use crate::query::{Path, matches};

/// Bytes of an entry of a hash map, its share of empty places included.
const HASHED_BYTES: usize = (size_of::<(IndexKey, Posting)>() + 1) * 8 / 6;
/// Bytes of an entry of a B-tree, its share of empty places included.
const SORTED_BYTES: usize = size_of::<(IndexKey, Posting)>() * 4 / 3;

/// What an index of a partition holds. Unique indexes are kept by the value and not by the
/// document; see `claims.rs`.
#[derive(Debug)]
enum Entries {
    Hashed(AHashMap<IndexKey, Posting>),
    Sorted(BTreeMap<OrderedKey, Posting>),
    Elsewhere,
}

/// A key in an order. The order is that of its bytes, but most of them are compared in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OrderedKey(IndexKey);

impl Ord for OrderedKey {
    #[inline]
    fn cmp(&self, other: &OrderedKey) -> Ordering {
        let starts = key_start(&self.0).cmp(&key_start(&other.0));
        starts.then_with(|| self.0[..].cmp(&other.0[..]))
    }
}

impl PartialOrd for OrderedKey {
    #[inline]
    fn partial_cmp(&self, other: &OrderedKey) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Borrow<[u8]> for OrderedKey {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

/// One index of one partition.
#[derive(Debug)]
pub(crate) struct Index {
    entries: Entries,
    /// Documents that have more than one key, now.
    several: usize,
    bytes: usize,
    /// Of a sorted index of one path and all documents: the beginning of each slot's key, so that a range and an
    /// order can be told of a few slots without their documents.
    column: Option<Vec<u64>>,
}

/// The first bytes of a key as a number that has the order of keys, as far as they go.
#[inline]
pub(crate) fn key_start(key: &[u8]) -> u64 {
    if let Some(word) = key.first_chunk() {
        return u64::from_be_bytes(*word);
    }
    let mut word = [0; KEY_START];
    word[..key.len()].copy_from_slice(key);
    u64::from_be_bytes(word)
}

/// So many bytes of a key go into [`key_start`]. No key is the beginning of another, so keys that
/// are not longer are told apart by it.
pub(crate) const KEY_START: usize = size_of::<u64>();

impl Index {
    pub(crate) fn new(definition: &IndexDefinition) -> Index {
        let entries = match definition.kind {
            IndexKind::Hash | IndexKind::Array => Entries::Hashed(AHashMap::new()),
            IndexKind::Sorted => Entries::Sorted(BTreeMap::new()),
            IndexKind::Unique => Entries::Elsewhere,
        };
        let is_simple = definition.kind == IndexKind::Sorted && definition.paths.len() == 1;
        // Without every document it could not tell those that are within from those that are not.
        let has_column = is_simple && definition.is_whole();
        Index { entries, several: 0, bytes: 0, column: has_column.then(Vec::new) }
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
        if let (Some(column), [key, ..]) = (&mut self.column, &keys[..]) {
            let at = slot as usize;
            if at >= column.len() {
                let before = column.capacity();
                column.resize(at + 1, 0);
                self.bytes += (column.capacity() - before) * size_of::<u64>();
            }
            column[at] = key_start(key);
        }
    }

    /// The beginnings of the keys of all slots, if every document has one key at most. What it has
    /// of a slot without a key means nothing.
    pub(crate) fn column(&self) -> Option<&[u64]> {
        self.column.as_deref().filter(|_| !self.is_multiple())
    }

    /// Takes a document's keys out.
    pub(crate) fn remove(&mut self, keys: &IndexKeys, slot: u32) {
        self.several -= usize::from(keys.len() > 1);
        for key in keys {
            self.change(key, |posting| posting.remove(slot));
        }
        self.shrink();
    }

    /// Gives memory back that nothing is left in.
    fn shrink(&mut self) {
        let is_empty = match &mut self.entries {
            Entries::Hashed(entries) => {
                // As `claims::shrink`; what such a map takes is counted by its entries.
                if entries.len() <= entries.capacity() / 8 {
                    let few = entries.len() * 2;
                    entries.shrink_to(few);
                }
                entries.is_empty()
            }
            Entries::Sorted(entries) => entries.is_empty(),
            Entries::Elsewhere => return,
        };
        if let Some(column) = self.column.as_mut().filter(|_| is_empty) {
            self.bytes -= std::mem::take(column).capacity() * size_of::<u64>();
        }
    }

    /// Changes the posting of a key, which is made, and unmade when nothing is left in it.
    fn change(&mut self, key: &IndexKey, change: impl FnOnce(&mut Posting) -> bool) {
        let spilled = if key.spilled() { key.len() } else { 0 };
        let edit = |posting: &mut Posting| {
            let before = posting.heap_bytes();
            change(posting);
            // One that is empty goes, with the room that it has left.
            (before, if posting.is_empty() { 0 } else { posting.heap_bytes() })
        };
        let (mut came, mut went) = (0, 0);
        match &mut self.entries {
            Entries::Hashed(entries) => {
                let frame = HASHED_BYTES + spilled;
                let mut entry = match entries.entry(key.clone()) {
                    hash_map::Entry::Occupied(entry) => entry,
                    hash_map::Entry::Vacant(entry) => {
                        came = frame;
                        entry.insert_entry(Posting::default())
                    }
                };
                let (before, after) = edit(entry.get_mut());
                (came, went) = (came + after, before);
                if entry.get().is_empty() {
                    entry.remove();
                    went += frame;
                }
            }
            Entries::Sorted(entries) => {
                let frame = SORTED_BYTES + spilled;
                match entries.entry(OrderedKey(key.clone())) {
                    btree_map::Entry::Occupied(mut entry) => {
                        (went, came) = edit(entry.get_mut());
                        if entry.get().is_empty() {
                            entry.remove();
                            went += frame;
                        }
                    }
                    btree_map::Entry::Vacant(entry) => {
                        let posting = entry.insert(Posting::default());
                        let (before, after) = edit(posting);
                        (came, went) = (frame + after, before);
                    }
                }
            }
            Entries::Elsewhere => {}
        }
        self.bytes = self.bytes + came - went;
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
    ) -> impl DoubleEndedIterator<Item = (&'i [u8], &'i Posting)> {
        let entries = match &self.entries {
            Entries::Sorted(entries) if !is_empty(low, high) => Some(entries),
            Entries::Sorted(_) | Entries::Hashed(_) | Entries::Elsewhere => None,
        };
        let keys = entries.map(|entries| entries.range::<[u8], _>((low, high)));
        keys.into_iter().flatten().map(|(key, posting)| (&key.0[..], posting))
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
    /// Whether two versions of a document have the same keys, as can be seen without making them.
    pub(crate) fn keeps(&self, old: ValueRef<'_>, new: ValueRef<'_>) -> bool {
        let is_same =
            |path: &Path| path.names().first().is_some_and(|name| old.get(name) == new.get(name));
        self.is_whole() && self.paths.iter().all(is_same)
    }

    /// The same of versions that differ in fields with these names.
    pub(crate) fn is_apart_from(&self, changed: &Names<'_>) -> bool {
        let is_apart = |path: &Path| {
            path.names().first().is_some_and(|name| !changed.contains(&name.as_bytes()))
        };
        self.is_whole() && self.paths.iter().all(is_apart)
    }

    /// The keys of a document in this index; none when the index does not hold it. `None` when
    /// they are too many.
    pub(crate) fn keys(&self, document: ValueRef<'_>) -> Option<IndexKeys> {
        if !self.is_whole() && !matches(&self.condition, document) {
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
