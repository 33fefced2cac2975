//! The document operations that typed access stands on, and nothing else of the engine.
//!
//! [`Operations`] is the whole of it: whoever wants typed access over something else (another
//! process) implements that. No type of documents is known: what comes and goes are ids, stored
//! forms, conditions and steps.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use crate::database::Database;
use crate::document::form::{Form, ValueRef};
use crate::document::ops::{self, Mode, Step};
use crate::document::plan::rows::Row;
use crate::engine::collections::{Answer, Change, Collection, Current, Query, Scope};
use crate::error::{DocumentError, Error, Result};
use crate::query::{Condition, matches};
use crate::repository::place::Place;
use crate::transaction::SharedAttempt;

/// The documents of a repository as they are; see [`Repository`](crate::Repository).
#[derive(Clone)]
pub struct Data {
    pub(super) db: Database,
    pub(super) collection: Arc<Collection>,
}

/// The documents of a repository as a transaction sees them; see
/// [`Transaction::repository`](crate::Transaction::repository).
#[derive(Clone)]
pub struct InTransaction<'d> {
    pub(super) attempt: SharedAttempt<'d>,
    pub(super) collection: Arc<Collection>,
}

/// Where a repository's documents are: [`Data`], or [`InTransaction`].
#[expect(private_bounds, reason = "only Kora knows what is asked of documents")]
pub trait Store: Clone + Operations {}

impl Store for Data {}
impl Store for InTransaction<'_> {}

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Put<'p> {
    pub(super) id: &'p str,
    pub(super) form: &'p [u8],
    pub(super) mode: Mode,
    /// When it expires; `None` leaves that as it is.
    pub(super) deadline: Option<i64>,
    /// The version that the writer has seen.
    pub(super) version: Option<u64>,
}

