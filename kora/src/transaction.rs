//! Transactions: several steps that happen together or not at all.

use std::fmt;
use std::sync::Arc;

use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};

use crate::asynchronous::AsyncDatabase;
use crate::command::command::Command;
use crate::command::dispatch::Call;
use crate::command::response::CommandResponse;
use crate::database::Database;
use crate::document::api::TransactionCollection;
use crate::engine::Done;
use crate::engine::attempt::{Attempt, TRIES};
use crate::error::{Error, Result};

/// What a transaction sees and does; see [`Database::transaction`].
///
/// It has the methods of [`Database`] on keys, and collections. Nobody else sees what it writes
/// before it ends; it sees its own writes, and else the data as they were when it first touched
/// them.
pub struct Transaction<'d> {
    attempt: SharedAttempt<'d>,
}

/// An attempt that several handles of one transaction work on, one at a time, from any thread. It is
/// gone when the transaction has ended.
#[derive(Clone, Debug)]
pub(crate) struct SharedAttempt<'d>(Arc<Mutex<Option<Attempt<'d>>>>);

impl<'d> SharedAttempt<'d> {
    fn new(attempt: Attempt<'d>) -> Self {
        SharedAttempt(Arc::new(Mutex::new(Some(attempt))))
    }

    /// The attempt, while nobody else works on it.
    pub(crate) fn lend(&self) -> MappedMutexGuard<'_, Attempt<'d>> {
        MutexGuard::map(self.0.lock(), |attempt| {
            attempt.as_mut().expect("handles do not outlive their transaction")
        })
    }

    fn end(&self) -> Attempt<'d> {
        self.0.lock().take().expect("a transaction ends once")
    }
}

impl Database {
    /// Does several steps as one: they all happen, or none does, and nobody sees a part of them.
    ///
    /// `work` reads and writes through the [`Transaction`] it is given. At the end everything that
    /// it has read is looked at again, under all leases; if anything is different, `work` is called
    /// again from the beginning. So it may be called several times, and should do nothing else. When
    /// it returns an error, nothing happens. Transactions are serializable: their result is that of
    /// one after the other. Documents, collections and keys of any type may be mixed.
    ///
    /// A key that is touched is copied: O(size of its value), twice.
    ///
    /// ```
    /// use kora::{Database, Error};
    ///
    /// let db = Database::in_memory();
    /// db.mset([("ann", "100"), ("bob", "20")])?;
    /// db.transaction(|tx| {
    ///     tx.decrby("ann", 30)?;
    ///     tx.incrby("bob", 30)?;
    ///     tx.rpush("transfers", ["ann to bob: 30"])?;
    ///     Ok(())
    /// })?;
    /// assert_eq!(db.mget(["ann", "bob"])?, [Some("70".into()), Some("50".into())]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// What `work` returns; [`Error::Conflict`] when others changed what it read at each of many
    /// tries; what the commit meets: a unique value that is taken, a disk that is full. Nothing has
    /// happened then.
    pub fn transaction<R>(
        &self,
        mut work: impl FnMut(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        for _ in 0..TRIES {
            let attempt = Attempt::new(self.engine(), self.database_number());
            let mut transaction = Transaction { attempt: SharedAttempt::new(attempt) };
            let result = work(&mut transaction)?;
            if self.settled(|| transaction.attempt.end().commit())? {
                return Ok(result);
            }
            // Whoever was faster may be at it again: let them end.
            std::thread::yield_now();
        }
        Err(Error::Conflict)
    }
}

impl AsyncDatabase {
    /// Does several steps as one; see [`Database::transaction`]. `work` runs in place, and what is
    /// awaited is the disk.
    ///
    /// # Errors
    /// As there.
    pub async fn transaction<R>(
        &self,
        work: impl FnMut(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        let relaxed = self.synchronous().relaxed();
        let done = Done::of(|| relaxed.transaction(work));
        self.settle(done).await
    }
}

impl<'d> Transaction<'d> {
    pub(crate) fn attempt(&mut self) -> MappedMutexGuard<'_, Attempt<'d>> {
        self.attempt.lend()
    }

    /// The same, for a handle of the transaction.
    pub(crate) fn shared(&self) -> SharedAttempt<'d> {
        self.attempt.clone()
    }

    /// Runs a command.
    ///
    /// # Errors
    /// What Redis would answer as an error; [`Error::NotInTransaction`] for a command that works on
    /// the whole database, or on a collection as such.
    pub fn execute(&mut self, command: Command) -> Result<CommandResponse> {
        Call::find(command.words()?)?.run_in(&mut self.attempt.lend())
    }

    /// The collection of this name, as the transaction sees it.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchCollection`](crate::DocumentError::NoSuchCollection).
    pub fn collection(&self, name: &str) -> Result<TransactionCollection<'d>> {
        let inner = self.attempt.lend().engine().collection(name)?;
        Ok(TransactionCollection::new(self.shared(), inner))
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.attempt.lend().number();
        f.debug_struct("Transaction").field("number", &number).finish_non_exhaustive()
    }
}
