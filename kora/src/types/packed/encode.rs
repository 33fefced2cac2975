//! Bytes into elements: the canonical form, chosen in one place. The twin of `decode.rs`.
//!
//! It does not look at what is in the run already and does not grow it wisely (`splice.rs` does).

use super::{
    INT_8, INT_16, INT_24, INT_32, INT_48, INT_64, SHORT_LEN_MAX, STRING_16, STRING_32, TINY,
    TINY_MAX,
};
use crate::text::integer::parse_i64;

/// Appends one element.
///
/// # Panics
/// If `bytes` is longer than `u32::MAX`, far above the longest value a command may carry.
pub(crate) fn encode(out: &mut Vec<u8>, bytes: &[u8]) {
    let (head, body) = Head::split(bytes);
    head.with_bytes(|head| out.extend_from_slice(head));
    out.extend_from_slice(body);
}

/// Shows what [`encode`] appends, in two parts: for runs that do not only grow at their end.
pub(crate) fn with_encoded<R>(bytes: &[u8], see: impl FnOnce(&[u8], &[u8]) -> R) -> R {
    let (head, body) = Head::split(bytes);
    head.with_bytes(|head| see(head, body))
}

/// Appends one element that is the text of `integer`.
pub(crate) fn encode_integer(out: &mut Vec<u8>, integer: i64) {
    Head::of_integer(integer).with_bytes(|head| out.extend_from_slice(head));
}

/// How many bytes [`encode`] appends.
pub(crate) fn encoded_len(bytes: &[u8]) -> usize {
    let (head, body) = Head::split(bytes);
    head.len + body.len()
}

/// What stands before the bytes of a string, or an integer as a whole: 9 bytes at most, kept in
/// one word, since that is how a search wants them.
pub(super) struct Head {
    /// The bytes, the first one lowest; zero beyond `len`.
    pub(super) word: u128,
    pub(super) len: usize,
}

impl Head {
    /// Cuts an element into its head and the bytes that follow it as they are.
    pub(super) fn split(bytes: &[u8]) -> (Head, &[u8]) {
        match parse_i64(bytes) {
            Some(integer) => (Head::of_integer(integer), &[]),
            None => (Head::of_string(bytes.len()), bytes),
        }
    }

    pub(super) fn of_string(len: usize) -> Head {
        let length = u32::try_from(len).expect("an element is at most u32::MAX bytes long");
        if len <= SHORT_LEN_MAX {
            Head { word: length.into(), len: 1 }
        } else if u16::try_from(len).is_ok() {
            Head::new(STRING_16, length.into(), 2)
        } else {
            Head::new(STRING_32, length.into(), 4)
        }
    }

    pub(super) fn of_integer(integer: i64) -> Head {
        // The two's complement, whose low bytes are that of fewer bits.
        let bits = u128::from(integer as u64);
        match integer {
            0..=31 => Head { word: u128::from(TINY) | bits, len: 1 },
            -0x80..=0x7F => Head::new(INT_8, bits, 1),
            -0x8000..=0x7FFF => Head::new(INT_16, bits, 2),
            -0x80_0000..=0x7F_FFFF => Head::new(INT_24, bits, 3),
            -0x8000_0000..=0x7FFF_FFFF => Head::new(INT_32, bits, 4),
            -0x8000_0000_0000..=0x7FFF_FFFF_FFFF => Head::new(INT_48, bits, 6),
            _ => Head::new(INT_64, bits, 8),
        }
    }

    /// A first byte and the `width` low bytes of a number.
    fn new(first: u8, number: u128, width: usize) -> Head {
        let number = number & low_bytes(width);
        Head { word: u128::from(first) | number << 8, len: width + 1 }
    }

    /// Shows the bytes.
    pub(super) fn with_bytes<R>(&self, see: impl FnOnce(&[u8]) -> R) -> R {
        see(&self.word.to_le_bytes()[..self.len])
    }
}

/// Ones in the `count` low bytes of a word, one to sixteen.
pub(super) fn low_bytes(count: usize) -> u128 {
    u128::MAX >> (128 - 8 * count)
}

// The first row of the match above is the format's range of tiny integers.
const _: () = assert!(TINY_MAX == 31 && TINY | TINY_MAX == 0xFF);
