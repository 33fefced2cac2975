//! A partition: some of a collection's documents, and the parts of its indexes that find them.
//!
//! Documents stand in slots, small numbers that are given again when a document is gone, so that
//! sets of documents are bitmaps. A partition knows no lock and no log; whoever changes it holds
//! its lease.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashTable;
use roaring::RoaringBitmap;

use crate::document::collection::claims::{Claims, shrink};
use crate::document::collection::definition::{IndexDefinition, IndexKind};
use crate::document::collection::index::Index;
use crate::document::collection::schema::Schema;
use crate::document::collection::values::IndexKeys;
use crate::document::form::ValueRef;
use crate::map::prefetch::prefetch;
use crate::map::{ALLOCATION_OVERHEAD, hash};

/// Bytes of one deadline in the order: 16, and a B-tree's slack.
const DEADLINE_BYTES: usize = 24;
/// Bytes of a slot and of its share of the table of ids.
const SLOT_BYTES: usize = size_of::<Option<Document>>() + 8;

/// What the processor fetches at once.
const LINE_BYTES: usize = 64;
/// So much of a document is asked for before it is read; of a longer one the processor sees by itself
/// that it is read on.
const PREFETCHED_BYTES: usize = 512;
/// So many documents ahead one is asked for.
const NEAR: usize = 4;
/// So many ahead its place is.
const FAR: usize = 12;

/// A document with its id: one allocation.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// The id, the form, and 8 bytes of deadline when there is one.
    bytes: Box<[u8]>,
    id_len: u16,
    expires: bool,
}

impl Document {
    pub(crate) fn new(id: &[u8], form: &[u8], deadline: Option<i64>) -> Document {
        let id_len = u16::try_from(id.len()).expect("ids have a limit");
        let mut bytes =
            Vec::with_capacity(id.len() + form.len() + if deadline.is_some() { 8 } else { 0 });
        bytes.extend_from_slice(id);
        bytes.extend_from_slice(form);
        if let Some(deadline) = deadline {
            bytes.extend_from_slice(&deadline.to_le_bytes());
        }
        Document { bytes: bytes.into(), id_len, expires: deadline.is_some() }
    }

    /// The id.
    pub(crate) fn id(&self) -> &[u8] {
        &self.bytes[..usize::from(self.id_len)]
    }

    /// The stored form.
    pub(crate) fn form(&self) -> &[u8] {
        let end = self.bytes.len() - if self.expires { 8 } else { 0 };
        &self.bytes[usize::from(self.id_len)..end]
    }

    /// The id and behind it the stored form.
    pub(crate) fn id_and_form(&self) -> &[u8] {
        &self.bytes[..self.bytes.len() - if self.expires { 8 } else { 0 }]
    }

    /// Asks for the document, or for its beginning: all lines at once, where a reader would learn of
    /// one from the other.
    #[inline]
    pub(crate) fn prefetch(&self) {
        let reach = self.bytes.len().min(PREFETCHED_BYTES);
        for line in self.bytes[..reach].chunks(LINE_BYTES) {
            prefetch(line.as_ptr());
        }
    }

    /// When it expires, unix milliseconds.
    pub(crate) fn deadline(&self) -> Option<i64> {
        let last = self.bytes.last_chunk::<8>().filter(|_| self.expires);
        last.map(|bytes| i64::from_le_bytes(*bytes))
    }

    /// The document's values.
    pub(crate) fn value(&self) -> ValueRef<'_> {
        ValueRef::new(self.form()).expect("a stored form is whole")
    }

    /// Whether it has not expired.
    pub(crate) fn lives(&self, now: i64) -> bool {
        self.deadline().is_none_or(|deadline| deadline > now)
    }

    fn heap_bytes(&self) -> usize {
        self.bytes.len() + ALLOCATION_OVERHEAD + if self.expires { DEADLINE_BYTES } else { 0 }
    }
}

/// What a partition has of an index.
#[derive(Debug)]
struct Part {
    index: Index,
    claims: Claims,
    /// Slots below this one are in the index, and it follows them.
    indexed_to: u32,
    /// Whether the index is whole, in all partitions.
    is_ready: bool,
}

/// Some of a collection's documents.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    slots: Vec<Option<Document>>,
    free: Vec<u32>,
    live: RoaringBitmap,
    ids: HashTable<u32>,
    deadlines: BTreeSet<(i64, u32)>,
    /// The indexes of the collection, the same in all partitions.
    definitions: Arc<Vec<IndexDefinition>>,
    /// One for each of them.
    parts: Vec<Part>,
    /// What was declared of the documents, the same in all partitions.
    schema: Option<Arc<Schema>>,
    /// Bytes of documents, slots and deadlines.
    bytes: usize,
    /// How often something changed: who looks at it in parts sees that it did.
    changes: u64,
}

