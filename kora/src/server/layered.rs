//! A connection with layers: its commands go through them one by one, and what they let through is run
//! here.
//!
//! The thread of the connection asks the layers' service for the answer whenever it is woken, and
//! whenever it has run something for it. While a command is on its way, what the client sends
//! behind it waits.
//!
//! Invariant: answers stand in the order of the commands.

use std::fmt;
use std::sync::Arc;
use std::task::{self, Poll, Wake, Waker};

use crate::command::command::Command;
use crate::command::response::CommandResponse;
use crate::command::words::Words;
use crate::engine::catch;
use crate::engine::waiters::WaitEnd;
use crate::error::{Error, Result};
use crate::server::layers::{ClientSession, CommandLayers, CommandService, Desk, Task};
use crate::session::client::Client;
use crate::session::commands::transaction::is_exec;
use crate::session::layered::Ran;
use crate::session::waiting::Late;
use crate::session::{Context, Session};

/// Bytes of answers after which a connection lets others have their turn.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// The layers of one connection.
pub(super) struct Layered {
    service: Box<dyn CommandService>,
    desk: Arc<Desk>,
    waker: Waker,
    /// Whether the command that is on its way ends what MULTI has begun.
    is_exec: bool,
    /// Whether it was the session that refused it.
    is_refused: bool,
    /// Which of what the layers have asked for waits for keys.
    waiting: Option<u64>,
    /// Whether the connection ends when the command is answered.
    closes: bool,
    /// How many names the client listened to when the command came.
    listened: usize,
}

/// Has the connection's thread look at it.
struct Bell(Arc<Client>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.notice();
    }
}

impl Layered {
    /// The layers of a new connection, if there are any.
    ///
    /// # Errors
    /// [`Error::Panicked`] when they cannot be made.
    pub(super) fn open(
        layers: &CommandLayers,
        client: &Arc<Client>,
    ) -> Result<Option<Box<Layered>>> {
        let desk = || Arc::new(Desk::new(Arc::clone(client)));
        catch(|| {
            let mut made = None;
            let session = || ClientSession::new(made.insert(desk()));
            let service = layers.open(session);
            Ok(service.zip(made).map(|(service, desk)| {
                let waker = Waker::from(Arc::new(Bell(Arc::clone(client))));
                Box::new(Layered {
                    service,
                    desk,
                    waker,
                    is_exec: false,
                    is_refused: false,
                    waiting: None,
                    closes: false,
                    listened: 0,
                })
            }))
        })
    }

