//! The engine: stripes, the leases on them, and the shards' threads.
//!
//! A caller takes the lease of its key's stripe, does its job there on its own thread and
//! lets go ([`Engine::on`]); several keys are several leases in ascending order
//! ([`Engine::together`]); the whole keyspace is visited stripe by stripe ([`Engine::sweep`]).
//! A shard is a range of stripes with an OS thread and a queue: it does what no caller should
//! wait for, and the jobs of asynchronous callers that found their stripe busy.
//!
//! Invariants: exactly one thread is inside a stripe at a time. Leases are taken in ascending
//! order. The log is appended to while the leases are held. Nothing unbounded is done under
//! a lease.

mod answer;
pub(crate) mod attempt;
pub(crate) mod blocking;
mod catch;
pub(crate) mod collections;
mod effect_log;
mod events;
mod eviction;
mod keeper;
mod memory;
mod observers;
mod places;
mod queue;
pub(crate) mod recovery;
#[cfg(any(test, feature = "testing"))]
mod replay;
pub(crate) mod snapshot;
mod sweep;
mod transaction;
pub(crate) mod waiters;
#[cfg_attr(not(feature = "server"), expect(dead_code, reason = "only clients watch keys"))]
pub(crate) mod watch;
mod worker;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;
use parking_lot::{Mutex, MutexGuard};

use crate::config::{Config, Durability, KeyspaceEvents};
use crate::engine::collections::Collections;
use crate::engine::observers::Observers;
use crate::engine::recovery::OpenReport;
use crate::engine::snapshot::Snapshots;
use crate::engine::waiters::{Ready, Waiters};
use crate::error::{Error, Result};
use crate::keyspace::memory::Memory;
use crate::keyspace::{Garbage, Job, Key, Keyspace, STRIPES, Shared, Short, Stripe, job};
use crate::pubsub::broker::Broker;
use crate::storage::fs::{Disk, Fs};
use crate::storage::log::Options;
use crate::storage::{Directory, Log};

pub(crate) use answer::{Awaited, Done, answer};
pub(crate) use catch::catch;
#[cfg(feature = "server")]
pub(crate) use effect_log::note_appended;
pub(crate) use effect_log::{EffectLog, take_appended};
pub(crate) use queue::{Message, Task};
pub(crate) use sweep::{Freeing, Sweep};
pub(crate) use transaction::Transaction;

/// A stripe behind its lease; two cache lines of its own, so that neighbours do not meet.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Leased(Mutex<Stripe>);

/// What a job leaves to be done when its leases are free, and whether it is recorded.
#[must_use = "somebody may wait for what it is about"]
struct Left {
    garbage: Garbage,
    ready: Ready,
    logged: Result<()>,
}

/// What a shard's thread and its callers share.
#[derive(Debug)]
struct Shard {
    queue: Sender<Message>,
    /// Whether the thread looks for keys that are due.
    watches_deadlines: AtomicBool,
}

/// All the data of a database, and who works on it.
#[derive(Debug)]
pub(crate) struct Engine {
    stripes: Box<[Leased]>,
    shards: Box<[Shard]>,
    shared: Shared,
    log: EffectLog,
    collections: Collections,
    snapshots: Snapshots,
    observers: Observers,
    waiters: Waiters,
    broker: Broker,
    /// Which events of keys are published.
    events: Mutex<KeyspaceEvents>,
    report: Option<OpenReport>,
    database_count: usize,
}

/// An engine and its threads.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) engine: Arc<Engine>,
    threads: Vec<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.engine.snapshots.give_up();
        for shard in &self.engine.shards {
            // A thread that is gone has nothing to stop.
            drop(shard.queue.send(Message::Stop));
        }
        if let Some(log) = self.engine.disk() {
            log.bell().stop();
        }
        let this = std::thread::current().id();
        for thread in self.threads.drain(..) {
            // A task may hold the last handle; its thread cannot wait for itself.
            if thread.thread().id() != this {
                // A thread's own panic was reported by the panic hook; there is nobody to tell.
                drop(thread.join());
            }
        }
        // Nobody is left who might begin another.
        self.engine.snapshots.wait();
        if let Some(log) = self.engine.disk() {
            // `Database::sync` is there for who wants to know.
            drop(log.close());
        }
    }
}

