//! Every error of Kora, and the only folder that makes error text.
//!
//! An error says what happened and where. [`Error::wire`] is the text that a Redis client
//! sees; for what Redis also answers it is Redis's own.

mod connection;
mod document;
#[cfg(feature = "axum")]
mod problem;

use std::borrow::Cow;
use std::fmt;

use crate::query::QueryError;

pub use connection::ConnectionError;
pub use document::{DocumentError, UniqueViolation};
#[cfg(feature = "axum")]
pub use problem::Problem;

/// What every fallible call of Kora returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed. Nothing was changed, unless the variant says otherwise.
///
/// ```
/// let db = kora::Database::in_memory();
/// db.set("name", "ann")?;
/// assert_eq!(db.incr("name"), Err(kora::Error::NotAnInteger));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The key holds another type than the operation works on.
    WrongType,
    /// A value or an argument is no 64-bit integer.
    NotAnInteger,
    /// A value or an argument is no floating-point number.
    NotAFloat,
    /// A field of a hash that was to be incremented holds no integer.
    HashValueNotAnInteger,
    /// A field of a hash that was to be incremented holds no number.
    HashValueNotAFloat,
    /// An increment would leave the range of 64-bit integers.
    Overflow,
    /// An increment would give NaN or an infinity.
    NotFinite,
    /// A sorted-set score would become NaN.
    ScoreNotANumber,
    /// The words of a command do not fit its grammar.
    Syntax,
    /// An argument has a value that the command does not take.
    Argument(ArgumentError),
    /// A command has no such option.
    UnsupportedOption {
        /// The option as given, at most 128 bytes of it.
        option: String,
    },
    /// An expiry time is zero, negative, or too far away.
    InvalidExpireTime {
        /// The command, in lower case.
        command: &'static str,
    },
    /// A command that combines keys was given none.
    NoInputKeys {
        /// The command, in lower case.
        command: &'static str,
    },
    /// A command has too few or too many arguments.
    WrongArity {
        /// The command, in lower case.
        command: Box<str>,
    },
    /// No command has this name.
    UnknownCommand(Box<UnknownCommand>),
    /// The command has no such subcommand.
    UnknownSubcommand(Box<UnknownSubcommand>),
    /// The operation needs a key that does not exist.
    NoSuchKey,
    /// Writing needs memory, `max_memory` is reached, and nothing may be evicted.
    OutOfMemory,
    /// A limit of the engine's own would be passed.
    TooLarge {
        /// What is too large, and its limit.
        what: &'static str,
    },
    /// [`Config`](crate::Config) holds a value outside its range.
    InvalidConfig {
        /// Which option, and its range.
        what: &'static str,
    },
    /// The operation panicked. Its own key may hold part of the change; no other does.
    Panicked {
        /// The panic's message.
        message: Box<str>,
    },
    /// Recorded effects end here: what follows is no record, or none that fits the data.
    CorruptRecord {
        /// Where the record begins, in bytes.
        at: usize,
    },
    /// There is no room on the disk. Writing goes on when there is; reading never stopped.
    DiskFull,
    /// The file system failed. While it was written to, the database writes no more until it is
    /// opened again, and goes on reading.
    Io(Box<IoFailure>),
    /// The system did not let a server listen.
    Listen(Box<IoFailure>),
    /// Another process, or another [`Database`](crate::Database) of this one, has the directory.
    Locked(Box<Locked>),
    /// A file is not as it was written. Nothing was opened and nothing was changed.
    Damaged(Box<Damage>),
    /// A directory was written in a format that this version does not know.
    UnknownFormat {
        /// The format's number.
        version: u32,
    },
    /// What was asked of documents cannot be done.
    Document(Box<DocumentError>),
    /// A query's text is none, or asks for too much.
    Query(Box<QueryError>),
    /// A transaction was given up: others changed what it had read each time it was tried.
    Conflict,
    /// The command works on the whole database and cannot be part of a transaction.
    NotInTransaction,
    /// What was asked cannot be done on a connection, or without one.
    Connection(Box<ConnectionError>),
    /// The database has no directory.
    NotOnDisk,
    /// A snapshot is being taken already.
    SnapshotInProgress,
    /// The system gave no thread for a shard.
    Thread {
        /// The system's reason.
        kind: std::io::ErrorKind,
    },
    /// The database is shutting down.
    Closed,
}

/// What the file system could not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IoFailure {
    /// What was to be done: `sync`, `create`, ...
    pub action: &'static str,
    /// To which file.
    pub path: String,
    /// The kind of failure.
    pub kind: std::io::ErrorKind,
    /// The system's own words.
    pub message: String,
}

/// Who has a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The directory.
    pub path: String,
    /// The process that has it, when it said so.
    pub pid: Option<u32>,
}

/// Where a file is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: String,
    /// The first byte that is known to be wrong.
    pub offset: u64,
    /// What should be there.
    pub what: &'static str,
}

