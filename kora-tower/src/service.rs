//! The engine as a service of commands.

use std::task::{Context, Poll};

use kora::{AsyncDatabase, Command, CommandResponse, Error, Execution};
use tower_service::Service;

use crate::Kora;

/// The engine as a [`Service`]: a [`Command`] goes in, a [`CommandResponse`] comes out.
///
/// So whatever Tower has for services wraps the engine itself: time limits, limits of concurrency,
/// load shedding, retries, and layers of one's own. It is always ready; a limit on how much may
/// be under way is what `ConcurrencyLimit` and `LoadShed` are for. A command that is given up, by a
/// time limit, may have been done all the same: the time may have gone by while the disk was waited
/// for.
///
/// ```
/// use std::time::Duration;
///
/// use kora::{CommandResponse, Database, cmd};
/// use kora_tower::KoraService;
/// use tower::{Service, ServiceBuilder, ServiceExt};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let mut engine = ServiceBuilder::new()
///     .load_shed()
///     .concurrency_limit(64)
///     .timeout(Duration::from_millis(50))
///     .service(KoraService::new(Database::in_memory()));
///
/// let reply = engine.ready().await?.call(cmd!("INCR", "visits")).await?;
/// assert_eq!(reply, CommandResponse::Integer(1));
/// # Ok::<(), tower::BoxError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Debug)]
pub struct KoraService {
    db: AsyncDatabase,
}

impl KoraService {
    /// The engine of this database.
    pub fn new(kora: impl Into<Kora>) -> KoraService {
        KoraService { db: kora.into().into_inner() }
    }
}

impl Service<Command> for KoraService {
    type Response = CommandResponse;
    type Error = Error;
    type Future = Execution;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, command: Command) -> Execution {
        self.db.clone().into_execution(command)
    }
}
