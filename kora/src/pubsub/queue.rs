//! Messages that wait for a listener in this process.
//!
//! A queue holds so many and no more: when one comes and there is no room, the oldest goes and is
//! counted. So who publishes never waits, and who listens too slowly has the newest and knows how
//! many it missed.

use std::collections::VecDeque;
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};

use super::broker::{Asked, Delivery, Listener};

/// What was published on a channel.
///
/// ```
/// let db = kora::Database::in_memory();
/// let mut news = db.psubscribe("news.*")?;
/// db.publish("news.accra", "it rains")?;
/// let message = news.recv();
/// assert_eq!(message.channel, "news.accra");
/// assert_eq!(message.pattern.as_deref(), Some(&b"news.*"[..]));
/// assert_eq!(message.payload, "it rains");
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The channel.
    pub channel: Bytes,
    /// The pattern for which it was received, if it was for one.
    pub pattern: Option<Bytes>,
    /// What was said.
    pub payload: Bytes,
}

/// Where messages wait.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Debug)]
struct State {
    messages: VecDeque<Message>,
    capacity: usize,
    missed: u64,
    waker: Option<Waker>,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Queue {
        let state = State { messages: VecDeque::new(), capacity, missed: 0, waker: None };
        Queue { state: Mutex::new(state), came: Condvar::new() }
    }

    /// Holds so many from here on.
    pub(super) fn set_capacity(&self, capacity: usize) {
        let mut state = self.state.lock();
        state.capacity = capacity;
        state.trim();
    }

    /// The next message, if there is one.
    pub(super) fn take(&self) -> Option<Message> {
        self.state.lock().messages.pop_front()
    }

    /// The next message; waits for it.
    pub(super) fn wait(&self) -> Message {
        let mut state = self.state.lock();
        loop {
            if let Some(message) = state.messages.pop_front() {
                return message;
            }
            self.came.wait(&mut state);
        }
    }

    /// The next message, if one comes in time.
    pub(super) fn wait_for(&self, time: Duration) -> Option<Message> {
        let mut state = self.state.lock();
        self.came.wait_while_for(&mut state, |state| state.messages.is_empty(), time);
        state.messages.pop_front()
    }

    /// The next message; wakes who asks when there is one.
    pub(super) fn poll(&self, waker: &Waker) -> Poll<Message> {
        let mut state = self.state.lock();
        match state.messages.pop_front() {
            Some(message) => Poll::Ready(message),
            None => {
                state.waker = Some(waker.clone());
                Poll::Pending
            }
        }
    }

    /// How many were lost since this was last asked.
    pub(super) fn take_missed(&self) -> u64 {
        std::mem::take(&mut self.state.lock().missed)
    }
}

impl State {
    fn trim(&mut self) {
        let surplus = self.messages.len().saturating_sub(self.capacity);
        self.messages.drain(..surplus);
        self.missed += surplus as u64;
    }
}

impl Listener for Queue {
    fn deliver(&self, delivery: &Delivery<'_>) {
        let copy = Bytes::copy_from_slice;
        let pattern = match delivery.asked {
            Asked::Pattern(pattern) => Some(copy(pattern)),
            Asked::Channel | Asked::Shard => None,
        };
        let message =
            Message { channel: copy(delivery.channel), pattern, payload: copy(delivery.message) };
        let waker = {
            let mut state = self.state.lock();
            state.messages.push_back(message);
            state.trim();
            state.waker.take()
        };
        self.came.notify_one();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
