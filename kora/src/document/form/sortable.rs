//! Keys of sorted indexes: scalars as bytes whose order is the order of the values.
//!
//! Equal values, 30 and 30.0, have equal keys, and no key is the beginning of another, so keys
//! written one behind the other are ordered as the tuples of their values. No key begins with `00`
//! or `FF`: a bound below, or above, all tuples that begin so is the keys up to there and that
//! byte.
//!
//! ```text
//! 10                null
//! 20 21             false, true
//! 2F groups         a negative number, its groups inverted
//! 30 groups         a number from 0
//! 40 text 00 00     a string; each 00 in it is written 00 FF
//! ```
//!
//! **Numbers.** Of the magnitude, the 63 bits of the largest float that is not above it, read as an
//! integer, ascend as floats do. Only integers above 2^53 leave a remainder, and it is less than
//! 2^11, the gap between floats below 2^64. The 74 bits of both, from the top, are cut into groups
//! of seven, trailing zero groups are left away, and the lowest bit of each byte says whether
//! another group follows, which sorts a longer number behind its beginning. So 30 takes two
//! bytes and the head, a time in milliseconds eight, and no number more than eleven.

use super::number::Number;
use super::value::{Kind, ValueRef};

const NULL: u8 = 0x10;
const FALSE: u8 = 0x20;
const TRUE: u8 = 0x21;
const NEGATIVE: u8 = 0x2F;
const POSITIVE: u8 = 0x30;
const STRING: u8 = 0x40;

/// What keys are appended to.
pub(crate) trait KeyBuffer {
    /// Appends a byte.
    fn push(&mut self, byte: u8);

    /// Appends some bytes.
    fn extend_from_slice(&mut self, bytes: &[u8]);
}

impl KeyBuffer for Vec<u8> {
    #[inline]
    fn push(&mut self, byte: u8) {
        Vec::push(self, byte);
    }

    #[inline]
    fn extend_from_slice(&mut self, bytes: &[u8]) {
        Vec::extend_from_slice(self, bytes);
    }
}

/// Appends the key of a scalar. Arrays and objects have none: false, and nothing is appended.
pub(crate) fn encode_sortable(value: ValueRef<'_>, out: &mut impl KeyBuffer) -> bool {
    match value {
        ValueRef::Null => out.push(NULL),
        ValueRef::Bool(value) => out.push(if value { TRUE } else { FALSE }),
        ValueRef::Number(number) => encode_number(number, out),
        ValueRef::String(text) => {
            encode_sortable_prefix(text, out);
            out.extend_from_slice(&[0, 0]);
        }
        ValueRef::Array(_) | ValueRef::Object(_) => return false,
    }
    true
}

/// Appends what the keys of all strings that begin with `text` begin with, and no others.
pub(crate) fn encode_sortable_prefix(text: &[u8], out: &mut impl KeyBuffer) {
    out.push(STRING);
    // Without an end before the last byte, so that many are compared at once.
    if !text.iter().fold(false, |any, byte| any | (*byte == 0)) {
        return out.extend_from_slice(text);
    }
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == 0) {
        let (piece, behind) = rest.split_at(at + 1);
        out.extend_from_slice(piece);
        out.push(0xFF);
        rest = behind;
    }
    out.extend_from_slice(rest);
}

/// The first byte of the keys of a kind of scalar, and the first byte above them; `None` for arrays
/// and objects.
pub(crate) fn sortable_bounds(kind: Kind) -> Option<(u8, u8)> {
    match kind {
        Kind::Null => Some((NULL, NULL + 1)),
        Kind::Bool => Some((FALSE, TRUE + 1)),
        Kind::Number => Some((NEGATIVE, POSITIVE + 1)),
        Kind::String => Some((STRING, STRING + 1)),
        Kind::Array | Kind::Object => None,
    }
}

/// Bytes of the first key in a run of keys; all of them when none ends there.
pub(crate) fn sortable_len(keys: &[u8]) -> usize {
    let (Some(head), rest) = (keys.first(), keys.get(1..).unwrap_or_default()) else { return 0 };
    let end = match *head {
        NEGATIVE => rest.iter().position(|byte| byte & 1 == 1).map(|at| at + 1),
        POSITIVE => rest.iter().position(|byte| byte & 1 == 0).map(|at| at + 1),
        STRING => string_len(rest),
        _ => Some(0),
    };
    end.map_or(keys.len(), |end| end + 1)
}

/// Bytes up to the end of a string, its two zeros included.
fn string_len(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += text[at..].iter().position(|byte| *byte == 0)? + 2;
        if *text.get(at - 1)? == 0 {
            return Some(at);
        }
    }
}

/// How many bits the float and the remainder have.
const BITS: u32 = 63 + 11;

fn encode_number(number: Number, out: &mut impl KeyBuffer) {
    let (is_negative, float, remainder) = split(number);
    let (head, inversion) = if is_negative { (NEGATIVE, 0xFF) } else { (POSITIVE, 0) };
    out.push(head);
    let mut bits = (u128::from(float) << 11 | u128::from(remainder)) << (u128::BITS - BITS);
    loop {
        let [.., top] = bits.to_le_bytes();
        bits <<= 7;
        let more = u8::from(bits != 0);
        out.push((top & 0xFE | more) ^ inversion);
        if more == 0 {
            return;
        }
    }
}

/// Whether the number is below 0; of its magnitude, the bits of the largest float not above it, and
/// the rest.
fn split(number: Number) -> (bool, u64, u64) {
    let (is_negative, magnitude) = match number {
        Number::Float(float) => return (float < 0.0, float.abs().to_bits(), 0),
        Number::Signed(integer) => (integer < 0, integer.unsigned_abs()),
        Number::Unsigned(integer) => (false, integer),
    };
    let excess_bits = (u64::BITS - magnitude.leading_zeros()).saturating_sub(f64::MANTISSA_DIGITS);
    let remainder = magnitude & !(u64::MAX << excess_bits);
    #[expect(clippy::cast_precision_loss, reason = "what a float cannot hold is the remainder")]
    let float = (magnitude - remainder) as f64;
    (is_negative, float.to_bits(), remainder)
}
