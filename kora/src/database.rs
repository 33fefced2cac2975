//! The front door: open a database, clone its handle, run commands.
//!
//! The typed methods stand with their data types (`api.rs` of each folder); here is what is
//! not about one type.

use std::fmt;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::vec;

use bytes::Bytes;

use crate::arguments::{ByteArg, OwnedScanOptions, ScanOptions};
use crate::asynchronous::AsyncDatabase;
use crate::command::command::Command;
use crate::command::dispatch::Call;
use crate::command::pipeline;
use crate::command::response::CommandResponse;
use crate::config::Config;
use crate::engine::{Engine, Sweep, Transaction};
use crate::error::{ArgumentError, Result};
use crate::keyspace::{Key, Keyspace};
use crate::types::Str;

/// A database in this process. Cheap to clone, usable from any thread.
///
/// Calls are synchronous and return values; [`Database::asynchronous`] has the same ones to be
/// awaited. A handle sees one numbered database, 0 unless [`Database::select`] chose another.
/// When the last handle is dropped, calls in flight end and the shards' threads are joined.
///
/// ```
/// use kora::Database;
///
/// let db = Database::in_memory();
/// db.set("greeting", "hello")?;
/// assert_eq!(db.get("greeting")?.as_deref(), Some(&b"hello"[..]));
/// assert_eq!(db.incr("counter")?, 1);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone)]
pub struct Database {
    running: Arc<Running>,
    number: u8,
}

/// An engine and its threads; ends them when it is dropped.
struct Running {
    engine: Arc<Engine>,
    workers: Vec<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.engine.stop();
        let this = std::thread::current().id();
        for worker in self.workers.drain(..) {
            // A task may hold the last handle; its thread cannot wait for itself.
            if worker.thread().id() != this {
                // A worker's own panic was reported by the panic hook; there is nobody to tell.
                drop(worker.join());
            }
        }
    }
}

impl Database {
    /// Opens a database.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`](crate::Error::InvalidConfig) names the option and its range.
    pub fn open(config: Config) -> Result<Database> {
        let (engine, workers) = Engine::start(&config)?;
        Ok(Database { running: Arc::new(Running { engine, workers }), number: 0 })
    }

    /// A database with the default configuration that lives as long as its handles.
    ///
    /// # Panics
    /// When the system gives no thread.
    pub fn in_memory() -> Database {
        Database::open(Config::default()).expect("the default configuration is valid")
    }

    /// A handle to another numbered database of the same engine; 0 is the first.
    ///
    /// ```
    /// let db = kora::Database::in_memory();
    /// let third = db.select(3)?;
    /// third.set("k", "v")?;
    /// assert_eq!(db.get("k")?, None);
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `number` is not below [`Config::database_count`].
    pub fn select(&self, number: usize) -> Result<Database> {
        let number =
            u8::try_from(number).ok().filter(|n| usize::from(*n) < self.engine().database_count());
        let number = number.ok_or(ArgumentError::DatabaseIndex)?;
        Ok(Database { running: Arc::clone(&self.running), number })
    }

    /// The number of the database that this handle sees.
    pub fn number(&self) -> usize {
        usize::from(self.number)
    }

    /// The same database, with the same methods to be awaited.
    pub fn asynchronous(&self) -> AsyncDatabase {
        AsyncDatabase::new(self.clone())
    }

    /// Runs a command.
    ///
    /// # Errors
    /// What Redis would answer as an error; see [`Error::wire`](crate::Error::wire).
    pub fn execute(&self, command: Command) -> Result<CommandResponse> {
        Call::find(command.words()?)?.run(self.engine(), self.number)
    }

