//! DOC.* commands: collections, documents, queries and indexes by words.
//!
//! Redis has none of them, so each entry says how its words are written. JSON text exists only
//! here: it becomes a form before anything is held, and a form becomes text after everything is let
//! go. The commands call the operations that the methods call.
//!
//! Commands on documents with known ids run in place; what may go over a whole collection is a
//! sweep, which asynchronous callers leave to a shard's thread.

pub(crate) mod collections;
pub(crate) mod documents;
pub(crate) mod expiry;
pub(crate) mod indexes;
pub(crate) mod query;
pub(crate) mod update;

mod words;

/// The version of Kora that brought the commands.
const SINCE: &str = "0.1.0";
