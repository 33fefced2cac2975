//! Quoted text: strings in `'` or `"`, names in backticks.
//!
//! Strings have the escapes of JSON, `\'` besides, and a quote inside may be written twice, as in
//! SQL. Names have no escapes but the doubled backtick. Line ends and other control characters may
//! stand as they are.
//!
//! The invariant: text without escapes is borrowed, never copied.

use std::borrow::Cow;
use std::ops::Range;

use super::error::{Hint, Position, QueryError, shown};
use super::lexer::run_len;

const SINGLE_QUOTE: &[&str] = &["a closing '"];
const DOUBLE_QUOTE: &[&str] = &["a closing \""];
const BACKTICK: &[&str] = &["a closing `"];
const ESCAPE: &[&str] = &[r"an escape of JSON such as \n, \\ or \u00e9"];
const UNICODE: &[&str] = &[r"four hexadecimal digits such as \u00e9"];
const SURROGATES: &[&str] = &[r"a pair of surrogates such as \ud83d\ude00"];

/// Reads the string whose quote is at a byte, and its length with quotes.
pub(super) fn read_string(text: &str, start: usize) -> Result<(Cow<'_, str>, usize), QueryError> {
    let is_single = text[start..].starts_with('\'');
    let (quote, expected) = if is_single { ('\'', SINGLE_QUOTE) } else { ('"', DOUBLE_QUOTE) };
    read(text, start, Quote { sign: quote, has_escapes: true, expected })
}

/// Reads the name whose backtick is at a byte, and its length with backticks.
pub(super) fn read_name(text: &str, start: usize) -> Result<(Cow<'_, str>, usize), QueryError> {
    read(text, start, Quote { sign: '`', has_escapes: false, expected: BACKTICK })
}

#[derive(Clone, Copy)]
struct Quote {
    sign: char,
    has_escapes: bool,
    expected: &'static [&'static str],
}

fn read(text: &str, start: usize, quote: Quote) -> Result<(Cow<'_, str>, usize), QueryError> {
    let is_special = |c| c == quote.sign || (quote.has_escapes && c == '\\');
    let mut content = Cow::Borrowed("");
    let mut at = start + 1;
    loop {
        let Some(plain_len) = text[at..].find(is_special) else {
            let opened = Hint::Opened(Position::of(text, start));
            let error = QueryError::at(text, text.len(), quote.expected, "the end");
            return Err(error.hint(Some(opened)));
        };
        // `Cow += ""` borrows the first part and copies only if another follows.
        content += &text[at..at + plain_len];
        at += plain_len;
        let rest = &text[at..];
        if rest.starts_with('\\') {
            let (c, len) = read_escape(text, at)?;
            content.to_mut().push(c);
            at += len;
        } else if rest[1..].starts_with(quote.sign) {
            content.to_mut().push(quote.sign);
            at += 2;
        } else {
            return Ok((content, at + 1 - start));
        }
    }
}

/// The character that the escape at a byte stands for, and the escape's length.
fn read_escape(text: &str, at: usize) -> Result<(char, usize), QueryError> {
    let sign = text[at + 1..].chars().next();
    let c = match sign {
        Some(sign @ ('"' | '\'' | '\\' | '/')) => sign,
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => return read_unicode(text, at),
        Some(_) | None => {
            let hint = Hint::Say(r"a backslash itself is written \\");
            let len = 1 + sign.map_or(0, char::len_utf8);
            return Err(bad(text, at..at + len, ESCAPE).hint(Some(hint)));
        }
    };
    Ok((c, 2))
}

/// Reads `\u00e9`, or the two of a pair of surrogates.
fn read_unicode(text: &str, at: usize) -> Result<(char, usize), QueryError> {
    let Some(unit) = hexadecimal(text, at + 2) else {
        let len = 2 + run_len(&text[at + 2..], |c| c.is_ascii_hexdigit());
        return Err(bad(text, at..at + len, UNICODE));
    };
    if let Some(c) = char::from_u32(unit) {
        return Ok((c, 6));
    }
    let has_second = text[at + 6..].starts_with("\\u");
    let low = if has_second { hexadecimal(text, at + 8) } else { None };
    match low {
        Some(low @ 0xDC00..=0xDFFF) if unit < 0xDC00 => {
            let c = char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
            Ok((c.expect("a pair of surrogates is a character"), 12))
        }
        Some(_) | None => Err(bad(text, at..at + 6, SURROGATES)),
    }
}

/// The number of the four hexadecimal digits at a byte.
fn hexadecimal(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 4)?;
    // `from_str_radix` would take a sign.
    let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hexadecimal.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

fn bad(text: &str, escape: Range<usize>, expected: &'static [&'static str]) -> QueryError {
    QueryError::at(text, escape.start, expected, &shown(&text[escape]))
}
