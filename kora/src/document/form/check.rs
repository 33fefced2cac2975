//! Whether bytes are a form: whole, canonical, within the limits.
//!
//! For bytes that come from outside, a file first of all. What passes is byte for byte what a
//! [`Writer`](super::write::Writer) writes for the value.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::error::{Error, Problem, Result};
use super::layout::{
    FLOAT_8, INTEGER, INTEGER_LAST, LINEAR_MAX, LONG_KEY, SHORT_MAX, SMALL_MAX, STRING, UNSIGNED,
    fingerprint, integer_width,
};
use super::number::Number;
use super::read::{Index, Parts, split, split_key};
use super::value::{ArrayRef, ObjectRef, ValueRef};
use super::{DEPTH_MAX, SIZE_MAX};

/// The value whose form the bytes are, if they are one. O(n), and for each object of many fields
/// O(log n) key comparisons a field.
pub(crate) fn check(bytes: &[u8]) -> Result<ValueRef<'_>> {
    if bytes.len() > SIZE_MAX {
        return Err(Problem::TooLarge.into());
    }
    match check_next(bytes, DEPTH_MAX)? {
        (value, []) => Ok(value),
        _ => Err(damaged()),
    }
}

fn damaged() -> Error {
    Problem::Damaged.into()
}

fn hold(what: bool) -> Result<()> {
    if what { Ok(()) } else { Err(damaged()) }
}

fn check_next(bytes: &[u8], depth: usize) -> Result<(ValueRef<'_>, &[u8])> {
    let (value, rest) = split(bytes).ok_or_else(damaged)?;
    match value {
        ValueRef::Null | ValueRef::Bool(_) => {}
        ValueRef::Number(number) => hold(is_shortest(bytes, number))?,
        ValueRef::String(text) => {
            let is_long = bytes.first() == Some(&STRING);
            hold(is_long == (text.len() > SHORT_MAX.into()) && is_utf8(text))?;
        }
        ValueRef::Array(array) => check_array(array, deeper(depth)?)?,
        ValueRef::Object(object) => check_object(object, deeper(depth)?)?,
    }
    Ok((value, rest))
}

fn deeper(depth: usize) -> Result<usize> {
    depth.checked_sub(1).ok_or_else(|| Problem::TooDeep.into())
}

fn is_utf8(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok()
}

/// Whether the form that the bytes open with is the only one of the number.
fn is_shortest(bytes: &[u8], number: Number) -> bool {
    let Some(&head) = bytes.first() else { return false };
    match (number, head) {
        (Number::Signed(integer), INTEGER..=INTEGER_LAST) => {
            let is_small = (0..=SMALL_MAX.into()).contains(&integer);
            !is_small && head.wrapping_sub(INTEGER).wrapping_add(1) == integer_width(integer)
        }
        (Number::Signed(_), head) => head != UNSIGNED,
        (Number::Unsigned(_), _) => true,
        #[expect(clippy::cast_possible_truncation, reason = "asked is whether it truncates")]
        (Number::Float(float), FLOAT_8) => f64::from(float as f32).to_bits() != float.to_bits(),
        (Number::Float(_), _) => true,
    }
}

fn check_array(array: ArrayRef<'_>, depth: usize) -> Result<()> {
    let mut elements = array.iter();
    while !elements.are_whole() {
        let here = elements.rest();
        elements.next().ok_or_else(damaged)?;
        check_next(here, depth)?;
    }
    Ok(())
}

fn check_object(object: ObjectRef<'_>, depth: usize) -> Result<()> {
    let parts = Parts::of(object).ok_or_else(damaged)?;
    hold(parts.count > LINEAR_MAX || are_distinct(object))?;
    if let Some(index) = parts.index {
        check_order(index)?;
    }
    let mut fields = object.iter();
    while !fields.are_whole() {
        let (key, value) = split_key(fields.rest()).ok_or_else(damaged)?;
        let is_long = fields.rest().first() == Some(&LONG_KEY);
        hold(is_long == (key.len() >= LONG_KEY.into()) && is_utf8(key))?;
        // Distinct keys in the index, and each field found where it stands: the index is whole.
        hold(parts.index.is_none_or(|index| {
            index.find(key).is_some_and(|found| found.as_ptr() == value.as_ptr())
        }))?;
        fields.next().ok_or_else(damaged)?;
        check_next(value, depth)?;
    }
    Ok(())
}

/// Whether no two fields of a short object have the same key.
fn are_distinct(object: ObjectRef<'_>) -> bool {
    let earlier = |count| object.iter().take(count).map(|(key, _)| key);
    let mut fields = object.iter().map(|(key, _)| key).enumerate();
    fields.all(|(place, key)| earlier(place).all(|other| other != key))
}

/// Whether the fingerprints are those of the keys, and fingerprints and keys ascend.
fn check_order(index: Index<'_>) -> Result<()> {
    let mut previous = None;
    for (place, mark) in index.fingerprints.iter().enumerate() {
        let (key, _) = index.field(place).ok_or_else(damaged)?;
        hold(*mark == fingerprint(key) && previous < Some((mark, key)))?;
        previous = Some((mark, key));
    }
    Ok(())
}
