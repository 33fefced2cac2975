//! What is on disk: the commit log, snapshots, the manifest that names them, and how they are
//! read again.
//!
//! This module knows bytes and files. What the bytes mean is the keyspace's business
//! (`keyspace/effect.rs`), when they are written the engine's (`engine/effect_log.rs`,
//! `engine/snapshot.rs`, `engine/recovery.rs`).

pub(crate) mod directory;
pub(crate) mod failure;
pub(crate) mod format;
pub(crate) mod fs;
pub(crate) mod log;
pub(crate) mod lost;
pub(crate) mod snapshot;
#[cfg(test)]
mod tests;

pub(crate) use directory::Directory;
pub(crate) use format::Lsn;
pub(crate) use log::{Changes, Log};
