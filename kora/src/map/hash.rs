//! The one hash function: of keys (routing and lookup), fields and members.
//!
//! Keyed with seeds drawn once per process, so that nobody outside can choose
//! keys that collide. Nothing that leaves the process (cursors apart, which
//! live as long as it does) depends on the seeds.

use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

use ahash::RandomState;

static SEEDS: LazyLock<RandomState> = LazyLock::new(seeds);

#[cfg(not(any(test, feature = "testing")))]
fn seeds() -> RandomState {
    RandomState::new()
}

/// The seed that a test asked for, before anything was hashed.
#[cfg(any(test, feature = "testing"))]
pub(crate) static FIXED_SEED: std::sync::OnceLock<u64> = std::sync::OnceLock::new();

#[cfg(any(test, feature = "testing"))]
fn seeds() -> RandomState {
    match FIXED_SEED.get() {
        Some(seed) => RandomState::with_seeds(*seed, !seed, seed.rotate_left(32), 0),
        None => RandomState::new(),
    }
}

/// The 64-bit hash of a byte string; the high bits are as good as the low.
#[inline(always)]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = SEEDS.build_hasher();
    hasher.write(bytes);
    hasher.finish()
}
