//! Every option of a server, once: what it does, its unit, its default, its range.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::server::layers::CommandLayers;
use crate::server::request::Limits;
use crate::session::host::OnShutdown;

/// Bytes of an argument that no configuration allows more of, as Redis's `proto-max-bulk-len`.
const ARGUMENT_BYTES_MAX: usize = 512 << 20;

/// What a client may send that has not said who it is. The first two are Redis's.
const STRANGERS: Limits = Limits {
    words: 10,
    word_bytes: 16 << 10,
    request_bytes: 64 << 10,
    line_bytes: 1 << 10,
    // What it says may make it known, and then it may send more.
    requests: 1,
    are_for_strangers: true,
};

/// Bytes of a line of words, as in Redis.
const LINE_BYTES_MAX: usize = 64 << 10;

/// Requests that are read before the first of them is run; others have their turn behind them.
const REQUESTS_MAX: usize = 1024;

/// Where a server listens, or did.
///
/// ```
/// use kora::Address;
///
/// assert_eq!("127.0.0.1:6380".parse(), Ok(Address::Tcp(([127, 0, 0, 1], 6380).into())));
/// assert_eq!("unix:/run/kora".parse(), Ok(Address::Unix("/run/kora".into())));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An address and a port; port 0 for one that is free.
    Tcp(SocketAddr),
    /// A Unix socket. A file that is left there by a server that has ended is replaced.
    Unix(PathBuf),
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Address> {
        const WHAT: &str = "an address is IP:PORT or unix:PATH";
        match text.strip_prefix("unix:") {
            Some(path) => Ok(Address::Unix(path.into())),
            None => match text.parse() {
                Ok(address) => Ok(Address::Tcp(address)),
                Err(_) => Err(Error::InvalidConfig { what: WHAT }),
            },
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// How a server is started; see [`Database::server`](crate::Database::server).
///
/// ```
/// use kora::{Database, ServerConfig};
///
/// let config = ServerConfig {
///     addresses: vec!["127.0.0.1:0".parse()?],
///     password: Some("open sesame".to_owned()),
///     ..ServerConfig::default()
/// };
/// let server = Database::in_memory().server(config)?;
/// println!("redis-cli -p {}", server.port().unwrap_or(0));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone)]
pub struct ServerConfig {
    /// Where it listens, at all of them. At least one.
    pub addresses: Vec<Address>,
    /// What clients must say before anything else; `None`, the default, for nothing.
    pub password: Option<String>,
    /// Whether it may listen without a password where other machines can reach it. Default: no.
    pub allows_strangers: bool,
    /// Threads that serve connections, each of them many: 1 to 64. Default: 1, which serves some
    /// hundred thousand commands a second one by one, and millions in pipelines.
    pub threads: usize,
    /// Connections at the same time. Default: 10,000.
    pub max_clients: usize,
    /// How long a client may send nothing; `None`, the default, for as long as it likes.
    pub idle_timeout: Option<Duration>,
    /// How long a client may take to say who it is. Default: 10 s.
    pub auth_timeout: Duration,
    /// How long a client may take nothing of what it asked for. Default: 60 s.
    pub write_timeout: Duration,
    /// How long a silent connection is left alone before the system asks whether the other end is
    /// there; `None` for ever. Default: 300 s.
    pub keepalive: Option<Duration>,
    /// Bytes of an argument, and so of a value: up to 512 MiB. Default: 64 MiB.
    pub max_argument_bytes: usize,
    /// Arguments of a command. Default: 1,048,576.
    pub max_arguments: usize,
    /// Bytes of a command, below 4 GiB. Default: 256 MiB.
    pub max_command_bytes: usize,
    /// Bytes of answers that a client has not taken; with more it is closed. Default: 256 MiB.
    pub max_unsent_bytes: usize,
    /// Whether clients may use DEBUG, which can stop the server for a while. Default: no.
    pub allows_debug: bool,
    /// Bytes that a client has not taken which listens to channels; with more it is closed. Default:
    /// 32 MiB.
    pub max_unsent_message_bytes: usize,
    /// What is called when a client asks the process to end. Default: nothing, and SHUTDOWN is
    /// refused.
    pub on_shutdown: OnShutdown,
    /// What commands go through between connections and the engine. Default: nothing.
    pub layers: CommandLayers,
}

impl Default for ServerConfig {
    fn default() -> ServerConfig {
        ServerConfig {
            addresses: Vec::new(),
            password: None,
            allows_strangers: false,
            threads: 1,
            max_clients: 10_000,
            idle_timeout: None,
            auth_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(60),
            keepalive: Some(Duration::from_secs(300)),
            max_argument_bytes: 64 << 20,
            max_arguments: 1 << 20,
            max_command_bytes: 256 << 20,
            max_unsent_bytes: 256 << 20,
            allows_debug: false,
            max_unsent_message_bytes: 32 << 20,
            on_shutdown: OnShutdown::default(),
            layers: CommandLayers::default(),
        }
    }
}

impl ServerConfig {
    pub(super) fn check(&self) -> Result<()> {
        let invalid = |what| Err(Error::InvalidConfig { what });
        if self.addresses.is_empty() {
            return invalid("a server has at least one address");
        }
        if !(1..=64).contains(&self.threads) {
            return invalid("threads is 1 to 64");
        }
        if self.password.as_deref() == Some("") {
            return invalid("a password is not empty");
        }
        if self.password.is_none() && !self.allows_strangers && self.is_reachable() {
            return invalid(
                "an address that other machines reach needs a password, or allows_strangers",
            );
        }
        if self.max_argument_bytes > ARGUMENT_BYTES_MAX {
            return invalid("max_argument_bytes is at most 512 MiB");
        }
        if u32::try_from(self.max_command_bytes).is_err() {
            return invalid("max_command_bytes is below 4 GiB");
        }
        Ok(())
    }

    /// Whether others than this machine can come.
    fn is_reachable(&self) -> bool {
        self.addresses.iter().any(|address| match address {
            Address::Tcp(address) => !address.ip().is_loopback(),
            Address::Unix(_) => false,
        })
    }

    /// What a client may send.
    pub(super) fn limits(&self, is_known: bool) -> Limits {
        let known = Limits {
            words: self.max_arguments,
            word_bytes: self.max_argument_bytes,
            request_bytes: self.max_command_bytes,
            line_bytes: LINE_BYTES_MAX,
            requests: REQUESTS_MAX,
            are_for_strangers: false,
        };
        if is_known { known } else { STRANGERS }
    }
}

impl fmt::Debug for ServerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A password is not for logs.
        f.debug_struct("ServerConfig")
            .field("addresses", &self.addresses)
            .field("has_password", &self.password.is_some())
            .field("threads", &self.threads)
            .field("max_clients", &self.max_clients)
            .field("layers", &self.layers)
            .finish_non_exhaustive()
    }
}
