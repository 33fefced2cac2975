//! The one value that a request carries, and where it is found.

use std::ops::Deref;

use http::request::Parts;
use http::{Extensions, Request};
use kora::{AsyncDatabase, Database};

/// The database of a service: a handle whose methods are awaited, cheap to clone.
///
/// It is an [`AsyncDatabase`], so `kora.get("k").await?` is all there is to say. As an extractor it
/// takes what [`KoraLayer`](crate::KoraLayer) has put into the request; `Option<Kora>` is `None`
/// where there is no layer.
///
/// What a handler writes returns as [`Config::durability`](kora::Config::durability) says; for a
/// request that must be on disk before it is answered there is `kora.durable()`.
#[derive(Clone, Debug)]
pub struct Kora(AsyncDatabase);

impl Kora {
    /// A handle of a database.
    pub fn new(db: &Database) -> Kora {
        Kora(db.asynchronous())
    }

    /// The database, for callers that do not await.
    pub fn database(&self) -> &Database {
        self.0.synchronous()
    }

    /// The handle without its name.
    pub fn into_inner(self) -> AsyncDatabase {
        self.0
    }
}

impl Deref for Kora {
    type Target = AsyncDatabase;

    fn deref(&self) -> &AsyncDatabase {
        &self.0
    }
}

impl From<AsyncDatabase> for Kora {
    fn from(db: AsyncDatabase) -> Kora {
        Kora(db)
    }
}

impl From<Database> for Kora {
    fn from(db: Database) -> Kora {
        Kora::new(&db)
    }
}

impl From<&Database> for Kora {
    fn from(db: &Database) -> Kora {
        Kora::new(db)
    }
}

/// What carries the database: requests, their parts, and their extensions, which is how services
/// that are no handlers of axum find it.
///
/// ```
/// use http::Request;
/// use kora::Database;
/// use kora_tower::{KoraExtension, KoraLayer};
/// use tower::{Layer, ServiceExt, service_fn};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let hello = service_fn(async |request: Request<()>| {
///     let kora = request.kora().expect("the layer is outside of this service");
///     kora.incr("hellos").await
/// });
/// let service = KoraLayer::new(Database::in_memory()).layer(hello);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait KoraExtension {
    /// The database that a [`KoraLayer`](crate::KoraLayer) has put in.
    fn kora(&self) -> Option<&Kora>;
}

impl KoraExtension for Extensions {
    fn kora(&self) -> Option<&Kora> {
        self.get::<Kora>()
    }
}

impl KoraExtension for Parts {
    fn kora(&self) -> Option<&Kora> {
        self.extensions.kora()
    }
}

impl<B> KoraExtension for Request<B> {
    fn kora(&self) -> Option<&Kora> {
        self.extensions().kora()
    }
}
