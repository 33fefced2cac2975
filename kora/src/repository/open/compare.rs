//! What is declared of a type against what is stored of its collection. Nothing is changed here.

use std::collections::BTreeMap;

use crate::document::collection::definition::IndexDefinition;
use crate::document::collection::schema::{Schema, SchemaField};
use crate::engine::Engine;
use crate::engine::collections::{Collection, Query};
use crate::error::{DocumentError, Error, Result};
use crate::query::Path;
use crate::repository::KoraDocument;
use crate::repository::open::change::{SchemaChange, SchemaDiff, SchemaPolicy};
use crate::repository::open::declared::Declared;
use crate::repository::shape::{PlacedField, widens};

/// The fields that are stored, by their paths.
type Stored<'s> = BTreeMap<&'s str, &'s SchemaField>;

impl Declared {
    /// How it differs from what is stored, for a policy: fields that went before are of matter only
    /// to the one that takes them out.
    pub(super) fn diff<D: KoraDocument>(
        &self,
        engine: &Engine,
        policy: SchemaPolicy,
    ) -> Result<SchemaDiff> {
        let mut changes = Vec::new();
        match engine.collection(D::COLLECTION) {
            Ok(collection) => self.compare(engine, &collection, policy, &mut changes)?,
            Err(Error::Document(error))
                if matches!(*error, DocumentError::NoSuchCollection { .. }) =>
            {
                changes.push(SchemaChange::NewCollection);
                self.compare_indexes(&[], &[], &mut changes);
            }
            Err(error) => return Err(error),
        }
        Ok(SchemaDiff { collection: D::COLLECTION.to_owned(), changes })
    }

    fn compare(
        &self,
        engine: &Engine,
        collection: &Collection,
        policy: SchemaPolicy,
        changes: &mut Vec<SchemaChange>,
    ) -> Result<()> {
        let Some(stored) = collection.schema() else {
            // Nothing was declared of these documents; each says by itself whether it fits.
            changes.push(SchemaChange::RulesChanged);
            self.compare_indexes(&collection.definitions(), &[], changes);
            return Ok(());
        };
        if stored.id != self.schema.id {
            let (from, to) = (stored.id.join(", "), self.schema.id.join(", "));
            changes.push(SchemaChange::IdChanged { from, to });
        }
        let is_empty = || Ok(engine.count(collection, &Query::default())? == 0);
        self.compare_fields(&stored, is_empty, policy, changes)?;
        self.compare_indexes(&collection.definitions(), &stored.indexes, changes);
        let rules = |schema: &Schema| {
            let times = (schema.created_at.clone(), schema.updated_at.clone());
            (schema.version.clone(), times, schema.expires_at.clone(), schema.ttl)
        };
        if rules(&stored) != rules(&self.schema) {
            changes.push(SchemaChange::RulesChanged);
        }
        Ok(())
    }

    fn compare_fields(
        &self,
        stored: &Schema,
        is_empty: impl Fn() -> Result<bool>,
        policy: SchemaPolicy,
        changes: &mut Vec<SchemaChange>,
    ) -> Result<()> {
        let old: Stored<'_> = stored.fields.iter().map(|field| (&*field.path, field)).collect();
        let mut gone = old.clone();
        gone.retain(|_, field| !field.is_gone || policy == SchemaPolicy::Destructive);
        // The paths that fields have had, of those that are not new.
        let mut origins: BTreeMap<&str, String> = BTreeMap::new();
        let mut new = Vec::new();
        for (field, (_, placed)) in self.schema.fields.iter().zip(&self.fields) {
            let parent = parent(&placed.names);
            let old_parent = match (&parent, parent.as_deref().and_then(|path| origins.get(path))) {
                (None, _) => None,
                (Some(_), Some(origin)) => Some(origin.as_str()),
                // What is nested in something new is as new as that.
                (Some(_), None) => {
                    changes.push(SchemaChange::NewField { path: field.path.to_string() });
                    continue;
                }
            };
            let Some((origin, name)) = origin(old_parent, placed, &old) else {
                new.push(field);
                continue;
            };
            gone.remove(&*origin);
            compare_shapes(old[&*origin], field, changes);
            if placed.names.last() != Some(&name) {
                let from = joined(parent.as_deref(), name);
                changes.push(SchemaChange::FieldRenamed { from, to: field.path.to_string() });
            }
            origins.insert(&field.path, origin);
        }
        for field in new {
            let path = field.path.to_string();
            if !field.is_required || is_empty()? {
                changes.push(SchemaChange::NewField { path });
                continue;
            }
            let like = gone.values().find(|old| widens(&old.shape, &field.shape));
            let like = like.map(|old| old.path.to_string());
            let shape = field.shape.to_string();
            changes.push(SchemaChange::RequiredField { path, shape, like });
        }
        // Values within a field that goes, or has another name, go with it.
        let is_moved = |path: &str| {
            let within =
                |whole: &str| path.strip_prefix(whole).is_some_and(|it| it.starts_with('.'));
            gone.keys().any(|whole| within(whole))
        };
        let gone = gone.keys().filter(|path| !is_moved(path));
        changes.extend(gone.map(|path| SchemaChange::FieldGone { path: (*path).to_owned() }));
        Ok(())
    }

    fn compare_indexes(
        &self,
        there: &[IndexDefinition],
        declared_before: &[Box<str>],
        changes: &mut Vec<SchemaChange>,
    ) {
        let missing = self.indexes.iter().filter(|index| !there.contains(index));
        changes
            .extend(missing.map(|index| SchemaChange::NewIndex { name: index.name.to_string() }));
        let is_gone = |name: &&str| {
            self.indexes.iter().all(|index| *index.name != **name)
                && there.iter().any(|index| *index.name == **name)
        };
        let gone = declared_before.iter().map(|name| &**name).filter(is_gone);
        changes.extend(gone.map(|name| SchemaChange::IndexGone { name: name.to_owned() }));
    }
}

/// Where a field was stored until now: the path, and the last name of it. `None` for a new one.
fn origin<'f>(
    old_parent: Option<&str>,
    placed: &'f PlacedField,
    old: &Stored<'_>,
) -> Option<(String, &'f str)> {
    let name = placed.names.last().copied().into_iter();
    let mut names = name.chain(placed.renamed_from.iter().copied());
    names.find_map(|name| {
        let path = joined(old_parent, name);
        old.contains_key(&*path).then_some((path, name))
    })
}

/// The path of what a field is nested in.
fn parent(names: &[&str]) -> Option<String> {
    let (_, around) = names.split_last()?;
    (!around.is_empty()).then(|| written(around))
}

fn joined(parent: Option<&str>, name: &str) -> String {
    let name = written(&[name]);
    parent.map_or(name.clone(), |parent| format!("{parent}.{name}"))
}

/// A path as queries write it, as far as they can.
fn written(names: &[&str]) -> String {
    let path = Path::new(names.iter().map(|name| Box::from(*name)).collect());
    path.map_or_else(|_| names.join("."), |path| path.to_string())
}

fn compare_shapes(old: &SchemaField, new: &SchemaField, changes: &mut Vec<SchemaChange>) {
    let (path, from, to) = (new.path.to_string(), old.shape.to_string(), new.shape.to_string());
    if from != to && !widens(&from, &to) {
        changes.push(SchemaChange::FieldRetyped { path, from, to });
    } else if !old.is_required && new.is_required {
        changes.push(SchemaChange::RequiredField { path, shape: to, like: None });
    } else if from != to {
        changes.push(SchemaChange::FieldWidened { path, from, to });
    }
}
