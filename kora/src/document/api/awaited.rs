//! The same methods, awaited.
//!
//! What touches one document runs in place: no lease of a partition is held for longer than a slice.
//! What may take long is done by a shard's thread.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::asynchronous::AsyncDatabase;
use crate::document::api::{
    Collection, Document, Find, Index, IntoFilter, Page, Parameters, Update,
};
use crate::document::plan::explain::Explain;
use crate::engine::collections::Collection as Inner;
use crate::engine::{Done, Engine};
use crate::error::Result;

/// A handle whose methods are those of [`Collection`], to be awaited.
#[derive(Clone, Debug)]
pub struct AsyncCollection(Collection);

/// A query whose last methods are awaited; see [`Find`].
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is run"]
pub struct AsyncFind(Find);

impl AsyncDatabase {
    /// Makes a collection; see [`Database::create_collection`](crate::Database::create_collection).
    ///
    /// # Errors
    /// As there.
    pub async fn create_collection(&self, name: &str) -> Result<AsyncCollection> {
        let relaxed = self.synchronous().relaxed();
        let done = Done::of(|| relaxed.create_collection(name).map(drop));
        self.settle(done).await?;
        self.collection(name)
    }

    /// The collection of this name. Nothing is awaited.
    ///
    /// # Errors
    /// As [`Database::collection`](crate::Database::collection).
    pub fn collection(&self, name: &str) -> Result<AsyncCollection> {
        self.synchronous().collection(name).map(AsyncCollection)
    }

    /// Drops a collection; see [`Database::drop_collection`](crate::Database::drop_collection).
    ///
    /// # Errors
    /// As there.
    pub async fn drop_collection(&self, name: &str) -> Result<bool> {
        let relaxed = self.synchronous().relaxed();
        let done = Done::of(|| relaxed.drop_collection(name));
        self.settle(done).await
    }
}

impl AsyncCollection {
    pub(super) fn new(collection: Collection) -> AsyncCollection {
        AsyncCollection(collection)
    }

    /// The same collection, for callers that do not await.
    pub fn synchronous(&self) -> &Collection {
        &self.0
    }

    /// Does something in place, and waits for the disk as long as the handle asks.
    async fn in_place<R>(&self, work: impl FnOnce(&Collection) -> Result<R>) -> Result<R> {
        let relaxed = Collection { db: self.0.db.relaxed(), inner: self.0.inner.clone() };
        let done = Done::of(|| work(&relaxed));
        self.0.db.asynchronous().settle(done).await
    }

    /// See [`Collection::insert`].
    ///
    /// # Errors
    /// As there.
    pub async fn insert<T: Serialize + ?Sized>(&self, id: &str, document: &T) -> Result<()> {
        self.in_place(|collection| collection.insert(id, document)).await
    }

    /// See [`Collection::add`].
    ///
    /// # Errors
    /// As there.
    pub async fn add<T: Serialize + ?Sized>(&self, document: &T) -> Result<String> {
        self.in_place(|collection| collection.add(document)).await
    }

    /// See [`Collection::save`].
    ///
    /// # Errors
    /// As there.
    pub async fn save<T: Serialize + ?Sized>(&self, id: &str, document: &T) -> Result<()> {
        self.in_place(|collection| collection.save(id, document)).await
    }

    /// See [`Collection::save_all`].
    ///
    /// # Errors
    /// As there.
    pub async fn save_all<'d, T: Serialize + ?Sized + 'd>(
        &self,
        documents: impl IntoIterator<Item = (&'d str, &'d T)>,
    ) -> Result<()> {
        self.in_place(|collection| collection.save_all(documents)).await
    }

    /// See [`Collection::replace`].
    ///
    /// # Errors
    /// As there.
    pub async fn replace<T: Serialize + ?Sized>(&self, id: &str, document: &T) -> Result<()> {
        self.in_place(|collection| collection.replace(id, document)).await
    }

    /// See [`Collection::get`].
    ///
    /// # Errors
    /// As there.
    pub async fn get<T: DeserializeOwned>(&self, id: &str) -> Result<Option<T>> {
        self.in_place(|collection| collection.get(id)).await
    }

    /// See [`Collection::get_json`].
    ///
    /// # Errors
    /// As there.
    pub async fn get_json(&self, id: &str) -> Result<Option<String>> {
        self.in_place(|collection| collection.get_json(id)).await
    }

    /// See [`Collection::exists`].
    ///
    /// # Errors
    /// As there.
    pub async fn exists(&self, id: &str) -> Result<bool> {
        self.in_place(|collection| collection.exists(id)).await
    }

    /// See [`Collection::update`].
    ///
    /// # Errors
    /// As there.
    pub async fn update(&self, id: &str, update: &Update) -> Result<bool> {
        self.in_place(|collection| collection.update(id, update)).await
    }

    /// See [`Collection::delete`].
    ///
    /// # Errors
    /// As there.
    pub async fn delete(&self, id: &str) -> Result<bool> {
        self.in_place(|collection| collection.delete(id)).await
    }

    /// See [`Collection::take`].
    ///
    /// # Errors
    /// As there.
    pub async fn take<T: DeserializeOwned>(&self, id: &str) -> Result<Option<T>> {
        self.in_place(|collection| collection.take(id)).await
    }

