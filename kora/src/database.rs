//! The front door: open a database, clone its handle, run commands.
//!
//! The typed methods stand with their data types (`api.rs` of each folder); here is what is
//! not about one type.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::vec;

use bytes::Bytes;

use crate::arguments::{ByteArg, OwnedScanOptions, ScanOptions};
use crate::asynchronous::AsyncDatabase;
use crate::command::command::Command;
use crate::command::dispatch::Call;
use crate::command::pipeline;
use crate::command::response::CommandResponse;
use crate::config::{Config, Durability, Eviction, check_memory_limit};
use crate::engine::recovery::OpenReport;
use crate::engine::snapshot::Snapshot;
use crate::engine::{Engine, Running, Sweep, Transaction, catch, take_appended};
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::{Key, Keyspace, Short};
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
    /// Whether writes wait for the disk.
    waits: bool,
}

impl Database {
    /// Opens a database; with [`Config::data_dir`], one that is kept there.
    ///
    /// O(bytes of the newest snapshot and the log after it), on all shards' threads.
    ///
    /// ```
    /// use kora::{Config, Database};
    ///
    /// # let dir = std::env::temp_dir().join(format!("kora-doc-open-{}", std::process::id()));
    /// # std::fs::remove_dir_all(&dir).ok();
    /// let config = Config { data_dir: Some(dir.clone()), ..Config::default() };
    /// let db = Database::open(config.clone())?;
    /// db.set("greeting", "hello")?;
    /// drop(db);
    ///
    /// let db = Database::open(config)?;
    /// assert_eq!(db.get("greeting")?.as_deref(), Some(&b"hello"[..]));
    /// # drop(db);
    /// # std::fs::remove_dir_all(&dir).unwrap();
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] names the option and its range.
    /// [`Error::Locked`] when somebody has the directory,
    /// [`Error::Damaged`] with file and offset when a file is not as it was
    /// written, [`Error::UnknownFormat`] when a later version wrote it,
    /// [`Error::Io`] and [`Error::DiskFull`] when the
    /// directory cannot be read or made. It never falls back to memory.
    pub fn open(config: Config) -> Result<Database> {
        let waits = config.durability == Durability::Always;
        Ok(Database { running: Arc::new(Engine::start(&config)?), number: 0, waits })
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
        Ok(Database { number, ..self.clone() })
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
    /// What Redis would answer as an error; see [`Error::wire`].
    pub fn execute(&self, command: Command) -> Result<CommandResponse> {
        self.settled(|| Call::find(command.words()?)?.run(self.engine(), self.number))
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
    /// [`Error::WrongType`], or
    /// [`Error::Panicked`] when `read` panics.
    #[inline]
    pub fn get_with<R>(
        &self,
        key: impl ByteArg,
        read: impl FnOnce(Option<&[u8]>) -> R,
    ) -> Result<R> {
        let key = Key::new(key.as_bytes());
        // One of the two ways is taken.
        let read = Cell::new(Some(read));
        let look = |bytes: Option<&[u8]>| read.take().map(|read| read(bytes));
        let found = self.read(
            &key,
            |short| short.string(&key, false).map(|text| catch(|| Ok(look(text)))),
            |keyspace| match keyspace.read::<Str>(&key)? {
                Some(view) => Ok(Ok(view.with(|bytes| look(Some(bytes))))),
                None => Ok(Ok(look(None))),
            },
        )?;
        Ok(found?.expect("one of the two ways is taken"))
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

    /// A handle whose writes return when the disk has them, whatever
    /// [`Config::durability`] says.
    ///
    /// ```
    /// # let db = kora::Database::in_memory();
    /// db.set("page:seen", "now")?;
    /// db.durable().set("payment:7", "received")?;
    /// # Ok::<(), kora::Error>(())
    /// ```
    pub fn durable(&self) -> Database {
        Database { waits: true, ..self.clone() }
    }

    /// A handle whose writes do not wait for the disk, whatever [`Config::durability`] says.
    pub fn relaxed(&self) -> Database {
        Database { waits: false, ..self.clone() }
    }

    /// Returns when the disk has everything that was written before the call.
    ///
    /// # Errors
    /// [`Error::Io`] when the disk failed, now or before;
    /// [`Error::DiskFull`]. In memory only there is nothing to wait for.
    pub fn sync(&self) -> Result<()> {
        self.engine().disk().map_or(Ok(()), |log| log.sync())
    }

    /// Takes a snapshot on the caller's thread: opening begins from it, and what the log has from
    /// before the last two is dropped. Others go on reading and writing.
    ///
    /// # Errors
    /// [`Error::NotOnDisk`],
    /// [`Error::SnapshotInProgress`], or what the disk could
    /// not do; then the last snapshot is still the last.
    pub fn snapshot(&self) -> Result<Snapshot> {
        self.engine().snapshot()
    }

    /// Begins a snapshot on a thread of its own.
    ///
    /// # Errors
    /// As [`Database::snapshot`], as far as it shows at once; the rest shows in
    /// [`Database::health`].
    pub fn snapshot_in_background(&self) -> Result<()> {
        self.running.engine.snapshot_in_background()
    }

    /// When the last snapshot was begun, in unix milliseconds; `None` when there is none.
    ///
    /// ```
    /// assert_eq!(kora::Database::in_memory().last_snapshot(), None);
    /// ```
    pub fn last_snapshot(&self) -> Option<i64> {
        self.engine().last_snapshot()
    }

    /// What was found when the directory was opened; `None` in memory only.
    pub fn open_report(&self) -> Option<OpenReport> {
        self.engine().report()
    }

    /// Whether the database can write, and why not.
    pub fn health(&self) -> Health {
        let Some(log) = self.engine().disk() else { return Health::Good };
        match (log.failure(), log.is_full(), self.engine().snapshot_failure()) {
            (Some(error), ..) => Health::Failed(error.clone()),
            (None, true, _) => Health::DiskFull,
            (None, false, Some(error)) => Health::NoSnapshot(error),
            (None, false, None) => Health::Good,
        }
    }

    /// Changes [`Config::max_memory`] and [`Config::eviction`] while the database is open: every
    /// write from here on is held against them. What is too much is evicted by a shard's thread in
    /// slices, if the policy has anything go.
    ///
    /// O(1), and the leases of all stripes one by one. When policies that count how often keys are
    /// used are changed for others, or others for them, it takes a while until what is known of
    /// keys is of use.
    ///
    /// ```
    /// use kora::{Database, Error, Eviction};
    ///
    /// let db = Database::in_memory();
    /// db.set("k", vec![b'x'; 10_000])?;
    /// db.set_memory_limit(Some(5_000), Eviction::None)?;
    /// assert_eq!(db.set("more", "x"), Err(Error::OutOfMemory));
    /// db.set_memory_limit(None, Eviction::None)?;
    /// db.set("more", "x")?;
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for a limit of 0 bytes.
    pub fn set_memory_limit(&self, limit: Option<usize>, eviction: Eviction) -> Result<()> {
        check_memory_limit(limit)?;
        self.engine().set_eviction(eviction);
        self.engine().sweep(0).set_memory_limit(limit);
        Ok(())
    }

    /// How many bytes may be held, and what happens when they are.
    pub fn memory_limit(&self) -> (Option<usize>, Eviction) {
        self.engine().memory_limit()
    }

    /// Bytes of memory that keys and values take, allocations and indexes included.
    pub fn used_memory(&self) -> usize {
        self.engine().used_memory()
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn keep_once(&self) {
        if let Some(log) = self.engine().disk() {
            self.running.engine.keep(log, true);
        }
    }

    #[inline]
    pub(crate) fn engine(&self) -> &Engine {
        &self.running.engine
    }

    pub(crate) fn database_number(&self) -> u8 {
        self.number
    }

    /// Runs a job that only reads one key, unless the short way does it.
    #[inline]
    pub(crate) fn read<R>(
        &self,
        key: &Key<'_>,
        short: impl FnOnce(Short<'_>) -> Option<R>,
        job: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Result<R> {
        self.engine().view_shortly(self.number, key, short, job)
    }

    /// Runs a job that may write one key, unless the short way does it.
    #[inline]
    pub(crate) fn write<R>(
        &self,
        key: &Key<'_>,
        short: impl FnOnce(Short<'_>) -> Option<R>,
        job: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Result<R> {
        self.engine().prepare_write()?;
        self.settled(|| self.engine().on_shortly(self.number, key, short, job))
    }

    /// Runs a job that only reads several keys, as one step.
    pub(crate) fn read_together<R>(
        &self,
        keys: &[&Key<'_>],
        job: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        self.engine().together(self.number, keys.iter().copied(), job)
    }

    /// Runs a job that may write several keys, as one step.
    pub(crate) fn write_together<R>(
        &self,
        keys: &[&Key<'_>],
        job: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        self.engine().prepare_write()?;
        self.settled(|| self.engine().together(self.number, keys.iter().copied(), job))
    }

    /// Runs a job that only reads the numbered database as a whole.
    pub(crate) fn read_sweep<R>(&self, job: impl FnOnce(Sweep<'_>) -> Result<R>) -> Result<R> {
        job(self.engine().sweep(self.number))
    }

    /// Runs a job that may write in the numbered database as a whole.
    pub(crate) fn write_sweep<R>(&self, job: impl FnOnce(Sweep<'_>) -> Result<R>) -> Result<R> {
        self.engine().prepare_write()?;
        self.settled(|| job(self.engine().sweep(self.number)))
    }

    /// Does something that may write, and returns when what it wrote is as durable as this
    /// handle asks.
    #[inline]
    pub(crate) fn settled<R>(&self, work: impl FnOnce() -> Result<R>) -> Result<R> {
        if self.waits { self.wait_settled(work) } else { work() }
    }

    fn wait_settled<R>(&self, work: impl FnOnce() -> Result<R>) -> Result<R> {
        // What a handle that does not wait has written on this thread is not ours.
        take_appended();
        let result = work();
        let appended = take_appended();
        if let Some(log) = self.engine().disk() {
            log.wait(appended)?;
        }
        result
    }

    /// Whether writes of this handle wait for the disk.
    pub(crate) fn waits(&self) -> bool {
        self.waits
    }
}

/// What a database can do just now; see [`Database::health`]. Reading always goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// Everything.
    Good,
    /// It writes, but the last snapshot in the background was not finished: the log grows.
    NoSnapshot(Error),
    /// It refuses to write until there is room on the disk.
    DiskFull,
    /// The file system failed. It refuses to write until it is opened again.
    Failed(Error),
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
        let mut answers = Vec::new();
        let settled = self.db.settled(|| {
            answers = self.queue.run(self.db.engine(), self.db.number);
            Ok(())
        });
        match settled {
            Ok(()) => answers,
            // Nobody can say which of them the disk has.
            Err(error) => answers.iter().map(|_| Err(error.clone())).collect(),
        }
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
