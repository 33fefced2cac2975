//! Words of a command line, with the quoting rules of redis-cli.
//!
//! Double quotes know `\xHH \n \r \t \b \a` and take any other escaped byte as itself; single
//! quotes know only `\'`. A closing quote ends its word. [`split`] of what [`line`] writes is the
//! words again, for all bytes.

use std::fmt::Write as _;

/// A command: its name and its arguments.
pub(crate) type Words = Vec<Vec<u8>>;

/// Makes words of a line.
pub(crate) fn split(line: &str) -> Result<Words, String> {
    let mut words = Vec::new();
    let mut rest = line.as_bytes().trim_ascii_start();
    while let Some((first, after)) = rest.split_first() {
        let (word, after) = match first {
            b'"' => double_quoted(after),
            b'\'' => single_quoted(after),
            _ => bare(rest),
        }
        .ok_or_else(|| format!("quotes do not match in `{line}`"))?;
        words.push(word);
        rest = after.trim_ascii_start();
    }
    Ok(words)
}

/// Makes words of a line that a test wrote itself.
pub(crate) fn command(line: &str) -> Words {
    split(line).expect("a line written in a test is well quoted")
}

/// Writes words as one line, quoting where needed.
pub(crate) fn line<W: AsRef<[u8]>>(words: &[W]) -> String {
    let words: Vec<String> = words.iter().map(|word| written(word.as_ref())).collect();
    words.join(" ")
}

/// A string in double quotes, as redis-cli prints it.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'\\' | b'"' => text.extend(['\\', char::from(byte)]),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            0x07 => text.push_str("\\a"),
            0x08 => text.push_str("\\b"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => write!(text, "\\x{byte:02x}").expect("a String takes all text"),
        }
    }
    text.push('"');
    text
}

fn written(word: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"'\\".contains(byte);
    if !word.is_empty() && word.iter().all(plain) {
        word.iter().copied().map(char::from).collect()
    } else {
        quoted(word)
    }
}

type Cut<'a> = Option<(Vec<u8>, &'a [u8])>;

fn bare(text: &[u8]) -> Cut<'_> {
    let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let quote = word.iter().any(|byte| b"\"'".contains(byte));
    (!quote).then(|| (word.to_vec(), rest))
}

fn single_quoted(mut text: &[u8]) -> Cut<'_> {
    let mut word = Vec::new();
    loop {
        text = match text {
            [b'\\', b'\'', rest @ ..] => {
                word.push(b'\'');
                rest
            }
            [b'\'', rest @ ..] => return closed(word, rest),
            [byte, rest @ ..] => {
                word.push(*byte);
                rest
            }
            [] => return None,
        }
    }
}

fn double_quoted(mut text: &[u8]) -> Cut<'_> {
    let mut word = Vec::new();
    loop {
        text = match text {
            [b'\\', b'x', high, low, rest @ ..] if hex(*high, *low).is_some() => {
                word.extend(hex(*high, *low));
                rest
            }
            [b'\\', byte, rest @ ..] => {
                word.push(unescaped(*byte));
                rest
            }
            [b'"', rest @ ..] => return closed(word, rest),
            [byte, rest @ ..] => {
                word.push(*byte);
                rest
            }
            [] => return None,
        }
    }
}

/// A closing quote is followed by a space or the end.
fn closed(word: Vec<u8>, rest: &[u8]) -> Cut<'_> {
    let ends = rest.first().is_none_or(u8::is_ascii_whitespace);
    ends.then_some((word, rest))
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn unescaped(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'a' => 0x07,
        _ => byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_follow_redis_cli() {
        let words = command(r#"SET "a b\x00\n\"" 'it\'s' "" plain"#);
        assert_eq!(words, [&b"SET"[..], b"a b\0\n\"", b"it's", b"", b"plain"]);
    }

    #[test]
    fn quotes_that_do_not_match_are_an_error() {
        for line in ["\"a", "'a", "\"a\"b", "'a'b", "a\"b\""] {
            assert!(split(line).is_err(), "{line}");
        }
    }

    #[test]
    fn every_byte_survives_a_line() {
        let all: Vec<u8> = (0..=255).collect();
        let words = vec![all, Vec::new(), b"x".to_vec()];
        assert_eq!(split(&line(&words)), Ok(words));
    }
}