    /// See [`Collection::expire`].
    ///
    /// # Errors
    /// As there.
    pub async fn expire(&self, id: &str, ttl: Duration) -> Result<bool> {
        self.in_place(|collection| collection.expire(id, ttl)).await
    }

    /// See [`Collection::persist`].
    ///
    /// # Errors
    /// As there.
    pub async fn persist(&self, id: &str) -> Result<bool> {
        self.in_place(|collection| collection.persist(id)).await
    }

    /// See [`Collection::ttl`].
    ///
    /// # Errors
    /// As there.
    pub async fn ttl(&self, id: &str) -> Result<Option<Duration>> {
        self.in_place(|collection| collection.ttl(id)).await
    }

    /// See [`Collection::find`].
    pub fn find(&self, filter: impl IntoFilter) -> AsyncFind {
        AsyncFind(Find::of(self.0.clone(), filter.into_filter()))
    }

    /// See [`Collection::count`].
    ///
    /// # Errors
    /// As there.
    pub async fn count(&self, filter: impl IntoFilter) -> Result<u64> {
        self.find(filter).count().await
    }

    /// See [`Collection::create_index`].
    ///
    /// # Errors
    /// As there.
    pub async fn create_index(&self, index: Index) -> Result<bool> {
        let definition = index.into_definition()?;
        let work = move |engine: &Engine, inner: &Inner| engine.create_index(inner, &definition);
        elsewhere(&self.0, work).await
    }

    /// See [`Collection::drop_index`].
    ///
    /// # Errors
    /// As there.
    pub async fn drop_index(&self, name: &str) -> Result<bool> {
        let name = name.to_owned();
        elsewhere(&self.0, move |engine, inner| engine.drop_index(inner, &name)).await
    }
}

/// Has a shard's thread do something.
async fn elsewhere<R: Send + 'static>(
    collection: &Collection,
    work: impl FnOnce(&Engine, &Inner) -> Result<R> + Send + 'static,
) -> Result<R> {
    let (db, inner) = (collection.db.asynchronous(), collection.inner.clone());
    let awaited = db.read_sweep(move |engine| work(engine, &inner))?;
    let done = awaited.await;
    db.settle(done).await
}

impl AsyncFind {
    /// See [`Find::bind`].
    pub fn bind(&self, values: impl Parameters) -> AsyncFind {
        AsyncFind(self.0.bind(values))
    }

    /// See [`Find::order_by`].
    pub fn order_by(self, order: &str) -> AsyncFind {
        AsyncFind(self.0.order_by(order))
    }

    /// See [`Find::select`].
    pub fn select(self, paths: &str) -> AsyncFind {
        AsyncFind(self.0.select(paths))
    }

    /// See [`Find::limit`].
    pub fn limit(self, rows: usize) -> AsyncFind {
        AsyncFind(self.0.limit(rows))
    }

    /// See [`Find::offset`].
    pub fn offset(self, rows: usize) -> AsyncFind {
        AsyncFind(self.0.offset(rows))
    }

    /// See [`Find::after`].
    pub fn after(self, cursor: impl AsRef<str>) -> AsyncFind {
        AsyncFind(self.0.after(cursor))
    }

    /// See [`Find::timeout`].
    pub fn timeout(self, most: Duration) -> AsyncFind {
        AsyncFind(self.0.timeout(most))
    }

    async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Find) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let collection = self.0.collection();
        let find = self.0.by(collection.db.relaxed());
        elsewhere(collection, move |_, _| work(&find)).await
    }

    /// See [`Find::documents`].
    ///
    /// # Errors
    /// As there.
    pub async fn documents(&self) -> Result<Vec<Document>> {
        self.run(Find::documents).await
    }

    /// See [`Find::all`].
    ///
    /// # Errors
    /// As there.
    pub async fn all<T: DeserializeOwned + Send + 'static>(&self) -> Result<Vec<T>> {
        self.run(Find::all).await
    }

    /// See [`Find::first`].
    ///
    /// # Errors
    /// As there.
    pub async fn first<T: DeserializeOwned + Send + 'static>(&self) -> Result<Option<T>> {
        self.run(Find::first).await
    }

    /// See [`Find::page`].
    ///
    /// # Errors
    /// As there.
    pub async fn page<T: DeserializeOwned + Send + 'static>(&self) -> Result<Page<T>> {
        self.run(Find::page).await
    }

    /// See [`Find::ids`].
    ///
    /// # Errors
    /// As there.
    pub async fn ids(&self) -> Result<Vec<String>> {
        self.run(Find::ids).await
    }

    /// See [`Find::count`].
    ///
    /// # Errors
    /// As there.
    pub async fn count(&self) -> Result<u64> {
        self.run(Find::count).await
    }

    /// See [`Find::explain`].
    ///
    /// # Errors
    /// As there.
    pub async fn explain(&self) -> Result<Explain> {
        self.run(Find::explain).await
    }

    /// See [`Find::delete`].
    ///
    /// # Errors
    /// As there.
    pub async fn delete(&self) -> Result<u64> {
        self.run(Find::delete).await
    }

    /// See [`Find::update`].
    ///
    /// # Errors
    /// As there.
    pub async fn update(&self, update: &Update) -> Result<u64> {
        let update = update.clone();
        self.run(move |find| find.update(&update)).await
    }
}
