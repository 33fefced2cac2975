//! The typed door to a collection: documents by id, and the beginnings of queries and updates.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::database::Database;
use crate::document::api::Collection;
use crate::document::form::{self, Form, ValueRef, update};
use crate::document::ops::{self, Mode, bad_form};
use crate::error::{DocumentError, Error, Result};
use crate::keyspace::deadline;
use crate::query::{Condition, parse_condition};
use crate::repository::document::{KoraDocument, Stamp, Written};
use crate::repository::documents::{self, Data, InTransaction, Put, Store};
use crate::repository::filter::Where;
use crate::repository::id::{AsId, DocId};
use crate::repository::key::KoraKey;
use crate::repository::kind::{IndexServed, Phantom, Served};
use crate::repository::query::Query;
use crate::repository::select::{Selection, Stored};
use crate::repository::update::{Patch, UpdateOne, no_version};

/// The documents of type `D`: a handle, cheap to clone, usable from any thread.
///
/// [`Database::repository`](crate::Database::repository) gives it out.
///
/// ```
/// use kora::{Database, KoraDocument};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize, KoraDocument)]
/// #[kora(collection = "users")]
/// struct User {
///     #[kora(id)]
///     id: String,
///     #[kora(unique)]
///     email: String,
///     #[kora(index)]
///     city: String,
///     #[kora(index = sorted)]
///     age: u32,
/// }
///
/// let db = Database::in_memory();
/// let users = db.repository::<User>()?;
/// users.insert(&User {
///     id: "ann".into(),
///     email: "ann@example.org".into(),
///     city: "Accra".into(),
///     age: 31,
/// })?;
///
/// let f = User::fields();
/// let found = users.find(f.city.eq("Accra").and(f.age.ge(30))).order_by(f.age.desc()).all()?;
/// assert_eq!(found[0].id, "ann");
/// users.update("ann").add(f.age, 1).apply()?;
/// assert_eq!(users.get("ann")?.map(|ann| ann.age), Some(32));
/// # Ok::<(), kora::Error>(())
/// ```
///
/// In a transaction it is a [`TransactionRepository`],
/// with the same methods.
pub struct Repository<D: KoraDocument, S = Data> {
    pub(super) documents: S,
    document: Phantom<D>,
}

/// The documents of type `D`, as a transaction sees them; see
/// [`Transaction::repository`](crate::Transaction::repository).
pub type TransactionRepository<'d, D> = Repository<D, InTransaction<'d>>;

impl<D: KoraDocument, S: Clone> Clone for Repository<D, S> {
    fn clone(&self) -> Self {
        Repository { documents: self.documents.clone(), document: PhantomData }
    }
}

impl<D: KoraDocument, S> fmt::Debug for Repository<D, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository").field("collection", &D::COLLECTION).finish_non_exhaustive()
    }
}

impl<D: KoraDocument> Repository<D> {
    /// The database that the repository is of.
    pub fn database(&self) -> &Database {
        &self.documents.db
    }

    /// The collection behind the repository, for what has no type. What is written there is held to
    /// the same rules: unique values, versions and times.
    pub fn collection(&self) -> Collection {
        Collection::of(self.documents.db.clone(), self.documents.collection.clone())
    }
}

impl<D: KoraDocument, S: Store> Repository<D, S> {
    pub(super) fn new(documents: S) -> Self {
        Repository { documents, document: PhantomData }
    }

    /// A stored form as a document.
    pub(super) fn decode(&self, id: &str, form: &[u8]) -> Result<D> {
        form::from_form(form).map_err(|error| self.undecodable(id, &error.to_string()))
    }

    #[cold]
    pub(super) fn undecodable(&self, id: &str, message: &str) -> Error {
        Error::document(DocumentError::Decode {
            collection: D::COLLECTION.to_owned(),
            id: id.to_owned(),
            message: message.to_owned(),
        })
    }

    fn write<W: Written<D>>(&self, written: W, mode: Mode, deadline: Option<i64>) -> Result<D::Id> {
        let document = written.document();
        let form = form::to_form(document).map_err(|error| bad_form(&error))?;
        let new_id = match mode {
            Mode::Insert | Mode::Save => document.new_id(|| self.documents.now_ms()),
            Mode::Replace => None,
        };
        let (id, form) = match &new_id {
            Some(new) => (Cow::Borrowed(new.as_str()), with_id::<D>(&form, new)?),
            None => (document.id_text()?, form),
        };
        let put = Put { id: &id, form: &form, mode, deadline, version: document.version() };
        let mut stored = None;
        // Only what the engine changes is worth a copy.
        let is_kept = W::IS_STAMPED && D::DECLARATION.stamps();
        documents::put(&self.documents, put, is_kept.then_some(&mut stored))?;
        let made = D::Id::of_text(&id);
        let made = made.ok_or_else(|| self.undecodable(&id, "the id is of another type"))?;
        if W::IS_STAMPED {
            let form = stored.as_deref().unwrap_or(&form);
            let stored = ValueRef::new(form).expect("a stored form is whole");
            written.stamped(&Stamp { stored, id: new_id.as_deref() });
        }
        Ok(made)
    }