/// The file system that a database is on.
fn file_system(config: &Config) -> Arc<dyn Fs> {
    #[cfg(any(test, feature = "testing"))]
    if let Some(disk) = &config.disk {
        return Arc::new(disk.clone());
    }
    #[cfg(not(any(test, feature = "testing")))]
    let _ = config;
    Arc::new(Disk)
}

impl Engine {
    /// Starts an engine: fills it from its directory, then starts its threads. Ends when
    /// [`Running`] is dropped.
    pub(crate) fn start(config: &Config) -> Result<Running> {
        config.check()?;
        let (shards, receivers): (Vec<_>, Vec<_>) = (0..config.shard_count)
            .map(|_| {
                let (queue, receiver) = queue::new();
                (Shard { queue, watches_deadlines: AtomicBool::new(true) }, receiver)
            })
            .unzip();
        config.clock.tick();
        let mut engine = Engine {
            stripes: (0..STRIPES).map(|_| Leased::default()).collect(),
            shards: shards.into(),
            shared: Shared::new(
                config.clock.clone(),
                Memory::new(config.max_memory, config.eviction),
                config.keeps_records(),
            ),
            observers: Observers::default(),
            waiters: Waiters::default(),
            broker: Broker::default(),
            events: Mutex::default(),
            log: EffectLog::Off,
            collections: Collections::default(),
            snapshots: Snapshots::default(),
            report: None,
            database_count: config.database_count,
        };
        engine.open_log(config)?;
        engine.set_keyspace_events(config.keyspace_events);
        let engine = Arc::new(engine);
        let start =
            |(shard, receiver)| worker::start(&engine, shard, receiver, config.has_keeper());
        let mut running = Running { engine: Arc::clone(&engine), threads: Vec::new() };
        for receiver in receivers.into_iter().enumerate() {
            running.threads.push(start(receiver)?);
        }
        running.threads.extend(keeper::start(&engine, config)?);
        Ok(running)
    }

    /// Attaches whoever keeps the records.
    fn open_log(&mut self, config: &Config) -> Result<()> {
        #[cfg(any(test, feature = "testing"))]
        if config.record_effects {
            self.log = EffectLog::Recorder(Mutex::default());
        }
        let Some(path) = &config.data_dir else { return Ok(()) };
        let segment_bytes = config.log_segment_bytes;
        let directory = Directory::open(file_system(config), path, segment_bytes as u64)?;
        let directory = Arc::new(directory);
        let empty = recovery::Empty {
            stripes: &self.stripes,
            shared: &self.shared,
            collections: &self.collections,
            partition_count: self.shards.len(),
            database_count: self.database_count,
            threads: config.shard_count,
            progress: &config.on_progress,
        };
        let (segments, end, report) = recovery::recover(empty, &directory)?;
        // What was filled counts before the first write asks whether there is memory.
        self.used_memory();
        let writes_ahead = config.durability == Durability::Always;
        let options = Options { segment_bytes, writes_ahead };
        let bytes = self.collections.build_indexes();
        self.shared.memory.settle(isize::try_from(bytes).unwrap_or(isize::MAX));
        let log = Log::open(Arc::clone(&directory), options, &segments, &end)?;
        self.snapshots = Snapshots::new(directory, config, &log)?;
        self.log = EffectLog::Disk(Arc::new(log));
        self.report = Some(report);
        Ok(())
    }

