//! Connections that wait for keys: nothing blocks but the client.
//!
//! The command is put down with the engine as it came, and whoever gives one of its keys something
//! runs it and writes its answer as the client reads it. The thread that serves the connection is
//! told, puts the answer behind those before it, and goes on with what came meanwhile.

use std::sync::Arc;
use std::time::Duration;

use super::client::Client;
use super::{Context, Session, Wanted};
use crate::command::Waits;
use crate::command::dispatch::Call;
use crate::command::reply::{Protocol, Reply, Wire};
use crate::command::wait::OwnedWords;
use crate::engine::waiters::{WaitEnd, Waiter, Want};
use crate::engine::{Engine, Transaction, note_appended};
use crate::error::{ConnectionError, Error, Result};
use crate::keyspace::Key;
use crate::storage::Lsn;

/// What a client waits for.
#[derive(Debug)]
pub(crate) struct Blocked {
    pub(crate) waiter: Arc<Waiter>,
    /// When it waits no longer, by the host's time.
    pub(crate) due: Option<Duration>,
}

/// An answer that comes after a wait.
#[derive(Debug)]
pub(crate) struct LateAnswer {
    bytes: Vec<u8>,
    /// The place in the log after what the command wrote.
    appended: Lsn,
}

/// A command that waits, for a client.
struct Waiting {
    client: Arc<Client>,
    spec: &'static crate::command::Spec,
    waits: &'static Waits,
    words: OwnedWords,
    protocol: Protocol,
    found: Option<Vec<u8>>,
}

impl Want for Waiting {
    fn attempt(&mut self, transaction: &mut Transaction<'_>, ready: &Key<'_>) -> Result<bool> {
        let mut reply = Reply::wire(Wire::new(Vec::new(), self.protocol));
        let call = Call::new(self.spec, self.words.words());
        let is_done = call.attempt(self.waits, transaction, Some(ready), &mut reply)?;
        if is_done {
            self.found = Some(reply.into_bytes());
        }
        Ok(is_done)
    }

    fn end(self: Box<Self>, end: WaitEnd) {
        let Waiting { client, protocol, found, .. } = *self;
        let (result, appended) = match end {
            WaitEnd::Served(result, appended) => (result.map(|()| found), appended),
            WaitEnd::TimedOut => (Ok(None), Lsn(0)),
            WaitEnd::Unblocked => (Err(ConnectionError::Unblocked.into()), Lsn(0)),
        };
        let bytes = result.map(|found| found.unwrap_or_else(|| nothing(protocol)));
        let bytes = bytes.unwrap_or_else(|error| refusal(&error, protocol));
        *client.answer.lock() = Some(LateAnswer { bytes, appended });
        client.notice();
    }
}

/// The answer when the time is over.
fn nothing(protocol: Protocol) -> Vec<u8> {
    let mut reply = Reply::wire(Wire::new(Vec::new(), protocol));
    reply.nil_array();
    reply.into_bytes()
}

fn refusal(error: &Error, protocol: Protocol) -> Vec<u8> {
    let mut wire = Wire::new(Vec::new(), protocol);
    wire.fail(error);
    wire.into_bytes()
}

impl Context<'_> {
    /// Runs a command that may have to wait: it is answered, or its client waits.
    pub(super) fn block(
        &mut self,
        call: &Call<'_>,
        waits: &'static Waits,
        reply: &mut Reply,
    ) -> Result<()> {
        let time = call.time(waits)?;
        let session = &mut *self.session;
        let keys: Vec<Key<'_>> = call.keys().into_iter().map(|(_, key)| key).collect();
        let on = call.wait_keys(waits, session.number, &keys);
        let begun = self.engine.attempt_or_wait(on, |transaction| {
            // Whoever gives a key something has used it, so later there is nothing to hide.
            let hidden: &[Key<'_>] = if session.leaves_no_trace { &keys } else { &[] };
            let is_done = transaction.without_trace(hidden, |transaction| {
                call.attempt(waits, transaction, None, reply)
            })?;
            Ok(if is_done {
                Ok(())
            } else {
                Err(Box::new(Waiting {
                    client: Arc::clone(&session.client),
                    spec: call.spec,
                    waits,
                    words: OwnedWords::of(call.words),
                    protocol: session.protocol,
                    found: None,
                }) as Box<dyn Want>)
            })
        })?;
        if let Err(waiter) = begun {
            *session.client.blocked.lock() = Some(Arc::clone(&waiter));
            let due = time.map(|time| self.host.now().saturating_add(time));
            session.blocked = Some(Blocked { waiter, due });
        }
        Ok(())
    }
}

impl Session {
    /// Takes the answer to what the client has waited for, if it has come, and puts it behind
    /// others.
    pub(crate) fn take_answer(&mut self, out: &mut Vec<u8>) -> bool {
        if self.blocked.is_none() {
            return false;
        }
        let Some(answer) = self.client.answer.lock().take() else { return false };
        self.blocked = None;
        *self.client.blocked.lock() = None;
        self.client.note(|facts| facts.is_blocked = false);
        if self.wanted == Wanted::All {
            out.extend_from_slice(&answer.bytes);
        }
        if self.wanted == Wanted::NotThis {
            self.wanted = Wanted::All;
        }
        // It is not sent before the disk has what it answers for, if writes wait for that.
        note_appended(answer.appended);
        true
    }
}

impl Client {
    /// Ends its wait; whether it waited.
    pub(super) fn unblock(&self, engine: &Engine, end: WaitEnd) -> bool {
        let waiter = self.blocked.lock().clone();
        waiter.is_some_and(|waiter| engine.end_wait(&waiter, end))
    }
}
