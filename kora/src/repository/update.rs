//! Typed changes: what is to become of some fields, and when.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;

use crate::Addable;
use crate::document::form;
use crate::document::ops::{Step, bad_form};
use crate::error::{Error, Result};
use crate::repository::documents::{self, Changes, Data, Store};
use crate::repository::field::Field;
use crate::repository::filter::Where;
use crate::repository::handle::Repository;
use crate::repository::key::{Elements, Numeric, Operand, Optional};
use crate::repository::kind::{Phantom, Served, Writable};
use crate::repository::{AsId, KoraDocument};

/// Changes of documents `D`: done to one document as one step, or to none.
///
/// ```
/// # use kora::{KoraDocument, repository::Change};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, KoraDocument)]
/// # #[kora(collection = "users")]
/// # struct User {
/// #     #[kora(id)]
/// #     id: String,
/// #     age: u32,
/// #     tags: Vec<String>,
/// # }
/// let f = User::fields();
/// let birthday = Change::new().add(f.age, 1).push(f.tags, "older").only_if(f.age.lt(100));
/// # drop(birthday);
/// ```
#[must_use = "nothing is changed before it is given to an update"]
pub struct Change<D> {
    changes: Result<Changes>,
    document: Phantom<D>,
}

impl<D> Default for Change<D> {
    fn default() -> Self {
        Change::new()
    }
}

impl<D> Clone for Change<D> {
    fn clone(&self) -> Self {
        Change { changes: self.changes.clone(), document: PhantomData }
    }
}

impl<D> fmt::Debug for Change<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.changes {
            Ok(changes) => write!(f, "Change({} steps)", changes.steps.len()),
            Err(error) => write!(f, "Change({error})"),
        }
    }
}

macro_rules! change_methods {
    () => {
        /// The field becomes this.
        pub fn set<T, I, V>(self, field: Field<D, T, I>, value: V) -> Self
        where
            V: Operand<T>,
            I: Writable,
        {
            self.step(|changes| changes.set(field, &value))
        }

        /// The field goes.
        pub fn unset<T, I>(self, field: Field<D, T, I>) -> Self
        where
            T: Optional,
            I: Writable,
        {
            self.step(|changes| {
                changes.steps.push(Step::Unset(field.place()));
                Ok(())
            })
        }

        /// The number is so much more; a negative one makes it less. A field that is missing counts
        /// as 0. [`Error::Overflow`] when the field's type does not hold the sum.
        pub fn add<T, I>(self, field: Field<D, T, I>, delta: T::Delta) -> Self
        where
            T: Numeric,
            I: Writable,
        {
            self.step(|changes| changes.add(field, delta))
        }

        /// The array has one more element.
        pub fn push<T, I, V>(self, field: Field<D, T, I>, element: V) -> Self
        where
            T: Elements,
            V: Operand<T::Item>,
            I: Writable,
        {
            self.step(|changes| {
                changes.steps.push(Step::Push(field.place(), value_of(&element)?));
                Ok(())
            })
        }

        /// The array has no such element.
        pub fn pull<T, I, V>(self, field: Field<D, T, I>, element: V) -> Self
        where
            T: Elements,
            V: Operand<T::Item>,
            I: Writable,
        {
            self.step(|changes| {
                changes.steps.push(Step::Pull(field.place(), value_of(&element)?));
                Ok(())
            })
        }

        /// Only a document that satisfies this is changed, looked at in the same step.
        pub fn only_if<W: Served>(self, filter: Where<D, W>) -> Self {
            self.step(|changes| changes.only_if(filter.into_condition()?))
        }
    };
}

impl<D> Change<D> {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Change { changes: Ok(Changes::default()), document: PhantomData }
    }

    fn step(mut self, step: impl FnOnce(&mut Changes) -> Result<()>) -> Self {
        self.grow(step);
        self
    }

    /// Adds to the changes in their place: they are many bytes to be moved.
    fn grow(&mut self, step: impl FnOnce(&mut Changes) -> Result<()>) {
        if let Ok(changes) = &mut self.changes {
            if let Err(error) = step(changes) {
                self.changes = Err(error);
            }
        }
    }

    change_methods!();

    pub(super) fn parts(&self) -> Result<&Changes> {
        self.changes.as_ref().map_err(Clone::clone)
    }
}

impl Changes {
    fn set<D, T, I, V: Serialize>(&mut self, field: Field<D, T, I>, value: &V) -> Result<()> {
        self.steps.push(Step::Set(field.place(), value_of(value)?));
        Ok(())
    }

    fn add<D, T: Numeric, I>(&mut self, field: Field<D, T, I>, delta: T::Delta) -> Result<()> {
        if let Some((low, high)) = T::BOUNDS {
            self.bounds.push((field.place(), low, high));
        }
        self.steps.push(Step::Add(field.place(), delta.addend().number().ok_or(Error::NotFinite)?));
        Ok(())
    }
}

