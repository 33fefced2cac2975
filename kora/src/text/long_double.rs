//! The arithmetic of INCRBYFLOAT and HINCRBYFLOAT.
//!
//! Redis adds in C's `long double`, on x86 the 80-bit format with a 64-bit significand, and prints
//! the sum with `%.17Lf` less its trailing zeros. A sum in `f64` would differ in the last digits
//! (`0.1 + 0.2` is `0.3` here), so the format is computed in software on every machine. Not for
//! scores, which are doubles.
//!
//! The invariant: the text is the exact decimal expansion of the number, rounded once, half to
//! even, at 17 decimals, as glibc does it.

use std::io::Write;

use rustc_apfloat::Float;
use rustc_apfloat::ieee::X87DoubleExtended;

use super::numeral::{Numeral, read_finite};

/// Redis copies the text into a buffer of 5 KiB and refuses what does not fit with its final NUL.
const TEXT_LEN_MAX: usize = 5 * 1024 - 1;

/// The decimals that are kept.
const DECIMALS: usize = 17;

/// Ten to the power of [`DECIMALS`].
const SCALE: u128 = 10_u128.pow(17);

/// A limb of a large integer in decimal: nine digits, so that a limb shifted by 32 bits fits `u64`.
const LIMB: u64 = 1_000_000_000;

/// An 80-bit float, never NaN.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LongDouble(X87DoubleExtended);

impl LongDouble {
    /// 0.
    pub(crate) const ZERO: LongDouble = LongDouble(X87DoubleExtended::ZERO);

    /// Reads a number. Refuses NaN, numbers that would become infinite or zero, and texts of 5 KiB.
    ///
    /// `inf` is a number here, and [`is_finite`](Self::is_finite) tells it apart.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        if text.len() > TEXT_LEN_MAX {
            return None;
        }
        let value = match Numeral::read(text)? {
            Numeral::Infinite { nearest } if nearest < 0.0 => -X87DoubleExtended::INFINITY,
            Numeral::Infinite { .. } => X87DoubleExtended::INFINITY,
            Numeral::Decimal { text, .. } => read_finite(text)?,
            Numeral::Hexadecimal(text) => read_finite(&text)?,
        };
        Some(Self(value))
    }

    /// HINCRBYFLOAT refuses an infinite increment before it looks at the field.
    pub(crate) fn is_finite(self) -> bool {
        self.0.is_finite()
    }

    /// The sum, or `None` if it is infinite or not a number.
    pub(crate) fn add(self, other: Self) -> Option<Self> {
        let sum = (self.0 + other.0).value;
        sum.is_finite().then_some(Self(sum))
    }

    /// Appends the number in decimal, without an exponent, without trailing zeros, never as `-0`.
    ///
    /// Numbers from 2^63 on cost O(digits²), at most 4932 digits.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if self.0.is_infinite() {
            out.extend_from_slice(if self.0.is_negative() { b"-inf" } else { b"inf" });
            return;
        }
        let (significand, exponent) = parts(self.0);
        if let Ok(shift) = u32::try_from(exponent) {
            write_sign(out, self.0);
            write_large(out, significand, shift);
            return;
        }
        // Below 2^64 * 10^17, which is below 2^121.
        let scaled =
            shift_right_half_even(u128::from(significand) * SCALE, exponent.unsigned_abs());
        if scaled != 0 {
            write_sign(out, self.0);
        }
        write_scaled(out, scaled);
    }
}

/// The magnitude of a finite number as `significand * 2^exponent`.
#[expect(clippy::cast_possible_truncation, reason = "the format's fields are cut out of its bits")]
fn parts(value: X87DoubleExtended) -> (u64, i32) {
    let bits = value.to_bits();
    let significand = bits as u64;
    let biased = (bits >> 64) as i32 & 0x7fff;
    // Subnormal numbers have the exponent of the smallest normal ones. The bias is 16383, and the
    // significand is an integer here, where the format has one bit before the point and 63 behind.
    (significand, biased.max(1) - 16_383 - 63)
}

/// Divides by `2^shift` and rounds half to even.
fn shift_right_half_even(value: u128, shift: u32) -> u128 {
    if shift >= u128::BITS {
        return 0; // The value is below 2^127, less than half.
    }
    let quotient = value >> shift;
    let remainder = value - (quotient << shift);
    let half = 1 << (shift - 1);
    let round_up = remainder > half || (remainder == half && quotient % 2 == 1);
    quotient + u128::from(round_up)
}

