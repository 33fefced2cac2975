//! EXEC: commands that waited for it, run as one step.
//!
//! Their keys are known, so all leases are taken at once, those of watched keys with them, and each
//! command runs in place: nothing is copied, nobody sees a part of it, and the log has one record.
//! Commands on documents take leases of their own as they go, so with one of them among the
//! others all become an attempt of the engine's, which is made again when somebody was faster.
//!
//! Invariant: an error of one command takes back nothing of the others.

use std::cell::RefCell;

use super::Context;
use super::commands::client::always_leaves_traces;
use super::monitors::Shown;
use super::pause::is_write;
use crate::command::dispatch::Call;
use crate::command::pipeline::Queue;
use crate::command::{Flag, Reply, Run};
use crate::engine::Transaction;
use crate::engine::attempt::{Attempt, End, TRIES};
use crate::engine::watch::Watched;
use crate::error::{ArgumentError, ConnectionError, Error, Result};
use crate::keyspace::Key;

/// Commands that wait for EXEC.
#[derive(Debug)]
pub(crate) struct Queued {
    queue: Queue,
    /// Whether one was refused, so that none will be run.
    is_spoiled: bool,
    /// Whether one of them has to wait while writes are paused.
    has_writes: bool,
}

impl Queued {
    pub(super) fn new() -> Queued {
        Queued { queue: Queue::new(), is_spoiled: false, has_writes: false }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether one of them has to wait while writes are paused.
    pub(super) fn has_writes(&self) -> bool {
        self.has_writes
    }
}

impl Context<'_> {
    /// Has a command wait for EXEC.
    pub(super) fn queue(&mut self, call: &Call<'_>, reply: &mut Reply) -> Result<()> {
        let admitted = self.admit_queued(call);
        if admitted.is_err() {
            self.spoil();
        } else if let Some(queued) = &mut self.session.queued {
            queued.queue.push_words(call.words);
            queued.has_writes |= is_write(call.spec);
            reply.status("QUEUED");
        }
        admitted
    }

    /// Refuses what EXEC could not run; and everything when there is no memory for it.
    fn admit_queued(&self, call: &Call<'_>) -> Result<()> {
        if call.spec.is(Flag::NoMulti) {
            return Err(ArgumentError::NotInMulti.into());
        }
        let bytes = self.session.queued.as_ref().map_or(0, |queued| queued.queue.bytes());
        if bytes > self.host.facts.request_bytes_max {
            return Err(Error::TooLarge { what: "commands after MULTI" });
        }
        self.engine.admit()
    }

    /// What a client is told of a command that was refused before it could be run or wait. With EXEC
    /// all that came after MULTI is forgotten.
    pub(super) fn reject(&mut self, name: &[u8], error: Error) -> Error {
        if !name.eq_ignore_ascii_case(b"EXEC") {
            self.spoil();
            return error;
        }
        self.session.discard(self.engine);
        let why = error.wire();
        let why = why.strip_prefix("ERR ").map_or(why.clone(), str::to_owned);
        ConnectionError::Aborted { why }.into()
    }

    /// A command was refused: if it came after MULTI, none of the others will be run.
    pub(super) fn spoil(&mut self) {
        if let Some(queued) = &mut self.session.queued {
            queued.is_spoiled = true;
        }
    }

    /// Runs what waits for EXEC.
    pub(super) fn exec(&mut self, reply: &mut Reply) -> Result<()> {
        let queued = self.session.queued.take().ok_or(ArgumentError::ExecWithoutMulti)?;
        let mut watched = std::mem::take(&mut self.session.watched);
        self.session.is_executing = true;
        let result = self.exec_if(&queued, &watched, reply);
        self.session.is_executing = false;
        self.engine.unwatch(&mut watched);
        result
    }

