//! Commands that have to wait because somebody has paused the clients: CLIENT PAUSE.
//!
//! A client whose command has to wait is put down here, and what it sent stays unread until the
//! pause is over: its thread then looks at it again, by its clock or because somebody has ended the
//! pause. The process's own calls are not paused, and keys expire.
//!
//! Invariant: while there is no pause, that costs a turn one load, and a command nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::Context;
use super::client::Client;
use super::commands::transaction::runs_what_waits;
use crate::command::dispatch::Call;
use crate::command::{Flag, Spec};

/// What has to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Paused {
    #[default]
    Nothing,
    /// Commands that change data, or tell others something.
    Writes,
    /// All commands.
    Everything,
}

/// A pause of the clients of one server.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    is_on: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    paused: Paused,
    /// When it is over, by the host's time.
    end: Duration,
    /// Clients that have a command which waits.
    held: BTreeMap<u64, Arc<Client>>,
}

impl Pause {
    /// Whether there is one, or was one until a moment ago.
    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// Pauses the clients, or prolongs and widens the pause that there is.
    pub(super) fn begin(&self, paused: Paused, now: Duration, time: Duration) {
        let mut state = self.state.lock();
        if state.end <= now {
            *state = State::default();
        }
        state.paused = state.paused.max(paused);
        state.end = state.end.max(now.saturating_add(time));
        self.is_on.store(true, Ordering::Relaxed);
    }

    /// Ends the pause.
    pub(super) fn end(&self) {
        let ended = {
            let mut state = self.state.lock();
            self.is_on.store(false, Ordering::Relaxed);
            std::mem::take(&mut *state)
        };
        ended.held.values().for_each(|client| client.notice());
    }

    /// Has a client wait that wants to run a command, if that has to; until when.
    fn hold(&self, client: &Arc<Client>, writes: bool, now: Duration) -> Option<Duration> {
        let mut state = self.state.lock();
        if state.end <= now {
            // Who was held is looked at by the clock of its own thread.
            *state = State::default();
            self.is_on.store(false, Ordering::Relaxed);
        }
        let has_to = match state.paused {
            Paused::Nothing => false,
            Paused::Writes => writes,
            Paused::Everything => true,
        };
        if !has_to {
            return None;
        }
        state.held.insert(client.id, Arc::clone(client));
        Some(state.end)
    }

    /// How many clients wait.
    pub(super) fn held_count(&self, now: Duration) -> usize {
        let state = self.state.lock();
        if state.end > now { state.held.len() } else { 0 }
    }

    /// A client waits no longer.
    pub(super) fn forget(&self, id: u64) {
        self.state.lock().held.remove(&id);
    }
}

impl Context<'_> {
    /// Whether a command has to wait; then its client does. Who is shown what others do never has
    /// to, as with Redis.
    #[cold]
    pub(super) fn has_to_wait(&mut self, call: &Call<'_>) -> bool {
        if self.session.is_monitor {
            return false;
        }
        let writes = self.writes(call.spec);
        self.session.held = self.host.pause.hold(&self.session.client, writes, self.host.now());
        self.session.held.is_some()
    }

    /// Whether a command changes data or tells others something, or is the EXEC of one that does.
    fn writes(&self, spec: &Spec) -> bool {
        let queued = self.session.queued.as_ref();
        is_write(spec) || runs_what_waits(spec) && queued.is_some_and(|queued| queued.has_writes())
    }
}

/// Whether a command waits while writes are paused.
pub(super) fn is_write(spec: &Spec) -> bool {
    spec.is(Flag::Write) || spec.is(Flag::Tells)
}
