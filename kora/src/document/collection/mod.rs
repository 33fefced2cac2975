//! What a collection holds: documents in partitions, and indexes beside them.
//!
//! Values and tables only: locks, the log and the registry of collections are the engine's.

pub(crate) mod claims;
pub(crate) mod definition;
pub(crate) mod index;
pub(crate) mod partition;
pub(crate) mod posting;
pub(crate) mod schema;
pub(crate) mod values;
