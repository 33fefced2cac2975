//! The same methods, awaited.
//!
//! What touches one document runs in place: no lease of a partition is held for longer than a
//! slice. What may take long is done by a shard's thread.

use std::fmt;
use std::time::Duration;

use crate::asynchronous::AsyncDatabase;
use crate::document::api::Page;
use crate::document::plan::explain::Explain;
use crate::engine::Done;
use crate::error::Result;
use crate::repository::document::{KoraDocument, Written};
use crate::repository::documents::Data;
use crate::repository::field::Field;
use crate::repository::filter::Where;
use crate::repository::handle::Repository;
use crate::repository::id::AsId;
use crate::repository::key::{Elements, Numeric, Operand, Optional};
use crate::repository::kind::{IndexServed, Served, Writable};
use crate::repository::open::{SchemaDiff, SchemaPolicy};
use crate::repository::order::OrderBy;
use crate::repository::query::Query;
use crate::repository::select::Selection;
use crate::repository::update::{Change, Patch, UpdateOne};

/// A handle whose methods are those of [`Repository`], to be awaited.
pub struct AsyncRepository<D: KoraDocument>(Repository<D>);

/// A query whose last methods are awaited; see [`Query`].
#[must_use = "a query does nothing until it is run"]
pub struct AsyncQuery<D: KoraDocument>(Query<D>);

/// A change of one document whose last methods are awaited; see [`UpdateOne`].
#[must_use = "nothing is changed before `apply`"]
pub struct AsyncUpdateOne<D: KoraDocument>(UpdateOne<D>);

impl<D: KoraDocument> Repository<D> {
    /// The same documents, with the same methods to be awaited.
    pub fn asynchronous(&self) -> AsyncRepository<D> {
        AsyncRepository(self.clone())
    }

    /// The same documents, with writes that do not wait for the disk.
    fn relaxed(&self) -> Repository<D> {
        let Data { db, collection } = &self.documents;
        Repository::new(Data { db: db.relaxed(), collection: collection.clone() })
    }

    /// Does something on this thread, and waits for the disk as long as the handle asks.
    async fn in_place<R>(&self, work: impl FnOnce(&Repository<D>) -> Result<R>) -> Result<R> {
        let relaxed = self.relaxed();
        let done = Done::of(|| work(&relaxed));
        self.documents.db.asynchronous().settle(done).await
    }

    /// Has a shard's thread do something.
    async fn elsewhere<R: Send + 'static>(
        &self,
        work: impl FnOnce(Repository<D>) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let (db, relaxed) = (self.documents.db.asynchronous(), self.relaxed());
        let awaited = db.read_sweep(move |_| work(relaxed))?;
        db.settle(awaited.await).await
    }
}

impl AsyncDatabase {
    /// See [`Database::repository`](crate::Database::repository).
    ///
    /// # Errors
    /// As there.
    pub async fn repository<D: KoraDocument>(&self) -> Result<AsyncRepository<D>> {
        self.repository_with(SchemaPolicy::Additive).await
    }

    /// See [`Database::repository_with`](crate::Database::repository_with).
    ///
    /// # Errors
    /// As there.
    pub async fn repository_with<D: KoraDocument>(
        &self,
        policy: SchemaPolicy,
    ) -> Result<AsyncRepository<D>> {
        if let Some(opened) = self.opened_with(policy) {
            return Ok(opened);
        }
        // What has to be built is built by this thread: there is no repository to wait for yet.
        let relaxed = self.synchronous().relaxed();
        let done = Done::of(|| relaxed.repository_with::<D>(policy));
        let opened = self.settle(done).await?;
        let Data { collection, .. } = opened.documents;
        let db = self.synchronous().clone();
        Ok(AsyncRepository(Repository::new(Data { db, collection })))
    }

    /// The documents of type `D`, if [`AsyncDatabase::repository`] has opened them before and their
    /// schema is what it was: at once, for whoever asks with each request.
    ///
    /// ```
    /// use kora::{Database, KoraDocument};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize, KoraDocument)]
    /// #[kora(collection = "users")]
    /// struct User {
    ///     #[kora(id)]
    ///     id: String,
    /// }
    ///
    /// let db = Database::in_memory();
    /// assert!(db.asynchronous().opened::<User>().is_none());
    /// db.repository::<User>()?;
    /// assert!(db.asynchronous().opened::<User>().is_some());
    /// # Ok::<(), kora::Error>(())
    /// ```
    #[inline]
    pub fn opened<D: KoraDocument>(&self) -> Option<AsyncRepository<D>> {
        self.opened_with(SchemaPolicy::Additive)
    }

