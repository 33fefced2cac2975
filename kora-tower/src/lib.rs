//! Kora in Tower and axum services.
//!
//! [`KoraLayer`] puts the database into every request; the extractors [`Kora`] and [`Repo`] take
//! it out again, for handlers with any state:
//!
//! ```
//! # #[cfg(feature = "axum")]
//! # fn example() -> kora::Result<()> {
//! use axum::{Json, Router, extract::Path, routing::get};
//! use kora::{Database, Error, KoraDocument};
//! use kora_tower::{Kora, KoraLayer, Repo};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize, KoraDocument)]
//! #[kora(collection = "users")]
//! struct User {
//!     #[kora(id)]
//!     id: String,
//!     #[kora(index)]
//!     city: String,
//! }
//!
//! async fn in_city(users: Repo<User>, Path(city): Path<String>) -> kora::Result<Json<Vec<User>>> {
//!     let f = User::fields();
//!     Ok(Json(users.find(f.city.eq(&city)).limit(20).all().await?))
//! }
//!
//! async fn visit(kora: Kora) -> Result<String, Error> {
//!     Ok(kora.incr("visits").await?.to_string())
//! }
//!
//! let db = Database::in_memory();
//! db.repository::<User>()?; // what does not fit stops the start, and no request
//! let app: Router = Router::new()
//!     .route("/cities/{city}", get(in_city))
//!     .route("/visits", get(visit))
//!     .layer(KoraLayer::new(db));
//! # Ok(())
//! # }
//! ```
//!
//! What is handed out is the awaited view: a handler never keeps its runtime's thread waiting for
//! the disk. Errors of Kora are answers, with a status and a document of problem+json: see
//! `kora::Problem`.
//!
//! | feature | adds |
//! |---|---|
//! | `axum` (default) | the extractors [`Kora`] and [`Repo`], refusals as answers |
//! | `router` | `Doc`: a document by the id in the path, with `ETag` and `If-Match`; health routes |
//! | `server` | `LayerCommands`: layers over the commands that clients of the listener send |
//! | `shutdown` | `Shutdown`: readiness off, requests ended, listener closed, log synced |
//! | `tracing` | `TraceCommandsLayer`: a span for each command |
//!
//! [`KoraService`] is the engine as a service of commands, for layers that know nothing of HTTP:
//! time limits, load shedding, retries. The same layers stand between Redis clients and the engine by
//! `LayerCommands`.
//!
//! The futures of this crate are plain: none is boxed, but for that of the first request that opens a
//! type, and all that a request allocates is the one extension.

mod handle;
mod layer;
mod service; // the engine as a service of commands

#[cfg(feature = "router")]
mod document; // documents by the id in the path
#[cfg(feature = "axum")]
mod extract; // taking out of a request what the layer put in
#[cfg(feature = "router")]
mod health; // routes that say how the database is
#[cfg(feature = "axum")]
mod rejection; // why nothing could be taken out
#[cfg(feature = "axum")]
mod repo;
#[cfg(feature = "server")]
mod server; // layers over the commands of Redis clients
#[cfg(feature = "shutdown")]
mod shutdown;
#[cfg(feature = "tracing")]
mod trace;

#[cfg(feature = "router")]
pub use document::{Doc, DocRejection};
pub use handle::{Kora, KoraExtension};
#[cfg(feature = "router")]
pub use health::{Readiness, health};
pub use layer::{KoraLayer, WithKora};
#[cfg(feature = "axum")]
pub use rejection::KoraRejection;
#[cfg(feature = "axum")]
pub use repo::Repo;
#[cfg(feature = "server")]
pub use server::{LayerCommands, SessionService};
pub use service::KoraService;
#[cfg(feature = "shutdown")]
pub use shutdown::{Ended, Shutdown};
#[cfg(feature = "tracing")]
pub use trace::{TraceCommands, TraceCommandsLayer, TracedCommand};
