//! The stored form of a document: one run of bytes in which a field is found without decoding the
//! rest.
//!
//! It knows no collection, no index, no thread and no file. Serde types go in ([`to_form`]) and out
//! ([`from_form`]) without a tree of values between, JSON text goes in ([`from_json`]) and out
//! ([`write_json`]), and [`update`] changes a form at a path. [`ValueRef`] is a value where it lies.
//!
//! **Values** are null, booleans, integers from -2^63 to 2^64-1, finite floats, strings, arrays and
//! objects. What serde calls bytes is an array of integers, as in JSON. NaN and the infinities are
//! refused, where `serde_json` writes null: a value must not turn into another. An object keeps the
//! order of its fields, and no two of them have one name: which of two would be meant, nobody knows.
//!
//! **Layout.** A value is a head byte and what the head announces; numbers are little-endian:
//!
//! ```text
//! 01 02 03      null, false, true
//! 08 ..= 0F     an integer of 1 to 8 bytes, two's complement
//! 10            an integer above i64::MAX: 8 bytes
//! 11 12         a float of 4 or 8 bytes
//! 18 19 1A      string, array, object: the length of its body in 3 bytes, the body
//! 40 ..= 7F     an integer from 0 to 63
//! 80 ..= FF     a string of 0 to 127 bytes
//!
//! array body    value*                                                     count
//! object body   (key value)*   fingerprint{count}?   offset{count}?        count
//! key           length in 1 byte, or FF and 3 bytes; the bytes
//! ```
//!
//! Count and offsets are as wide as the length of the body needs: 1, 2 or 3 bytes. An object of
//! more than [`LINEAR_MAX`] fields has an index, sorted by the keys' [fingerprints](fingerprint)
//! and then by the keys: a search compares single bytes that lie side by side and then, nearly
//! always, one key. Keys chosen to have one fingerprint cost a binary search over keys, no more.
//! Count and index stand behind what they count, and lengths have a fixed width, so that a form is
//! written in one pass: nothing written moves.
//!
//! **Canonical.** Every number and length has its shortest form, so a document, with the order of
//! its fields, has exactly one form. [`check()`] verifies that bytes are one; every other reader is
//! total: on bytes that are no form it gives nothing or an error and does not panic.

mod error;
mod layout;

mod number;
mod utf8;
mod value;

mod check;
mod read;
mod write;

mod difference;
mod order;
mod sortable;

mod de;
mod json;
mod map_key;
mod ser;

pub(crate) mod rename;
mod select;
pub(crate) mod update;

pub(crate) use check::check;
pub(crate) use de::{from_form, from_opening};
pub(crate) use difference::{Names, changed_fields};
pub(crate) use error::{Error, Problem, Result};
pub(crate) use json::{from_json, value_from_json, write_json};
pub(crate) use layout::NULL_FORM;
pub(crate) use map_key::from_key;
pub(crate) use number::Number;
pub(crate) use select::Selection;
pub(crate) use ser::{to_form, to_value};
pub(crate) use sortable::{
    KeyBuffer, encode_sortable, encode_sortable_prefix, sortable_bounds, sortable_len,
};
pub(crate) use update::copy;
pub(crate) use value::{Kind, ObjectRef, ValueRef};

#[cfg(test)]
use error::Step;
#[cfg(test)]
use value::ArrayRef;

#[cfg(doc)]
use layout::{LINEAR_MAX, fingerprint};

/// How deep arrays and objects may nest, the document itself counted: as deep as `serde_json` reads
/// by default.
pub(crate) const DEPTH_MAX: usize = 128;

/// How many bytes a form may have: 16 MiB, as a BSON document in MongoDB. Lengths and offsets fit
/// in three bytes.
pub(crate) const SIZE_MAX: usize = 1 << 24;

/// The form of one value, as long as it needs to be.
pub(crate) type Form = Box<[u8]>;

#[cfg(test)]
mod tests;
