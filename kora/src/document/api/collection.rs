//! A collection's documents by id.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::database::Database;
use crate::document::api::{AsyncCollection, Find, Index, IndexInfo, IntoFilter, Update};
use crate::document::form;
use crate::document::ops::{self, Deadline, Mode, bad_form};
use crate::engine::collections::{Collection as Inner, Scope};
use crate::error::Result;
use crate::keyspace::deadline;

/// Documents of one kind: JSON objects with an id, found by id or by what is in them.
///
/// A handle, cheap to clone. Documents are any type that serde writes as an object, and come back as
/// any type that it can read from one. Numbers are exact: 64-bit integers do not become floats.
///
/// ```
/// use kora::{Database, Index};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct City {
///     name: String,
///     country: String,
///     people: u64,
/// }
///
/// let db = Database::in_memory();
/// let cities = db.create_collection("cities")?;
/// cities.create_index(Index::hash("country"))?;
/// cities.create_index(Index::sorted("people"))?;
/// cities.insert("acc", &City { name: "Accra".into(), country: "GH".into(), people: 2_388_000 })?;
/// cities.insert("kms", &City { name: "Kumasi".into(), country: "GH".into(), people: 3_490_030 })?;
///
/// let largest: Option<City> =
///     cities.find("country = 'GH'").order_by("people DESC").first()?;
/// assert_eq!(largest.map(|city| city.name).as_deref(), Some("Kumasi"));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone)]
pub struct Collection {
    pub(super) db: Database,
    pub(super) inner: Arc<Inner>,
}

impl Database {
    /// Makes a collection.
    ///
    /// # Errors
    /// [`DocumentError::CollectionExists`](crate::DocumentError::CollectionExists),
    /// [`DocumentError::BadName`](crate::DocumentError::BadName).
    pub fn create_collection(&self, name: &str) -> Result<Collection> {
        let inner = self.settled(|| self.engine().create_collection(name))?;
        Ok(Collection { db: self.clone(), inner })
    }

    /// The collection of this name.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchCollection`](crate::DocumentError::NoSuchCollection).
    pub fn collection(&self, name: &str) -> Result<Collection> {
        let inner = self.engine().collection(name)?;
        Ok(Collection { db: self.clone(), inner })
    }

    /// The names of all collections, in order.
    pub fn collections(&self) -> Vec<String> {
        let all = self.engine().all_collections();
        all.iter().map(|collection| collection.name().to_owned()).collect()
    }

    /// Drops a collection with its documents and indexes; whether it was there.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub fn drop_collection(&self, name: &str) -> Result<bool> {
        self.settled(|| self.engine().drop_collection(name))
    }
}

