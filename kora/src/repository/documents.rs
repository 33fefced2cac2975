//! The document operations that typed access stands on, and nothing else of the engine.
//!
//! [`Operations`] is the whole of it: whoever wants typed access over something else (another
//! process) implements that. No type of documents is known: what comes and goes are ids, stored
//! forms, conditions and steps.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;

use crate::database::Database;
use crate::document::form::ValueRef;
use crate::document::ops::{self, Mode, Step};
use crate::document::plan::rows::Row;
use crate::engine::collections::{Answer, Change, Collection, Current, Query, Scope};
use crate::error::{DocumentError, Error, Result};
use crate::query::{Condition, Path, matches};
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
    pub(super) condition: Condition,
    pub(super) steps: Vec<Step>,
    /// The whole numbers that must stay in their bounds.
    pub(super) bounds: Vec<(Path, i128, i128)>,
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
    fn change(
        &self,
        id: &str,
        change: impl FnMut(Option<Current<'_>>) -> Result<Change>,
        then: impl FnMut(Current<'_>),
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
        change: impl FnMut(Option<Current<'_>>) -> Result<Change>,
        then: impl FnMut(Current<'_>),
    ) -> Result<()> {
        self.scope().change_then(&self.collection, id.as_bytes(), change, then)
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
        change: impl FnMut(Option<Current<'_>>) -> Result<Change>,
        then: impl FnMut(Current<'_>),
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

/// Writes a document; `stored` sees it as it is stored.
pub(super) fn put(
    documents: &impl Store,
    put: Put<'_>,
    mut stored: impl FnMut(ValueRef<'_>),
) -> Result<()> {
    let change = |current: Option<Current<'_>>| {
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
    let see = |current: Current<'_>| stored(value(current.form));
    documents.settled(|| documents.change(put.id, change, see))
}

/// Changes a document; whether it is there and the condition is true. `see` is shown its new form,
/// the last time the one that stays.
pub(super) fn change(
    documents: &impl Store,
    id: &str,
    changes: &Changes,
    see: impl FnMut(&[u8]),
) -> Result<bool> {
    changes.condition.check().map_err(Error::query)?;
    documents.settled(|| change_here(documents, id, changes, see))
}

fn change_here(
    documents: &impl Store,
    id: &str,
    changes: &Changes,
    see: impl FnMut(&[u8]),
) -> Result<bool> {
    let (see, is_changed) = (RefCell::new(see), Cell::new(false));
    let show = |form: &[u8]| {
        is_changed.set(true);
        (see.borrow_mut())(form);
    };
    let change = |current: Option<Current<'_>>| {
        is_changed.set(false);
        changes.check_version(current)?;
        let Some(Current { form, deadline }) = current else { return Ok(Change::Keep) };
        if !matches(&changes.condition, value(form)) {
            return Ok(Change::Keep);
        }
        let new = ops::apply(form, &changes.steps)?;
        changes.check_bounds(value(&new))?;
        if *new == *form {
            show(form);
            return Ok(Change::Keep);
        }
        Ok(Change::Put { form: new, deadline })
    };
    documents.change(id, change, |stored| show(stored.form))?;
    Ok(is_changed.get())
}

/// Removes a document that is of this version, if one is asked for; whether it was there. `see` is
/// shown its form.
pub(super) fn remove(
    documents: &impl Store,
    id: &str,
    version: Option<(&'static str, u64)>,
    mut see: impl FnMut(&[u8]),
) -> Result<bool> {
    let check = Changes { version, ..Changes::default() };
    let mut is_there = false;
    let change = |current: Option<Current<'_>>| {
        check.check_version(current)?;
        is_there = current.is_some();
        Ok(match current {
            Some(current) => {
                see(current.form);
                Change::Remove
            }
            None => Change::Keep,
        })
    };
    documents.settled(|| documents.change(id, change, |_| {}))?;
    Ok(is_there)
}

/// Sets when a document expires; whether it is there.
pub(super) fn set_deadline(
    documents: &impl Store,
    id: &str,
    deadline: Option<i64>,
) -> Result<bool> {
    let mut is_there = false;
    let change = |current: Option<Current<'_>>| {
        is_there = current.is_some();
        Ok(match current {
            Some(current) if current.deadline != deadline => Change::Expire(deadline),
            Some(_) | None => Change::Keep,
        })
    };
    documents.settled(|| documents.change(id, change, |_| {}))?;
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
        let change = |current: Option<Current<'_>>| {
            is_meant = current.is_some_and(|it| matches(&query.condition, value(it.form)));
            Ok(if is_meant { Change::Remove } else { Change::Keep })
        };
        documents.change(id_of(row), change, |_| {})?;
        Ok(u64::from(is_meant))
    };
    documents.settled(|| rows.iter().map(delete).sum())
}

/// Changes what satisfies a query, as [`delete_all`]; how many.
pub(super) fn change_all(documents: &impl Store, query: &Query, changes: &Changes) -> Result<u64> {
    let mut changes = changes.clone();
    changes.condition = changes.condition.and(query.condition.clone());
    changes.condition.check().map_err(Error::query)?;
    let rows = documents.find(query)?.rows;
    documents.settled(|| {
        let change = |row: &Row| change_here(documents, id_of(row), &changes, |_| {});
        rows.iter().map(|row| change(row).map(u64::from)).sum()
    })
}

impl Changes {
    fn check_version(&self, current: Option<Current<'_>>) -> Result<()> {
        let Some((field, expected)) = self.version else { return Ok(()) };
        let actual = current
            .map(|current| value(current.form).get(field).and_then(ValueRef::as_u64).unwrap_or(0));
        if actual == Some(expected) { Ok(()) } else { Err(conflict(expected, actual)) }
    }

    /// A number must stay one of its type: what is stored must be readable.
    fn check_bounds(&self, document: ValueRef<'_>) -> Result<()> {
        for (path, low, high) in &self.bounds {
            let Some(value) = document.at(path.names()) else { continue };
            let whole = match (value.as_i64(), value.as_u64()) {
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
