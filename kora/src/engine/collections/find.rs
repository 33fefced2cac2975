//! Queries over all partitions, in slices: between two slices no lease is held.

use std::borrow::Cow;
use std::time::Duration;

use ahash::AHashSet;
use smallvec::SmallVec;

use crate::clock::Stopwatch;
use crate::document::collection::partition::Document;
use crate::document::form::Selection;
use crate::document::plan::access::View;
use crate::document::plan::cursor;
use crate::document::plan::explain::Explain;
use crate::document::plan::find::{Find, Pass};
use crate::document::plan::rows::{Copied, Row, Rows};
use crate::engine::collections::Collection;
use crate::engine::{Engine, catch};
use crate::error::{DocumentError, Error, Result};
use crate::query::{Condition, Order, matches};

/// What is asked of a collection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) condition: Condition,
    pub(crate) order: Order,
    /// Rows that are left out at the beginning.
    pub(crate) offset: usize,
    /// Rows that are wanted; `None` for all.
    pub(crate) limit: Option<usize>,
    /// The cursor of the last row of the page before.
    pub(crate) after: Option<Vec<u8>>,
    /// Whether the rows are a page: then they have an order, be it that of their ids.
    pub(crate) is_page: bool,
    /// Which parts of the documents are wanted; `None` for the whole of them.
    pub(crate) selection: Option<Selection>,
    /// How long it may take.
    pub(crate) timeout: Option<Duration>,
    /// Whether the answer tells how it was found.
    pub(crate) is_explained: bool,
}

/// A query, and what it is asked with: its own condition, or that with values in its open places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'q> {
    pub(crate) condition: &'q Condition,
    pub(crate) query: &'q Query,
}

impl<'q> From<&'q Query> for Asked<'q> {
    fn from(query: &'q Query) -> Asked<'q> {
        Asked { condition: &query.condition, query }
    }
}

/// What was found, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<Row>,
    /// Whether there may be more rows than the limit let in.
    pub(crate) is_cut: bool,
    pub(crate) explain: Explain,
}

/// A query that was run, before its answer is made.
struct Run {
    rows: Rows,
    explain: Explain,
    /// Whether a document may be two rows.
    is_stale: bool,
}

impl Query {
    /// Whether one document that satisfies the condition is an answer as it is, when it is the only one.
    fn takes_only(&self) -> bool {
        let is_all = self.offset == 0 && self.limit != Some(0) && self.after.is_none();
        is_all && self.selection.is_none() && !self.is_page && !self.is_watched()
    }

    /// Whether it matters how long it takes.
    fn is_watched(&self) -> bool {
        self.is_explained || self.timeout.is_some()
    }

    /// The same query for other documents.
    pub(crate) fn with_condition(&self, condition: Condition) -> Query {
        Query {
            condition,
            order: self.order.clone(),
            after: self.after.clone(),
            selection: self.selection.clone(),
            ..*self
        }
    }

    /// The sort key that rows come after.
    pub(super) fn after(&self) -> Result<Option<&[u8]>> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let bad = || Error::document(DocumentError::BadCursor);
        cursor::decode(&self.order, cursor).map(Some).ok_or_else(bad)
    }
}

