//! Sorted sets: members with scores, ordered by score and then by name.
//!
//! Finding a score is O(1); changing one, ranks and the ends of ranges are O(log n); returning
//! or removing members costs O(1) each. A set of up to 128 short members is one run of bytes in
//! its key's block; a larger one is a hash index and a B+tree over a slab of members.
//!
//! Scores are doubles, NaN excluded. A set holds fewer than 2^32 members.

pub(crate) mod aggregate;
pub(crate) mod api;
pub(crate) mod commands;
mod members;
pub(crate) mod ops;
pub(crate) mod range;
pub(crate) mod run;
mod score;
mod table;
pub(crate) mod tree;
pub(crate) mod value;

#[cfg(test)]
mod tests;

pub(crate) use value::Zset;