impl Collection {
    pub(crate) fn of(db: Database, inner: Arc<Inner>) -> Collection {
        Collection { db, inner }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    /// The same collection, with the same methods to be awaited.
    pub fn asynchronous(&self) -> AsyncCollection {
        AsyncCollection::new(self.clone())
    }

    /// How many documents there are. O(partitions).
    ///
    /// # Errors
    /// When the collection was dropped.
    pub fn len(&self) -> Result<u64> {
        self.count("*")
    }

    /// Whether there is no document.
    ///
    /// # Errors
    /// When the collection was dropped.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Bytes of memory that documents and indexes take, about.
    pub fn used_memory(&self) -> usize {
        self.inner.heap_bytes()
    }

    /// The documents as they are.
    fn documents(&self) -> Scope<'_, '_> {
        self.db.engine().documents()
    }

    fn write<T: Serialize + ?Sized>(
        &self,
        id: &str,
        document: &T,
        mode: Mode,
        deadline: Deadline,
    ) -> Result<()> {
        let form = form::to_form(document).map_err(|error| bad_form(&error))?;
        self.write_form(id, &form, mode, deadline)
    }

    pub(super) fn write_form(
        &self,
        id: &str,
        form: &[u8],
        mode: Mode,
        deadline: Deadline,
    ) -> Result<()> {
        let put =
            || ops::put(&mut self.documents(), &self.inner, id.as_bytes(), form, mode, deadline);
        self.db.settled(put)
    }

    /// Adds a document.
    ///
    /// # Errors
    /// [`DocumentError::DocumentExists`](crate::DocumentError::DocumentExists),
    /// [`DocumentError::NotUnique`](crate::DocumentError::NotUnique),
    /// [`DocumentError::Form`](crate::DocumentError::Form) when it is no object or cannot be written.
    pub fn insert<T: Serialize + ?Sized>(&self, id: &str, document: &T) -> Result<()> {
        self.write(id, document, Mode::Insert, Deadline::At(None))
    }

    /// Adds a document under a new id, a ULID; returns it.
    ///
    /// # Errors
    /// As [`Collection::insert`].
    pub fn add<T: Serialize + ?Sized>(&self, document: &T) -> Result<String> {
        let id = ops::new_id(self.db.engine().now_ms());
        self.insert(&id, document)?;
        Ok(id)
    }

    /// Writes a document, whether one is there or not. One that is there keeps its deadline.
    ///
    /// # Errors
    /// As [`Collection::insert`].
    pub fn save<T: Serialize + ?Sized>(&self, id: &str, document: &T) -> Result<()> {
        self.write(id, document, Mode::Save, Deadline::Keep)
    }

    /// Writes documents as [`Collection::save`] does, all of them in one step or none.
    ///
    /// ```
    /// use kora::{Database, Index};
    /// use serde_json::json;
    ///
    /// let people = Database::in_memory().create_collection("people")?;
    /// people.create_index(Index::unique("email"))?;
    /// people.save_all([("ann", &json!({"email": "a@x"})), ("bob", &json!({"email": "b@x"}))])?;
    /// let taken = people.save_all([("cid", &json!({"email": "c@x"})), ("dan", &json!({"email": "a@x"}))]);
    /// assert!(taken.is_err());
    /// assert_eq!(people.len()?, 2);
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Collection::save`]; nothing is written then.
    pub fn save_all<'d, T: Serialize + ?Sized + 'd>(
        &self,
        documents: impl IntoIterator<Item = (&'d str, &'d T)>,
    ) -> Result<()> {
        let (mut ids, mut forms) = (Vec::new(), Vec::new());
        for (id, document) in documents {
            ids.push(id.as_bytes());
            forms.push(form::to_form(document).map_err(|error| bad_form(&error))?);
        }
        self.db.settled(|| ops::put_all(&mut self.documents(), &self.inner, &ids, &forms))
    }

    /// Writes a document in place of one that is there, and keeps its deadline.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchDocument`](crate::DocumentError::NoSuchDocument); as
    /// [`Collection::insert`].
    pub fn replace<T: Serialize + ?Sized>(&self, id: &str, document: &T) -> Result<()> {
        self.write(id, document, Mode::Replace, Deadline::Keep)
    }

    /// A document.
    ///
    /// # Errors
    /// [`DocumentError::Form`](crate::DocumentError::Form) when it is no `T`.
    pub fn get<T: DeserializeOwned>(&self, id: &str) -> Result<Option<T>> {
        let form = ops::copy(&mut self.documents(), &self.inner, id.as_bytes())?;
        form.map(|form| form::from_form(&form).map_err(|error| bad_form(&error))).transpose()
    }

    /// A document as JSON text.
    ///
    /// # Errors
    /// When the collection was dropped.
    pub fn get_json(&self, id: &str) -> Result<Option<String>> {
        let form = ops::get(&mut self.documents(), &self.inner, id.as_bytes())?;
        form.map(|form| ops::json(&form)).transpose()
    }

    /// Whether a document is there.
    ///
    /// # Errors
    /// When the collection was dropped.
    pub fn exists(&self, id: &str) -> Result<bool> {
        Ok(ops::count_of(&mut self.documents(), &self.inner, &[id.as_bytes()])? > 0)
    }