    /// Adds a document; returns its id. Given `&mut`, the document gets what the engine puts in:
    /// a new id, the version, the times.
    ///
    /// # Errors
    /// [`DocumentError::DocumentExists`], [`DocumentError::NotUnique`].
    pub fn insert(&self, document: impl Written<D>) -> Result<D::Id> {
        self.write(document, Mode::Insert, None)
    }

    /// Adds a document that lives so long.
    ///
    /// # Errors
    /// As [`Repository::insert`], and a time that is too far away.
    pub fn insert_with_ttl(&self, document: impl Written<D>, ttl: Duration) -> Result<D::Id> {
        let at = deadline::after(self.documents.now_ms(), ttl, "doc.expire")?;
        self.write(document, Mode::Insert, Some(at))
    }

    /// Adds documents, each by itself; returns their ids. Those before one that fails are there.
    ///
    /// # Errors
    /// As [`Repository::insert`].
    pub fn insert_many<W: Written<D>>(
        &self,
        documents: impl IntoIterator<Item = W>,
    ) -> Result<Vec<D::Id>> {
        documents.into_iter().map(|document| self.insert(document)).collect()
    }

    /// Writes a document, whether one of its id is there or not; one that is there keeps its
    /// deadline. With a version, the document must be of the version that is there.
    ///
    /// # Errors
    /// [`DocumentError::VersionConflict`], [`DocumentError::NotUnique`].
    pub fn save(&self, document: impl Written<D>) -> Result<D::Id> {
        self.write(document, Mode::Save, None)
    }

    /// Writes a document in place of the one of its id.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchDocument`]; as [`Repository::save`].
    pub fn replace(&self, document: impl Written<D>) -> Result<D::Id> {
        self.write(document, Mode::Replace, None)
    }

    /// A document.
    ///
    /// # Errors
    /// [`DocumentError::Decode`] when it is no `D`.
    pub fn get(&self, id: impl AsId<D::Id>) -> Result<Option<D>> {
        let id = id.id_text()?;
        self.documents.read(&id, |found| found.map(|it| self.decode(&id, it.form)).transpose())
    }

    /// A document that must be there.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchDocument`]; as [`Repository::get`].
    pub fn require(&self, id: impl AsId<D::Id>) -> Result<D> {
        self.get(id)?.ok_or_else(|| Error::document(DocumentError::NoSuchDocument))
    }

    /// Documents, in the order of the ids.
    ///
    /// # Errors
    /// As [`Repository::get`].
    pub fn get_many<A: AsId<D::Id>>(
        &self,
        ids: impl IntoIterator<Item = A>,
    ) -> Result<Vec<Option<D>>> {
        ids.into_iter().map(|id| self.get(id)).collect()
    }

    /// Some fields of a document, read without the rest.
    ///
    /// # Errors
    /// [`DocumentError::Decode`] when a field is of another type.
    pub fn pluck<P: Selection<D>>(
        &self,
        id: impl AsId<D::Id>,
        selection: P,
    ) -> Result<Option<P::Row>> {
        let id = id.id_text()?;
        self.documents.read(&id, |found| {
            let Some(found) = found else { return Ok(None) };
            let value = ValueRef::new(found.form).expect("a stored form is whole");
            let row = selection.read(&Stored(value));
            row.map(Some).map_err(|error| self.undecodable(&id, &error.to_string()))
        })
    }

    /// Whether a document is there.
    ///
    /// # Errors
    /// When the collection was dropped.
    pub fn exists(&self, id: impl AsId<D::Id>) -> Result<bool> {
        self.documents.read(&id.id_text()?, |found| Ok(found.is_some()))
    }

    /// Changes some fields of a document as one step; see [`UpdateOne`].
    pub fn update(&self, id: impl AsId<D::Id>) -> UpdateOne<D, S> {
        UpdateOne::new(self.clone(), id)
    }

    /// Changes a document by a patch, the struct of `#[kora(patch)]`; whether it was there.
    ///
    /// # Errors
    /// As [`UpdateOne::apply`].
    pub fn patch(&self, id: impl AsId<D::Id>, patch: impl Patch<D>) -> Result<bool> {
        self.update(id).with(&patch.into_change()).apply()
    }

