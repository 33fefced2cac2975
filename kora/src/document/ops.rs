//! What can be done with documents: the same operations for methods and commands.

use std::sync::Arc;

use bytes::Bytes;

use crate::document::form::{self, Number, ValueRef, update};
use crate::engine::collections::{Answer, Change, Collection, Current, Query};
use crate::engine::{Engine, Sweep};
use crate::error::{DocumentError, Error, Result};
use crate::query::Path;
use crate::random;

/// One change of a document at a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// The path has this value.
    Set(Path, Box<[u8]>),
    /// The path is not there.
    Unset(Path),
    /// The number at the path is so much more.
    Add(Path, Addend),
    /// The array at the path has one more element.
    Push(Path, Box<[u8]>),
    /// The array at the path has no such element.
    Pull(Path, Box<[u8]>),
}

/// A number to be added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Addend {
    /// A whole number.
    Integer(i64),
    /// Any other.
    Float(f64),
}

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
    engine: &Engine,
    collection: &Collection,
    id: &[u8],
    form: &[u8],
    mode: Mode,
    deadline: Deadline,
) -> Result<()> {
    engine.change_document(collection, id, |current| {
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

/// Removes a document; returns its form if it was there.
pub(crate) fn take(engine: &Engine, collection: &Collection, id: &[u8]) -> Result<Option<Bytes>> {
    let mut taken = None;
    engine.change_document(collection, id, |current| {
        taken = current.map(|current| Bytes::copy_from_slice(current.form));
        Ok(if current.is_some() { Change::Remove } else { Change::Keep })
    })?;
    Ok(taken)
}

/// A document's form.
pub(crate) fn get(engine: &Engine, collection: &Collection, id: &[u8]) -> Result<Option<Bytes>> {
    engine.read_document(collection, id, |current| {
        Ok(current.map(|current| Bytes::copy_from_slice(current.form)))
    })
}

/// When a document expires; `None` without such a document.
pub(crate) fn deadline(
    engine: &Engine,
    collection: &Collection,
    id: &[u8],
) -> Result<Option<Option<i64>>> {
    engine.read_document(collection, id, |current| Ok(current.map(|current| current.deadline)))
}

/// Sets when a document expires; whether it was there.
pub(crate) fn set_deadline(
    engine: &Engine,
    collection: &Collection,
    id: &[u8],
    deadline: Option<i64>,
) -> Result<bool> {
    let mut found = false;
    engine.change_document(collection, id, |current| {
        found = current.is_some();
        Ok(match current {
            Some(current) if current.deadline != deadline => {
                Change::Put { form: current.form.into(), deadline }
            }
            _ => Change::Keep,
        })
    })?;
    Ok(found)
}

/// Changes a document at paths, if `condition` holds of it; the new form, or `None` when there was
/// no such document or the condition did not hold.
pub(crate) fn change(
    engine: &Engine,
    collection: &Collection,
    id: &[u8],
    condition: &crate::query::Condition,
    steps: &[Step],
) -> Result<Option<Bytes>> {
    condition.check().map_err(Error::query)?;
    let mut changed = None;
    engine.change_document(collection, id, |current| {
        changed = None;
        let Some(Current { form, deadline }) = current else { return Ok(Change::Keep) };
        let value = ValueRef::new(form).expect("a stored form is whole");
        if !crate::query::matches(condition, value) {
            return Ok(Change::Keep);
        }
        let new = apply(form, steps)?;
        changed = Some(Bytes::copy_from_slice(&new));
        Ok(if *new == *form { Change::Keep } else { Change::Put { form: new, deadline } })
    })?;
    Ok(changed)
}

/// A form with changes made to it, one after the other.
pub(crate) fn apply(form: &[u8], steps: &[Step]) -> Result<Box<[u8]>> {
    let mut now: Box<[u8]> = form.into();
    for step in steps {
        let bad = |error: form::Error| bad_form(&error);
        let value = |bytes: &'_ [u8]| ValueRef::new(bytes).map(|_| ()).ok_or_else(damaged);
        match step {
            Step::Set(path, bytes) => {
                value(bytes)?;
                now = update::set(&now, &names(path), value_of(bytes)?).map_err(bad)?;
            }
            Step::Unset(path) => {
                if let Some(new) = update::unset(&now, &names(path)).map_err(bad)? {
                    now = new;
                }
            }
            Step::Add(path, addend) => {
                let number = match addend {
                    Addend::Integer(whole) => Number::from_i128((*whole).into()),
                    Addend::Float(float) => Number::from_f64(*float),
                };
                let number = number.ok_or(Error::NotFinite)?;
                now = update::add(&now, &names(path), number).map_err(bad)?;
            }
            Step::Push(path, bytes) => {
                now = update::push(&now, &names(path), value_of(bytes)?).map_err(bad)?;
            }
            Step::Pull(path, bytes) => {
                if let Some(new) =
                    update::pull(&now, &names(path), value_of(bytes)?).map_err(bad)?
                {
                    now = new;
                }
            }
        }
    }
    Ok(now)
}

fn value_of(bytes: &[u8]) -> Result<ValueRef<'_>> {
    ValueRef::new(bytes).ok_or_else(damaged)
}

fn damaged() -> Error {
    Error::document(DocumentError::Form { message: "a value that is no form".to_owned() })
}

fn names(path: &Path) -> Vec<&str> {
    path.names().iter().map(|name| &**name).collect()
}

/// The ids of the documents that satisfy a query.
pub(crate) fn ids(engine: &Engine, collection: &Collection, query: &Query) -> Result<Vec<Vec<u8>>> {
    let Answer { rows, .. } = engine.find(collection, query)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Removes the documents that satisfy a query; how many. Each by itself: those that no longer
/// satisfy it when they are reached stay.
pub(crate) fn delete_all(engine: &Engine, collection: &Collection, query: &Query) -> Result<u64> {
    let mut count = 0;
    for id in ids(engine, collection, query)? {
        // Set and not counted in there, which may be called more than once.
        let mut is_gone = false;
        engine.change_document(collection, &id, |current| {
            is_gone = holds(query, current);
            Ok(if is_gone { Change::Remove } else { Change::Keep })
        })?;
        count += u64::from(is_gone);
    }
    Ok(count)
}

/// Changes the documents that satisfy a query; how many. Each by itself, as [`delete_all`].
pub(crate) fn change_all(
    engine: &Engine,
    collection: &Collection,
    query: &Query,
    steps: &[Step],
) -> Result<u64> {
    let mut count = 0;
    for id in ids(engine, collection, query)? {
        let changed = change(engine, collection, &id, &query.condition, steps)?;
        count += u64::from(changed.is_some());
    }
    Ok(count)
}

fn holds(query: &Query, current: Option<Current<'_>>) -> bool {
    let value = current.and_then(|current| ValueRef::new(current.form));
    value.is_some_and(|value| crate::query::matches(&query.condition, value))
}

/// The collection of this name.
pub(crate) fn collection(sweep: Sweep<'_>, name: &str) -> Result<Arc<Collection>> {
    sweep.engine().collection(name)
}

/// An id that nobody has: a ULID of this moment. Ids that one thread makes ascend.
///
/// <https://github.com/ulid/spec>: 48 bits of milliseconds and 80 random bits, in Crockford's
/// base 32.
pub(crate) fn new_id(now_ms: i64) -> String {
    use std::cell::Cell;
    thread_local! {
        static LAST: Cell<(u64, u128)> = const { Cell::new((0, 0)) };
    }
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const RANDOM_BITS: u32 = 80;
    let now = u64::try_from(now_ms).unwrap_or(0) & ((1 << 48) - 1);
    let (last, tail) = LAST.get();
    // Within a millisecond the random part counts up, as the specification has it.
    let tail = if now <= last && tail + 1 < 1 << RANDOM_BITS {
        tail + 1
    } else {
        (u128::from(random::next()) << 16 | u128::from(random::next() >> 48)) >> 1
    };
    let time = now.max(last);
    LAST.set((time, tail));
    let bits = u128::from(time) << RANDOM_BITS | tail;
    let digit = |at: u32| DIGITS[(bits >> (at * 5)) as usize & 31];
    (0..26).rev().map(|at| char::from(digit(at))).collect()
}
