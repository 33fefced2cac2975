//! Packed runs: the compact form of small collections, elements one after another in one `Vec<u8>`.
//!
//! A run knows nothing of fields, scores or order: a hash keeps field, value, field, value; a list
//! keeps its elements; what they mean is the caller's. There is no header and no count; the run
//! ends where its bytes end. Reading is a walk from the front, so a run is for tens of elements,
//! not thousands.
//!
//! Invariant: an element is stored in exactly one way (the *canonical* form below), so two elements
//! are equal if and only if their encoded bytes are. [`find`] depends on it, [`encode()`] keeps it
//! and [`decode()`] refuses what breaks it.
//!
//! # Format
//!
//! These bytes reach disk. All numbers are little-endian; signed ones are two's complement.
//!
//! | first byte    | then                    | the element                               |
//! | ------------- | ----------------------- | ----------------------------------------- |
//! | `0x00..=0xBF` | that many bytes         | a string of 0 to 191 bytes                |
//! | `0xC0`        | 1 byte, signed          | an integer                                |
//! | `0xC1`        | 2 bytes, signed         | an integer                                |
//! | `0xC2`        | 3 bytes, signed         | an integer                                |
//! | `0xC3`        | 4 bytes, signed         | an integer                                |
//! | `0xC4`        | 6 bytes, signed         | an integer                                |
//! | `0xC5`        | 8 bytes, signed         | an integer                                |
//! | `0xC8`        | `u16` length, the bytes | a string of 192 to 65 535 bytes           |
//! | `0xC9`        | `u32` length, the bytes | a string of 65 536 to 4 294 967 295 bytes |
//! | `0xE0..=0xFF` | nothing                 | the integer 0 to 31: the low five bits    |
//!
//! Every other first byte is invalid. An element is an integer if and only if its text is what
//! printing some `i64` gives: `12`, `-7`, `0`, but neither `+1`, `01`, `-0` nor ` 1`. Integers take
//! the first row that can hold them, where the one-byte row `0xE0..=0xFF` is tried first; so do
//! strings.
//!
//! Redis's listpack has also the length of each element behind it, to walk backwards, and a header
//! of 6 bytes. Without both, a field and a value of 8 bytes each take 18 bytes here and 20 there,
//! and small numbers take one byte and not two.

mod copies;
mod decode;
mod element;
mod encode;
mod search;
mod splice;
#[cfg(test)]
mod tests;

pub(crate) use copies::copies;
pub(crate) use decode::{Elements, check, decode, step};
pub(crate) use element::Element;
pub(crate) use encode::{encode, encode_integer, encoded_len, with_encoded};
pub(crate) use search::find;
pub(crate) use splice::{reserve, splice};

/// The longest string whose length is its first byte.
const SHORT_LEN_MAX: usize = 0xBF;

/// First bytes of the integers that follow in 1, 2, 3, 4, 6 and 8 bytes.
const INT_8: u8 = 0xC0;
const INT_16: u8 = 0xC1;
const INT_24: u8 = 0xC2;
const INT_32: u8 = 0xC3;
const INT_48: u8 = 0xC4;
const INT_64: u8 = 0xC5;

/// First bytes of the strings whose length follows as `u16` or `u32`.
const STRING_16: u8 = 0xC8;
const STRING_32: u8 = 0xC9;

/// First byte of the integer 0; the integers up to [`TINY_MAX`] count up from here.
const TINY: u8 = 0xE0;
const TINY_MAX: u8 = 0x1F;
