//! Several documents of a collection in one step.
//!
//! Readers hold the shared leases of all partitions that they read, so what they see is one moment.
//! Writers hold all leases of the collection, as the commit of a transaction does, and make their
//! changes as it does: nothing is changed before everything is known to be possible.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::collection::partition::Partition;
use crate::engine::attempt::{Seen, Version};
use crate::engine::collections::declared::Stamper;
use crate::engine::collections::documents::{Change, check_id, current_of};
use crate::engine::collections::{Collection, Current, DocumentWrite, Locked};
use crate::engine::{Engine, catch};
use crate::error::Result;
use crate::map::hash;

/// What becomes of documents, by their ids: `None` of those that go.
pub(super) type Outcomes<'a> = BTreeMap<&'a [u8], Option<Version>>;

impl Engine {
    /// Reads documents where they lie, all at one moment, in the order of their ids.
    pub(crate) fn read_documents(
        &self,
        collection: &Collection,
        ids: &[&[u8]],
        mut read: impl FnMut(Option<Current<'_>>) -> Result<()>,
    ) -> Result<()> {
        let number = |id: &&[u8]| collection.partition_of_id(id);
        let mut numbers: Vec<usize> = ids.iter().map(number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let lease = |number: &usize| collection.partitions[*number].read();
        let partitions: Vec<_> = numbers.iter().map(lease).collect();
        collection.check()?;
        let now = self.shared.clock.now_ms();
        catch(|| {
            ids.iter().try_for_each(|id| {
                let at = numbers.binary_search(&number(id)).expect("the lease is held");
                read(living(&partitions[at], id, now))
            })
        })
    }

    /// Changes documents, all of them or none: `change` says how, seeing the number and the document
    /// as it is after the changes before this one.
    pub(crate) fn change_documents(
        &self,
        collection: &Arc<Collection>,
        ids: &[&[u8]],
        mut change: impl FnMut(usize, Option<Current<'_>>) -> Result<Change>,
    ) -> Result<()> {
        ids.iter().try_for_each(|id| check_id(id))?;
        self.prepare_write()?;
        let locked = Locked::take(std::iter::once(collection), &[]);
        collection.check()?;
        let now = self.shared.clock.now_ms();
        let mut outcomes = Outcomes::new();
        for (at, id) in ids.iter().enumerate() {
            let current = match outcomes.get(id) {
                Some(outcome) => outcome.as_ref().map(Version::current),
                None => living(locked.partition_of(collection, id), id, now),
            };
            let schema = locked.partition_of(collection, id).schema();
            let change = catch(|| change(at, current))?;
            let stamper = Stamper { schema, id, now_ms: now };
            if let Some(outcome) = self.outcome(change, current, stamper)? {
                outcomes.insert(id, outcome);
            }
        }
        self.write_documents(locked, collection, outcomes, now)
    }

    /// Makes the changes whose leases are held, if nothing forbids them at this time.
    pub(super) fn write_documents(
        &self,
        mut locked: Locked<'_>,
        collection: &Arc<Collection>,
        outcomes: Outcomes<'_>,
        now: i64,
    ) -> Result<()> {
        let seen =
            |now| Seen { collection: Arc::clone(collection), schema: None, found: None, now };
        let seen: Vec<_> = outcomes.into_iter().map(|(id, now)| (id, seen(now))).collect();
        let writes: Vec<_> = seen.iter().map(|(id, seen)| DocumentWrite { id, seen }).collect();
        let changes = locked.prepare(&writes, now)?;
        let mut records = Vec::new();
        if self.shared.records {
            locked.record(&writes, &mut records);
        }
        // Nothing has changed yet: what cannot be recorded does not happen.
        self.append_records(&records)?;
        for DocumentWrite { id, seen } in &writes {
            if seen.now.as_ref().is_some_and(|new| new.deadline.is_some()) {
                self.watch_deadlines_of(seen.collection.partition_of_id(id));
            }
        }
        let grown = locked.apply(writes, changes);
        drop(locked);
        self.shared.memory.settle(grown);
        Ok(())
    }
}

fn living<'p>(partition: &'p Partition, id: &[u8], now: i64) -> Option<Current<'p>> {
    let found = partition.find(id, hash(id)).and_then(|slot| partition.at(slot));
    found.filter(|document| document.lives(now)).map(current_of)
}
