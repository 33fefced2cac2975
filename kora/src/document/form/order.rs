//! The order of all values: null, false, true, numbers, strings, arrays, objects.
//!
//! Numbers go by value, strings by bytes (which is by code points), arrays by their first
//! difference, a shorter one first. Objects are equal if they have equal fields in whatever order;
//! they go by their fields sorted by name, as arrays of pairs. Equality is the same relation, so 30
//! equals 30.0 within arrays and objects as well.

use std::cmp::Ordering;

use super::DEPTH_MAX;
use super::value::{ArrayRef, ObjectRef, ValueRef};

impl Ord for ValueRef<'_> {
    /// O(length of both); objects are sorted first.
    fn cmp(&self, other: &Self) -> Ordering {
        order(*self, *other, DEPTH_MAX)
    }
}

impl PartialOrd for ValueRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ValueRef<'_> {}

/// Bytes that are no form may nest deeper than any form; what lies so deep is not looked at.
fn order(a: ValueRef<'_>, b: ValueRef<'_>, depth: usize) -> Ordering {
    match (a, b) {
        (ValueRef::Bool(a), ValueRef::Bool(b)) => a.cmp(&b),
        (ValueRef::Number(a), ValueRef::Number(b)) => a.cmp(&b),
        (ValueRef::String(a), ValueRef::String(b)) => a.cmp(b),
        (ValueRef::Array(a), ValueRef::Array(b)) => order_of_arrays(a, b, depth),
        (ValueRef::Object(a), ValueRef::Object(b)) => order_of_objects(a, b, depth),
        (a, b) => a.kind().cmp(&b.kind()),
    }
}

fn order_of_arrays(a: ArrayRef<'_>, b: ArrayRef<'_>, depth: usize) -> Ordering {
    let Some(depth) = depth.checked_sub(1) else { return Ordering::Equal };
    let first_difference =
        a.iter().zip(b).map(|(a, b)| order(a, b, depth)).find(|order| order.is_ne());
    first_difference.unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn order_of_objects(a: ObjectRef<'_>, b: ObjectRef<'_>, depth: usize) -> Ordering {
    let Some(depth) = depth.checked_sub(1) else { return Ordering::Equal };
    if a.body == b.body {
        return Ordering::Equal;
    }
    let (a, b) = (sorted(a), sorted(b));
    let orders = a.iter().zip(&b).map(|((name, value), (other_name, other))| {
        name.cmp(other_name).then_with(|| order(*value, *other, depth))
    });
    let first_difference = orders.into_iter().find(|order| order.is_ne());
    first_difference.unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn sorted(object: ObjectRef<'_>) -> Vec<(&[u8], ValueRef<'_>)> {
    let mut fields: Vec<_> = object.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    fields
}
