//! Who applies records while a database is opened: the caller, or several threads, each for
//! some of the stripes, when there is much to do.
//!
//! Records reach a thread in batches that share the buffer they were read into, so nothing is
//! copied. A batch is worked through in groups: first every slot is fetched, then every block,
//! and only then the records are applied.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;

use crate::engine::catch;
use crate::engine::recovery::Empty;
use crate::error::{Error, Result};
use crate::keyspace::effect::{CollectionChange, Effect, Record, Scope};
use crate::keyspace::{Job, Key, Stripe};
use crate::storage::failure::damaged;

/// Below this many bytes threads are not worth their start.
const PARALLEL_BYTES: u64 = 1 << 20;
/// Records in a batch.
const BATCH: usize = 1024;
/// Records whose memory is fetched together.
const GROUP: usize = 16;
/// Batches that may wait for a thread.
const QUEUE: usize = 8;

/// A record in a buffer.
#[derive(Clone, Copy, Debug)]
struct Spot {
    at: usize,
    hash: u64,
    /// Where in its file it stands, or the block that it came in.
    offset: u64,
}

/// Records of one buffer, for one thread.
#[derive(Debug)]
struct Batch {
    buffer: Arc<Vec<u8>>,
    path: Arc<Path>,
    spots: Vec<Spot>,
}

enum Work {
    Batch(Batch),
    /// Answer when everything before this is done.
    Rendezvous(Sender<()>),
}

/// A thread's queue, and what is collected for it.
struct Lane {
    queue: Sender<Work>,
    collected: Option<Batch>,
}

/// The threads, or the caller alone.
pub(super) struct Appliers<'e> {
    empty: Empty<'e>,
    lanes: Vec<Lane>,
    /// The first error of any thread.
    failure: &'e Mutex<Option<Error>>,
}

/// Calls `work` with appliers, and returns when all it gave them is done. `bytes` says about how
/// much that is.
pub(super) fn run(
    empty: Empty<'_>,
    bytes: u64,
    work: impl FnOnce(&mut Appliers<'_>) -> Result<()>,
) -> Result<()> {
    let failure = Mutex::new(None);
    let threads = if bytes < PARALLEL_BYTES { 0 } else { empty.threads };
    thread::scope(|scope| {
        let mut lanes = Vec::new();
        for _ in 0..threads {
            let (queue, receiver) = bounded(QUEUE);
            let failure = &failure;
            thread::Builder::new()
                .name("kora-open".to_owned())
                .spawn_scoped(scope, move || serve(empty, &receiver, failure))
                .map_err(|source| Error::Thread { kind: source.kind() })?;
            lanes.push(Lane { queue, collected: None });
        }
        let mut appliers = Appliers { empty, lanes, failure: &failure };
        work(&mut appliers)?;
        appliers.flush()
    })?;
    failure.into_inner().map_or(Ok(()), Err)
}

impl Appliers<'_> {
    /// Has a record applied that stands in `buffer` at `at`.
    pub(super) fn apply(
        &mut self,
        buffer: &Arc<Vec<u8>>,
        at: usize,
        record: &Record<'_>,
        path: &Arc<Path>,
        offset: u64,
    ) -> Result<()> {
        let key = Key::new(record.key);
        if self.lanes.is_empty() {
            return apply(self.empty, record, &key, path, offset);
        }
        // A snapshot goes through the stripes one after the other: neighbours have two threads.
        let lane = key.stripe() % self.lanes.len();
        let lane = &mut self.lanes[lane];
        let goes_on =
            |batch: &Batch| Arc::ptr_eq(&batch.buffer, buffer) && batch.spots.len() < BATCH;
        if !lane.collected.as_ref().is_some_and(goes_on) {
            lane.send(self.failure)?;
            let (buffer, path) = (Arc::clone(buffer), Arc::clone(path));
            lane.collected = Some(Batch { buffer, path, spots: Vec::with_capacity(BATCH) });
        }
        if let Some(batch) = &mut lane.collected {
            batch.spots.push(Spot { at, hash: key.hash(), offset });
        }
        Ok(())
    }

    /// Whether an effect is on a collection that is not there, and does not make it.
    pub(super) fn lacks(&self, collection: u32, effect: &Effect<'_>) -> bool {
        let makes =
            matches!(effect, Effect::Collection { change: CollectionChange::Create(_), .. });
        !makes && !self.empty.collections.has(collection)
    }

    /// Applies an effect on a collection, after all that came before.
    pub(super) fn apply_alone(
        &mut self,
        record: &Record<'_>,
        path: &Path,
        offset: u64,
    ) -> Result<()> {
        self.flush()?;
        let Effect::Collection { collection, change } = record.effect else {
            return Err(damaged(path, offset, "an effect on a collection"));
        };
        let done = self.empty.collections.redo(collection, change, self.empty.partition_count);
        done.ok_or_else(|| damaged(path, offset, "an effect that fits the collections"))
    }

    /// Applies an effect on a whole numbered database, after all that came before.
    pub(super) fn apply_everywhere(
        &mut self,
        record: &Record<'_>,
        path: &Path,
        offset: u64,
    ) -> Result<()> {
        self.flush()?;
        check_database(self.empty, record)?;
        let done = self.empty.stripes.iter().try_for_each(|leased| {
            let mut stripe = leased.0.lock();
            let job = Job::recovering(self.empty.shared);
            let done = stripe.replay(record, &Key::new(b""), &job);
            account(&mut stripe, job);
            done
        });
        done.ok_or_else(|| damaged(path, offset, "an effect that fits the data"))
    }

    /// Returns when everything is applied.
    fn flush(&mut self) -> Result<()> {
        let (answer, answers) = bounded(self.lanes.len());
        for lane in &mut self.lanes {
            lane.send(self.failure)?;
            lane.push(Work::Rendezvous(answer.clone()), self.failure)?;
        }
        drop(answer);
        // Ends when every thread has answered, or has gone.
        answers.iter().for_each(drop);
        self.failure.lock().clone().map_or(Ok(()), Err)
    }
}

