//! Lines of examples: cut into words as redis-cli does, and replies with an ellipsis.

/// The words of a line. A double-quoted word knows `\xHH`, `\n`, `\r`, `\t`, `\b`, `\a` and takes
/// any other escaped byte as itself; a single-quoted one is taken as it stands.
///
/// # Panics
/// When the quotes do not match.
pub(super) fn split(line: &str) -> Vec<Vec<u8>> {
    let (mut words, mut rest) = (Vec::new(), line.as_bytes().trim_ascii_start());
    while !rest.is_empty() {
        let word;
        (word, rest) = match rest {
            [b'"', quoted @ ..] => unquote(quoted),
            [b'\'', plain @ ..] => as_it_stands(plain),
            _ => Some(bare(rest)),
        }
        .unwrap_or_else(|| panic!("quotes match in {line}"));
        words.push(word);
        rest = rest.trim_ascii_start();
    }
    words
}

fn bare(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
    (text[..end].to_vec(), &text[end..])
}

fn as_it_stands(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let end = text.iter().position(|byte| *byte == b'\'')?;
    Some((text[..end].to_vec(), &text[end + 1..]))
}

/// What stands before the closing quote, and what behind it.
fn unquote(mut text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    loop {
        let byte;
        (byte, text) = match text {
            [b'"', rest @ ..] => return Some((word, rest)),
            [b'\\', b'x', high, low, rest @ ..] => (hex(*high)? << 4 | hex(*low)?, rest),
            [b'\\', escaped, rest @ ..] => (unescape(*escaped), rest),
            [byte, rest @ ..] => (*byte, rest),
            [] => return None,
        };
        word.push(byte);
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn unescape(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'a' => 0x07,
        _ => byte,
    }
}

/// Whether a reply is the expected one, in which `...` stands for anything.
pub(super) fn fits(expected: &str, reply: &str) -> bool {
    let Some((head, tail)) = expected.split_once("...") else { return expected == reply };
    let Some(reply) = reply.strip_prefix(head) else { return false };
    let starts = (0..=reply.len()).filter(|at| reply.is_char_boundary(*at));
    starts.map(|at| &reply[at..]).any(|rest| fits(tail, rest))
}

#[test]
fn lines_are_cut_as_redis_cli_cuts_them() {
    let words = split(r#" SET  k "a b\x00\"\n" "" x '{"a": "\n"}' '' "#);
    let expected = [&b"SET"[..], b"k", b"a b\0\"\n", b"", b"x", br#"{"a": "\n"}"#, b""];
    assert_eq!(words, expected);
}

#[test]
fn an_ellipsis_stands_for_anything() {
    assert!(fits("a", "a") && !fits("a", "ab"));
    assert!(fits("a...", "a") && fits("a...", "abc") && !fits("a...", "ba"));
    assert!(fits("a...c...e", "abcde") && !fits("a...c...e", "abde"));
    assert!(fits("...b", "abb"));
}