    #[inline]
    fn opened_with<D: KoraDocument>(&self, policy: SchemaPolicy) -> Option<AsyncRepository<D>> {
        let db = self.synchronous();
        let collection = db.opened::<D>(policy)?;
        Some(AsyncRepository(Repository::new(Data { db: db.clone(), collection })))
    }

    /// See [`Database::schema_diff`](crate::Database::schema_diff).
    ///
    /// # Errors
    /// As there.
    pub async fn schema_diff<D: KoraDocument>(&self) -> Result<SchemaDiff> {
        self.synchronous().schema_diff::<D>()
    }
}

macro_rules! in_place {
    ($($(($($generic:tt)*))? $name:ident($($arg:ident: $Arg:ty),*) -> $Out:ty;)*) => {
        $(
            #[doc = concat!("See [`Repository::", stringify!($name), "`].")]
            ///
            /// # Errors
            /// As there.
            pub async fn $name$(<$($generic)*>)?(&self $(, $arg: $Arg)*) -> Result<$Out> {
                self.0.in_place(|repository| repository.$name($($arg),*)).await
            }
        )*
    };
}

impl<D: KoraDocument> AsyncRepository<D> {
    /// The same documents, for callers that do not await.
    pub fn synchronous(&self) -> &Repository<D> {
        &self.0
    }

    in_place! {
        insert(document: impl Written<D>) -> D::Id;
        insert_with_ttl(document: impl Written<D>, ttl: Duration) -> D::Id;
        (W: Written<D>) insert_many(documents: impl IntoIterator<Item = W>) -> Vec<D::Id>;
        save(document: impl Written<D>) -> D::Id;
        replace(document: impl Written<D>) -> D::Id;
        get(id: impl AsId<D::Id>) -> Option<D>;
        require(id: impl AsId<D::Id>) -> D;
        (A: AsId<D::Id>) get_many(ids: impl IntoIterator<Item = A>) -> Vec<Option<D>>;
        (P: Selection<D>) pluck(id: impl AsId<D::Id>, selection: P) -> Option<P::Row>;
        exists(id: impl AsId<D::Id>) -> bool;
        patch(id: impl AsId<D::Id>, patch: impl Patch<D>) -> bool;
        delete(id: impl AsId<D::Id>) -> bool;
        delete_version(id: impl AsId<D::Id>, version: u64) -> ();
        take(id: impl AsId<D::Id>) -> Option<D>;
        ttl(id: impl AsId<D::Id>) -> Option<Duration>;
        expire(id: impl AsId<D::Id>, ttl: Duration) -> bool;
        persist(id: impl AsId<D::Id>) -> bool;
    }

    /// See [`Repository::count`].
    ///
    /// # Errors
    /// As there.
    pub async fn count(&self) -> Result<u64> {
        self.0.elsewhere(|repository| repository.count()).await
    }

    /// See [`Repository::update`].
    pub fn update(&self, id: impl AsId<D::Id>) -> AsyncUpdateOne<D> {
        AsyncUpdateOne(self.0.update(id))
    }

    /// See [`Repository::find`].
    pub fn find<S: IndexServed>(&self, filter: Where<D, S>) -> AsyncQuery<D> {
        AsyncQuery(self.0.find(filter))
    }

    /// See [`Repository::scan`].
    pub fn scan<S: Served>(&self, filter: Where<D, S>) -> AsyncQuery<D> {
        AsyncQuery(self.0.scan(filter))
    }

    /// See [`Repository::all`].
    pub fn all(&self) -> AsyncQuery<D> {
        AsyncQuery(self.0.all())
    }

    /// See [`Repository::where_raw`].
    pub fn where_raw(&self, condition: &str) -> AsyncQuery<D> {
        AsyncQuery(self.0.where_raw(condition))
    }
}

