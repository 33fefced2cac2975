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
use crate::command::response::CommandResponse;
use crate::command::wait::OwnedWords;
use crate::engine::waiters::{WaitEnd, Waiter, Want};
use crate::engine::{Engine, Transaction, note_appended};
use crate::error::{ConnectionError, Result};
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
    answer: Late,
    /// The place in the log after what the command wrote.
    appended: Lsn,
}

/// An answer in the form that its command was asked for.
#[derive(Debug)]
pub(crate) enum Late {
    /// As the client reads it.
    Bytes(Vec<u8>),
    /// For the layers that the command came through.
    Value(Result<CommandResponse>),
}

/// What an answer is to become.
#[derive(Clone, Copy, Debug)]
enum Form {
    Bytes(Protocol),
    Value,
}

impl Form {
    fn reply(self) -> Reply {
        match self {
            Form::Bytes(protocol) => Reply::wire(Wire::new(Vec::new(), protocol)),
            Form::Value => Reply::value(),
        }
    }

    /// The answer when the time is over.
    fn nothing(self) -> Reply {
        let mut reply = self.reply();
        reply.nil_array();
        reply
    }

    fn finish(self, given: Result<Reply>) -> Late {
        match (self, given) {
            (Form::Bytes(_), Ok(reply)) => Late::Bytes(reply.into_bytes()),
            (Form::Bytes(protocol), Err(error)) => {
                let mut wire = Wire::new(Vec::new(), protocol);
                wire.fail(&error);
                Late::Bytes(wire.into_bytes())
            }
            (Form::Value, given) => Late::Value(given.map(|mut reply| reply.take_response())),
        }
    }
}

/// A command that waits, for a client.
struct Waiting {
    client: Arc<Client>,
    spec: &'static crate::command::Spec,
    waits: &'static Waits,
    words: OwnedWords,
    form: Form,
    found: Option<Reply>,
}

impl Want for Waiting {
    fn attempt(&mut self, transaction: &mut Transaction<'_>, ready: &Key<'_>) -> Result<bool> {
        let mut reply = self.form.reply();
        let call = Call::new(self.spec, self.words.words());
        let is_done = call.attempt(self.waits, transaction, Some(ready), &mut reply)?;
        if is_done {
            self.found = Some(reply);
        }
        Ok(is_done)
    }

    fn end(self: Box<Self>, end: WaitEnd) {
        let Waiting { client, form, found, .. } = *self;
        let (given, appended) = match end {
            WaitEnd::Served(result, appended) => (result.map(|()| found), appended),
            WaitEnd::TimedOut => (Ok(None), Lsn(0)),
            WaitEnd::Unblocked => (Err(ConnectionError::Unblocked.into()), Lsn(0)),
        };
        let answer = form.finish(given.map(|found| found.unwrap_or_else(|| form.nothing())));
        *client.answer.lock() = Some(LateAnswer { answer, appended });
        client.notice();
    }
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
        let form = if reply.is_value() { Form::Value } else { Form::Bytes(session.protocol) };
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
                    form,
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
        let Some(Late::Bytes(bytes)) = self.take_late() else { return false };
        if self.wanted == Wanted::All {
            out.extend_from_slice(&bytes);
        }
        if self.wanted == Wanted::NotThis {
            self.wanted = Wanted::All;
        }
        true
    }

    /// Takes the answer to what was waited for, if it has come: nobody waits then.
    pub(crate) fn take_late(&mut self) -> Option<Late> {
        self.blocked.as_ref()?;
        let late = self.client.answer.lock().take()?;
        self.blocked = None;
        *self.client.blocked.lock() = None;
        self.client.note(|facts| facts.is_blocked = false);
        // It is not sent before the disk has what it answers for, if writes wait for that.
        note_appended(late.appended);
        Some(late.answer)
    }
}

impl Client {
    /// Ends its wait; whether it waited.
    pub(super) fn unblock(&self, engine: &Engine, end: WaitEnd) -> bool {
        let waiter = self.blocked.lock().clone();
        waiter.is_some_and(|waiter| engine.end_wait(&waiter, end))
    }
}
