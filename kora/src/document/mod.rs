//! JSON documents.
//!
//! [`form`] is how one document is held in memory and on disk.

pub(crate) mod form;
