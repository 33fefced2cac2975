//! What can be done to sorted sets, on one keyspace or on several.

mod combine;
mod read;
mod remove;
mod update;

pub(crate) use combine::*;
pub(crate) use read::*;
pub(crate) use remove::*;
pub(crate) use update::*;

pub use remove::ScoreEnd;
pub use update::ZAddOptions;
