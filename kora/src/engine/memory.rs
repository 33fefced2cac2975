//! What is known of memory, and of the keys that went: the limit, what is held, who had to go.

#[cfg(feature = "server")]
use std::sync::atomic::Ordering;

use crate::config::Eviction;
use crate::engine::Engine;
#[cfg(feature = "server")]
use crate::keyspace::Shared;

impl Engine {
    /// Bytes that keys and values take; settles every stripe's difference first.
    pub(crate) fn used_memory(&self) -> usize {
        self.sweep(0).used_memory()
    }

    /// Changes what happens when the limit is reached.
    pub(crate) fn set_eviction(&self, eviction: Eviction) {
        self.shared.memory.set_eviction(eviction);
        self.shrink();
    }

    /// Most bytes that were held so far, as far as the account had them.
    #[cfg(feature = "server")]
    pub(crate) fn peak_memory(&self) -> usize {
        self.shared.memory.peak()
    }

    /// How many keys have expired, and how many were evicted.
    #[cfg(feature = "server")]
    pub(crate) fn gone(&self) -> (u64, u64) {
        let Shared { expired, evicted, .. } = &self.shared;
        (expired.load(Ordering::Relaxed), evicted.load(Ordering::Relaxed))
    }

    /// Counts them from nothing.
    #[cfg(feature = "server")]
    pub(crate) fn forget_gone(&self) {
        let Shared { expired, evicted, .. } = &self.shared;
        [expired, evicted].iter().for_each(|count| count.store(0, Ordering::Relaxed));
    }

    /// Bytes that may be held, and what happens when they are.
    pub(crate) fn memory_limit(&self) -> (Option<usize>, Eviction) {
        (self.shared.memory.limit(), self.shared.memory.eviction())
    }
}
