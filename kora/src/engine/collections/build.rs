//! Making an index while others read and write.
//!
//! The index is added to all partitions at once, empty. Then its documents are put in, slot by slot,
//! a slice to a lease; a document behind the slot that was reached is left to the builder, one
//! before it is followed by whoever changes it, and so are all of a partition that is done. Queries
//! use the index when all partitions are. Only then is it recorded, by one record that also takes the
//! place of an index of the same name: what was begun before a crash was never there, and what it
//! was to replace still is.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::RwLockWriteGuard;

use crate::document::collection::claims::Place;
use crate::document::collection::definition::{IndexDefinition, IndexKind};
use crate::document::collection::partition::{Document, Partition};
use crate::document::collection::values::{IndexKeys, KEYS_MAX};
use crate::engine::Engine;
use crate::engine::collections::documents::held_to;
use crate::engine::collections::{Collection, check_definition};
use crate::error::{DocumentError, Error, Result, UniqueViolation};
use crate::keyspace::effect::CollectionChange;
use crate::map::hash;

/// Documents to a lease: some 100 us.
const SLICE: u32 = 64;
/// Documents that are named when they have the same unique value.
const NAMED_MAX: usize = 10;

impl Engine {
    /// Makes an index. Returns when it is whole; false when there is one like it already.
    pub(crate) fn create_index(
        &self,
        collection: &Collection,
        definition: &IndexDefinition,
    ) -> Result<bool> {
        self.make_index(collection, definition, |other| {
            let name = other.name.to_string();
            Err(Error::document(DocumentError::IndexExists { name }))
        })
    }

    /// Makes an index, in place of the one that has its name. That one serves until the new one is
    /// whole, and goes in the same step; when the new one cannot be made, it stays.
    pub(crate) fn replace_index(
        &self,
        collection: &Collection,
        definition: &IndexDefinition,
    ) -> Result<bool> {
        self.make_index(collection, definition, |_| Ok(()))
    }

    /// Makes an index; `may_replace` is asked when another one has its name.
    fn make_index(
        &self,
        collection: &Collection,
        definition: &IndexDefinition,
        may_replace: impl FnOnce(&IndexDefinition) -> Result<()>,
    ) -> Result<bool> {
        check_definition(definition)?;
        self.admit()?;
        self.admit_writes()?;
        let _alone = collection.indexing.lock();
        let (at, old) = {
            let mut partitions = collection.lock_all();
            collection.check()?;
            let there = partitions[0].definitions();
            let old = there.iter().position(|index| index.name == definition.name);
            match old.map(|old| &there[old]) {
                Some(index) if index == definition => return Ok(false),
                Some(index) => may_replace(index)?,
                None => {}
            }
            let at = there.len();
            add_index(&mut partitions, definition);
            (at, old)
        };
        let built = self.build(collection, definition, at);
        let mut partitions = collection.lock_all();
        let finished = built.and_then(|()| {
            collection.check()?;
            let mut bytes = Vec::new();
            definition.encode(&mut bytes);
            self.record_collection(collection.id, CollectionChange::AddIndex(&bytes))
        });
        match finished {
            Ok(()) => {
                partitions.iter_mut().for_each(|part| part.set_ready(at));
                if let Some(old) = old {
                    self.remove_index(&mut partitions, old);
                    collection.forget_opened();
                }
            }
            // A collection that was dropped has no indexes left.
            Err(_) if partitions[0].definitions().len() <= at => {}
            Err(_) => self.remove_index(&mut partitions, at),
        }
        finished.map(|()| true)
    }

    fn build(
        &self,
        collection: &Collection,
        definition: &IndexDefinition,
        at: usize,
    ) -> Result<()> {
        for number in 0..collection.partitions.len() {
            let mut more = true;
            while more {
                more = if definition.kind == IndexKind::Unique {
                    self.claim_slice(collection, definition, at, number)?
                } else {
                    self.index_slice(collection, definition, at, number)?
                };
            }
        }
        Ok(())
    }

    /// Puts some documents of a partition into an index; whether there are more.
    fn index_slice(
        &self,
        collection: &Collection,
        definition: &IndexDefinition,
        at: usize,
        number: usize,
    ) -> Result<bool> {
        let mut partition = collection.partitions[number].write();
        collection.check()?;
        let before = partition.heap_bytes();
        let has_more = index_slots(&mut partition, definition, at);
        let grown = partition.heap_bytes().wrapping_sub(before) as isize;
        self.shared.memory.settle(grown);
        has_more
    }

