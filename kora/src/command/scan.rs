//! The words that SCAN, HSCAN, SSCAN and ZSCAN share: a cursor, MATCH and COUNT.
//!
//! Not here: what is scanned, and what a cursor means to it. The invariant is Redis's order of
//! complaints: first the cursor, then the key, then the options, which therefore go unread when
//! there is nothing to scan.

use crate::command::{Args, Reply};
use crate::error::{ArgumentError, Error, Result};

/// How many elements one call looks at when COUNT does not say.
pub(crate) const COUNT: usize = 10;

/// What a scan was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScanWords<'a> {
    /// Where to go on; 0 is the beginning.
    pub(crate) cursor: u64,
    /// MATCH; `None` when everything matches.
    pub(crate) pattern: Option<&'a [u8]>,
    /// COUNT: how many elements to look at, or a few more; at least 1.
    pub(crate) count: usize,
}

impl<'a> ScanWords<'a> {
    /// As [`ScanWords::read_with`] for a command with options of its own: `other` passes one and says
    /// whether it did.
    pub(crate) fn read_with(
        args: &mut Args<'a>,
        other: impl FnMut(&mut Args<'a>) -> Result<bool>,
    ) -> Result<ScanWords<'a>> {
        let cursor = read_cursor(args)?;
        ScanWords::read_options(cursor, args, other)
    }

    /// As [`ScanWords::read_with`] for a scan of one key: between cursor and options `is_there` looks
    /// for it. `None` when it is not there; then [`answer_nothing`] answers.
    pub(crate) fn read_if(
        args: &mut Args<'a>,
        is_there: impl FnOnce() -> Result<bool>,
    ) -> Result<Option<ScanWords<'a>>> {
        let cursor = read_cursor(args)?;
        if !is_there()? {
            return Ok(None);
        }
        ScanWords::read_options(cursor, args, |_| Ok(false)).map(Some)
    }

    fn read_options(
        cursor: u64,
        args: &mut Args<'a>,
        mut other: impl FnMut(&mut Args<'a>) -> Result<bool>,
    ) -> Result<ScanWords<'a>> {
        let mut words = ScanWords { cursor, pattern: None, count: COUNT };
        while args.left() > 0 {
            if args.left() > 1 && args.option("COUNT") {
                let count = usize::try_from(args.integer()?).unwrap_or(0);
                words.count = if count == 0 { return Err(Error::Syntax) } else { count };
            } else if args.left() > 1 && args.option("MATCH") {
                words.pattern = Some(args.bytes()?).filter(|pattern| *pattern != b"*");
            } else if !other(args)? {
                return Err(Error::Syntax);
            }
        }
        Ok(words)
    }
}

/// Announces the answer of a scan: the next cursor, and an array of so many items.
pub(crate) fn answer(reply: &mut Reply, cursor: u64, items: usize) {
    reply.array(2);
    reply.bulk(cursor.to_string().into());
    reply.array(items);
}

/// The answer of a scan that is over before it began.
pub(crate) fn answer_nothing(reply: &mut Reply) {
    answer(reply, 0, 0);
}

fn read_cursor(args: &mut Args<'_>) -> Result<u64> {
    parse_cursor(args.bytes()?).ok_or_else(|| ArgumentError::InvalidCursor.into())
}

/// A cursor is what C's `strtoul` reads to the end, but for leading spaces: an empty text is 0,
/// and a minus sign counts down from 2^64.
fn parse_cursor(text: &[u8]) -> Option<u64> {
    let (is_negative, digits) = match text {
        [] => return Some(0),
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let magnitude = digits.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })?;
    Some(if is_negative { magnitude.wrapping_neg() } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_what_strtoul_reads() {
        let max = u64::MAX.to_string();
        for (text, cursor) in
            [("", 0), ("0", 0), ("007", 7), ("+7", 7), ("-1", u64::MAX), (&*max, u64::MAX)]
        {
            assert_eq!(parse_cursor(text.as_bytes()), Some(cursor), "{text:?}");
        }
        for text in ["+", "-", " 1", "1 ", "1x", "+-1", "0x1", "18446744073709551616"] {
            assert_eq!(parse_cursor(text.as_bytes()), None, "{text:?}");
        }
    }
}