    fn exec_if(&mut self, queued: &Queued, watched: &Watched, reply: &mut Reply) -> Result<()> {
        if queued.is_spoiled {
            return Err(ConnectionError::Spoiled.into());
        }
        if watched.is_touched() {
            reply.nil_array();
            return Ok(());
        }
        let calls = queued.queue.calls().collect::<Result<Vec<Call<'_>>>>()?;
        let is_any = |flag| calls.iter().any(|call| call.spec.is(flag));
        let memory = if is_any(Flag::DenyOom) { self.engine.admit() } else { Ok(()) };
        let log = if is_any(Flag::Write) { self.engine.admit_writes() } else { Ok(()) };
        let refused = |error: Error| ConnectionError::Aborted { why: error.wire() };
        memory.and(log).map_err(refused)?;
        let is_on_documents =
            |call: &Call<'_>| matches!(call.spec.run, Run::Documents(_) | Run::Query(_));
        if calls.iter().any(is_on_documents) {
            self.exec_attempts(&calls, watched, reply)
        } else {
            self.exec_held(&calls, watched, reply)
        }
    }

    /// Runs commands in place, under the leases of all their keys.
    fn exec_held(
        &mut self,
        calls: &[Call<'_>],
        watched: &Watched,
        reply: &mut Reply,
    ) -> Result<()> {
        let (engine, number) = (self.engine, self.session.number);
        let mut shown = Shown::default();
        let work = |transaction: &mut Transaction<'_>| {
            if !watched.holds(transaction) {
                reply.nil_array();
                return Ok(());
            }
            reply.array(calls.len());
            for call in calls {
                transaction.select(self.session.number);
                transaction.job().step();
                reply.part(|reply| {
                    if let Run::Session(run) = call.spec.run {
                        call.answer_session(run, self, reply)
                    } else if let Run::Server(run) = call.spec.run {
                        let (number, held) =
                            (transaction.number(), RefCell::new(&mut *transaction));
                        call.answer_server(run, self, engine.sweep_held(number, &held), reply)
                    } else if self.session.leaves_no_trace && !always_leaves_traces(call.spec) {
                        call.answer_held_without_trace(engine, transaction, reply)
                    } else {
                        call.answer_held(engine, transaction, reply)
                    }
                });
                self.note_shown(call, &mut shown);
            }
            Ok(())
        };
        let is_on_all = |call: &Call<'_>| matches!(call.spec.run, Run::Sweep(_) | Run::Server(_));
        let result = if calls.iter().any(is_on_all) {
            engine.everywhere(number, work)
        } else {
            let placed: Vec<_> = calls.iter().flat_map(Call::keys).map(|(_, key)| key).collect();
            let watched: Vec<Key<'_>> = watched.keys().collect();
            engine.together(number, placed.iter().chain(&watched), work)
        };
        self.show_all(&shown);
        result
    }

    /// Runs commands on copies of what they touch, until nobody was faster. What is to be published
    /// is, when the rest has happened.
    fn exec_attempts(
        &mut self,
        calls: &[Call<'_>],
        watched: &Watched,
        reply: &mut Reply,
    ) -> Result<()> {
        let (number, start) = (self.session.number, reply.place());
        let keys: Vec<Key<'_>> = watched.keys().collect();
        let mut shown = Shown::default();
        for _ in 0..TRIES {
            self.session.number = number;
            shown.forget();
            let mut attempt = Attempt::new(self.engine, number);
            let mut later = Vec::new();
            reply.array(calls.len());
            for call in calls {
                attempt.select(self.session.number);
                if let Run::Channels(_) = call.spec.run {
                    later.push((reply.place(), call));
                    self.note_shown(call, &mut shown);
                    continue;
                }
                reply.part(|reply| {
                    if let Run::Session(run) = call.spec.run {
                        call.answer_session(run, self, reply)
                    } else {
                        call.answer_in(&mut attempt, reply)
                    }
                });
                self.note_shown(call, &mut shown);
            }
            match attempt.commit_if(&keys, |transaction| watched.holds(transaction))? {
                End::Done => {
                    self.exec_later(&later, reply);
                    self.show_all(&shown);
                    return Ok(());
                }
                End::Refused => {
                    reply.take_back(start);
                    reply.nil_array();
                    return Ok(());
                }
                End::Outrun => reply.take_back(start),
            }
            std::thread::yield_now();
        }
        Err(Error::Conflict)
    }

    /// Runs commands whose answers are to stand among those that are there.
    fn exec_later(&self, later: &[(usize, &Call<'_>)], reply: &mut Reply) {
        let mut behind = 0;
        for (at, call) in later {
            let publish = |part: &mut Reply| call.answer(self.engine, self.session.number, part);
            behind += reply.part_at(at + behind, self.session.protocol, publish);
        }
    }
}