impl Lane {
    fn send(&mut self, failure: &Mutex<Option<Error>>) -> Result<()> {
        match self.collected.take() {
            Some(batch) => self.push(Work::Batch(batch), failure),
            None => Ok(()),
        }
    }

    /// A thread is gone only when it has left the reason.
    fn push(&self, work: Work, failure: &Mutex<Option<Error>>) -> Result<()> {
        let gone = |_| failure.lock().clone().unwrap_or(Error::Closed);
        self.queue.send(work).map_err(gone)
    }
}

fn serve(empty: Empty<'_>, queue: &Receiver<Work>, failure: &Mutex<Option<Error>>) {
    for work in queue {
        match work {
            Work::Batch(batch) => {
                if let Err(error) = apply_batch(empty, &batch) {
                    failure.lock().get_or_insert(error);
                    return;
                }
            }
            // Whoever waits for the answer may have given up.
            Work::Rendezvous(answer) => drop(answer.send(())),
        }
    }
}

fn apply_batch(empty: Empty<'_>, batch: &Batch) -> Result<()> {
    for group in batch.spots.chunks(GROUP) {
        let stripe = |spot: &Spot| &empty.stripes[crate::keyspace::key::stripe_of(spot.hash)].0;
        for spot in group {
            stripe(spot).lock().prefetch_slot(spot.hash);
        }
        for spot in group {
            stripe(spot).lock().prefetch_block(spot.hash);
        }
        for spot in group {
            let record = Record::decode(&batch.buffer[spot.at..]);
            let (record, _) = record.expect("it was decoded when it was given to the thread");
            let key = Key::hashed(record.key, spot.hash);
            apply(empty, &record, &key, &batch.path, spot.offset)?;
        }
    }
    Ok(())
}

/// Applies one record.
fn apply(
    empty: Empty<'_>,
    record: &Record<'_>,
    key: &Key<'_>,
    path: &Path,
    offset: u64,
) -> Result<()> {
    check_database(empty, record)?;
    if let Scope::Document(collection) = record.effect.scope() {
        // Of a collection that is gone by now the snapshot has no definition, only the log.
        let done = catch(|| Ok(empty.collections.redo_document(collection, record)))?;
        return done.ok_or_else(|| damaged(path, offset, "a document of a collection"));
    }
    let mut stripe = empty.stripes[key.stripe()].0.lock();
    let job = Job::recovering(empty.shared);
    let done = catch(|| Ok(stripe.replay(record, key, &job)));
    account(&mut stripe, job);
    done?.ok_or_else(|| damaged(path, offset, "a record that fits the data"))
}

fn account(stripe: &mut Stripe, job: Job<'_>) {
    stripe.unsettled += job.finish().grown;
}

fn check_database(empty: Empty<'_>, record: &Record<'_>) -> Result<()> {
    if record.numbers().all(|number| usize::from(number) < empty.database_count) {
        return Ok(());
    }
    Err(Error::InvalidConfig { what: "database_count is less than the directory's data need" })
}
