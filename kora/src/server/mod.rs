//! The listener: any Redis client works on the very data that this process does.
//!
//! Sockets and threads only. What is asked is read by `request.rs`; who may ask what, and what is
//! answered, is `session/` and the command table. Commands run in place, on the thread that their
//! connection is served by, under the same leases as the calls of the process itself.
//!
//! Invariant: no command is named here.

mod config;
mod connection;
mod event_loop;
mod layered;
mod layers;
mod line;
mod listener;
mod request;
mod stream;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod testing;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, unbounded};
use mio::Poll;

use crate::database::Database;
use crate::error::{Error, IoFailure, Result};
use crate::session::host::{Host, HostFacts, run_id};
use event_loop::{EventLoop, Message, Peer, WAKER};
use listener::Listener;

pub use config::{Address, ServerConfig};
pub use layers::{ClientExecution, ClientSession, CommandLayers, CommandService};

/// What all threads of a server share.
#[derive(Debug)]
struct Shared {
    db: Database,
    host: Host,
    config: ServerConfig,
}

/// A server of a database, as long as it is kept: dropping it shuts it down.
///
/// ```
/// use std::io::{Read, Write};
///
/// let db = kora::Database::in_memory();
/// let server = db.listen("127.0.0.1:0")?;
/// db.set("greeting", "hello")?;
///
/// let mut client = std::net::TcpStream::connect(("127.0.0.1", server.port().unwrap()))?;
/// client.write_all(b"GET greeting\r\nQUIT\r\n")?;
/// let mut answers = String::new();
/// client.read_to_string(&mut answers)?;
/// assert_eq!(answers, "$5\r\nhello\r\n+OK\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Server {
    addresses: Vec<Address>,
    peers: Arc<[Peer]>,
    threads: Vec<JoinHandle<()>>,
}

impl Database {
    /// Serves this database to Redis clients at an address, until what is returned is dropped:
    /// `db.listen("127.0.0.1:6380")`. Port 0 takes one that is free; see [`Server::port`].
    ///
    /// Only addresses of this machine itself; [`Database::server`] has all options.
    ///
    /// # Errors
    /// [`Error::Listen`]; [`Error::InvalidConfig`] when others can reach the address.
    pub fn listen(&self, address: impl ToSocketAddrs) -> Result<Server> {
        let addresses = address.to_socket_addrs();
        let addresses = addresses.map_err(|error| refused("resolve", "the address", &error))?;
        let addresses = addresses.map(Address::Tcp).collect();
        self.server(ServerConfig { addresses, ..ServerConfig::default() })
    }

    /// Serves this database to Redis clients, until what is returned is dropped.
    ///
    /// Clients begin in the numbered database 0. Writes wait for the disk if those of this handle
    /// do: see [`Database::durable`].
    ///
    /// # Errors
    /// [`Error::Listen`], [`Error::InvalidConfig`], [`Error::Thread`].
    pub fn server(&self, config: ServerConfig) -> Result<Server> {
        config.check()?;
        let listeners = config.addresses.iter().map(bind).collect::<Result<Vec<Listener>>>()?;
        let address = |listener: &Listener| {
            listener.address().map_err(|error| refused("listen at", "the address", &error))
        };
        let addresses = listeners.iter().map(address).collect::<Result<Vec<Address>>>()?;
        let (seats, peers) = seats(config.threads)?;
        let wakers = peers.iter().map(|peer| peer.waker.clone()).collect();
        let host = Host::new(facts(&config, &addresses), wakers);
        host.set_password(config.password.as_deref().map(str::as_bytes));
        let shared = Arc::new(Shared { db: self.clone(), host, config });
        let mut server = Server { addresses, peers: Arc::clone(&peers), threads: Vec::new() };
        let mut listeners = Some(listeners);
        for (thread, (poll, inbox)) in seats.into_iter().enumerate() {
            let (shared, peers) = (Arc::clone(&shared), Arc::clone(&peers));
            let mut serving = EventLoop::new(poll, thread, shared, peers, inbox);
            if let Some(listeners) = listeners.take() {
                let begun = serving.listen(listeners);
                begun.map_err(|error| refused("listen at", "the addresses", &error))?;
            }
            let name = format!("kora-server-{thread}");
            let started = std::thread::Builder::new().name(name).spawn(move || serving.run());
            server.threads.push(started.map_err(|error| Error::Thread { kind: error.kind() })?);
        }
        Ok(server)
    }
}

