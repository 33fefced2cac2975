//! Making a collection what is declared of it, step by step.
//!
//! The schema is stored last: who is interrupted before finds the same differences again, and each
//! step done twice is the same as done once.

use std::sync::Arc;

use crate::document::collection::schema::{Schema, SchemaField};
use crate::document::form::rename;
use crate::document::ops::bad_form;
use crate::engine::Engine;
use crate::engine::collections::{Change, Collection, Current, Query};
use crate::error::Result;
use crate::query::{Path, parse_path};
use crate::repository::KoraDocument;
use crate::repository::open::change::{SchemaChange, SchemaDiff, SchemaPolicy};
use crate::repository::open::declared::Declared;

impl Declared {
    /// Makes the changes that a policy does; returns the collection.
    pub(super) fn apply<D: KoraDocument>(
        &self,
        engine: &Engine,
        diff: &SchemaDiff,
        policy: SchemaPolicy,
    ) -> Result<Arc<Collection>> {
        let collection = match engine.collection(D::COLLECTION) {
            Ok(collection) => collection,
            Err(_) => match engine.create_collection(D::COLLECTION) {
                // Somebody was faster.
                Err(_) => engine.collection(D::COLLECTION)?,
                Ok(created) => created,
            },
        };
        for change in &diff.changes {
            match change {
                SchemaChange::FieldRenamed { from, to } => {
                    rename_field(engine, &collection, from, to)?;
                }
                SchemaChange::NewIndex { name } => {
                    let index = self.indexes.iter().find(|index| *index.name == **name);
                    engine.replace_index(&collection, index.expect("it is declared"))?;
                }
                SchemaChange::IndexGone { name } => {
                    engine.drop_index(&collection, name)?;
                }
                SchemaChange::FieldGone { path } if policy == SchemaPolicy::Destructive => {
                    remove_field(engine, &collection, path)?;
                }
                SchemaChange::NewCollection
                | SchemaChange::NewField { .. }
                | SchemaChange::RequiredField { .. }
                | SchemaChange::FieldGone { .. }
                | SchemaChange::FieldWidened { .. }
                | SchemaChange::FieldRetyped { .. }
                | SchemaChange::IdChanged { .. }
                | SchemaChange::RulesChanged => {}
            }
        }
        let stored = collection.schema();
        if stored.is_none() {
            adopt(engine, &collection, &self.schema)?;
        }
        let schema = self.with_fields_left(stored.as_deref(), diff, policy);
        if stored.as_deref() != Some(&schema) {
            engine.set_schema(&collection, schema)?;
        }
        Ok(collection)
    }

    /// The schema, and the fields that are in documents without being declared: should one be
    /// declared again, its old values must fit.
    fn with_fields_left(
        &self,
        stored: Option<&Schema>,
        diff: &SchemaDiff,
        policy: SchemaPolicy,
    ) -> Schema {
        let mut schema = self.schema.clone();
        let Some(stored) = stored.filter(|_| policy != SchemaPolicy::Destructive) else {
            return schema;
        };
        let is_gone = |field: &&SchemaField| {
            let is_it = |change: &SchemaChange| matches!(change, SchemaChange::FieldGone { path } if **path == *field.path);
            diff.changes.iter().any(is_it)
                || (field.is_gone && schema.fields.iter().all(|other| other.path != field.path))
        };
        let left = stored.fields.iter().filter(is_gone);
        let left: Vec<SchemaField> = left
            .map(|field| SchemaField { is_required: false, is_gone: true, ..field.clone() })
            .collect();
        schema.fields.extend(left);
        schema
    }
}

/// Sees to it that documents of which nothing was declared have their id in the id field: queries
/// by that rely on it.
fn adopt(engine: &Engine, collection: &Collection, schema: &Schema) -> Result<()> {
    each(engine, collection, |id, form| {
        Ok(schema.with_id(id, form)?.map_or(Change::Keep, Change::Rewrite))
    })
}

fn rename_field(engine: &Engine, collection: &Collection, from: &str, to: &str) -> Result<()> {
    let (from, to) = (path(from)?, path(to)?);
    let to = to.names().last().expect("a path has a name");
    rewrite(engine, collection, &from, |form, names| rename::rename(form, names, to))
}

fn remove_field(engine: &Engine, collection: &Collection, field: &str) -> Result<()> {
    rewrite(engine, collection, &path(field)?, rename::remove)
}

fn path(text: &str) -> Result<Path> {
    parse_path(text).map_err(crate::Error::query)
}

fn rewrite(
    engine: &Engine,
    collection: &Collection,
    path: &Path,
    rewritten: impl Fn(&[u8], &[&str]) -> crate::document::form::Result<Box<[u8]>>,
) -> Result<()> {
    let names: Vec<&str> = path.names().iter().map(|name| &**name).collect();
    each(engine, collection, |_, form| {
        let new = rewritten(form, &names).map_err(|error| bad_form(&error))?;
        Ok(if *new == *form { Change::Keep } else { Change::Rewrite(new) })
    })
}

/// Changes every document, each by itself.
fn each(
    engine: &Engine,
    collection: &Collection,
    change: impl Fn(&[u8], &[u8]) -> Result<Change>,
) -> Result<()> {
    for row in engine.find(collection, &Query::default())?.rows {
        engine.change_document(collection, row.id(), |current| {
            let Some(Current { form, .. }) = current else { return Ok(Change::Keep) };
            change(row.id(), form)
        })?;
    }
    Ok(())
}
