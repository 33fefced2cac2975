//! Several keys in one atomic step: their leases, taken in ascending order.
//!
//! Ascending order makes deadlock impossible; holding all leases makes the step atomic for
//! every reader. The job's records reach the log as one piece.

use parking_lot::MutexGuard;

use crate::engine::waiters::Ready;
use crate::engine::{Engine, catch};
use crate::error::Result;
#[cfg(feature = "server")]
use crate::keyspace::eviction::Stamp;
use crate::keyspace::{EntryRef, Job, Key, Keyspace, Reader, STRIPES, Stripe, lookups};
use crate::types::TypedValue;

/// The keyspaces of several keys, held together.
#[derive(Debug)]
pub(crate) struct Transaction<'e> {
    leases: Leases<'e>,
    job: Job<'e>,
    number: u8,
    database_count: usize,
    /// Whether it is to be left unknown that keys were used.
    leaves_no_trace: bool,
}

/// Leases in ascending order of their stripes.
#[derive(Debug)]
pub(super) struct Leases<'e> {
    numbers: Vec<u16>,
    stripes: Vec<MutexGuard<'e, Stripe>>,
    /// Where the lease of each stripe stands, when there are too many to search.
    places: Vec<u16>,
    /// Whether one stripe stands for all: copies of keys, of whatever stripe.
    is_one: bool,
}

/// So many leases are found by looking at each.
const SEARCHED_MAX: usize = 8;

impl<'e> Leases<'e> {
    fn new(numbers: Vec<u16>, stripes: Vec<MutexGuard<'e, Stripe>>) -> Leases<'e> {
        let mut places = Vec::new();
        if numbers.len() > SEARCHED_MAX {
            places.resize(STRIPES, 0);
            for (place, stripe) in (0..).zip(&numbers) {
                places[usize::from(*stripe)] = place;
            }
        }
        Leases { numbers, stripes, places, is_one: false }
    }

    /// One stripe that stands for all.
    pub(super) fn of_one(stripe: MutexGuard<'e, Stripe>) -> Leases<'e> {
        Leases { numbers: vec![0], stripes: vec![stripe], places: Vec::new(), is_one: true }
    }

    /// The stripe of a key.
    pub(super) fn stripe(&self, key: &Key<'_>) -> &Stripe {
        &self.stripes[self.position(key.stripe())]
    }

    /// The stripe of a key, to change.
    pub(super) fn stripe_mut(&mut self, key: &Key<'_>) -> &mut Stripe {
        let at = self.position(key.stripe());
        &mut self.stripes[at]
    }

    #[inline]
    fn position(&self, stripe: usize) -> usize {
        if self.is_one {
            return 0;
        }
        if let Some(place) = self.places.get(stripe) {
            debug_assert_eq!(usize::from(self.numbers[usize::from(*place)]), stripe);
            return usize::from(*place);
        }
        let is_it = |number: &u16| usize::from(*number) == stripe;
        self.numbers.iter().position(is_it).expect("a transaction holds its keys' leases")
    }
}

/// The stripes of some keys, each once, in ascending order.
fn ascending<'k>(keys: impl IntoIterator<Item = &'k Key<'k>>) -> Result<Vec<u16>> {
    let keys = keys.into_iter();
    let mut numbers: Vec<u16> = Vec::with_capacity(keys.size_hint().0);
    for key in keys {
        key.check_len()?;
        numbers.push(u16::try_from(key.stripe()).expect("there are 1024 stripes"));
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

impl Engine {
    /// Runs a job on the stripes of several keys. The job may reach these keys and no others.
    pub(crate) fn together<'k, R>(
        &self,
        number: u8,
        keys: impl IntoIterator<Item = &'k Key<'k>>,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        let leases = self.lease(keys)?;
        self.hold(number, leases, work)
    }

    /// As [`Engine::together`], and those who wait for what it gives keys are left to the caller.
    pub(super) fn together_quietly<R>(
        &self,
        number: u8,
        keys: &[Key<'_>],
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> (Result<R>, Ready) {
        match self.lease(keys) {
            Ok(leases) => self.hold_quietly(number, leases, work),
            Err(error) => (Err(error), Ready::new()),
        }
    }

    /// The leases of the stripes of some keys.
    pub(super) fn lease<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k Key<'k>>,
    ) -> Result<Leases<'_>> {
        let numbers = ascending(keys)?;
        let lease = |stripe: &u16| self.stripes[usize::from(*stripe)].0.lock();
        let stripes = numbers.iter().map(lease).collect();
        Ok(Leases::new(numbers, stripes))
    }

    /// As [`Engine::together`], if all leases are free.
    pub(crate) fn try_together<'k, R>(
        &self,
        number: u8,
        keys: impl IntoIterator<Item = &'k Key<'k>>,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Option<Result<R>> {
        let numbers = match ascending(keys) {
            Ok(numbers) => numbers,
            Err(error) => return Some(Err(error)),
        };
        let lease = |stripe: &u16| self.stripes[usize::from(*stripe)].0.try_lock();
        let stripes = numbers.iter().map(lease).collect::<Option<_>>()?;
        Some(self.hold(number, Leases::new(numbers, stripes), work))
    }

    /// Runs a job on all stripes. For what must be one step and is short.
    pub(crate) fn everywhere<R>(
        &self,
        number: u8,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        let stripes = self.stripes.iter().map(|stripe| stripe.0.lock()).collect();
        let numbers = (0..).take(STRIPES).collect();
        self.hold(number, Leases::new(numbers, stripes), work)
    }

    fn hold<'e, R>(
        &'e self,
        number: u8,
        leases: Leases<'e>,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        let (result, ready) = self.hold_quietly(number, leases, work);
        self.serve(ready);
        result
    }

    fn hold_quietly<'e, R>(
        &'e self,
        number: u8,
        leases: Leases<'e>,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> (Result<R>, Ready) {
        let (job, database_count) = (Job::new(&self.shared), self.database_count);
        let mut transaction = Transaction::new(leases, job, number, database_count);
        let mut result = catch(|| work(&mut transaction));
        let Transaction { leases: Leases { numbers, mut stripes, .. }, job, .. } = transaction;
        if let (Some(stripe), Some(number)) = (stripes.first_mut(), numbers.first()) {
            let at = usize::from(*number);
            if job.sets_deadlines() {
                // A key that moved may have taken its deadline to any of the shards.
                numbers.iter().for_each(|number| self.watch_deadlines(usize::from(*number)));
            }
            let left = self.end(job, stripe, at);
            drop(stripes);
            self.free(left.garbage, at);
            if let Err(error) = left.logged {
                result = Err(error);
            }
            return (result, left.ready);
        }
        (result, Ready::new())
    }
}

