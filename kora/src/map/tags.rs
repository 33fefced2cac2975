//! Comparing the eight tags of a bucket with one.
//!
//! A tag is the high 19 bits of a slot, so the high halves of the slots tell. On x86-64 two
//! shuffles and two comparisons do it (SSE2, which every x86-64 has): 12 instructions in
//! place of 40, on the path of every lookup. Elsewhere the plain loop does the same.
#![expect(unsafe_code, reason = "vector instructions: a third of a lookup's instructions less")]

use super::block::WORD_BITS;

/// Slots of a bucket.
pub(crate) const SLOTS: usize = 8;

/// One bit per slot whose tag is `tag`; an empty slot may match tag 0.
#[inline]
pub(crate) fn matches(slots: &[u64; SLOTS], tag: u64) -> u32 {
    #[cfg(target_arch = "x86_64")]
    {
        matches_sse2(slots, tag)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        matches_plain(slots, tag)
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn matches_plain(slots: &[u64; SLOTS], tag: u64) -> u32 {
    let bit = |(i, slot): (usize, &u64)| u32::from(slot >> WORD_BITS == tag) << i;
    slots.iter().enumerate().map(bit).sum()
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn matches_sse2(slots: &[u64; SLOTS], tag: u64) -> u32 {
    use std::arch::x86_64::{
        _mm_castps_si128, _mm_cmpeq_epi32, _mm_loadu_ps, _mm_movemask_epi8, _mm_packs_epi16,
        _mm_packs_epi32, _mm_set1_epi32, _mm_shuffle_ps, _mm_srli_epi32,
    };
    const HIGH_HALVES: i32 = 0b11_01_11_01;
    const SHIFT: i32 = 13;
    const { assert!(WORD_BITS == 32 + 13, "a tag ends 13 bits into its half") };
    #[expect(clippy::cast_possible_truncation, reason = "a tag has 19 bits")]
    let tag = tag as i32;
    let base: *const f32 = slots.as_ptr().cast();
    // SAFETY: SSE2 is part of x86-64. The four unaligned loads read 16 bytes each at 0, 16, 32
    // and 48 of the 64 bytes of `slots`.
    #[expect(clippy::multiple_unsafe_ops_per_block, reason = "one computation in registers")]
    unsafe {
        let low = _mm_shuffle_ps::<HIGH_HALVES>(_mm_loadu_ps(base), _mm_loadu_ps(base.add(4)));
        let high =
            _mm_shuffle_ps::<HIGH_HALVES>(_mm_loadu_ps(base.add(8)), _mm_loadu_ps(base.add(12)));
        let wanted = _mm_set1_epi32(tag);
        let low = _mm_cmpeq_epi32(_mm_srli_epi32::<SHIFT>(_mm_castps_si128(low)), wanted);
        let high = _mm_cmpeq_epi32(_mm_srli_epi32::<SHIFT>(_mm_castps_si128(high)), wanted);
        let words = _mm_packs_epi32(low, high);
        let bytes = _mm_packs_epi16(words, words);
        u32::from(_mm_movemask_epi8(bytes).to_le_bytes()[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::hash::hash;

    #[test]
    fn vector_and_plain_comparison_agree() {
        for seed in 0..20_000_u64 {
            let tag = hash(&seed.to_le_bytes()) >> WORD_BITS;
            let slots = std::array::from_fn(|i| {
                let word = hash(&(seed * 8 + i as u64).to_be_bytes());
                match word % 4 {
                    0 => tag << WORD_BITS | word >> 20,
                    1 => (tag ^ 1 << (word % 19)) << WORD_BITS | word >> 20,
                    2 => 0,
                    _ => word,
                }
            });
            for tag in [tag, 0, (1 << 19) - 1] {
                assert_eq!(matches(&slots, tag), matches_plain(&slots, tag), "{slots:x?} {tag:x}");
            }
        }
    }
}
