//! Waiting for keys in this process: a thread that sleeps, or a future that is woken.
//!
//! Both hand what they wait to do to whoever gives their keys something ([`waiters`](super::waiters)),
//! and take what came of it out of a slot. Time is kept by who waits: the thread sleeps until then,
//! and the future has a shard's thread ring.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::engine::effect_log::note_appended;
use crate::engine::waiters::{WaitEnd, WaitKeys, Waiter, Want};
use crate::engine::{Done, Engine, Message, Transaction};
#[cfg(feature = "server")]
use crate::error::ConnectionError;
use crate::error::Result;
use crate::keyspace::Key;
use crate::storage::Lsn;

/// What somebody who waits does: with all of its keys at first, with one that has changed later.
pub(crate) trait WaitOp<R>:
    FnMut(&mut Transaction<'_>, Option<&Key<'_>>) -> Result<Option<R>> + Send + 'static
{
}

impl<R, F> WaitOp<R> for F where
    F: FnMut(&mut Transaction<'_>, Option<&Key<'_>>) -> Result<Option<R>> + Send + 'static
{
}

/// Where the outcome of a wait is put, and where it is known whether anybody wants it.
pub(crate) struct Slot<R> {
    state: Mutex<State<R>>,
    came: Condvar,
}

struct State<R> {
    outcome: Option<Done<Option<R>>>,
    waker: Option<Waker>,
    /// Who is put down, when that is known.
    waiter: Option<Arc<Waiter>>,
    is_abandoned: bool,
}

impl<R> Slot<R> {
    pub(crate) fn new() -> Arc<Slot<R>> {
        let state = State { outcome: None, waker: None, waiter: None, is_abandoned: false };
        Arc::new(Slot { state: Mutex::new(state), came: Condvar::new() })
    }

    /// Keeps who is put down; whether nobody wants the outcome any more.
    fn set_waiter(&self, waiter: &Arc<Waiter>) -> bool {
        let mut state = self.state.lock();
        state.waiter = Some(Arc::clone(waiter));
        state.is_abandoned
    }
}

/// An operation that waits, and where its outcome goes.
struct Waiting<F, R> {
    op: F,
    found: Option<R>,
    slot: Arc<Slot<R>>,
}

impl<R: Send, F: WaitOp<R>> Want for Waiting<F, R> {
    fn attempt(&mut self, transaction: &mut Transaction<'_>, ready: &Key<'_>) -> Result<bool> {
        self.found = (self.op)(transaction, Some(ready))?;
        Ok(self.found.is_some())
    }

    fn end(self: Box<Self>, end: WaitEnd) {
        let Waiting { found, slot, .. } = *self;
        let (result, appended) = match end {
            WaitEnd::Served(result, appended) => (result.map(|()| found), appended),
            WaitEnd::TimedOut => (Ok(None), Lsn(0)),
            #[cfg(feature = "server")]
            WaitEnd::Unblocked => (Err(ConnectionError::Unblocked.into()), Lsn(0)),
        };
        let waker = {
            let mut state = slot.state.lock();
            state.outcome = Some(Done { result, appended });
            state.waker.take()
        };
        slot.came.notify_one();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// A wait. When it is dropped it ends; what it was served by then is lost.
pub(crate) struct Wait<'e, R> {
    engine: &'e Engine,
    slot: Arc<Slot<R>>,
}

/// Tries an operation, which is left in its place if its leases are not taken.
fn begin<R: Send + 'static, F: WaitOp<R>>(
    op: &mut Option<F>,
    slot: &Arc<Slot<R>>,
    transaction: &mut Transaction<'_>,
) -> Result<std::result::Result<R, Box<dyn Want>>> {
    let mut op = op.take().expect("an operation begins once");
    Ok(match op(transaction, None)? {
        Some(found) => Ok(found),
        None => Err(Box::new(Waiting { op, found: None, slot: Arc::clone(slot) })),
    })
}

