//! What others can know of a connection: the line that CLIENT LIST has of it, and how to end it.
//!
//! The connection's own thread writes it, once a turn; whoever asks reads it under the same lock.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::host::Bell;
use super::inbox::Inbox;
use super::waiting::LateAnswer;
use crate::command::Spec;
use crate::command::reply::Protocol;
use crate::engine::waiters::Waiter;
use crate::pubsub::broker::FAMILIES;

/// One connection, as others know it.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its number: each is given once.
    pub(crate) id: u64,
    /// Where it comes from.
    pub(crate) address: Box<str>,
    /// Where it came to.
    pub(crate) local_address: Box<str>,
    /// The number of its file.
    pub(crate) file: i32,
    /// When it came, by the host's time.
    pub(crate) born: Duration,
    is_killed: AtomicBool,
    facts: Mutex<Facts>,
    /// Messages that it was not sent yet.
    pub(super) inbox: Mutex<Inbox>,
    /// Bytes of messages that may wait.
    pub(super) inbox_bytes_max: usize,
    /// What it waits for, for whoever is to end that.
    pub(super) blocked: Mutex<Option<Arc<Waiter>>>,
    /// The answer to what it has waited for.
    pub(super) answer: Mutex<Option<LateAnswer>>,
    /// How the thread is told that serves it.
    bell: Arc<Bell>,
}

/// What changes of a client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) name: Box<str>,
    pub(crate) library: Box<str>,
    pub(crate) library_version: Box<str>,
    pub(crate) number: u8,
    pub(crate) protocol: Protocol,
    /// How many names of each family it listens to.
    pub(crate) subscriptions: [usize; FAMILIES.len()],
    /// Whether it is shown every command.
    pub(crate) is_monitor: bool,
    /// Whether it waits for keys.
    pub(crate) is_blocked: bool,
    /// How many commands wait for EXEC, if there was a MULTI.
    pub(crate) queued: Option<usize>,
    /// Whether a key that it watches was seen to have changed.
    pub(crate) is_outrun: bool,
    /// When it last sent something, by the host's time.
    pub(crate) active: Duration,
    /// What it last asked for.
    pub(crate) command: Option<&'static Spec>,
    /// Bytes that came and are not yet a whole request.
    pub(crate) unread: usize,
    /// Bytes that it has not yet taken.
    pub(crate) unsent: usize,
    /// Whether it has said who it is, or need not.
    pub(crate) is_known: bool,
    /// Whether it is never to be ended for the memory that it takes.
    pub(crate) is_kept: bool,
    /// Whether its commands leave it unknown that they used their keys.
    pub(crate) leaves_no_trace: bool,
}

impl Facts {
    /// Whether it listens to anything.
    pub(crate) fn listens(&self) -> bool {
        self.subscriptions.iter().any(|names| *names > 0)
    }

    /// What it is just now, a letter for each thing, as CLIENT LIST has it.
    fn flags(&self) -> String {
        let letters = [
            (self.is_monitor, 'O'),
            (self.listens(), 'P'),
            (self.queued.is_some(), 'x'),
            (self.is_blocked, 'b'),
            (self.is_outrun, 'd'),
            (self.is_kept, 'e'),
            (self.leaves_no_trace, 'T'),
        ];
        let flags: String = letters.iter().filter(|(is, _)| *is).map(|(_, it)| *it).collect();
        if flags.is_empty() { "N".to_owned() } else { flags }
    }
}

/// Where a connection is.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) address: String,
    pub(crate) local_address: String,
    pub(crate) file: i32,
    pub(crate) thread: usize,
}

impl Client {
    pub(super) fn new(
        id: u64,
        place: Place,
        born: Duration,
        inbox_bytes_max: usize,
        bell: Arc<Bell>,
    ) -> Client {
        Client {
            id,
            address: place.address.into(),
            local_address: place.local_address.into(),
            file: place.file,
            born,
            is_killed: AtomicBool::new(false),
            facts: Mutex::new(Facts { active: born, ..Facts::default() }),
            inbox: Mutex::default(),
            blocked: Mutex::default(),
            answer: Mutex::default(),
            inbox_bytes_max,
            bell,
        }
    }

    /// Notes what has changed.
    pub(crate) fn note(&self, note: impl FnOnce(&mut Facts)) {
        note(&mut self.facts.lock());
    }

    /// What is known of it.
    pub(crate) fn facts(&self) -> Facts {
        self.facts.lock().clone()
    }

    /// One thing that is known of it.
    pub(crate) fn facts_with<R>(&self, look: impl FnOnce(&Facts) -> R) -> R {
        look(&self.facts.lock())
    }

    /// Has its thread end it, when that is told to look; see [`Client::notice`].
    pub(super) fn kill(&self) {
        self.is_killed.store(true, Ordering::Release);
    }

    /// Where it comes from, as MONITOR shows it.
    pub(super) fn origin(&self) -> String {
        // No port is 0, so this is the path of a Unix socket.
        self.address
            .strip_suffix(":0")
            .map_or_else(|| self.address.to_string(), |path| format!("unix:{path}"))
    }

    /// Tells its thread to look at it.
    pub(crate) fn notice(&self) {
        self.bell.ring(self.id);
    }

    /// The messages that it was not sent yet, taken.
    pub(crate) fn take_messages(&self) -> Vec<u8> {
        self.inbox.lock().take()
    }

    /// Whether it is to end.
    pub(crate) fn is_killed(&self) -> bool {
        self.is_killed.load(Ordering::Acquire)
    }

    /// The line that CLIENT LIST and CLIENT INFO have of it, without its end.
    pub(crate) fn line(&self, now: Duration) -> String {
        let facts = self.facts();
        let flags = facts.flags();
        let [sub, psub, ssub] = facts.subscriptions;
        let queued = facts.queued.map_or_else(|| "-1".to_owned(), |queued| queued.to_string());
        let since = |then: Duration| now.saturating_sub(then).as_secs();
        let protocol = match facts.protocol {
            Protocol::Two => 2,
            Protocol::Three => 3,
        };
        let command = facts.command.map_or_else(|| "NULL".to_owned(), Spec::wire_name);
        let mut line = String::new();
        let written = write!(
            line,
            "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={flags} db={} sub={sub} psub={psub} \
             ssub={ssub} multi={queued} qbuf={} omem={} cmd={command} user=default redir=-1 resp={protocol} \
             lib-name={} lib-ver={}",
            self.id,
            self.address,
            self.local_address,
            self.file,
            facts.name,
            since(self.born),
            since(facts.active),
            facts.number,
            facts.unread,
            facts.unsent,
            facts.library,
            facts.library_version,
        );
        written.expect("a String takes all text");
        line
    }
}
