//! Queries over all partitions, in slices: between two slices no lease is held.

use std::time::Duration;

use crate::clock::Stopwatch;
use crate::document::collection::definition::IndexDefinition;
use crate::document::collection::partition::{Document, unique};
use crate::document::collection::values::push_literal;
use crate::document::plan::access::View;
use crate::document::plan::explain::Explain;
use crate::document::plan::find::{Find, Pass, Row, Rows};
use crate::engine::Engine;
use crate::engine::collections::Collection;
use crate::error::{DocumentError, Error, Result};
use crate::query::{Comparison, Condition, Literal, Order, Path, matches};

/// What is asked of a collection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) condition: Condition,
    pub(crate) order: Order,
    /// Rows that are left out at the beginning.
    pub(crate) offset: usize,
    /// Rows that are wanted; `None` for all.
    pub(crate) limit: Option<usize>,
    /// The sort key of the last row of the page before.
    pub(crate) after: Option<Vec<u8>>,
    /// Whether the rows are a page: then they have an order, be it that of their ids.
    pub(crate) is_page: bool,
    /// How long it may take.
    pub(crate) timeout: Option<Duration>,
}

/// What was found, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<Row>,
    pub(crate) explain: Explain,
}

impl Engine {
    /// Runs a query.
    pub(crate) fn find(&self, collection: &Collection, query: &Query) -> Result<Answer> {
        query.condition.check().map_err(Error::query)?;
        let watch = Stopwatch::start();
        let most = query.limit.map_or(usize::MAX, |limit| limit.saturating_add(query.offset));
        let takes_any = query.order.keys.is_empty() && !query.is_page;
        let (condition, order) = (query.condition.clone(), query.order.clone());
        let find = Find { condition, order, most, takes_any, after: query.after.clone() };
        let mut rows = Rows::new(most);
        let mut explain = Explain::default();
        if let Some((index, name, key)) = self.unique_of(collection, &query.condition) {
            explain.indexes.push(name);
            self.find_unique(collection, index, &key, |document| {
                explain.rows_examined += 1;
                rows.offer(document, &find);
            })?;
        } else if most > 0 {
            for number in 0..collection.partitions.len() {
                self.pass(collection, number, &find, query, watch, &mut rows, &mut explain)?;
                if takes_any && rows.is_full() {
                    break;
                }
            }
        }
        let mut rows = rows.into_sorted();
        rows.drain(..query.offset.min(rows.len()));
        explain.rows_returned = rows.len() as u64;
        explain.duration = watch.elapsed();
        Ok(Answer { rows, explain })
    }

    /// Goes over one partition.
    #[expect(clippy::too_many_arguments, reason = "one loop's body")]
    fn pass(
        &self,
        collection: &Collection,
        number: usize,
        find: &Find,
        query: &Query,
        watch: Stopwatch,
        rows: &mut Rows,
        explain: &mut Explain,
    ) -> Result<()> {
        let now = self.shared.clock.now_ms();
        let mut pass = Pass::default();
        loop {
            let partition = collection.partitions[number].0.read();
            collection.check()?;
            let more = pass.step(View { partition: &partition }, find, now, rows);
            if !more {
                let name = |at: &usize| {
                    let definition = partition.definitions().get(*at);
                    definition.map_or_else(String::new, |index| index.name.to_string())
                };
                note(&pass, name, explain);
                return Ok(());
            }
            drop(partition);
            if query.timeout.is_some_and(|most| watch.elapsed() > most) {
                return Err(Error::document(DocumentError::Timeout));
            }
        }
    }

