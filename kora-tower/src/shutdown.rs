//! The end of a service, in the order in which nothing that was answered is lost: readiness off,
//! requests ended, listeners closed, log synced.

use std::future::{Future, IntoFuture};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use kora::Server;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::{Kora, Readiness};

/// Ends a service in order. Cheap to clone; all clones are one.
///
/// [`Shutdown::begin`], which a signal calls, does the first step: the service says that it is not
/// ready. When balancers have had time to see that ([`Shutdown::grace`]), requests under way are
/// waited for, as long as patience lasts; then Redis clients are answered and let go; then the log
/// is synced, and [`Shutdown::run`] returns.
///
/// ```
/// use axum::{Router, routing::get};
/// use kora::Database;
/// use kora_tower::{Kora, KoraLayer, Shutdown, health};
///
/// # async fn terminated() {}
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let db = Database::in_memory();
/// let redis = db.listen("127.0.0.1:0")?;
/// let shutdown = Shutdown::new(&db);
///
/// let app: Router = Router::new()
///     .route("/visits", get(async |kora: Kora| -> kora::Result<String> {
///         Ok(kora.incr("visits").await?.to_string())
///     }))
///     .layer(KoraLayer::new(&db))
///     .merge(health(shutdown.readiness()));
///
/// let signal = shutdown.clone();
/// tokio::spawn(async move {
///     terminated().await; // SIGTERM, or Ctrl-C
///     signal.begin();
/// });
///
/// let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let http = axum::serve(socket, app).with_graceful_shutdown(shutdown.closing());
/// shutdown.run(http, [redis]).await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Shutdown {
    kora: Kora,
    readiness: Readiness,
    stage: Arc<watch::Sender<Stage>>,
    grace: Duration,
    patience: Duration,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Serving,
    Leaving,
    Closing,
}

/// How a service has ended; see [`Shutdown::run`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// Whether every request was answered; if not, patience ran out.
    pub answered_all: bool,
}

impl Shutdown {
    /// The end of a service of this database. Requests are waited for 30 seconds, as long as
    /// orchestrators commonly wait before they kill; there is no grace before.
    pub fn new(kora: impl Into<Kora>) -> Shutdown {
        let kora = kora.into();
        let readiness = Readiness::new(kora.clone());
        let stage = Arc::new(watch::Sender::new(Stage::Serving));
        let (grace, patience) = (Duration::ZERO, Duration::from_secs(30));
        Shutdown { kora, readiness, stage, grace, patience }
    }

    /// How long requests are still accepted by a service that says it is not ready, so that
    /// whoever sends them can see that. Default: not at all.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Shutdown {
        Shutdown { grace, ..self }
    }

    /// How long requests under way are waited for. Default: 30 seconds.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Shutdown {
        Shutdown { patience, ..self }
    }

    /// What [`health`](fn@crate::health) says of the service.
    pub fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    /// Begins the end. Again, it does nothing.
    pub fn begin(&self) {
        self.readiness.leave();
        self.advance(Stage::Leaving);
    }

    /// Ready when the end has begun: for whoever should begin nothing long from then on.
    pub fn begun(&self) -> impl Future<Output = ()> + Send + use<> {
        self.reaches(Stage::Leaving)
    }

    /// Ready when requests are accepted no more, after the grace: for the HTTP server, and for
    /// streams that would never end by themselves.
    pub fn closing(&self) -> impl Future<Output = ()> + Send + use<> {
        self.reaches(Stage::Closing)
    }

    /// Serves until the end, and ends in order. `http` is a server that stops by itself, with all
    /// requests answered, when [`Shutdown::closing`] is ready.
    ///
    /// # Errors
    /// What `http` fails with, before the end too: everything is closed and synced then as well.
    /// What the disk fails with.
    pub async fn run<H>(
        self,
        http: H,
        listeners: impl IntoIterator<Item = Server>,
    ) -> io::Result<Ended>
    where
        H: IntoFuture<Output = io::Result<()>>,
    {
        let mut http = pin!(http.into_future());
        let served = tokio::select! {
            served = &mut http => Some(served),
            () = self.leave() => None,
        };
        self.readiness.leave();
        self.advance(Stage::Closing);
        let (answered_all, served) = match served {
            Some(served) => (true, served),
            None => match timeout(self.patience, http).await {
                Ok(served) => (true, served),
                Err(_elapsed) => (false, Ok(())),
            },
        };
        let listeners: Vec<Server> = listeners.into_iter().collect();
        // It waits for threads that answer what was asked.
        spawn_blocking(move || listeners.into_iter().for_each(Server::shutdown)).await?;
        self.kora.sync().await.map_err(io::Error::other)?;
        served.map(|()| Ended { answered_all })
    }

    /// Ready when the end has begun and the grace is over.
    async fn leave(&self) {
        self.begun().await;
        sleep(self.grace).await;
    }

    fn advance(&self, to: Stage) {
        self.stage.send_if_modified(|stage| {
            let is_new = *stage < to;
            *stage = (*stage).max(to);
            is_new
        });
    }

    fn reaches(&self, stage: Stage) -> impl Future<Output = ()> + Send + use<> {
        let mut now = self.stage.subscribe();
        let sender = Arc::clone(&self.stage);
        async move {
            let reached = now.wait_for(|now| *now >= stage).await;
            reached.expect("the sender is kept until then");
            drop(sender);
        }
    }
}
