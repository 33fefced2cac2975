//! Sets: byte strings without order, each there once.
//!
//! Adding, removing and asking cost O(1). Integers alone lie in a sorted array, few and short
//! members in one packed run, all others in a hash table; the forms and the sizes at which one
//! follows the other are those of Redis 7.2. Intersection, union and difference read all their
//! sets where they lie and copy nothing but the result.

pub(crate) mod algebra;
pub(crate) mod api;
pub(crate) mod commands;
pub(crate) mod intset;
pub(crate) mod ops;
pub(crate) mod sample;
pub(crate) mod value;
pub(crate) mod view;

#[cfg(test)]
mod tests;

pub(crate) use value::Set;