/// A name that no command has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCommand {
    /// The name as given, at most 128 bytes of it.
    pub name: String,
    /// The first arguments, quoted, as Redis shows them.
    pub arguments: String,
}

/// A subcommand that its command does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSubcommand {
    /// The command, in upper case.
    pub command: &'static str,
    /// The subcommand as given, at most 128 bytes of it.
    pub subcommand: String,
}

// Every fallible call returns one: what is rare is boxed.
const _: () = assert!(size_of::<Error>() <= 24);

macro_rules! argument_errors {
    ($($(#[$doc:meta])* $variant:ident => $text:literal,)*) => {
        /// Which argument was refused, in the words of Redis.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum ArgumentError {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
        }

        impl ArgumentError {
            fn text(self) -> &'static str {
                match self {
                    $(ArgumentError::$variant => $text,)*
                }
            }
        }
    };
}

argument_errors! {
    ValueNotPositive => "value is out of range, must be positive",
    ValueOutOfRange => "value is out of range",
    RandomCountOutOfRange => "value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    NanOrInfinity => "value is NaN or Infinity",
    IndexOutOfRange => "index out of range",
    OffsetOutOfRange => "offset is out of range",
    StringTooLong => "string exceeds maximum allowed size (proto-max-bulk-len)",
    DatabaseIndex => "DB index is out of range",
    ValueOutOfInt32 => "value is out of range, value must between -2147483648 and 2147483647",
    FirstDatabaseIndex => "invalid first DB index",
    SecondDatabaseIndex => "invalid second DB index",
    SortWeight => "One or more scores can't be converted into double",
    DatabaseIndexInvalid => "invalid DB index",
    NumkeysNotPositive => "numkeys should be greater than 0",
    NumkeysTooLarge => "Number of keys can't be greater than number of args",
    TimeoutOutOfRange => "timeout is not an integer or out of range",
    SlowlogCount => "count should be greater than or equal to -1",
    TimeoutNegative => "timeout is negative",
    LimitNegative => "LIMIT can't be negative",
    SameObject => "source and destination objects are the same",
    InvalidCursor => "invalid cursor",
    XxWithNx => "XX and NX options at the same time are not compatible",
    GtLtWithNx => "GT, LT, and/or NX options at the same time are not compatible",
    IncrOfMany => "INCR option supports a single increment-element pair",
    ScoreBound => "min or max is not a float",
    LexBound => "min or max not valid string range item",
    LimitOfRanks => "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
    ScoresOfLex => "syntax error, WITHSCORES not supported in combination with BYLEX",
    WeightNotAFloat => "weight value is not a float",
    CountNotPositive => "count should be greater than 0",
    NxWithXxGtLt => "NX and XX, GT or LT options at the same time are not compatible",
    GtWithLt => "GT and LT options at the same time are not compatible",
    ValueOutOfSymmetricRange => "value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    CountNegative => "COUNT can't be negative",
    MaxLenNegative => "MAXLEN can't be negative",
    RankZero => "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
    DecrementOverflow => "decrement would overflow",
    LcsLenWithIdx => "If you want both the length and indexes, please just use IDX.",
    LcsTooLarge => "Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
    LcsTypes => "The specified keys must contain string values",
    InvalidCommand => "Invalid command specified",
    CommandWithoutKeys => "The command has no key arguments",
    InvalidCommandArguments => "Invalid number of arguments specified for command",
    InvalidCommandKeys => "Invalid arguments specified for command",
    NoPasswordConfigured => "AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
    ProtocolVersion => "Protocol version is not an integer or out of range",
    ClientName => "Client names cannot contain spaces, newlines or special characters.",
    LibraryName => "lib-name cannot contain spaces, newlines or special characters.",
    LibraryVersion => "lib-ver cannot contain spaces, newlines or special characters.",
    NestedMulti => "MULTI calls can not be nested",
    WatchInMulti => "WATCH inside MULTI is not allowed",
    ExecWithoutMulti => "EXEC without MULTI",
    DiscardWithoutMulti => "DISCARD without MULTI",
    NotInMulti => "Command not allowed inside a transaction",
    MonitorInExec => "MONITOR isn't allowed for DENY BLOCKING client",
    SsubscribeInExec => "SSUBSCRIBE isn't allowed for a DENY BLOCKING client",
    WaitNotAFloat => "timeout is not a float or out of range",
    WaitNegative => "timeout is negative",
    WaitOutOfRange => "timeout is out of range",
    PauseMode => "CLIENT PAUSE mode must be WRITE or ALL",
    UnblockReason => "CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
    ClientId => "Invalid client ID",
    ClientIdPositive => "client-id should be greater than 0",
    NoSuchClient => "No such client",
    PackedThreshold => "argument must be a memory value bigger than 1 and smaller than 4gb",
    LfuNotSelected => "An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
    LfuSelected => "An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
}

impl Error {
    /// An error of documents.
    pub(crate) fn document(error: DocumentError) -> Error {
        Error::Document(Box::new(error))
    }

