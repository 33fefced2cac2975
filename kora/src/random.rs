//! Random numbers for choosing: which member, which key to evict. Not for secrets.
//!
//! One generator a thread (xorshift64*, Vigna 2016), so that choosing shares nothing.

use std::cell::Cell;

use crate::map::hash;

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// The next 64 random bits of this thread.
pub(crate) fn next() -> u64 {
    STATE.with(|state| {
        let mut x = state.get();
        if x == 0 {
            // The hash's seeds are random for the process, the address is the thread's own.
            x = hash(&(state.as_ptr().addr() as u64).to_le_bytes()) | 1;
        }
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        state.set(x);
        x.wrapping_mul(0x2545_F491_4F6C_DD1D)
    })
}

/// Starts this thread's numbers anew, the same for the same seed.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn seed(seed: u64) {
    STATE.set(seed | 1);
}

/// A number below `bound`, about uniform; 0 when `bound` is 0.
pub(crate) fn below(bound: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "less than `bound`")]
    let chosen = ((u128::from(next()) * bound as u128) >> 64) as usize;
    chosen
}
