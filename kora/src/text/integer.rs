//! Decimal integers, read strictly and written fast.
//!
//! One number has one text: no `+`, no leading zero, no space, no `-0`. So a string value that
//! [`parse_i64`] reads can be kept as the number, and [`write_i64`] gives the client's bytes back.
//! Not for texts that C's `strtoull` reads in Redis (the halves of a stream id, where `01` is 1).
//!
//! The invariant: `parse_i64(write_i64(n)) == Some(n)`, and a text that parses is the text written.

/// The longest text: `-9223372036854775808`, and the largest `u64` is as long.
const TEXT_LEN_MAX: usize = 20;

/// Up to this many digits any number is below 10^19, so a `u64` cannot overflow.
const SAFE_DIGITS: usize = 19;

/// `00` to `99`: two digits for one division.
const PAIRS: &[u8; 200] = b"\
    0001020304050607080910111213141516171819\
    2021222324252627282930313233343536373839\
    4041424344454647484950515253545556575859\
    6061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899";

/// Room on the stack for the text of one integer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IntegerText([u8; TEXT_LEN_MAX]);

impl IntegerText {
    /// Room that [`write_i64`] fills.
    pub(crate) const fn new() -> Self {
        Self([0; TEXT_LEN_MAX])
    }
}

/// Reads a signed integer, or `None` if `text` is not the one text of an `i64`.
#[inline]
pub(crate) fn parse_i64(text: &[u8]) -> Option<i64> {
    match text {
        [b'-', magnitude @ ..] => match parse_u64(magnitude)? {
            0 => None, // "-0" would come back as "0".
            magnitude => 0_i64.checked_sub_unsigned(magnitude),
        },
        magnitude => i64::try_from(parse_u64(magnitude)?).ok(),
    }
}

/// Reads an unsigned integer, or `None` if `text` is not the one text of a `u64`.
#[inline]
pub(crate) fn parse_u64(text: &[u8]) -> Option<u64> {
    match text {
        [b'0'] => Some(0),
        [] | [b'0', ..] => None,
        digits if digits.len() <= SAFE_DIGITS => parse_safe_digits(digits),
        [digits @ .., last] if digits.len() == SAFE_DIGITS => {
            parse_safe_digits(digits)?.checked_mul(10)?.checked_add(digit(*last)?)
        }
        _ => None,
    }
}

/// Writes `value` into `buffer` and returns the part that was written.
#[inline]
pub(crate) fn write_i64(buffer: &mut IntegerText, value: i64) -> &[u8] {
    let bytes = &mut buffer.0;
    let mut start = TEXT_LEN_MAX;
    let mut rest = value.unsigned_abs();
    while rest >= 100 {
        start -= 2;
        bytes[start..start + 2].copy_from_slice(pair(rest % 100));
        rest /= 100;
    }
    start -= 2;
    bytes[start..start + 2].copy_from_slice(pair(rest));
    if rest < 10 {
        start += 1; // The pair begins with a zero.
    }
    if value < 0 {
        start -= 1;
        bytes[start] = b'-';
    }
    &bytes[start..]
}

/// The length in bytes of the text of `value`, its sign included.
#[inline]
pub(crate) fn digits(value: i64) -> usize {
    let digits = value.unsigned_abs().checked_ilog10().map_or(1, |log| log as usize + 1);
    digits + usize::from(value < 0)
}

/// Reads at most [`SAFE_DIGITS`] digits.
#[inline]
fn parse_safe_digits(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |value, &byte| Some(value * 10 + digit(byte)?))
}

#[inline]
fn digit(byte: u8) -> Option<u64> {
    byte.is_ascii_digit().then(|| u64::from(byte - b'0'))
}

/// The two digits of `number`, which is below 100.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the number is below 100")]
fn pair(number: u64) -> &'static [u8] {
    let at = number as usize * 2;
    &PAIRS[at..at + 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(value: i64) -> String {
        String::from_utf8(write_i64(&mut IntegerText::new(), value).to_vec()).unwrap()
    }

    /// The numbers around which lengths and signs change.
    fn corners() -> Vec<i64> {
        let mut corners = vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX];
        for power in (0..=18).map(|exponent| 10_i64.pow(exponent)) {
            for near in [power - 1, power, power + 1] {
                corners.extend([near, -near]);
            }
        }
        corners
    }

    #[test]
    fn what_is_written_is_read_back_and_has_the_announced_length() {
        for value in corners() {
            let text = text_of(value);
            assert_eq!(text, value.to_string());
            assert_eq!(parse_i64(text.as_bytes()), Some(value));
            assert_eq!(digits(value), text.len(), "{value}");
            assert_eq!(parse_u64(text.as_bytes()), u64::try_from(value).ok(), "{value}");
        }
    }

    #[test]
    fn a_buffer_can_be_written_again() {
        let mut buffer = IntegerText::new();
        assert_eq!(write_i64(&mut buffer, i64::MIN), b"-9223372036854775808");
        assert_eq!(write_i64(&mut buffer, -5), b"-5");
    }

    #[test]
    fn a_second_text_of_a_number_is_refused() {
        for text in [
            "",
            "-",
            "+",
            "+5",
            "-0",
            "00",
            "05",
            "-05",
            " 5",
            "5 ",
            "5\n",
            "5.0",
            "0x5",
            "--5",
            "1_0",
            "1e3",
            "5\0",
            "/",
            ":",
            "-/",
            "00000000000000000000",
            "\u{665}",
        ] {
            assert_eq!(parse_i64(text.as_bytes()), None, "{text:?}");
            assert_eq!(parse_u64(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn a_number_out_of_range_is_refused() {
        for text in [
            "9223372036854775808",
            "-9223372036854775809",
            "18446744073709551615",
            "-18446744073709551616",
            "99999999999999999999",
            "-99999999999999999999",
            "100000000000000000000",
        ] {
            assert_eq!(parse_i64(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_u64(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_u64(b"18446744073709551616"), None);
        assert_eq!(parse_u64(b"99999999999999999999"), None);
        assert_eq!(parse_u64(b"100000000000000000000"), None);
        assert_eq!(parse_u64(b"1844674407370955161x"), None);
    }
}
