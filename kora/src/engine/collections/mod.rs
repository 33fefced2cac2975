//! Collections behind leases: their registry, and what changes one as a whole.
//!
//! A collection is cut into partitions by the hash of the document's id, each with a lease that
//! readers share. Several leases are taken in ascending order, after those of stripes. What
//! changes a collection itself (an index comes or goes, the collection is dropped) holds all of
//! its leases, so under any one of them it stays as it is.

mod build;
mod commit;
mod declared;
mod documents;
mod find;
mod leased;
mod listing;
mod named;
mod recovery;
#[cfg(any(test, feature = "testing"))]
mod replay;
mod scope;
mod several;
mod slices;

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use parking_lot::{RwLock, RwLockWriteGuard};

use crate::document::collection::definition::{IndexDefinition, NAME_LEN_MAX, PATHS_MAX};
use crate::document::collection::partition::{Partition, partition_of};
use crate::document::collection::schema::Schema;
use crate::engine::Engine;
use crate::error::{DocumentError, Error, Result};
use crate::keyspace::Job;
use crate::keyspace::effect::{CollectionChange, Effect, Record};
use crate::map::hash;

pub(crate) use crate::document::collection::schema::Version as Current;
pub(crate) use commit::{DocumentWrite, Locked, Scan};
use declared::Opened;
pub(crate) use documents::{Change, ID_LEN_MAX};
pub(crate) use find::{Answer, Asked, Query};
use leased::Leased;
pub(crate) use listing::Listed;
pub(crate) use recovery::is_whole;
pub(crate) use scope::Scope;

/// Documents of one kind, with their indexes.
#[derive(Debug)]
pub(crate) struct Collection {
    /// Given once and never again, unlike the name.
    id: u32,
    name: Box<str>,
    partitions: Box<[Leased]>,
    is_dropped: AtomicBool,
    /// Held while an index is built or dropped.
    indexing: parking_lot::Mutex<()>,
    /// Types that declare what is stored of the documents, each with the schema that they declared.
    opened: parking_lot::Mutex<Vec<(TypeId, Arc<Schema>)>>,
    /// How often something changed that a type declares, or it was dropped.
    changes: AtomicU64,
}

/// Collections by their names.
type ByName = BTreeMap<Box<str>, Arc<Collection>>;

/// All collections of a database.
#[derive(Debug, Default)]
pub(crate) struct Collections {
    by_name: RwLock<ByName>,
    opened: Opened,
    last_id: AtomicU32,
}

/// An index, as it is listed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IndexState {
    pub(crate) definition: IndexDefinition,
    /// Documents that are in it, and documents there are, while it is built.
    pub(crate) progress: Option<(u64, u64)>,
}

impl Collection {
    fn new(id: u32, name: &str, partitions: usize) -> Collection {
        Collection {
            id,
            name: name.into(),
            partitions: (0..partitions).map(|_| Leased::default()).collect(),
            is_dropped: AtomicBool::new(false),
            indexing: parking_lot::Mutex::new(()),
            opened: parking_lot::Mutex::default(),
            changes: AtomicU64::new(0),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn partition_of(&self, hash: u64) -> usize {
        partition_of(hash, self.partitions.len())
    }

    pub(in crate::engine) fn partition_of_id(&self, id: &[u8]) -> usize {
        self.partition_of(hash(id))
    }

    fn check(&self) -> Result<()> {
        if self.is_dropped.load(Ordering::Acquire) {
            return Err(no_such(&self.name));
        }
        Ok(())
    }

    /// All leases.
    fn lock_all(&self) -> Vec<RwLockWriteGuard<'_, Partition>> {
        self.partitions.iter().map(|leased| leased.write()).collect()
    }

    /// Its indexes, with how far those have come that are being built.
    pub(crate) fn indexes(&self) -> Vec<IndexState> {
        let guards: Vec<_> = self.partitions.iter().map(|leased| leased.read()).collect();
        let state = |(at, definition): (usize, &IndexDefinition)| {
            let is_ready = guards.iter().all(|partition| partition.is_ready(at));
            let done = guards
                .iter()
                .map(|partition| u64::from(partition.indexed_to(at).min(partition.slot_count())));
            let all = guards.iter().map(|partition| u64::from(partition.slot_count()));
            let progress = (!is_ready).then(|| (done.sum(), all.sum()));
            IndexState { definition: definition.clone(), progress }
        };
        guards[0].definitions().iter().enumerate().map(state).collect()
    }

    /// Bytes that documents and indexes take, about.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.partitions.iter().map(|leased| leased.read().heap_bytes()).sum()
    }
}

/// The error of a collection that is not there.
pub(crate) fn no_such(name: &str) -> Error {
    Error::document(DocumentError::NoSuchCollection { name: name.to_owned() })
}

/// An error unless a name can be given to a collection or an index.
fn check_name(name: &str) -> Result<()> {
    let is_fit = !name.is_empty()
        && name.len() <= NAME_LEN_MAX
        && !name.chars().any(|c| c.is_control() || c.is_whitespace());
    if is_fit { Ok(()) } else { Err(Error::document(DocumentError::BadName)) }
}

