//! The typed methods on keys, whatever they hold.

pub(crate) mod expiry;
pub(crate) mod scan;
pub(crate) mod sort;

use std::time::Duration;

use crate::arguments::{ByteArg, ByteArgs, value_args};
use crate::engine::Transaction;
use crate::error::{ArgumentError, Result};
use crate::keyspace::Key;
use crate::keyspace::ops::transfer::{self, CopyTo};
use crate::keyspace::ops::{self, database};
use crate::surface::surface;
use crate::types::Kind as KeyType;

/// The options of [`Database::copy_with`](crate::Database::copy_with).
///
/// ```
/// use kora::{CopyOptions, Database};
///
/// let db = Database::in_memory();
/// db.set("draft", "text")?;
/// assert!(db.copy_with("draft", "page", CopyOptions::new().into_database(1).replace())?);
/// assert_eq!(db.select(1)?.strlen("page")?, 4);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CopyOptions {
    database: Option<usize>,
    replace: bool,
}

impl CopyOptions {
    /// Copies inside the database, if the destination is not there.
    pub fn new() -> CopyOptions {
        CopyOptions::default()
    }

    /// Copies into another numbered database (DB).
    #[must_use]
    pub fn into_database(self, number: usize) -> CopyOptions {
        CopyOptions { database: Some(number), ..self }
    }

    /// Copies whatever the destination holds (REPLACE).
    #[must_use]
    pub fn replace(self) -> CopyOptions {
        CopyOptions { replace: true, ..self }
    }
}

value_args!(CopyOptions, KeyType);

fn copy(transaction: &mut Transaction<'_>, source: Key<'_>, destination: Key<'_>) -> Result<bool> {
    copy_with(transaction, source, destination, CopyOptions::new())
}

fn copy_with(
    transaction: &mut Transaction<'_>,
    source: Key<'_>,
    destination: Key<'_>,
    options: CopyOptions,
) -> Result<bool> {
    let number = match options.database {
        None => transaction.number(),
        Some(number) => transaction.database(number).ok_or(ArgumentError::DatabaseIndex)?,
    };
    let to = CopyTo { number, replace: options.replace };
    transfer::copy(transaction, source, destination, to)
}

fn move_to(transaction: &mut Transaction<'_>, key: Key<'_>, database: usize) -> Result<bool> {
    let number = transaction.database(database).ok_or(ArgumentError::DatabaseIndex)?;
    transfer::move_to(transaction, key, number)
}

surface! {
    /// Removes keys in one step; how many were there. O(1) a key, and O(elements) to free them.
    write_together fn del[keys: impl ByteArgs]() -> usize = ops::del;

    /// Removes keys in one step; how many were there. O(1) a key: what is large is freed in the
    /// background.
    write_together fn unlink[keys: impl ByteArgs]() -> usize = ops::unlink;

    /// How many of the keys are there; one that is named twice counts twice. O(1) a key.
    read_together fn exists[keys: impl ByteArgs]() -> usize = ops::exists;

    /// Counts as a use of keys, so that they are evicted later; how many are there. O(1) a key.
    read_together fn touch[keys: impl ByteArgs]() -> usize = ops::touch;

    /// The type of what a key holds, `None` for a missing key. O(1).
    ///
    /// ```
    /// use kora::{Database, KeyType};
    ///
    /// let db = Database::in_memory();
    /// db.set("name", "ann")?;
    /// assert_eq!(db.key_type("name")?, Some(KeyType::String));
    /// assert_eq!(db.key_type("missing")?, None);
    /// # Ok::<(), kora::Error>(())
    /// ```
    read fn key_type(key) -> Option<KeyType> = ops::key_type;

    /// The name that Redis has for the form of a key's value in memory. O(1).
    read fn object_encoding(key) -> Option<&'static str> = ops::object_encoding;

    /// How long a key was not used, in whole seconds; an error under an LFU eviction policy.
    /// O(1).
    read fn object_idletime(key) -> Option<Duration> = ops::object_idletime;

    /// How often a key is used, as a counter up to 255 on a logarithmic scale; an error unless
    /// the eviction policy is an LFU one. O(1).
    read fn object_freq(key) -> Option<u32> = ops::object_freq;

    /// Gives the value and the expiry of a key to another key, whatever that held. O(1), and
    /// O(elements) to free what it held.
    ///
    /// # Errors
    /// [`Error::NoSuchKey`](crate::Error::NoSuchKey).
    write_together fn rename[source: impl ByteArg, destination: impl ByteArg]() -> () = transfer::rename;

    /// Renames a key if the new name is free; whether it did. O(1).
    ///
    /// # Errors
    /// [`Error::NoSuchKey`](crate::Error::NoSuchKey).
    write_together fn renamenx[source: impl ByteArg, destination: impl ByteArg]() -> bool = transfer::renamenx;

    /// Copies the value and the expiry of a key to one that is not there; whether it did.
    /// O(elements).
    write_together fn copy[source: impl ByteArg, destination: impl ByteArg]() -> bool = copy;

    /// COPY with its options; whether the value was copied. O(elements).
    write_together fn copy_with[source: impl ByteArg, destination: impl ByteArg](options: CopyOptions) -> bool = copy_with;

    /// Moves a key to another numbered database (MOVE) if that has no such key; whether it did.
    /// O(1).
    write_together fn move_to[key: impl ByteArg](database: usize) -> bool = move_to;

    /// How many keys the database has, those that have expired and were not yet removed among
    /// them. O(1): a look at each stripe.
    read_sweep fn dbsize() -> usize = database::dbsize;

    /// Removes every key of the database in one step. O(keys) to free them.
    write_sweep fn flushdb() -> () = database::flushdb;

    /// Removes every key of every numbered database in one step. O(keys) to free them.
    write_sweep fn flushall() -> () = database::flushall;

    /// Lets two numbered databases change places in one step, for every handle to them. O(1).
    ///
    /// ```
    /// let db = kora::Database::in_memory();
    /// db.select(1)?.set("colour", "green")?;
    /// db.swapdb(0, 1)?;
    /// assert_eq!(db.get("colour")?.as_deref(), Some(&b"green"[..]));
    /// # Ok::<(), kora::Error>(())
    /// ```
    write_sweep fn swapdb(a: usize, b: usize) -> () = database::swapdb;
}
