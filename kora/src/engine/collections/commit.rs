//! Documents of a transaction: looked at again, and changed in one step.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::RwLockWriteGuard;
use smallvec::SmallVec;

use crate::document::collection::claims::Place;
use crate::document::collection::partition::{Document, Partition, unique};
use crate::document::collection::values::{IndexKey, IndexKeys};
use crate::document::plan::find::Find;
use crate::document::plan::rows::Rows;
use crate::engine::Engine;
use crate::engine::attempt::{Seen, Version};
use crate::engine::collections::documents::{Move, keys_in, number};
use crate::engine::collections::find::finish;
use crate::engine::collections::{Answer, Collection, Query, no_such};
use crate::error::{DocumentError, Error, Result, UniqueViolation};
use crate::keyspace::effect::{Effect, Record};
use crate::map::hash;

/// That a transaction looked at a whole collection, and how it was.
#[derive(Debug)]
pub(crate) struct Scan {
    collection: Arc<Collection>,
    /// How often each partition had changed.
    changes: Vec<u64>,
}

/// A document that a transaction changes.
#[derive(Debug)]
pub(crate) struct DocumentWrite<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) seen: &'a Seen,
}

/// What becomes of one document, with what its indexes have to follow.
#[derive(Debug)]
pub(crate) struct Prepared {
    slot: Option<u32>,
    moves: SmallVec<[Move; 8]>,
}

/// Leases of all partitions of some collections, by the collections' numbers.
#[derive(Debug)]
pub(crate) struct Locked<'a> {
    collections: BTreeMap<u32, (&'a Collection, Vec<RwLockWriteGuard<'a, Partition>>)>,
}

impl Collection {
    /// Notes how the collection is.
    pub(crate) fn scan(self: &Arc<Collection>) -> Scan {
        let changes = self.partitions.iter().map(|leased| leased.read().changes()).collect();
        Scan { collection: Arc::clone(self), changes }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }
}

impl<'a> Locked<'a> {
    /// Takes the leases of the collections that were read from, in ascending order.
    pub(crate) fn take(
        read: impl Iterator<Item = &'a Arc<Collection>>,
        scans: &'a [Scan],
    ) -> Locked<'a> {
        let all: BTreeMap<u32, &'a Collection> = read
            .chain(scans.iter().map(|scan| &scan.collection))
            .map(|collection| (collection.id, &**collection))
            .collect();
        let lock =
            |(id, collection): (u32, &'a Collection)| (id, (collection, collection.lock_all()));
        Locked { collections: all.into_iter().map(lock).collect() }
    }

    /// The partition that has a document, or would have it.
    pub(super) fn partition_of(&self, collection: &Collection, id: &[u8]) -> &Partition {
        &self.of(collection.id).1[collection.partition_of_id(id)]
    }

    fn of(&self, collection: u32) -> &(&'a Collection, Vec<RwLockWriteGuard<'a, Partition>>) {
        &self.collections[&collection]
    }

    /// Whether documents and collections are as a transaction found them.
    pub(crate) fn are_as_found(
        &self,
        engine: &Engine,
        documents: &BTreeMap<(u32, Box<[u8]>), Seen>,
        scans: &[Scan],
    ) -> bool {
        let now = engine.now_ms();
        let is_there = |(id, seen): (&(u32, Box<[u8]>), &Seen)| {
            let (collection, partitions) = self.of(id.0);
            let partition = &partitions[collection.partition_of_id(&id.1)];
            let slot = partition.find(&id.1, hash(&id.1));
            let document = slot.and_then(|slot| partition.at(slot)).filter(|it| it.lives(now));
            if partition.schema().map(Arc::as_ptr) != seen.schema.as_ref().map(Arc::as_ptr) {
                return false;
            }
            match (document, &seen.found) {
                (None, None) => true,
                (Some(document), Some(Version { form, deadline })) => {
                    *document.form() == **form && document.deadline() == *deadline
                }
                (None, Some(_)) | (Some(_), None) => false,
            }
        };
        let is_same = |scan: &Scan| {
            let (_, partitions) = self.of(scan.collection.id);
            partitions.iter().map(|partition| partition.changes()).eq(scan.changes.iter().copied())
        };
        documents.iter().all(is_there) && scans.iter().all(is_same)
    }

