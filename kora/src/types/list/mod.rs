//! Lists: byte strings in an order of their own, cheap at both ends; queues, stacks, logs.
//!
//! Pushing and popping at either end cost O(1), amortised, at any length. An index costs a walk
//! over the nodes from the nearer end, some hundred for a million short elements, and over half
//! a node. Changing the middle moves at most one node's bytes.
//!
//! In reading order: [`value`] is a list in its two forms, [`chain`] the nodes of a large one,
//! [`node`] one of them, and a small list; [`run`] is the bytes of both; [`threshold`] says which
//! elements share no node though there is room. A list holds as many elements as there is memory
//! for, each of at most 512 MiB, as in Redis. The commands that wait for an element are not here.

pub(crate) mod value;

pub(crate) mod chain;
pub(crate) mod node;
pub(crate) mod run;
pub(crate) mod threshold;

pub(crate) mod api;
pub(crate) mod commands;
pub(crate) mod ops;

#[cfg(test)]
mod tests;

pub(crate) use value::List;