    /// Counts the documents that satisfy a condition.
    pub(crate) fn count(&self, collection: &Collection, query: &Query) -> Result<u64> {
        query.condition.check().map_err(Error::query)?;
        if let Some((index, _, key)) = self.unique_of(collection, &query.condition) {
            let fits = |document: &Document| matches(&query.condition, document.value());
            return Ok(u64::from(self.find_unique(collection, index, &key, fits)? == Some(true)));
        }
        let now = self.shared.clock.now_ms();
        let (mut count, watch) = (0, Stopwatch::start());
        for number in 0..collection.partitions.len() {
            let partition = collection.partitions[number].0.read();
            collection.check()?;
            let view = View { partition: &partition };
            if let Some(exact) = Pass::count(view, &query.condition, now) {
                count += exact;
                continue;
            }
            drop(partition);
            count += self.count_one_by_one(collection, number, query, watch)?;
        }
        Ok(count)
    }

    fn count_one_by_one(
        &self,
        collection: &Collection,
        number: usize,
        query: &Query,
        watch: Stopwatch,
    ) -> Result<u64> {
        let find = Find {
            condition: query.condition.clone(),
            most: usize::MAX,
            takes_any: true,
            ..Find::default()
        };
        let (mut rows, mut explain) = (Rows::counting(), Explain::default());
        self.pass(collection, number, &find, query, watch, &mut rows, &mut explain)?;
        Ok(rows.count())
    }

    /// The unique index that serves a condition, and the key that it asks for: one document has it
    /// at most.
    fn unique_of(
        &self,
        collection: &Collection,
        condition: &Condition,
    ) -> Option<(usize, String, Vec<u8>)> {
        let partition = collection.partitions[0].0.read();
        let one = std::slice::from_ref(condition);
        let terms = if let Condition::And(terms) = condition { &terms[..] } else { one };
        let literal_of = |path: &Path| {
            terms.iter().find_map(|term| {
                let Condition::Compare { path: other, comparison, literal } = term else {
                    return None;
                };
                let is_it = other == path && *comparison == Comparison::Equal;
                (is_it && *literal != Literal::Null).then_some(literal)
            })
        };
        let key_of = |definition: &IndexDefinition| {
            let mut key = Vec::new();
            let mut paths = definition.paths.iter();
            let is_whole =
                paths.all(|path| literal_of(path).is_some_and(|it| push_literal(it, &mut key)));
            is_whole.then_some(key)
        };
        unique(partition.definitions())
            .filter(|(at, definition)| definition.is_whole() && partition.is_ready(*at))
            .find_map(|(at, definition)| {
                Some((at, definition.name.to_string(), key_of(definition)?))
            })
    }

    /// The document that has a unique value, by the number of the index.
    pub(crate) fn find_unique<R>(
        &self,
        collection: &Collection,
        index: usize,
        key: &[u8],
        mut read: impl FnMut(&Document) -> R,
    ) -> Result<Option<R>> {
        let key_hash = crate::map::hash(key);
        let owner = collection.partition_of(key_hash);
        let rivals: smallvec::SmallVec<[_; 2]> = {
            let owner = collection.partitions[owner].0.read();
            collection.check()?;
            if index >= owner.definitions().len() {
                return Ok(None);
            }
            owner.claims(index).find(key_hash).collect()
        };
        let now = self.shared.clock.now_ms();
        for place in rivals {
            let partition = collection.partitions[usize::from(place.partition)].0.read();
            let Some(document) = partition.at(place.slot).filter(|found| found.lives(now)) else {
                continue;
            };
            let keys = partition.definitions()[index].keys(document.value());
            if keys.is_some_and(|keys| keys.iter().any(|other| other[..] == *key)) {
                return Ok(Some(read(document)));
            }
        }
        Ok(None)
    }
}

fn note(pass: &Pass, name: impl Fn(&usize) -> String, explain: &mut Explain) {
    explain.rows_examined += pass.rows_examined;
    explain.is_filtered |= pass.is_filtered;
    for index in pass.indexes.iter().map(&name) {
        if !explain.indexes.contains(&index) {
            explain.indexes.push(index);
        }
    }
    if let Some(index) = &pass.ordered_by {
        explain.ordered_by = Some(name(index));
    }
}
