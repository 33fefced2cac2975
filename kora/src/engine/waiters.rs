//! Callers that wait until a key has what they want: who came first is served first.
//!
//! A caller tries under the leases of its keys, and if that is not enough it is put down for them
//! while it still holds these. Whoever gives one of the keys something serves it: when its own job
//! is done and its leases are free, it tries again on behalf of the first who waits for the key,
//! in a job of its own with a record of its own, and then of the next, as long as the key is
//! there; and then for the keys that these jobs have given something. So a write wakes nobody who
//! finds nothing, and when its call returns everyone is served whom it could serve.
//!
//! Invariant: a waiter is put down for its keys as long as it has its want, and whoever takes the
//! want away ends it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::engine::effect_log::appended;
use crate::engine::{Engine, Transaction};
use crate::error::Result;
use crate::keyspace::Key;
use crate::keyspace::key::OwnedKey;
use crate::storage::Lsn;

/// What somebody waits to do.
pub(crate) trait Want: Send {
    /// Does it with what a key has that has changed; false when there is nothing for it.
    fn attempt(&mut self, transaction: &mut Transaction<'_>, ready: &Key<'_>) -> Result<bool>;

    /// The wait is over. No lease is held.
    fn end(self: Box<Self>, end: WaitEnd);
}

/// How a wait ended.
#[derive(Debug)]
pub(crate) enum WaitEnd {
    /// It was done, or failed; and the place in the log after what it wrote.
    Served(Result<()>, Lsn),
    /// Its time was over.
    TimedOut,
    /// Somebody ended it, to be told as an error.
    #[cfg(feature = "server")]
    Unblocked,
}

/// One who waits.
pub(crate) struct Waiter {
    pub(super) number: u8,
    /// The keys whose leases it needs; it waits for the first so many.
    keys: Box<[OwnedKey]>,
    waited: usize,
    /// Its place: before all who came later.
    place: u64,
    want: Mutex<Option<Box<dyn Want>>>,
}

impl std::fmt::Debug for Waiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiter").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Keys that a job has given something, and that somebody waits for.
pub(super) type Ready = Vec<(u8, OwnedKey)>;

/// Who waits, for all keys.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    next_place: AtomicU64,
    count: AtomicUsize,
}

/// The keys of somebody who may have to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitKeys<'a> {
    pub(crate) number: u8,
    /// All keys whose leases are needed.
    pub(crate) keys: &'a [Key<'a>],
    /// It waits for the first so many of them.
    pub(crate) waited: usize,
}

/// What came of an attempt to serve somebody.
enum Serving {
    /// It is served, or waits no longer.
    Over,
    /// The key has nothing for it, and may have something for others.
    NotForIt,
    /// The key is gone.
    NothingThere,
}

