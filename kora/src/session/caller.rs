//! Who has sent a command, for layers between connections and the engine.
//!
//! Not a session: nothing can be changed by it. What it tells is true while the client's command is
//! under way, since nothing else of the client's runs then.

use std::fmt;
use std::sync::Arc;

use super::client::Client;
use crate::command::reply::Protocol;

/// The one user that there is.
const USER: &str = "default";

/// The client that has sent a command; see [`Command::caller`](crate::Command::caller). Cheap to
/// clone.
#[derive(Clone)]
pub struct Caller(Arc<Client>);

impl Caller {
    pub(crate) fn new(client: &Arc<Client>) -> Caller {
        Caller(Arc::clone(client))
    }

    /// The number of its connection, as CLIENT ID has it: each is given once.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// Where it comes from, as CLIENT LIST has it: `IP:PORT`, or `PATH:0` by a Unix socket.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// Where it came to: an address that the server listens at.
    pub fn local_address(&self) -> &str {
        &self.0.local_address
    }

    /// What it calls itself, by CLIENT SETNAME; empty when it does not.
    pub fn name(&self) -> String {
        self.0.facts_with(|facts| facts.name.to_string())
    }

    /// Which user it is; `None` as long as it has not said so to a server that asks. There is one
    /// user, `default`.
    pub fn user(&self) -> Option<&str> {
        self.0.facts_with(|facts| facts.is_known).then_some(USER)
    }

    /// The numbered database that its commands work on.
    pub fn database(&self) -> usize {
        self.0.facts_with(|facts| facts.number).into()
    }

    /// The version of RESP that it reads: 2 or 3.
    pub fn protocol(&self) -> u8 {
        match self.0.facts_with(|facts| facts.protocol) {
            Protocol::Two => 2,
            Protocol::Three => 3,
        }
    }

    /// Whether MULTI has come and EXEC has not: its commands are answered `QUEUED`, and run later.
    pub fn is_in_transaction(&self) -> bool {
        self.0.facts_with(|facts| facts.queued.is_some())
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("id", &self.id()).field("address", &self.address()).finish()
    }
}
