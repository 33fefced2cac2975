//! The numbers of the layout that readers and writers share; `mod.rs` shows it as a whole.

use super::SIZE_MAX;

pub(super) const NULL: u8 = 0x01;
/// A form by itself.
pub(crate) const NULL_FORM: &[u8] = &[NULL];
pub(super) const FALSE: u8 = 0x02;
pub(super) const TRUE: u8 = 0x03;
/// An integer of one byte; each further byte is one more.
pub(super) const INTEGER: u8 = 0x08;
pub(super) const INTEGER_LAST: u8 = INTEGER + 7;
pub(super) const UNSIGNED: u8 = 0x10;
pub(super) const FLOAT_4: u8 = 0x11;
pub(super) const FLOAT_8: u8 = 0x12;
pub(super) const STRING: u8 = 0x18;
pub(super) const ARRAY: u8 = 0x19;
pub(super) const OBJECT: u8 = 0x1A;
/// The integer 0; the others up to [`SMALL_MAX`] follow.
pub(super) const SMALL: u8 = 0x40;
pub(super) const SMALL_LAST: u8 = SHORT - 1;
pub(super) const SMALL_MAX: u8 = SMALL_LAST - SMALL;
/// The empty string; those of up to [`SHORT_MAX`] bytes follow.
pub(super) const SHORT: u8 = 0x80;
pub(super) const SHORT_MAX: u8 = 0x7F;

/// The head byte and the length behind it, where there is one.
pub(super) const HEAD_BYTES: usize = 4;
/// In place of a short length: three bytes of length follow.
pub(super) const LONG_KEY: u8 = 0xFF;

/// Objects of up to this many fields have no index. Measured, a walk passes a search at seven short
/// fields, where both take 10 ns; at 26 they take 37 and 12, and the index a tenth of the bytes.
pub(super) const LINEAR_MAX: usize = 8;

// Three bytes hold every length, and one bit pattern holds a fingerprint and an offset.
const _: () = assert!(SIZE_MAX <= 1 << 24);

/// How many bytes the count and each offset take in a body of this length.
#[inline]
pub(super) fn width(body_bytes: usize) -> usize {
    match body_bytes {
        0..=0xFF => 1,
        0x100..=0xFFFF => 2,
        _ => 3,
    }
}

/// The unsigned number that up to three bytes spell.
#[inline]
pub(super) fn number(bytes: &[u8]) -> Option<usize> {
    let word = match *bytes {
        [a] => [a, 0, 0, 0],
        [a, b] => [a, b, 0, 0],
        [a, b, c] => [a, b, c, 0],
        _ => return None,
    };
    Some(u32::from_le_bytes(word) as usize)
}

/// The fewest bytes that hold the integer in two's complement.
#[inline]
pub(super) fn integer_width(integer: i64) -> u8 {
    let unused_bits = (integer ^ (integer >> 63)).leading_zeros();
    // One of them, there always is one, holds the sign.
    #[expect(clippy::cast_possible_truncation, reason = "there are at most 64 of them")]
    let unused_bytes = ((unused_bits - 1) / 8) as u8;
    8 - unused_bytes
}

/// One byte that tells most keys apart. It is part of the format.
///
/// Words of eight bytes, the last one overlapping, are multiplied in one after the other, by the
/// multiplier of Steele and Vigna ("Computationally easy, spectrally good multipliers", 2021).
#[inline]
pub(super) fn fingerprint(key: &[u8]) -> u8 {
    const MULTIPLIER: u64 = 0xD134_2543_DE82_EF95;
    let mix = |hash: u64, word: u64| {
        let product = (hash ^ word).wrapping_mul(MULTIPLIER);
        product ^ (product >> 32)
    };
    let mut hash = key.len() as u64;
    if let Some(last) = key.last_chunk() {
        for word in key.chunks_exact(8).filter_map(|chunk| chunk.first_chunk()) {
            hash = mix(hash, u64::from_le_bytes(*word));
        }
        hash = mix(hash, u64::from_le_bytes(*last));
    } else if let (Some(first), Some(last)) = (key.first_chunk(), key.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        hash = mix(hash, u64::from(first) | u64::from(last) << 32);
    } else {
        let word = key.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        hash = mix(hash, word);
    }
    let [.., top] = hash.wrapping_mul(MULTIPLIER).to_le_bytes();
    top
}
