//! What a type declares, in the engine's terms: a schema and indexes.

use crate::document::collection::definition::{IndexDefinition, IndexKind};
use crate::document::collection::schema::{Schema, SchemaField, TimeField, TimeFormat};
use crate::error::{Error, Result};
use crate::query::{Condition, Path, parse_condition};
use crate::repository::shape::{Declaration, PlacedField};

/// What a type declares, in the engine's terms.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) schema: Schema,
    pub(super) indexes: Vec<IndexDefinition>,
    pub(super) fields: Vec<(Path, PlacedField)>,
}

impl Declared {
    pub(super) fn of(declaration: &Declaration) -> Result<Declared> {
        let path = |names: &[&str]| {
            Path::new(names.iter().map(|name| Box::from(*name)).collect()).map_err(Error::query)
        };
        let placed = declaration.placed().into_iter();
        let fields: Vec<(Path, PlacedField)> =
            placed.map(|field| Ok((path(&field.names)?, field))).collect::<Result<_>>()?;
        let mut indexes = Vec::new();
        for (path, field) in &fields {
            let name = field.names.join(".").replace(char::is_whitespace, "_");
            let mut index = |name: String, kind| {
                let (paths, condition) = (vec![path.clone()], Condition::All);
                indexes.push(IndexDefinition { name: name.into(), kind, paths, condition });
            };
            if field.is_unique {
                let suffix = if field.index.is_some() { "_unique" } else { "" };
                index(format!("{name}{suffix}"), IndexKind::Unique);
            }
            if let Some(kind) = field.index {
                index(name, kind);
            }
        }
        for compound in declaration.indexes {
            let paths = compound.fields.iter().map(|name| path(&[name])).collect::<Result<_>>()?;
            let when = compound.when.map_or(Ok(Condition::All), parse_condition);
            let condition = when.map_err(Error::query)?;
            let (name, kind) = (compound.name.into(), compound.kind);
            indexes.push(IndexDefinition { name, kind, paths, condition });
        }
        let schema = schema_of(declaration, &fields, &indexes);
        Ok(Declared { schema, indexes, fields })
    }
}

fn schema_of(
    declaration: &Declaration,
    fields: &[(Path, PlacedField)],
    indexes: &[IndexDefinition],
) -> Schema {
    let time = |field: Option<(&'static str, TimeFormat)>| {
        field.map(|(name, format)| TimeField { name: name.into(), format })
    };
    let field = |(path, field): &(Path, PlacedField)| SchemaField {
        path: path.to_string().into(),
        shape: field.shape.to_string().into(),
        is_required: field.is_required,
        is_gone: false,
    };
    Schema {
        fields: fields.iter().map(field).collect(),
        indexes: indexes.iter().map(|index| index.name.clone()).collect(),
        id: declaration.id.iter().map(|name| Box::from(*name)).collect(),
        version: declaration.version.map(Box::from),
        created_at: time(declaration.created_at),
        updated_at: time(declaration.updated_at),
        expires_at: time(declaration.expires_at),
        ttl: declaration.ttl.map(|ttl| i64::try_from(ttl).unwrap_or(i64::MAX)),
    }
}
