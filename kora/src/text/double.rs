//! Scores and other doubles: what is read as one, and the text that one is written as.
//!
//! [`parse_f64`] takes what Redis takes, which is what C's `strtod` takes (see `numeral`).
//! [`write_f64`] writes as Redis 7.2 does: whole numbers with all their digits, others with the
//! fewest that read back as the same number, `0.1` and not `0.10000000000000001`. When a number
//! gets an exponent follows `fpconv_dtoa` (`deps/fpconv` of Redis).
//!
//! The invariant: `parse_f64(write_f64(x))` is `x`, bit for bit, for every `x` but NaN.

use std::io::Write;

use rustc_apfloat::Float;
use rustc_apfloat::ieee::Double;

use super::integer::{IntegerText, parse_i64, write_i64};
use super::numeral::{Numeral, is_zero, read_finite};

/// Whole numbers up to here are written with all their digits: 2^62.
const WHOLE_MAX: f64 = 4_611_686_018_427_387_904.0;

/// Reads a double. Refuses NaN, and numbers that would become infinite or zero.
pub(crate) fn parse_f64(text: &[u8]) -> Option<f64> {
    match Numeral::read(text)? {
        Numeral::Infinite { nearest } => Some(nearest),
        Numeral::Decimal { text, nearest } => {
            let is_in_range = nearest.is_finite() && (nearest != 0.0 || is_zero(text));
            is_in_range.then_some(nearest)
        }
        Numeral::Hexadecimal(text) => {
            let bits = read_finite::<Double>(&text)?.to_bits();
            Some(f64::from_bits(u64::try_from(bits).expect("a double has 64 bits")))
        }
    }
}

/// Reads the end of a range of scores, which Redis hands to `strtod` and does not look at again:
/// nothing is 0, spaces may lead, and a decimal number out of range is the nearest in it, infinity
/// or 0. (In hexadecimal, such a number is refused here.)
pub(crate) fn parse_bound(text: &[u8]) -> Option<f64> {
    // A C string ends at its first NUL.
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Some(0.0);
    }
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !is_space(byte))?;
    match Numeral::read(&text[start..])? {
        Numeral::Infinite { nearest } | Numeral::Decimal { nearest, .. } => Some(nearest),
        Numeral::Hexadecimal(_) => parse_f64(&text[start..]),
    }
}

/// Appends the text of `value`: `3`, `-0`, `0.1`, `1e+20`, `1.5e-7`, `inf`, `nan`.
pub(crate) fn write_f64(out: &mut Vec<u8>, value: f64) {
    if let Some(whole) = exact_integer(value) {
        out.extend_from_slice(write_i64(&mut IntegerText::new(), whole));
    } else if value == 0.0 {
        out.extend_from_slice(b"-0");
    } else if value.is_nan() {
        out.extend_from_slice(b"nan");
    } else if value.is_infinite() {
        write!(out, "{value}").expect("a Vec takes every write");
    } else {
        write_fraction(out, value);
    }
}

/// The number as an integer, if it is one that is written with all its digits.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast saturates and the result is compared"
)]
fn exact_integer(value: f64) -> Option<i64> {
    let whole = value as i64;
    let is_exact = value.abs() <= WHOLE_MAX && (whole as f64).to_bits() == value.to_bits();
    is_exact.then_some(whole)
}

