//! How the documents of a partition that satisfy a condition are found.
//!
//! [`access`] chooses the indexes that serve a condition, by what they would bring, [`compound`] those
//! over several paths; a [`source`] is what they bring. [`sort`] says in what order results come, a
//! [`walk`] goes through an index that has it, and [`best`] tells by one what is among the first.
//! [`find`] runs it, in slices, [`rows`] keeps what it finds, and [`explain`] tells what was done.
//!
//! The invariant: what comes out are the documents that `query::matches` says yes to, whatever
//! indexes there are. An access that may bring others says so, and then each is looked at.

pub(crate) mod access;
mod best;
mod compound;
pub(crate) mod cursor;
pub(crate) mod explain;
pub(crate) mod find;
pub(crate) mod rows;
pub(crate) mod sort;
mod source;
mod walk;

#[cfg(test)]
mod tests;
