//! What can be done with documents: the same operations for methods and commands.

mod id;
mod page;
mod read;
mod step;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::document::form::{self, Form, ValueRef};
use crate::engine::collections::{Answer, Change, Collection, Current, Query, Scope};
use crate::error::{DocumentError, Error, Result};
use crate::query::{Condition, matches};

pub(crate) use id::new_id;
pub(crate) use page::{PAGE_ROWS, Page, cursor_of, decode_cursor, page};
pub(crate) use read::{json, json_at, selection};
pub(crate) use step::{Site, Step, Way, apply};

/// How writing a document goes with one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// There must be none.
    Insert,
    /// It is replaced; there may be none.
    Save,
    /// It is replaced, and must be there.
    Replace,
}

/// What a document's deadline becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deadline {
    /// As it was.
    Keep,
    /// This.
    At(Option<i64>),
}

/// The error of a form.
pub(crate) fn bad_form(error: &form::Error) -> Error {
    Error::document(DocumentError::Form { message: error.to_string() })
}

/// Writes a document.
pub(crate) fn put(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    id: &[u8],
    form: &[u8],
    mode: Mode,
    deadline: Deadline,
) -> Result<()> {
    scope.change(collection, id, |current| {
        match (mode, current) {
            (Mode::Insert, Some(_)) => return Err(Error::document(DocumentError::DocumentExists)),
            (Mode::Replace, None) => return Err(Error::document(DocumentError::NoSuchDocument)),
            (Mode::Insert, None) | (Mode::Save, _) | (Mode::Replace, Some(_)) => {}
        }
        let deadline = match deadline {
            Deadline::Keep => current.and_then(|current| current.deadline),
            Deadline::At(deadline) => deadline,
        };
        Ok(Change::Put { form: form.into(), deadline })
    })
}

/// Writes documents, all or none, whether they are there or not; those that are keep their
/// deadlines.
pub(crate) fn put_all(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    ids: &[&[u8]],
    forms: &[Form],
) -> Result<()> {
    scope.change_all(collection, ids, |at, current| {
        let deadline = current.and_then(|current| current.deadline);
        Ok(Change::Put { form: forms[at].clone(), deadline })
    })
}

/// Removes a document; returns its form if it was there.
pub(crate) fn take(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    id: &[u8],
) -> Result<Option<Bytes>> {
    let mut taken = None;
    scope.change(collection, id, |current| {
        taken = current.map(|current| Bytes::copy_from_slice(current.form));
        Ok(if current.is_some() { Change::Remove } else { Change::Keep })
    })?;
    Ok(taken)
}

/// Removes documents as one step; how many were there.
pub(crate) fn remove_all(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    ids: &[&[u8]],
) -> Result<usize> {
    let mut gone = vec![false; ids.len()];
    scope.change_all(collection, ids, |at, current| {
        gone[at] = current.is_some();
        Ok(if gone[at] { Change::Remove } else { Change::Keep })
    })?;
    Ok(gone.into_iter().filter(|gone| *gone).count())
}

/// A document's form.
pub(crate) fn get(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    id: &[u8],
) -> Result<Option<Bytes>> {
    scope.read(collection, id, |current| {
        Ok(current.map(|current| Bytes::copy_from_slice(current.form)))
    })
}

/// Copies of single forms: most fit without an allocation.
pub(crate) type FormBuffer = SmallVec<[u8; 1024]>;

/// A copy of a document's form, for who looks at it at once.
pub(crate) fn copy(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    id: &[u8],
) -> Result<Option<FormBuffer>> {
    scope.read(collection, id, |current| {
        Ok(current.map(|current| FormBuffer::from_slice(current.form)))
    })
}

/// The forms of documents, as they are at one moment.
pub(crate) fn get_all(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    ids: &[&[u8]],
) -> Result<Vec<Option<Bytes>>> {
    let mut forms = Vec::with_capacity(ids.len());
    scope.read_all(collection, ids, |current| {
        forms.push(current.map(|current| Bytes::copy_from_slice(current.form)));
        Ok(())
    })?;
    Ok(forms)
}