/// Writes what is not a small whole number: plain while at most six zeros trail, or fewer than
/// seven decimals stand, or the number lies between 0.001 and 10,000; else with an exponent.
fn write_fraction(out: &mut Vec<u8>, value: f64) {
    let start = out.len();
    write!(out, "{value:e}").expect("a Vec takes every write");
    let mark = out[start..].iter().rposition(|&byte| byte == b'e').expect("the form has an `e`");
    let exponent = parse_i64(&out[start + mark + 1..]).expect("digits follow `e`");
    let point = out[start..start + mark].iter().position(|&byte| byte == b'.');
    let decimals = point.map_or(0, |point| mark - point - 1);
    // The power of ten that the last digit counts.
    let last = exponent - i64::try_from(decimals).expect("a double has few digits");
    let is_plain = if last >= 0 { last < 8 } else { last > -7 || exponent.abs() < 4 };
    out.truncate(start + mark);
    if is_plain {
        // Rust's plain form has the shortest digits and never an exponent.
        out.truncate(start);
        write!(out, "{value}").expect("a Vec takes every write");
    } else {
        write!(out, "e{exponent:+}").expect("a Vec takes every write");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(value: f64) -> String {
        let mut out = Vec::new();
        write_f64(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    fn rewritten(text: &str) -> Option<String> {
        parse_f64(text.as_bytes()).map(text_of)
    }

    /// Numbers that redis-server 7.0.15 takes in `ZADD z TEXT m`, in the form that Redis 7.2 gives
    /// them.
    #[test]
    fn a_score_is_read_and_written_as_by_redis() {
        for (text, reply) in [
            ("0", "0"),
            ("3", "3"),
            ("-7", "-7"),
            ("1e5", "100000"),
            ("4503599627370497", "4503599627370497"),
            ("9007199254740993", "9007199254740992"),
            ("36028797018963968", "36028797018963968"),
            ("-72057594037927936", "-72057594037927936"),
            ("1e16", "10000000000000000"),
            ("99999999999999984", "99999999999999984"),
            ("1e17", "100000000000000000"),
            ("123456789012345680", "123456789012345680"),
            ("1e18", "1000000000000000000"),
            ("1152921504606846976", "1152921504606846976"),
            ("1e20", "1e+20"),
            ("-1.5e20", "-1.5e+20"),
            ("123456e18", "1.23456e+23"),
            ("1e22", "1e+22"),
            ("1e100", "1e+100"),
            ("1.5", "1.5"),
            ("-2.25", "-2.25"),
            ("1234.5678", "1234.5678"),
            ("0.001", "0.001"),
            ("1e-4", "0.0001"),
            ("1.5e-5", "0.000015"),
            ("1.52587890625e-05", "1.52587890625e-5"),
            ("7.62939453125e-06", "7.62939453125e-6"),
            ("9.5367431640625e-07", "9.5367431640625e-7"),
            ("0x1.a36e2eb1c432cp-14", "9.999999999999999e-5"),
            ("1e-10", "1e-10"),
            ("-1e-300", "-1e-300"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("2.2250738585072014e-308", "2.2250738585072014e-308"),
            ("inf", "inf"),
            ("-inf", "-inf"),
            ("iNf", "inf"),
            ("+Infinity", "inf"),
            ("-INFINITY", "-inf"),
            ("0x1p3", "8"),
            ("0x.8", "0.5"),
            ("-0X1P-3", "-0.125"),
            ("+0x10", "16"),
            ("0x1.fp+1", "3.875"),
            ("0x0p99999", "0"),
            ("0x1.00000000000008p53", "9007199254740992"), // A tie: to even.
            ("0x1.00000000000018p53", "9007199254740996"),
            ("0e-400", "0"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+5", "5"),
            ("1E3", "1000"),
        ] {
            assert_eq!(rewritten(text).as_deref(), Some(reply), "{text}");
        }
    }

    #[test]
    fn digits_are_the_fewest_that_identify_the_number() {
        for (value, text) in [
            (0.1, "0.1"),
            (0.3, "0.3"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e-5, "0.00001"),
            (1.5e-7, "1.5e-7"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
            (2_f64.powi(-30), "9.313225746154785e-10"),
            (-0.0, "-0"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(text_of(value), text);
        }
    }

    #[test]
    fn what_is_not_a_whole_number_text_is_refused() {
        for text in [
            "",
            " ",
            "+",
            "-",
            ".",
            "-.",
            "e5",
            ".e5",
            "1e",
            "1e+",
            "1e5.0",
            "++5",
            "+-5",
            " 5",
            "5 ",
            "5\n",
            "\t5",
            "5\0",
            "1_0",
            "1d5",
            "1f",
            "0b1",
            "0x",
            "0x.",
            "0x.p1",
            "0x1p",
            "0x1p+",
            "0x1p1.0",
            "0x1p1p1",
            "0x1..8",
            "0x-1",
            "+-0x1",
            "0xg",
            "x1",
            "nan",
            "-NaN",
            "nan(1)",
            "infin",
            "infinityx",
            "i",
            "\u{967}",
            "1,5",
        ] {
            assert_eq!(parse_f64(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse_f64(b"1\xff"), None);
    }

    #[test]
    fn the_end_of_a_range_is_read_less_strictly() {
        for (text, bound) in [
            ("", 0.0),
            (" 1", 1.0),
            ("\t\n\u{b}\u{c}\r-1.5", -1.5),
            ("1e400", f64::INFINITY),
            ("-1e400", f64::NEG_INFINITY),
            ("1e-400", 0.0),
            ("inf", f64::INFINITY),
            ("0x10", 16.0),
        ] {
            assert_eq!(parse_bound(text.as_bytes()), Some(bound), "{text:?}");
        }
        for text in [" ", "1 ", "(1", "nan", " nan", "1x", "--1"] {
            assert_eq!(parse_bound(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn a_number_that_would_become_infinite_or_zero_is_refused() {
        for text in [
            "1e400",
            "-1e400",
            "1e999999999999999999999",
            "1.7976931348623159e308",
            "0x1p1024",
            "0x1.fffffffffffff8p1023",
            "0x1p99999999999999999999",
            "1e-400",
            "-1e-999999999999999999999",
            "2e-324",
            "0x1p-1075",
            "0x1p-99999999999999999999",
        ] {
            assert_eq!(parse_f64(text.as_bytes()), None, "{text}");
        }
        let smallest = f64::from_bits(1);
        for text in ["4e-324", "2.5e-324", "0x1p-1074", "0x1.8p-1075", "0x1.0000001p-1075"] {
            assert_eq!(parse_f64(text.as_bytes()), Some(smallest), "{text}");
        }
        assert_eq!(parse_f64(b"0x1.fffffffffffff7p1023"), Some(f64::MAX));
    }

    #[test]
    fn a_subnormal_hexadecimal_number_is_rounded_to_the_nearest() {
        for (text, bits) in [
            ("0xc078e16ec9496.4p-1074", 0xc_078e_16ec_9496),
            ("0xc078e16ec9496.8p-1074", 0xc_078e_16ec_9496),
            ("0xc078e16ec9496.cp-1074", 0xc_078e_16ec_9497), // glibc 2.36 rounds down.
            ("0xc078e16ec9497.8p-1074", 0xc_078e_16ec_9498),
        ] {
            assert_eq!(parse_f64(text.as_bytes()), Some(f64::from_bits(bits)), "{text}");
        }
    }

    #[test]
    fn every_number_is_read_back_bit_for_bit() {
        // Steps of the golden ratio visit signs, exponents and digits evenly.
        let spread = (0..20_000_u64).map(|step| step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let whole = (0..64).flat_map(|bit| [1_u64 << bit, (1 << bit) + 1]);
        let values = spread.map(f64::from_bits).chain(whole.map(|value| value as f64));
        for value in values.filter(|value| !value.is_nan()) {
            let read = parse_f64(text_of(value).as_bytes()).unwrap();
            assert_eq!(read.to_bits(), value.to_bits(), "{value:e}");
        }
    }
}
