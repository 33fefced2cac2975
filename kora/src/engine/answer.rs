//! The reply of a task, awaited: one value, from a shard's thread to a future.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::error::{Error, Result};

struct Slot<R> {
    value: Option<Result<R>>,
    waker: Option<Waker>,
}

/// The end that the task answers on. Dropped without an answer, it answers
/// [`Error::Closed`].
pub(crate) struct Answer<R>(Arc<Mutex<Slot<R>>>);

/// The end that is awaited.
pub(crate) struct Awaited<R>(Arc<Mutex<Slot<R>>>);

/// A new pair.
pub(crate) fn answer<R>() -> (Answer<R>, Awaited<R>) {
    let slot = Arc::new(Mutex::new(Slot { value: None, waker: None }));
    (Answer(Arc::clone(&slot)), Awaited(slot))
}

impl<R> Answer<R> {
    /// Answers.
    pub(crate) fn send(self, value: Result<R>) {
        self.0.lock().value = Some(value);
    }
}

impl<R> Drop for Answer<R> {
    fn drop(&mut self) {
        let waker = {
            let mut slot = self.0.lock();
            slot.value.get_or_insert(Err(Error::Closed));
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<R> Future for Awaited<R> {
    type Output = Result<R>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        let mut slot = self.0.lock();
        match slot.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