impl Engine {
    /// Tries something on some keys, and puts somebody down for them if that is not enough, with
    /// what it wants.
    pub(crate) fn attempt_or_wait<R>(
        &self,
        on: WaitKeys<'_>,
        attempt: impl FnOnce(&mut Transaction<'_>) -> Result<std::result::Result<R, Box<dyn Want>>>,
    ) -> Result<std::result::Result<R, Arc<Waiter>>> {
        self.prepare_write()?;
        self.together(on.number, on.keys, |transaction| {
            Ok(attempt(transaction)?.map_err(|want| self.put_down(on, want)))
        })
    }

    /// As [`Engine::attempt_or_wait`], if all leases are free.
    pub(crate) fn try_attempt_or_wait<R>(
        &self,
        on: WaitKeys<'_>,
        attempt: impl FnOnce(&mut Transaction<'_>) -> Result<std::result::Result<R, Box<dyn Want>>>,
    ) -> Option<Result<std::result::Result<R, Arc<Waiter>>>> {
        if let Err(error) = self.prepare_write() {
            return Some(Err(error));
        }
        self.try_together(on.number, on.keys, |transaction| {
            Ok(attempt(transaction)?.map_err(|want| self.put_down(on, want)))
        })
    }

    /// Puts somebody down. The leases of the keys are held.
    fn put_down(&self, on: WaitKeys<'_>, want: Box<dyn Want>) -> Arc<Waiter> {
        let waiter = Arc::new(Waiter {
            number: on.number,
            keys: on.keys.iter().map(|key| (*key).to_owned()).collect(),
            waited: on.waited,
            place: self.waiters.next_place.fetch_add(1, Ordering::Relaxed),
            want: Mutex::new(Some(want)),
        });
        self.waiters.count.fetch_add(1, Ordering::Relaxed);
        for key in waiter.waited_keys() {
            self.observe(&key, |interest| interest.waiters.push_back(Arc::clone(&waiter)));
        }
        waiter
    }

    /// How many wait.
    #[cfg(feature = "server")]
    pub(crate) fn waiter_count(&self) -> usize {
        self.waiters.count.load(Ordering::Relaxed)
    }

    /// Takes somebody off its keys who waits no longer.
    fn take_off(&self, waiter: &Arc<Waiter>) {
        self.waiters.count.fetch_sub(1, Ordering::Relaxed);
        for key in waiter.waited_keys() {
            self.unobserve(&key, |interest| {
                let at = interest.waiters.iter().position(|other| Arc::ptr_eq(other, waiter));
                at.and_then(|at| interest.waiters.remove(at)).is_some()
            });
        }
    }

    /// Ends a wait, if it has not ended; whether it had not.
    pub(crate) fn end_wait(&self, waiter: &Arc<Waiter>, end: WaitEnd) -> bool {
        let want = waiter.want.lock().take();
        match want {
            None => false,
            Some(want) => {
                self.take_off(waiter);
                want.end(end);
                true
            }
        }
    }

    /// Serves those who wait for keys that have been given something. No lease is held.
    #[inline]
    pub(super) fn serve(&self, ready: Ready) {
        if !ready.is_empty() {
            self.serve_all(ready);
        }
    }

    #[cold]
    fn serve_all(&self, ready: Ready) {
        let mut ready = VecDeque::from(ready);
        while let Some((number, key)) = ready.pop_front() {
            let (key, mut last) = (key.key(), None);
            while let Some(waiter) = self.next_waiter(number, &key, last) {
                last = Some(waiter.place);
                match self.serve_one(&waiter, &key, &mut ready) {
                    Serving::Over | Serving::NotForIt => {}
                    Serving::NothingThere => break,
                }
            }
        }
    }

    /// Who waits for a key next, behind a place.
    fn next_waiter(&self, number: u8, key: &Key<'_>, last: Option<u64>) -> Option<Arc<Waiter>> {
        self.interest(key, |interest| {
            let is_next = |waiter: &&Arc<Waiter>| {
                waiter.number == number && last.is_none_or(|last| waiter.place > last)
            };
            interest.waiters.iter().find(is_next).cloned()
        })
    }

    fn serve_one(
        &self,
        waiter: &Arc<Waiter>,
        key: &Key<'_>,
        ready: &mut VecDeque<(u8, OwnedKey)>,
    ) -> Serving {
        let keys: Vec<Key<'_>> = waiter.keys.iter().map(OwnedKey::key).collect();
        let mut ended = None;
        let (served, more) = self.together_quietly(waiter.number, &keys, |transaction| {
            if !transaction.contains(key) {
                return Ok(Serving::NothingThere);
            }
            let mut want = waiter.want.lock();
            let Some(wanting) = want.as_mut() else { return Ok(Serving::Over) };
            let outcome = wanting.attempt(transaction, key);
            if let Ok(false) = outcome {
                return Ok(Serving::NotForIt);
            }
            ended = want.take().map(|want| (want, outcome.map(drop)));
            Ok(Serving::Over)
        });
        ready.extend(more);
        let (serving, logged) = match served {
            Ok(serving) => (serving, Ok(())),
            Err(error) => (Serving::Over, Err(error)),
        };
        if let Some((want, outcome)) = ended {
            self.take_off(waiter);
            want.end(WaitEnd::Served(outcome.and(logged), appended()));
        }
        serving
    }
}

impl Waiter {
    /// The keys that it waits for, each once.
    fn waited_keys(&self) -> impl Iterator<Item = Key<'_>> {
        let keys = &self.keys[..self.waited];
        let is_first = |at: usize| {
            let is_it = |key: &OwnedKey| key.key().bytes() == keys[at].key().bytes();
            !keys[..at].iter().any(is_it)
        };
        (0..keys.len()).filter(move |at| is_first(*at)).map(|at| keys[at].key())
    }
}