    /// Works out what indexes have to follow.
    ///
    /// # Errors
    /// A unique value that another document has, or two of the transaction are to get; a
    /// collection that was dropped.
    pub(crate) fn prepare(&self, writes: &[DocumentWrite<'_>], now: i64) -> Result<Vec<Prepared>> {
        let mut prepared = Vec::new();
        for write in writes {
            let (collection, partitions) = self.of(write.seen.collection.id);
            collection.check().map_err(|_dropped| no_such(&collection.name))?;
            let partition = &partitions[collection.partition_of_id(write.id)];
            let slot = partition.find(write.id, hash(write.id));
            let new = write.seen.now.as_ref();
            let new = new.map(|new| Document::new(write.id, &new.form, new.deadline));
            prepared.push(Prepared { slot, moves: keys_in(partition, slot, new.as_ref())? });
        }
        self.check_unique(writes, &prepared, now)?;
        Ok(prepared)
    }

    fn check_unique(
        &self,
        writes: &[DocumentWrite<'_>],
        prepared: &[Prepared],
        now: i64,
    ) -> Result<()> {
        let mut taken: BTreeMap<(u32, usize, IndexKey), &[u8]> = BTreeMap::new();
        // A document whose values of an index change gives all of them up, and takes what it keeps
        // again. One that changes elsewhere only has its values as before.
        let mut changed: BTreeSet<(u32, usize, Place)> = BTreeSet::new();
        for (write, Prepared { slot, moves }) in writes.iter().zip(prepared) {
            let Some(slot) = *slot else { continue };
            let home = write.seen.collection.partition_of_id(write.id);
            let place = Place { partition: number(home), slot };
            let id = write.seen.collection.id;
            changed.extend(moves.iter().map(|moved| (id, moved.index, place)));
        }
        for (write, prepared) in writes.iter().zip(prepared) {
            let id = write.seen.collection.id;
            let (collection, partitions) = self.of(id);
            let definitions = partitions[0].definitions();
            for (index, definition) in unique(definitions) {
                let Some(moved) = prepared.moves.iter().find(|moved| moved.index == index) else {
                    continue;
                };
                for key in &moved.new {
                    let key_hash = hash(key);
                    let owner = &partitions[collection.partition_of(key_hash)];
                    let rival = owner.claims(index).find(key_hash).find(|rival| {
                        let other = partitions[usize::from(rival.partition)].at(rival.slot);
                        let has_it = other.is_some_and(|other| {
                            other.lives(now)
                                && definition.keys(other.value()).is_some_and(|k| k.contains(key))
                        });
                        has_it && !changed.contains(&(id, index, *rival))
                    });
                    let other = rival
                        .and_then(|rival| partitions[usize::from(rival.partition)].at(rival.slot))
                        .map(Document::id);
                    let first = taken.insert((id, index, key.clone()), write.id);
                    if let Some(other) = other.or(first) {
                        let violation = UniqueViolation {
                            index: definition.name.to_string(),
                            id: String::from_utf8_lossy(other).into_owned(),
                        };
                        return Err(Error::document(DocumentError::NotUnique(violation)));
                    }
                }
            }
        }
        Ok(())
    }

    /// Appends the records of the changes.
    pub(crate) fn record(&self, writes: &[DocumentWrite<'_>], out: &mut Vec<u8>) {
        for write in writes {
            let collection = write.seen.collection.id;
            let effect = match &write.seen.now {
                Some(Version { form, deadline }) => {
                    Effect::PutDocument { collection, deadline: *deadline, form }
                }
                None => Effect::RemoveDocument { collection },
            };
            Record { database: 0, key: write.id, effect }.encode_with(out, |_| {});
        }
    }

    /// Makes the changes; returns the memory that came.
    pub(crate) fn apply(
        &mut self,
        writes: Vec<DocumentWrite<'_>>,
        prepared: Vec<Prepared>,
    ) -> isize {
        let before = self.bytes();
        // Values are given up before others take them.
        let mut gained = Vec::new();
        for (write, Prepared { slot, moves }) in writes.into_iter().zip(prepared) {
            let id = write.seen.collection.id;
            let home = write.seen.collection.partition_of_id(write.id);
            let (collection, partitions) = self.collections.get_mut(&id).expect("it is locked");
            let slot = match &write.seen.now {
                Some(new) => {
                    let document = Document::new(write.id, &new.form, new.deadline);
                    partitions[home].put(document).0
                }
                None => match slot {
                    Some(slot) => {
                        partitions[home].take(slot);
                        slot
                    }
                    // It expired while the transaction removed it.
                    None => continue,
                },
            };
            let place = Place { partition: number(home), slot };
            for Move { index, old, new } in moves {
                if !partitions[home].is_indexed(index, slot) {
                    continue;
                }
                if partitions[home].definitions()[index].is_unique() {
                    give_up(collection, partitions, index, &old, place);
                    gained.push((id, index, new, place));
                } else {
                    partitions[home].reindex(index, slot, &old, &new);
                }
            }
        }
        for (id, index, new, place) in gained {
            let (collection, partitions) = self.collections.get_mut(&id).expect("it is locked");
            for key in &new {
                let key_hash = hash(key);
                let owner = collection.partition_of(key_hash);
                partitions[owner].claims_mut(index).insert(key_hash, place);
            }
        }
        self.bytes().wrapping_sub(before) as isize
    }

    fn bytes(&self) -> usize {
        let partitions = self.collections.values().flat_map(|(_, partitions)| partitions);
        partitions.map(|partition| partition.heap_bytes()).sum()
    }
}

fn give_up(
    collection: &Collection,
    partitions: &mut [RwLockWriteGuard<'_, Partition>],
    index: usize,
    keys: &IndexKeys,
    place: Place,
) {
    for key in keys {
        let key_hash = hash(key);
        partitions[collection.partition_of(key_hash)].claims_mut(index).remove(key_hash, place);
    }
}

impl Engine {
    /// Runs a query as if some documents were these.
    pub(crate) fn find_with(
        &self,
        collection: &Collection,
        query: &Query,
        written: &[(Box<[u8]>, Option<Version>)],
    ) -> Result<Answer> {
        if written.is_empty() {
            return self.find(collection, query);
        }
        // Rows that are written anew take none of the places.
        let most = query.limit.map(|limit| limit.saturating_add(query.offset));
        let wide = Query {
            offset: 0,
            limit: most.map(|most| most.saturating_add(written.len())),
            selection: None,
            ..query.clone()
        };
        let find = Find {
            condition: Cow::Borrowed(&query.condition),
            order: Cow::Borrowed(&query.order),
            most: most.unwrap_or(usize::MAX),
            takes_any: false,
            after: query.after()?,
        };
        let mut rows = Rows::new(find.most);
        let Answer { rows: found, mut explain, .. } = self.find(collection, &wide)?;
        for row in found {
            if written.iter().all(|(id, _)| **id != *row.id()) {
                rows.take(row);
            }
        }
        for (id, version) in written {
            if let Some(Version { form, deadline }) = version {
                rows.offer(&Document::new(id, form, *deadline), &find);
            }
        }
        let is_cut = rows.is_full();
        let rows = finish(rows.into_sorted(), query);
        explain.rows_returned = rows.len() as u64;
        Ok(Answer { rows, is_cut, explain })
    }
}
