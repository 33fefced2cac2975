//! The one hash function: of keys (routing and lookup), fields and members.
//!
//! Keyed with seeds drawn once per process, so that nobody outside can choose
//! keys that collide. Nothing that leaves the process (cursors apart, which
//! live as long as it does) depends on the seeds.

use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

use ahash::RandomState;

static SEEDS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The 64-bit hash of a byte string; the high bits are as good as the low.
#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = SEEDS.build_hasher();
    hasher.write(bytes);
    hasher.finish()
}
