//! What can be done to hashes, on one keyspace.
//!
//! What only reads returns [`Pair`]s that borrow from the keyspace, for commands to reply with and
//! for methods to copy out. Random choices are made here, so that an effect is the same again.

use ahash::AHashSet;
use bytes::Bytes;

use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::{Key, Keyspace};
use crate::random;
use crate::text::double;
use crate::text::integer::{IntegerText, parse_i64, write_i64};
use crate::text::long_double::LongDouble;
use crate::text::pattern;
use crate::types::hash::value::{Hash, HashEffect, HashView, Pair};
use crate::types::packed::Element;
use crate::types::{BYTES_LEN_MAX, Change, TypedValue};

/// Most fields chosen with repetition in one call. Redis has no limit and would build any answer;
/// in the caller's process one such call must not take all memory. Arbitrary.
const REPEATED_MAX: usize = 1 << 24;
/// A choice of less than one in so many fields of a table tries fields at random, and a larger one
/// passes over all of them. Redis's `HRANDFIELD_SUB_STRATEGY_MUL`.
const SPARSE: usize = 3;

pub(crate) fn get(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    field: &[u8],
) -> Result<Option<Bytes>> {
    let view = keyspace.read::<Hash>(key)?;
    Ok(view.and_then(|view| view.get(field)).map(Element::to_bytes))
}

/// The values of several fields, `None` for a field that is not there.
pub(crate) fn mget(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    fields: &[&[u8]],
) -> Result<Vec<Option<Bytes>>> {
    let view = keyspace.read::<Hash>(key)?;
    let get = |field: &&[u8]| view.and_then(|view| view.get(field)).map(Element::to_bytes);
    Ok(fields.iter().map(get).collect())
}

/// Gives a field a value; whether the field is new.
pub(crate) fn set(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    field: &[u8],
    value: &[u8],
) -> Result<bool> {
    set_many(keyspace, key, &[(field, value)]).map(|added| added > 0)
}

/// Gives fields their values; how many fields are new.
pub(crate) fn set_many(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    pairs: &[(&[u8], &[u8])],
) -> Result<usize> {
    pairs.iter().try_for_each(|(field, value)| check_len(field, value))?;
    let mut hash = keyspace.edit_or_new::<Hash>(key)?;
    let mut put = |&(field, value)| hash.apply(&HashEffect::Put { field, value });
    Ok(pairs.iter().filter(|pair| put(pair) == Change::Added).count())
}

/// Gives a field a value if the field is not there; whether it did.
pub(crate) fn setnx(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    field: &[u8],
    value: &[u8],
) -> Result<bool> {
    check_len(field, value)?;
    let mut hash = keyspace.edit_or_new::<Hash>(key)?;
    let is_new = hash.view().get(field).is_none();
    if is_new {
        hash.apply(&HashEffect::Put { field, value });
    }
    Ok(is_new)
}

fn check_len(field: &[u8], value: &[u8]) -> Result<()> {
    if field.len().max(value.len()) > BYTES_LEN_MAX {
        return Err(ArgumentError::StringTooLong.into());
    }
    Ok(())
}

/// Takes fields out; how many were there.
pub(crate) fn del(keyspace: &mut Keyspace<'_>, key: &Key<'_>, fields: &[&[u8]]) -> Result<usize> {
    let Some(mut hash) = keyspace.edit::<Hash>(key)? else { return Ok(0) };
    let mut remove = |field| hash.apply(&HashEffect::Remove { field });
    Ok(fields.iter().filter(|field| remove(field) == Change::Removed).count())
}

pub(crate) fn exists(keyspace: &mut Keyspace<'_>, key: &Key<'_>, field: &[u8]) -> Result<bool> {
    let view = keyspace.read::<Hash>(key)?;
    Ok(view.is_some_and(|view| view.get(field).is_some()))
}

