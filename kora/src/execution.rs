//! A command under way, as a future with a name: what a service can give out without a box.
//!
//! It runs when it is first polled, in place if its stripes are free, and else on a shard's thread;
//! then it waits until what it wrote is as durable as the handle asks. It is no task: dropped
//! before it was polled it does nothing.

use std::borrow::Borrow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::asynchronous::{AsyncDatabase, Durable};
use crate::command::Run;
use crate::command::command::Command;
use crate::command::dispatch::Call;
use crate::command::response::CommandResponse;
use crate::engine::{Awaited, Done};
use crate::error::Result;
use crate::keyspace::STRIPES;
use crate::random;

/// A command under way; see [`AsyncDatabase::execute`].
#[must_use = "a command does nothing until it is awaited"]
pub struct Execution<D = AsyncDatabase> {
    db: D,
    state: State,
}

enum State {
    Unpolled(Command),
    Queued(Awaited<CommandResponse>),
    Settling(Durable, Result<CommandResponse>),
    /// It waits for keys, which few commands do: their futures are boxed.
    Waiting(Pin<Box<dyn Future<Output = Result<Option<CommandResponse>>> + Send>>),
    Ended,
}

impl AsyncDatabase {
    /// Runs a command; see [`Database::execute`](crate::Database::execute).
    ///
    /// # Errors
    /// What Redis would answer as an error.
    pub fn execute(&self, command: Command) -> Execution<&AsyncDatabase> {
        Execution { db: self, state: State::Unpolled(command) }
    }

    /// As [`AsyncDatabase::execute`], with a future that borrows nothing.
    ///
    /// # Errors
    /// As there.
    pub fn into_execution(self, command: Command) -> Execution {
        Execution { db: self, state: State::Unpolled(command) }
    }

    /// Begins a command: it was done, or it waits in the queue of a shard.
    fn begin(&self, command: Command) -> Result<State> {
        let call = Call::find(command.words()?)?;
        if let Some(waits) = call.waits() {
            let (time, op, db) = (call.time(waits)?, call.wait_op(waits), self.clone());
            let keys = call.keys().into_iter().map(|(_, key)| key.to_owned()).collect();
            let waits = async move { db.wait(keys, waits.waited, op, time).await };
            return Ok(State::Waiting(Box::pin(waits)));
        }
        let number = self.number();
        let engine = self.synchronous().engine();
        if let Some(done) = Done::tried(|| call.try_run(engine, number)) {
            return Ok(self.done(done));
        }
        let stripe = match call.spec.run {
            Run::Query(_) | Run::Sweep(_) => random::below(STRIPES),
            Run::Key(_)
            | Run::Together(_)
            | Run::Wait(_)
            | Run::Documents(_)
            | Run::Channels(_)
            | Run::Table(_)
            | Run::Container => call.key().map_or(0, |(_, key)| key.stripe()),
            #[cfg(feature = "server")]
            Run::Session(_) | Run::Server(_) => 0,
        };
        let run = move |engine: &_| Call::find(command.words()?)?.run(engine, number);
        self.submit(stripe, run).map(State::Queued)
    }

    /// What comes after a command: nothing is waited for by a handle that does not.
    fn done(&self, done: Done<CommandResponse>) -> State {
        State::Settling(self.durable_at(done.appended), done.result)
    }
}

impl<D: Borrow<AsyncDatabase> + Unpin> Future for Execution<D> {
    type Output = Result<CommandResponse>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Execution { db, state } = self.get_mut();
        let db: &AsyncDatabase = (*db).borrow();
        loop {
            *state = match std::mem::replace(state, State::Ended) {
                State::Unpolled(command) => db.begin(command)?,
                State::Queued(mut awaited) => match Pin::new(&mut awaited).poll(context) {
                    Poll::Ready(done) => db.done(done),
                    Poll::Pending => {
                        *state = State::Queued(awaited);
                        return Poll::Pending;
                    }
                },
                State::Waiting(mut waiting) => {
                    return match waiting.as_mut().poll(context) {
                        Poll::Ready(found) => {
                            Poll::Ready(found.map(|it| it.unwrap_or(CommandResponse::NilArray)))
                        }
                        Poll::Pending => {
                            *state = State::Waiting(waiting);
                            Poll::Pending
                        }
                    };
                }
                State::Settling(mut durable, result) => {
                    return match Pin::new(&mut durable).poll(context) {
                        Poll::Ready(settled) => Poll::Ready(settled.and(result)),
                        Poll::Pending => {
                            *state = State::Settling(durable, result);
                            Poll::Pending
                        }
                    };
                }
                State::Ended => panic!("polled after it was ready"),
            };
        }
    }
}

impl<D> fmt::Debug for Execution<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Unpolled(_) => "unpolled",
            State::Queued(_) => "queued",
            State::Settling(..) => "settling",
            State::Waiting(_) => "waiting",
            State::Ended => "ended",
        };
        f.debug_struct("Execution").field("state", &state).finish_non_exhaustive()
    }
}
