//! A server for tests of code that speaks Redis: in the test's own process, on a free port.
//!
//! It is nothing but a database and its server; what a test puts into the one, its code sees at the
//! other.

use std::net::SocketAddr;

use crate::database::Database;
use crate::server::Server;

/// A server of an empty database on a free port of this machine, for tests of code that speaks
/// Redis. It ends when it is dropped.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
///
/// /// What is to be tested: it greets whoever is in a Redis.
/// fn greet(address: std::net::SocketAddr) -> std::io::Result<String> {
///     let mut redis = TcpStream::connect(address)?;
///     redis.write_all(b"GET name\r\nQUIT\r\n")?;
///     let mut answers = String::new();
///     redis.read_to_string(&mut answers)?;
///     Ok(format!("Hello {}!", answers.lines().nth(1).unwrap_or_default()))
/// }
///
/// let redis = kora::testing::server();
/// redis.database().set("name", "Ama")?;
/// assert_eq!(greet(redis.address())?, "Hello Ama!");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// When no port is free, or no thread can be started.
pub fn server() -> TestServer {
    let database = Database::in_memory();
    let server = database.listen(("127.0.0.1", 0)).expect("a port of this machine is free");
    TestServer { database, server }
}

/// What [`server`] returns: a database, and where it is served.
#[derive(Debug)]
pub struct TestServer {
    database: Database,
    server: Server,
}

impl TestServer {
    /// The data, to put something there before and to look what is there afterwards.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.server.local_addr().expect("it listens at a port")
    }

    /// The same as clients of Redis take it: `redis://127.0.0.1:PORT/`.
    ///
    /// ```
    /// let redis = kora::testing::server();
    /// assert!(redis.url().starts_with("redis://127.0.0.1:"));
    /// ```
    pub fn url(&self) -> String {
        format!("redis://{}/", self.address())
    }
}
