//! What the connections of one server share: who is there, what may be, what was done.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Waker;
use std::time::Duration;

use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use super::client::{Client, Place};
use super::monitors::Monitors;
use super::pace::Pace;
use super::pause::Pause;
use super::statistics::Statistics;
use crate::clock::Stopwatch;
use crate::random;

/// What a password is kept as.
type PasswordHash = [u8; 32];

/// A server, as its connections know it.
#[derive(Debug)]
pub(crate) struct Host {
    /// What stays as it is.
    pub(crate) facts: HostFacts,
    pub(crate) clients_max: AtomicUsize,
    /// Seconds after which a client that sends nothing is ended; 0 for never.
    pub(crate) idle_seconds_max: AtomicU64,
    pub(crate) counters: Counters,
    pub(crate) statistics: Statistics,
    pub(super) pace: Pace,
    pub(super) monitors: Monitors,
    pub(super) pause: Pause,
    password: Mutex<Option<PasswordHash>>,
    clients: Mutex<BTreeMap<u64, Arc<Client>>>,
    next_id: AtomicU64,
    started: Stopwatch,
    bells: Box<[Arc<Bell>]>,
}

/// What stays as it is while a server runs.
#[derive(Clone, Debug)]
pub(crate) struct HostFacts {
    /// Names this run of the server.
    pub(crate) run_id: String,
    /// The addresses that it listens at, as `CONFIG GET bind` has them.
    pub(crate) bind: String,
    /// The first port that it listens at; 0 when it has none.
    pub(crate) port: u16,
    /// The first Unix socket that it listens at; empty when it has none.
    pub(crate) unix_socket: String,
    pub(crate) word_bytes_max: usize,
    pub(crate) request_bytes_max: usize,
    /// Bytes of messages that may wait for a client.
    pub(crate) messages_bytes_max: usize,
    pub(crate) keepalive_seconds: u64,
    /// Whether clients may use DEBUG.
    pub(crate) allows_debug: bool,
    /// Called when a client wants the server's process to end.
    pub(crate) on_shutdown: OnShutdown,
    /// What `maxclients` and `timeout` are at first.
    pub(crate) clients_max: usize,
    pub(crate) idle_seconds_max: u64,
}

/// What is called when a client asks the process to end, by SHUTDOWN.
///
/// Where nothing is, SHUTDOWN is refused: a process that holds a database for itself is not a
/// client's to end.
///
/// ```
/// use kora::{OnShutdown, ServerConfig};
///
/// let (sender, ends) = std::sync::mpsc::channel();
/// let on_shutdown = OnShutdown::new(move || drop(sender.send(())));
/// let config = ServerConfig { on_shutdown, ..ServerConfig::default() };
/// # drop((config, ends));
/// ```
#[derive(Clone, Default)]
pub struct OnShutdown(Option<Arc<dyn Fn() + Send + Sync>>);

impl OnShutdown {
    /// Calls `ask`, from a thread that serves connections: it should not wait for anything, and
    /// least of all for the server to end.
    pub fn new(ask: impl Fn() + Send + Sync + 'static) -> OnShutdown {
        OnShutdown(Some(Arc::new(ask)))
    }

    /// Whether there is something to call.
    pub(crate) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn ask(&self) {
        if let Some(ask) = &self.0 {
            ask();
        }
    }
}

impl fmt::Debug for OnShutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnShutdown").field(&self.is_there()).finish()
    }
}

/// What was done so far.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connections: AtomicU64,
    pub(crate) rejected: AtomicU64,
    pub(crate) commands: AtomicU64,
    pub(crate) errors: AtomicU64,
    pub(crate) input_bytes: AtomicU64,
    pub(crate) output_bytes: AtomicU64,
    pub(crate) failed_logins: AtomicU64,
    /// Keys that clients looked for, and that were there.
    pub(crate) hits: AtomicU64,
    /// Keys that clients looked for, and that were not.
    pub(crate) misses: AtomicU64,
}

impl Counters {
    fn all(&self) -> [&AtomicU64; 9] {
        let Counters { connections, rejected, commands, errors, hits, misses, .. } = self;
        let Counters { input_bytes: input, output_bytes: output, failed_logins, .. } = self;
        [connections, rejected, commands, errors, hits, misses, input, output, failed_logins]
    }

