//! The memory account: bytes that keys, values and indexes hold, against the limit.
//!
//! Jobs report differences; a stripe keeps small ones back and settles larger sums, so that
//! writers do not meet on one counter. The account is therefore off by at most
//! [`Memory::slack`] a stripe. The limit and the policy may change at any time: each is one plain
//! load where it is asked for, and who asks sees the one or the other.

use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU8, AtomicUsize, Ordering};

use crate::config::Eviction;
use crate::keyspace::STRIPES;

/// A stripe's unsettled difference without a limit.
const SLACK_MAX: usize = 16 << 10;

/// What stands for no limit.
const NO_LIMIT: usize = usize::MAX;

/// Bytes held, and how many may be.
#[derive(Debug)]
pub(crate) struct Memory {
    limit: AtomicUsize,
    slack: AtomicIsize,
    /// The place of the policy among all of them.
    eviction: AtomicU8,
    /// Whether the policy counts how often keys are used.
    counts_frequency: AtomicBool,
    /// Whether the last search found no key that the policy may evict.
    exhausted: AtomicBool,
    /// Whether a shard's thread evicts because the limit was changed.
    is_shrinking: AtomicBool,
    used: AtomicIsize,
    /// The most that it was.
    peak: AtomicIsize,
}

/// Bytes that a stripe may keep back. With a limit, all stripes together are off by at most a
/// sixteenth of it.
fn slack(limit: Option<usize>) -> isize {
    let slack = limit.map_or(SLACK_MAX, |limit| (limit / (16 * STRIPES)).min(SLACK_MAX));
    isize::try_from(slack).unwrap_or(isize::MAX)
}

impl Memory {
    pub(crate) fn new(limit: Option<usize>, eviction: Eviction) -> Memory {
        Memory {
            limit: AtomicUsize::new(limit.unwrap_or(NO_LIMIT)),
            slack: AtomicIsize::new(slack(limit)),
            eviction: AtomicU8::new(eviction.place()),
            counts_frequency: AtomicBool::new(eviction.counts_frequency()),
            exhausted: AtomicBool::new(eviction == Eviction::None),
            is_shrinking: AtomicBool::new(false),
            used: AtomicIsize::new(0),
            peak: AtomicIsize::new(0),
        }
    }

    /// Changes how many bytes may be held. What stripes keep back is to be settled then.
    pub(crate) fn set_limit(&self, limit: Option<usize>) {
        self.slack.store(slack(limit), Ordering::Relaxed);
        self.limit.store(limit.unwrap_or(NO_LIMIT), Ordering::Relaxed);
    }

    /// Changes what happens at the limit. Who evicts next finds out whether it can.
    pub(crate) fn set_eviction(&self, eviction: Eviction) {
        self.eviction.store(eviction.place(), Ordering::SeqCst);
        self.counts_frequency.store(eviction.counts_frequency(), Ordering::Relaxed);
    }

    /// What happens at the limit.
    pub(crate) fn eviction(&self) -> Eviction {
        Eviction::at(self.eviction.load(Ordering::SeqCst))
    }

    /// Whether stamps of keys tell how often they are used, and not when they were.
    #[inline]
    pub(crate) fn counts_frequency(&self) -> bool {
        self.counts_frequency.load(Ordering::Relaxed)
    }

    /// Bytes that a stripe may keep back.
    #[inline]
    pub(crate) fn slack(&self) -> isize {
        self.slack.load(Ordering::Relaxed)
    }

    /// Adds a stripe's difference.
    pub(crate) fn settle(&self, bytes: isize) {
        let used = self.used.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if used > self.peak.load(Ordering::Relaxed) {
            self.peak.fetch_max(used, Ordering::Relaxed);
        }
    }

    /// Notes whether there was a key to evict.
    pub(crate) fn set_exhausted(&self, exhausted: bool) {
        if self.is_exhausted() != exhausted {
            self.exhausted.store(exhausted, Ordering::Relaxed);
        }
    }

    /// Whether the last search found no key that the policy may evict.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.exhausted.load(Ordering::Relaxed)
    }

    /// Notes that somebody begins to evict on behalf of all; false if somebody does already. Who ends
    /// looks at the policy afterwards, and who changes it asks here afterwards: one sees the other.
    pub(crate) fn begin_to_shrink(&self) -> bool {
        !self.is_shrinking.swap(true, Ordering::SeqCst)
    }

    /// Notes that nobody evicts on behalf of all any more.
    pub(crate) fn end_shrinking(&self) {
        self.is_shrinking.store(false, Ordering::SeqCst);
    }

    /// Bytes that may be held; `None` for no limit.
    pub(crate) fn limit(&self) -> Option<usize> {
        Some(self.limit.load(Ordering::Relaxed)).filter(|limit| *limit != NO_LIMIT)
    }

    /// Bytes held.
    pub(crate) fn used(&self) -> usize {
        usize::try_from(self.used.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// The most bytes that were held.
    #[cfg(feature = "server")]
    pub(crate) fn peak(&self) -> usize {
        usize::try_from(self.peak.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// Whether more is held than may be.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        let limit = self.limit.load(Ordering::Relaxed);
        // Without a limit the account, which writers change, is not looked at.
        limit != NO_LIMIT && self.used() > limit
    }

    /// Whether the limit is passed by so much that whoever wants to write evicts without an end
    /// to its patience: by a sixteenth, unless a shard's thread is about it.
    pub(crate) fn is_far_over(&self) -> bool {
        let is_far = |limit: usize| self.used() > limit + limit / 16;
        !self.is_shrinking.load(Ordering::Relaxed) && self.limit().is_some_and(is_far)
    }

    /// Whether more is held than may be, and nothing may be evicted.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.is_over() && self.is_exhausted()
    }
}
