//! The run of bytes that a small list is, and of which a large one has many; how it is read.
//!
//! ```text
//! count, u16 little-endian
//! element, back length        for each element
//! ```
//!
//! An element is a packed one ([`packed`]). Its back length says how many bytes that takes, for
//! whoever comes from behind: seven bits a byte, the lowest in the last byte, and the top bit set
//! in a byte that is not the first. It is one byte for elements of up to 127 bytes.
//!
//! Nothing here owns or changes a run: `node.rs` does. A run comes from [`Record`]s only, so the
//! bytes are whole elements with their back lengths, and `count` is their number. No bytes at all
//! are the run of no elements.

use std::ops::Range;

use crate::types::list::threshold::Threshold;
use crate::types::packed::{self, Element};

/// Bytes of the count.
pub(super) const HEADER_LEN: usize = 2;

/// Bytes of the longest back length: seven bits each, for the 33 bits of the longest element.
const BACK_LEN_MAX: usize = 5;

/// An element and its back length, as they go into a run.
#[derive(Debug)]
pub(super) struct Record<'a> {
    head: &'a [u8],
    body: &'a [u8],
    back: [u8; BACK_LEN_MAX],
    back_len: usize,
    is_alone: bool,
}

impl Record<'_> {
    /// Shows the record of an element, which stands alone from the threshold on.
    pub(super) fn with<R>(
        element: &[u8],
        threshold: &Threshold,
        see: impl FnOnce(&Record<'_>) -> R,
    ) -> R {
        let is_alone = threshold.is_reached_by(element);
        packed::with_encoded(element, |head, body| {
            let len = head.len() + body.len();
            let (back, back_len) = (back(len), back_len(len));
            see(&Record { head, body, back, back_len, is_alone })
        })
    }

    /// Whether the element is to have a node to itself, though others may have room for it.
    #[inline]
    pub(super) fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Bytes that the record takes in a run.
    pub(super) fn len(&self) -> usize {
        self.head.len() + self.body.len() + self.back_len
    }

    /// Whether another record is of the same element.
    pub(super) fn is(&self, bytes: &[u8]) -> bool {
        // Equal elements are encoded alike, and what is encoded says itself where it ends.
        bytes.strip_prefix(self.head).is_some_and(|rest| rest.starts_with(self.body))
    }

    /// The bytes, cut anywhere.
    pub(super) fn parts(&self) -> [&[u8]; 3] {
        [self.head, self.body, &self.back[..self.back_len]]
    }
}

/// How many bytes the back length of an element of `len` bytes takes.
#[inline]
fn back_len(len: usize) -> usize {
    match len {
        0..=0x7F => 1,
        0x80..=0x3FFF => 2,
        0x4000..=0x1F_FFFF => 3,
        0x20_0000..=0xFFF_FFFF => 4,
        _ => BACK_LEN_MAX,
    }
}

/// The back length of an element of `len` bytes, in the first bytes.
fn back(len: usize) -> [u8; BACK_LEN_MAX] {
    let (mut bytes, size) = ([0; BACK_LEN_MAX], back_len(len));
    for (place, byte) in bytes[..size].iter_mut().rev().enumerate() {
        let bits = len >> (7 * place) & 0x7F;
        let more = if place + 1 < size { 0x80 } else { 0 };
        *byte = u8::try_from(bits | more).expect("eight bits");
    }
    bytes
}

/// The back length at the end of `bytes`: what it says, and how many bytes it takes.
#[inline]
fn read_back(bytes: &[u8]) -> Option<(usize, usize)> {
    let last = *bytes.last()?;
    if last <= 0x7F {
        return Some((usize::from(last), 1));
    }
    let mut len = 0;
    for (place, byte) in bytes.iter().rev().take(BACK_LEN_MAX).enumerate() {
        len |= usize::from(byte & 0x7F) << (7 * place);
        if *byte <= 0x7F {
            return Some((len, place + 1));
        }
    }
    None
}

/// A run, wherever it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a>(&'a [u8]);

impl<'a> Run<'a> {
    /// Reads bytes as a run.
    #[inline]
    pub(super) fn new(bytes: &'a [u8]) -> Run<'a> {
        Run(bytes)
    }

    /// The run's bytes.
    pub(super) fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// How many elements there are. O(1).
    #[inline]
    pub(super) fn count(self) -> usize {
        self.0.first_chunk().map_or(0, |count| usize::from(u16::from_le_bytes(*count)))
    }

    /// The elements as they are encoded, from either end.
    pub(super) fn iter(self) -> Encoded<'a> {
        Encoded { run: self.0, front: HEADER_LEN.min(self.0.len()), back: self.0.len() }
    }

    /// The elements from `index` on.
    pub(super) fn iter_from(self, index: usize) -> Encoded<'a> {
        Encoded { front: self.offset(index), ..self.iter() }
    }

    /// Where the record of the element at `index` stands.
    pub(super) fn place(self, index: usize) -> Range<usize> {
        let mut elements = self.iter_from(index);
        let start = elements.front;
        elements.next();
        start..elements.front
    }

    /// Where the element at `index` begins, and the run's end behind the last. O(distance from
    /// the nearer end).
    pub(super) fn offset(self, index: usize) -> usize {
        let (count, mut elements) = (self.count(), self.iter());
        if index <= count / 2 {
            elements.by_ref().take(index).for_each(drop);
            elements.front
        } else {
            elements.by_ref().rev().take(count.saturating_sub(index)).for_each(drop);
            elements.back
        }
    }
}

/// The elements of a run, as they are encoded, from either end. Ends at bytes that are no element.
#[derive(Clone, Debug)]
pub(crate) struct Encoded<'a> {
    run: &'a [u8],
    front: usize,
    back: usize,
}

impl Encoded<'_> {
    /// Where in the run the next element begins.
    pub(super) fn offset(&self) -> usize {
        self.front
    }
}

impl<'a> Iterator for Encoded<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.front >= self.back {
            return None;
        }
        let end = packed::step(self.run, self.front)?;
        let encoded = self.run.get(self.front..end)?;
        self.front = end + back_len(encoded.len());
        Some(encoded)
    }
}

impl<'a> DoubleEndedIterator for Encoded<'a> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a [u8]> {
        let (len, size) = read_back(self.run.get(self.front..self.back)?)?;
        let end = self.back - size;
        let encoded = self.run.get(end.checked_sub(len)?..end)?;
        self.back = end - len;
        Some(encoded)
    }
}

/// What an encoded element is.
#[inline]
pub(super) fn element(encoded: &[u8]) -> Element<'_> {
    packed::Elements::new(encoded).next().expect("a run is made of whole elements")
}