    /// Counts bytes that came.
    pub(crate) fn add_input(&self, bytes: usize) {
        self.input_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts bytes that were sent.
    pub(crate) fn add_output(&self, bytes: usize) {
        self.output_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts keys that were looked for: those that were there, and those that were not.
    #[inline]
    pub(crate) fn add_lookups(&self, (hits, misses): (u64, u64)) {
        if hits > 0 {
            self.hits.fetch_add(hits, Ordering::Relaxed);
        }
        if misses > 0 {
            self.misses.fetch_add(misses, Ordering::Relaxed);
        }
    }

    /// Begins anew.
    pub(crate) fn reset(&self) {
        self.all().iter().for_each(|counter| counter.store(0, Ordering::Relaxed));
    }
}

/// How a thread that serves connections is told to look at some of them.
#[derive(Debug)]
pub(crate) struct Bell {
    waker: Waker,
    noticed: Mutex<Vec<u64>>,
}

impl Bell {
    /// Has the thread look at a connection.
    pub(super) fn ring(&self, id: u64) {
        let is_first = {
            let mut noticed = self.noticed.lock();
            noticed.push(id);
            noticed.len() == 1
        };
        // Who came before has woken it, and it has not looked yet.
        if is_first {
            self.waker.wake_by_ref();
        }
    }
}

impl Host {
    /// A server whose connections are served by threads that these wake.
    pub(crate) fn new(facts: HostFacts, wakers: Vec<Waker>) -> Host {
        let bell = |waker| Arc::new(Bell { waker, noticed: Mutex::default() });
        Host {
            clients_max: AtomicUsize::new(facts.clients_max),
            idle_seconds_max: AtomicU64::new(facts.idle_seconds_max),
            facts,
            counters: Counters::default(),
            statistics: Statistics::default(),
            pace: Pace::default(),
            monitors: Monitors::default(),
            pause: Pause::default(),
            password: Mutex::default(),
            clients: Mutex::default(),
            next_id: AtomicU64::new(1),
            started: Stopwatch::start(),
            bells: wakers.into_iter().map(bell).collect(),
        }
    }

    /// Time since it was started.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// How long a client may send nothing.
    pub(crate) fn idle_max(&self) -> Option<Duration> {
        let seconds = self.idle_seconds_max.load(Ordering::Relaxed);
        (seconds > 0).then(|| Duration::from_secs(seconds))
    }

    /// Whether clients have to say who they are.
    pub(crate) fn has_password(&self) -> bool {
        self.password.lock().is_some()
    }

    /// Whether this is the password. The time it takes tells nothing but the length of what was
    /// offered.
    pub(crate) fn is_password(&self, offered: &[u8]) -> bool {
        let offered = hash(offered);
        let is_it = |password: PasswordHash| bool::from(password.ct_eq(&offered));
        self.password.lock().is_some_and(is_it)
    }

    /// Changes the password; clients that are there stay.
    pub(crate) fn set_password(&self, password: Option<&[u8]>) {
        *self.password.lock() = password.map(hash);
    }

    /// Takes a client in; nothing when there are too many.
    pub(crate) fn admit(&self, place: Place) -> Option<Arc<Client>> {
        let mut clients = self.clients.lock();
        if clients.len() >= self.clients_max.load(Ordering::Relaxed) {
            self.counters.rejected.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        self.counters.connections.fetch_add(1, Ordering::Relaxed);
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (most, bell) = (self.facts.messages_bytes_max, Arc::clone(&self.bells[place.thread]));
        let client = Arc::new(Client::new(id, place, self.now(), most, bell));
        clients.insert(id, Arc::clone(&client));
        Some(client)
    }

    /// Forgets a client whose connection has ended.
    pub(crate) fn dismiss(&self, id: u64) {
        self.clients.lock().remove(&id);
    }

    /// Everyone who is there, in the order they came.
    pub(crate) fn clients(&self) -> Vec<Arc<Client>> {
        self.clients.lock().values().map(Arc::clone).collect()
    }

    /// Is called about once a second while anybody is there.
    pub(crate) fn tick(&self, now: Duration) {
        self.pace.note(&self.counters, now);
    }

    /// How many are there.
    pub(crate) fn client_count(&self) -> usize {
        self.clients.lock().len()
    }

    /// Ends the connection of a client, by its thread.
    pub(crate) fn kill(client: &Client) {
        client.kill();
        client.notice();
    }

    /// The connections that a thread is to look at.
    pub(crate) fn noticed(&self, thread: usize) -> Vec<u64> {
        std::mem::take(&mut *self.bells[thread].noticed.lock())
    }
}

fn hash(password: &[u8]) -> PasswordHash {
    Sha256::digest(password).into()
}

/// Forty hexadecimal digits that no other run of a server has.
pub(crate) fn run_id() -> String {
    let mut id: String = (0..3).map(|_| format!("{:016x}", random::next())).collect();
    id.truncate(40);
    id
}
