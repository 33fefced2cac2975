//! Clients that are shown every command: MONITOR.
//!
//! A command that came by this server is shown when it has been run, as its client sent it, in a line
//! of its own that goes into the inbox of each who watches. Not shown are the commands of those who
//! run the server, and passwords. What this process does itself nobody sends, and nobody is shown.
//!
//! Invariant: while nobody watches, that costs a turn one load, and a command nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::Context;
use super::client::Client;
use super::commands::connection::is_secret;
use crate::command::Flag;
use crate::command::dispatch::Call;
use crate::command::reply::Wire;
use crate::text::quoted::push_quoted;

/// Who is shown what the others do.
#[derive(Debug, Default)]
pub(crate) struct Monitors {
    clients: Mutex<BTreeMap<u64, Arc<Client>>>,
    /// How many they are.
    count: AtomicUsize,
}

impl Monitors {
    /// Whether there are any.
    #[inline]
    pub(super) fn are_there(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// Shows a client everything from here on.
    pub(super) fn add(&self, client: &Arc<Client>) {
        self.change(|clients| drop(clients.insert(client.id, Arc::clone(client))));
    }

    /// Shows a client nothing more.
    pub(super) fn remove(&self, id: u64) {
        self.change(|clients| drop(clients.remove(&id)));
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<u64, Arc<Client>>)) {
        let mut clients = self.clients.lock();
        change(&mut clients);
        self.count.store(clients.len(), Ordering::Relaxed);
    }

    /// Shows lines.
    fn show(&self, lines: &[u8]) {
        self.clients
            .lock()
            .values()
            .for_each(|client| client.put(|inbox| inbox.extend_from_slice(lines)));
    }
}

/// Lines about commands that are one step, to be shown when it has happened.
#[derive(Debug, Default)]
pub(super) struct Shown(Vec<u8>);

impl Shown {
    /// Shows none of them.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

impl Context<'_> {
    /// Shows a command that has been run.
    #[cold]
    pub(super) fn show(&self, call: &Call<'_>) {
        let mut shown = Shown::default();
        self.note_shown(call, &mut shown);
        self.show_all(&shown);
    }

    /// Puts down the line of a command, if somebody watches and it may be shown.
    pub(super) fn note_shown(&self, call: &Call<'_>, shown: &mut Shown) {
        if !self.host.monitors.are_there() || call.spec.is(Flag::Admin) {
            return;
        }
        const MS_PER_SECOND: i64 = 1000;
        let now = self.engine.now_ms();
        let (seconds, millis) = (now.div_euclid(MS_PER_SECOND), now.rem_euclid(MS_PER_SECOND));
        let (number, origin) = (self.session.number, self.session.client.origin());
        let head = format!("+{seconds}.{millis:03}000 [{number} {origin}]");
        shown.0.extend_from_slice(head.as_bytes());
        for (at, word) in call.words.from(0).enumerate() {
            let word = if is_secret(call, at) { REDACTED } else { word };
            shown.0.push(b' ');
            push_quoted(&mut shown.0, word);
        }
        shown.0.extend_from_slice(b"\r\n");
    }

    /// Shows commands that were one step.
    pub(super) fn show_all(&self, shown: &Shown) {
        if !shown.0.is_empty() {
            self.host.monitors.show(&shown.0);
        }
    }

    /// Gives a client that watches what it was shown of its own doing, behind the answer to that.
    pub(super) fn take_shown(&self, wire: &mut Wire) {
        if self.session.is_monitor {
            wire.insert(wire.len(), &self.session.client.take_messages());
        }
    }
}

/// What stands for a word that is secret, as in Redis.
pub(super) const REDACTED: &[u8] = b"(redacted)";