fn write_sign(out: &mut Vec<u8>, value: X87DoubleExtended) {
    if value.is_negative() {
        out.push(b'-');
    }
}

/// Appends `scaled / SCALE`.
fn write_scaled(out: &mut Vec<u8>, scaled: u128) {
    let (whole, decimals) = (scaled / SCALE, scaled % SCALE);
    append(out, format_args!("{whole}"));
    if decimals == 0 {
        return;
    }
    append(out, format_args!(".{decimals:0DECIMALS$}"));
    while out.last() == Some(&b'0') {
        out.pop();
    }
}

/// Appends the integer `significand * 2^shift`.
fn write_large(out: &mut Vec<u8>, significand: u64, shift: u32) {
    let mut limbs = Vec::new(); // The lowest first.
    push_limbs(&mut limbs, significand);
    let mut left = shift;
    while left > 0 {
        let step = left.min(32);
        let mut carry = 0;
        for limb in &mut limbs {
            let shifted = (*limb << step) + carry;
            *limb = shifted % LIMB;
            carry = shifted / LIMB;
        }
        push_limbs(&mut limbs, carry);
        left -= step;
    }
    let (highest, lower) = limbs.split_last().expect("the significand is not zero");
    append(out, format_args!("{highest}"));
    for limb in lower.iter().rev() {
        append(out, format_args!("{limb:09}"));
    }
}

fn push_limbs(limbs: &mut Vec<u64>, mut value: u64) {
    while value > 0 {
        limbs.push(value % LIMB);
        value /= LIMB;
    }
}

fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a Vec takes every write");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(value: LongDouble) -> String {
        let mut out = Vec::new();
        value.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn sum(a: &str, b: &str) -> Option<String> {
        let (a, b) = (LongDouble::parse(a.as_bytes())?, LongDouble::parse(b.as_bytes())?);
        a.add(b).map(text_of)
    }

    /// Replies of redis-server 7.0.15 on x86-64 to `SET n A`, `INCRBYFLOAT n B`.
    #[test]
    fn sums_are_those_of_redis() {
        for (a, b, reply) in [
            ("0.1", "0.2", "0.3"),
            ("3.0e3", "200", "3200"),
            ("5.0e3", "-4999.5", "0.5"),
            ("1e15", "0.5", "1000000000000000.5"),
            ("10.5", "0.1", "10.6"),
            ("1.23", "4.56", "5.79"),
            ("-0.1", "-0.2", "-0.3"),
            ("0.1", "-0.1", "0"),
            ("100", "-0.01", "99.99"),
            ("+5", ".5", "5.5"),
            ("5.", ".5e1", "10"),
            ("1e3", "1E-3", "1000.001"),
            ("-0", "0", "0"),
            ("-0", "-0", "0"),
            ("0.3333333333333333", "0.6666666666666666", "0.9999999999999999"),
            ("1234567890.12345678", "8765432109.87654321", "9999999999.99999998975545168"),
            ("3.141592653589793238462643", "2.718281828459045235360287", "5.85987448204883847"),
            ("-489109.9670263084", "5.903871311314e+10", "59038224003.17297369241714478"),
            ("844649.99333083397", "6.8e+08", "680844649.99333083396777511"),
            ("297949.1063", "-7.735881e-01", "297948.33271189999999251"),
            ("-238484.1659", "1.4788e-16", "-238484.1658999999999935"),
            ("-183697.8901", "8.326907e+08", "832507002.10989999998128042"),
            ("-680791.5752839", "-7.225e+03", "-688016.57528389999998808"),
            ("-746601.53489946", "9.4e-16", "-746601.53489946000001964"),
            ("547187.4061", "7.448155e-07", "547187.40610074481548963"),
        ] {
            assert_eq!(sum(a, b).as_deref(), Some(reply), "{a} + {b}");
        }
    }

    /// The same, where the 17th decimal is rounded. Odd multiples of 2^-18 end in a 5 at the 18th.
    #[test]
    fn decimals_are_rounded_half_to_even_as_by_redis() {
        for (a, b, reply) in [
            ("0", "1e-18", "0"),
            ("0", "5e-18", "0"),
            ("0", "5.0000001e-18", "0.00000000000000001"),
            ("0", "1.5e-17", "0.00000000000000002"),
            ("0", "-1e-20", "0"),
            ("0", "3.7e-4951", "0"),
            ("1", "1e-17", "1.00000000000000001"),
            ("1", "1e-18", "1"),
            ("3", "1.000000000000000005", "4.00000000000000001"),
            ("-2.5", "0.000000000000000005", "-2.5"),
            ("1e-4940", "1e-10", "0.0000000001"),
            ("0", "0x1p-18", "0.00000381469726562"),
            ("0", "0x3p-18", "0.00001144409179688"),
            ("0", "-0x5p-18", "-0.00001907348632812"),
            ("0", "0x7p-18", "0.00002670288085938"),
            ("7", "0x1p-18", "7.00000381469726562"),
        ] {
            assert_eq!(sum(a, b).as_deref(), Some(reply), "{a} + {b}");
        }
    }

    /// The same, where 64 bits of significand are not enough, or just so.
    #[test]
    fn large_sums_are_exact_expansions_as_by_redis() {
        for (a, b, reply) in [
            ("4503599627370496.5", "4503599627370497.5", "9007199254740994"),
            ("9007199254740993", "0.25", "9007199254740993.25"),
            ("1e17", "0.125", "100000000000000000.125"),
            ("999999999999999999", "0.99", "1000000000000000000"),
            ("9223372036854775807", "1", "9223372036854775808"),
            ("0", "0x1.fffffffffffffffep63", "18446744073709551615"),
            ("0xffffffffffffffff", "1", "18446744073709551616"),
            ("18446744073709551616", "1", "18446744073709551616"),
            ("18446744073709551617", "0", "18446744073709551616"),
            ("36893488147419103233", "0", "36893488147419103232"),
            ("36893488147419103235", "0", "36893488147419103236"),
            ("1e22", "1", "10000000000000000000000"),
            ("1e25", "0", "10000000000000000000000000"),
            ("123456789012345678901234567890", "0", "123456789012345678899921813504"),
            ("1e40", "-1e24", "9999999999999998999822583344622882258944"),
            ("0x10", "0x1p-3", "16.125"),
            ("0X.8P1", "-0x1.8", "-0.5"),
        ] {
            assert_eq!(sum(a, b).as_deref(), Some(reply), "{a} + {b}");
        }
        let ten_times_1e308 = sum("1e308", "9e308").unwrap();
        assert_eq!(ten_times_1e308.len(), 309);
        let largest = sum("1.18973149535723176502e4932", "0").unwrap();
        assert_eq!(largest.len(), 4933);
        assert!(largest.starts_with("118973149535723176502126"), "{largest}");
    }

    #[test]
    fn a_sum_that_is_not_a_finite_number_is_none() {
        for (a, b) in [("1e4932", "1e4932"), ("inf", "1"), ("-1", "-inf"), ("inf", "-Infinity")] {
            assert_eq!(sum(a, b), None, "{a} + {b}");
        }
    }

    #[test]
    fn infinity_is_read_but_is_not_finite() {
        for (text, written) in [("inf", "inf"), ("+INFINITY", "inf"), ("-Inf", "-inf")] {
            let value = LongDouble::parse(text.as_bytes()).unwrap();
            assert!(!value.is_finite());
            assert_eq!(text_of(value), written);
        }
        assert!(LongDouble::parse(b"1e4932").unwrap().is_finite());
    }

    #[test]
    fn what_redis_does_not_read_is_refused() {
        for text in [
            "",
            " 1",
            "1 ",
            "1\0",
            "1e",
            "1e+",
            ".",
            "0x",
            "0x.p1",
            "0x1p",
            "abc",
            "nan",
            "-nan(1)",
            "snan",
            "1e4933",
            "1.1897314953572317651e4932",
            "1e-4951",
            "1e-5000",
            "0x1p-16446",
            "0x1p16384",
            "0x1p99999999999999999999",
            "1e-99999999999999999999",
        ] {
            assert!(LongDouble::parse(text.as_bytes()).is_none(), "{text:?}");
        }
        for text in ["3.7e-4951", "0x1p-16445", "0e-5000", "0x0p99999999999"] {
            assert!(LongDouble::parse(text.as_bytes()).is_some(), "{text:?}");
        }
    }

    #[test]
    fn a_text_of_five_kibibytes_is_refused() {
        let longest = format!("{:0>TEXT_LEN_MAX$}", 1);
        assert_eq!(sum("0", &longest).as_deref(), Some("1"));
        assert_eq!(sum("0", &format!("0{longest}")), None);
    }
}
