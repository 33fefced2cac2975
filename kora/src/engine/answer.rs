//! The reply of a task, awaited: one value, from a shard's thread to a future.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::engine::take_appended;
use crate::error::{Error, Result};
use crate::storage::Lsn;

struct Slot<R> {
    value: Option<Done<R>>,
    waker: Option<Waker>,
}

/// What came of a job, and the place in the log after what it wrote; 0 when it wrote nothing.
pub(crate) struct Done<R> {
    pub(crate) result: Result<R>,
    pub(crate) appended: Lsn,
}

impl<R> Done<R> {
    /// Does a job on this thread, and takes note of what it has written.
    pub(crate) fn of(job: impl FnOnce() -> Result<R>) -> Done<R> {
        take_appended();
        let result = job();
        Done { result, appended: take_appended() }
    }

    /// As [`Done::of`], of a job that is not done when its stripe is busy.
    pub(crate) fn tried(job: impl FnOnce() -> Option<Result<R>>) -> Option<Done<R>> {
        take_appended();
        let result = job()?;
        Some(Done { result, appended: take_appended() })
    }
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
    pub(crate) fn send(self, done: Done<R>) {
        self.0.lock().value = Some(done);
    }
}

impl<R> Drop for Answer<R> {
    fn drop(&mut self) {
        let waker = {
            let mut slot = self.0.lock();
            slot.value.get_or_insert(Done { result: Err(Error::Closed), appended: Lsn(0) });
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<R> Future for Awaited<R> {
    type Output = Done<R>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Done<R>> {
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
