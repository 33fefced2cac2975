//! Commands as a connection sends them: who may run what, in which order, and what is answered.
//!
//! Commands of one key each wait for one another, so that a pipeline takes its leases once
//! (`command/batch.rs`); one that is about the connection sees all that came before it done.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::commands::client::always_leaves_traces;
use super::statistics::{Slow, Statistics, Tally};
use super::{Context, Wanted};
use crate::command::batch::{Answers, Batches};
use crate::command::dispatch::Call;
use crate::command::reply::{Protocol, Reply, Wire};
use crate::command::words::Words;
use crate::command::{Flag, Run, Spec};
use crate::error::{ConnectionError, Result};
use crate::keyspace::lookups;
use crate::pubsub::broker::FAMILIES;

/// Bytes of answers after which a connection lets others have their turn, and has these sent.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Answers on a wire.
#[derive(Debug)]
struct WireAnswers<'h> {
    reply: Reply,
    errors: u64,
    tally: Tally,
    statistics: &'h Statistics,
}

impl Answers for WireAnswers<'_> {
    #[inline]
    fn reply(&mut self) -> &mut Reply {
        &mut self.reply
    }

    #[inline]
    fn end(&mut self, spec: Option<&'static Spec>, result: Result<()>) {
        if let Some(spec) = spec {
            self.tally.call(spec, result.is_err());
        }
        match result {
            Ok(()) => self.reply.wire_mut().end(),
            Err(error) => {
                self.errors += 1;
                self.statistics.count_error(&error.wire());
                self.reply.wire_mut().fail(&error);
            }
        }
    }

    fn mark(&self) -> usize {
        self.reply.wire_ref().len()
    }

    fn rewind(&mut self, mark: usize) {
        self.reply.wire_mut().rewind(mark);
    }
}

/// What others want of all commands. It changes with the commands that are run by themselves.
#[derive(Clone, Copy, Debug)]
struct Attention {
    /// Somebody is to be shown them.
    is_monitored: bool,
    /// Some may have to wait.
    is_paused: bool,
}

