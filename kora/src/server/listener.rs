//! Where a server listens: sockets that connections are accepted from.

use std::io;
use std::path::{Path, PathBuf};

use mio::event::Source;
use mio::net::{TcpListener, UnixListener};
use mio::{Interest, Registry, Token};
use rustix::fs::{FileType, Mode, chmod, lstat, unlink};

use crate::server::config::Address;
use crate::server::stream::Stream;

/// A socket that listens. A Unix socket's file goes with it.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

/// A connection that was accepted.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) stream: Stream,
    /// Where it comes from and where it came to, as CLIENT LIST shows them.
    pub(super) address: String,
    pub(super) local_address: String,
}

impl Listener {
    /// Listens at an address.
    pub(super) fn bind(address: &Address) -> io::Result<Listener> {
        match address {
            Address::Tcp(address) => TcpListener::bind(*address).map(Listener::Tcp),
            Address::Unix(path) => {
                remove_left_over(path)?;
                let listener = UnixListener::bind(path)?;
                let listener = Listener::Unix(listener, path.clone());
                chmod(path, Mode::RWXU)?;
                Ok(listener)
            }
        }
    }

    /// The address that it listens at, with its port.
    pub(super) fn address(&self) -> io::Result<Address> {
        match self {
            Listener::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Listener::Unix(_, path) => Ok(Address::Unix(path.clone())),
        }
    }

    /// The next connection; [`io::ErrorKind::WouldBlock`] when there is none.
    pub(super) fn accept(&self) -> io::Result<Accepted> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, address) = listener.accept()?;
                let local_address = stream.local_addr()?.to_string();
                let stream = Stream::Tcp(stream);
                Ok(Accepted { stream, address: address.to_string(), local_address })
            }
            Listener::Unix(listener, path) => {
                let (stream, _) = listener.accept()?;
                let address = format!("{}:0", path.display());
                let stream = Stream::Unix(stream);
                Ok(Accepted { stream, local_address: address.clone(), address })
            }
        }
    }
}

/// Removes the file of a server that has ended. What is no socket, or one that answers, stays, and
/// listening there fails.
fn remove_left_over(path: &Path) -> io::Result<()> {
    let is_socket =
        |stat: rustix::fs::Stat| FileType::from_raw_mode(stat.st_mode) == FileType::Socket;
    if !lstat(path).is_ok_and(is_socket) {
        return Ok(());
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(unlink(path)?),
        Ok(_) | Err(_) => Ok(()),
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Listener::Unix(_, path) = self {
            // Whoever took the file away has spared us that.
            unlink(&*path).ok();
        }
    }
}

impl Source for Listener {
    fn register(&mut self, to: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        match self {
            Listener::Tcp(listener) => listener.register(to, token, interest),
            Listener::Unix(listener, _) => listener.register(to, token, interest),
        }
    }

    fn reregister(&mut self, to: &Registry, token: Token, interest: Interest) -> io::Result<()> {
        match self {
            Listener::Tcp(listener) => listener.reregister(to, token, interest),
            Listener::Unix(listener, _) => listener.reregister(to, token, interest),
        }
    }

    fn deregister(&mut self, from: &Registry) -> io::Result<()> {
        match self {
            Listener::Tcp(listener) => listener.deregister(from),
            Listener::Unix(listener, _) => listener.deregister(from),
        }
    }
}
