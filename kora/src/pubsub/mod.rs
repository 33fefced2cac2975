//! Channels: whoever listens to one is given what is published there, and nothing is kept.
//!
//! `broker.rs` knows who listens to what; `queue.rs` is where messages wait for a listener in this
//! process, a bounded time; `api.rs` has the methods, `commands.rs` the commands that need no
//! connection. Those that subscribe a connection are the session's. A listener is given its
//! messages under the broker's lock, so all listeners of a channel see one order; it may only put
//! them down.

pub(crate) mod api;
pub(crate) mod broker;
pub(crate) mod commands;
mod queue;

#[cfg(test)]
mod tests;
