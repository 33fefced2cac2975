//! Which keys leave when memory is full, and the access stamps that tell.
//!
//! A stamp is 24 bits in the entry. Under an LFU policy it is a logarithmic counter (8 bits)
//! and the minute of its last decay (16 bits), as Redis keeps them (`lfu-log-factor` 10,
//! `lfu-decay-time` 1); otherwise it is the second of the last access.

use crate::config::Eviction;
use crate::keyspace::event::Event;
use crate::keyspace::{Entry, EntryRef, Key, Keyspace, Reader, Shared};
use crate::map::BlockRef;
use crate::random;

/// A new key's frequency, so that it is not the first to leave.
const FREQUENCY_FIRST: u32 = 5;
const FREQUENCY_MAX: u32 = 255;
const LOG_FACTOR: u32 = 10;
const STAMP_MASK: i64 = 0xFF_FFFF;
const MINUTE_MASK: i64 = 0xFFFF;

#[inline]
fn second(shared: &Shared) -> u32 {
    let masked = shared.clock.coarse_seconds() & STAMP_MASK;
    u32::try_from(masked).expect("24 bits")
}

fn minute(shared: &Shared) -> u32 {
    let masked = (shared.clock.coarse_seconds() / 60) & MINUTE_MASK;
    u32::try_from(masked).expect("16 bits")
}

/// The stamp of a key that was just made.
#[inline]
pub(crate) fn first_stamp(shared: &Shared) -> u32 {
    if shared.memory.counts_frequency() {
        minute(shared) << 8 | FREQUENCY_FIRST
    } else {
        second(shared)
    }
}

/// Counts an access.
#[inline]
pub(crate) fn touch(shared: &Shared, entry: EntryRef<'_>) {
    if shared.memory.counts_frequency() {
        entry.set_stamp(minute(shared) << 8 | increment(frequency(shared, entry)));
    } else {
        entry.set_stamp(second(shared));
    }
}

/// The frequency counter, less what time took from it.
pub(crate) fn frequency(shared: &Shared, entry: EntryRef<'_>) -> u32 {
    let (then, counter) = (entry.stamp() >> 8, entry.stamp() & FREQUENCY_MAX);
    let minutes = minute(shared).wrapping_sub(then) & 0xFFFF;
    counter.saturating_sub(minutes)
}

/// Adds one with a probability that falls as the counter grows.
fn increment(counter: u32) -> u32 {
    let base = counter.saturating_sub(FREQUENCY_FIRST) * LOG_FACTOR + 1;
    let one_in = usize::try_from(base).unwrap_or(usize::MAX);
    if counter < FREQUENCY_MAX && random::below(one_in) == 0 { counter + 1 } else { counter }
}

/// Seconds since the entry was used.
pub(crate) fn idle_seconds(shared: &Shared, entry: EntryRef<'_>) -> u32 {
    second(shared).wrapping_sub(entry.stamp()) & 0xFF_FFFF
}

/// When, or how often, a key was used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp(u32);

impl Reader<'_> {
    /// The stamp of a key that is there.
    pub(crate) fn stamp(self, key: &Key<'_>) -> Option<Stamp> {
        self.peek(key).map(|entry| Stamp(entry.stamp()))
    }

    /// Gives a key that is there the stamp that it had.
    pub(crate) fn restamp(self, key: &Key<'_>, stamp: Stamp) {
        if let Some(entry) = self.peek(key) {
            entry.set_stamp(stamp.0);
        }
    }
}

/// A key that may leave, and how gladly we see it go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) hash: u64,
    pub(crate) score: u64,
    pub(crate) database: u8,
    stamp: u32,
}

impl Keyspace<'_> {
    /// Whether stamps tell how often a key is used, and not when it was.
    pub(crate) fn counts_frequency(&self) -> bool {
        self.job.shared.memory.counts_frequency()
    }

    /// A key that the policy may evict, from a small sample of this space.
    pub(crate) fn eviction_candidate(&self, policy: Eviction) -> Option<Candidate> {
        const SAMPLES: usize = 5;
        if policy == Eviction::VolatileTtl {
            let (deadline, hash) = self.space.deadlines.first()?;
            let score = u64::MAX.wrapping_sub(deadline as u64);
            return Some(Candidate { hash, score, database: self.number, stamp: 0 });
        }
        let sample = (0..SAMPLES).filter_map(|_| self.sample(policy));
        sample.max_by_key(|candidate| candidate.score)
    }

    fn sample(&self, policy: Eviction) -> Option<Candidate> {
        const TRIES: usize = 16;
        let volatile = match policy {
            Eviction::VolatileLru | Eviction::VolatileLfu | Eviction::VolatileRandom => true,
            Eviction::AllKeysLru | Eviction::AllKeysLfu | Eviction::AllKeysRandom => false,
            Eviction::None | Eviction::VolatileTtl => return None,
        };
        if volatile && self.deadline_count() == 0 {
            return None;
        }
        let mut tries = (0..TRIES).filter_map(|_| self.reader().pick());
        let entry = tries.find(|entry| !volatile || entry.deadline().is_some());
        // Where keys with a deadline are few, luck would miss them and call memory full.
        let entry = entry.or_else(|| if volatile { self.expiring_entry() } else { None })?;
        let score = match policy {
            Eviction::AllKeysRandom | Eviction::VolatileRandom => 0,
            Eviction::AllKeysLfu | Eviction::VolatileLfu => {
                u64::from(FREQUENCY_MAX - frequency(self.job.shared, entry))
            }
            Eviction::AllKeysLru
            | Eviction::VolatileLru
            | Eviction::None
            | Eviction::VolatileTtl => u64::from(idle_seconds(self.job.shared, entry)),
        };
        let hash = crate::map::hash(entry.key());
        Some(Candidate { hash, score, database: self.number, stamp: entry.stamp() })
    }

    /// A key with a deadline, any; those after a long time without one come more often.
    fn expiring_entry(&self) -> Option<EntryRef<'_>> {
        let (deadline, hash) = self.space.deadlines.pick()?;
        let is_it = |block: BlockRef<'_>| EntryRef::new(block).deadline() == Some(deadline);
        let at = self.space.map.find_by(hash, is_it)?;
        Some(EntryRef::new(self.space.map.get(at)))
    }

    /// Removes a candidate, if it was not used since; returns it to be dropped.
    pub(crate) fn evict(&mut self, policy: Eviction, candidate: &Candidate) -> Option<Entry> {
        if policy == Eviction::VolatileTtl {
            let (deadline, hash) = self.space.deadlines.first()?;
            return self.remove_at_deadline(deadline, hash, Event::EVICTED);
        }
        // The index compares a part of the hash only, and another key may have the same stamp.
        let is_it = |block: BlockRef<'_>| {
            let entry = EntryRef::new(block);
            entry.stamp() == candidate.stamp && crate::map::hash(entry.key()) == candidate.hash
        };
        let at = self.space.map.find_by(candidate.hash, is_it)?;
        Some(self.remove_unasked(candidate.hash, at, Event::EVICTED))
    }
}