    /// Removes a document; whether it was there.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub fn delete(&self, id: impl AsId<D::Id>) -> Result<bool> {
        documents::remove(&self.documents, &id.id_text()?, None, |_| {})
    }

    /// Removes a document of this version.
    ///
    /// # Errors
    /// [`DocumentError::VersionConflict`] when there is another one, or none.
    pub fn delete_version(&self, id: impl AsId<D::Id>, version: u64) -> Result<()> {
        let field = D::DECLARATION.version.ok_or_else(|| no_version(D::COLLECTION))?;
        documents::remove(&self.documents, &id.id_text()?, Some((field, version)), |_| {})?;
        Ok(())
    }

    /// Removes a document and returns it.
    ///
    /// # Errors
    /// [`DocumentError::Decode`] when it is no `D`: it is gone then.
    pub fn take(&self, id: impl AsId<D::Id>) -> Result<Option<D>> {
        let id = id.id_text()?;
        let mut taken = None;
        documents::remove(&self.documents, &id, None, |form| taken = Some(form.to_vec()))?;
        taken.map(|form| self.decode(&id, &form)).transpose()
    }

    /// How long a document has to live; `None` when it does not expire, or is not there.
    ///
    /// # Errors
    /// When the collection was dropped.
    pub fn ttl(&self, id: impl AsId<D::Id>) -> Result<Option<Duration>> {
        let deadline = documents::deadline(&self.documents, &id.id_text()?)?;
        let left = |at: i64| u64::try_from(at - self.documents.now_ms()).unwrap_or(0);
        Ok(deadline.map(|at| Duration::from_millis(left(at))))
    }

    /// Lets a document expire so long from now; whether it is there.
    ///
    /// # Errors
    /// A time that is too far away.
    pub fn expire(&self, id: impl AsId<D::Id>, ttl: Duration) -> Result<bool> {
        let at = deadline::after(self.documents.now_ms(), ttl, "doc.expire")?;
        documents::set_deadline(&self.documents, &id.id_text()?, Some(at))
    }

    /// Lets a document live until it is removed; whether it is there.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub fn persist(&self, id: impl AsId<D::Id>) -> Result<bool> {
        documents::set_deadline(&self.documents, &id.id_text()?, None)
    }

    /// The documents that satisfy a filter which an index serves.
    ///
    /// That one does is checked by the compiler; [`Repository::scan`] takes every filter.
    pub fn find<I: IndexServed>(&self, filter: Where<D, I>) -> Query<D, S> {
        Query::new(self.clone(), filter.into_condition())
    }

    /// The documents that satisfy any filter; every document may be looked at.
    pub fn scan<I: Served>(&self, filter: Where<D, I>) -> Query<D, S> {
        Query::new(self.clone(), filter.into_condition())
    }

    /// All documents.
    pub fn all(&self) -> Query<D, S> {
        Query::new(self.clone(), Ok(Condition::All))
    }

    /// The documents that satisfy a condition in the text language, as `DOC.FIND` reads it:
    /// `city = 'Accra' AND age >= 30`.
    ///
    /// A text that is no condition is an error of what runs the query.
    pub fn where_raw(&self, condition: &str) -> Query<D, S> {
        Query::new(self.clone(), parse_condition(condition).map_err(Error::query))
    }

    /// How many documents there are. O(partitions).
    ///
    /// # Errors
    /// When the collection was dropped.
    pub fn count(&self) -> Result<u64> {
        self.all().count()
    }
}

/// A form with a new id in its field.
fn with_id<D: KoraDocument>(form: &[u8], id: &str) -> Result<Form> {
    let value = form::to_value(id).map_err(|error| bad_form(&error))?;
    update::set_form(form, &[D::DECLARATION.id[0]], &value).map_err(|error| bad_form(&error))
}

/// A new id, of this moment: a ULID.
#[doc(hidden)]
pub fn new_ulid(now_ms: i64) -> String {
    ops::new_id(now_ms)
}

/// A new id, of this moment: a UUID of version 7 (RFC 9562).
#[doc(hidden)]
pub fn new_uuid7(now_ms: i64) -> String {
    let now = u64::try_from(now_ms).unwrap_or(0) & ((1 << 48) - 1);
    let (high, low) = (crate::random::next(), crate::random::next());
    let high = now << 16 | 0x7000 | high & 0x0FFF;
    let low = 0x8000_0000_0000_0000 | low >> 2;
    let text = format!("{high:016x}{low:016x}");
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

/// Whether a document says that it has no id yet.
#[doc(hidden)]
pub fn is_blank<T: KoraKey>(id: &T) -> bool {
    id.as_text().is_none_or(str::is_empty)
}