impl Engine {
    /// Runs a query.
    pub(crate) fn find<'q>(
        &self,
        collection: &Collection,
        asked: impl Into<Asked<'q>>,
    ) -> Result<Answer> {
        let asked = asked.into();
        let query = asked.query;
        let watch = query.is_watched().then(Stopwatch::start);
        let run = self.found(collection, asked, usize::MAX, watch)?;
        let Run { rows, mut explain, is_stale } = run;
        let is_cut = rows.is_full();
        let mut rows = rows.into_sorted();
        if is_stale {
            keep_first(&mut rows);
        }
        let rows = finish(rows, query);
        explain.rows_returned = rows.len() as u64;
        if let Some(watch) = watch {
            explain.duration = watch.elapsed();
        }
        Ok(Answer { rows, is_cut, explain })
    }

    /// Runs a query for so many rows at most, and makes something of the id and the form of each.
    pub(crate) fn find_forms<'q, R>(
        &self,
        collection: &Collection,
        asked: impl Into<Asked<'q>>,
        rows: usize,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<R>,
    ) -> Result<Vec<R>> {
        let asked = asked.into();
        let mut only = Copied::default();
        if rows > 0 && self.find_only(collection, asked, &mut only)? {
            return only.get().into_iter().map(|(id, form)| each(id, form)).collect();
        }
        self.forms_found(collection, asked, rows, each)
    }

    /// Runs a query for its first row, and makes something of its id and form.
    pub(crate) fn find_first<'q, R>(
        &self,
        collection: &Collection,
        asked: impl Into<Asked<'q>>,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<R>,
    ) -> Result<Option<R>> {
        let asked = asked.into();
        let mut only = Copied::default();
        if self.find_only(collection, asked, &mut only)? {
            return only.get().map(|(id, form)| each(id, form)).transpose();
        }
        Ok(self.forms_found(collection, asked, 1, each)?.pop())
    }

    /// Copies the only row of a query that asks for a unique value, if that can be told at once.
    fn find_only(
        &self,
        collection: &Collection,
        Asked { condition, query }: Asked<'_>,
        only: &mut Copied,
    ) -> Result<bool> {
        Ok(query.takes_only() && self.only_by_name(collection, condition, only)?)
    }

    fn forms_found<R>(
        &self,
        collection: &Collection,
        asked: Asked<'_>,
        rows: usize,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<R>,
    ) -> Result<Vec<R>> {
        let query = asked.query;
        let watch = query.is_watched().then(Stopwatch::start);
        let Run { rows, is_stale, .. } = self.found(collection, asked, rows, watch)?;
        let is_plain = !is_stale && query.offset == 0 && query.selection.is_none();
        let rows = if is_plain {
            match rows.each_first(&mut each) {
                Ok(all) => return all,
                Err(rows) => rows,
            }
        } else {
            rows
        };
        let mut rows = rows.into_sorted();
        if is_stale {
            keep_first(&mut rows);
        }
        finish(rows, query).iter().map(|row| each(row.id(), row.form())).collect()
    }

    /// Finds the rows of a query, those that it leaves out at the beginning included.
    fn found(
        &self,
        collection: &Collection,
        Asked { condition, query }: Asked<'_>,
        rows: usize,
        watch: Option<Stopwatch>,
    ) -> Result<Run> {
        condition.check().map_err(Error::query)?;
        let most = query.limit.unwrap_or(usize::MAX).min(rows).saturating_add(query.offset);
        let takes_any = query.order.keys.is_empty() && !query.is_page;
        let (condition, order) = (condition.normal(), Cow::Borrowed(&query.order));
        let find = Find { condition, order, most, takes_any, after: query.after()? };
        let mut rows = Rows::new(most);
        let mut explain = Explain::default();
        let mut is_stale = false;
        let offer = |document: &Document| {
            explain.rows_examined += 1;
            rows.offer(document, &find);
        };
        if let Some(names) = self.by_name(collection, &find.condition, query.is_explained, offer)? {
            if query.is_explained {
                explain.indexes = names;
            }
            explain.is_filtered = matches!(&*find.condition, Condition::And(_));
        } else if most > 0 {
            let mut note = |pass: &Pass| {
                is_stale |= pass.is_stale;
                if query.is_explained {
                    note(pass, &mut explain);
                }
                explain.is_sorted |= !find.order.keys.is_empty() && pass.order_name().is_none();
            };
            let mut waiting: SmallVec<[(usize, Pass); 2]> = SmallVec::new();
            for number in 0..collection.partitions.len() {
                let mut pass = Pass::default();
                self.pass(collection, number, &find, query, watch, (&mut pass, &mut rows))?;
                if pass.waits {
                    waiting.push((number, pass));
                    continue;
                }
                note(&pass);
                if takes_any && rows.is_full() {
                    break;
                }
            }
            Pass::keep_best_of_all(waiting.iter_mut().map(|(_, pass)| pass), most);
            for (number, pass) in &mut waiting {
                self.pass(collection, *number, &find, query, watch, (pass, &mut rows))?;
                note(pass);
            }
        }
        Ok(Run { rows, explain, is_stale })
    }

    /// Goes over one partition, until it is done or waits for the others.
    fn pass(
        &self,
        collection: &Collection,
        number: usize,
        find: &Find<'_>,
        query: &Query,
        watch: Option<Stopwatch>,
        (pass, rows): (&mut Pass, &mut Rows),
    ) -> Result<()> {
        let now = self.shared.clock.now_ms();
        loop {
            let partition = collection.partitions[number].read();
            collection.check()?;
            let view = View::of(&partition);
            if !catch(|| Ok(pass.step(view, find, now, rows)))? || pass.waits {
                return Ok(());
            }
            drop(partition);
            let elapsed = watch.map(|watch| watch.elapsed());
            if query.timeout.zip(elapsed).is_some_and(|(most, elapsed)| elapsed > most) {
                return Err(Error::document(DocumentError::Timeout));
            }
        }
    }

    /// Counts the documents that satisfy a condition.
    pub(crate) fn count<'q>(
        &self,
        collection: &Collection,
        asked: impl Into<Asked<'q>>,
    ) -> Result<u64> {
        let Asked { condition, query } = asked.into();
        condition.check().map_err(Error::query)?;
        let condition = condition.normal();
        let mut named = 0;
        let visit = |document: &Document| {
            named += u64::from(matches(&condition, document.value()));
        };
        if self.by_name(collection, &condition, false, visit)?.is_some() {
            return Ok(named);
        }
        let find = Find { condition, most: usize::MAX, takes_any: true, ..Find::default() };
        let now = self.shared.clock.now_ms();
        let (mut count, watch) = (0, query.is_watched().then(Stopwatch::start));
        for number in 0..collection.partitions.len() {
            let partition = collection.partitions[number].read();
            collection.check()?;
            let view = View::of(&partition);
            if let Some(exact) = Pass::count(view, &find.condition, now) {
                count += exact;
                continue;
            }
            drop(partition);
            let mut rows = Rows::counting();
            let pass = &mut Pass::default();
            self.pass(collection, number, &find, query, watch, (pass, &mut rows))?;
            count += rows.count();
        }
        Ok(count)
    }
}

