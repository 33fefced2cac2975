//! CRC-32C, as the crate `crc32c` computes it, with a short way for short runs.
//!
//! The crate is made for long runs, which it sums in three lanes. A frame of the log is about a
//! hundred bytes, and what it does around them is four times the work of their instructions.
#![expect(unsafe_code, reason = "the processor's instruction: a fifth of an append's instructions")]

/// Runs up to this many bytes are short: three lanes do not make up for what they cost.
#[cfg(target_arch = "x86_64")]
const SHORT_MAX: usize = 256;

/// The checksum of what has the checksum `crc` and of `bytes` behind it.
#[inline]
pub(super) fn append(crc: u32, bytes: &[u8]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if bytes.len() <= SHORT_MAX && std::arch::is_x86_feature_detected!("sse4.2") {
        // SAFETY: the processor has SSE 4.2.
        return unsafe { append_short(crc, bytes) };
    }
    crc32c::crc32c_append(crc, bytes)
}

/// Eight bytes at a time, and the rest one by one.
///
/// # Safety
/// The processor has SSE 4.2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.2")]
#[allow(unused_unsafe, reason = "the instructions are unsafe to call before Rust 1.87")]
unsafe fn append_short(crc: u32, bytes: &[u8]) -> u32 {
    use std::arch::x86_64::{_mm_crc32_u8, _mm_crc32_u64};

    let (mut state, mut rest) = (u64::from(!crc), bytes);
    while let Some((eight, after)) = rest.split_first_chunk() {
        // SAFETY: the caller's promise.
        state = unsafe { _mm_crc32_u64(state, u64::from_le_bytes(*eight)) };
        rest = after;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the instruction leaves 32 bits")]
    let mut state = state as u32;
    for byte in rest {
        // SAFETY: the caller's promise.
        state = unsafe { _mm_crc32_u8(state, *byte) };
    }
    !state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::random::Random;

    #[test]
    fn it_is_the_published_one() {
        // The check value of CRC-32C, and the 32 zero bytes of RFC 3720 B.4.
        assert_eq!(append(0, b"123456789"), 0xe306_9283);
        assert_eq!(append(0, &[0; 32]), 0x8a91_36aa);
    }

    #[test]
    fn short_runs_have_the_checksum_that_long_ones_have() {
        let mut random = Random::from_environment();
        for len in 0..600 {
            let bytes: Vec<u8> = (0..len).map(|_| random.next().to_le_bytes()[2]).collect();
            let [crc, ..] = random.next().to_le_bytes().map(u32::from);
            let crc = crc.wrapping_mul(0x0101_0101);
            assert_eq!(append(crc, &bytes), crc32c::crc32c_append(crc, &bytes), "{len} bytes");
            let cut = random.within(0..len + 1);
            let parts = append(append(crc, &bytes[..cut]), &bytes[cut..]);
            assert_eq!(parts, append(crc, &bytes), "{len} bytes cut at {cut}");
        }
    }
}
