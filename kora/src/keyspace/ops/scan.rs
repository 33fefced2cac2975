//! Looking for keys: step by step, all at once, any.
//!
//! No lease is held from one step to the next, so what is found is not of one moment; a key
//! that is there all the while is found.

use bytes::Bytes;

use crate::arguments::ScanOptions;
use crate::engine::Sweep;
use crate::error::Result;
use crate::keyspace::{EntryRef, Key};
use crate::text::pattern;
use crate::types::Kind;

/// Which keys a scan is for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter<'a> {
    /// What the key's name matches.
    pub(crate) pattern: Option<&'a [u8]>,
    /// What the key holds.
    pub(crate) kind: Option<Kind>,
}

impl Filter<'_> {
    fn lets(self, entry: EntryRef<'_>) -> bool {
        self.kind.is_none_or(|kind| entry.kind() == kind)
            && self.pattern.is_none_or(|pattern| pattern::matches(pattern, entry.key()))
    }
}

/// Looks at `count` keys, or a few more, from a cursor on; the next cursor and the keys that
/// the filter lets pass.
pub(crate) fn scan_for(
    sweep: Sweep<'_>,
    cursor: u64,
    count: usize,
    filter: Filter<'_>,
) -> Result<(u64, Vec<Bytes>)> {
    let mut found = Vec::new();
    let next = sweep.scan(cursor, count, |entry| {
        if filter.lets(entry) {
            found.push(Bytes::copy_from_slice(entry.key()));
        }
    })?;
    Ok((next, found))
}

pub(crate) fn scan(
    sweep: Sweep<'_>,
    cursor: u64,
    options: ScanOptions<'_>,
) -> Result<(u64, Vec<Bytes>)> {
    let filter = Filter { pattern: options.pattern, kind: None };
    scan_for(sweep, cursor, options.count, filter)
}

pub(crate) fn scan_type(
    sweep: Sweep<'_>,
    cursor: u64,
    kind: Kind,
    options: ScanOptions<'_>,
) -> Result<(u64, Vec<Bytes>)> {
    let filter = Filter { pattern: options.pattern, kind: Some(kind) };
    scan_for(sweep, cursor, options.count, filter)
}

/// Every key whose name matches a pattern.
pub(crate) fn keys(sweep: Sweep<'_>, pattern: &[u8]) -> Result<Vec<Bytes>> {
    if pattern::is_literal(pattern) {
        let key = Key::new(pattern);
        let is_there = sweep.on(&key, |keyspace| Ok(keyspace.contains(&key)))?;
        return Ok(is_there.then(|| Bytes::copy_from_slice(pattern)).into_iter().collect());
    }
    let filter = Filter { pattern: Some(pattern).filter(|all| *all != b"*"), kind: None };
    let mut found = Vec::new();
    sweep.each(|entry| {
        if filter.lets(entry) {
            found.push(Bytes::copy_from_slice(entry.key()));
        }
    })?;
    Ok(found)
}

pub(crate) fn randomkey(sweep: Sweep<'_>) -> Result<Option<Bytes>> {
    Ok(sweep.random_key()?.map(Bytes::from))
}
