//! The decimal text of an `i64`: reading it strictly and writing it without a heap.
//!
//! It is not a lenient parser. Invariant: a text is an integer only if printing that integer gives
//! the text back.

/// Length of the longest text, `-9223372036854775808`.
const TEXT_LEN_MAX: usize = 20;

/// Room on the stack for one text.
#[derive(Clone, Copy, Debug)]
pub(super) struct IntegerText([u8; TEXT_LEN_MAX]);

impl IntegerText {
    pub(super) const fn new() -> Self {
        Self([0; TEXT_LEN_MAX])
    }
}

/// The integer whose text this is, if there is one.
pub(super) fn parse_i64(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] => return (!is_negative).then_some(0),
        [b'1'..=b'9', ..] if digits.len() < TEXT_LEN_MAX => {}
        _ => return None,
    }
    // Counted downwards, because the negative side holds one number more.
    let mut negated: i64 = 0;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        negated = negated
            .checked_mul(10)?
            .checked_sub(i64::from(digit - b'0'))?;
    }
    if is_negative {
        Some(negated)
    } else {
        negated.checked_neg()
    }
}

/// Writes the text of `value` into `buffer` and returns the part that was written.
pub(super) fn write_i64(buffer: &mut IntegerText, value: i64) -> &[u8] {
    let bytes = &mut buffer.0;
    let mut rest = value.unsigned_abs();
    let mut start = TEXT_LEN_MAX;
    loop {
        start -= 1;
        bytes[start] = b'0' + (rest % 10).to_le_bytes()[0];
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        start -= 1;
        bytes[start] = b'-';
    }
    &bytes[start..]
}

/// Length of the text of `value`, its sign included.
pub(super) fn digits(value: i64) -> usize {
    let digits = value
        .unsigned_abs()
        .checked_ilog10()
        .map_or(1, |log| log as usize + 1);
    digits + usize::from(value < 0)
}
