//! The memory account: bytes that keys, values and indexes hold, against the limit.
//!
//! Jobs report differences; a stripe keeps small ones back and settles larger sums, so that
//! writers do not meet on one counter. The account is therefore off by at most
//! [`Memory::slack`] a stripe.

use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

use crate::config::Eviction;
use crate::keyspace::STRIPES;

/// A stripe's unsettled difference without a limit.
const SLACK_MAX: usize = 16 << 10;

/// Bytes held, and how many may be.
#[derive(Debug)]
pub(crate) struct Memory {
    used: AtomicIsize,
    limit: Option<usize>,
    slack: isize,
    pub(crate) eviction: Eviction,
    /// Whether the last search found no key that the policy may evict.
    exhausted: AtomicBool,
}

impl Memory {
    pub(crate) fn new(limit: Option<usize>, eviction: Eviction) -> Memory {
        // With a limit, all stripes together are off by at most a sixteenth of it.
        let slack = limit.map_or(SLACK_MAX, |limit| (limit / (16 * STRIPES)).min(SLACK_MAX));
        let slack = isize::try_from(slack).unwrap_or(isize::MAX);
        let exhausted = AtomicBool::new(eviction == Eviction::None);
        Memory { used: AtomicIsize::new(0), limit, slack, eviction, exhausted }
    }

    /// Bytes that a stripe may keep back.
    #[inline]
    pub(crate) fn slack(&self) -> isize {
        self.slack
    }

    /// Adds a stripe's difference.
    pub(crate) fn settle(&self, bytes: isize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes whether there was a key to evict.
    pub(crate) fn set_exhausted(&self, exhausted: bool) {
        if self.exhausted.load(Ordering::Relaxed) != exhausted {
            self.exhausted.store(exhausted, Ordering::Relaxed);
        }
    }

    /// Bytes that may be held; `None` for no limit.
    #[cfg(feature = "server")]
    pub(crate) fn limit(&self) -> Option<usize> {
        self.limit
    }

    /// Bytes held.
    pub(crate) fn used(&self) -> usize {
        usize::try_from(self.used.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// Whether more is held than may be.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.used() > limit)
    }

    /// Whether the limit is passed by so much that whoever wants to write evicts without an end
    /// to its patience: by a sixteenth.
    pub(crate) fn is_far_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.used() > limit + limit / 16)
    }

    /// Whether more is held than may be, and nothing may be evicted.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.is_over() && self.exhausted.load(Ordering::Relaxed)
    }
}
