//! What can be done to strings, on one keyspace or on several.

use std::time::Duration;

use bytes::Bytes;

use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::write::Expiry;
use crate::keyspace::{Key, Keyspace, Short, deadline};
use crate::text::lcs;
use crate::text::long_double::LongDouble;
use crate::types::string::copies::Copies;
use crate::types::string::value::{Str, StrEffect, StrView};
use crate::types::{BYTES_LEN_MAX, TypedValue};

/// Longest string.
pub(crate) const LEN_MAX: usize = BYTES_LEN_MAX;

/// When SET writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Condition {
    #[default]
    Always,
    /// NX: only a key that is not there.
    Absent,
    /// XX: only a key that is there.
    Present,
}

/// What SET did.
#[derive(Debug, Default)]
pub(crate) struct SetOutcome {
    /// Whether the value was written.
    pub(crate) written: bool,
    /// What the key held before, when it was asked for.
    pub(crate) old: Option<Bytes>,
}

pub(crate) fn get(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Bytes>> {
    Ok(keyspace.read::<Str>(key)?.map(StrView::to_bytes))
}

/// [`get`], the short way.
#[inline(always)]
pub(crate) fn get_shortly(short: Short<'_>, key: &Key<'_>) -> Option<Option<Bytes>> {
    let text = short.string(key, true)?;
    Some(text.map(|text| Bytes::from(Box::<[u8]>::from(text))))
}

pub(crate) fn set(keyspace: &mut Keyspace<'_>, key: &Key<'_>, value: &[u8]) -> Result<()> {
    write(keyspace, key, value, Expiry::Never)
}

/// [`set`], the short way.
#[inline(always)]
pub(crate) fn set_shortly(mut short: Short<'_>, key: &Key<'_>, value: &[u8]) -> Option<()> {
    short.overwrite(key, value)
}

/// Gives the key a string, if there is room for it.
fn write(keyspace: &mut Keyspace<'_>, key: &Key<'_>, value: &[u8], expiry: Expiry) -> Result<()> {
    check_len(value.len())?;
    keyspace.admit()?;
    keyspace.store_string(key, value, expiry);
    Ok(())
}

fn check_len(len: usize) -> Result<()> {
    if len > LEN_MAX { Err(ArgumentError::StringTooLong.into()) } else { Ok(()) }
}

/// SET with its options. `get` asks for the old value, which must then be a string.
pub(crate) fn set_with(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    value: &[u8],
    expiry: Expiry,
    condition: Condition,
    get: bool,
) -> Result<SetOutcome> {
    let old = if get { self::get(keyspace, key)? } else { None };
    let written = match condition {
        Condition::Always => true,
        Condition::Absent => !keyspace.contains(key),
        Condition::Present => keyspace.contains(key),
    };
    if written {
        write(keyspace, key, value, expiry)?;
    }
    Ok(SetOutcome { written, old })
}

pub(crate) fn setnx(keyspace: &mut Keyspace<'_>, key: &Key<'_>, value: &[u8]) -> Result<bool> {
    let outcome = set_with(keyspace, key, value, Expiry::Never, Condition::Absent, false)?;
    Ok(outcome.written)
}

pub(crate) fn setex(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    ttl: Duration,
    value: &[u8],
) -> Result<()> {
    let deadline = deadline::after(keyspace.now(), ttl, "setex")?;
    write(keyspace, key, value, Expiry::At(deadline))
}

pub(crate) fn getset(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    value: &[u8],
) -> Result<Option<Bytes>> {
    set_with(keyspace, key, value, Expiry::Never, Condition::Always, true).map(|done| done.old)
}

pub(crate) fn getdel(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Bytes>> {
    let old = get(keyspace, key)?;
    if old.is_some() {
        keyspace.remove(key);
    }
    Ok(old)
}

/// Reads a string and sets its deadline.
pub(crate) fn getex(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    expiry: Expiry,
) -> Result<Option<Bytes>> {
    let value = keyspace.glance::<Str>(key)?.map(StrView::to_bytes);
    match expiry {
        Expiry::Keep => {}
        Expiry::Never => {
            keyspace.set_deadline(key, None);
        }
        Expiry::At(deadline) if deadline <= keyspace.now() => {
            keyspace.remove(key);
        }
        Expiry::At(deadline) => {
            keyspace.set_deadline(key, Some(deadline));
        }
    }
    Ok(value)
}

pub(crate) fn strlen(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<usize> {
    Ok(keyspace.read::<Str>(key)?.map_or(0, StrView::len))
}

pub(crate) fn append(keyspace: &mut Keyspace<'_>, key: &Key<'_>, tail: &[u8]) -> Result<usize> {
    let old_len = keyspace.glance::<Str>(key)?.map_or(0, StrView::len);
    check_len(old_len.saturating_add(tail.len()))?;
    let mut string = keyspace.edit_or_new::<Str>(key)?;
    let effect = if string.is_new() { StrEffect::Set(tail) } else { StrEffect::Append(tail) };
    string.apply(&effect);
    Ok(old_len + tail.len())
}

/// The bytes from `start` to `end`, both included, negative from the end.
pub(crate) fn getrange(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    start: i64,
    end: i64,
) -> Result<Bytes> {
    let Some(view) = keyspace.read::<Str>(key)? else { return Ok(Bytes::new()) };
    let range = range(start, end, view.len());
    Ok(match view {
        StrView::Large(bytes) => bytes.slice(range),
        StrView::Integer(_) | StrView::Inline(..) => {
            view.with(|bytes| Bytes::copy_from_slice(&bytes[range]))
        }
    })
}

fn range(start: i64, end: i64, len: usize) -> std::ops::Range<usize> {
    // Lengths are at most LEN_MAX, so nothing below overflows.
    let signed_len = i64::try_from(len).unwrap_or(i64::MAX);
    if start < 0 && end < 0 && start > end {
        return 0..0;
    }
    let place = |at: i64| if at < 0 { (signed_len.saturating_add(at)).max(0) } else { at };
    let (first, last) = (place(start), place(end).min(signed_len - 1));
    if first > last {
        return 0..0;
    }
    let index = |at: i64| usize::try_from(at).unwrap_or(0);
    index(first)..index(last) + 1
}

/// Writes `part` at `offset`, zeros before it where there is nothing; the new length.
pub(crate) fn setrange(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    offset: usize,
    part: &[u8],
) -> Result<usize> {
    let old_len = keyspace.glance::<Str>(key)?.map_or(0, StrView::len);
    if part.is_empty() {
        return Ok(old_len);
    }
    let end = offset.saturating_add(part.len());
    check_len(end)?;
    keyspace.edit_or_new::<Str>(key)?.apply(&StrEffect::Overwrite { offset, part });
    Ok(old_len.max(end))
}

/// Adds to an integer; a missing key counts as 0.
pub(crate) fn incrby(keyspace: &mut Keyspace<'_>, key: &Key<'_>, by: i64) -> Result<i64> {
    if let Some(new) = keyspace.add_to_integer(key, by)? {
        return Ok(new);
    }
    let mut string = keyspace.edit_or_new::<Str>(key)?;
    let old =
        if string.is_new() { 0 } else { string.view().integer().ok_or(Error::NotAnInteger)? };
    let new = old.checked_add(by).ok_or(Error::Overflow)?;
    string.apply(&StrEffect::Integer(new));
    Ok(new)
}

pub(crate) fn incr(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<i64> {
    incrby(keyspace, key, 1)
}

pub(crate) fn decr(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<i64> {
    incrby(keyspace, key, -1)
}

pub(crate) fn decrby(keyspace: &mut Keyspace<'_>, key: &Key<'_>, by: i64) -> Result<i64> {
    incrby(keyspace, key, by.checked_neg().ok_or(ArgumentError::DecrementOverflow)?)
}

/// Adds to a number in Redis's arithmetic (80-bit floats); the new text.
pub(crate) fn incrbyfloat_text(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    by: &[u8],
) -> Result<Bytes> {
    let view = keyspace.glance::<Str>(key)?;
    let old = view.map_or(Ok(LongDouble::ZERO), |view| {
        view.with(LongDouble::parse).ok_or(Error::NotAFloat)
    })?;
    let by = LongDouble::parse(by).ok_or(Error::NotAFloat)?;
    let new = old.add(by).ok_or(Error::NotFinite)?;
    let mut text = Vec::new();
    new.write(&mut text);
    keyspace.edit_or_new::<Str>(key)?.apply(&StrEffect::Text(&text));
    Ok(text.into())
}

/// As [`incrbyfloat_text`], between `f64`s.
pub(crate) fn incrbyfloat(keyspace: &mut Keyspace<'_>, key: &Key<'_>, by: f64) -> Result<f64> {
    let mut text = Vec::new();
    crate::text::double::write_f64(&mut text, by);
    let new = incrbyfloat_text(keyspace, key, &text)?;
    crate::text::double::parse_f64(&new).ok_or(Error::NotFinite)
}

/// The strings of several keys; `None` for a key that is missing or of another type.
pub(crate) fn mget(
    transaction: &mut Transaction<'_>,
    keys: &[Key<'_>],
) -> Result<Vec<Option<Bytes>>> {
    transaction.prefetch(keys.iter());
    let mut copies = Copies::of(keys.len());
    let read = |key| {
        let view = transaction.read::<Str>(key).ok().flatten()?;
        Some(view.copy_with(&mut copies))
    };
    Ok(keys.iter().map(read).collect())
}

pub(crate) fn mset(transaction: &mut Transaction<'_>, pairs: &[(Key<'_>, &[u8])]) -> Result<()> {
    pairs.iter().try_for_each(|(_, value)| check_len(value.len()))?;
    if let Some((key, _)) = pairs.first() {
        transaction.keyspace(key).admit()?;
    }
    transaction.prefetch(pairs.iter().map(|(key, _)| key));
    for (key, value) in pairs {
        transaction.keyspace(key).store_string(key, value, Expiry::Never);
    }
    Ok(())
}

/// Writes all pairs if none of the keys is there; whether it did.
pub(crate) fn msetnx(
    transaction: &mut Transaction<'_>,
    pairs: &[(Key<'_>, &[u8])],
) -> Result<bool> {
    if pairs.iter().any(|(key, _)| transaction.keyspace(key).contains(key)) {
        return Ok(false);
    }
    mset(transaction, pairs).map(|()| true)
}

/// Says no if one of two keys holds what is no string.
pub(crate) fn check_two(transaction: &Transaction<'_>, keys: [&Key<'_>; 2]) -> Result<()> {
    for key in keys {
        transaction.read::<Str>(key).map_err(|_type| ArgumentError::LcsTypes)?;
    }
    Ok(())
}

/// Calls `f` with both strings; a missing key counts as empty.
fn with_two<R>(
    transaction: &Transaction<'_>,
    a: &Key<'_>,
    b: &Key<'_>,
    f: impl FnOnce(&[u8], &[u8]) -> R,
) -> Result<R> {
    let read = |key| {
        let view = transaction.glance::<Str>(key).map_err(|_type| ArgumentError::LcsTypes)?;
        Ok::<_, Error>(view.unwrap_or(StrView::Inline(b"", false)))
    };
    let (a, b) = (read(a)?, read(b)?);
    Ok(a.with(|a| b.with(|b| f(a, b))))
}

fn check_lcs(a: &[u8], b: &[u8]) -> Result<()> {
    match lcs::table_bytes(a.len(), b.len()) {
        Some(bytes) if bytes <= LEN_MAX => Ok(()),
        _ => Err(ArgumentError::LcsTooLarge.into()),
    }
}

/// The longest common subsequence of two strings.
pub(crate) fn lcs(transaction: &mut Transaction<'_>, a: Key<'_>, b: Key<'_>) -> Result<Bytes> {
    with_two(transaction, &a, &b, |a, b| {
        check_lcs(a, b)?;
        Ok(lcs::lcs(a, b).into())
    })?
}

/// The length of the longest common subsequence.
pub(crate) fn lcs_len(transaction: &mut Transaction<'_>, a: Key<'_>, b: Key<'_>) -> Result<usize> {
    with_two(transaction, &a, &b, |a, b| {
        check_lcs(a, b)?;
        Ok(lcs::lcs_len(a, b))
    })?
}

/// The runs that make up the longest common subsequence, the last first.
pub(crate) fn lcs_matches(
    transaction: &mut Transaction<'_>,
    a: &Key<'_>,
    b: &Key<'_>,
    len_min: usize,
) -> Result<lcs::Matches> {
    with_two(transaction, a, b, |a, b| {
        check_lcs(a, b)?;
        Ok(lcs::lcs_matches(a, b, len_min))
    })?
}
