//! How often keys that were looked for were there: `keyspace_hits` and `keyspace_misses` of INFO.
//!
//! The read door counts, for its thread alone: that is one addition in memory which nobody shares,
//! where a counter of the database would be a cache line that all readers write. A thread that
//! serves connections takes the sum after each turn, so what INFO tells is what clients have looked
//! for. What other threads count nobody asks for, and the short way (`short.rs`), by which the
//! process itself reads, does not count.

use std::cell::Cell;

thread_local! {
    /// Misses and hits. One place for both, so that counting needs no branch.
    static LOOKUPS: [Cell<u64>; 2] = const { [const { Cell::new(0) }; 2] };
}

/// Counts a key that was looked for.
#[inline(always)]
pub(crate) fn count(is_there: bool) {
    LOOKUPS.with(|lookups| {
        let count = &lookups[usize::from(is_there)];
        count.set(count.get().wrapping_add(1));
    });
}

/// How many keys that the thread looked for were there, and how many were not, since this was asked.
#[cfg(feature = "server")]
pub(crate) fn take() -> (u64, u64) {
    LOOKUPS.with(|[misses, hits]| (hits.take(), misses.take()))
}
