//! Strings: bytes, and the counters that are written as decimal integers.
//!
//! Reading and replacing cost O(length); appending is amortised O(length of the tail). A
//! string holds at most 512 MiB ([`ops::LEN_MAX`]), as in Redis.

pub(crate) mod api;
pub(crate) mod commands;
pub(crate) mod copies;
pub(crate) mod ops;
pub(crate) mod value;

#[cfg(test)]
mod tests;

pub(crate) use value::Str;
