//! Values that go from one key to another, or to another numbered database: one step each,
//! wherever the two keys live.

use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::event::Event;
use crate::keyspace::{Detached, Key};

/// Gives a key's value and expiry to another key; what that one held is gone.
pub(crate) fn rename(
    transaction: &mut Transaction<'_>,
    source: Key<'_>,
    destination: Key<'_>,
) -> Result<()> {
    if source.bytes() == destination.bytes() {
        return if transaction.contains(&source) { Ok(()) } else { Err(Error::NoSuchKey) };
    }
    if transaction.contains(&source) {
        transaction.keyspace(&destination).remove_expired(&destination);
    }
    let mut from = transaction.keyspace(&source);
    let detached = from.detach(&source, Event::generic("rename_from")).ok_or(Error::NoSuchKey)?;
    let mut to = transaction.keyspace(&destination);
    to.attach(&destination, detached, Event::generic("rename_to"));
    Ok(())
}

/// As [`rename`], if the other key is not there; whether it did.
pub(crate) fn renamenx(
    transaction: &mut Transaction<'_>,
    source: Key<'_>,
    destination: Key<'_>,
) -> Result<bool> {
    if !transaction.contains(&source) {
        return Err(Error::NoSuchKey);
    }
    if transaction.contains(&destination) {
        return Ok(false);
    }
    rename(transaction, source, destination).map(|()| true)
}

/// Where a copy goes, and whether over something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CopyTo {
    /// The numbered database of the destination.
    pub(crate) number: u8,
    /// Whether what the destination holds may go.
    pub(crate) replace: bool,
}

/// Gives a key a copy of another's value and expiry; whether it did.
pub(crate) fn copy(
    transaction: &mut Transaction<'_>,
    source: Key<'_>,
    destination: Key<'_>,
    to: CopyTo,
) -> Result<bool> {
    if to.number == transaction.number() && source.bytes() == destination.bytes() {
        return Err(ArgumentError::SameObject.into());
    }
    let entry = transaction.reader(&source).and_then(|reader| reader.entry(&source));
    let Some(entry) = entry else { return Ok(false) };
    if !to.replace && transaction.contains_in(to.number, &destination) {
        return Ok(false);
    }
    let detached = Detached::copy(entry, transaction.job());
    let mut keyspace = transaction.keyspace_in(to.number, &destination);
    keyspace.admit()?;
    keyspace.attach(&destination, detached, Event::generic("copy_to"));
    Ok(true)
}

/// Moves a key to another numbered database if that has no such key; whether it did.
pub(crate) fn move_to(transaction: &mut Transaction<'_>, key: Key<'_>, number: u8) -> Result<bool> {
    if number == transaction.number() {
        return Err(ArgumentError::SameObject.into());
    }
    if transaction.contains_in(number, &key) {
        return Ok(false);
    }
    if transaction.contains(&key) {
        transaction.keyspace_in(number, &key).remove_expired(&key);
    }
    let detached = transaction.keyspace(&key).detach(&key, Event::generic("move_from"));
    let Some(detached) = detached else { return Ok(false) };
    transaction.keyspace_in(number, &key).attach(&key, detached, Event::generic("move_to"));
    Ok(true)
}