impl<'e> Transaction<'e> {
    pub(super) fn new(
        leases: Leases<'e>,
        job: Job<'e>,
        number: u8,
        database_count: usize,
    ) -> Transaction<'e> {
        Transaction { leases, job, number, database_count, leaves_no_trace: false }
    }

    /// Gives the leases back of a transaction that has only read.
    pub(super) fn into_leases(self) -> Leases<'e> {
        self.job.dismiss();
        self.leases
    }

    /// Gives the leases back; the job is to be ended.
    pub(super) fn into_job(self) -> Job<'e> {
        self.job
    }
}

impl Transaction<'_> {
    /// The keyspace of a key, to change.
    pub(crate) fn keyspace(&mut self, key: &Key<'_>) -> Keyspace<'_> {
        self.keyspace_in(self.number, key)
    }

    /// The keyspace of a key in a numbered database.
    pub(crate) fn keyspace_in(&mut self, number: u8, key: &Key<'_>) -> Keyspace<'_> {
        let at = self.leases.position(key.stripe());
        self.leases.stripes[at].keyspace(number, &self.job)
    }

    /// The keyspace of a key, to read; `None` when its numbered database was never used.
    /// Several may be read at once.
    #[inline]
    pub(crate) fn reader(&self, key: &Key<'_>) -> Option<Reader<'_>> {
        self.reader_in(self.number, key)
    }

    /// The keyspace of a key in a numbered database, to read.
    #[inline]
    pub(crate) fn reader_in(&self, number: u8, key: &Key<'_>) -> Option<Reader<'_>> {
        let at = self.leases.position(key.stripe());
        self.leases.stripes[at].reader(number, &self.job)
    }

    /// Whether a key is there, in a numbered database; no access is counted.
    pub(crate) fn contains_in(&self, number: u8, key: &Key<'_>) -> bool {
        self.reader_in(number, key).is_some_and(|reader| reader.peek(key).is_some())
    }

    /// Whether a key is there; no access is counted.
    pub(crate) fn contains(&self, key: &Key<'_>) -> bool {
        self.contains_in(self.number, key)
    }

    /// The value of a key; an error when it is of another type.
    #[inline]
    pub(crate) fn read<T: TypedValue>(&self, key: &Key<'_>) -> Result<Option<T::View<'_>>> {
        match self.reader(key) {
            None => {
                lookups::count(false);
                Ok(None)
            }
            Some(reader) => reader.read::<T>(key),
        }
    }

    /// Does something with keys of the numbered database, and lets it be as it was when, or how
    /// often, they were used. Those of its keys that nobody can name before come by
    /// [`Transaction::entry`].
    #[cfg(feature = "server")]
    pub(crate) fn without_trace<R>(
        &mut self,
        keys: &[Key<'_>],
        work: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let number = self.number;
        let stamp = |key: &Key<'_>| self.reader_in(number, key)?.stamp(key);
        let stamps: Vec<Option<Stamp>> = keys.iter().map(stamp).collect();
        self.leaves_no_trace = true;
        let result = work(self);
        self.leaves_no_trace = false;
        for (key, stamp) in keys.iter().zip(stamps) {
            if let (Some(reader), Some(stamp)) = (self.reader_in(number, key), stamp) {
                reader.restamp(key, stamp);
            }
        }
        result
    }

    /// What a key holds. It counts as used, unless that is to be left unknown.
    pub(crate) fn entry(&self, key: &Key<'_>) -> Option<EntryRef<'_>> {
        let reader = self.reader(key)?;
        let stamp = if self.leaves_no_trace { reader.stamp(key) } else { None };
        let entry = reader.entry(key);
        if let Some(stamp) = stamp {
            reader.restamp(key, stamp);
        }
        entry
    }

    /// As [`Transaction::read`], for who changes the value or has read it already.
    pub(crate) fn glance<T: TypedValue>(&self, key: &Key<'_>) -> Result<Option<T::View<'_>>> {
        self.reader(key).map_or(Ok(None), |reader| reader.glance::<T>(key))
    }

    /// Works on another numbered database from here on.
    #[cfg(feature = "server")]
    pub(crate) fn select(&mut self, number: u8) {
        self.number = number;
    }

    /// A stripe by its number, which is held.
    pub(super) fn stripe_at(&mut self, at: usize) -> (&mut Stripe, &Job<'_>) {
        let at = self.leases.position(at);
        (&mut self.leases.stripes[at], &self.job)
    }

    /// The number of the database that the transaction works on.
    pub(crate) fn number(&self) -> u8 {
        self.number
    }

    /// A number of a database as it is kept; `None` when there is no such database.
    pub(crate) fn database(&self, number: usize) -> Option<u8> {
        u8::try_from(number).ok().filter(|_| number < self.database_count)
    }

    /// The job that all steps of the transaction belong to.
    pub(crate) fn job(&self) -> &Job<'_> {
        &self.job
    }

    /// Every stripe that is held.
    pub(crate) fn stripes(&mut self) -> impl Iterator<Item = (&mut Stripe, &Job<'_>)> {
        let job = &self.job;
        self.leases.stripes.iter_mut().map(move |stripe| (&mut **stripe, job))
    }

    /// Starts loading what reading these keys needs: all slots, then all blocks, so that the
    /// memory's latency is paid once.
    pub(crate) fn prefetch<'k>(&self, keys: impl Iterator<Item = &'k Key<'k>> + Clone) {
        for key in keys.clone() {
            self.leases.stripes[self.leases.position(key.stripe())].prefetch_slot(key.hash());
        }
        for key in keys {
            self.leases.stripes[self.leases.position(key.stripe())].prefetch_block(key.hash());
        }
    }
}
