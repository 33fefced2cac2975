//! What can be done to keys, whatever they hold.
//!
//! Unlike the rest of the keyspace, operations may stand above the engine: those on several
//! keys work on a [`Transaction`], those on a whole numbered database on a
//! [`Sweep`](crate::engine::Sweep). An expired key is no key to any of them.

pub(crate) mod database;
pub(crate) mod expiry;
pub(crate) mod scan;
pub(crate) mod sort;
pub(crate) mod transfer;

use std::time::Duration;

use crate::engine::Transaction;
use crate::error::{ArgumentError, Result};
use crate::keyspace::{EntryRef, Key, Keyspace, eviction, lookups, read, write};
use crate::types::Kind;

/// Removes keys; how many were there. Their memory is free when the call returns.
pub(crate) fn del(transaction: &mut Transaction<'_>, keys: &[Key<'_>]) -> Result<usize> {
    transaction.prefetch(keys.iter());
    Ok(keys.iter().filter(|key| transaction.keyspace(key).remove(key)).count())
}

/// Removes keys; how many were there. A shard's thread frees what is large.
pub(crate) fn unlink(transaction: &mut Transaction<'_>, keys: &[Key<'_>]) -> Result<usize> {
    transaction.job().free_lazily();
    del(transaction, keys)
}

/// How many of the keys are there; one that is named twice counts twice.
pub(crate) fn exists(transaction: &mut Transaction<'_>, keys: &[Key<'_>]) -> Result<usize> {
    transaction.prefetch(keys.iter());
    let is_there = |key: &&Key<'_>| {
        let is_there = transaction.contains(key);
        lookups::count(is_there);
        is_there
    };
    Ok(keys.iter().filter(is_there).count())
}

/// Counts an access of each key; how many are there.
pub(crate) fn touch(transaction: &mut Transaction<'_>, keys: &[Key<'_>]) -> Result<usize> {
    transaction.prefetch(keys.iter());
    let touch = |key| {
        let is_there = transaction.reader(key).and_then(|reader| reader.use_entry(key)).is_some();
        lookups::count(is_there);
        is_there
    };
    Ok(keys.iter().filter(|key| touch(key)).count())
}

/// The entry of a key that somebody asks about, which is not to use it.
fn look_at<'a>(keyspace: &'a Keyspace<'_>, key: &Key<'_>) -> Option<EntryRef<'a>> {
    let entry = keyspace.peek(key);
    lookups::count(entry.is_some());
    entry
}

/// The type of what a key holds.
pub(crate) fn key_type(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Kind>> {
    Ok(look_at(keyspace, key).map(|entry| entry.kind()))
}

/// The name of the form that a key's value has in memory.
pub(crate) fn object_encoding(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
) -> Result<Option<&'static str>> {
    Ok(look_at(keyspace, key).map(read::encoding))
}

/// How long a key was not used, in whole seconds; an error under an LFU policy.
pub(crate) fn object_idletime(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
) -> Result<Option<Duration>> {
    let Some(entry) = look_at(keyspace, key) else { return Ok(None) };
    if keyspace.counts_frequency() {
        return Err(ArgumentError::LfuSelected.into());
    }
    let seconds = eviction::idle_seconds(keyspace.reader().job().shared, entry);
    Ok(Some(Duration::from_secs(seconds.into())))
}

/// Bytes that a key takes with its value, as the account of memory has them.
pub(crate) fn memory_usage(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<usize>> {
    Ok(keyspace.peek(key).map(|entry| write::entry_bytes(entry.block())))
}

/// How often a key is used, as a counter on a logarithmic scale up to 255; an error unless
/// the policy is an LFU one.
pub(crate) fn object_freq(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<u32>> {
    let Some(entry) = look_at(keyspace, key) else { return Ok(None) };
    if !keyspace.counts_frequency() {
        return Err(ArgumentError::LfuNotSelected.into());
    }
    Ok(Some(eviction::frequency(keyspace.reader().job().shared, entry)))
}
