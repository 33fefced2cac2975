//! Elements out of bytes. The twin of `encode.rs`.
//!
//! [`decode()`] is for bytes that come from outside: it is total, and refuses what
//! [`super::encode()`] would not have written. [`Elements`] is for runs the engine has made or has
//! [`check`]ed: it does not look for the canonical form again, and is total as well: at bytes that
//! are no element it ends.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::encode::Head;
use super::{
    Element, INT_8, INT_16, INT_24, INT_32, INT_48, INT_64, SHORT_LEN_MAX, STRING_16, STRING_32,
    TINY, TINY_MAX,
};
use crate::text::integer::parse_i64;

/// The element at `at` and the offset behind it; `None` if there is no whole element in canonical
/// form.
pub(crate) fn decode(bytes: &[u8], at: usize) -> Option<(Element<'_>, usize)> {
    let (element, next) = read(bytes, at)?;
    let head = match element {
        Element::Bytes(text) if parse_i64(text).is_some() => return None,
        Element::Bytes(text) => Head::of_string(text.len()),
        Element::Integer(integer) => Head::of_integer(integer),
    };
    let whole = bytes.get(at..next)?;
    head.with_bytes(|head| whole.starts_with(head)).then_some((element, next))
}

/// The number of elements, if the run is nothing but whole elements in canonical form. O(n).
pub(crate) fn check(run: &[u8]) -> Option<usize> {
    let (mut count, mut at) = (0_usize, 0);
    while at < run.len() {
        (_, at) = decode(run, at)?;
        count = count.checked_add(1)?;
    }
    Some(count)
}

/// The elements of a run from the front.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'a> {
    run: &'a [u8],
    at: usize,
}

impl<'a> Elements<'a> {
    /// Starts at the first element.
    pub(crate) fn new(run: &'a [u8]) -> Self {
        Elements { run, at: 0 }
    }

    /// Starts at the element that begins at `at`.
    pub(crate) fn starting_at(run: &'a [u8], at: usize) -> Self {
        Elements { run, at }
    }

    /// Steps over an element by its first byte alone.
    #[inline]
    pub(crate) fn pass_one(&mut self) {
        self.at = step(self.run, self.at).unwrap_or(self.run.len());
    }

    /// Where the next element begins: behind the last one returned.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        let (element, next) = read(self.run, self.at)?;
        self.at = next;
        Some(element)
    }

    /// Steps over `n` elements by their first bytes alone.
    fn nth(&mut self, n: usize) -> Option<Element<'a>> {
        for _ in 0..n {
            self.at = step(self.run, self.at)?;
        }
        self.next()
    }
}

/// The offset behind the element at `at`; it may lie beyond the run, if the run is cut.
#[inline]
pub(crate) fn step(run: &[u8], at: usize) -> Option<usize> {
    let first = *run.get(at)?;
    let size = match first {
        // Most elements: nothing to look at but this byte.
        0..=0xBF => usize::from(first).checked_add(1)?,
        _ => long_size(run, at, first)?,
    };
    at.checked_add(size)
}

/// The size of an element that is not a short string.
fn long_size(run: &[u8], at: usize, first: u8) -> Option<usize> {
    match first {
        INT_8 => Some(2),
        INT_16 => Some(3),
        INT_24 => Some(4),
        INT_32 => Some(5),
        INT_48 => Some(7),
        INT_64 => Some(9),
        TINY..=0xFF => Some(1),
        STRING_16 => u16_behind(run, at)?.checked_add(3),
        STRING_32 => u32_behind(run, at)?.checked_add(5),
        _ => None,
    }
}

/// The element at `at` in any form the format can express.
#[inline]
fn read(run: &[u8], at: usize) -> Option<(Element<'_>, usize)> {
    let (first, text) = (*run.get(at)?, at.checked_add(1)?);
    if usize::from(first) > SHORT_LEN_MAX {
        return read_other(run, at);
    }
    // Most elements: short strings.
    let next = text.checked_add(usize::from(first))?;
    Some((Element::Bytes(run.get(text..next)?), next))
}

/// The element at `at`, which is no short string.
fn read_other(run: &[u8], at: usize) -> Option<(Element<'_>, usize)> {
    let next = step(run, at)?;
    let whole = run.get(at..next)?;
    let element = match *whole {
        [STRING_16, _, _, ref text @ ..] => Element::Bytes(text),
        [STRING_32, _, _, _, _, ref text @ ..] => Element::Bytes(text),
        [first, ref number @ ..] => Element::Integer(integer(first, number)?),
        [] => return None,
    };
    Some((element, next))
}

/// The integer with this first byte and these bytes behind it.
fn integer(first: u8, number: &[u8]) -> Option<i64> {
    let filler = |highest: u8| if highest < 0x80 { 0 } else { 0xFF };
    Some(match *number {
        [] if first >= TINY => i64::from(first & TINY_MAX),
        [a] => i64::from(i8::from_le_bytes([a])),
        [a, b] => i64::from(i16::from_le_bytes([a, b])),
        [a, b, c] => i64::from(i32::from_le_bytes([a, b, c, filler(c)])),
        [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f] => i64::from_le_bytes([a, b, c, d, e, f, filler(f), filler(f)]),
        [a, b, c, d, e, f, g, h] => i64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => return None,
    })
}

fn u16_behind(run: &[u8], at: usize) -> Option<usize> {
    let length = run.get(at..)?.get(1..)?.first_chunk()?;
    Some(usize::from(u16::from_le_bytes(*length)))
}

fn u32_behind(run: &[u8], at: usize) -> Option<usize> {
    let length = run.get(at..)?.get(1..)?.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*length)).ok()
}

// The patterns `0..=0xBF` above are the format's short strings.
const _: () = assert!(SHORT_LEN_MAX == 0xBF);