/// How many of these documents are there.
pub(crate) fn count_of(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    ids: &[&[u8]],
) -> Result<usize> {
    let mut count = 0;
    scope.read_all(collection, ids, |current| {
        count += usize::from(current.is_some());
        Ok(())
    })?;
    Ok(count)
}

/// When a document expires; `None` without such a document.
pub(crate) fn deadline(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    id: &[u8],
) -> Result<Option<Option<i64>>> {
    scope.read(collection, id, |current| Ok(current.map(|current| current.deadline)))
}

/// How long a document has to live; `None` when it does not expire, or is not there.
pub(crate) fn ttl(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    id: &[u8],
) -> Result<Option<Duration>> {
    let at = deadline(scope, collection, id)?.flatten();
    let left = |at: i64| u64::try_from(at - scope.now_ms()).unwrap_or(0);
    Ok(at.map(|at| Duration::from_millis(left(at))))
}

/// Sets when a document expires; whether it was there. A time that has passed removes it.
pub(crate) fn set_deadline(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    id: &[u8],
    deadline: i64,
) -> Result<bool> {
    let (mut found, now_ms) = (false, scope.now_ms());
    scope.change(collection, id, |current| {
        found = current.is_some();
        Ok(match current {
            None => Change::Keep,
            Some(_) if deadline <= now_ms => Change::Remove,
            Some(current) if current.deadline == Some(deadline) => Change::Keep,
            Some(_) => Change::Expire(Some(deadline)),
        })
    })?;
    Ok(found)
}

/// Lets a document live until it is removed; whether it would have expired.
pub(crate) fn persist(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    id: &[u8],
) -> Result<bool> {
    let mut expired = false;
    scope.change(collection, id, |current| {
        expired = current.is_some_and(|current| current.deadline.is_some());
        Ok(if expired { Change::Expire(None) } else { Change::Keep })
    })?;
    Ok(expired)
}

/// Changes a document at paths, if `condition` holds of it; whether it was there and it did.
pub(crate) fn change(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    id: &[u8],
    condition: &Condition,
    steps: &[Step],
) -> Result<bool> {
    condition.check().map_err(Error::query)?;
    let mut is_meant = false;
    scope.change(collection, id, |current| {
        is_meant = holds(condition, current);
        let Some(Current { form, deadline }) = current.filter(|_| is_meant) else {
            return Ok(Change::Keep);
        };
        let new = apply(form, steps)?;
        Ok(if *new == *form { Change::Keep } else { Change::Put { form: new, deadline } })
    })?;
    Ok(is_meant)
}

/// The ids of the documents that satisfy a query.
pub(crate) fn ids(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    query: &Query,
) -> Result<Vec<Vec<u8>>> {
    let Answer { rows, .. } = scope.find(collection, query)?;
    Ok(rows.iter().map(|row| row.id().to_vec()).collect())
}

/// Removes the documents that satisfy a query; how many. Each by itself: those that no longer
/// satisfy it when they are reached stay.
pub(crate) fn delete_all(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    query: &Query,
) -> Result<u64> {
    let mut count = 0;
    for id in ids(scope, collection, query)? {
        let mut is_meant = false;
        scope.change(collection, &id, |current| {
            is_meant = holds(&query.condition, current);
            Ok(if is_meant { Change::Remove } else { Change::Keep })
        })?;
        count += u64::from(is_meant);
    }
    Ok(count)
}

/// Changes the documents that satisfy a query; how many. Each by itself, as [`delete_all`].
pub(crate) fn change_all(
    scope: &mut Scope<'_, '_>,
    collection: &Arc<Collection>,
    query: &Query,
    steps: &[Step],
) -> Result<u64> {
    let mut count = 0;
    for id in ids(scope, collection, query)? {
        count += u64::from(change(scope, collection, &id, &query.condition, steps)?);
    }
    Ok(count)
}

fn holds(condition: &Condition, current: Option<Current<'_>>) -> bool {
    let value = current.and_then(|current| ValueRef::new(current.form));
    value.is_some_and(|value| matches(condition, value))
}
