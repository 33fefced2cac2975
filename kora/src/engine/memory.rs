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
        for stripe in &self.stripes {
            let mut stripe = stripe.0.lock();
            self.shared.memory.settle(std::mem::take(&mut stripe.unsettled));
        }
        self.shared.memory.used()
    }

    /// Changes how many bytes may be held; `None` for no limit.
    pub(crate) fn set_memory_limit(&self, limit: Option<usize>) {
        self.shared.memory.set_limit(limit);
        // What stripes have kept back may be more than they may keep from here on.
        self.used_memory();
        self.shrink();
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