    /// The time, unix milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        self.shared.clock.now_ms()
    }

    /// What was found when the directory was opened.
    pub(crate) fn report(&self) -> Option<OpenReport> {
        self.report
    }

    /// Who listens to channels.
    pub(crate) fn broker(&self) -> &Broker {
        &self.broker
    }

    /// The log on disk, if there is one.
    pub(crate) fn disk(&self) -> Option<&Arc<Log>> {
        self.log.disk()
    }

    /// Refuses to change anything while that cannot be recorded.
    #[inline]
    pub(crate) fn admit_writes(&self) -> Result<()> {
        match &self.log {
            EffectLog::Disk(log) => log.admit(),
            EffectLog::Off => Ok(()),
            #[cfg(any(test, feature = "testing"))]
            EffectLog::Recorder(_) => Ok(()),
        }
    }

    /// How many numbered databases there are.
    pub(crate) fn database_count(&self) -> usize {
        self.database_count
    }

    /// How many shards there are.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn shard_count(&self) -> usize {
        self.shards.len()
    }

    /// The numbers of all databases.
    fn numbers(&self) -> Vec<u8> {
        (0..self.database_count).filter_map(|number| u8::try_from(number).ok()).collect()
    }

    /// The effects so far.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn log(&self) -> &EffectLog {
        &self.log
    }

    /// The shard that a stripe belongs to.
    fn shard_of(&self, stripe: usize) -> usize {
        stripe * self.shards.len() / STRIPES
    }

    /// The stripes of a shard.
    fn stripes_of(&self, shard: usize) -> std::ops::Range<usize> {
        let first = |shard: usize| (shard * STRIPES).div_ceil(self.shards.len());
        first(shard)..first(shard + 1)
    }

    /// Runs a job on one key's stripe, on the caller's thread.
    #[inline]
    pub(crate) fn on<R>(
        &self,
        number: u8,
        key: &Key<'_>,
        job: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Result<R> {
        key.check_len()?;
        let stripe = self.stripes[key.stripe()].0.lock();
        self.run(stripe, number, key.stripe(), job)
    }

    /// As [`Engine::on`], unless the short way does it. What goes there must not panic, as nobody
    /// would make an error of it.
    #[inline]
    pub(crate) fn on_shortly<R>(
        &self,
        number: u8,
        key: &Key<'_>,
        short: impl FnOnce(Short<'_>) -> Option<R>,
        job: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Result<R> {
        key.check_len()?;
        let mut stripe = self.stripes[key.stripe()].0.lock();
        if let Some(done) = short(Short { stripe: &mut stripe, number, shared: &self.shared }) {
            return Ok(done);
        }
        self.run(stripe, number, key.stripe(), job)
    }

    /// Runs a job that only reads on one key's stripe, unless the short way does it. What goes there
    /// must not panic.
    #[inline]
    pub(crate) fn view_shortly<R>(
        &self,
        number: u8,
        key: &Key<'_>,
        short: impl FnOnce(Short<'_>) -> Option<R>,
        read: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Result<R> {
        let mut stripe = self.stripes[key.stripe()].0.lock();
        match short(Short { stripe: &mut stripe, number, shared: &self.shared }) {
            Some(done) => Ok(done),
            None => self.view_in(stripe, number, read),
        }
    }

    /// Runs a job that only reads: nothing comes of it.
    #[inline]
    fn view_in<R>(
        &self,
        mut stripe: MutexGuard<'_, Stripe>,
        number: u8,
        read: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Result<R> {
        let job = Job::new(&self.shared);
        let result = catch(|| read(&mut stripe.keyspace(number, &job)));
        // A job that only reads has no effects.
        job.dismiss();
        result
    }

    /// Runs a job on one key's stripe if its lease is free.
    pub(crate) fn try_on<R>(
        &self,
        number: u8,
        key: &Key<'_>,
        job: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Option<Result<R>> {
        if let Err(error) = key.check_len() {
            return Some(Err(error));
        }
        let stripe = self.stripes[key.stripe()].0.try_lock()?;
        Some(self.run(stripe, number, key.stripe(), job))
    }

    #[inline]
    fn run<R>(
        &self,
        mut stripe: MutexGuard<'_, Stripe>,
        number: u8,
        at: usize,
        work: impl FnOnce(&mut Keyspace<'_>) -> Result<R>,
    ) -> Result<R> {
        let job = Job::new(&self.shared);
        let mut result = catch(|| work(&mut stripe.keyspace(number, &job)));
        if job.left_something() {
            if let Err(error) = self.leave(job, stripe, at) {
                result = Err(error);
            }
        } else {
            job.dismiss();
        }
        result
    }

    /// Ends a job that left something, lets its lease go, and frees what is to be freed.
    ///
    /// # Errors
    /// What was changed could not be recorded.
    fn leave(&self, job: Job<'_>, mut stripe: MutexGuard<'_, Stripe>, at: usize) -> Result<()> {
        let Left { garbage, ready, logged } = self.end(job, &mut stripe, at);
        drop(stripe);
        self.free(garbage, at);
        self.serve(ready);
        logged
    }

    /// Ends a job while its leases are held: its records go to the log in one piece. When the
    /// leases are free, the garbage is for [`Engine::free`], and what is ready for
    /// [`Engine::serve`].
    #[inline]
    fn end(&self, job: Job<'_>, stripe: &mut Stripe, at: usize) -> Left {
        let outcome = job.finish();
        let (mut logged, mut ready) = (Ok(()), Ready::new());
        if !outcome.journal.is_empty() {
            logged = self.log.append(&outcome.journal);
            ready = self.tell(&outcome.journal, &outcome.named);
            job::reuse(outcome.journal);
        }
        stripe.unsettled += outcome.grown;
        if stripe.unsettled.abs() > self.shared.memory.slack() {
            self.shared.memory.settle(std::mem::take(&mut stripe.unsettled));
        }
        if outcome.deadlines_set {
            self.watch_deadlines(at);
        }
        Left { garbage: outcome.garbage, ready, logged }
    }

    /// Frees the large values that a job left, on the caller's thread or on that of the stripe's
    /// shard. The caller holds no lease.
    #[inline]
    fn free(&self, garbage: Garbage, stripe: usize) {
        if !garbage.values.is_empty() {
            self.free_values(garbage, stripe);
        }
    }

    #[cold]
    fn free_values(&self, garbage: Garbage, stripe: usize) {
        if garbage.is_lazy {
            self.free_later(stripe, garbage.values);
        }
    }

    /// Has the thread of a stripe's shard drop something large.
    pub(crate) fn free_later(&self, stripe: usize, large: impl Send + 'static) {
        // Fails only while the database shuts down; then it is dropped here.
        drop(self.submit(stripe, Box::new(move |_| drop(large))));
    }

    /// Makes sure that the stripe's shard looks for keys that are due.
    fn watch_deadlines(&self, stripe: usize) {
        self.watch_deadlines_of(self.shard_of(stripe));
    }

    /// Makes sure that a shard looks for what is due.
    fn watch_deadlines_of(&self, shard: usize) {
        let shard = &self.shards[shard % self.shards.len()];
        if !shard.watches_deadlines.load(Ordering::Relaxed)
            && !shard.watches_deadlines.swap(true, Ordering::AcqRel)
        {
            // Fails only while the database shuts down, when nothing needs to expire.
            drop(shard.queue.send(Message::Wake));
        }
    }

    /// Tells the first shard's thread something.
    fn send(&self, message: Message) -> Result<()> {
        self.shards[0].queue.send(message).map_err(|_gone| Error::Closed)
    }

    /// Queues a task on the shard of a stripe.
    pub(crate) fn submit(&self, stripe: usize, task: Task) -> Result<()> {
        let shard = &self.shards[self.shard_of(stripe)];
        shard.queue.send(Message::Run(task)).map_err(|_gone| Error::Closed)
    }

    /// Starts loading the slot where a key's lookup begins, as far as it can be known
    /// without the lease.
    #[inline]
    pub(crate) fn prefetch_lease(&self, key: &Key<'_>) {
        crate::map::prefetch::prefetch((&raw const self.stripes[key.stripe()]).cast());
    }
}
