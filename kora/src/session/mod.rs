//! Sessions: what a connection is to the commands that are about it, without its socket.
//!
//! A [`Session`] is the state of one connection and belongs to the thread that serves it; a
//! [`Client`] is what all others can know of it; a [`Host`] is what the
//! connections of one server share. A command is given all three as its [`Context`]. No socket is
//! known here and no byte is read or written: that is `server/`.

pub(crate) mod caller;
pub(crate) mod client;
pub(crate) mod commands;
pub(crate) mod host;
mod inbox;
mod info;
pub(crate) mod layered;
mod monitors;
pub(crate) mod pace;
mod pause;
mod process_facts;
pub(crate) mod run;
mod settings;
pub(crate) mod statistics;
mod subscriptions;
mod transaction;
pub(crate) mod waiting;

use std::sync::Arc;
use std::time::Duration;

use crate::command::Listed;
use crate::command::reply::Protocol;
use crate::engine::Engine;
use crate::engine::waiters::WaitEnd;
use crate::engine::watch::Watched;
use client::Client;
use host::Host;
use subscriptions::Subscriptions;
use transaction::Queued;
use waiting::Blocked;

/// What a command on a connection works with.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) host: &'a Host,
    pub(crate) session: &'a mut Session,
}

/// Which answers a client wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wanted {
    #[default]
    All,
    /// None.
    Nothing,
    /// All but the next command's, which comes.
    NotTheNext,
    /// All but this command's.
    NotThis,
}

/// The state of one connection.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Arc<Client>,
    /// The numbered database that its commands work on.
    pub(crate) number: u8,
    pub(crate) protocol: Protocol,
    /// Whether it has said who it is, or need not.
    pub(crate) is_known: bool,
    pub(crate) wanted: Wanted,
    /// Whether the connection ends when what was answered is sent.
    pub(crate) is_closing: bool,
    /// When it last sent something, by the host's time.
    pub(crate) active: Duration,
    /// The entry of the command that it sent last, which is often the next one's, too.
    pub(crate) latest: Option<Listed>,
    /// The commands that came after MULTI, as long as EXEC has not.
    pub(crate) queued: Option<Box<Queued>>,
    /// Whether EXEC runs its commands, which answer one by one and do not wait.
    pub(crate) is_executing: bool,
    /// Keys that are to be as they are until EXEC.
    pub(crate) watched: Watched,
    /// What it listens to.
    pub(crate) subscriptions: Subscriptions,
    /// What its client waits for; nothing more of what it sent is run before that has ended.
    pub(crate) blocked: Option<Blocked>,
    /// Whether its command is on its way through layers; nothing more is run before it is answered.
    pub(crate) is_in_layers: bool,
    /// Until when its next command waits, by the host's time, because clients are paused.
    pub(crate) held: Option<Duration>,
    /// Whether it is shown every command.
    pub(crate) is_monitor: bool,
    /// Whether its commands leave it unknown when the keys were used that they use.
    pub(crate) leaves_no_trace: bool,
    /// How often it said wrongly who it is.
    pub(crate) failures: u8,
}

impl Session {
    pub(crate) fn new(client: Arc<Client>, is_known: bool) -> Session {
        Session {
            active: client.born,
            client,
            number: 0,
            protocol: Protocol::Two,
            is_known,
            wanted: Wanted::All,
            is_closing: false,
            latest: None,
            queued: None,
            is_executing: false,
            watched: Watched::default(),
            subscriptions: Subscriptions::default(),
            blocked: None,
            is_in_layers: false,
            held: None,
            is_monitor: false,
            leaves_no_trace: false,
            failures: 0,
        }
    }

    /// Whether commands on data are run as they come, and answered.
    pub(crate) fn is_plain(&self) -> bool {
        self.wanted == Wanted::All
            && self.queued.is_none()
            && self.subscriptions.is_empty()
            && !self.leaves_no_trace
    }

    /// Whether it runs nothing for now.
    pub(crate) fn is_stopped(&self) -> bool {
        self.waits_for_others() | self.is_in_layers
    }

    /// Whether it waits for keys, or for the end of a pause.
    pub(crate) fn waits_for_others(&self) -> bool {
        self.blocked.is_some() | self.held.is_some()
    }

    /// When it is to be looked at though nothing has come, by the host's time.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.held.or_else(|| self.blocked.as_ref().and_then(|blocked| blocked.due))
    }

    /// Whether it is silent because it waits for what others do.
    pub(crate) fn waits(&self) -> bool {
        !self.subscriptions.is_empty() || self.is_stopped() || self.is_monitor
    }

    /// Takes it off everything where it was put down: its connection ends.
    pub(crate) fn leave(&mut self, engine: &Engine, host: &Host) {
        self.discard(engine);
        self.unsubscribe_all(engine);
        self.watch_no_more(host);
        if self.held.take().is_some() {
            host.pause.forget(self.client.id);
        }
        if let Some(blocked) = self.blocked.take() {
            engine.end_wait(&blocked.waiter, WaitEnd::TimedOut);
        }
    }

    /// Is shown nothing more of what others do.
    pub(crate) fn watch_no_more(&mut self, host: &Host) {
        if std::mem::take(&mut self.is_monitor) {
            host.monitors.remove(self.client.id);
        }
    }

    /// Gives up what was begun: commands that wait for EXEC, keys that are watched.
    pub(crate) fn discard(&mut self, engine: &Engine) {
        self.queued = None;
        engine.unwatch(&mut self.watched);
    }
}
