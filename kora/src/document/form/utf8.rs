//! Bytes as text. Knows no layout.
//!
//! The invariant: what comes out is UTF-8, whatever the bytes are. The short way is taken for bytes
//! that were just seen to be ASCII, and every such text is UTF-8.
#![expect(unsafe_code, reason = "short texts are checked in a third of the time")]

use super::error::{Problem, Result};

/// The text that the bytes are.
#[inline]
pub(super) fn utf8(text: &[u8]) -> Result<&str> {
    if text.is_ascii() {
        // SAFETY: all bytes are ASCII, so they are UTF-8.
        return Ok(unsafe { std::str::from_utf8_unchecked(text) });
    }
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
