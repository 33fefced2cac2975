//! Where operations on documents work: on the data themselves, or on what a transaction sees of
//! them.
//!
//! An operation is written once and works on both, so a command does in a transaction what it does
//! outside. In a transaction nothing is changed before the end, and what others hold unique shows
//! there.

use std::sync::Arc;

use crate::document::form::ValueRef;
use crate::engine::attempt::{Attempt, Version};
use crate::engine::collections::declared::Stamper;
use crate::engine::collections::documents::{Change, check_id};
use crate::engine::collections::several::Outcomes;
use crate::engine::collections::{Answer, Collection, Current, Query};
use crate::engine::{Engine, catch};
use crate::error::{Error, Result};
use crate::query::matches;

/// Documents, and what may be done with them.
#[derive(Debug)]
pub(crate) enum Scope<'s, 'e> {
    /// As they are.
    Data(&'e Engine),
    /// As a transaction sees them.
    Attempt(&'s mut Attempt<'e>),
}

impl Engine {
    /// The documents as they are.
    pub(crate) fn documents(&self) -> Scope<'_, '_> {
        Scope::Data(self)
    }
}

impl<'e> Scope<'_, 'e> {
    /// The engine that has the documents.
    pub(crate) fn engine(&self) -> &'e Engine {
        match self {
            Scope::Data(engine) => engine,
            Scope::Attempt(attempt) => attempt.engine(),
        }
    }

    /// What time it is.
    pub(crate) fn now_ms(&self) -> i64 {
        self.engine().now_ms()
    }

    /// Reads a document where it lies.
    pub(crate) fn read<R>(
        &mut self,
        collection: &Arc<Collection>,
        id: &[u8],
        read: impl FnOnce(Option<Current<'_>>) -> Result<R>,
    ) -> Result<R> {
        match self {
            Scope::Data(engine) => engine.read_document(collection, id, read),
            Scope::Attempt(attempt) => {
                let now_ms = attempt.engine().now_ms();
                let seen = attempt.document(collection, id)?;
                catch(|| read(living(&seen.now, now_ms)))
            }
        }
    }

    /// Reads documents, all at one moment, in the order of their ids.
    pub(crate) fn read_all(
        &mut self,
        collection: &Arc<Collection>,
        ids: &[&[u8]],
        mut read: impl FnMut(Option<Current<'_>>) -> Result<()>,
    ) -> Result<()> {
        match self {
            Scope::Data(engine) => engine.read_documents(collection, ids, read),
            Scope::Attempt(_) => ids.iter().try_for_each(|id| self.read(collection, id, &mut read)),
        }
    }

    /// Changes a document: `change` says how, seeing the document that is there. It may be called
    /// several times.
    pub(crate) fn change(
        &mut self,
        collection: &Arc<Collection>,
        id: &[u8],
        change: impl FnMut(Option<Current<'_>>) -> Result<Change>,
    ) -> Result<()> {
        self.change_then(collection, id, change, |_| {})
    }

    /// As [`Scope::change`]; `then` sees the document that was put, as it is stored.
    pub(crate) fn change_then(
        &mut self,
        collection: &Arc<Collection>,
        id: &[u8],
        mut change: impl FnMut(Option<Current<'_>>) -> Result<Change>,
        mut then: impl FnMut(Current<'_>),
    ) -> Result<()> {
        if let Scope::Data(engine) = self {
            return engine.change_document_then(collection, id, change, then);
        }
        let mut is_put = false;
        self.change_all(collection, &[id], |_, current| {
            let change = change(current)?;
            is_put = matches!(change, Change::Put { .. });
            Ok(change)
        })?;
        if is_put {
            self.read(collection, id, |put| {
                put.into_iter().for_each(&mut then);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Changes documents, all of them or none: `change` says how, seeing the number and the document
    /// as it is after the changes before this one.
    pub(crate) fn change_all(
        &mut self,
        collection: &Arc<Collection>,
        ids: &[&[u8]],
        mut change: impl FnMut(usize, Option<Current<'_>>) -> Result<Change>,
    ) -> Result<()> {
        let attempt = match self {
            Scope::Data(engine) => return engine.change_documents(collection, ids, change),
            Scope::Attempt(attempt) => attempt,
        };
        ids.iter().try_for_each(|id| check_id(id))?;
        let engine = attempt.engine();
        let now_ms = engine.now_ms();
        let mut outcomes = Outcomes::new();
        for (at, id) in ids.iter().enumerate() {
            let seen = attempt.document(collection, id)?;
            let current = living(outcomes.get(id).unwrap_or(&seen.now), now_ms);
            let change = catch(|| change(at, current))?;
            let stamper = Stamper { schema: seen.schema.as_ref(), id, now_ms };
            if let Some(outcome) = engine.outcome(change, current, stamper)? {
                outcomes.insert(id, outcome);
            }
        }
        for (id, outcome) in outcomes {
            attempt.document(collection, id)?.now = outcome;
        }
        Ok(())
    }

    /// Runs a query.
    pub(crate) fn find(&mut self, collection: &Arc<Collection>, query: &Query) -> Result<Answer> {
        match self {
            Scope::Data(engine) => engine.find(collection, query),
            Scope::Attempt(attempt) => attempt.find(collection, query),
        }
    }

    /// Runs a query for so many rows at most, and makes something of the id and the form of each.
    pub(crate) fn find_forms<R>(
        &mut self,
        collection: &Arc<Collection>,
        query: &Query,
        rows: usize,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<R>,
    ) -> Result<Vec<R>> {
        match self {
            Scope::Data(engine) => engine.find_forms(collection, query, rows, each),
            Scope::Attempt(attempt) => {
                let limit = Some(query.limit.map_or(rows, |limit| limit.min(rows)));
                let Answer { rows, .. } =
                    attempt.find(collection, &Query { limit, ..query.clone() })?;
                rows.iter().map(|row| each(row.id(), row.form())).collect()
            }
        }
    }

    /// Counts the documents that satisfy a condition.
    pub(crate) fn count(&mut self, collection: &Arc<Collection>, query: &Query) -> Result<u64> {
        match self {
            Scope::Data(engine) => engine.count(collection, query),
            Scope::Attempt(attempt) => attempt.count(collection, query),
        }
    }
}

impl Engine {
    /// What a change makes of a document; `None` when it stays as it is.
    ///
    /// # Errors
    /// When there is no memory for it, or what was declared of the documents forbids it.
    pub(super) fn outcome(
        &self,
        change: Change,
        current: Option<Current<'_>>,
        stamper: Stamper<'_>,
    ) -> Result<Option<Option<Version>>> {
        let new = match (change, current) {
            (Change::Keep, _) | (Change::Expire(_) | Change::Rewrite(_) | Change::Remove, None) => {
                return Ok(None);
            }
            (Change::Remove, Some(_)) => return Ok(Some(None)),
            (Change::Rewrite(form), Some(Current { deadline, .. })) => {
                return Ok(Some(Some(Version { form, deadline })));
            }
            (Change::Expire(deadline), Some(current)) => {
                Version { form: current.form.into(), deadline }
            }
            (Change::Put { .. }, _) if self.shared.memory.is_full() => {
                return Err(Error::OutOfMemory);
            }
            (Change::Put { form, deadline }, _) => Version { form, deadline },
        };
        stamper.stamp(current, new).map(|new| Some(Some(new)))
    }
}

/// A version that is there at this time.
fn living(version: &Option<Version>, now_ms: i64) -> Option<Current<'_>> {
    version.as_ref().filter(|version| version.lives(now_ms)).map(Version::current)
}

impl Version {
    /// Whether it has not expired.
    pub(in crate::engine) fn lives(&self, now_ms: i64) -> bool {
        self.deadline.is_none_or(|deadline| deadline > now_ms)
    }

    pub(super) fn current(&self) -> Current<'_> {
        Current { form: &self.form, deadline: self.deadline }
    }

    /// Whether a document satisfies the condition of a query.
    pub(in crate::engine) fn satisfies(&self, query: &Query) -> bool {
        let value = ValueRef::new(&self.form).expect("a stored form is whole");
        matches(&query.condition, value)
    }
}
