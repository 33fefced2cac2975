//! Collections as a directory holds them, in an order that compares: to be looked at and written
//! elsewhere, not to be served.
//!
//! Nobody else changes them meanwhile: all leases of a collection are held while it is visited.

use std::collections::BTreeMap;

use parking_lot::RwLockReadGuard;

use crate::document::collection::definition::IndexDefinition;
use crate::document::collection::partition::{Document, Partition};
use crate::document::collection::schema::Schema;
use crate::engine::collections::documents::held_to;
use crate::engine::collections::slices::{write_definition, write_document};
use crate::engine::collections::{Collection, Collections};
use crate::error::{DocumentError, Error, Result, UniqueViolation};

/// A collection that is looked at.
#[derive(Debug)]
pub(crate) struct Listed<'a> {
    id: u32,
    pub(crate) name: &'a str,
    /// In the order in which they were made.
    pub(crate) indexes: &'a [IndexDefinition],
    /// What was declared of its documents.
    pub(crate) schema: Option<&'a Schema>,
    /// In the order of their ids, those that have expired among them.
    pub(crate) documents: Vec<&'a Document>,
}

impl Collections {
    /// Visits every collection, by name.
    pub(in crate::engine) fn each(
        &self,
        mut visit: impl FnMut(&Listed<'_>) -> Result<()>,
    ) -> Result<()> {
        let by_name = self.by_name.read();
        by_name.values().try_for_each(|collection| collection.list(&mut visit))
    }

    /// Whether there is a collection of this name.
    pub(in crate::engine) fn has_name(&self, name: &str) -> bool {
        self.by_name.read().contains_key(name)
    }
}

impl Collection {
    fn list(&self, visit: &mut impl FnMut(&Listed<'_>) -> Result<()>) -> Result<()> {
        let partitions: Vec<RwLockReadGuard<'_, Partition>> =
            self.partitions.iter().map(|leased| leased.read()).collect();
        let slots =
            |partition| (0..Partition::slot_count(partition)).map(|slot| partition.at(slot));
        let mut documents: Vec<_> =
            partitions.iter().flat_map(|partition| slots(partition)).flatten().collect();
        documents.sort_unstable_by_key(|document| document.id());
        let indexes = partitions[0].definitions();
        let schema = partitions[0].schema().map(|schema| &**schema);
        visit(&Listed { id: self.id, name: &self.name, indexes, schema, documents })
    }
}

impl Listed<'_> {
    /// Writes the records that make the collection, without its documents; returns how many.
    pub(crate) fn write_definition(&self, out: &mut Vec<u8>) -> u32 {
        write_definition(self.id, self.name, self.indexes, self.schema, out)
    }

    /// Writes the record of one of its documents.
    pub(crate) fn write_document(&self, document: &Document, out: &mut Vec<u8>) {
        write_document(self.id, document, out);
    }

    /// The documents that have a value of a unique index which one before them has.
    pub(in crate::engine) fn violations(&self) -> Vec<Error> {
        let unique = self.indexes.iter().filter(|index| index.is_unique());
        unique.flat_map(|index| self.violations_of(index)).collect()
    }

    fn violations_of(&self, index: &IndexDefinition) -> Vec<Error> {
        let mut owners = BTreeMap::new();
        let mut violations = Vec::new();
        for document in &self.documents {
            let keys = index.keys(document.value()).unwrap_or_default();
            for key in held_to(keys) {
                let owner: &mut &[u8] = owners.entry(key).or_insert(document.id());
                if *owner != document.id() {
                    let text = String::from_utf8_lossy;
                    let id = format!("{}, {}", text(owner), text(document.id()));
                    let index = format!("{}.{}", self.name, index.name);
                    let violation = UniqueViolation { index, id };
                    violations.push(Error::document(DocumentError::NotUnique(violation)));
                }
            }
        }
        violations
    }
}
