//! Hashes: fields with values under one key.
//!
//! A small hash is one packed run, searched from the front; a large one is a hash table. A hash
//! grows into a table with its 513th field, or with a field or value of more than 64 bytes, and
//! stays one, as in Redis. Reading and writing a field cost O(1): at most 512 short steps in a
//! run. What returns a whole hash costs O(its fields).

pub(crate) mod api;
pub(crate) mod commands;
pub(crate) mod ops;
pub(crate) mod value;

#[cfg(test)]
mod tests;

pub(crate) use value::Hash;
