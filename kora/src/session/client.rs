//! What others can know of a connection: the line that CLIENT LIST has of it, and how to end it.
//!
//! The connection's own thread writes it, once a turn; whoever asks reads it under the same lock.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::command::Spec;
use crate::command::reply::Protocol;

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
    /// The thread that serves it.
    pub(crate) thread: usize,
    /// When it came, by the host's time.
    pub(crate) born: Duration,
    is_killed: AtomicBool,
    facts: Mutex<Facts>,
}

/// What changes of a client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) name: Box<str>,
    pub(crate) library: Box<str>,
    pub(crate) library_version: Box<str>,
    pub(crate) number: u8,
    pub(crate) protocol: Protocol,
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
    /// Whether it is never to be ended for the memory that it takes.
    pub(crate) is_kept: bool,
}

impl Facts {
    /// What it is just now, a letter for each thing, as CLIENT LIST has it.
    fn flags(&self) -> String {
        let letters = [(self.queued.is_some(), 'x'), (self.is_outrun, 'd'), (self.is_kept, 'e')];
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
    pub(super) fn new(id: u64, place: Place, born: Duration) -> Client {
        Client {
            id,
            address: place.address.into(),
            local_address: place.local_address.into(),
            file: place.file,
            thread: place.thread,
            born,
            is_killed: AtomicBool::new(false),
            facts: Mutex::new(Facts { active: born, ..Facts::default() }),
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

    /// Has its thread end it; [`Host::kill`](super::host::Host::kill) wakes the thread.
    pub(super) fn kill(&self) {
        self.is_killed.store(true, Ordering::Release);
    }

    /// Whether it is to end.
    pub(crate) fn is_killed(&self) -> bool {
        self.is_killed.load(Ordering::Acquire)
    }

    /// The line that CLIENT LIST and CLIENT INFO have of it, without its end.
    pub(crate) fn line(&self, now: Duration) -> String {
        let facts = self.facts();
        let flags = facts.flags();
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
            "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={flags} db={} sub=0 psub=0 \
             ssub=0 multi={queued} qbuf={} omem={} cmd={command} user=default redir=-1 resp={protocol} \
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
