//! Who listens to what.
//!
//! Three families of names, as in Redis 7: channels, patterns of channels, and shard channels, which
//! here are channels of a family of their own. A message goes to those who listen to its channel,
//! in the order in which they came, then to those with a pattern that fits.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::text::pattern;

/// A family of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Names of channels.
    Channel,
    /// Patterns that names of channels may fit.
    Pattern,
    /// Names of shard channels.
    Shard,
}

/// All families, in the order of their numbers.
pub(crate) const FAMILIES: [Family; 3] = [Family::Channel, Family::Pattern, Family::Shard];

impl Family {
    fn number(self) -> usize {
        match self {
            Family::Channel => 0,
            Family::Pattern => 1,
            Family::Shard => 2,
        }
    }
}

/// What a listener has asked for that is given a message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked<'a> {
    /// The channel.
    Channel,
    /// This pattern, which the channel fits.
    Pattern(&'a [u8]),
    /// The shard channel.
    Shard,
}

/// A message on its way to one listener.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery<'a> {
    pub(crate) asked: Asked<'a>,
    pub(crate) channel: &'a [u8],
    pub(crate) message: &'a [u8],
}

/// One who listens.
pub(crate) trait Listener: Send + Sync + fmt::Debug {
    /// Puts a message down, and says so to whoever waits for it. Must not wait, and not call the
    /// broker.
    fn deliver(&self, delivery: &Delivery<'_>);
}

/// Names a listener to its broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ListenerId(u64);

/// A listener, by its name.
#[derive(Clone, Debug)]
struct Seat {
    id: ListenerId,
    listener: Arc<dyn Listener>,
}

/// Who listens to the names of one family.
type Seats = BTreeMap<Box<[u8]>, Vec<Seat>>;

/// Who listens to what.
#[derive(Debug, Default)]
pub(crate) struct Broker {
    families: Mutex<[Seats; FAMILIES.len()]>,
    /// How many listen to anything, once for each name.
    seats: AtomicUsize,
    next_id: AtomicU64,
}

impl Broker {
    /// A name for one more listener.
    pub(crate) fn name(&self) -> ListenerId {
        ListenerId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Has somebody listen to a name; whether it did not yet.
    pub(crate) fn subscribe(
        &self,
        family: Family,
        name: &[u8],
        id: ListenerId,
        listener: &Arc<dyn Listener>,
    ) -> bool {
        let mut families = self.families.lock();
        let seats = families[family.number()].entry(name.into()).or_default();
        let is_new = !seats.iter().any(|seat| seat.id == id);
        if is_new {
            seats.push(Seat { id, listener: Arc::clone(listener) });
            self.seats.fetch_add(1, Ordering::Relaxed);
        }
        is_new
    }

    /// Has somebody no longer listen to a name; whether it did.
    pub(crate) fn unsubscribe(&self, family: Family, name: &[u8], id: ListenerId) -> bool {
        let mut families = self.families.lock();
        let names = &mut families[family.number()];
        let Some(seats) = names.get_mut(name) else { return false };
        let Some(at) = seats.iter().position(|seat| seat.id == id) else { return false };
        seats.remove(at);
        if seats.is_empty() {
            names.remove(name);
        }
        self.seats.fetch_sub(1, Ordering::Relaxed);
        true
    }

    /// Whether nobody listens to anything.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.seats.load(Ordering::Relaxed) == 0
    }

    /// Publishes on a channel; how many were given the message.
    pub(crate) fn publish(&self, channel: &[u8], message: &[u8]) -> usize {
        if self.is_empty() {
            return 0;
        }
        let [channels, patterns, _] = &*self.families.lock();
        let to_all = |asked, seats: &[Seat]| deliver(seats, &Delivery { asked, channel, message });
        let seats = channels.get(channel);
        let mut count = seats.map_or(0, |seats| to_all(Asked::Channel, seats));
        for (pattern, seats) in patterns {
            if pattern::matches(pattern, channel) {
                count += to_all(Asked::Pattern(pattern), seats);
            }
        }
        count
    }

    /// Publishes on a shard channel; how many were given the message.
    pub(crate) fn publish_to_shard(&self, channel: &[u8], message: &[u8]) -> usize {
        let families = self.families.lock();
        let delivery = Delivery { asked: Asked::Shard, channel, message };
        let seats = families[Family::Shard.number()].get(channel);
        seats.map_or(0, |seats| deliver(seats, &delivery))
    }

    /// The names of a family that somebody listens to, and that a pattern fits.
    pub(crate) fn names(&self, family: Family, pattern: Option<&[u8]>) -> Vec<Box<[u8]>> {
        let families = self.families.lock();
        let names = families[family.number()].keys();
        let fits = |name: &[u8]| pattern.is_none_or(|pattern| pattern::matches(pattern, name));
        names.filter(|name| fits(name)).cloned().collect()
    }

    /// How many names of a family somebody listens to.
    pub(crate) fn name_count(&self, family: Family) -> usize {
        self.families.lock()[family.number()].len()
    }

    /// How many listen to a name.
    pub(crate) fn listener_count(&self, family: Family, name: &[u8]) -> usize {
        self.families.lock()[family.number()].get(name).map_or(0, Vec::len)
    }
}

fn deliver(seats: &[Seat], delivery: &Delivery<'_>) -> usize {
    seats.iter().for_each(|seat| seat.listener.deliver(delivery));
    seats.len()
}
