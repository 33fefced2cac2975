//! Values out of bytes, one at a time. The twin of `write.rs`.
//!
//! Everything here is total: whatever the bytes are, it ends, and gives nothing where they are no
//! form. It does not look for the canonical form; `check.rs` does.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::layout::{
    ARRAY, FALSE, FLOAT_4, FLOAT_8, HEAD_BYTES, INTEGER, INTEGER_LAST, LINEAR_MAX, LONG_KEY, NULL,
    OBJECT, SHORT, SHORT_MAX, SMALL, SMALL_LAST, SMALL_MAX, STRING, TRUE, UNSIGNED, fingerprint,
    number, width,
};
use super::number::Number;
use super::value::{ArrayRef, ObjectRef, ValueRef};

/// The value that the bytes open with, and what follows it.
#[inline]
pub(super) fn split(bytes: &[u8]) -> Option<(ValueRef<'_>, &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    match head {
        SHORT.. => {
            let (text, rest) = rest.split_at_checked(usize::from(head & SHORT_MAX))?;
            Some((ValueRef::String(text), rest))
        }
        SMALL..=SMALL_LAST => {
            let integer = i64::from(head & SMALL_MAX);
            Some((ValueRef::Number(Number::Signed(integer)), rest))
        }
        NULL => Some((ValueRef::Null, rest)),
        FALSE => Some((ValueRef::Bool(false), rest)),
        TRUE => Some((ValueRef::Bool(true), rest)),
        STRING | ARRAY | OBJECT => {
            let (body, rest) = split_long(rest)?;
            let value = match head {
                STRING => ValueRef::String(body),
                ARRAY => ValueRef::Array(ArrayRef { body }),
                _ => ValueRef::Object(ObjectRef { body }),
            };
            Some((value, rest))
        }
        _ => {
            let (number, rest) = split_number(head, rest)?;
            Some((ValueRef::Number(number), rest))
        }
    }
}

/// A short string, if the bytes open with one, and what follows it.
#[inline]
pub(super) fn split_short(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    if head < SHORT {
        return None;
    }
    rest.split_at_checked(usize::from(head & SHORT_MAX))
}

/// An integer of no byte of its own, if the bytes open with one, and what follows it.
#[inline]
pub(super) fn split_small(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    (SMALL..=SMALL_LAST).contains(&head).then_some((head & SMALL_MAX, rest))
}

/// A boolean, if the bytes open with one, and what follows it.
#[inline]
pub(super) fn split_bool(bytes: &[u8]) -> Option<(bool, &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    (head == TRUE || head == FALSE).then_some((head == TRUE, rest))
}

/// Null, if the bytes open with it, and what follows it.
#[inline]
pub(super) fn split_null(bytes: &[u8]) -> Option<((), &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    (head == NULL).then_some(((), rest))
}

/// A float of eight bytes, if the bytes open with one, and what follows it.
#[inline]
pub(super) fn split_float(bytes: &[u8]) -> Option<(f64, &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    let (float, rest) = rest.split_first_chunk().filter(|_| head == FLOAT_8)?;
    let float = f64::from_le_bytes(*float);
    float.is_finite().then_some((float, rest))
}

/// An array, if the bytes open with one, and what follows it.
#[inline]
pub(super) fn split_array(bytes: &[u8]) -> Option<(ArrayRef<'_>, &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    let (body, rest) = split_long(rest).filter(|_| head == ARRAY)?;
    Some((ArrayRef { body }, rest))
}

/// An object, if the bytes open with one, and what follows it.
#[inline]
pub(super) fn split_object(bytes: &[u8]) -> Option<(ObjectRef<'_>, &[u8])> {
    let (&head, rest) = bytes.split_first()?;
    let (body, rest) = split_long(rest).filter(|_| head == OBJECT)?;
    Some((ObjectRef { body }, rest))
}

// What the masks above leave is what the head was made of.
const _: () = assert!(SHORT & SHORT_MAX == 0 && SMALL & SMALL_MAX == 0);

#[inline]
fn split_number(head: u8, rest: &[u8]) -> Option<(Number, &[u8])> {
    match head {
        INTEGER..=INTEGER_LAST => {
            let bytes = usize::from(head.wrapping_sub(INTEGER)).checked_add(1)?;
            let (integer, rest) = rest.split_at_checked(bytes)?;
            Some((Number::Signed(signed(integer)?), rest))
        }
        UNSIGNED => {
            let (integer, rest) = rest.split_first_chunk()?;
            Some((Number::from(u64::from_le_bytes(*integer)), rest))
        }
        FLOAT_4 => {
            let (float, rest) = rest.split_first_chunk()?;
            Some((Number::from_f64(f32::from_le_bytes(*float).into())?, rest))
        }
        FLOAT_8 => {
            let (float, rest) = rest.split_first_chunk()?;
            Some((Number::from_f64(f64::from_le_bytes(*float))?, rest))
        }
        _ => None,
    }
}

