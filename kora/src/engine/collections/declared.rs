//! What was declared of a collection's documents: kept with the collection, and put into every
//! document that is written.

use std::any::TypeId;
use std::sync::Arc;

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
        let opened = self.opened.lock();
        let schema = opened.iter().find(|(other, _)| *other == of).map(|(_, schema)| schema);
        schema.is_some_and(|schema| self.schema().is_some_and(|now| Arc::ptr_eq(&now, schema)))
    }

    /// Notes that a type declares what is stored of the documents.
    pub(crate) fn note_opened_as(&self, of: TypeId) {
        let Some(now) = self.schema() else { return };
        let mut opened = self.opened.lock();
        opened.retain(|(other, schema)| *other != of && Arc::ptr_eq(schema, &now));
        opened.push((of, now));
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
        Ok(())
    }
}
