//! Finding an element: the inner loop of HGET, HSET and SISMEMBER on small collections.
//!
//! Nothing is decoded. Equal elements have equal bytes, so the needle is encoded and compared as
//! bytes. The first 16 bytes of it sit in one `u128`, so that a candidate costs one load, one mask
//! and one compare and no call of `memcmp`; with its length in front, a field of up to 15 bytes is
//! decided there.

use std::ops::Range;

use super::decode::step;
use super::encode::{Head, low_bytes};

/// How many bytes are compared at once: the widest integer of the language, two machine words.
const WORD_LEN: usize = 16;

/// Where the first element equal to `needle` stands, among the elements 0, `skip + 1`, `2 * (skip +
/// 1)`, …
///
/// `skip` is how many elements lie between two candidates: 1 to look among the fields of a hash.
/// O(n).
pub(crate) fn find(run: &[u8], needle: &[u8], skip: usize) -> Option<Range<usize>> {
    let needle = Needle::new(needle);
    let mut at = 0;
    loop {
        let rest = run.get(at..)?;
        if needle.is_at_front(rest) {
            return Some(at..at + needle.len);
        }
        for _ in 0..=skip {
            at = step(run, at)?;
        }
    }
}

/// An encoded element, ready to be compared with many places.
struct Needle<'a> {
    /// The first bytes of the element; zero beyond its end.
    word: u128,
    /// Ones where `word` counts.
    mask: u128,
    /// The bytes of the element that are not in `word`.
    tail: &'a [u8],
    len: usize,
}

impl<'a> Needle<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let (head, body) = Head::split(bytes);
        let (in_word, tail) = body.split_at(body.len().min(WORD_LEN - head.len));
        let mut front = [0; WORD_LEN];
        front[..in_word.len()].copy_from_slice(in_word);
        Needle {
            word: head.word | u128::from_le_bytes(front) << (8 * head.len),
            mask: low_bytes(head.len + in_word.len()),
            tail,
            len: head.len + body.len(),
        }
    }

    #[inline]
    fn is_at_front(&self, rest: &[u8]) -> bool {
        match rest.split_first_chunk::<WORD_LEN>() {
            Some((front, behind)) => {
                u128::from_le_bytes(*front) & self.mask == self.word
                    && behind.starts_with(self.tail)
            }
            None => self.is_all_of_front(rest),
        }
    }

    /// The same where fewer bytes than a word are left: at the last elements of the run.
    fn is_all_of_front(&self, rest: &[u8]) -> bool {
        let word = self.word.to_le_bytes();
        self.len <= rest.len() && rest.starts_with(&word[..self.len])
    }
}
