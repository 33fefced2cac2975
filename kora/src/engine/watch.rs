//! Keys that somebody watches: whether all of them are as they were when that began.
//!
//! Any change counts, also one that is taken back; and so does the end of a key's time, if it was
//! there when it was first looked at. What counts follows Redis 7: a key that is not there is not
//! changed by whatever empties its database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine::{Engine, Transaction};
use crate::error::Result;
use crate::keyspace::Key;
use crate::keyspace::key::OwnedKey;

/// One who watches, at a key.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) number: u8,
    /// Whether the key was there when it began.
    was_there: bool,
    /// What tells it that something has changed.
    touched: Arc<AtomicBool>,
}

impl Watch {
    fn touch(&self) {
        self.touched.store(true, Ordering::Relaxed);
    }

    /// The key has changed in a numbered database.
    pub(super) fn tell(&self, number: u8, is_expiry: bool) {
        // What had expired before anybody looked changes nothing by going.
        if number == self.number && (self.was_there || !is_expiry) {
            self.touch();
        }
    }

    /// The whole numbered database has changed, and has the key now or has it not.
    pub(super) fn tell_of_all(&self, is_there: bool) {
        if self.was_there || is_there {
            self.touch();
        }
    }
}

/// Keys that one watches.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    keys: Vec<WatchedKey>,
    touched: Arc<AtomicBool>,
}

#[derive(Debug)]
struct WatchedKey {
    number: u8,
    key: OwnedKey,
    was_there: bool,
}

impl Watched {
    /// The keys, whose leases [`Watched::holds`] needs.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key<'_>> {
        self.keys.iter().map(|watched| watched.key.key())
    }

    /// Whether something was seen to have changed; one that has not may have, until its keys' leases
    /// are held.
    pub(crate) fn is_touched(&self) -> bool {
        self.touched.load(Ordering::Relaxed)
    }

    /// Whether all keys are as they were.
    pub(crate) fn holds(&self, transaction: &Transaction<'_>) -> bool {
        let lives = |it: &WatchedKey| transaction.contains_in(it.number, &it.key.key());
        !self.is_touched() && self.keys.iter().all(|it| !it.was_there || lives(it))
    }
}

impl Engine {
    /// Watches one more key.
    pub(crate) fn watch(&self, watched: &mut Watched, number: u8, key: &Key<'_>) -> Result<()> {
        let is_it = |it: &WatchedKey| it.number == number && it.key.key().bytes() == key.bytes();
        if watched.keys.iter().any(is_it) {
            return Ok(());
        }
        let was_there = self.on(number, key, |keyspace| {
            let was_there = keyspace.contains(key);
            let touched = Arc::clone(&watched.touched);
            self.observe(key, |it| it.watches.push(Watch { number, was_there, touched }));
            Ok(was_there)
        })?;
        watched.keys.push(WatchedKey { number, key: (*key).to_owned(), was_there });
        Ok(())
    }

    /// Watches nothing more.
    pub(crate) fn unwatch(&self, watched: &mut Watched) {
        let Watched { keys, touched } = std::mem::take(watched);
        for WatchedKey { number, key, .. } in keys {
            let is_it =
                |watch: &Watch| watch.number == number && Arc::ptr_eq(&watch.touched, &touched);
            self.unobserve(&key.key(), |interest| {
                let at = interest.watches.iter().position(is_it);
                at.map(|at| interest.watches.swap_remove(at)).is_some()
            });
        }
    }
}
