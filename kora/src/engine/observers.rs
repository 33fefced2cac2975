//! Who is to be told what happens to keys.
//!
//! While nobody is, that costs a job one load: it keeps records for the log alone. When somebody
//! is, every job keeps them, and at its end, while its leases are still held, those who observe
//! one of its keys are told what the records say. So nothing that changes a key can forget to
//! tell, and who is told sees the order of the changes.
//!
//! Invariant: an observer of a key is put down and taken off under a lease of the key's stripe, or
//! has nothing left to be told; [`Shared::observers`](crate::keyspace::Shared) counts them, once
//! for each key.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hashbrown::HashMap;
use parking_lot::{Mutex, MutexGuard};

use crate::engine::waiters::{Ready, Waiter};
use crate::engine::watch::Watch;
use crate::engine::{Engine, Transaction};
use crate::keyspace::effect::{Effect, Record, Scope};
use crate::keyspace::event::{Event, Named};
use crate::keyspace::{Key, STRIPES};

/// Groups that keys fall into, each with a lock: far more than threads that meet.
const GROUPS: usize = 64;

/// The keys that somebody observes.
#[derive(Debug)]
pub(super) struct Observers {
    groups: Box<[Mutex<Group>]>,
}

/// Observers by key, whatever numbered database they observe it in.
type Group = HashMap<Box<[u8]>, Interest, ahash::RandomState>;

/// Who observes a key.
#[derive(Debug, Default)]
pub(super) struct Interest {
    pub(super) watches: Vec<Watch>,
    /// Those who wait for it to have something, in the order in which they came.
    pub(super) waiters: VecDeque<Arc<Waiter>>,
}

impl Interest {
    fn is_empty(&self) -> bool {
        self.watches.is_empty() && self.waiters.is_empty()
    }
}

impl Default for Observers {
    fn default() -> Observers {
        const { assert!(STRIPES % GROUPS == 0, "every group has as many stripes") };
        Observers { groups: (0..GROUPS).map(|_| Mutex::default()).collect() }
    }
}

impl Observers {
    fn group(&self, key: &Key<'_>) -> MutexGuard<'_, Group> {
        self.groups[key.stripe() % GROUPS].lock()
    }

    /// Those who observe anything, key by key.
    fn each(&self, mut visit: impl FnMut(&[u8], &mut Interest)) {
        for group in &self.groups {
            group.lock().iter_mut().for_each(|(key, interest)| visit(key, interest));
        }
    }
}

impl Engine {
    /// Whether somebody is to be told what happens to keys.
    #[inline]
    pub(crate) fn is_observed(&self) -> bool {
        self.shared.is_observed()
    }

    /// One more is to be told something.
    pub(super) fn begin_to_observe(&self) {
        self.shared.observers.fetch_add(1, Ordering::Relaxed);
    }

    /// One is to be told nothing more.
    pub(super) fn end_to_observe(&self) {
        self.shared.observers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Puts somebody down for a key. The caller holds its lease.
    pub(super) fn observe(&self, key: &Key<'_>, put: impl FnOnce(&mut Interest)) {
        self.begin_to_observe();
        put(self.observers.group(key).entry_ref(key.bytes()).or_default());
    }

    /// Looks at who observes a key, if anybody does.
    pub(super) fn interest<R>(
        &self,
        key: &Key<'_>,
        look: impl FnOnce(&mut Interest) -> Option<R>,
    ) -> Option<R> {
        look(self.observers.group(key).get_mut(key.bytes())?)
    }

    /// Takes somebody off a key; `take` says whether there was somebody.
    pub(super) fn unobserve(&self, key: &Key<'_>, take: impl FnOnce(&mut Interest) -> bool) {
        let mut group = self.observers.group(key);
        let Some(interest) = group.get_mut(key.bytes()) else { return };
        if take(interest) {
            self.end_to_observe();
        }
        if interest.is_empty() {
            group.remove(key.bytes());
        }
    }

    /// Tells observers what a job has done, by its records. Its leases are held; when they are
    /// free, what is returned is for [`Engine::serve`].
    #[inline]
    pub(super) fn tell(&self, records: &[u8], named: &Named) -> Ready {
        if self.shared.is_observed() { self.tell_each(records, named) } else { Ready::new() }
    }

    #[cold]
    fn tell_each(&self, records: &[u8], named: &Named) -> Ready {
        let (mut rest, mut told) = (records, self.begin_events());
        let mut ready = Ready::new();
        while let Some((record, after)) = Record::decode(rest) {
            let at = records.len() - rest.len();
            match record.effect.scope() {
                Scope::Key => {
                    self.tell_of_key(&record, named.at(at), &mut ready);
                    if let Some(told) = &mut told {
                        self.publish_record(told, &record, at, named);
                    }
                }
                // Who watches is told by `tell_of_database`, which can look at the keys.
                Scope::Database => self.add_swapped(&record, &mut ready),
                Scope::Document(_) | Scope::Collection(_) => {}
            }
            rest = after;
        }
        ready
    }

    /// Every key of databases that have changed places may have something for those who wait.
    fn add_swapped(&self, record: &Record<'_>, ready: &mut Ready) {
        let Effect::Swap(other) = record.effect else { return };
        self.observers.each(|key, interest| {
            for number in [record.database, other] {
                if interest.waiters.iter().any(|waiter| waiter.number == number) {
                    ready.push((number, Key::new(key).to_owned()));
                }
            }
        });
    }

    fn tell_of_key(&self, record: &Record<'_>, event: Option<Event>, ready: &mut Ready) {
        let key = Key::new(record.key);
        let mut group = self.observers.group(&key);
        let Some(interest) = group.get_mut(record.key) else { return };
        let is_expiry = event == Some(Event::EXPIRED);
        interest.watches.iter().for_each(|watch| watch.tell(record.database, is_expiry));
        let gives = matches!(record.effect, Effect::Store { .. } | Effect::Edit { .. });
        if gives && interest.waiters.iter().any(|waiter| waiter.number == record.database) {
            ready.push((record.database, key.to_owned()));
        }
    }

    /// Tells observers what has happened to a numbered database. All leases are held.
    pub(super) fn tell_of_database(&self, number: u8, effect: Effect<'_>, all: &Transaction<'_>) {
        if !self.shared.is_observed() {
            return;
        }
        let other = if let Effect::Swap(other) = effect { other } else { number };
        self.observers.each(|key, interest| {
            let is_there = |number| all.contains_in(number, &Key::new(key));
            for watch in interest.watches.iter().filter(|w| [number, other].contains(&w.number)) {
                watch.tell_of_all(is_there(watch.number));
            }
        });
    }
}
