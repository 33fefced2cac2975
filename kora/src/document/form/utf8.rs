//! Bytes as text. Knows no layout.
//!
//! The invariant: what comes out is UTF-8, whatever the bytes are. The short way is taken for bytes
//! that were just seen to be ASCII, and every such text is UTF-8.
#![expect(unsafe_code, reason = "short texts are checked in a third of the time")]

use super::error::{Problem, Result};

/// The highest bit of each byte, which ASCII has not.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Whether all bytes are ASCII. Most texts, and nearly all names, are no longer than two words,
/// which may overlap.
#[inline]
fn is_ascii(text: &[u8]) -> bool {
    match text.len() {
        0..=3 => text.iter().fold(0, |all, byte| all | byte) < 0x80,
        4..=7 => match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => {
                let (first, last) = (u32::from_ne_bytes(*first), u32::from_ne_bytes(*last));
                u64::from(first | last) & HIGH_BITS == 0
            }
            _ => false,
        },
        8..=16 => match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => {
                (u64::from_ne_bytes(*first) | u64::from_ne_bytes(*last)) & HIGH_BITS == 0
            }
            _ => false,
        },
        _ => text.is_ascii(),
    }
}

/// The text that the bytes are.
#[inline]
pub(super) fn utf8(text: &[u8]) -> Result<&str> {
    if is_ascii(text) {
        // SAFETY: all bytes are ASCII, so they are UTF-8.
        return Ok(unsafe { std::str::from_utf8_unchecked(text) });
    }
    checked(text)
}

/// The same of a text that is more than ASCII, or none.
#[cold]
fn checked(text: &[u8]) -> Result<&str> {
    std::str::from_utf8(text).ok().ok_or_else(|| Problem::Damaged.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_the_standard_library_says() {
        for text in
            [&b""[..], b"plain", "\u{e9}t\u{e9}".as_bytes(), b"\xff", b"ab\x80", b"\xed\xa0\x80"]
        {
            assert_eq!(utf8(text).ok(), std::str::from_utf8(text).ok(), "{text:?}");
        }
        for long in 0..70 {
            let mut text = vec![b'a'; long];
            assert!(utf8(&text).is_ok());
            for at in 0..long {
                text[at] = 0x80;
                assert!(utf8(&text).is_err());
                text[at] = b'a';
            }
        }
    }
}