    /// Collects commands to run in one go: see [`Pipeline`].
    pub fn pipeline(&self) -> Pipeline<'_> {
        Pipeline { db: self, queue: pipeline::Queue::new() }
    }

    /// Reads a string where it lies, without copying it: `read` is called with its bytes, or
    /// with `None`, while the key's stripe is held. Keep it short, and do not call this
    /// database from it: that would wait for itself.
    ///
    /// ```
    /// let db = kora::Database::in_memory();
    /// db.set("page", "<html>")?;
    /// assert_eq!(db.get_with("page", |page| page.map_or(0, <[u8]>::len))?, 6);
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::WrongType`](crate::Error::WrongType), or
    /// [`Error::Panicked`](crate::Error::Panicked) when `read` panics.
    #[inline]
    pub fn get_with<R>(
        &self,
        key: impl ByteArg,
        read: impl FnOnce(Option<&[u8]>) -> R,
    ) -> Result<R> {
        let key = Key::new(key.as_bytes());
        self.read(&key, |keyspace| match keyspace.read::<Str>(&key)? {
            Some(view) => Ok(view.with(|bytes| read(Some(bytes)))),
            None => Ok(read(None)),
        })
    }

    /// Every key, as [`Database::scan`] finds them pass by pass.
    ///
    /// ```
    /// use kora::{Database, ScanOptions};
    ///
    /// let db = Database::in_memory();
    /// db.mset([("user:1", "ann"), ("user:2", "bob"), ("item:1", "pen")])?;
    /// for key in db.scan_all(ScanOptions::new().matching("user:*")) {
    ///     db.del(key?)?;
    /// }
    /// assert_eq!(db.dbsize()?, 1);
    /// # Ok::<(), kora::Error>(())
    /// ```
    pub fn scan_all(&self, options: ScanOptions<'_>) -> Scan {
        let (db, options) = (self.clone(), options.owned());
        Scan { db, options, cursor: Some(0), found: Vec::new().into_iter() }
    }

    /// Bytes of memory that keys and values take, allocations and indexes included.
    pub fn used_memory(&self) -> usize {
        self.engine().used_memory()
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.running.engine
    }

    pub(crate) fn database_number(&self) -> u8 {
        self.number
    }

    /// Runs a job that only reads one key.
    #[inline]
    pub(crate) fn read<R>(
        &self,
        key: &Key<'_>,
        job: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Result<R> {
        self.engine().view(self.number, key, job)
    }

    /// Runs a job that may write one key.
    #[inline]
    pub(crate) fn write<R>(
        &self,
        key: &Key<'_>,
        job: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Result<R> {
        self.engine().make_room();
        self.engine().on(self.number, key, job)
    }

    /// Runs a job on several keys as one step.
    pub(crate) fn together<R>(
        &self,
        keys: &[&Key<'_>],
        job: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        self.engine().make_room();
        self.engine().together(self.number, keys.iter().copied(), job)
    }

    /// The numbered database as a whole.
    pub(crate) fn sweep(&self) -> Sweep<'_> {
        self.engine().sweep(self.number)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("number", &self.number)
            .field("used_memory", &self.used_memory())
            .finish_non_exhaustive()
    }
}

/// Commands that run in one go, in order, each with its own answer.
///
/// Runs of commands on single keys share the taking of leases and the waiting for memory:
/// 100 reads of uniformly chosen keys cost less than half of what they cost one by one. Short
/// strings in the answers share memory, up to 1 KiB: copy one that is to be kept for long.
///
/// ```
/// use kora::{CommandResponse, Database, cmd};
///
/// let db = Database::in_memory();
/// let answers = db.pipeline().push(cmd!("SET", "a", 1)).push(cmd!("INCR", "a")).run();
/// assert_eq!(answers[1], Ok(CommandResponse::Integer(2)));
/// ```
#[derive(Debug)]
pub struct Pipeline<'d> {
    db: &'d Database,
    queue: pipeline::Queue,
}

impl Pipeline<'_> {
    /// Adds a command.
    #[inline]
    #[must_use]
    pub fn push(mut self, command: Command) -> Self {
        self.queue.push(&command);
        self
    }

    /// Runs the commands; the answers stand in their order.
    pub fn run(&self) -> Vec<Result<CommandResponse>> {
        self.queue.run(self.db.engine(), self.db.number)
    }
}

/// An iterator over keys; see [`Database::scan_all`].
///
/// It holds nothing of the database between two steps, so the database may be used and changed
/// meanwhile.
#[derive(Debug)]
pub struct Scan {
    db: Database,
    options: OwnedScanOptions,
    /// Where to go on; `None` at the end.
    cursor: Option<u64>,
    found: vec::IntoIter<Bytes>,
}

impl Iterator for Scan {
    type Item = Result<Bytes>;

    fn next(&mut self) -> Option<Result<Bytes>> {
        loop {
            if let Some(key) = self.found.next() {
                return Some(Ok(key));
            }
            match self.db.scan(self.cursor?, self.options.borrowed()) {
                Ok((next, found)) => {
                    self.cursor = (next != 0).then_some(next);
                    self.found = found.into_iter();
                }
                Err(error) => {
                    self.cursor = None;
                    return Some(Err(error));
                }
            }
        }
    }
}