    /// Sends requests through the layers until one has to wait, and writes their answers behind what
    /// is in `out`. Tells how many were sent.
    pub(super) fn run<'a>(
        &mut self,
        context: &mut Context<'_>,
        requests: impl Iterator<Item = Words<'a>>,
        mut out: Vec<u8>,
    ) -> (Vec<u8>, usize) {
        let (long, mut sent) = (out.len() + ANSWER_BYTES_MAX, 0);
        for words in requests {
            sent += 1;
            out = self.begin(context, words, out);
            let session = &context.session;
            if session.is_closing || session.is_stopped() || out.len() > long {
                break;
            }
        }
        (out, sent)
    }

    fn begin(&mut self, context: &mut Context<'_>, words: Words<'_>, out: Vec<u8>) -> Vec<u8> {
        let command = match context.receive(words) {
            Ok(command) => command,
            Err(error) => return context.reply_layered(Err(error), out),
        };
        (self.is_exec, self.is_refused) = (is_exec(&command), false);
        self.listened = context.session.subscriptions.total();
        context.session.is_in_layers = true;
        let service = &mut self.service;
        let started = catch(|| {
            service.start(command);
            Ok(())
        });
        match started {
            Ok(()) => self.go_on(context, out),
            Err(panicked) => self.break_off(context, panicked, out),
        }
    }

    /// Asks for the answer, and runs what the layers let through, until they have nothing more to do
    /// at once.
    pub(super) fn go_on(&mut self, context: &mut Context<'_>, mut out: Vec<u8>) -> Vec<u8> {
        if let Some(Late::Value(result)) = context.session.take_late() {
            if let Some(ticket) = self.waiting.take() {
                self.desk.answer(ticket, result, &self.waker);
            }
        }
        loop {
            self.desk.attend();
            out = self.ask(context, out);
            if !self.work(context, &mut out) {
                return out;
            }
        }
    }

    /// Asks for the answer to what is under way, if anything is, and writes it.
    fn ask(&mut self, context: &mut Context<'_>, out: Vec<u8>) -> Vec<u8> {
        if !context.session.is_in_layers {
            return out;
        }
        let (service, mut asking) = (&mut self.service, task::Context::from_waker(&self.waker));
        match catch(|| Ok(service.poll(&mut asking))) {
            Ok(Poll::Pending) => out,
            Ok(Poll::Ready(result)) => self.end(context, result, out),
            Err(panicked) => self.break_off(context, panicked, out),
        }
    }

    fn end(
        &mut self,
        context: &mut Context<'_>,
        mut result: Result<CommandResponse>,
        out: Vec<u8>,
    ) -> Vec<u8> {
        context.session.is_in_layers = false;
        context.session.is_closing |= self.closes;
        if !self.is_refused {
            result = result.map_err(|error| context.refuse(self.is_exec, error));
        }
        context.reply_layered(result, out)
    }

    /// The layers have panicked: what state they are in nobody knows, so the connection ends.
    fn break_off(&mut self, context: &mut Context<'_>, panicked: Error, out: Vec<u8>) -> Vec<u8> {
        self.closes = true;
        self.end(context, Err(panicked), out)
    }

    /// Runs what the layers have let through. Whether that was anything.
    fn work(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> bool {
        let mut has_worked = false;
        loop {
            match self.desk.next(context.session.waits_for_others()) {
                Task::Run(ticket, command) => self.run_one(context, ticket, command, out),
                Task::EndWait => self.end_wait(context),
                Task::Nothing => return has_worked,
            }
            has_worked = true;
        }
    }

    fn run_one(
        &mut self,
        context: &mut Context<'_>,
        ticket: u64,
        command: Command,
        out: &mut Vec<u8>,
    ) {
        match context.run_layered(&command) {
            Ran::Answered(result) => {
                self.is_refused = result.is_err();
                self.desk.answer(ticket, result, &self.waker);
            }
            Ran::Waits => self.waiting = Some(ticket),
            Ran::Held => self.desk.put_back(ticket, command),
        }
        if context.session.is_in_layers {
            // Its answer is still on its way.
            self.closes |= std::mem::take(&mut context.session.is_closing);
        }
        if !context.session.subscriptions.is_empty() && !self.holds_messages(context.session) {
            // What it told itself it is told before the answer, as with Redis.
            out.extend_from_slice(&context.session.client.take_messages());
        }
    }

    /// Nobody wants any more what the client waits for. If it is just being given, that comes, and
    /// is for nobody.
    fn end_wait(&mut self, context: &mut Context<'_>) {
        self.waiting = None;
        if let Some(blocked) = &context.session.blocked {
            let waiter = Arc::clone(&blocked.waiter);
            context.engine.end_wait(&waiter, WaitEnd::TimedOut);
            drop(context.session.take_late());
        }
    }

    /// Whether messages wait, because the client is not told yet that it listens, or is shown what
    /// it did itself.
    pub(super) fn holds_messages(&self, session: &Session) -> bool {
        let listens = session.subscriptions.total() > self.listened;
        session.is_in_layers && (listens || session.is_monitor)
    }
}

impl Drop for Layered {
    fn drop(&mut self) {
        self.desk.close();
    }
}

impl fmt::Debug for Layered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layered").field("desk", &self.desk).finish_non_exhaustive()
    }
}
