//! Kora: a data engine that lives inside a Rust service.
//!
//! Redis data types at memory speed, in the service's own process. [`Database`] is the way in:
//! typed methods named as Redis's commands, raw commands by [`Database::execute`], batches by
//! [`Database::pipeline`], and the same methods awaited by [`Database::asynchronous`].
//!
//! ```
//! use kora::{Database, cmd};
//!
//! let db = Database::in_memory();
//! db.set("greeting", "hello")?;
//! assert_eq!(db.get("greeting")?.as_deref(), Some(&b"hello"[..]));
//! let reply = db.execute(cmd!("APPEND", "greeting", " world"))?;
//! assert_eq!(reply.to_string(), "(integer) 11");
//! # Ok::<(), kora::Error>(())
//! ```
//!
//! Documents are JSON in collections with indexes, by [`Database::collection`]; or structs, by
//! [`Database::repository`], whose fields and indexes the compiler knows: see [`repository`].
//! Several steps on keys and documents are one by [`Database::transaction`].

mod clock;
mod config;
mod error;
mod mutation;
mod random;
mod text;

mod command;
mod document;
mod engine;
mod keyspace;
mod map;
mod pubsub;
mod query;
mod storage;
mod types;

mod arguments;
mod asynchronous;
mod database;
mod execution;
pub mod inspect;
pub mod repository;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
mod session;
mod surface;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod transaction;
mod waiting;

pub use bytes::Bytes;

pub use arguments::{ByteArg, ByteArgs, PairArgs, ScanOptions, ScoredArgs};
pub use asynchronous::AsyncDatabase;
pub use clock::Clock;
pub use command::command::{Argument, Command, ToArg};
pub use command::facts::{CommandFacts, Subject};
pub use command::response::CommandResponse;
pub use config::{Config, Durability, Eviction, KeyspaceEvents, Progress};
pub use database::{Database, Health, Pipeline, Scan};
pub use document::api::{
    Addable, Addend, AsyncCollection, AsyncFind, Collection, Document, Filter, Find, Index,
    IndexInfo, IntoFilter, Page, Parameter, ParameterList, Parameters, TransactionCollection,
    Update,
};
pub use document::collection::definition::IndexKind;
pub use document::plan::explain::Explain;
pub use engine::recovery::OpenReport;
pub use engine::snapshot::Snapshot;
#[cfg(feature = "axum")]
pub use error::Problem;
pub use error::{
    ArgumentError, ConnectionError, Damage, DocumentError, Error, IoFailure, Locked, Result,
    UniqueViolation, UnknownCommand, UnknownSubcommand,
};
pub use execution::Execution;
pub use keyspace::api::CopyOptions;
pub use keyspace::api::expiry::{ExpireTime, Ttl};
pub use keyspace::ops::expiry::ExpireCondition;
pub use keyspace::ops::sort::SortOptions;
#[cfg(feature = "derive")]
pub use kora_derive::{KoraDocument, KoraEmbed, KoraKey};
pub use pubsub::api::{AsyncSubscription, Message, Subscription};
pub use query::{Position, QueryError};
pub use repository::{AsyncRepository, KoraDocument, KoraEmbed, KoraKey, Repository, SchemaPolicy};
#[cfg(feature = "server")]
pub use server::{
    Address, ClientExecution, ClientSession, CommandLayers, CommandService, Server, ServerConfig,
};
#[cfg(feature = "server")]
pub use session::caller::Caller;
#[cfg(feature = "server")]
pub use session::host::OnShutdown;
// Its own program's options are read as CONFIG SET reads them.
#[cfg(feature = "server")]
#[doc(hidden)]
pub use text::size::parse_size;
pub use transaction::Transaction;
pub use types::Kind as KeyType;
pub use types::list::api::PositionOptions;
pub use types::list::ops::{Place, Side};
pub use types::string::api::{GetExpiry, SetOptions};
pub use types::zset::aggregate::Aggregate;
pub use types::zset::api::arguments::{LexRangeArg, ScoreRangeArg};
pub use types::zset::api::weighted::{WeightedKey, WeightedKeys};
pub use types::zset::ops::{ScoreEnd, ZAddOptions};
pub use types::zset::range::{Limit, ScoreRange};