impl Partition {
    /// What was declared of the documents.
    pub(crate) fn schema(&self) -> Option<&Arc<Schema>> {
        self.schema.as_ref()
    }

    /// Declares something else of them.
    pub(crate) fn set_schema(&mut self, schema: Option<Arc<Schema>>) {
        self.schema = schema;
    }

    /// How often something changed.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// The slots that hold documents.
    pub(crate) fn live(&self) -> &RoaringBitmap {
        &self.live
    }

    /// Slots there are, used or not.
    pub(crate) fn slot_count(&self) -> u32 {
        u32::try_from(self.slots.len()).expect("slots are numbered by 32 bits")
    }

    /// The document in a slot.
    pub(crate) fn at(&self, slot: u32) -> Option<&Document> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// Some slots, one after the other: the documents of those that come next are asked for meanwhile, so
    /// that their memory is waited for together.
    pub(crate) fn ahead<'s>(&self, slots: &'s [u32]) -> impl Iterator<Item = u32> + use<'s, '_> {
        slots.iter().take(FAR).for_each(|slot| self.prefetch_slot(*slot));
        slots.iter().take(NEAR).for_each(|slot| self.prefetch(*slot));
        slots.iter().enumerate().map(move |(at, slot)| {
            if let Some(far) = slots.get(at + FAR) {
                self.prefetch_slot(*far);
            }
            if let Some(near) = slots.get(at + NEAR) {
                self.prefetch(*near);
            }
            *slot
        })
    }

    /// Asks for the place of a slot.
    fn prefetch_slot(&self, slot: u32) {
        prefetch(self.slots.as_ptr().wrapping_add(slot as usize).cast());
    }

    /// Asks for the document in a slot; see [`Document::prefetch`].
    pub(crate) fn prefetch(&self, slot: u32) {
        if let Some(document) = self.at(slot) {
            document.prefetch();
        }
    }

    /// Where a document is. It is asked for while its id is compared: who finds it will read it.
    pub(crate) fn find(&self, id: &[u8], id_hash: u64) -> Option<u32> {
        let is_it = |slot: &u32| {
            let Some(document) = &self.slots[*slot as usize] else { return false };
            document.prefetch();
            document.id() == id
        };
        self.ids.find(id_hash, is_it).copied()
    }

    /// The indexes of the collection.
    pub(crate) fn definitions(&self) -> &[IndexDefinition] {
        &self.definitions
    }

    /// The same, to be kept: as long as the partition has this very list, the numbers of its
    /// indexes mean the same.
    pub(crate) fn shared_definitions(&self) -> &Arc<Vec<IndexDefinition>> {
        &self.definitions
    }

    /// The part of an index.
    pub(crate) fn index(&self, at: usize) -> &Index {
        &self.parts[at].index
    }

    /// The claims on values of a unique index that belong to this partition.
    pub(crate) fn claims(&self, at: usize) -> &Claims {
        &self.parts[at].claims
    }

    /// The claims on values of a unique index that belong to this partition, to change.
    pub(crate) fn claims_mut(&mut self, at: usize) -> &mut Claims {
        &mut self.parts[at].claims
    }

    /// Whether an index holds every document that it should.
    pub(crate) fn is_ready(&self, at: usize) -> bool {
        self.parts[at].is_ready
    }

    /// Says that an index is whole, in all partitions.
    pub(crate) fn set_ready(&mut self, at: usize) {
        self.parts[at].indexed_to = u32::MAX;
        self.parts[at].is_ready = true;
    }

    /// Whether an index follows the document of a slot already.
    pub(crate) fn is_indexed(&self, at: usize, slot: u32) -> bool {
        slot < self.parts[at].indexed_to
    }

    /// Says that the slots below this one are in the index; `u32::MAX` for all there will be.
    pub(crate) fn set_indexed_to(&mut self, at: usize, slot: u32) {
        self.parts[at].indexed_to = slot;
    }

    /// The first slot that is not in the index.
    pub(crate) fn indexed_to(&self, at: usize) -> u32 {
        self.parts[at].indexed_to
    }

    /// Bytes that everything takes, about.
    pub(crate) fn heap_bytes(&self) -> usize {
        let parts = self.parts.iter();
        let parts: usize =
            parts.map(|part| part.index.heap_bytes() + part.claims.heap_bytes()).sum();
        self.bytes + parts
    }

    /// Follows the collection's list of indexes to one more, which is empty.
    pub(crate) fn add_index(&mut self, definitions: Arc<Vec<IndexDefinition>>) {
        let definition = definitions.last().expect("one more");
        let (index, claims) = (Index::new(definition), Claims::default());
        self.parts.push(Part { index, claims, indexed_to: 0, is_ready: false });
        self.definitions = definitions;
        self.changes += 1;
    }

    /// Follows the collection's list of indexes to one less.
    pub(crate) fn remove_index(&mut self, at: usize, definitions: Arc<Vec<IndexDefinition>>) {
        self.parts.remove(at);
        self.definitions = definitions;
        self.changes += 1;
    }

    /// Puts a document in the place of the one with its id, or in a new slot; returns the slot and
    /// the document that was there. Indexes follow by [`Partition::reindex`].
    pub(crate) fn put(&mut self, document: Document) -> (u32, Option<Document>) {
        let slot = self.find(document.id(), hash(document.id()));
        self.put_at(slot, document)
    }

    /// The same, by who knows whether and where the one with its id is.
    pub(crate) fn put_at(
        &mut self,
        slot: Option<u32>,
        document: Document,
    ) -> (u32, Option<Document>) {
        self.changes += 1;
        self.bytes += document.heap_bytes();
        let deadline = document.deadline();
        let (slot, old) = match slot {
            Some(slot) => (slot, self.slots[slot as usize].replace(document)),
            None => (self.put_new(document), None),
        };
        if let Some(old) = &old {
            self.bytes -= old.heap_bytes();
            if let Some(deadline) = old.deadline() {
                self.deadlines.remove(&(deadline, slot));
            }
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, slot));
        }
        (slot, old)
    }

    fn put_new(&mut self, document: Document) -> u32 {
        let id_hash = hash(document.id());
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slot_count() - 1
        });
        self.slots[slot as usize] = Some(document);
        let slots = &self.slots;
        let hash_of = |slot: &u32| slots[*slot as usize].as_ref().map_or(0, |d| hash(d.id()));
        self.ids.insert_unique(id_hash, slot, hash_of);
        self.live.insert(slot);
        self.bytes += SLOT_BYTES;
        slot
    }

    /// Takes the document out of a slot.
    pub(crate) fn take(&mut self, slot: u32) -> Option<Document> {
        let document = self.slots.get_mut(slot as usize)?.take()?;
        let found = self.ids.find_entry(hash(document.id()), |other| *other == slot);
        found.expect("every document's id is known").remove();
        let slots = &self.slots;
        shrink(&mut self.ids, |slot| slots[*slot as usize].as_ref().map_or(0, |d| hash(d.id())));
        if let Some(deadline) = document.deadline() {
            self.deadlines.remove(&(deadline, slot));
        }
        self.live.remove(slot);
        self.free.push(slot);
        if self.live.is_empty() {
            (self.slots, self.free) = (Vec::new(), Vec::new());
        }
        self.bytes -= document.heap_bytes() + SLOT_BYTES;
        self.changes += 1;
        Some(document)
    }

    /// Lets an index follow a document that changed, came or went.
    pub(crate) fn reindex(&mut self, at: usize, slot: u32, old: &IndexKeys, new: &IndexKeys) {
        if old == new {
            return;
        }
        let index = &mut self.parts[at].index;
        if !old.is_empty() {
            index.remove(old, slot);
        }
        if !new.is_empty() {
            index.insert(new, slot);
        }
    }

    /// A document that is due, the first of them.
    pub(crate) fn first_due(&self, now: i64) -> Option<u32> {
        self.deadlines.first().filter(|(deadline, _)| *deadline <= now).map(|(_, slot)| *slot)
    }

    /// Whether a document has a deadline.
    pub(crate) fn has_deadlines(&self) -> bool {
        !self.deadlines.is_empty()
    }
}

/// The partition that a hash belongs to, of so many.
pub(crate) fn partition_of(hash: u64, partitions: usize) -> usize {
    // Not the bits that the tables in a partition use first.
    ((hash >> 32) as usize * partitions) >> 32
}

/// Which indexes of a list are unique.
pub(crate) fn unique(
    definitions: &[IndexDefinition],
) -> impl Iterator<Item = (usize, &IndexDefinition)> {
    definitions.iter().enumerate().filter(|(_, index)| index.kind == IndexKind::Unique)
}
