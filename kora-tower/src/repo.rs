//! Typed documents for handlers.

use std::fmt;
use std::ops::Deref;

use kora::{AsyncRepository, KoraDocument, Result};

use crate::Kora;

/// The documents of type `D`: an [`AsyncRepository`] that handlers are given.
///
/// As an extractor it opens the collection of the database that
/// [`KoraLayer`](crate::KoraLayer) has put into the request; the first time compares schemas and
/// may make indexes, and from then on it costs a look at a list, with no name and no schema
/// compared. Open each type once before serving, so that what does not fit stops the start.
///
/// Or a router's state has it, and handlers take `State<Repo<D>>`: then the compiler knows that it
/// is there, and it was opened before there was a router.
///
/// ```
/// use axum::Router;
/// use axum::extract::{FromRef, State};
/// use axum::routing::get;
/// use kora::{Database, KoraDocument};
/// use kora_tower::{Kora, Repo};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, KoraDocument)]
/// #[kora(collection = "users")]
/// struct User {
///     #[kora(id)]
///     id: String,
/// }
///
/// #[derive(Clone)] // with axum's feature `macros`: #[derive(Clone, FromRef)], and that is all
/// struct App {
///     users: Repo<User>,
/// }
///
/// impl FromRef<App> for Repo<User> {
///     fn from_ref(app: &App) -> Repo<User> {
///         app.users.clone()
///     }
/// }
///
/// async fn count(State(users): State<Repo<User>>) -> kora::Result<String> {
///     Ok(users.count().await?.to_string())
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let kora = Kora::new(&Database::in_memory());
/// let app = App { users: Repo::open(&kora).await? };
/// let router: Router = Router::new().route("/users", get(count)).with_state(app);
/// # Ok::<(), kora::Error>(())
/// # }).unwrap();
/// ```
pub struct Repo<D: KoraDocument>(AsyncRepository<D>);

impl<D: KoraDocument> Repo<D> {
    /// Opens the documents of type `D`; see
    /// [`Database::repository`](kora::Database::repository).
    ///
    /// # Errors
    /// As there.
    pub async fn open(kora: &Kora) -> Result<Repo<D>> {
        kora.repository::<D>().await.map(Repo)
    }

    /// The repository without its name.
    pub fn into_inner(self) -> AsyncRepository<D> {
        self.0
    }
}

impl<D: KoraDocument> Deref for Repo<D> {
    type Target = AsyncRepository<D>;

    fn deref(&self) -> &AsyncRepository<D> {
        &self.0
    }
}

impl<D: KoraDocument> From<AsyncRepository<D>> for Repo<D> {
    fn from(repository: AsyncRepository<D>) -> Repo<D> {
        Repo(repository)
    }
}

impl<D: KoraDocument> Clone for Repo<D> {
    fn clone(&self) -> Repo<D> {
        Repo(self.0.clone())
    }
}

impl<D: KoraDocument> fmt::Debug for Repo<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Repo").field(&self.0).finish()
    }
}
