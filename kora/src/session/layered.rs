//! Commands that come through layers: one by one, answered by values.
//!
//! Layers see a command before the session does, and its answer before the client does. What they let
//! through runs here, by the same functions as what comes without layers; what they refuse is
//! refused as Redis refuses it, so that no half of a transaction is run.
//!
//! Invariant: strangers' commands run neither by themselves nor because a layer has made others of
//! them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::caller::Caller;
use super::statistics::Tally;
use super::{Context, Wanted};
use crate::command::command::Command;
use crate::command::dispatch::Call;
use crate::command::find;
use crate::command::reply::{Reply, Wire};
use crate::command::response::CommandResponse;
use crate::command::words::Words;
use crate::error::{ConnectionError, Error, Result};

/// What became of a command.
#[derive(Debug)]
pub(crate) enum Ran {
    Answered(Result<CommandResponse>),
    /// Its client waits for keys.
    Waits,
    /// It was not run: clients are paused.
    Held,
}

impl Context<'_> {
    /// Takes a request in, as a command for layers.
    ///
    /// # Errors
    /// What a stranger is refused without any layer being asked.
    pub(crate) fn receive(&mut self, words: Words<'_>) -> Result<Command> {
        if self.session.wanted == Wanted::NotTheNext {
            self.session.wanted = Wanted::NotThis;
        }
        self.host.counters.commands.fetch_add(1, Ordering::Relaxed);
        if !self.session.is_known {
            let admitted = Call::find(words).and_then(|call| self.admit(call));
            let name = words.get(0).unwrap_or_default();
            admitted.map_err(|error| self.reject(name, error))?;
        }
        Ok(Command::of_client(words, Caller::new(&self.session.client)))
    }

    /// Runs a command that layers have let through.
    pub(crate) fn run_layered(&mut self, command: &Command) -> Ran {
        let words = match command.words() {
            Ok(words) => words,
            Err(error) => return Ran::Answered(Err(error)),
        };
        match Call::find(words).and_then(|call| self.admit(call)) {
            Ok(call) if self.host.pause.is_on() && self.has_to_wait(&call) => Ran::Held,
            Ok(call) => {
                let ran = self.run_call(&call);
                self.note(Some(call.spec));
                ran
            }
            Err(error) => {
                let listed = find(command.name());
                listed.into_iter().for_each(|listed| self.host.statistics.reject(listed.spec));
                Ran::Answered(Err(self.reject(command.name(), error)))
            }
        }
    }

    fn run_call(&mut self, call: &Call<'_>) -> Ran {
        let (begun, mut reply) = (self.host.now(), Reply::value());
        let is_shown = self.host.monitors.are_there() && self.is_run_at_once(call.spec);
        let result = self.answer(call, &mut reply);
        if is_shown && !self.session.is_closing {
            self.show(call);
        }
        if self.session.blocked.is_some() {
            return Ran::Waits;
        }
        let took = self.host.now().saturating_sub(begun);
        let (statistics, mut tally) = (&self.host.statistics, Tally::default());
        tally.call(call.spec, result.is_err());
        tally.time(call.spec, took);
        statistics.add(&tally, Duration::ZERO, None);
        if statistics.is_notable(took) {
            self.keep(call, took);
        }
        Ran::Answered(result.map(|()| reply.take_response()))
    }

    /// Writes what came back through the layers behind other answers, unless the client wants none.
    pub(crate) fn reply_layered(
        &mut self,
        result: Result<CommandResponse>,
        out: Vec<u8>,
    ) -> Vec<u8> {
        let wanted = self.session.wanted;
        if wanted == Wanted::NotThis {
            self.session.wanted = Wanted::All;
        }
        let mut reply = Reply::wire(Wire::new(out, self.session.protocol));
        let mark = reply.place();
        match result {
            Ok(response) => reply.whole(response),
            Err(error) => {
                self.host.counters.errors.fetch_add(1, Ordering::Relaxed);
                self.host.statistics.count_error(&error.wire());
                reply.wire_mut().fail(&error);
            }
        }
        if wanted != Wanted::All {
            reply.wire_mut().rewind(mark);
        }
        reply.into_bytes()
    }

    /// A layer has refused a command. If it came after MULTI none of the others is run; and EXEC,
    /// refused, has ended what MULTI began.
    pub(crate) fn refuse(&mut self, is_exec: bool, error: Error) -> Error {
        if self.session.queued.is_none() {
            return error;
        }
        if is_exec {
            self.session.discard(self.engine);
            self.note(None);
            return ConnectionError::Aborted { why: error.wire() }.into();
        }
        self.spoil();
        error
    }
}