/// A change of one document.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// Within the limits of conditions.
    condition: Condition,
    pub(super) steps: Vec<Step<&'static Place>>,
    /// The whole numbers that must stay in their bounds.
    pub(super) bounds: Vec<(&'static Place, i128, i128)>,
    /// The field of the version, and the one that the document must have.
    pub(super) version: Option<(&'static str, u64)>,
}

/// What is asked of documents.
pub(crate) trait Operations {
    /// What time it is.
    fn now_ms(&self) -> i64;

    /// Reads a document where it lies.
    fn read<R>(&self, id: &str, read: impl FnOnce(Option<Current<'_>>) -> Result<R>) -> Result<R>;

    /// Changes a document: `change` says how, seeing the one that is there, and `then` sees the one
    /// that was put, as it is stored. Either may be called several times.
    ///
    /// They are no parameters of types, so that the change is compiled once and with the engine, and
    /// not with every type of documents.
    fn change(
        &self,
        id: &str,
        change: &mut dyn FnMut(Option<Current<'_>>) -> Result<Change>,
        then: &mut dyn FnMut(Current<'_>),
    ) -> Result<()>;

    /// Does some writes, and waits until they are as durable as the handle asks.
    fn settled<R>(&self, work: impl FnOnce() -> Result<R>) -> Result<R>;

    /// Runs a query.
    fn find(&self, query: &Query) -> Result<Answer>;

    /// Runs a query for so many rows at most, and makes something of the id and the form of each.
    fn find_forms<R>(
        &self,
        query: &Query,
        rows: usize,
        each: impl FnMut(&[u8], &[u8]) -> Result<R>,
    ) -> Result<Vec<R>>;

    /// Counts what satisfies a query.
    fn count(&self, query: &Query) -> Result<u64>;
}

impl Data {
    fn scope(&self) -> Scope<'_, '_> {
        self.db.engine().documents()
    }
}

impl Operations for Data {
    fn now_ms(&self) -> i64 {
        self.db.engine().now_ms()
    }

    fn read<R>(&self, id: &str, read: impl FnOnce(Option<Current<'_>>) -> Result<R>) -> Result<R> {
        self.scope().read(&self.collection, id.as_bytes(), read)
    }

    fn change(
        &self,
        id: &str,
        change: &mut dyn FnMut(Option<Current<'_>>) -> Result<Change>,
        then: &mut dyn FnMut(Current<'_>),
    ) -> Result<()> {
        self.db.engine().change_document_then(&self.collection, id.as_bytes(), change, then)
    }

    fn settled<R>(&self, work: impl FnOnce() -> Result<R>) -> Result<R> {
        self.db.settled(work)
    }

    fn find(&self, query: &Query) -> Result<Answer> {
        self.scope().find(&self.collection, query)
    }

    fn find_forms<R>(
        &self,
        query: &Query,
        rows: usize,
        each: impl FnMut(&[u8], &[u8]) -> Result<R>,
    ) -> Result<Vec<R>> {
        self.scope().find_forms(&self.collection, query, rows, each)
    }

    fn count(&self, query: &Query) -> Result<u64> {
        self.scope().count(&self.collection, query)
    }
}

impl<'d> InTransaction<'d> {
    fn on<R>(&self, work: impl FnOnce(&mut Scope<'_, 'd>) -> R) -> R {
        work(&mut Scope::Attempt(&mut self.attempt.lend()))
    }
}

impl Operations for InTransaction<'_> {
    fn now_ms(&self) -> i64 {
        self.on(|scope| scope.now_ms())
    }

    fn read<R>(&self, id: &str, read: impl FnOnce(Option<Current<'_>>) -> Result<R>) -> Result<R> {
        self.on(|scope| scope.read(&self.collection, id.as_bytes(), read))
    }

    fn change(
        &self,
        id: &str,
        change: &mut dyn FnMut(Option<Current<'_>>) -> Result<Change>,
        then: &mut dyn FnMut(Current<'_>),
    ) -> Result<()> {
        self.on(|scope| scope.change_then(&self.collection, id.as_bytes(), change, then))
    }

    /// The end of the transaction waits.
    fn settled<R>(&self, work: impl FnOnce() -> Result<R>) -> Result<R> {
        work()
    }

    fn find(&self, query: &Query) -> Result<Answer> {
        self.on(|scope| scope.find(&self.collection, query))
    }

    fn find_forms<R>(
        &self,
        query: &Query,
        rows: usize,
        each: impl FnMut(&[u8], &[u8]) -> Result<R>,
    ) -> Result<Vec<R>> {
        self.on(|scope| scope.find_forms(&self.collection, query, rows, each))
    }

    fn count(&self, query: &Query) -> Result<u64> {
        self.on(|scope| scope.count(&self.collection, query))
    }
}

/// Writes a document; `stored` gets the form that is stored.
pub(super) fn put(
    documents: &impl Store,
    put: Put<'_>,
    mut stored: Option<&mut Option<Form>>,
) -> Result<()> {
    let mut change = |current: Option<Current<'_>>| {
        match (put.mode, current) {
            (Mode::Insert, Some(_)) => {
                return Err(Error::document(DocumentError::DocumentExists));
            }
            (Mode::Replace, None) => {
                return Err(Error::document(DocumentError::NoSuchDocument));
            }
            (Mode::Save, None) if put.version.is_some_and(|version| version > 0) => {
                return Err(conflict(put.version.unwrap_or(0), None));
            }
            (Mode::Insert | Mode::Save, None) | (Mode::Save | Mode::Replace, Some(_)) => {}
        }
        let deadline = put.deadline.or(current.and_then(|current| current.deadline));
        Ok(Change::Put { form: put.form.into(), deadline })
    };
    let mut keep = |current: Current<'_>| {
        if let Some(stored) = &mut stored {
            **stored = Some(current.form.into());
        }
    };
    documents.settled(|| documents.change(put.id, &mut change, &mut keep))
}

/// Changes a document; whether it is there and the condition is true. `kept` gets its new form.
pub(super) fn change(
    documents: &impl Store,
    id: &str,
    changes: &Changes,
    kept: Option<&mut Vec<u8>>,
) -> Result<bool> {
    documents.settled(|| change_here(documents, id, changes, kept))
}

fn change_here(
    documents: &impl Store,
    id: &str,
    changes: &Changes,
    kept: Option<&mut Vec<u8>>,
) -> Result<bool> {
    let (kept, mut is_meant) = (RefCell::new(kept), false);
    let keep = |current: Current<'_>| {
        if let Some(kept) = &mut *kept.borrow_mut() {
            current.form.clone_into(kept);
        }
    };
    let mut change = |current: Option<Current<'_>>| {
        let change = changes.of(current)?;
        is_meant = change.is_some();
        if let (Some(Change::Keep), Some(current)) = (&change, current) {
            keep(current);
        }
        Ok(change.unwrap_or(Change::Keep))
    };
    documents.change(id, &mut change, &mut |stored| keep(stored))?;
    Ok(is_meant)
}

/// Removes a document that is of this version, if one is asked for; whether it was there. `see` is
/// shown its form.
pub(super) fn remove(
    documents: &impl Store,
    id: &str,
    version: Option<(&'static str, u64)>,
    mut see: impl FnMut(&[u8]),
) -> Result<bool> {
    let mut is_there = false;
    let mut change = |current: Option<Current<'_>>| {
        if let Some(version) = version {
            check_version(current, version)?;
        }
        is_there = current.is_some();
        Ok(match current {
            Some(current) => {
                see(current.form);
                Change::Remove
            }
            None => Change::Keep,
        })
    };
    documents.settled(|| documents.change(id, &mut change, &mut |_| {}))?;
    Ok(is_there)
}

/// Sets when a document expires; whether it is there.
pub(super) fn set_deadline(
    documents: &impl Store,
    id: &str,
    deadline: Option<i64>,
) -> Result<bool> {
    let mut is_there = false;
    let mut change = |current: Option<Current<'_>>| {
        is_there = current.is_some();
        Ok(match current {
            Some(current) if current.deadline != deadline => Change::Expire(deadline),
            Some(_) | None => Change::Keep,
        })
    };
    documents.settled(|| documents.change(id, &mut change, &mut |_| {}))?;
    Ok(is_there)
}

/// When a document expires; `None` when it does not, or is not there.
pub(super) fn deadline(documents: &impl Store, id: &str) -> Result<Option<i64>> {
    documents.read(id, |current| Ok(current.and_then(|current| current.deadline)))
}

/// Removes what satisfies a query, each document by itself: one that no longer does when it is
/// reached stays. How many.
pub(super) fn delete_all(documents: &impl Store, query: &Query) -> Result<u64> {
    let rows = documents.find(query)?.rows;
    let delete = |row: &Row| {
        let mut is_meant = false;
        let mut change = |current: Option<Current<'_>>| {
            is_meant = current.is_some_and(|it| matches(&query.condition, value(it.form)));
            Ok(if is_meant { Change::Remove } else { Change::Keep })
        };
        documents.change(id_of(row), &mut change, &mut |_| {})?;
        Ok(u64::from(is_meant))
    };
    documents.settled(|| rows.iter().map(delete).sum())
}

/// Changes what satisfies a query, as [`delete_all`]; how many.
pub(super) fn change_all(documents: &impl Store, query: &Query, changes: &Changes) -> Result<u64> {
    let mut changes = changes.clone();
    changes.only_if(query.condition.clone())?;
    let rows = documents.find(query)?.rows;
    documents.settled(|| {
        let change = |row: &Row| change_here(documents, id_of(row), &changes, None);
        rows.iter().map(|row| change(row).map(u64::from)).sum()
    })
}

impl Changes {
    /// Only documents that satisfy this too are changed.
    pub(super) fn only_if(&mut self, condition: Condition) -> Result<()> {
        let condition = std::mem::take(&mut self.condition).and(condition);
        condition.check().map_err(Error::query)?;
        self.condition = condition;
        Ok(())
    }

    /// These changes, and behind them others.
    pub(super) fn extend(&mut self, more: Changes) -> Result<()> {
        self.steps.extend(more.steps);
        self.bounds.extend(more.bounds);
        self.only_if(more.condition)
    }

    /// What is to become of a document; `None` when it is not there, or not one that is meant.
    fn of(&self, current: Option<Current<'_>>) -> Result<Option<Change>> {
        if let Some(version) = self.version {
            check_version(current, version)?;
        }
        let is_meant = |current: &Current<'_>| matches(&self.condition, value(current.form));
        let Some(Current { form, deadline }) = current.filter(is_meant) else { return Ok(None) };
        let new = ops::apply(form, &self.steps)?;
        self.check_bounds(&new)?;
        let is_same = *new == *form;
        Ok(Some(if is_same { Change::Keep } else { Change::Put { form: new, deadline } }))
    }

    /// A number must stay one of its type: what is stored must be readable.
    fn check_bounds(&self, form: &[u8]) -> Result<()> {
        for (place, low, high) in &self.bounds {
            let Some(number) = place.value_in(value(form)) else { continue };
            let whole = match (number.as_i64(), number.as_u64()) {
                (Some(whole), _) => i128::from(whole),
                (None, Some(whole)) => i128::from(whole),
                (None, None) => continue,
            };
            if whole < *low || whole > *high {
                return Err(Error::Overflow);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Data").field("collection", &self.collection.name()).finish_non_exhaustive()
    }
}

impl fmt::Debug for InTransaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.collection.name();
        f.debug_struct("InTransaction").field("collection", &name).finish_non_exhaustive()
    }
}

/// An error unless a document is of a version, which stands in a field.
fn check_version(
    current: Option<Current<'_>>,
    (field, expected): (&'static str, u64),
) -> Result<()> {
    let version = |current: Current<'_>| value(current.form).get(field).and_then(ValueRef::as_u64);
    let actual = current.map(|current| version(current).unwrap_or(0));
    if actual == Some(expected) { Ok(()) } else { Err(conflict(expected, actual)) }
}

fn conflict(expected: u64, actual: Option<u64>) -> Error {
    Error::document(DocumentError::VersionConflict { expected, actual })
}

fn value(form: &[u8]) -> ValueRef<'_> {
    ValueRef::new(form).expect("a stored form is whole")
}

/// The id of a row.
pub(super) fn id_of(row: &Row) -> &str {
    text_of(row.id())
}

/// An id as text.
pub(super) fn text_of(id: &[u8]) -> &str {
    std::str::from_utf8(id).expect("an id is text")
}
