//! What histories declare of documents: three shapes of each collection, of which every one can be
//! opened after every other.
//!
//! Between them fields are renamed, indexes come, go and change their kind, and versions and times
//! are kept or not. All have a kind and a size, which the check of indexes counts.

use kora::{Database, KoraDocument, SchemaPolicy};
use serde::{Deserialize, Serialize};

macro_rules! shapes {
    ($module:ident, $collection:literal) => {
        mod $module {
            use super::*;

            #[derive(Serialize, Deserialize, KoraDocument)]
            #[kora(collection = $collection)]
            pub(super) struct Plain {
                #[kora(id)]
                id: String,
                #[kora(index = hash)]
                kind: String,
                size: i64,
                #[serde(default)]
                #[kora(renamed_from = "words")]
                text: String,
            }

            #[derive(Serialize, Deserialize, KoraDocument)]
            #[kora(collection = $collection, ttl = "1h", index(size, kind))]
            pub(super) struct Sorted {
                #[kora(id)]
                id: String,
                #[kora(index = sorted)]
                kind: String,
                size: i64,
                #[serde(default)]
                #[kora(index, renamed_from = "text")]
                words: String,
                #[serde(default)]
                #[kora(unique)]
                mail: Option<String>,
            }

            #[derive(Serialize, Deserialize, KoraDocument)]
            #[kora(collection = $collection)]
            pub(super) struct Kept {
                #[kora(id)]
                id: String,
                kind: String,
                #[kora(index)]
                size: i64,
                #[serde(default)]
                #[kora(index)]
                tags: Vec<u64>,
                #[serde(default)]
                #[kora(version)]
                version: u64,
                #[serde(default)]
                #[kora(updated_at, index)]
                updated_at: i64,
                #[serde(default)]
                #[kora(expires_at)]
                expires_at: Option<i64>,
            }
        }
    };
}

shapes!(people, "people");
shapes!(orders, "orders");

/// How documents are declared, by name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Plain,
    Sorted,
    Kept,
}

impl Shape {
    pub(crate) const ALL: [Shape; 3] = [Shape::Plain, Shape::Sorted, Shape::Kept];

    /// Opens a collection as this shape, with everything that has to change for it.
    pub(crate) fn open(
        self,
        db: &Database,
        collection: &str,
        policy: SchemaPolicy,
    ) -> kora::Result<()> {
        fn opened<D: KoraDocument>(db: &Database, policy: SchemaPolicy) -> kora::Result<()> {
            db.repository_with::<D>(policy).map(drop)
        }
        let open = match (collection == people::Plain::COLLECTION, self) {
            (true, Shape::Plain) => opened::<people::Plain>,
            (true, Shape::Sorted) => opened::<people::Sorted>,
            (true, Shape::Kept) => opened::<people::Kept>,
            (false, Shape::Plain) => opened::<orders::Plain>,
            (false, Shape::Sorted) => opened::<orders::Sorted>,
            (false, Shape::Kept) => opened::<orders::Kept>,
        };
        open(db, policy)
    }
}