impl Server {
    /// Where it listens, with the ports that it was given.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// The first TCP address.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.addresses.iter().find_map(|address| match address {
            Address::Tcp(address) => Some(*address),
            Address::Unix(_) => None,
        })
    }

    /// The port of the first TCP address.
    pub fn port(&self) -> Option<u16> {
        self.local_addr().map(|address| address.port())
    }

    /// Accepts nobody more, answers what clients have sent so far, and ends their connections;
    /// returns when that is done. A client that does not take its answers is waited for a few
    /// seconds.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.peers.iter().for_each(|peer| peer.tell(Message::Stop));
        for thread in self.threads.drain(..) {
            // A thread's own panic was reported by the panic hook; there is nobody to tell.
            drop(thread.join());
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

fn bind(address: &Address) -> Result<Listener> {
    Listener::bind(address).map_err(|error| refused("listen at", &address.to_string(), &error))
}

fn refused(action: &'static str, what: &str, error: &io::Error) -> Error {
    let (path, message) = (what.to_owned(), error.to_string());
    Error::Listen(Box::new(IoFailure { action, path, kind: error.kind(), message }))
}

/// What a thread waits with.
type Seat = (Poll, Receiver<Message>);

/// Places for so many threads, and how each is told something.
fn seats(threads: usize) -> Result<(Vec<Seat>, Arc<[Peer]>)> {
    let seat = |_| -> io::Result<(Seat, Peer)> {
        let poll = Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), WAKER)?;
        let (sender, inbox) = unbounded();
        Ok(((poll, inbox), Peer { sender, waker: Waker::from(Arc::new(Bell(waker))) }))
    };
    let seats = (0..threads).map(seat).collect::<io::Result<Vec<_>>>();
    let seats = seats.map_err(|error| refused("wait for", "sockets", &error))?;
    let (seats, peers): (Vec<Seat>, Vec<Peer>) = seats.into_iter().unzip();
    Ok((seats, peers.into()))
}

/// Wakes a thread that waits for its sockets.
struct Bell(mio::Waker);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Fails when the thread has ended, or is about to wake in any case.
        drop(self.0.wake());
    }
}

/// What the connections of a server can know of it.
fn facts(config: &ServerConfig, addresses: &[Address]) -> HostFacts {
    let tcp = |address: &Address| match address {
        Address::Tcp(address) => Some(*address),
        Address::Unix(_) => None,
    };
    let unix = |address: &Address| match address {
        Address::Tcp(_) => None,
        Address::Unix(path) => Some(path.display().to_string()),
    };
    let bind: Vec<String> =
        addresses.iter().filter_map(tcp).map(|address| address.ip().to_string()).collect();
    HostFacts {
        run_id: run_id(),
        bind: bind.join(" "),
        port: addresses.iter().find_map(tcp).map_or(0, |address| address.port()),
        unix_socket: addresses.iter().find_map(unix).unwrap_or_default(),
        word_bytes_max: config.max_argument_bytes,
        request_bytes_max: config.max_command_bytes,
        allows_debug: config.allows_debug,
        messages_bytes_max: config.max_unsent_message_bytes,
        on_shutdown: config.on_shutdown.clone(),
        keepalive_seconds: config.keepalive.map_or(0, |keepalive| keepalive.as_secs()),
        clients_max: config.max_clients,
        idle_seconds_max: config.idle_timeout.map_or(0, |idle| idle.as_secs().max(1)),
    }
}
