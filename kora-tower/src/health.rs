//! Routes that say how the service is: whether it lives, and whether to send it requests.
//!
//! Put them outside of layers that limit or authenticate: who asks is the machinery around the
//! service.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::routing::get;
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use kora::{Health, Problem};

use crate::Kora;

/// Whether the service is to be sent requests. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Readiness {
    kora: Kora,
    is_leaving: Arc<AtomicBool>,
}

impl Readiness {
    /// Of a service that is ready as long as its database can write.
    pub fn new(kora: impl Into<Kora>) -> Readiness {
        Readiness { kora: kora.into(), is_leaving: Arc::new(AtomicBool::new(false)) }
    }

    /// Says from now on that the service is not ready, because it is about to end.
    pub fn leave(&self) {
        self.is_leaving.store(true, Ordering::Release);
    }

    /// Whether requests are welcome.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), Problem> {
        let unready = |title| Problem::new(StatusCode::SERVICE_UNAVAILABLE, title);
        if self.is_leaving.load(Ordering::Acquire) {
            return Err(unready("The service is ending"));
        }
        match self.kora.database().health() {
            Health::DiskFull => Err(unready("The disk is full")),
            Health::Failed(error) => Err(error.into()),
            // It writes. That snapshots fail is for people to know, not for a balancer.
            Health::Good | Health::NoSnapshot(_) | _ => Ok(()),
        }
    }
}

/// Two routes: `/livez` is 200 as long as the process answers at all, `/readyz` when requests are
/// welcome and 503 with the reason when not.
///
/// ```
/// use axum::Router;
/// use kora::Database;
/// use kora_tower::{Readiness, health};
///
/// let db = Database::in_memory();
/// let app: Router = Router::new().merge(health(Readiness::new(&db)));
/// ```
pub fn health<S: Clone + Send + Sync + 'static>(readiness: Readiness) -> Router<S> {
    let ready = move || {
        let checked = readiness.check();
        async move { answer(checked) }
    };
    Router::new().route("/livez", get(async || "ok\n")).route("/readyz", get(ready))
}

fn answer(checked: Result<(), Problem>) -> Response {
    checked.map(|()| "ok\n").into_response()
}