/// An integer of one to eight bytes.
#[inline]
fn signed(bytes: &[u8]) -> Option<i64> {
    let negative = bytes.last()? >> 7 == 1;
    let mut word = [if negative { 0xFF } else { 0 }; 8];
    for (byte, given) in word.iter_mut().zip(bytes) {
        *byte = *given;
    }
    Some(i64::from_le_bytes(word))
}

/// What three bytes of length announce, and what follows it.
#[inline]
fn split_long(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<3>()?;
    rest.split_at_checked(number(length)?)
}

/// What follows the value that the bytes open with.
#[inline]
pub(super) fn skip(bytes: &[u8]) -> Option<&[u8]> {
    let size = match *bytes.first()? {
        head @ SHORT.. => usize::from(head & SHORT_MAX).checked_add(1)?,
        SMALL..=SMALL_LAST | NULL | FALSE | TRUE => 1,
        STRING | ARRAY | OBJECT => {
            let length = bytes.get(1..HEAD_BYTES)?;
            number(length)?.checked_add(HEAD_BYTES)?
        }
        head @ INTEGER..=INTEGER_LAST => usize::from(head.wrapping_sub(INTEGER)).checked_add(2)?,
        UNSIGNED | FLOAT_8 => 9,
        FLOAT_4 => 5,
        _ => return None,
    };
    bytes.get(size..)
}

/// The key that the bytes open with, and what follows it.
#[inline]
pub(super) fn split_key(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    if length == LONG_KEY { split_long(rest) } else { rest.split_at_checked(length.into()) }
}

/// How many elements or fields the body of an array or object says it has.
#[inline]
pub(super) fn count(body: &[u8]) -> Option<usize> {
    let (_, count) = split_count(body)?;
    Some(count)
}

#[inline]
fn split_count(body: &[u8]) -> Option<(&[u8], usize)> {
    let at = body.len().checked_sub(width(body.len()))?;
    let (rest, count) = body.split_at_checked(at)?;
    Some((rest, number(count)?))
}

/// The parts of an object's body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub(super) fields: &'a [u8],
    pub(super) count: usize,
    pub(super) index: Option<Index<'a>>,
}

impl<'a> Parts<'a> {
    #[inline]
    pub(super) fn of(object: ObjectRef<'a>) -> Option<Self> {
        let (rest, count) = split_count(object.body)?;
        if count <= LINEAR_MAX {
            return Some(Parts { fields: rest, count, index: None });
        }
        let width = width(object.body.len());
        let offsets_at = rest.len().checked_sub(count.checked_mul(width)?)?;
        let (rest, offsets) = rest.split_at_checked(offsets_at)?;
        let (fields, fingerprints) = rest.split_at_checked(rest.len().checked_sub(count)?)?;
        let index = Index { fields, fingerprints, offsets, width };
        Some(Parts { fields, count, index: Some(index) })
    }
}

/// The index of an object, sorted by fingerprint and then by key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index<'a> {
    fields: &'a [u8],
    pub(super) fingerprints: &'a [u8],
    offsets: &'a [u8],
    width: usize,
}

impl<'a> Index<'a> {
    /// The key at a place of the index, and the bytes from its value on.
    #[inline]
    pub(super) fn field(self, place: usize) -> Option<(&'a [u8], &'a [u8])> {
        let at = place.checked_mul(self.width)?;
        let offset = self.offsets.get(at..at.checked_add(self.width)?)?;
        split_key(self.fields.get(number(offset)?..)?)
    }

    /// The bytes from the value of this key on.
    #[inline]
    pub(super) fn find(self, key: &[u8]) -> Option<&'a [u8]> {
        let wanted = fingerprint(key);
        // Mostly no two names have one fingerprint, and to count those below takes no branches.
        let below = self.fingerprints.partition_point(|mark| *mark < wanted);
        if *self.fingerprints.get(below)? != wanted {
            return None;
        }
        let (found, value) = self.field(below)?;
        if found == key {
            return Some(value);
        }
        let (mut low, mut high) = (below, self.fingerprints.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let mut order = self.fingerprints.get(middle)?.cmp(&wanted);
            if order.is_eq() {
                let (found, value) = self.field(middle)?;
                if found == key {
                    return Some(value);
                }
                order = found.cmp(key);
            }
            if order.is_lt() {
                low = middle.checked_add(1)?;
            } else {
                high = middle;
            }
        }
        None
    }
}