impl Engine {
    /// The collection of this name.
    pub(crate) fn collection(&self, name: &str) -> Result<Arc<Collection>> {
        let found = self.collections.by_name.read().get(name).cloned();
        found.ok_or_else(|| no_such(name))
    }

    /// All collections, by name.
    pub(crate) fn all_collections(&self) -> Vec<Arc<Collection>> {
        self.collections.by_name.read().values().cloned().collect()
    }

    /// Makes a collection; an error when there is one of this name.
    pub(crate) fn create_collection(&self, name: &str) -> Result<Arc<Collection>> {
        check_name(name)?;
        self.admit()?;
        self.admit_writes()?;
        let mut by_name = self.collections.by_name.write();
        if by_name.contains_key(name) {
            return Err(Error::document(DocumentError::CollectionExists { name: name.to_owned() }));
        }
        let id = self.collections.last_id.fetch_add(1, Ordering::AcqRel) + 1;
        self.add_collection(&mut by_name, id, name)
    }

    /// Makes a collection of a number and a name that no other has.
    fn add_collection(&self, by_name: &mut ByName, id: u32, name: &str) -> Result<Arc<Collection>> {
        let collection = Arc::new(Collection::new(id, name, self.partition_count()));
        self.record_collection(id, CollectionChange::Create(name))?;
        by_name.insert(name.into(), Arc::clone(&collection));
        Ok(collection)
    }

    /// Drops a collection with everything in it; whether it was there.
    pub(crate) fn drop_collection(&self, name: &str) -> Result<bool> {
        self.prepare_write()?;
        let mut by_name = self.collections.by_name.write();
        let Some(collection) = by_name.get(name).cloned() else { return Ok(false) };
        let mut partitions = collection.lock_all();
        self.record_collection(collection.id, CollectionChange::Drop)?;
        collection.is_dropped.store(true, Ordering::Release);
        collection.note_changed();
        by_name.remove(name);
        let gone: Vec<Partition> =
            partitions.iter_mut().map(|partition| std::mem::take(&mut **partition)).collect();
        drop((partitions, by_name));
        let bytes: usize = gone.iter().map(Partition::heap_bytes).sum();
        self.shared.memory.settle(-isize::try_from(bytes).unwrap_or(isize::MAX));
        self.free_later(0, gone);
        Ok(true)
    }

    /// Partitions of a collection: one a shard.
    fn partition_count(&self) -> usize {
        self.shards.len()
    }

    /// Records a change of a collection that is to be made; the caller holds what keeps others from
    /// changing it.
    fn record_collection(&self, collection: u32, change: CollectionChange<'_>) -> Result<()> {
        let job = Job::new(&self.shared);
        let effect = Effect::Collection { collection, change };
        job.record(&Record { database: 0, key: b"", effect }, |_| {});
        let journal = job.finish().journal;
        if journal.is_empty() { Ok(()) } else { self.log.append_ahead(&journal) }
    }

    /// Ends a job on documents while its leases are held; `grown` is the memory that came.
    fn end_documents(&self, job: Job<'_>, grown: isize) -> Result<()> {
        let outcome = job.finish();
        if grown != 0 {
            self.shared.memory.settle(grown);
        }
        if outcome.journal.is_empty() {
            return Ok(());
        }
        let logged = self.log.append(&outcome.journal);
        crate::keyspace::job::reuse(outcome.journal);
        logged
    }

    /// Drops an index; whether it was there.
    pub(crate) fn drop_index(&self, collection: &Collection, name: &str) -> Result<bool> {
        self.prepare_write()?;
        let _alone = collection.indexing.lock();
        let mut partitions = collection.lock_all();
        collection.check()?;
        let definitions = partitions[0].definitions();
        let Some(at) = definitions.iter().position(|index| *index.name == *name) else {
            return Ok(false);
        };
        self.record_collection(collection.id, CollectionChange::DropIndex(name))?;
        self.remove_index(&mut partitions, at);
        collection.forget_opened();
        Ok(true)
    }

    fn remove_index(&self, partitions: &mut [RwLockWriteGuard<'_, Partition>], at: usize) {
        let bytes = |partitions: &[RwLockWriteGuard<'_, Partition>]| -> usize {
            partitions.iter().map(|partition| partition.heap_bytes()).sum()
        };
        let before = bytes(partitions);
        let mut definitions = partitions[0].definitions().to_vec();
        definitions.remove(at);
        let definitions = Arc::new(definitions);
        for partition in partitions.iter_mut() {
            partition.remove_index(at, Arc::clone(&definitions));
        }
        let freed = before.saturating_sub(bytes(partitions));
        self.shared.memory.settle(-isize::try_from(freed).unwrap_or(isize::MAX));
    }
}

/// An error unless an index can be made of this.
fn check_definition(definition: &IndexDefinition) -> Result<()> {
    check_name(&definition.name)?;
    definition.condition.check().map_err(Error::query)?;
    let most = match definition.kind {
        crate::document::collection::definition::IndexKind::Array
        | crate::document::collection::definition::IndexKind::Hash => 1,
        crate::document::collection::definition::IndexKind::Sorted
        | crate::document::collection::definition::IndexKind::Unique => PATHS_MAX,
    };
    if definition.paths.is_empty() || definition.paths.len() > most {
        return Err(Error::document(DocumentError::PathsOfIndex { most }));
    }
    Ok(())
}
