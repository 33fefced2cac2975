//! The texts that C's `strtod` and `strtold` read to their last byte.
//!
//! Redis hands scores and increments to these two, so their grammar is Redis's: a sign, then a
//! decimal number, a hexadecimal one (`0x1.8p3`, the exponent optional), `inf` or `infinity` in
//! any case. Redis itself refuses what begins with a space, what has bytes left over, and NaN.
//! Not here: how precise the number is; [`read_finite`] reads into its caller's format.
//!
//! The invariant: a number too large for the format, or so small that it becomes zero, is refused
//! and never rounded to infinity or zero. A number that only loses precision is accepted, and is
//! rounded to the nearest. (glibc 2.36 misses that by one unit for a few subnormal hexadecimal
//! doubles.)

use std::borrow::Cow;

use rustc_apfloat::{Float, Round, Status};

/// A text that is a number, before it is read into a format.
#[derive(Debug)]
pub(super) enum Numeral<'a> {
    /// `inf` or `infinity`.
    Infinite {
        /// The infinity with its sign.
        nearest: f64,
    },
    /// A decimal number.
    Decimal {
        /// The text, which is known to be well formed.
        text: &'a str,
        /// The nearest `f64`, which may be infinite or zero.
        nearest: f64,
    },
    /// What begins like a hexadecimal number; [`read_finite`] finds out whether it is one.
    Hexadecimal(Cow<'a, str>),
}

impl<'a> Numeral<'a> {
    /// Recognises the number that the whole of `text` is.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let magnitude = text.strip_prefix(['+', '-']).unwrap_or(text);
        if magnitude.starts_with("0x") || magnitude.starts_with("0X") {
            return Some(Self::Hexadecimal(with_exponent(text)));
        }
        // Rust's decimal grammar is `strtod`'s without the leading space that Redis refuses.
        let nearest: f64 = text.parse().ok()?;
        if nearest.is_nan() {
            return None;
        }
        let has_digits = magnitude.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        Some(if has_digits { Self::Decimal { text, nearest } } else { Self::Infinite { nearest } })
    }
}

/// Reads a finite number, rounding half to even as glibc does, or `None` if it is out of range.
pub(super) fn read_finite<F: Float>(text: &str) -> Option<F> {
    let read = F::from_str_r(text, Round::NearestTiesToEven).ok()?;
    let vanished = read.status.contains(Status::UNDERFLOW) && read.value.is_zero();
    let is_in_range = !read.status.contains(Status::OVERFLOW) && !vanished;
    is_in_range.then_some(read.value)
}

/// Says whether all digits of a decimal number are zeros, whatever its exponent.
pub(super) fn is_zero(text: &str) -> bool {
    text.bytes()
        .take_while(|byte| !matches!(byte, b'e' | b'E'))
        .all(|byte| !matches!(byte, b'1'..=b'9'))
}

/// Completes a hexadecimal number: C may leave the exponent out, `rustc_apfloat` may not.
fn with_exponent(text: &str) -> Cow<'_, str> {
    if text.contains(['p', 'P']) { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}p0")) }
}
