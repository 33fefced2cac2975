//! A line of words, as people type them to a server: the grammar of `sdssplitargs` in Redis.
//!
//! Words stand between spaces. One in double quotes may have `\n`, `\r`, `\t`, `\b`, `\a`, `\xHH` and
//! any other byte behind a backslash; one in single quotes has `\'` alone. Behind the closing quote
//! comes a space or the end.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::command::words::Span;

/// Adds a span for each word of a line. Words without quotes are as they stand in the line, and so
/// the spans are of it; if one has quotes, all of them are copied to `unquoted`, and the spans count
/// from what was its end. Tells whether they were copied; nothing if the quotes do not match.
pub(super) fn split(line: &[u8], unquoted: &mut Vec<u8>, spans: &mut Vec<Span>) -> Option<bool> {
    if line.iter().any(|byte| matches!(byte, b'"' | b'\'')) {
        unquote(line, unquoted, spans)?;
        return Some(true);
    }
    let mut at = 0;
    while at < line.len() {
        let rest = line.get(at..).unwrap_or_default();
        let spaces = rest.iter().take_while(|byte| is_space(**byte)).count();
        let rest = rest.get(spaces..).unwrap_or_default();
        let len = rest.iter().take_while(|byte| !is_space(**byte)).count();
        let start = at.saturating_add(spaces);
        at = start.saturating_add(len);
        if len > 0 {
            spans.push(span(start, at));
        }
    }
    Some(false)
}

fn span(start: usize, end: usize) -> Span {
    let short = |at| u32::try_from(at).expect("a line is short");
    Span { start: short(start), end: short(end) }
}

/// What C's `isspace` says, and the NUL at which a C string ends.
fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b' ' | b'\t'..=b'\r')
}

fn unquote(line: &[u8], out: &mut Vec<u8>, spans: &mut Vec<Span>) -> Option<()> {
    let base = out.len();
    let mut bytes = line;
    loop {
        let spaces = bytes.iter().take_while(|byte| is_space(**byte)).count();
        bytes = bytes.get(spaces..).unwrap_or_default();
        if bytes.is_empty() {
            return Some(());
        }
        let start = out.len().saturating_sub(base);
        bytes = word(bytes, out)?;
        spans.push(span(start, out.len().saturating_sub(base)));
    }
}

/// Copies a word; what is behind it is left. A quote may open within a word, and ends it.
fn word<'a>(mut bytes: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let (byte, rest) = match bytes.split_first() {
            None => return Some(bytes),
            Some((byte, _)) if is_space(*byte) => return Some(bytes),
            Some(split) => split,
        };
        bytes = match byte {
            b'"' => return closed(double_quoted(rest, out)?),
            b'\'' => return closed(single_quoted(rest, out)?),
            _ => {
                out.push(*byte);
                rest
            }
        };
    }
}

/// What is behind a closing quote, which a space or the end must be.
fn closed(rest: &[u8]) -> Option<&[u8]> {
    rest.first().is_none_or(|byte| is_space(*byte)).then_some(rest)
}

fn double_quoted<'a>(mut bytes: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let byte;
        (byte, bytes) = match bytes {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', b'x', high, low, rest @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                (hex(*high) << 4 | hex(*low), rest)
            }
            [b'\\', escaped, rest @ ..] => (unescaped(*escaped), rest),
            [byte, rest @ ..] => (*byte, rest),
            [] => return None,
        };
        out.push(byte);
    }
}

fn single_quoted<'a>(mut bytes: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let byte;
        (byte, bytes) = match bytes {
            [b'\'', rest @ ..] => return Some(rest),
            [b'\\', b'\'', rest @ ..] => (b'\'', rest),
            [byte, rest @ ..] => (*byte, rest),
            [] => return None,
        };
        out.push(byte);
    }
}

fn hex(digit: u8) -> u8 {
    let value = char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    value.expect("a hexadecimal digit")
}

fn unescaped(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'a' => 0x07,
        other => other,
    }
}
