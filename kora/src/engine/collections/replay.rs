//! Recorded effects on collections, done again for tests.
//!
//! They go through the doors that everybody uses, so a database that replays records them again, and
//! its indexes follow. Nothing expires meanwhile: what had expired was removed by a record.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::document::collection::definition::IndexDefinition;
use crate::document::collection::schema::Schema;
use crate::document::form;
use crate::engine::Engine;
use crate::engine::attempt::Version;
use crate::engine::collections::documents::check_id;
use crate::engine::collections::several::Outcomes;
use crate::engine::collections::{Collection, Locked};
use crate::error::Result;
use crate::keyspace::effect::{CollectionChange, Effect, Record};

/// A time at which whatever there is has not expired.
const NOTHING_EXPIRED: i64 = i64::MIN;

impl Engine {
    /// Does again what a record says of a document; `None` when it does not fit.
    pub(in crate::engine) fn redo_document(
        &self,
        id: u32,
        record: &Record<'_>,
    ) -> Result<Option<()>> {
        let Some(collection) = self.collections.by_id(id) else { return Ok(None) };
        let new = if let Effect::PutDocument { form, deadline, .. } = record.effect {
            if form::check(form).is_err() {
                return Ok(None);
            }
            Some(Version { form: form.into(), deadline })
        } else {
            None
        };
        if check_id(record.key).is_err() {
            return Ok(None);
        }
        let locked = Locked::take(std::iter::once(&collection), &[]);
        let outcomes = Outcomes::from([(record.key, new)]);
        let done = self.write_documents(locked, &collection, outcomes, NOTHING_EXPIRED);
        Ok(done.ok())
    }

    /// Does again what a record says of a collection; `None` when it does not fit.
    pub(in crate::engine) fn redo_collection(
        &self,
        id: u32,
        change: CollectionChange<'_>,
    ) -> Result<Option<()>> {
        let there = self.collections.by_id(id);
        if let CollectionChange::Create(name) = change {
            return self.redo_create(id, name, there);
        }
        let Some(collection) = there else { return Ok(None) };
        match change {
            CollectionChange::Create(_) => {}
            CollectionChange::Drop => {
                self.drop_collection(collection.name())?;
            }
            CollectionChange::AddIndex(definition) => {
                let Some(definition) = IndexDefinition::decode(definition) else { return Ok(None) };
                self.replace_index(&collection, &definition)?;
            }
            CollectionChange::DropIndex(name) => {
                self.drop_index(&collection, name)?;
            }
            CollectionChange::SetSchema(schema) => {
                let Some(schema) = Schema::decode(schema) else { return Ok(None) };
                self.set_schema(&collection, schema)?;
            }
        }
        Ok(Some(()))
    }

    fn redo_create(
        &self,
        id: u32,
        name: &str,
        there: Option<Arc<Collection>>,
    ) -> Result<Option<()>> {
        let mut by_name = self.collections.by_name.write();
        if let Some(there) = there {
            return Ok((there.name() == name).then_some(()));
        }
        if by_name.contains_key(name) {
            return Ok(None);
        }
        self.collections.last_id.fetch_max(id, Ordering::AcqRel);
        self.add_collection(&mut by_name, id, name).map(|_| Some(()))
    }
}