/// Of the rows up to a query's last one those that are wanted, and the wanted parts of them.
pub(super) fn finish(mut rows: Vec<Row>, query: &Query) -> Vec<Row> {
    rows.drain(..query.offset.min(rows.len()));
    if let Some(selection) = &query.selection {
        let part = |row: Row| {
            let form = selection.apply(row.form()).expect("a stored form is whole");
            row.with_form(&form)
        };
        rows = rows.into_iter().map(part).collect();
    }
    rows
}

/// Of several rows of one document leaves the first.
fn keep_first(rows: &mut Vec<Row>) {
    let mut seen = AHashSet::with_capacity(rows.len());
    let is_first: Vec<bool> = rows.iter().map(|row| seen.insert(row.id())).collect();
    let mut is_first = is_first.into_iter();
    rows.retain(|_| is_first.next().unwrap_or(true));
}

fn note(pass: &Pass, explain: &mut Explain) {
    explain.rows_examined += pass.rows_examined;
    explain.is_filtered |= pass.is_filtered;
    for name in pass.index_names() {
        if explain.indexes.iter().all(|other| other != name) {
            explain.indexes.push(name.to_owned());
        }
    }
    if let Some(name) = pass.order_name() {
        explain.ordered_by = Some(name.to_owned());
    }
}
