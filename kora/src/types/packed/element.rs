//! One element of a run, as a reader sees it: bytes inside the run, or an integer.
//!
//! It does not own anything and does not say where it stands. Whatever form it has, an element *is*
//! its text: equality and order are those of the byte strings, so `Integer(10)` is before
//! `Integer(9)`.

use std::cmp::Ordering;

use bytes::Bytes;

use crate::text::integer::{IntegerText, digits, parse_i64, write_i64};

/// An element of a packed run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Element<'a> {
    /// A string that is not the text of an integer.
    Bytes(&'a [u8]),
    /// A string that is the text of this integer.
    Integer(i64),
}

impl Element<'_> {
    /// Length of the text in bytes.
    pub(crate) fn len(&self) -> usize {
        match *self {
            Element::Bytes(bytes) => bytes.len(),
            Element::Integer(integer) => digits(integer),
        }
    }

    /// The integer whose text this is. No text is parsed: in a run, what can be an integer is one.
    pub(crate) fn as_i64(&self) -> Option<i64> {
        match *self {
            Element::Bytes(_) => None,
            Element::Integer(integer) => Some(integer),
        }
    }

    /// Shows the text; an integer is printed on the stack.
    #[inline]
    pub(crate) fn with_bytes<R>(&self, see: impl FnOnce(&[u8]) -> R) -> R {
        match *self {
            Element::Bytes(bytes) => see(bytes),
            Element::Integer(integer) => see(write_i64(&mut IntegerText::new(), integer)),
        }
    }

    /// A copy of the text.
    pub(crate) fn to_bytes(self) -> Bytes {
        self.with_bytes(Bytes::copy_from_slice)
    }

    /// Appends the text.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        self.with_bytes(|text| out.extend_from_slice(text));
    }

    /// Whether the text is `other`. An integer is compared as a number, which a strict parser
    /// allows.
    pub(crate) fn eq_bytes(&self, other: &[u8]) -> bool {
        match *self {
            Element::Bytes(bytes) => bytes == other,
            Element::Integer(integer) => parse_i64(other) == Some(integer),
        }
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Element::Integer(one), Element::Integer(two)) => one == two,
            (Element::Bytes(bytes), element) | (element, Element::Bytes(bytes)) => {
                element.eq_bytes(bytes)
            }
        }
    }
}

impl Eq for Element<'_> {}

impl PartialOrd for Element<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Element<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.with_bytes(|one| other.with_bytes(|two| one.cmp(two)))
    }
}
