//! What clients of a server are refused, and nobody else meets.

use std::borrow::Cow;
use std::fmt;

/// Why something cannot be done on a connection, or without one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The command is about a connection, and was not sent over one.
    NoConnection,
    /// The client has not said who it is.
    NotAuthenticated,
    /// The client greeted without saying who it is.
    HelloNotAuthenticated,
    /// The client gave a password or a user that is none.
    WrongPassword,
    /// The client asked for a protocol that is none.
    UnknownProtocol,
    /// HELLO has no such option.
    HelloOption {
        /// The option as given, at most 128 bytes of it.
        option: String,
    },
    /// No kind of client has this name.
    UnknownClientType {
        /// The name as given, at most 128 bytes of it.
        name: String,
    },
    /// No user has this name.
    UnknownUser {
        /// The name as given, at most 128 bytes of it.
        name: String,
    },
    /// A client says nothing of this name about itself.
    UnknownClientInfo {
        /// The name as given, at most 128 bytes of it.
        name: String,
    },
    /// No setting has this name.
    UnknownSetting {
        /// The name as given, at most 128 bytes of it.
        name: String,
    },
    /// A setting cannot have this value, or any but the one it has.
    Setting {
        /// Its name.
        name: &'static str,
        /// The reason.
        why: &'static str,
    },
    /// As many clients are there as may be.
    TooManyClients,
    /// A command was refused after MULTI, so none of them is run.
    Spoiled,
    /// None of the commands after MULTI can be run.
    Aborted {
        /// The reason, as a client sees it.
        why: String,
    },
    /// Somebody ended the wait, by CLIENT UNBLOCK.
    Unblocked,
    /// A connection that is shown every command works on no data.
    Monitor,
    /// A connection that listens, and speaks RESP2, can do little else.
    Listening {
        /// The command, in lower case.
        command: String,
    },
    /// What the client sent is no request.
    Protocol {
        /// What is wrong with it.
        what: String,
    },
    /// The server does not allow DEBUG.
    NoDebug,
    /// The server's process is not a client's to end.
    CannotShutDown,
    /// No end was asked for that could be called off.
    NoShutdown,
    /// A snapshot was to be taken before the end, and could not be.
    ShutdownFailed,
    /// A layer between the connection and the engine has refused the command.
    Refused {
        /// The word that clients tell errors by, in capitals.
        code: Cow<'static, str>,
        /// The reason.
        why: String,
    },
    /// The connection that a command was to be run on has ended.
    Ended,
}

impl ConnectionError {
    /// The code word before the text.
    pub(super) fn code(&self) -> &str {
        match self {
            ConnectionError::NotAuthenticated | ConnectionError::HelloNotAuthenticated => "NOAUTH",
            ConnectionError::WrongPassword => "WRONGPASS",
            ConnectionError::UnknownProtocol => "NOPROTO",
            ConnectionError::Unblocked => "UNBLOCKED",
            ConnectionError::Spoiled | ConnectionError::Aborted { .. } => "EXECABORT",
            ConnectionError::Refused { code, .. } => code,
            ConnectionError::NoConnection
            | ConnectionError::HelloOption { .. }
            | ConnectionError::UnknownClientType { .. }
            | ConnectionError::UnknownUser { .. }
            | ConnectionError::UnknownClientInfo { .. }
            | ConnectionError::UnknownSetting { .. }
            | ConnectionError::Setting { .. }
            | ConnectionError::Monitor
            | ConnectionError::Listening { .. }
            | ConnectionError::TooManyClients
            | ConnectionError::Protocol { .. }
            | ConnectionError::NoDebug
            | ConnectionError::CannotShutDown
            | ConnectionError::NoShutdown
            | ConnectionError::ShutdownFailed
            | ConnectionError::Ended => "ERR",
        }
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectionError::NoConnection => {
                f.write_str("the command is for connections to a server")
            }
            ConnectionError::NotAuthenticated => f.write_str("Authentication required."),
            ConnectionError::HelloNotAuthenticated => f.write_str(
                "HELLO must be called with the client already authenticated, otherwise the HELLO \
                 <proto> AUTH <user> <pass> option can be used to authenticate the client and \
                 select the RESP protocol version at the same time",
            ),
            ConnectionError::WrongPassword => {
                f.write_str("invalid username-password pair or user is disabled.")
            }
            ConnectionError::UnknownProtocol => f.write_str("unsupported protocol version"),
            ConnectionError::HelloOption { option } => {
                write!(f, "Syntax error in HELLO option '{option}'")
            }
            ConnectionError::UnknownClientType { name } => {
                write!(f, "Unknown client type '{name}'")
            }
            ConnectionError::UnknownUser { name } => write!(f, "No such user '{name}'"),
            ConnectionError::UnknownClientInfo { name } => {
                write!(f, "Unrecognized option '{name}'")
            }
            ConnectionError::UnknownSetting { name } => {
                write!(f, "Unknown option or number of arguments for CONFIG SET - '{name}'")
            }
            ConnectionError::Setting { name, why } => {
                write!(f, "CONFIG SET failed (possibly related to argument '{name}') - {why}")
            }
            ConnectionError::TooManyClients => f.write_str("max number of clients reached"),
            ConnectionError::Unblocked => f.write_str("client unblocked via CLIENT UNBLOCK"),
            ConnectionError::Monitor => f.write_str("Replica can't interact with the keyspace"),
            ConnectionError::Listening { command } => write!(
                f,
                "Can't execute '{command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / \
                 RESET are allowed in this context"
            ),
            ConnectionError::Spoiled => {
                f.write_str("Transaction discarded because of previous errors.")
            }
            ConnectionError::Aborted { why } => {
                write!(f, "Transaction discarded because of: {why}")
            }
            ConnectionError::Protocol { what } => write!(f, "Protocol error: {what}"),
            ConnectionError::NoDebug => {
                f.write_str("DEBUG command not allowed: the server was started without it")
            }
            ConnectionError::CannotShutDown => {
                f.write_str("SHUTDOWN is refused: the process is not the clients' to end")
            }
            ConnectionError::NoShutdown => f.write_str("No shutdown in progress."),
            ConnectionError::ShutdownFailed => {
                f.write_str("Errors trying to SHUTDOWN. Check logs.")
            }
            ConnectionError::Refused { why, .. } => f.write_str(why),
            ConnectionError::Ended => f.write_str("the connection has ended"),
        }
    }
}