    /// Changes a document at some paths, as one step; whether it was there and the update's
    /// condition held.
    ///
    /// ```
    /// use kora::{Database, Update};
    /// use serde_json::{Value, json};
    ///
    /// let carts = Database::in_memory().create_collection("carts")?;
    /// carts.insert("7", &json!({"owner": "ann", "total": 0, "items": []}))?;
    /// let update = Update::new().push("items", "pen")?.add("total", 3);
    /// assert!(carts.update("7", &update)?);
    /// let cart: Option<Value> = carts.get("7")?;
    /// assert_eq!(cart, Some(json!({"owner": "ann", "total": 3, "items": ["pen"]})));
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// A path that leads through what is no object, a number added to what is none, ...: nothing
    /// is changed then.
    pub fn update(&self, id: &str, update: &Update) -> Result<bool> {
        let (condition, steps) = update.parts()?;
        let change =
            || ops::change(&mut self.documents(), &self.inner, id.as_bytes(), condition, steps);
        self.db.settled(change)
    }

    /// Removes a document; whether it was there.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub fn delete(&self, id: &str) -> Result<bool> {
        let take = || ops::take(&mut self.documents(), &self.inner, id.as_bytes());
        Ok(self.db.settled(take)?.is_some())
    }

    /// Removes a document and returns it.
    ///
    /// # Errors
    /// [`DocumentError::Form`](crate::DocumentError::Form) when it is no `T`: it is gone then.
    pub fn take<T: DeserializeOwned>(&self, id: &str) -> Result<Option<T>> {
        let take = || ops::take(&mut self.documents(), &self.inner, id.as_bytes());
        let form = self.db.settled(take)?;
        form.map(|form| form::from_form(&form).map_err(|error| bad_form(&error))).transpose()
    }

    /// Lets a document expire this long from now; whether it is there.
    ///
    /// # Errors
    /// A time that is too far away.
    pub fn expire(&self, id: &str, ttl: Duration) -> Result<bool> {
        let at = deadline::after(self.db.engine().now_ms(), ttl, "doc.expire")?;
        self.db.settled(|| ops::set_deadline(&mut self.documents(), &self.inner, id.as_bytes(), at))
    }

    /// Lets a document live until it is removed; whether it would have expired.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub fn persist(&self, id: &str) -> Result<bool> {
        self.db.settled(|| ops::persist(&mut self.documents(), &self.inner, id.as_bytes()))
    }

    /// How long a document has to live; `None` when it does not expire, or is not there.
    ///
    /// # Errors
    /// When the collection was dropped.
    pub fn ttl(&self, id: &str) -> Result<Option<Duration>> {
        ops::ttl(&mut self.documents(), &self.inner, id.as_bytes())
    }

    /// The documents that satisfy a condition; see [`Find`].
    ///
    /// A text that is no condition is an error of what runs the query.
    pub fn find(&self, filter: impl IntoFilter) -> Find {
        Find::of(self.clone(), filter.into_filter())
    }

    /// How many documents satisfy a condition. O(1) when an index has them.
    ///
    /// # Errors
    /// [`Error::Query`](crate::Error::Query) when the text is no condition.
    pub fn count(&self, filter: impl IntoFilter) -> Result<u64> {
        self.find(filter).count()
    }

    /// Makes an index, while others read and write; returns when it is whole. False when there is
    /// one like it. O(documents).
    ///
    /// # Errors
    /// [`DocumentError::IndexExists`](crate::DocumentError::IndexExists) when the name is taken by
    /// another, [`DocumentError::NotUnique`](crate::DocumentError::NotUnique) with the documents
    /// that share a value.
    pub fn create_index(&self, index: Index) -> Result<bool> {
        let definition = index.into_definition()?;
        self.db.settled(|| self.db.engine().create_index(&self.inner, &definition))
    }

    /// Drops an index; whether it was there.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub fn drop_index(&self, name: &str) -> Result<bool> {
        self.db.settled(|| self.db.engine().drop_index(&self.inner, name))
    }

    /// The indexes, with how far those have come that are being made.
    pub fn indexes(&self) -> Vec<IndexInfo> {
        self.inner.indexes().into_iter().map(IndexInfo::from).collect()
    }
}

impl fmt::Debug for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection").field("name", &self.name()).finish_non_exhaustive()
    }
}