    /// Claims the values of some documents of a partition; whether there are more. Values belong to
    /// any partition, so this holds all leases.
    fn claim_slice(
        &self,
        collection: &Collection,
        definition: &IndexDefinition,
        at: usize,
        number: usize,
    ) -> Result<bool> {
        let mut partitions = collection.lock_all();
        collection.check()?;
        let before: usize = partitions.iter().map(|partition| partition.heap_bytes()).sum();
        let now = self.shared.clock.now_ms();
        let has_more = claim_slots(collection, &mut partitions, definition, at, number, now);
        let after: usize = partitions.iter().map(|partition| partition.heap_bytes()).sum();
        self.shared.memory.settle(after.wrapping_sub(before) as isize);
        has_more
    }
}

/// The next slots of a partition that an index has to hold.
fn next_slots(partition: &Partition, at: usize) -> Range<u32> {
    let first = partition.indexed_to(at);
    first..first.saturating_add(SLICE).min(partition.slot_count())
}

fn index_slots(partition: &mut Partition, definition: &IndexDefinition, at: usize) -> Result<bool> {
    let slots = next_slots(partition, at);
    for slot in slots.clone() {
        let keys = keys_at(partition, definition, slot)?;
        partition.reindex(at, slot, &IndexKeys::new(), &keys);
    }
    Ok(note_reached(partition, at, slots.end))
}

fn claim_slots(
    collection: &Collection,
    partitions: &mut [RwLockWriteGuard<'_, Partition>],
    definition: &IndexDefinition,
    at: usize,
    number: usize,
    now: i64,
) -> Result<bool> {
    let partition = u16::try_from(number).expect("there are at most 1024 partitions");
    let lives = |partitions: &[RwLockWriteGuard<'_, Partition>], place: Place| {
        let document = partitions[usize::from(place.partition)].at(place.slot);
        document.is_some_and(|document| document.lives(now))
    };
    let slots = next_slots(&partitions[number], at);
    for slot in slots.clone() {
        let place = Place { partition, slot };
        for key in &held_to(keys_at(&partitions[number], definition, slot)?) {
            let key_hash = hash(key);
            let owner = collection.partition_of(key_hash);
            // What has expired is in nobody's way, and gives its claim free when it is removed.
            for rival in partitions[owner].claims(at).find(key_hash) {
                let other = &partitions[usize::from(rival.partition)];
                let has_it = keys_at(other, definition, rival.slot)?.contains(key);
                if has_it && lives(partitions, rival) && lives(partitions, place) {
                    return Err(violation(partitions, definition, key, now));
                }
            }
            partitions[owner].claims_mut(at).insert(key_hash, place);
        }
    }
    Ok(note_reached(&mut partitions[number], at, slots.end))
}

/// Notes that the documents below a slot are in an index; whether there are more.
fn note_reached(partition: &mut Partition, at: usize, end: u32) -> bool {
    let more = end < partition.slot_count();
    // What comes into the partition after its last slice has nobody else to index it.
    partition.set_indexed_to(at, if more { end } else { u32::MAX });
    more
}

/// Adds an index to all partitions, empty.
pub(super) fn add_index(
    partitions: &mut [RwLockWriteGuard<'_, Partition>],
    definition: &IndexDefinition,
) {
    let mut definitions = partitions[0].definitions().to_vec();
    definitions.push(definition.clone());
    let definitions = Arc::new(definitions);
    for partition in partitions.iter_mut() {
        partition.add_index(Arc::clone(&definitions));
    }
}

fn keys_at(partition: &Partition, definition: &IndexDefinition, slot: u32) -> Result<IndexKeys> {
    let Some(document) = partition.at(slot) else { return Ok(IndexKeys::new()) };
    definition.keys(document.value()).ok_or_else(|| {
        let index = definition.name.to_string();
        Error::document(DocumentError::TooManyKeys { index, most: KEYS_MAX })
    })
}

/// The error that names documents with one unique value.
fn violation(
    partitions: &[RwLockWriteGuard<'_, Partition>],
    definition: &IndexDefinition,
    key: &[u8],
    now: i64,
) -> Error {
    let has_it = |document: &&Document| {
        let keys = definition.keys(document.value()).filter(|_| document.lives(now));
        keys.is_some_and(|keys| keys.iter().any(|other| other[..] == *key))
    };
    let all = partitions
        .iter()
        .flat_map(|partition| partition.live().iter().filter_map(|slot| partition.at(slot)));
    // Those with the smallest ids: which they are must not depend on where they lie.
    let mut first = BTreeSet::new();
    for document in all.filter(has_it) {
        first.insert(document.id());
        if first.len() > NAMED_MAX {
            first.pop_last();
        }
    }
    let ids: Vec<_> = first.into_iter().map(String::from_utf8_lossy).collect();
    let violation = UniqueViolation { index: definition.name.to_string(), id: ids.join(", ") };
    Error::document(DocumentError::NotUnique(violation))
}