/// The bytes from the value of the field with this key on.
#[inline]
pub(super) fn find<'a>(object: ObjectRef<'a>, key: &[u8]) -> Option<&'a [u8]> {
    let parts = Parts::of(object)?;
    match parts.index {
        Some(index) => index.find(key),
        None => walk(parts.fields, key),
    }
}

fn walk<'a>(mut fields: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    loop {
        let (found, value) = split_key(fields)?;
        if found == key {
            return Some(value);
        }
        fields = skip(value)?;
    }
}

/// In place of contents that cannot be read: nothing, of which something is left.
const NEVER_WHOLE: (&[u8], usize) = (&[], 1);

/// Reads the value that contents open with; one that was not read is skipped.
#[inline]
fn read_value<'a, T>(
    (rest, left): (&mut &'a [u8], &mut usize),
    read: impl FnOnce(&mut &'a [u8]) -> T,
) -> T {
    let before = rest.len();
    let value = read(rest);
    if rest.len() == before {
        (*rest, *left) = skip(rest).map_or(NEVER_WHOLE, |rest| (rest, *left));
    }
    value
}

/// The elements of an array. On bytes that are no form it ends early.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Elements<'a> {
    pub(super) fn new(array: ArrayRef<'a>) -> Self {
        let (rest, left) = split_count(array.body).unwrap_or(NEVER_WHOLE);
        Elements { rest, left }
    }

    /// At the end: whether the bytes held as many elements as they said, and nothing more.
    pub(super) fn are_whole(&self) -> bool {
        self.left == 0 && self.rest.is_empty()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// How many are left.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// Whether there is one more; then [`Elements::read_value`] comes next.
    #[inline]
    pub(super) fn begin_value(&mut self) -> bool {
        let left = self.left.checked_sub(1);
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// Lets the value be read that comes next, from the bytes that open with it.
    #[inline]
    pub(super) fn read_value<T>(&mut self, read: impl FnOnce(&mut &'a [u8]) -> T) -> T {
        read_value((&mut self.rest, &mut self.left), read)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = ValueRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<ValueRef<'a>> {
        let left = self.left.checked_sub(1)?;
        let (value, rest) = split(self.rest)?;
        (self.rest, self.left) = (rest, left);
        Some(value)
    }

    /// Steps over `n` elements by their heads alone.
    fn nth(&mut self, n: usize) -> Option<ValueRef<'a>> {
        for _ in 0..n {
            self.left = self.left.checked_sub(1)?;
            self.rest = skip(self.rest)?;
        }
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // Bytes that are no form may promise more elements than they have bytes.
        let left = self.left.min(self.rest.len());
        (left, Some(left))
    }
}

/// The fields of an object, names and values. On bytes that are no form it ends early.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(object: ObjectRef<'a>) -> Self {
        let parts = Parts::of(object).map(|parts| (parts.fields, parts.count));
        let (rest, left) = parts.unwrap_or(NEVER_WHOLE);
        Fields { rest, left }
    }

    /// At the end: whether the bytes held as many fields as they said, and nothing more.
    pub(super) fn are_whole(&self) -> bool {
        self.left == 0 && self.rest.is_empty()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// How many are left.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// The name of the next one; then [`Fields::read_value`] or [`Fields::skip_value`] comes next.
    #[inline]
    pub(super) fn next_key(&mut self) -> Option<&'a [u8]> {
        let left = self.left.checked_sub(1)?;
        let (key, rest) = split_key(self.rest)?;
        (self.rest, self.left) = (rest, left);
        Some(key)
    }

    /// Lets the value be read that comes next, from the bytes that open with it.
    #[inline]
    pub(super) fn read_value<T>(&mut self, read: impl FnOnce(&mut &'a [u8]) -> T) -> T {
        read_value((&mut self.rest, &mut self.left), read)
    }

    /// The name of the next one and the form of its value.
    #[inline]
    pub(super) fn next_form(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let left = self.left.checked_sub(1)?;
        let (key, value) = split_key(self.rest)?;
        let rest = skip(value)?;
        (self.rest, self.left) = (rest, left);
        Some((key, value.get(..value.len().checked_sub(rest.len())?)?))
    }

    /// Steps over the value that comes next.
    pub(super) fn skip_value(&mut self) {
        self.read_value(|_| ());
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], ValueRef<'a>);

    #[inline]
    fn next(&mut self) -> Option<(&'a [u8], ValueRef<'a>)> {
        let left = self.left.checked_sub(1)?;
        let (key, rest) = split_key(self.rest)?;
        let (value, rest) = split(rest)?;
        (self.rest, self.left) = (rest, left);
        Some((key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.left.min(self.rest.len());
        (left, Some(left))
    }
}
