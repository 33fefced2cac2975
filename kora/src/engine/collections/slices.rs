//! Collections in slices: for snapshots, and for documents that are due.

use crate::document::collection::definition::IndexDefinition;
use crate::document::collection::partition::Document;
use crate::document::collection::schema::Schema;
use crate::engine::Engine;
use crate::engine::collections::Collection;
use crate::error::Result;
use crate::keyspace::effect::{CollectionChange, Effect, Record};
use crate::mutation::{self, Mutation};
use crate::storage::{Log, Lsn};

/// Documents removed in a row before others are let in.
const DUE: usize = 16;

impl Collection {
    /// Writes the records that make the collection, without its documents; returns how many, and
    /// the place of the log at which it was so.
    ///
    /// # Errors
    /// The log does not have everything that memory has.
    pub(in crate::engine) fn write_definition(
        &self,
        log: &Log,
        out: &mut Vec<u8>,
    ) -> Result<(u32, Lsn)> {
        let partition = self.partitions[0].read();
        log.check_complete()?;
        // One that is being built is recorded when it is whole.
        let indexes = partition.definitions().iter().enumerate();
        let is_whole =
            |at| partition.is_ready(at) && !mutation::is_made(Mutation::IndexesNotInSnapshot);
        let whole = indexes.filter(|(at, _)| is_whole(*at)).map(|(_, index)| index);
        let schema = partition.schema().map(|schema| &**schema);
        let schema = schema.filter(|_| !mutation::is_made(Mutation::SchemaNotInSnapshot));
        let count = write_definition(self.id, &self.name, whole, schema, out);
        Ok((count, log.end()))
    }

    /// Writes the records of a partition's documents from a slot on, some of them; returns how
    /// many, where to go on, and the place of the log at which they were so.
    ///
    /// # Errors
    /// The log does not have everything that memory has.
    pub(in crate::engine) fn write_documents(
        &self,
        log: &Log,
        partition: usize,
        from: u32,
        most: usize,
        out: &mut Vec<u8>,
    ) -> Result<(u32, Option<u32>, Lsn)> {
        let partition = self.partitions[partition].read();
        log.check_complete()?;
        let (mut count, mut slot) = (0, from);
        while slot < partition.slot_count() && (count as usize) < most {
            if let Some(document) = partition.at(slot) {
                write_document(self.id, document, out);
                count += 1;
            }
            slot += 1;
        }
        let next = (slot < partition.slot_count()).then_some(slot);
        Ok((count, next, log.end()))
    }

    /// Visits every document.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn each_document(&self, mut visit: impl FnMut(&Document)) {
        for partition in &self.partitions {
            let partition = partition.read();
            (0..partition.slot_count()).filter_map(|slot| partition.at(slot)).for_each(&mut visit);
        }
    }

    /// How many partitions there are.
    pub(crate) fn partition_count(&self) -> usize {
        self.partitions.len()
    }
}

/// Writes the records that make a collection with these indexes and what was declared of it; returns
/// how many.
pub(super) fn write_definition<'i>(
    collection: u32,
    name: &str,
    indexes: impl IntoIterator<Item = &'i IndexDefinition>,
    schema: Option<&Schema>,
    out: &mut Vec<u8>,
) -> u32 {
    let mut count = 0;
    let mut write = |change: CollectionChange<'_>| {
        let effect = Effect::Collection { collection, change };
        Record { database: 0, key: b"", effect }.encode_with(out, |_| {});
        count += 1;
    };
    write(CollectionChange::Create(name));
    for index in indexes {
        let mut bytes = Vec::new();
        index.encode(&mut bytes);
        write(CollectionChange::AddIndex(&bytes));
    }
    if let Some(schema) = schema {
        let mut bytes = Vec::new();
        schema.encode(&mut bytes);
        write(CollectionChange::SetSchema(&bytes));
    }
    count
}

/// Writes the record of a document.
pub(super) fn write_document(collection: u32, document: &Document, out: &mut Vec<u8>) {
    let (deadline, form) = (document.deadline(), document.form());
    let effect = Effect::PutDocument { collection, deadline, form };
    Record { database: 0, key: document.id(), effect }.encode_with(out, |_| {});
}

impl Engine {
    /// Removes some documents that are due, of the partitions that this shard looks after. Whether
    /// more may be due, and whether any document of them has a deadline.
    pub(in crate::engine) fn expire_documents(&self, shard: usize) -> Result<(bool, bool)> {
        self.expire_some_documents(shard, DUE)
    }

    /// The same, so many at most.
    pub(crate) fn expire_some_documents(&self, shard: usize, most: usize) -> Result<(bool, bool)> {
        let (mut gone, mut left) = (0, false);
        for collection in self.all_collections() {
            let of_shard = (shard..collection.partitions.len()).step_by(self.shards.len());
            for number in of_shard {
                while gone < most {
                    let now = self.shared.clock.now_ms();
                    let id = {
                        let partition = collection.partitions[number].read();
                        left |= partition.has_deadlines();
                        let slot = partition.first_due(now);
                        slot.and_then(|slot| partition.at(slot)).map(|found| found.id().to_vec())
                    };
                    let Some(id) = id else { break };
                    self.remove_expired(&collection, &id)?;
                    gone += 1;
                }
            }
        }
        Ok((gone == most, left))
    }
}
