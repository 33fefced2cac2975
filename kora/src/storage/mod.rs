//! What outlives the process: the files of a data directory.
//!
//! It knows bytes and files, and neither commands nor keyspaces: what the bytes mean is the
//! matter of who hands them in. [`fs`] is the only way to a file.

pub(crate) mod fs;
