//! What was declared of a collection's documents: kept with the collection, and put into every
//! document that is written.

use std::any::TypeId;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLock;

use crate::document::collection::definition::IndexDefinition;
use crate::document::collection::schema::Schema;
use crate::engine::Engine;
use crate::engine::attempt::Version;
use crate::engine::collections::{Collection, Current};
use crate::error::Result;
use crate::keyspace::effect::CollectionChange;

/// Puts into a document what its collection keeps in it by itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamper<'s> {
    pub(super) schema: Option<&'s Arc<Schema>>,
    pub(super) id: &'s [u8],
    pub(super) now_ms: i64,
}

impl Stamper<'_> {
    /// The document as it is to be stored, in the place of the one that is there.
    pub(super) fn stamp(self, current: Option<Current<'_>>, new: Version) -> Result<Version> {
        let Some(schema) = self.schema else { return Ok(new) };
        if schema.leaves(self.id, &new.form) {
            return Ok(new);
        }
        let stamped = schema.stamp(self.id, current, new.current(), self.now_ms)?;
        Ok(stamped.map_or(new, |(form, deadline)| Version { form, deadline }))
    }
}

impl Collection {
    /// What was declared of its documents.
    pub(crate) fn schema(&self) -> Option<Arc<Schema>> {
        self.partitions[0].read().schema().cloned()
    }

    /// Its indexes.
    pub(crate) fn definitions(&self) -> Vec<IndexDefinition> {
        self.partitions[0].read().definitions().to_vec()
    }

    /// Whether a type is known to declare what is stored of the documents.
    pub(crate) fn is_open_as(&self, of: TypeId) -> bool {
        // Whoever changes indexes holds leases when it takes the list.
        let now = self.schema();
        let opened = self.opened.lock();
        let schema = opened.iter().find(|(other, _)| *other == of).map(|(_, schema)| schema);
        schema.is_some_and(|schema| now.is_some_and(|now| Arc::ptr_eq(&now, schema)))
    }

    /// Notes that a type declares what is stored of the documents.
    pub(crate) fn note_opened_as(&self, of: TypeId) {
        let Some(now) = self.schema() else { return };
        let mut opened = self.opened.lock();
        opened.retain(|(other, schema)| *other != of && Arc::ptr_eq(schema, &now));
        opened.push((of, now));
    }

    /// An index is not what it was: no type is known to declare what there is.
    pub(super) fn forget_opened(&self) {
        self.opened.lock().clear();
        self.note_changed();
    }

    /// What types declare may not be true any more.
    pub(super) fn note_changed(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }
}

/// Collections by the types that declare what is stored of them, for whoever opens one with each
/// request.
///
/// Invariant: an entry whose count of changes is that of its collection is true.
#[derive(Debug, Default)]
pub(super) struct Opened(RwLock<Vec<OpenedAs>>);

#[derive(Debug)]
struct OpenedAs {
    of: TypeId,
    collection: Arc<Collection>,
    changes: u64,
}

impl OpenedAs {
    fn is_true(&self) -> bool {
        self.collection.changes.load(Ordering::Acquire) == self.changes
    }
}

impl Engine {
    /// The collection that a type was opened with, if nothing that matters has changed since.
    #[inline]
    pub(crate) fn opened_as(&self, of: TypeId) -> Option<Arc<Collection>> {
        let opened = self.collections.opened.0.read();
        let entry = opened.iter().find(|entry| entry.of == of && entry.is_true())?;
        Some(Arc::clone(&entry.collection))
    }

    /// Notes that a type was opened with a collection, if that is still so.
    pub(crate) fn note_opened(&self, of: TypeId, collection: &Arc<Collection>) {
        let changes = collection.changes.load(Ordering::Acquire);
        if collection.is_open_as(of) {
            let collection = Arc::clone(collection);
            let mut opened = self.collections.opened.0.write();
            opened.retain(|entry| entry.of != of && entry.is_true());
            opened.push(OpenedAs { of, collection, changes });
        }
    }
}

impl Engine {
    /// Declares something of a collection's documents: writes are held to it from here on.
    pub(crate) fn set_schema(&self, collection: &Collection, schema: Schema) -> Result<()> {
        self.prepare_write()?;
        let _alone = collection.indexing.lock();
        let mut partitions = collection.lock_all();
        collection.check()?;
        let mut bytes = Vec::new();
        schema.encode(&mut bytes);
        self.record_collection(collection.id, CollectionChange::SetSchema(&bytes))?;
        let schema = Some(Arc::new(schema));
        partitions.iter_mut().for_each(|partition| partition.set_schema(schema.clone()));
        collection.note_changed();
        Ok(())
    }
}