pub(crate) fn len(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<usize> {
    Ok(keyspace.read::<Hash>(key)?.map_or(0, HashView::len))
}

/// The length of a field's value, 0 for a field that is not there.
pub(crate) fn strlen(keyspace: &mut Keyspace<'_>, key: &Key<'_>, field: &[u8]) -> Result<usize> {
    let view = keyspace.read::<Hash>(key)?;
    Ok(view.and_then(|view| view.get(field)).map_or(0, |value| value.len()))
}

/// Adds to a field's integer; a missing field counts as 0.
pub(crate) fn incrby(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    field: &[u8],
    by: i64,
) -> Result<i64> {
    check_len(field, b"")?;
    let mut hash = keyspace.edit_or_new::<Hash>(key)?;
    let old = match hash.view().get(field) {
        None => 0,
        Some(Element::Integer(n)) => n,
        Some(Element::Bytes(text)) => parse_i64(text).ok_or(Error::HashValueNotAnInteger)?,
    };
    let new = old.checked_add(by).ok_or(Error::Overflow)?;
    let mut text = IntegerText::new();
    hash.apply_as("hincrby", &HashEffect::Put { field, value: write_i64(&mut text, new) });
    Ok(new)
}

/// Adds to a field's number in Redis's arithmetic (80-bit floats); the new text.
pub(crate) fn incrbyfloat_text(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    field: &[u8],
    by: &[u8],
) -> Result<Bytes> {
    add_float(keyspace, key, field, by, |text| Some(Bytes::copy_from_slice(text)))
}

/// As [`incrbyfloat_text`], between `f64`s.
pub(crate) fn incrbyfloat(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    field: &[u8],
    by: f64,
) -> Result<f64> {
    let mut text = Vec::new();
    double::write_f64(&mut text, by);
    add_float(keyspace, key, field, &text, double::parse_f64)
}

/// Adds to a field's number, if the caller can `read` the sum's text.
fn add_float<R>(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    field: &[u8],
    by: &[u8],
    read: impl FnOnce(&[u8]) -> Option<R>,
) -> Result<R> {
    check_len(field, b"")?;
    let by = LongDouble::parse(by).ok_or(Error::NotAFloat)?;
    if !by.is_finite() {
        return Err(ArgumentError::NanOrInfinity.into());
    }
    let mut hash = keyspace.edit_or_new::<Hash>(key)?;
    let old = match hash.view().get(field) {
        None => LongDouble::ZERO,
        Some(value) => value.with_bytes(LongDouble::parse).ok_or(Error::HashValueNotAFloat)?,
    };
    let mut text = Vec::new();
    old.add(by).ok_or(Error::NotFinite)?.write(&mut text);
    let sum = read(&text).ok_or(Error::NotFinite)?;
    hash.apply_as("hincrbyfloat", &HashEffect::Put { field, value: &text });
    Ok(sum)
}

/// A field with its value, chosen about uniformly.
pub(crate) fn pick<'k>(keyspace: &'k mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Pair<'k>>> {
    Ok(keyspace.read::<Hash>(key)?.and_then(|view| view.pick(random::next)))
}

/// So many different fields with their values, or all if there are not so many; with a negative
/// count just so many, which need not differ.
pub(crate) fn pick_many<'k>(
    keyspace: &'k mut Keyspace<'_>,
    key: &Key<'_>,
    count: i64,
) -> Result<Vec<Pair<'k>>> {
    let Some(view) = keyspace.read::<Hash>(key)? else { return Ok(Vec::new()) };
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count < 0 {
        return repeated(view, wanted);
    }
    let is_table = matches!(view, HashView::Table(_));
    let is_sparse = is_table && wanted < view.len() / SPARSE;
    Ok(if is_sparse { sparse(view, wanted) } else { dense(view, wanted) })
}

/// Picks that may be the same.
fn repeated<'a>(view: HashView<'a>, count: usize) -> Result<Vec<Pair<'a>>> {
    if count > REPEATED_MAX {
        return Err(Error::TooLarge { what: "a random choice has at most 16,777,216 picks" });
    }
    let picks = 0..count;
    Ok(match view {
        HashView::Packed(..) => {
            let mut all = Vec::new();
            view.each(|pair| all.push(pair));
            picks.map(|_| all[random::below(all.len())]).collect()
        }
        HashView::Table(_) => picks.filter_map(|_| view.pick(random::next)).collect(),
    })
}

/// Different picks, few of many: picks that came before are thrown away.
fn sparse<'a>(view: HashView<'a>, count: usize) -> Vec<Pair<'a>> {
    let (mut chosen, mut seen) = (Vec::new(), AHashSet::new());
    while chosen.len() < count {
        let Some(pair) = view.pick(random::next) else { break };
        if pair.0.with_bytes(|field| seen.insert(field.as_ptr().addr())) {
            chosen.push(pair);
        }
    }
    chosen
}

/// Different picks by one pass over all fields: each is taken with the chance that makes every
/// choice of so many equally likely (selection sampling: Knuth, The Art of Computer Programming
/// 3.4.2, algorithm S).
fn dense<'a>(view: HashView<'a>, count: usize) -> Vec<Pair<'a>> {
    let (mut left, mut chosen) = (view.len(), Vec::new());
    let wanted = count.min(left);
    view.each(|pair| {
        if random::below(left) < wanted - chosen.len() {
            chosen.push(pair);
        }
        left -= 1;
    });
    chosen
}

/// The fields that match, of those that one step of a scan visits, and the next cursor.
pub(crate) fn scan<'k>(
    keyspace: &'k mut Keyspace<'_>,
    key: &Key<'_>,
    cursor: u64,
    pattern: Option<&[u8]>,
    count: usize,
) -> Result<(u64, Vec<Pair<'k>>)> {
    let Some(view) = keyspace.glance::<Hash>(key)? else { return Ok((0, Vec::new())) };
    let mut found = Vec::new();
    let next = view.scan(cursor, count, |pair| {
        let matches = |field: &[u8]| pattern.is_none_or(|pattern| pattern::matches(pattern, field));
        if pair.0.with_bytes(matches) {
            found.push(pair);
        }
    });
    Ok((next, found))
}
