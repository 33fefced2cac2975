//! One document, read or changed as one step with its indexes.

use std::sync::Arc;

use parking_lot::RwLockWriteGuard;
use smallvec::{SmallVec, smallvec};

use crate::document::collection::claims::Place;
use crate::document::collection::partition::{Document, Partition, unique};
use crate::document::collection::values::{
    COMPOSITE, IndexKey, IndexKeys, KEYS_MAX, MISSING, NULL_KEY,
};
use crate::document::form::changed_fields;
use crate::engine::collections::declared::Stamper;
use crate::engine::collections::{Collection, Current};
use crate::engine::{Engine, catch};
use crate::error::{DocumentError, Error, Result, UniqueViolation};
use crate::keyspace::Job;
use crate::keyspace::effect::{Effect, Record};
use crate::map::hash;

/// Longest id, in bytes.
pub(crate) const ID_LEN_MAX: usize = 1024;

/// What is to become of a document.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// It stays as it is.
    Keep,
    /// It becomes this.
    Put {
        /// Its stored form.
        form: Box<[u8]>,
        /// When it expires.
        deadline: Option<i64>,
    },
    /// It expires at another time, or no more.
    Expire(Option<i64>),
    /// It is the same, and its stored form is this: the collection puts nothing into it.
    Rewrite(Box<[u8]>),
    /// It goes.
    Remove,
}

/// Leases of some partitions, in ascending order.
struct Held<'c> {
    numbers: SmallVec<[usize; 4]>,
    partitions: SmallVec<[RwLockWriteGuard<'c, Partition>; 4]>,
}

impl<'c> Held<'c> {
    fn take(collection: &'c Collection, mut numbers: SmallVec<[usize; 4]>) -> Held<'c> {
        numbers.sort_unstable();
        numbers.dedup();
        let lease = |number: &usize| collection.partitions[*number].write();
        let partitions = numbers.iter().map(lease).collect();
        Held { numbers, partitions }
    }

    /// Whether the lease is held, or could be had at once: who does not wait may take leases in
    /// any order.
    fn has(&mut self, collection: &'c Collection, number: usize) -> bool {
        if self.numbers.contains(&number) {
            return true;
        }
        let Some(partition) = collection.partitions[number].try_write() else { return false };
        self.numbers.push(number);
        self.partitions.push(partition);
        true
    }

    fn get(&mut self, number: usize) -> &mut Partition {
        let at = self.numbers.iter().position(|held| *held == number);
        &mut self.partitions[at.expect("the lease is held")]
    }
}

/// What an index has to follow.
#[derive(Debug)]
pub(super) struct Move {
    pub(super) index: usize,
    pub(super) old: IndexKeys,
    pub(super) new: IndexKeys,
}

/// Why a change was not made.
enum Refusal {
    /// These leases are needed too.
    Leases(SmallVec<[usize; 4]>),
    /// This document has expired and is in the way.
    Expired(Vec<u8>),
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Error(error)
    }
}

