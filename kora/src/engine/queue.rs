//! The queue into a shard's thread.
//!
//! Unbounded, and still bounded: each task belongs to an asynchronous call that waits for its
//! reply, so there are never more tasks than calls in flight.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::engine::Engine;

/// A job that leaves its caller's thread.
pub(crate) type Task = Box<dyn FnOnce(&Engine) + Send>;

/// What a shard's thread is told.
pub(crate) enum Message {
    /// Do this.
    Run(Task),
    /// Do this when so much time has passed.
    After(Duration, Task),
    /// Keys have got deadlines: look for those that are due.
    Wake,
    /// Do what is queued, then end.
    Stop,
}

pub(super) fn new() -> (Sender<Message>, Receiver<Message>) {
    unbounded()
}