impl Engine {
    /// Does something, or begins to wait for it: then nothing is returned, and the slot will have
    /// it.
    pub(crate) fn begin_to_wait<R: Send + 'static>(
        &self,
        on: WaitKeys<'_>,
        op: impl WaitOp<R>,
        slot: &Arc<Slot<R>>,
    ) -> Result<Option<R>> {
        let mut op = Some(op);
        let begun = self.attempt_or_wait(on, |transaction| begin(&mut op, slot, transaction));
        Ok(self.begun(begun?, slot))
    }

    /// As [`Engine::begin_to_wait`], if all leases are free; the operation stays where it is if they
    /// are not.
    pub(crate) fn try_begin_to_wait<R: Send + 'static>(
        &self,
        on: WaitKeys<'_>,
        op: &mut Option<impl WaitOp<R>>,
        slot: &Arc<Slot<R>>,
    ) -> Option<Result<Option<R>>> {
        let begun = self.try_attempt_or_wait(on, |transaction| begin(op, slot, transaction))?;
        Some(begun.map(|begun| self.begun(begun, slot)))
    }

    /// What was found; or leaves who waits to the slot.
    fn begun<R>(
        &self,
        begun: std::result::Result<R, Arc<Waiter>>,
        slot: &Arc<Slot<R>>,
    ) -> Option<R> {
        let waiter = match begun {
            Ok(found) => return Some(found),
            Err(waiter) => waiter,
        };
        if slot.set_waiter(&waiter) {
            self.end_wait(&waiter, WaitEnd::TimedOut);
        }
        None
    }

    /// The wait whose outcome a slot will have.
    pub(crate) fn wait<R>(&self, slot: &Arc<Slot<R>>) -> Wait<'_, R> {
        Wait { engine: self, slot: Arc::clone(slot) }
    }
}

impl<R> Wait<'_, R> {
    fn waiter(&self) -> Option<Arc<Waiter>> {
        self.slot.state.lock().waiter.clone()
    }

    /// Sleeps until it is over, or the time is.
    pub(crate) fn sleep(self, time: Option<Duration>) -> Result<Option<R>> {
        let is_waiting = |state: &mut State<R>| state.outcome.is_none();
        let mut state = self.slot.state.lock();
        if let Some(time) = time {
            let waited = self.slot.came.wait_while_for(&mut state, is_waiting, time);
            if waited.timed_out() {
                drop(state);
                if let Some(waiter) = self.waiter() {
                    self.engine.end_wait(&waiter, WaitEnd::TimedOut);
                }
                // Whoever serves it just now is nearly done.
                state = self.slot.state.lock();
            }
        }
        self.slot.came.wait_while(&mut state, is_waiting);
        let done = state.outcome.take().expect("it was waited for");
        drop(state);
        // What was written for this thread is waited for as what it writes itself.
        note_appended(done.appended);
        done.result
    }

    /// Has a shard's thread end it when the time is over.
    pub(crate) fn ring_after(&self, time: Duration) -> Result<()> {
        let waiter = self.waiter().map(|waiter| Arc::downgrade(&waiter));
        let ring = Box::new(move |engine: &Engine| {
            if let Some(waiter) = waiter.and_then(|waiter| waiter.upgrade()) {
                engine.end_wait(&waiter, WaitEnd::TimedOut);
            }
        });
        self.engine.send(Message::After(time, ring))
    }
}

impl<R> Future for Wait<'_, R> {
    type Output = Done<Option<R>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Done<Option<R>>> {
        let mut state = self.slot.state.lock();
        match state.outcome.take() {
            Some(done) => Poll::Ready(done),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<R> Drop for Wait<'_, R> {
    fn drop(&mut self) {
        let waiter = {
            let mut state = self.slot.state.lock();
            state.is_abandoned = true;
            state.waiter.take()
        };
        if let Some(waiter) = waiter {
            self.engine.end_wait(&waiter, WaitEnd::TimedOut);
        }
    }
}
