//! What can be wrong with documents, collections and indexes, and its text.

use std::fmt;

/// Why something cannot be done with documents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentError {
    /// There is no such collection.
    NoSuchCollection {
        /// Its name.
        name: String,
    },
    /// There is a collection of this name.
    CollectionExists {
        /// Its name.
        name: String,
    },
    /// There is another index of this name.
    IndexExists {
        /// Its name.
        name: String,
    },
    /// A collection or an index cannot have this name: it is empty, longer than 128 bytes, or has
    /// spaces.
    BadName,
    /// A document cannot have this id: it is empty, too long, or not UTF-8.
    BadId {
        /// The longest id, in bytes.
        most: usize,
    },
    /// No index is of this kind.
    NoSuchIndexKind {
        /// The word that should name a kind, at most 128 bytes of it.
        kind: String,
    },
    /// An index of this kind has at least one path and at most so many.
    PathsOfIndex {
        /// How many paths it may have.
        most: usize,
    },
    /// A document has too many values at the paths of an index.
    TooManyKeys {
        /// The index.
        index: String,
        /// How many values it may have.
        most: usize,
    },
    /// A document with this id is there.
    DocumentExists,
    /// There is no document with this id.
    NoSuchDocument,
    /// Another document has this value of a unique index.
    NotUnique(UniqueViolation),
    /// A document, or a change of one, is none.
    Form {
        /// What is wrong, and at which path.
        message: String,
    },
    /// The document was changed by another since its version was read, or is gone.
    VersionConflict {
        /// The version that the writer had seen.
        expected: u64,
        /// The version that is there; `None` when there is no such document.
        actual: Option<u64>,
    },
    /// The id that a document is written under is not the one in its id fields.
    OtherId {
        /// The fields.
        fields: String,
        /// The id it is written under.
        id: String,
    },
    /// A stored document is no value of the type that was asked for.
    Decode {
        /// The collection.
        collection: String,
        /// The document.
        id: String,
        /// At which path, and what was expected there.
        message: String,
    },
    /// A query for one document found several.
    NotOne,
    /// What is stored does not fit the type that is to be read and written.
    Schema {
        /// The collection.
        collection: String,
        /// What does not fit, and how to mend it.
        message: String,
    },
    /// What is to be added is no number.
    NotANumber,
    /// A word that should be text is not UTF-8.
    NotText,
    /// A page's cursor is none.
    BadCursor,
    /// The query took longer than it may.
    Timeout,
}

/// Which unique index has a value already, and of which document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueViolation {
    /// The index.
    pub index: String,
    /// The document that has the value; of an index that is being made, those that share one.
    pub id: String,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DocumentError::NoSuchCollection { name } => write!(f, "no such collection '{name}'"),
            DocumentError::CollectionExists { name } => {
                write!(f, "the collection '{name}' is there already")
            }
            DocumentError::IndexExists { name } => {
                write!(f, "there is another index '{name}'")
            }
            DocumentError::BadName => f.write_str("a name has 1 to 128 bytes and no spaces"),
            DocumentError::BadId { most } => write!(f, "an id is 1 to {most} bytes of UTF-8"),
            DocumentError::NoSuchIndexKind { kind } => {
                write!(f, "no kind of index '{kind}': hash, sorted, array or unique")
            }
            DocumentError::PathsOfIndex { most: 1 } => {
                f.write_str("an index of this kind has one path")
            }
            DocumentError::PathsOfIndex { most } => {
                write!(f, "an index of this kind has 1 to {most} paths")
            }
            DocumentError::TooManyKeys { index, most } => {
                write!(f, "the document has more than {most} values in index '{index}'")
            }
            DocumentError::DocumentExists => f.write_str("the document is there already"),
            DocumentError::NoSuchDocument => f.write_str("no such document"),
            DocumentError::NotUnique(UniqueViolation { index, id }) => {
                write!(f, "unique index '{index}': the value belongs to document {id}")
            }
            DocumentError::Form { message } => f.write_str(message),
            DocumentError::VersionConflict { expected, actual: Some(actual) } => {
                write!(f, "the document has version {actual}, not {expected}")
            }
            DocumentError::VersionConflict { expected, actual: None } => {
                write!(f, "the document of version {expected} is gone")
            }
            DocumentError::OtherId { fields, id } => {
                write!(f, "the id '{id}' is not what stands in the document's {fields}")
            }
            DocumentError::Decode { collection, id, message } => {
                write!(f, "document '{id}' of '{collection}': {message}")
            }
            DocumentError::NotOne => f.write_str("more than one document"),
            DocumentError::Schema { collection, message } => {
                write!(f, "collection '{collection}': {message}")
            }
            DocumentError::NotANumber => f.write_str("only a number can be added"),
            DocumentError::NotText => f.write_str("a text is UTF-8"),
            DocumentError::BadCursor => f.write_str("the cursor is of no page"),
            DocumentError::Timeout => f.write_str("the query took too long"),
        }
    }
}