    /// An error of a query.
    pub(crate) fn query(error: QueryError) -> Error {
        Error::Query(Box::new(error))
    }

    /// What a layer between connections and the engine refuses a command with: the word that clients
    /// tell errors by, in capitals, and the reason.
    ///
    /// ```
    /// let refused = kora::Error::refused("NOPERM", "this client only reads");
    /// assert_eq!(refused.wire(), "NOPERM this client only reads");
    /// ```
    pub fn refused(code: impl Into<Cow<'static, str>>, why: impl Into<String>) -> Error {
        ConnectionError::Refused { code: code.into(), why: why.into() }.into()
    }

    /// The error as a Redis client sees it: a code word, then the text.
    pub fn wire(&self) -> String {
        // A line break in a caller's word must not end the error's line on the wire.
        format!("{} {self}", self.code()).replace(['\r', '\n'], " ")
    }

    fn code(&self) -> &str {
        const CODES: &[(Error, &str)] = &[
            (Error::WrongType, "WRONGTYPE"),
            (Error::OutOfMemory, "OOM"),
            (Error::DiskFull, "MISCONF"),
        ];
        if let Error::Connection(error) = self {
            return error.code();
        }
        if let Error::Io(_) = self {
            return "MISCONF";
        }
        CODES.iter().find(|(error, _)| error == self).map_or("ERR", |(_, code)| code)
    }
}

impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Error {
        Error::Connection(Box::new(error))
    }
}

impl From<ArgumentError> for Error {
    fn from(error: ArgumentError) -> Error {
        Error::Argument(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::WrongType => {
                f.write_str("Operation against a key holding the wrong kind of value")
            }
            Error::NotAnInteger => f.write_str("value is not an integer or out of range"),
            Error::NotAFloat => f.write_str("value is not a valid float"),
            Error::HashValueNotAnInteger => f.write_str("hash value is not an integer"),
            Error::HashValueNotAFloat => f.write_str("hash value is not a float"),
            Error::Overflow => f.write_str("increment or decrement would overflow"),
            Error::NotFinite => f.write_str("increment would produce NaN or Infinity"),
            Error::ScoreNotANumber => f.write_str("resulting score is not a number (NaN)"),
            Error::Syntax => f.write_str("syntax error"),
            Error::Argument(error) => f.write_str(error.text()),
            Error::UnsupportedOption { option } => write!(f, "Unsupported option {option}"),
            Error::InvalidExpireTime { command } => {
                write!(f, "invalid expire time in '{command}' command")
            }
            Error::NoInputKeys { command } => {
                write!(f, "at least 1 input key is needed for '{command}' command")
            }
            Error::WrongArity { command } => {
                write!(f, "wrong number of arguments for '{command}' command")
            }
            Error::UnknownCommand(unknown) => {
                let UnknownCommand { name, arguments } = &**unknown;
                write!(f, "unknown command '{name}', with args beginning with: {arguments}")
            }
            Error::UnknownSubcommand(unknown) => {
                let UnknownSubcommand { command, subcommand } = &**unknown;
                write!(f, "unknown subcommand '{subcommand}'. Try {command} HELP.")
            }
            Error::NoSuchKey => f.write_str("no such key"),
            Error::OutOfMemory => {
                f.write_str("command not allowed when used memory > 'maxmemory'.")
            }
            Error::TooLarge { what } => write!(f, "too large: {what}"),
            Error::InvalidConfig { what } => write!(f, "invalid configuration: {what}"),
            Error::Panicked { message } => write!(f, "internal error: {message}"),
            Error::CorruptRecord { at } => {
                write!(f, "no record that fits the data at byte {at}")
            }
            Error::DiskFull => f.write_str("no space left on the disk"),
            Error::Io(failure) | Error::Listen(failure) => {
                let IoFailure { action, path, message, .. } = &**failure;
                write!(f, "cannot {action} {path}: {message}")
            }
            Error::Locked(locked) => match locked.pid {
                Some(pid) => write!(f, "{} is in use by process {pid}", locked.path),
                None => write!(f, "{} is in use by another process", locked.path),
            },
            Error::Damaged(damage) => {
                let Damage { file, offset, what } = &**damage;
                write!(f, "{file} is damaged at byte {offset}: {what}")
            }
            Error::UnknownFormat { version } => {
                write!(f, "the directory has format {version}, which this version does not know")
            }
            Error::Document(error) => error.fmt(f),
            Error::Query(error) => error.fmt(f),
            Error::Conflict => f.write_str("others changed what the transaction had read"),
            Error::NotInTransaction => f.write_str("not allowed in a transaction"),
            Error::Connection(error) => error.fmt(f),
            Error::NotOnDisk => f.write_str("the database is in memory only"),
            Error::SnapshotInProgress => f.write_str("Background save already in progress"),
            Error::Thread { kind } => write!(f, "cannot start a shard's thread: {kind}"),
            Error::Closed => f.write_str("the database is shutting down"),
        }
    }
}

impl std::error::Error for Error {}
