//! Kora behind a socket, as a [`Target`]: an empty database, its server, and a connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use kora::{Address, Config, Database, Server, ServerConfig};

use super::Target;
use super::folder::Folder;
use super::redis::Connection;
use super::reply::Reply;
use super::words::Words;

/// A server of an empty database, at a Unix socket and at a port.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) database: Database,
    pub(crate) server: Server,
    // Dropped behind the server, whose socket is in it.
    folder: Folder,
}

impl Served {
    pub(crate) fn start() -> Served {
        Served::with(Config::default(), ServerConfig::default())
    }

    /// With these options; the addresses are added.
    pub(crate) fn with(config: Config, options: ServerConfig) -> Served {
        Served::of(Database::open(config).expect("the database opens"), options)
    }

    /// Of a database that is there.
    pub(crate) fn of(database: Database, mut options: ServerConfig) -> Served {
        let folder = Folder::new();
        options.addresses =
            vec![Address::Unix(folder.join("socket")), "127.0.0.1:0".parse().expect("an address")];
        let server = database.server(options).expect("the server starts");
        Served { database, server, folder }
    }

    /// A connection that speaks requests and replies.
    pub(crate) fn connect(&self) -> Connection {
        Connection::over(self.socket())
    }

    /// A connection of bytes.
    pub(crate) fn socket(&self) -> UnixStream {
        UnixStream::connect(self.folder.join("socket")).expect("the server accepts")
    }

    /// A connection of bytes by TCP.
    pub(crate) fn tcp(&self) -> TcpStream {
        let address = self.server.local_addr().expect("it listens at a port");
        TcpStream::connect(address).expect("the server accepts")
    }

    /// What comes back for some bytes until the server closes the connection.
    pub(crate) fn told(&self, bytes: &[u8]) -> String {
        let mut socket = self.socket();
        let mut answers = Vec::new();
        // It may close before it has read everything.
        socket.write_all(bytes).ok();
        socket.read_to_end(&mut answers).ok();
        String::from_utf8_lossy(&answers).into_owned()
    }
}

/// A server, and a connection to it that commands are sent over.
#[derive(Debug)]
pub(crate) struct ServedTarget {
    connection: Connection,
    _served: Served,
}

impl ServedTarget {
    pub(crate) fn start() -> ServedTarget {
        ServedTarget::of(Served::start())
    }

    pub(crate) fn of(served: Served) -> ServedTarget {
        ServedTarget { connection: served.connect(), _served: served }
    }
}

impl ServedTarget {
    /// One that speaks RESP3.
    pub(crate) fn in_resp3() -> ServedTarget {
        let mut target = ServedTarget::start();
        target.connection.speak_resp3();
        target
    }
}

impl Target for ServedTarget {
    fn run(&mut self, words: &[Vec<u8>]) -> Reply {
        self.connection.run(words)
    }

    fn run_all(&mut self, commands: &[Words]) -> Vec<Reply> {
        self.connection.run_all(commands)
    }
}
