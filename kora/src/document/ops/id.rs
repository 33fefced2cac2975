//! Ids that documents are given when their writer has none.

use crate::random;

/// An id that nobody has: a ULID of this moment. Ids that one thread makes ascend.
///
/// <https://github.com/ulid/spec>: 48 bits of milliseconds and 80 random bits, in Crockford's
/// base 32.
pub(crate) fn new_id(now_ms: i64) -> String {
    use std::cell::Cell;
    thread_local! {
        static LAST: Cell<(u64, u128)> = const { Cell::new((0, 0)) };
    }
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const RANDOM_BITS: u32 = 80;
    let now = u64::try_from(now_ms).unwrap_or(0) & ((1 << 48) - 1);
    let (last, tail) = LAST.get();
    // Within a millisecond the random part counts up, as the specification has it.
    let tail = if now <= last && tail + 1 < 1 << RANDOM_BITS {
        tail + 1
    } else {
        (u128::from(random::next()) << 16 | u128::from(random::next() >> 48)) >> 1
    };
    let time = now.max(last);
    LAST.set((time, tail));
    let bits = u128::from(time) << RANDOM_BITS | tail;
    let digit = |at: u32| DIGITS[(bits >> (at * 5)) as usize & 31];
    (0..26).rev().map(|at| char::from(digit(at))).collect()
}
