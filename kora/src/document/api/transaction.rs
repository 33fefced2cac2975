//! A collection, as a transaction sees it.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::document::api::{IntoFilter, Update};
use crate::document::form;
use crate::document::ops::{self, bad_form};
use crate::engine::attempt::{Attempt, Version};
use crate::engine::collections::{Collection as Inner, Query, check_id};
use crate::error::{DocumentError, Error, Result};
use crate::query::{matches, parse_order};

/// A collection in a [`Transaction`](crate::Transaction): the methods of
/// [`Collection`](crate::Collection), on what the transaction sees.
///
/// ```
/// use kora::{Database, Error, Update};
/// use serde_json::{Value, json};
///
/// let db = Database::in_memory();
/// let products = db.create_collection("products")?;
/// products.insert("pen", &json!({"stock": 1}))?;
/// db.create_collection("orders")?;
/// let buy = || {
///     db.transaction(|tx| {
///         let taken = Update::new().add("stock", -1).only_if("stock > 0");
///         if !tx.collection("products")?.update("pen", &taken)? {
///             return Ok(false);
///         }
///         tx.collection("orders")?.add(&json!({"of": "pen"}))?;
///         tx.incr("sales")?;
///         Ok(true)
///     })
/// };
/// assert_eq!((buy()?, buy()?), (true, false));
/// assert_eq!(db.collection("orders")?.len()?, 1);
/// # Ok::<(), Error>(())
/// ```
pub struct TransactionCollection<'t, 'd> {
    attempt: &'t mut Attempt<'d>,
    inner: Arc<Inner>,
}

impl<'t, 'd> TransactionCollection<'t, 'd> {
    pub(crate) fn new(attempt: &'t mut Attempt<'d>, inner: Arc<Inner>) -> Self {
        TransactionCollection { attempt, inner }
    }

    fn put<T: Serialize + ?Sized>(
        &mut self,
        id: &str,
        document: &T,
        allows: impl FnOnce(bool) -> Option<DocumentError>,
    ) -> Result<()> {
        check_id(id.as_bytes())?;
        let form = form::to_form(document).map_err(|error| bad_form(&error))?;
        let seen = self.attempt.document(&self.inner, id.as_bytes())?;
        if let Some(error) = allows(seen.now.is_some()) {
            return Err(Error::document(error));
        }
        let deadline = seen.now.as_ref().and_then(|now| now.deadline);
        seen.now = Some(Version { form, deadline });
        Ok(())
    }

    /// See [`Collection::insert`](crate::Collection::insert).
    ///
    /// # Errors
    /// As there; a unique value that is taken shows when the transaction ends.
    pub fn insert<T: Serialize + ?Sized>(&mut self, id: &str, document: &T) -> Result<()> {
        self.put(id, document, |is_there| is_there.then_some(DocumentError::DocumentExists))
    }

    /// See [`Collection::add`](crate::Collection::add).
    ///
    /// # Errors
    /// As [`TransactionCollection::insert`].
    pub fn add<T: Serialize + ?Sized>(&mut self, document: &T) -> Result<String> {
        let id = ops::new_id(self.attempt.engine().now_ms());
        self.insert(&id, document)?;
        Ok(id)
    }

    /// See [`Collection::save`](crate::Collection::save).
    ///
    /// # Errors
    /// As [`TransactionCollection::insert`].
    pub fn save<T: Serialize + ?Sized>(&mut self, id: &str, document: &T) -> Result<()> {
        self.put(id, document, |_| None)
    }

    /// See [`Collection::replace`](crate::Collection::replace).
    ///
    /// # Errors
    /// As [`TransactionCollection::insert`].
    pub fn replace<T: Serialize + ?Sized>(&mut self, id: &str, document: &T) -> Result<()> {
        self.put(id, document, |is_there| (!is_there).then_some(DocumentError::NoSuchDocument))
    }

    /// See [`Collection::get`](crate::Collection::get).
    ///
    /// # Errors
    /// As there.
    pub fn get<T: DeserializeOwned>(&mut self, id: &str) -> Result<Option<T>> {
        let seen = self.attempt.document(&self.inner, id.as_bytes())?;
        let decode = |now: &Version| form::from_form(&now.form).map_err(|error| bad_form(&error));
        seen.now.as_ref().map(decode).transpose()
    }

    /// See [`Collection::exists`](crate::Collection::exists).
    ///
    /// # Errors
    /// As there.
    pub fn exists(&mut self, id: &str) -> Result<bool> {
        Ok(self.attempt.document(&self.inner, id.as_bytes())?.now.is_some())
    }

    /// See [`Collection::update`](crate::Collection::update).
    ///
    /// # Errors
    /// As there.
    pub fn update(&mut self, id: &str, update: &Update) -> Result<bool> {
        let (condition, steps) = update.parts()?;
        condition.check().map_err(Error::query)?;
        let seen = self.attempt.document(&self.inner, id.as_bytes())?;
        let Some(now) = &mut seen.now else { return Ok(false) };
        let value = form::ValueRef::new(&now.form).expect("a stored form is whole");
        if !matches(condition, value) {
            return Ok(false);
        }
        now.form = ops::apply(&now.form, steps)?;
        Ok(true)
    }

    /// See [`Collection::delete`](crate::Collection::delete).
    ///
    /// # Errors
    /// As there.
    pub fn delete(&mut self, id: &str) -> Result<bool> {
        Ok(self.attempt.document(&self.inner, id.as_bytes())?.now.take().is_some())
    }

    /// The documents that satisfy a condition, in an order (see
    /// [`Find::order_by`](crate::Find::order_by)), so many at most. Any change of the collection by
    /// others before the end lets the transaction begin again.
    ///
    /// # Errors
    /// As [`Find::all`](crate::Find::all).
    pub fn find<T: DeserializeOwned>(
        &mut self,
        filter: impl IntoFilter,
        order: &str,
        limit: Option<usize>,
    ) -> Result<Vec<(String, T)>> {
        let order = parse_order(order).map_err(Error::query)?;
        let condition = filter.into_filter()?.0;
        let query = Query { condition, order, limit, ..Query::default() };
        let rows = self.attempt.find(&self.inner, &query)?;
        let decode = |row: crate::document::plan::find::Row| {
            let id = String::from_utf8_lossy(&row.id).into_owned();
            Ok((id, form::from_form(&row.form).map_err(|error| bad_form(&error))?))
        };
        rows.into_iter().map(decode).collect()
    }
}

impl fmt::Debug for TransactionCollection<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionCollection")
            .field("name", &self.inner.name())
            .finish_non_exhaustive()
    }
}
