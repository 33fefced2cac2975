//! The same database for asynchronous callers: the same methods, awaited.
//!
//! A call runs in place when its stripes are free, which is nearly always. When one is busy
//! the job is queued on the shard's thread, so that an executor's thread never waits for a
//! lease. No runtime is needed: the futures are plain.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::database::Database;
use crate::engine::blocking::{Slot, WaitOp};
use crate::engine::snapshot::Snapshot;
use crate::engine::waiters::WaitKeys;
use crate::engine::{Awaited, Done, Engine, Transaction, answer};
use crate::error::{Error, Result};
use crate::keyspace::key::OwnedKey;
use crate::keyspace::{Key, Keyspace, STRIPES};
use crate::random;
use crate::storage::{Log, Lsn};

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

    /// A handle whose writes are ready when the disk has them; see [`Database::durable`].
    pub fn durable(&self) -> AsyncDatabase {
        AsyncDatabase(self.0.durable())
    }

    /// A handle whose writes do not wait for the disk; see [`Database::relaxed`].
    pub fn relaxed(&self) -> AsyncDatabase {
        AsyncDatabase(self.0.relaxed())
    }

    /// Ready when the disk has everything that was written before the call.
    ///
    /// # Errors
    /// As [`Database::sync`].
    pub async fn sync(&self) -> Result<()> {
        match self.0.engine().disk() {
            None => Ok(()),
            Some(log) => Durable::before(log, log.end()).await,
        }
    }

    /// Takes a snapshot, on a thread of its own; see [`Database::snapshot`].
    ///
    /// # Errors
    /// As [`Database::snapshot`].
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let (sender, awaited) = answer();
        let db = self.0.clone();
        std::thread::Builder::new()
            .name("kora-snapshot".to_owned())
            .spawn(move || sender.send(Done::of(|| db.snapshot())))
            .map_err(|source| Error::Thread { kind: source.kind() })?;
        awaited.await.result
    }

    pub(crate) fn number(&self) -> u8 {
        self.0.database_number()
    }

    /// Runs a job that only reads one key in place, if its stripe is free.
    pub(crate) fn read<R>(
        &self,
        key: &Key<'_>,
        job: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Option<Done<R>> {
        Done::tried(|| self.0.engine().try_on(self.number(), key, job))
    }

    /// Runs a job that may write one key in place, if its stripe is free.
    pub(crate) fn write<R>(
        &self,
        key: &Key<'_>,
        job: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Option<Done<R>> {
        Done::tried(|| {
            let prepared = self.0.engine().prepare_write();
            prepared.map_or_else(
                |error| Some(Err(error)),
                |()| self.0.engine().try_on(self.number(), key, job),
            )
        })
    }

    /// Runs a job that only reads several keys in place, if all their stripes are free.
    pub(crate) fn read_together<R>(
        &self,
        keys: &[&Key<'_>],
        job: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Option<Done<R>> {
        let keys = keys.iter().copied();
        Done::tried(|| self.0.engine().try_together(self.number(), keys, job))
    }

    /// Runs a job that may write several keys in place, if all their stripes are free.
    pub(crate) fn write_together<R>(
        &self,
        keys: &[&Key<'_>],
        job: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Option<Done<R>> {
        Done::tried(|| {
            let prepared = self.0.engine().prepare_write();
            prepared.map_or_else(
                |error| Some(Err(error)),
                |()| self.0.engine().try_together(self.number(), keys.iter().copied(), job),
            )
        })
    }

    /// Queues a task that only reads the numbered database as a whole.
    pub(crate) fn read_sweep<R: Send + 'static>(
        &self,
        task: impl FnOnce(&Engine) -> Result<R> + Send + 'static,
    ) -> Result<Awaited<R>> {
        self.submit(random::below(STRIPES), task)
    }

    /// Queues a task that may write in the numbered database as a whole.
    pub(crate) fn write_sweep<R: Send + 'static>(
        &self,
        task: impl FnOnce(&Engine) -> Result<R> + Send + 'static,
    ) -> Result<Awaited<R>> {
        self.0.engine().prepare_write()?;
        self.submit(random::below(STRIPES), task)
    }

    /// Waits until what a job has written is as durable as this handle asks.
    pub(crate) async fn settle<R>(&self, done: Done<R>) -> Result<R> {
        self.durable_at(done.appended).await?;
        done.result
    }

    /// Does something with some keys, or waits until the first so many of them, or all, have
    /// something for it.
    pub(crate) async fn wait<R: Send + 'static>(
        &self,
        keys: Vec<OwnedKey>,
        waited: Option<usize>,
        op: impl WaitOp<R>,
        time: Option<Duration>,
    ) -> Result<Option<R>> {
        let (slot, number) = (Slot::new(), self.number());
        let waited = waited.unwrap_or(keys.len());
        // If this is dropped from here on, nobody waits.
        let wait = self.0.engine().wait(&slot);
        let mut op = Some(op);
        let tried = {
            let keys: Vec<Key<'_>> = keys.iter().map(OwnedKey::key).collect();
            let on = WaitKeys { number, keys: &keys, waited };
            Done::tried(|| self.0.engine().try_begin_to_wait(on, &mut op, &slot))
        };
        let begun = match (tried, op) {
            (None, Some(op)) => {
                let stripe = keys.first().map_or(0, |key| key.key().stripe());
                let awaited = self.submit(stripe, move |engine| {
                    let keys: Vec<Key<'_>> = keys.iter().map(OwnedKey::key).collect();
                    engine.begin_to_wait(WaitKeys { number, keys: &keys, waited }, op, &slot)
                })?;
                awaited.await
            }
            (Some(done), _) => done,
            (None, None) => unreachable!("what was not tried is left"),
        };
        if let Ok(None) = begun.result {
            time.map_or(Ok(()), |time| wait.ring_after(time))?;
            return self.settle(wait.await).await;
        }
        self.settle(begun).await
    }

    /// Ready when what was appended is as durable as this handle asks.
    pub(crate) fn durable_at(&self, appended: Lsn) -> Durable {
        match (self.0.waits(), self.0.engine().disk()) {
            (true, Some(log)) => Durable::before(log, appended),
            _ => Durable(None),
        }
    }

    /// Queues a task on the shard of a stripe.
    pub(crate) fn submit<R: Send + 'static>(
        &self,
        stripe: usize,
        task: impl FnOnce(&Engine) -> Result<R> + Send + 'static,
    ) -> Result<Awaited<R>> {
        let (sender, awaited) = answer();
        self.0
            .engine()
            .submit(stripe, Box::new(move |engine| sender.send(Done::of(|| task(engine)))))?;
        Ok(awaited)
    }
}

/// Ready when the disk has everything before a place of a log; at once when there is no log.
pub(crate) struct Durable(Option<(Arc<Log>, Lsn)>);

impl Durable {
    fn before(log: &Arc<Log>, lsn: Lsn) -> Durable {
        Durable(Some((Arc::clone(log), lsn)))
    }
}

impl Future for Durable {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let Some((log, lsn)) = &self.0 else { return Poll::Ready(Ok(())) };
        if log.durable() >= *lsn {
            return Poll::Ready(Ok(()));
        }
        match log.wake(*lsn, context.waker()) {
            Ok(true) => Poll::Pending,
            Ok(false) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl fmt::Debug for AsyncDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncDatabase").field(&self.0).finish()
    }
}
