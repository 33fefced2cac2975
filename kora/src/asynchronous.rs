//! The same database for asynchronous callers: the same methods, awaited.
//!
//! A call runs in place when its stripes are free, which is nearly always. When one is busy
//! the job is queued on the shard's thread, so that an executor's thread never waits for a
//! lease. No runtime is needed: the futures are plain.

use std::fmt;

use crate::command::Run;
use crate::command::command::Command;
use crate::command::dispatch::Call;
use crate::command::response::CommandResponse;
use crate::database::Database;
use crate::engine::{Awaited, Engine, Transaction, answer};
use crate::error::Result;
use crate::keyspace::{Key, Keyspace, STRIPES};
use crate::random;

/// A handle whose methods are those of [`Database`], to be awaited.
///
/// A future that is dropped before it was polled does nothing; one that is dropped while its
/// job is queued leaves the job to be done.
///
/// ```
/// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
/// # fn block_on<F: Future>(f: F) -> F::Output {
/// #     let mut f = pin!(f);
/// #     loop { if let Poll::Ready(v) = f.as_mut().poll(&mut Context::from_waker(Waker::noop())) { return v } }
/// # }
/// # block_on(async {
/// let db = kora::Database::in_memory().asynchronous();
/// db.set("greeting", "hello").await?;
/// assert_eq!(db.strlen("greeting").await?, 5);
/// # Ok::<(), kora::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct AsyncDatabase(Database);

impl AsyncDatabase {
    pub(crate) fn new(db: Database) -> AsyncDatabase {
        AsyncDatabase(db)
    }

    /// The same database, for callers that do not await.
    pub fn synchronous(&self) -> &Database {
        &self.0
    }

    /// A handle to another numbered database; see [`Database::select`].
    ///
    /// # Errors
    /// When `number` is not below [`Config::database_count`](crate::Config::database_count).
    pub fn select(&self, number: usize) -> Result<AsyncDatabase> {
        self.0.select(number).map(AsyncDatabase)
    }

    /// Runs a command; see [`Database::execute`].
    ///
    /// # Errors
    /// What Redis would answer as an error.
    pub async fn execute(&self, command: Command) -> Result<CommandResponse> {
        let awaited = {
            let call = Call::find(command.words()?)?;
            if let Some(answer) = call.try_run(self.0.engine(), self.number()) {
                return answer;
            }
            let stripe = match call.spec.run {
                Run::Sweep(_) => random::below(STRIPES),
                Run::Key(_) | Run::Together(_) | Run::Table(_) | Run::Container => {
                    call.key().map_or(0, |(_, key)| key.stripe())
                }
            };
            let number = self.number();
            self.submit(stripe, move |engine| Call::find(command.words()?)?.run(engine, number))?
        };
        awaited.await
    }

    pub(crate) fn number(&self) -> u8 {
        self.0.database_number()
    }

    /// Runs a job on one key in place, if its stripe is free.
    pub(crate) fn try_on<R>(
        &self,
        key: &Key<'_>,
        job: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Option<Result<R>> {
        self.0.engine().make_room();
        self.0.engine().try_on(self.number(), key, job)
    }

    /// Runs a job on several keys in place, if all their stripes are free.
    pub(crate) fn try_together<R>(
        &self,
        keys: &[&Key<'_>],
        job: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Option<Result<R>> {
        self.0.engine().make_room();
        self.0.engine().try_together(self.number(), keys.iter().copied(), job)
    }

    /// Queues a task on the shard of a stripe.
    pub(crate) fn submit<R: Send + 'static>(
        &self,
        stripe: usize,
        task: impl FnOnce(&Engine) -> Result<R> + Send + 'static,
    ) -> Result<Awaited<R>> {
        let (sender, awaited) = answer();
        self.0.engine().submit(stripe, Box::new(move |engine| sender.send(task(engine))))?;
        Ok(awaited)
    }

    /// Queues a task that belongs to no stripe.
    pub(crate) fn submit_anywhere<R: Send + 'static>(
        &self,
        task: impl FnOnce(&Engine) -> Result<R> + Send + 'static,
    ) -> Result<Awaited<R>> {
        self.submit(random::below(STRIPES), task)
    }
}

impl fmt::Debug for AsyncDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncDatabase").field(&self.0).finish()
    }
}