fn value_of<T: Serialize + ?Sized>(value: &T) -> Result<Box<[u8]>> {
    form::to_value(value).map_err(|error| bad_form(&error))
}

/// A change of one document that is being put together; see [`Repository::update`].
#[must_use = "nothing is changed before `apply`"]
pub struct UpdateOne<D: KoraDocument, S = Data> {
    repository: Repository<D, S>,
    id: Result<String>,
    change: Change<D>,
}

impl<D: KoraDocument, S: Store> UpdateOne<D, S> {
    pub(super) fn new(repository: Repository<D, S>, id: impl AsId<D::Id>) -> Self {
        let id = id.id_text().map(String::from);
        UpdateOne { repository, id, change: Change::new() }
    }

    fn step(mut self, step: impl FnOnce(&mut Changes) -> Result<()>) -> Self {
        self.change.grow(step);
        self
    }

    change_methods!();

    /// Only this version of the document is changed.
    ///
    /// The update is answered with
    /// [`DocumentError::VersionConflict`](crate::DocumentError::VersionConflict) when there is
    /// another one, or none.
    pub fn if_version(self, version: u64) -> Self {
        let field = D::DECLARATION.version;
        self.step(|changes| {
            let field = field.ok_or_else(|| no_version(D::COLLECTION))?;
            changes.version = Some((field, version));
            Ok(())
        })
    }

    /// All changes of a [`Change`].
    pub fn with(self, change: &Change<D>) -> Self {
        let more = change.parts().cloned();
        self.step(|changes| changes.extend(more?))
    }

    /// Changes the document; whether it was there and the conditions held. Its deadline stays.
    ///
    /// # Errors
    /// A unique value that another document has, a number that its type does not hold,
    /// [`DocumentError::VersionConflict`](crate::DocumentError::VersionConflict): nothing is
    /// changed then.
    pub fn apply(&self) -> Result<bool> {
        let (id, changes) = self.parts()?;
        documents::change(&self.repository.documents, id, changes, None)
    }

    /// Changes the document and returns it; `None` when it was not there or a condition was false.
    ///
    /// # Errors
    /// As [`UpdateOne::apply`].
    pub fn fetch(&self) -> Result<Option<D>> {
        let (id, changes) = self.parts()?;
        let mut form = Vec::new();
        let documents = &self.repository.documents;
        let is_changed = documents::change(documents, id, changes, Some(&mut form))?;
        is_changed.then(|| self.repository.decode(id, &form)).transpose()
    }

    pub(super) fn repository(&self) -> &Repository<D, S> {
        &self.repository
    }

    /// The same change through another handle.
    pub(super) fn on(&self, repository: &Repository<D, S>) -> Self {
        UpdateOne { repository: repository.clone(), ..self.clone() }
    }

    fn parts(&self) -> Result<(&str, &Changes)> {
        let id = self.id.as_ref().map_err(Clone::clone)?;
        Ok((id, self.change.parts()?))
    }
}

impl<D: KoraDocument, S: Clone> Clone for UpdateOne<D, S> {
    fn clone(&self) -> Self {
        UpdateOne {
            repository: self.repository.clone(),
            id: self.id.clone(),
            change: self.change.clone(),
        }
    }
}

impl<D: KoraDocument, S> fmt::Debug for UpdateOne<D, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateOne").field("id", &self.id).field("change", &self.change).finish()
    }
}

pub(super) fn no_version(collection: &str) -> Error {
    Error::document(crate::DocumentError::Schema {
        collection: collection.to_owned(),
        message: "its documents have no version; mark a `u64` field `#[kora(version)]`".to_owned(),
    })
}

/// What is to become of one field of a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// It stays.
    #[default]
    Keep,
    /// It becomes this.
    Set(T),
    /// It goes; only an `Option` can.
    Unset,
}

impl<T> From<T> for Edit<T> {
    fn from(value: T) -> Edit<T> {
        Edit::Set(value)
    }
}

/// Edits of some fields of documents `D`: the struct that `#[kora(patch)]` makes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no patch of `{D}`",
    label = "expected the struct that `#[kora(patch)]` on `{D}` makes"
)]
pub trait Patch<D> {
    /// The changes.
    fn into_change(self) -> Change<D>;
}

impl<D> Change<D> {
    /// Adds an edit; for generated code.
    #[doc(hidden)]
    pub fn edit<T: Serialize, I>(self, field: Field<D, T, I>, edit: Edit<T>) -> Self {
        match edit {
            Edit::Keep => self,
            Edit::Set(value) => self.step(|changes| changes.set(field, &value)),
            Edit::Unset => self.step(|changes| {
                changes.steps.push(Step::Unset(field.place()));
                Ok(())
            }),
        }
    }
}