impl Engine {
    /// Reads a document where it lies, while its partition's lease is shared.
    pub(crate) fn read_document<R>(
        &self,
        collection: &Collection,
        id: &[u8],
        read: impl FnOnce(Option<Current<'_>>) -> Result<R>,
    ) -> Result<R> {
        let id_hash = hash(id);
        let partition = collection.partitions[collection.partition_of(id_hash)].read();
        collection.check()?;
        let document = partition.find(id, id_hash).and_then(|slot| partition.at(slot));
        let lives = |document: &&Document| match document.deadline() {
            None => true,
            Some(deadline) => deadline > self.shared.clock.now_ms(),
        };
        let current = document.filter(lives);
        catch(|| read(current.map(current_of)))
    }

    /// Changes a document: `change` says how, seeing the document that is there. It may be called
    /// several times, when it turns out that more leases are needed.
    pub(crate) fn change_document(
        &self,
        collection: &Collection,
        id: &[u8],
        change: impl FnMut(Option<Current<'_>>) -> Result<Change>,
    ) -> Result<()> {
        self.change_document_then(collection, id, change, |_| {})
    }

    /// As [`Engine::change_document`]; `then` sees the document that was put, as it is stored.
    pub(crate) fn change_document_then(
        &self,
        collection: &Collection,
        id: &[u8],
        mut change: impl FnMut(Option<Current<'_>>) -> Result<Change>,
        mut then: impl FnMut(Current<'_>),
    ) -> Result<()> {
        check_id(id)?;
        self.prepare_write()?;
        let mut numbers: SmallVec<[usize; 4]> = smallvec![collection.partition_of_id(id)];
        loop {
            let mut held = Held::take(collection, numbers.clone());
            collection.check()?;
            match self.try_change(collection, &mut held, id, &mut change, &mut then) {
                Ok(()) => return Ok(()),
                Err(Refusal::Error(error)) => return Err(error),
                Err(Refusal::Leases(more)) => numbers.extend(more),
                Err(Refusal::Expired(other)) => {
                    drop(held);
                    self.remove_expired(collection, &other)?;
                }
            }
        }
    }

    /// Removes a document if it has expired.
    pub(crate) fn remove_expired(&self, collection: &Collection, id: &[u8]) -> Result<()> {
        // An expired document is nothing to `change`, and what is nothing and stays nothing goes.
        self.change_document(collection, id, |current| {
            Ok(if current.is_none() { Change::Remove } else { Change::Keep })
        })
    }

    fn try_change<'c>(
        &self,
        collection: &'c Collection,
        held: &mut Held<'c>,
        id: &[u8],
        change: &mut impl FnMut(Option<Current<'_>>) -> Result<Change>,
        then: &mut impl FnMut(Current<'_>),
    ) -> std::result::Result<(), Refusal> {
        let id_hash = hash(id);
        let home = collection.partition_of(id_hash);
        let job = Job::new(&self.shared);
        let partition = held.get(home);
        let slot = partition.find(id, id_hash);
        let there = slot.and_then(|slot| partition.at(slot));
        let current = there.filter(|document| document.lives(job.now())).map(current_of);
        let stamper = Stamper { schema: partition.schema(), id, now_ms: job.now() };
        let change = catch(|| change(current))?;
        // What has expired goes too, though it is nothing to `change`.
        let is_cleared = slot.is_some() && matches!(change, Change::Remove);
        let new = match self.outcome(change, current, stamper)? {
            None if is_cleared => None,
            None => return Ok(()),
            Some(new) => new.map(|new| Document::new(id, &new.form, new.deadline)),
        };
        if new.as_ref().is_some_and(|new| new.deadline().is_some()) {
            self.watch_deadlines_of(home);
        }
        let moves = keys_in(partition, slot, new.as_ref())?;
        let place = slot.map(|slot| Place { partition: number(home), slot });
        self.check_unique(collection, held, &moves, place, job.now())?;
        let before = bytes_of(held);
        let effect = match &new {
            Some(new) => Effect::PutDocument {
                collection: collection.id,
                deadline: new.deadline(),
                form: new.form(),
            },
            None => Effect::RemoveDocument { collection: collection.id },
        };
        job.record(&Record { database: 0, key: id, effect }, |_| {});
        if let Some(new) = &new {
            then(current_of(new));
        }
        apply(collection, held, home, slot, new, &moves);
        let grown = bytes_of(held).wrapping_sub(before) as isize;
        self.end_documents(job, grown)?;
        Ok(())
    }

    /// An error when another document has a unique value that this one is to get.
    fn check_unique<'c>(
        &self,
        collection: &'c Collection,
        held: &mut Held<'c>,
        moves: &[Move],
        place: Option<Place>,
        now: i64,
    ) -> std::result::Result<(), Refusal> {
        let definitions = held.partitions[0].shared_definitions();
        if moves.iter().all(|moved| !definitions[moved.index].is_unique()) {
            return Ok(());
        }
        let definitions = Arc::clone(definitions);
        let mut more: SmallVec<[usize; 4]> = SmallVec::new();
        let uniques = unique(&definitions);
        for (index, definition) in uniques {
            let Some(moved) = moves.iter().find(|moved| moved.index == index) else { continue };
            let changed = |key: &&IndexKey| !(moved.old.contains(key) && moved.new.contains(key));
            for key in moved.old.iter().chain(&moved.new).filter(changed) {
                let owner = collection.partition_of(hash(key));
                if !held.has(collection, owner) {
                    more.push(owner);
                }
            }
            if !more.is_empty() {
                continue;
            }
            for key in moved.new.iter().filter(|key| !moved.old.contains(key)) {
                let key_hash = hash(key);
                let owner = collection.partition_of(key_hash);
                let rivals: SmallVec<[Place; 2]> = held
                    .get(owner)
                    .claims(index)
                    .find(key_hash)
                    .filter(|rival| Some(*rival) != place)
                    .collect();
                for rival in rivals {
                    if !held.has(collection, usize::from(rival.partition)) {
                        more.push(usize::from(rival.partition));
                        continue;
                    }
                    let other = held.get(usize::from(rival.partition)).at(rival.slot);
                    let other = other.expect("a claim is a document's");
                    if !definition.keys(other.value()).is_some_and(|keys| keys.contains(key)) {
                        continue;
                    }
                    if !other.lives(now) {
                        return Err(Refusal::Expired(other.id().to_vec()));
                    }
                    let violation = UniqueViolation {
                        index: definition.name.to_string(),
                        id: String::from_utf8_lossy(other.id()).into_owned(),
                    };
                    let error = DocumentError::NotUnique(violation);
                    return Err(Refusal::Error(Error::document(error)));
                }
            }
        }
        if more.is_empty() { Ok(()) } else { Err(Refusal::Leases(more)) }
    }
}

pub(super) fn current_of(document: &Document) -> Current<'_> {
    Current { form: document.form(), deadline: document.deadline() }
}

pub(super) fn number(partition: usize) -> u16 {
    u16::try_from(partition).expect("there are at most 1024 partitions")
}

fn bytes_of(held: &Held<'_>) -> usize {
    held.partitions.iter().map(|partition| partition.heap_bytes()).sum()
}

/// The keys that go and those that come, of each index that has any.
pub(super) fn keys_in(
    partition: &Partition,
    slot: Option<u32>,
    new: Option<&Document>,
) -> Result<SmallVec<[Move; 8]>> {
    let old = slot.and_then(|slot| partition.at(slot));
    let changed = old.zip(new).and_then(|(old, new)| changed_fields(old.value(), new.value()));
    let mut moves = SmallVec::new();
    for (index, definition) in partition.definitions().iter().enumerate() {
        // A document of a slot that the builder has not reached is its matter. A new document
        // gets a slot behind that, or one that is free: see `apply`.
        let follows = slot.is_none_or(|slot| partition.is_indexed(index, slot));
        if !follows {
            continue;
        }
        if let (Some(old), Some(new)) = (old, new) {
            let is_kept = match &changed {
                Some(changed) => definition.is_apart_from(changed),
                None => definition.keeps(old.value(), new.value()),
            };
            if is_kept {
                continue;
            }
        }
        let keys = |document: Option<&Document>| -> Result<IndexKeys> {
            let Some(document) = document else { return Ok(IndexKeys::new()) };
            let keys = definition.keys(document.value()).ok_or_else(|| {
                let index = definition.name.to_string();
                Error::document(DocumentError::TooManyKeys { index, most: KEYS_MAX })
            })?;
            Ok(if definition.is_unique() { held_to(keys) } else { keys })
        };
        let (old, new) = (keys(old)?, keys(new)?);
        if old != new {
            moves.push(Move { index, old, new });
        }
    }
    Ok(moves)
}

/// Of a unique index's keys those that no two documents may have: none with a part that is missing
/// or null, or an array or object, which all have one key.
pub(super) fn held_to(mut keys: IndexKeys) -> IndexKeys {
    keys.retain(|key| {
        let mut rest = &key[..];
        let mut is_held = true;
        while !rest.is_empty() {
            is_held &= ![MISSING, NULL_KEY, COMPOSITE].contains(&rest[0]);
            rest = &rest[crate::document::form::sortable_len(rest)..];
        }
        is_held
    });
    keys
}

/// Makes a change whose leases are held and which nothing forbids.
fn apply(
    collection: &Collection,
    held: &mut Held<'_>,
    home: usize,
    slot: Option<u32>,
    new: Option<Document>,
    moves: &[Move],
) {
    let partition = held.get(home);
    let slot = match new {
        Some(new) => partition.put_at(slot, new).0,
        None => {
            let slot = slot.expect("what is removed is there");
            partition.take(slot);
            slot
        }
    };
    let place = Place { partition: number(home), slot };
    for moved in moves {
        let partition = held.get(home);
        if !partition.is_indexed(moved.index, slot) {
            continue;
        }
        if !partition.definitions()[moved.index].is_unique() {
            partition.reindex(moved.index, slot, &moved.old, &moved.new);
            continue;
        }
        for key in moved.old.iter().filter(|key| !moved.new.contains(key)) {
            let key_hash = hash(key);
            let owner = held.get(collection.partition_of(key_hash));
            owner.claims_mut(moved.index).remove(key_hash, place);
        }
        for key in moved.new.iter().filter(|key| !moved.old.contains(key)) {
            let key_hash = hash(key);
            let owner = held.get(collection.partition_of(key_hash));
            owner.claims_mut(moved.index).insert(key_hash, place);
        }
    }
}

/// An error unless a document can have this id.
pub(crate) fn check_id(id: &[u8]) -> Result<()> {
    if id.is_empty() || id.len() > ID_LEN_MAX || std::str::from_utf8(id).is_err() {
        return Err(Error::document(DocumentError::BadId { most: ID_LEN_MAX }));
    }
    Ok(())
}