macro_rules! steps {
    ($Of:ident: $($(($($generic:tt)*))? $name:ident($($arg:ident: $Arg:ty),*);)*) => {
        $(
            #[doc = concat!("See [`", stringify!($Of), "::", stringify!($name), "`].")]
            pub fn $name$(<$($generic)*>)?(self $(, $arg: $Arg)*) -> Self {
                Self(self.0.$name($($arg),*))
            }
        )*
    };
}

macro_rules! ends {
    ($($(($($generic:tt)*))? $name:ident($($arg:ident: $Arg:ty),*) -> $Out:ty;)*) => {
        $(
            #[doc = concat!("See [`Query::", stringify!($name), "`].")]
            ///
            /// # Errors
            /// As there.
            pub async fn $name$(<$($generic)*>)?(&self $(, $arg: $Arg)*) -> Result<$Out> {
                let query = self.0.clone();
                let work = move |repository| {
                    let query = Query { repository, ..query };
                    query.$name($($arg),*)
                };
                self.0.repository.elsewhere(work).await
            }
        )*
    };
}

impl<D: KoraDocument> AsyncQuery<D> {
    steps! { Query:
        (S: Served) and(filter: Where<D, S>);
        (S: Served) and_opt(filter: Option<Where<D, S>>);
        order_by(order: OrderBy<D>);
        limit(rows: usize);
        offset(rows: usize);
        after(cursor: impl AsRef<str>);
        timeout(most: Duration);
    }

    ends! {
        all() -> Vec<D>;
        first() -> Option<D>;
        one() -> D;
        ids() -> Vec<D::Id>;
        page(rows: usize) -> Page<D>;
        count() -> u64;
        exists() -> bool;
        (P: Selection<D>) select(selection: P) -> Vec<P::Row>;
        delete_all() -> u64;
        explain() -> Explain;
    }

    /// See [`Query::update_all`].
    ///
    /// # Errors
    /// As there.
    pub async fn update_all(&self, change: &Change<D>) -> Result<u64> {
        let (query, change) = (self.0.clone(), change.clone());
        let work = move |repository| Query { repository, ..query }.update_all(&change);
        self.0.repository.elsewhere(work).await
    }
}

impl<D: KoraDocument> AsyncUpdateOne<D> {
    steps! { UpdateOne:
        (T, I: Writable, V: Operand<T>) set(field: Field<D, T, I>, value: V);
        (T: Optional, I: Writable) unset(field: Field<D, T, I>);
        (T: Numeric, I: Writable) add(field: Field<D, T, I>, delta: T::Delta);
        (T: Elements, I: Writable, V: Operand<T::Item>) push(field: Field<D, T, I>, element: V);
        (T: Elements, I: Writable, V: Operand<T::Item>) pull(field: Field<D, T, I>, element: V);
        (S: Served) only_if(filter: Where<D, S>);
        if_version(version: u64);
        with(change: &Change<D>);
    }

    /// See [`UpdateOne::apply`].
    ///
    /// # Errors
    /// As there.
    pub async fn apply(&self) -> Result<bool> {
        let repository = self.0.repository();
        repository.in_place(|repository| self.0.on(repository).apply()).await
    }

    /// See [`UpdateOne::fetch`].
    ///
    /// # Errors
    /// As there.
    pub async fn fetch(&self) -> Result<Option<D>> {
        let repository = self.0.repository();
        repository.in_place(|repository| self.0.on(repository).fetch()).await
    }
}

impl<D: KoraDocument> Clone for AsyncRepository<D> {
    fn clone(&self) -> Self {
        AsyncRepository(self.0.clone())
    }
}

impl<D: KoraDocument> Clone for AsyncQuery<D> {
    fn clone(&self) -> Self {
        AsyncQuery(self.0.clone())
    }
}

impl<D: KoraDocument> Clone for AsyncUpdateOne<D> {
    fn clone(&self) -> Self {
        AsyncUpdateOne(self.0.clone())
    }
}

impl<D: KoraDocument> fmt::Debug for AsyncRepository<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncRepository").field(&self.0).finish()
    }
}

impl<D: KoraDocument> fmt::Debug for AsyncQuery<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncQuery").field(&self.0).finish()
    }
}

impl<D: KoraDocument> fmt::Debug for AsyncUpdateOne<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncUpdateOne").field(&self.0).finish()
    }
}
