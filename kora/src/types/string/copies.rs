//! Copies of many byte strings, handed out one by one: short ones share their allocations.
//!
//! An allocator has a few pieces of a size at hand; a hundred, taken and given back together,
//! cost it several times as much each. A copy keeps what it shares alive, so little is shared:
//! [`SHARED_LEN_MAX`] bytes.

use bytes::{Bytes, BytesMut};

/// The most that copies share.
const SHARED_LEN_MAX: usize = 1024;
/// Longest copy that is shared.
const COPY_LEN_MAX: usize = SHARED_LEN_MAX / 4;
/// Fewer copies than this are made one by one.
const COUNT_MIN: usize = 16;

/// Makes copies.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    /// What the next ones share, when they do.
    room: Option<BytesMut>,
    /// How many are still expected.
    left: usize,
}

impl Copies {
    /// For about `count` copies.
    pub(crate) fn of(count: usize) -> Copies {
        Copies { room: None, left: if count < COUNT_MIN { 0 } else { count } }
    }

    /// A copy.
    #[inline]
    pub(crate) fn copy(&mut self, bytes: &[u8]) -> Bytes {
        if self.left == 0 || bytes.is_empty() || bytes.len() > COPY_LEN_MAX {
            return Bytes::from(Box::<[u8]>::from(bytes));
        }
        self.share(bytes)
    }

    fn share(&mut self, bytes: &[u8]) -> Bytes {
        let wanted = self.left.saturating_mul(bytes.len()).min(SHARED_LEN_MAX);
        self.left -= 1;
        let room = match &mut self.room {
            Some(room) if room.capacity() >= bytes.len() => room,
            room => room.insert(BytesMut::with_capacity(wanted)),
        };
        room.extend_from_slice(bytes);
        room.split().freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_equal_to_what_was_copied_however_many_are_made() {
        let text: Vec<u8> = (0..=u8::MAX).cycle().take(2000).collect();
        for count in [0, 1, 15, 16, 100] {
            let mut copies = Copies::of(count);
            let lens = (0..200).map(|i| (i * 37) % 400);
            let made: Vec<Bytes> =
                lens.clone().map(|len| copies.copy(&text[len..2 * len])).collect();
            for (len, copy) in lens.zip(made) {
                assert_eq!(copy, text[len..2 * len]);
            }
        }
    }

    #[test]
    fn what_is_shared_is_little() {
        let mut copies = Copies::of(100);
        let made: Vec<Bytes> = (0..100).map(|_| copies.copy(&[1; 64])).collect();
        let shares = made.chunk_by(|a, b| a.as_ptr().wrapping_add(64) == b.as_ptr());
        assert!(shares.map(<[Bytes]>::len).all(|len| len <= SHARED_LEN_MAX / 64));
    }
}
