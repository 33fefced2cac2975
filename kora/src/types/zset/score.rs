//! Scores as packed elements: whole numbers and short decimals in a few bytes.
//!
//! A score is one element of a run, behind its member. It is never compared as bytes: the order
//! of scores is that of numbers.
//!
//! | score                                        | element                                      |
//! | -------------------------------------------- | -------------------------------------------- |
//! | the value of an `i64`, but not -0            | that integer                                 |
//! | `n / 10^p`, p from 1 to 6, n of 48 bits      | a string: p, then n in as few bytes as fit   |
//! | any other, -0 and the infinities among them  | a string: the 8 bytes of the double          |
//! | such a one whose bytes are an integer's text | a string: the 8 bytes of the double, and a 0 |
//!
//! Numbers are little-endian, n in two's complement. A price of 3.14 takes 4 bytes, a double of
//! full precision 9.
//!
//! Invariant: the first row that can hold a score is its form, so a score has one form, and what
//! is decoded is the score bit for bit. NaN has no form.

use crate::text::integer::parse_i64;
use crate::types::packed::{self, Element};

/// What the numerators of decimals are divided by; a double holds all of them exactly, so a
/// division rounds once. Six places: a price, a rating, seconds with microseconds.
const DIVISORS: [f64; 6] = [1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

/// Numerators are smaller than this, so that they fit 48 bits with their sign: power and
/// numerator are then always shorter than a double.
const NUMERATOR_END: f64 = (1_u64 << 47) as f64;

const DOUBLE_LEN: usize = size_of::<f64>();

/// Appends the element of a score.
pub(super) fn encode(out: &mut Vec<u8>, score: f64) {
    debug_assert!(!score.is_nan(), "a score is a number");
    if let Some(whole) = whole(score) {
        packed::encode_integer(out, whole);
    } else if let Some((power, numerator)) = decimal(score) {
        let mut text = [power; DOUBLE_LEN + 1];
        text[1..].copy_from_slice(&numerator.to_le_bytes());
        packed::encode(out, &text[..=width(numerator)]);
    } else {
        let mut text = [0; DOUBLE_LEN + 1];
        text[..DOUBLE_LEN].copy_from_slice(&score.to_le_bytes());
        let is_text = parse_i64(&text[..DOUBLE_LEN]).is_some();
        packed::encode(out, &text[..DOUBLE_LEN + usize::from(is_text)]);
    }
}

/// The score of an element that [`encode`] made; `None` for one that it cannot have made, as far
/// as the length tells.
pub(super) fn decode(element: Element<'_>) -> Option<f64> {
    let text = match element {
        Element::Integer(whole) => return Some(whole as f64),
        Element::Bytes(text) => text,
    };
    if let Some(bits) = text.first_chunk() {
        return Some(f64::from_le_bytes(*bits)).filter(|score| !score.is_nan());
    }
    let (power, bytes) = text.split_first()?;
    let divisor = DIVISORS.get(usize::from(*power).checked_sub(1)?)?;
    let is_negative = bytes.last()? & 0x80 != 0;
    let mut numerator = [if is_negative { 0xFF } else { 0 }; DOUBLE_LEN];
    numerator[..bytes.len()].copy_from_slice(bytes);
    Some(quotient(i64::from_le_bytes(numerator), *divisor))
}

/// The integer that a score is.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates and is compared")]
fn whole(score: f64) -> Option<i64> {
    let whole = score as i64;
    ((whole as f64).to_bits() == score.to_bits()).then_some(whole)
}

/// The power of ten and the numerator that a score is.
fn decimal(score: f64) -> Option<(u8, i64)> {
    for (power, divisor) in (1..).zip(DIVISORS) {
        let numerator = (score * divisor).round();
        if numerator.abs() >= NUMERATOR_END {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of 48 bits")]
        let numerator = numerator as i64;
        if quotient(numerator, divisor).to_bits() == score.to_bits() {
            return Some((power, numerator));
        }
    }
    None
}

fn quotient(numerator: i64, divisor: f64) -> f64 {
    numerator as f64 / divisor
}

/// The fewest bytes that a number fits in two's complement.
fn width(number: i64) -> usize {
    let magnitude = if number < 0 { !number } else { number };
    let bits = u64::BITS - magnitude.leading_zeros() + 1;
    bits.div_ceil(u8::BITS) as usize
}