impl Context<'_> {
    /// Runs commands in order and writes their answers behind what is in `out`. Stops where the
    /// connection is to be closed, and when the answers have become long. Tells how many it ran.
    pub(crate) fn run<'a>(
        &mut self,
        requests: impl Iterator<Item = Words<'a>>,
        out: Vec<u8>,
    ) -> (Vec<u8>, usize) {
        let long = out.len() + ANSWER_BYTES_MAX;
        let wire = Wire::new(out, self.session.protocol);
        // What was looked for on this thread before is not of this connection.
        lookups::take();
        let begun = self.host.now();
        let statistics = &self.host.statistics;
        let answers = WireAnswers {
            reply: Reply::wire(wire),
            errors: 0,
            tally: Tally::default(),
            statistics,
        };
        let mut batches = Batches::new(self.engine, self.session.number, answers);
        let (mut latest, mut commands) = (self.session.latest, 0);
        let (mut timed, mut untimed) = (Duration::ZERO, None);
        let mut attention = self.attention();
        for words in requests {
            let call = Call::find_again(words, &mut latest).and_then(|call| self.admit(call));
            if attention.is_paused && call.as_ref().is_ok_and(|call| self.has_to_wait(call)) {
                break;
            }
            commands += 1;
            match call {
                Ok(call)
                    if is_quick(call.spec)
                        && !attention.is_monitored
                        && self.session.is_plain() =>
                {
                    untimed = Some(call);
                    batches.push(Ok(call));
                }
                Ok(call) => {
                    let is_shown = attention.is_monitored && self.is_run_at_once(call.spec);
                    timed += self.timed(&mut batches, call);
                    if is_shown && !self.session.is_closing {
                        self.show(&call);
                        self.take_shown(batches.alone().reply.wire_mut());
                    }
                    attention = self.attention();
                }
                Err(error) => {
                    if let Some(listed) = latest {
                        statistics.reject(listed.spec);
                    }
                    let error = self.reject(words.get(0).unwrap_or_default(), error);
                    self.alone(&mut batches, Err(error));
                }
            }
            if self.session.is_closing
                || self.session.blocked.is_some()
                || batches.answers().mark() > long
            {
                break;
            }
        }
        let answers = batches.finish();
        let counters = &self.host.counters;
        counters.commands.fetch_add(commands as u64, Ordering::Relaxed);
        if answers.errors > 0 {
            counters.errors.fetch_add(answers.errors, Ordering::Relaxed);
        }
        counters.add_lookups(lookups::take());
        self.session.latest = latest;
        self.note(latest.map(|listed| listed.spec));
        let rest = self.session.active.saturating_sub(begun).saturating_sub(timed);
        statistics.add(&answers.tally, rest, latest);
        if let (Some(call), 1, true) = (untimed, commands, statistics.is_notable(rest)) {
            self.keep(&call, rest);
        }
        (answers.reply.into_bytes(), commands)
    }

    /// What has to be looked at before and after every command, while there is anything.
    fn attention(&self) -> Attention {
        let host = self.host;
        Attention { is_monitored: host.monitors.are_there(), is_paused: host.pause.is_on() }
    }

    /// Runs a command after all before it, by itself, and looks how long it takes.
    fn timed<'a>(
        &mut self,
        batches: &mut Batches<'a, WireAnswers<'_>>,
        call: Call<'a>,
    ) -> Duration {
        let is_about_client =
            matches!(call.spec.run, Run::Session(_) | Run::Server(_) | Run::Wait(_));
        let is_plain = self.session.is_plain() && !is_about_client;
        batches.alone();
        let begun = self.host.now();
        if is_plain {
            batches.push(Ok(call));
        } else {
            self.alone(batches, Ok(call));
        }
        // One that could share its leases with others does not.
        let answers = batches.alone();
        let took = self.host.now().saturating_sub(begun);
        answers.tally.time(call.spec, took);
        if self.host.statistics.is_notable(took) {
            self.keep(&call, took);
        }
        took
    }

    /// Keeps a command that took long.
    #[cold]
    pub(super) fn keep(&self, call: &Call<'_>, took: Duration) {
        let client = &self.session.client;
        let (address, name) = (client.address.clone(), client.facts().name);
        let slow = Slow { address, name, ..Slow::new(call, took, self.engine.now_ms()) };
        self.host.statistics.keep(slow, call.spec.is(Flag::Fast));
    }

    /// Lets others know what the client does.
    pub(super) fn note(&mut self, command: Option<&'static Spec>) {
        self.session.active = self.host.now();
        let session = &*self.session;
        session.client.note(|facts| {
            (facts.active, facts.command) = (session.active, command);
            (facts.number, facts.protocol) = (session.number, session.protocol);
            facts.queued = session.queued.as_ref().map(|queued| queued.len());
            facts.subscriptions = FAMILIES.map(|family| session.subscriptions.len(family));
            facts.is_blocked = session.is_stopped();
            facts.is_monitor = session.is_monitor;
            facts.is_outrun = session.watched.is_touched();
            facts.is_known = session.is_known;
        });
    }

    /// Refuses strangers what is not for them, and those who watch what is on data.
    #[inline]
    pub(super) fn admit<'a>(&self, call: Call<'a>) -> Result<Call<'a>> {
        let is_kept_out = || {
            call.spec.is(Flag::ReadOnly) || call.spec.is(Flag::Write) || call.spec.is(Flag::Tells)
        };
        if !self.session.is_known && !call.spec.is(Flag::NoAuth) {
            Err(ConnectionError::NotAuthenticated.into())
        } else if self.session.is_monitor && is_kept_out() {
            Err(ConnectionError::Monitor.into())
        } else {
            Ok(call)
        }
    }

    /// Whether a command waits for EXEC.
    fn is_to_queue(&self, spec: &Spec) -> bool {
        self.session.queued.is_some() && !spec.is(Flag::AtOnce)
    }

    /// Whether a connection that listens cannot have a command answered.
    fn is_out_of_place(&self, spec: &Spec) -> bool {
        let has_messages = !self.session.subscriptions.is_empty();
        has_messages && self.session.protocol == Protocol::Two && !spec.is(Flag::Listening)
    }

    /// Whether a command neither waits for EXEC nor is refused.
    pub(super) fn is_run_at_once(&self, spec: &Spec) -> bool {
        !self.is_to_queue(spec) && !self.is_out_of_place(spec)
    }

    /// Answers one command: runs it, or has it wait for EXEC.
    pub(super) fn answer(&mut self, call: &Call<'_>, reply: &mut Reply) -> Result<()> {
        if self.is_to_queue(call.spec) {
            return self.queue(call, reply);
        }
        let session = &*self.session;
        reply.set_among_messages(
            !session.subscriptions.is_empty() && session.protocol == Protocol::Two,
        );
        if self.is_out_of_place(call.spec) {
            let refused = ConnectionError::Listening { command: call.spec.wire_name() };
            return Err(self.reject(call.spec.name.as_bytes(), refused.into()));
        }
        match call.spec.run {
            Run::Wait(waits) => self.block(call, waits, reply),
            Run::Key(_) | Run::Together(_) | Run::Sweep(_)
                if session.leaves_no_trace && !always_leaves_traces(call.spec) =>
            {
                call.answer_without_trace(self.engine, session.number, reply)
            }
            Run::Session(run) => {
                self.note(Some(call.spec));
                call.answer_session(run, self, reply)
            }
            Run::Server(run) => {
                self.note(Some(call.spec));
                let sweep = self.engine.sweep(self.session.number);
                call.answer_server(run, self, sweep, reply)
            }
            Run::Key(_)
            | Run::Together(_)
            | Run::Sweep(_)
            | Run::Documents(_)
            | Run::Query(_)
            | Run::Channels(_)
            | Run::Table(_)
            | Run::Container => call.answer(self.engine, self.session.number, reply),
        }
    }

    /// Runs a command after all before it, and before any behind it.
    fn alone<'a>(&mut self, batches: &mut Batches<'a, WireAnswers<'_>>, call: Result<Call<'a>>) {
        let answers = batches.alone();
        if self.session.wanted == Wanted::NotTheNext {
            self.session.wanted = Wanted::NotThis;
        }
        let mark = answers.mark();
        let spec = call.as_ref().ok().map(|call| call.spec);
        let result = match call {
            Ok(call) => self.answer(&call, &mut answers.reply),
            Err(error) => Err(error),
        };
        if self.session.blocked.is_some() {
            // It is answered when it has what it waits for.
            return;
        }
        answers.end(spec, result);
        if self.session.wanted != Wanted::All {
            answers.rewind(mark);
        }
        if !self.session.subscriptions.is_empty() {
            // What it told itself it is told before the answer, as with Redis.
            answers.reply.wire_mut().insert(mark, &self.session.client.take_messages());
        }
        if self.session.wanted == Wanted::NotThis {
            self.session.wanted = Wanted::All;
        }
        batches.select(self.session.number);
    }
}

/// Whether a command takes no longer than its words make it, so that it may share one taking of
/// leases, and its time, with others of its kind.
#[inline]
fn is_quick(spec: &Spec) -> bool {
    matches!(spec.run, Run::Key(_)) && (spec.is(Flag::Fast) || spec.is(Flag::DenyOom))
}
