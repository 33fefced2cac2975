//! A collection, as a transaction sees it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::document::api::{IntoFilter, Update};
use crate::document::form;
use crate::document::ops::{self, Deadline, Mode, bad_form};
use crate::document::plan::rows::Row;
use crate::engine::collections::{Collection as Inner, Query, Scope};
use crate::error::{Error, Result};
use crate::keyspace::deadline;
use crate::query::parse_order;
use crate::transaction::SharedAttempt;

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
pub struct TransactionCollection<'d> {
    attempt: SharedAttempt<'d>,
    inner: Arc<Inner>,
}

impl<'d> TransactionCollection<'d> {
    pub(crate) fn new(attempt: SharedAttempt<'d>, inner: Arc<Inner>) -> Self {
        TransactionCollection { attempt, inner }
    }

    /// Does something with what the transaction sees of the collection.
    fn on<R>(
        &mut self,
        work: impl FnOnce(&mut Scope<'_, 'd>, &Arc<Inner>) -> Result<R>,
    ) -> Result<R> {
        work(&mut Scope::Attempt(&mut self.attempt.lend()), &self.inner)
    }

    fn write<T: Serialize + ?Sized>(
        &mut self,
        id: &str,
        document: &T,
        mode: Mode,
        deadline: Deadline,
    ) -> Result<()> {
        let form = form::to_form(document).map_err(|error| bad_form(&error))?;
        self.on(|scope, inner| ops::put(scope, inner, id.as_bytes(), &form, mode, deadline))
    }

    /// See [`Collection::insert`](crate::Collection::insert).
    ///
    /// # Errors
    /// As there; a unique value that is taken shows when the transaction ends.
    pub fn insert<T: Serialize + ?Sized>(&mut self, id: &str, document: &T) -> Result<()> {
        self.write(id, document, Mode::Insert, Deadline::At(None))
    }

    /// See [`Collection::add`](crate::Collection::add).
    ///
    /// # Errors
    /// As [`TransactionCollection::insert`].
    pub fn add<T: Serialize + ?Sized>(&mut self, document: &T) -> Result<String> {
        let id = ops::new_id(self.attempt.lend().engine().now_ms());
        self.insert(&id, document)?;
        Ok(id)
    }

    /// See [`Collection::save`](crate::Collection::save).
    ///
    /// # Errors
    /// As [`TransactionCollection::insert`].
    pub fn save<T: Serialize + ?Sized>(&mut self, id: &str, document: &T) -> Result<()> {
        self.write(id, document, Mode::Save, Deadline::Keep)
    }

    /// See [`Collection::replace`](crate::Collection::replace).
    ///
    /// # Errors
    /// As [`TransactionCollection::insert`].
    pub fn replace<T: Serialize + ?Sized>(&mut self, id: &str, document: &T) -> Result<()> {
        self.write(id, document, Mode::Replace, Deadline::Keep)
    }

    /// See [`Collection::get`](crate::Collection::get).
    ///
    /// # Errors
    /// As there.
    pub fn get<T: DeserializeOwned>(&mut self, id: &str) -> Result<Option<T>> {
        let form = self.on(|scope, inner| ops::get(scope, inner, id.as_bytes()))?;
        form.map(|form| form::from_form(&form).map_err(|error| bad_form(&error))).transpose()
    }

    /// See [`Collection::exists`](crate::Collection::exists).
    ///
    /// # Errors
    /// As there.
    pub fn exists(&mut self, id: &str) -> Result<bool> {
        Ok(self.on(|scope, inner| ops::count_of(scope, inner, &[id.as_bytes()]))? > 0)
    }

    /// See [`Collection::update`](crate::Collection::update).
    ///
    /// # Errors
    /// As there.
    pub fn update(&mut self, id: &str, update: &Update) -> Result<bool> {
        let (condition, steps) = update.parts()?;
        self.on(|scope, inner| ops::change(scope, inner, id.as_bytes(), condition, steps))
    }

    /// See [`Collection::delete`](crate::Collection::delete).
    ///
    /// # Errors
    /// As there.
    pub fn delete(&mut self, id: &str) -> Result<bool> {
        Ok(self.on(|scope, inner| ops::take(scope, inner, id.as_bytes()))?.is_some())
    }

    /// See [`Collection::take`](crate::Collection::take).
    ///
    /// # Errors
    /// As there.
    pub fn take<T: DeserializeOwned>(&mut self, id: &str) -> Result<Option<T>> {
        let form = self.on(|scope, inner| ops::take(scope, inner, id.as_bytes()))?;
        form.map(|form| form::from_form(&form).map_err(|error| bad_form(&error))).transpose()
    }

    /// See [`Collection::expire`](crate::Collection::expire).
    ///
    /// # Errors
    /// As there.
    pub fn expire(&mut self, id: &str, ttl: Duration) -> Result<bool> {
        self.on(|scope, inner| {
            let at = deadline::after(scope.now_ms(), ttl, "doc.expire")?;
            ops::set_deadline(scope, inner, id.as_bytes(), at)
        })
    }

    /// See [`Collection::persist`](crate::Collection::persist).
    ///
    /// # Errors
    /// As there.
    pub fn persist(&mut self, id: &str) -> Result<bool> {
        self.on(|scope, inner| ops::persist(scope, inner, id.as_bytes()))
    }

    /// See [`Collection::ttl`](crate::Collection::ttl).
    ///
    /// # Errors
    /// As there.
    pub fn ttl(&mut self, id: &str) -> Result<Option<Duration>> {
        self.on(|scope, inner| ops::ttl(scope, inner, id.as_bytes()))
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
        let decode = |row: Row| {
            let id = String::from_utf8_lossy(row.id()).into_owned();
            Ok((id, form::from_form(row.form()).map_err(|error| bad_form(&error))?))
        };
        let rows = self.attempt.lend().find(&self.inner, &query)?.rows;
        rows.into_iter().map(decode).collect()
    }

    /// How many documents satisfy a condition; see [`Collection::count`](crate::Collection::count).
    /// As [`TransactionCollection::find`], it sees the whole collection.
    ///
    /// # Errors
    /// As there.
    pub fn count(&mut self, filter: impl IntoFilter) -> Result<u64> {
        let query = Query { condition: filter.into_filter()?.0, ..Query::default() };
        self.attempt.lend().count(&self.inner, &query)
    }
}

impl fmt::Debug for TransactionCollection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionCollection")
            .field("name", &self.inner.name())
            .finish_non_exhaustive()
    }
}
