//! What opening a repository may find different, what it does about it, and the words for both.

use std::fmt;

/// What opening a repository may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaPolicy {
    /// Nothing: any difference is an error. For services that do not own the collection.
    Verify,
    /// What no document is lost by: collections, fields and indexes come, indexes go, fields are
    /// renamed. Values of fields that are no longer declared stay.
    #[default]
    Additive,
    /// Also, fields that are no longer declared are taken out of the documents.
    Destructive,
}

/// How the declaration of a type differs from what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaDiff {
    /// The collection.
    pub collection: String,
    /// The differences; none when opening changes nothing.
    pub changes: Vec<SchemaChange>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaChange {
    /// There is no such collection.
    NewCollection,
    /// A field that documents may lack.
    NewField {
        /// Its path.
        path: String,
    },
    /// A field that documents must have, and that those which are there may lack.
    RequiredField {
        /// Its path.
        path: String,
        /// Its type.
        shape: String,
        /// A field that is gone and had this type.
        like: Option<String>,
    },
    /// A field that is no longer declared.
    FieldGone {
        /// Its path.
        path: String,
    },
    /// A field that says which one it was.
    FieldRenamed {
        /// Its path until now.
        from: String,
        /// Its path.
        to: String,
    },
    /// A type that reads everything the old one wrote.
    FieldWidened {
        /// The field.
        path: String,
        /// Its old type.
        from: String,
        /// Its type.
        to: String,
    },
    /// A type that does not read what the old one wrote.
    FieldRetyped {
        /// The field.
        path: String,
        /// Its old type.
        from: String,
        /// Its type.
        to: String,
    },
    /// Other fields are the id.
    IdChanged {
        /// Its old fields.
        from: String,
        /// Its fields.
        to: String,
    },
    /// An index that is not there, or is another one.
    NewIndex {
        /// Its name.
        name: String,
    },
    /// An index that is no longer declared.
    IndexGone {
        /// Its name.
        name: String,
    },
    /// The version, a time or the time to live is another field or length.
    RulesChanged,
}

impl SchemaChange {
    /// Whether a policy does it.
    pub(super) fn is_done_by(&self, policy: SchemaPolicy) -> bool {
        match self {
            SchemaChange::NewCollection
            | SchemaChange::NewField { .. }
            | SchemaChange::FieldGone { .. }
            | SchemaChange::FieldRenamed { .. }
            | SchemaChange::FieldWidened { .. }
            | SchemaChange::NewIndex { .. }
            | SchemaChange::IndexGone { .. }
            | SchemaChange::RulesChanged => policy != SchemaPolicy::Verify,
            SchemaChange::RequiredField { .. }
            | SchemaChange::FieldRetyped { .. }
            | SchemaChange::IdChanged { .. } => false,
        }
    }
}

/// What is different, and of what is never done by itself how to mend it.
impl fmt::Display for SchemaChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaChange::NewCollection => f.write_str("the collection is new"),
            SchemaChange::NewField { path } => write!(f, "field `{path}` is new"),
            SchemaChange::RequiredField { path, shape, like } => {
                write!(
                    f,
                    "field `{path}` ({shape}) is required, and there are documents that may lack \
                     it: give it `#[serde(default)]`, make it an `Option`, or say which field it \
                     was with `#[kora(renamed_from = \"..\")]`"
                )?;
                match like {
                    Some(like) => write!(f, "; was it `{like}`?"),
                    None => Ok(()),
                }
            }
            SchemaChange::FieldGone { path } => write!(f, "field `{path}` is gone"),
            SchemaChange::FieldRenamed { from, to } => {
                write!(f, "field `{from}` is called `{to}`")
            }
            SchemaChange::FieldWidened { path, from, to } => {
                write!(f, "field `{path}` was {from} and is {to}")
            }
            SchemaChange::FieldRetyped { path, from, to } => write!(
                f,
                "field `{path}` was {from} and is {to}, which does not read it: keep the old type, \
                 give the new type a field of another name with `#[serde(default)]`, or rewrite the \
                 documents through `Database::collection` first"
            ),
            SchemaChange::IdChanged { from, to } => write!(
                f,
                "the id was {from} and is {to}, and documents are stored under it: keep the id, \
                 give the struct another collection, or copy the documents into a new one"
            ),
            SchemaChange::NewIndex { name } => write!(f, "index `{name}` is to be made"),
            SchemaChange::IndexGone { name } => write!(f, "index `{name}` is to be dropped"),
            SchemaChange::RulesChanged => {
                f.write_str("the version, a time or the time to live is declared otherwise")
            }
        }
    }
}

/// A line for each difference.
impl fmt::Display for SchemaDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changes {
            writeln!(f, "{}: {change}", self.collection)?;
        }
        Ok(())
    }
}
