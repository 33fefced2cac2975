//! Filling collections from the log and a snapshot.
//!
//! Documents come first, without indexes; these are built when all documents are there.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLockWriteGuard;

use crate::document::collection::claims::Place;
use crate::document::collection::definition::{IndexDefinition, IndexKind};
use crate::document::collection::partition::{Document, Partition};
use crate::document::collection::schema::Schema;
use crate::document::collection::values::IndexKeys;
use crate::document::form::{self, ValueRef};
use crate::engine::collections::build::add_index;
use crate::engine::collections::documents::{check_id, held_to};
use crate::engine::collections::{Collection, Collections};
use crate::keyspace::effect::{CollectionChange, Effect, Record};
use crate::map::hash;

impl Collections {
    pub(super) fn by_id(&self, id: u32) -> Option<Arc<Collection>> {
        self.by_name.read().values().find(|collection| collection.id == id).cloned()
    }

    /// Whether there is a collection of this number.
    pub(in crate::engine) fn has(&self, id: u32) -> bool {
        self.by_id(id).is_some()
    }

    /// Does again what a record says of a document; `None` when it does not fit.
    pub(in crate::engine) fn redo_document(&self, id: u32, record: &Record<'_>) -> Option<()> {
        let collection = self.by_id(id)?;
        if !is_whole(record) {
            return None;
        }
        let mut partition = collection.partitions[collection.partition_of_id(record.key)].write();
        if let Effect::PutDocument { form, deadline, .. } = record.effect {
            partition.put(Document::new(record.key, form, deadline));
        } else if let Some(slot) = partition.find(record.key, hash(record.key)) {
            partition.take(slot);
        }
        Some(())
    }

    /// Does again what a record says of a collection; `None` when it does not fit.
    pub(in crate::engine) fn redo(
        &self,
        id: u32,
        change: CollectionChange<'_>,
        partitions: usize,
    ) -> Option<()> {
        match change {
            CollectionChange::Create(name) => {
                self.last_id.fetch_max(id, Ordering::AcqRel);
                if self.by_id(id).is_none() {
                    let collection = Arc::new(Collection::new(id, name, partitions));
                    self.by_name.write().insert(name.into(), collection);
                }
            }
            CollectionChange::Drop => {
                self.by_name.write().retain(|_, collection| collection.id != id);
            }
            CollectionChange::AddIndex(definition) => {
                let definition = IndexDefinition::decode(definition)?;
                let collection = self.by_id(id)?;
                let mut partitions = collection.lock_all();
                if !partitions[0].definitions().contains(&definition) {
                    // One of the same name was replaced by this.
                    remove_named(&mut partitions, &definition.name);
                    add_index(&mut partitions, &definition);
                }
            }
            CollectionChange::SetSchema(bytes) => {
                let schema = Some(Arc::new(Schema::decode(bytes)?));
                let collection = self.by_id(id)?;
                let mut partitions = collection.lock_all();
                partitions.iter_mut().for_each(|part| part.set_schema(schema.clone()));
            }
            CollectionChange::DropIndex(name) => {
                let collection = self.by_id(id)?;
                remove_named(&mut collection.lock_all(), name);
            }
        }
        Some(())
    }

    /// Builds all indexes, a partition a thread. Returns the bytes that everything takes.
    pub(in crate::engine) fn build_indexes(&self) -> usize {
        let collections: Vec<_> = self.by_name.read().values().cloned().collect();
        for collection in &collections {
            let claims = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..collection.partitions.len())
                    .map(|number| scope.spawn(move || index_partition(collection, number)))
                    .collect();
                let claims = threads.into_iter().map(|thread| thread.join());
                claims.filter_map(Result::ok).flatten().collect::<Vec<_>>()
            });
            let mut partitions = collection.lock_all();
            for (at, key_hash, place) in claims {
                let owner = collection.partition_of(key_hash);
                partitions[owner].claims_mut(at).insert(key_hash, place);
            }
        }
        collections.iter().map(|collection| collection.heap_bytes()).sum()
    }
}

/// Takes the index of this name away, if there is one.
fn remove_named(partitions: &mut [RwLockWriteGuard<'_, Partition>], name: &str) {
    let mut definitions = partitions[0].definitions().to_vec();
    let Some(at) = definitions.iter().position(|index| *index.name == *name) else { return };
    definitions.remove(at);
    let definitions = Arc::new(definitions);
    for partition in partitions {
        partition.remove_index(at, Arc::clone(&definitions));
    }
}

/// Whether what a record says of documents and collections is whole, whatever there is of them.
pub(crate) fn is_whole(record: &Record<'_>) -> bool {
    let has_id = || check_id(record.key).is_ok();
    match record.effect {
        Effect::PutDocument { form, .. } => {
            has_id() && matches!(form::check(form), Ok(ValueRef::Object(_)))
        }
        Effect::RemoveDocument { .. } => has_id(),
        Effect::Collection { change: CollectionChange::AddIndex(definition), .. } => {
            IndexDefinition::decode(definition).is_some()
        }
        Effect::Collection { change: CollectionChange::SetSchema(schema), .. } => {
            Schema::decode(schema).is_some()
        }
        Effect::Collection { .. }
        | Effect::Remove
        | Effect::Deadline(_)
        | Effect::Store { .. }
        | Effect::Clear
        | Effect::Edit { .. }
        | Effect::Swap(_) => true,
    }
}

/// Puts a partition's documents into its indexes; returns what they claim, of which index.
fn index_partition(collection: &Collection, number: usize) -> Vec<(usize, u64, Place)> {
    let mut claims = Vec::new();
    let mut partition = collection.partitions[number].write();
    let definitions = partition.definitions().to_vec();
    let partition_number = u16::try_from(number).expect("there are at most 1024 partitions");
    for (at, definition) in definitions.iter().enumerate() {
        for slot in 0..partition.slot_count() {
            let Some(document) = partition.at(slot) else { continue };
            let keys = definition.keys(document.value()).unwrap_or_default();
            if definition.kind == IndexKind::Unique {
                let place = Place { partition: partition_number, slot };
                let claimed = held_to(keys);
                claims.extend(claimed.iter().map(|key| (at, hash(key), place)));
            } else {
                partition.reindex(at, slot, &IndexKeys::new(), &keys);
            }
        }
        partition.set_ready(at);
    }
    claims
}
