//! What can be done to sets, on one keyspace or on several.

use bytes::Bytes;

use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::event::Event;
use crate::keyspace::{Key, Keyspace};
use crate::random;
use crate::text::pattern;
use crate::types::packed::Element;
use crate::types::set::value::{Set, SetBuilder, SetEffect};
use crate::types::set::view::SetView;
use crate::types::set::{algebra, sample};
use crate::types::{BYTES_LEN_MAX, Change, Kind, TypedValue};

/// Most picks of one answer that may repeat. Redis has no limit and dies of a large count; this
/// one is arbitrary, about a gigabyte of answer.
const REPEATED_MAX: usize = 1 << 24;

/// Adds members; how many were not there.
pub(crate) fn add(keyspace: &mut Keyspace<'_>, key: &Key<'_>, members: &[&[u8]]) -> Result<usize> {
    if members.iter().any(|member| member.len() > BYTES_LEN_MAX) {
        return Err(ArgumentError::StringTooLong.into());
    }
    let mut set = keyspace.edit_or_new::<Set>(key)?;
    let mut added = 0;
    for member in members {
        added += usize::from(set.apply(&SetEffect::Add(member)) == Change::Added);
    }
    Ok(added)
}

/// Takes members out; how many were there.
pub(crate) fn remove(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    members: &[&[u8]],
) -> Result<usize> {
    let Some(mut set) = keyspace.edit::<Set>(key)? else { return Ok(0) };
    let mut removed = 0;
    for member in members {
        removed += usize::from(set.apply(&SetEffect::Remove(member)) == Change::Removed);
    }
    Ok(removed)
}

/// Copies of all members.
pub(crate) fn members(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Vec<Bytes>> {
    Ok(keyspace.read::<Set>(key)?.map_or_else(Vec::new, copies))
}

fn copies(set: SetView<'_>) -> Vec<Bytes> {
    let mut members = Vec::with_capacity(set.len());
    set.each(|member| members.push(member.to_bytes()));
    members
}

/// Whether a member is there.
pub(crate) fn contains(keyspace: &mut Keyspace<'_>, key: &Key<'_>, member: &[u8]) -> Result<bool> {
    Ok(keyspace.read::<Set>(key)?.is_some_and(|set| set.contains(member)))
}

/// For each of some members whether it is there.
pub(crate) fn contains_each(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    members: &[&[u8]],
) -> Result<Vec<bool>> {
    let set = keyspace.read::<Set>(key)?;
    let is_there = |member: &&[u8]| set.is_some_and(|set| set.contains(member));
    Ok(members.iter().map(is_there).collect())
}

/// How many members there are.
pub(crate) fn len(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<usize> {
    Ok(keyspace.read::<Set>(key)?.map_or(0, SetView::len))
}

/// Takes a random member out.
pub(crate) fn pop(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Bytes>> {
    let Some(mut set) = keyspace.edit::<Set>(key)? else { return Ok(None) };
    let popped = set.view().pick(random::next).map(Element::to_bytes);
    if let Some(member) = &popped {
        set.apply_as("spop", &SetEffect::Remove(member));
    }
    Ok(popped)
}

/// Takes random members out: so many, or all if there are not so many.
pub(crate) fn pop_many(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    count: usize,
) -> Result<Vec<Bytes>> {
    let Some(set) = keyspace.read::<Set>(key)? else { return Ok(Vec::new()) };
    if count >= set.len() {
        let members = copies(set);
        keyspace.remove(key);
        return Ok(members);
    }
    if count > set.len() / 2 {
        // What stays is less than what goes, so it is what the effect says.
        let (popped, rest) = sample::split(set, count, random::next);
        let deadline = keyspace.peek(key).and_then(|entry| entry.deadline());
        keyspace.call(Event::of(Kind::Set, "spop"));
        keyspace.store(key, rest, deadline);
        return Ok(popped);
    }
    let popped = sample::distinct(set, count, random::next);
    let popped: Vec<Bytes> = popped.into_iter().map(Element::to_bytes).collect();
    if let Some(mut set) = keyspace.edit::<Set>(key)? {
        for member in &popped {
            set.apply_as("spop", &SetEffect::Remove(member));
        }
    }
    Ok(popped)
}

/// A member, chosen about uniformly.
pub(crate) fn pick<'k>(
    keyspace: &'k mut Keyspace<'_>,
    key: &Key<'_>,
) -> Result<Option<Element<'k>>> {
    Ok(keyspace.read::<Set>(key)?.and_then(|set| set.pick(random::next)))
}

/// So many different members, or all if there are not so many; with a negative count just so
/// many, which need not differ.
pub(crate) fn pick_many<'k>(
    keyspace: &'k mut Keyspace<'_>,
    key: &Key<'_>,
    count: i64,
) -> Result<Vec<Element<'k>>> {
    let Some(set) = keyspace.read::<Set>(key)? else { return Ok(Vec::new()) };
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count >= 0 {
        return Ok(sample::distinct(set, wanted, random::next));
    }
    if wanted > REPEATED_MAX {
        return Err(Error::TooLarge { what: "a random choice has at most 16,777,216 picks" });
    }
    Ok(sample::repeated(set, wanted, random::next).collect())
}

/// The members that match, of those that one step of a scan visits, and the next cursor.
pub(crate) fn scan<'k>(
    keyspace: &'k mut Keyspace<'_>,
    key: &Key<'_>,
    cursor: u64,
    pattern: Option<&[u8]>,
    count: usize,
) -> Result<(u64, Vec<Element<'k>>)> {
    let Some(set) = keyspace.glance::<Set>(key)? else { return Ok((0, Vec::new())) };
    let mut found = Vec::new();
    let next = set.scan(cursor, count, |member| {
        let matches = |pattern| member.with_bytes(|text| pattern::matches(pattern, text));
        if pattern.is_none_or(matches) {
            found.push(member);
        }
    });
    Ok((next, found))
}

/// Moves a member from one set to another; whether it was there.
pub(crate) fn move_member(
    transaction: &mut Transaction<'_>,
    source: Key<'_>,
    destination: Key<'_>,
    member: &[u8],
) -> Result<bool> {
    let Some(from) = transaction.glance::<Set>(&source)? else { return Ok(false) };
    let (is_there, to) = (from.contains(member), transaction.glance::<Set>(&destination)?);
    if !is_there || source.bytes() == destination.bytes() {
        return Ok(is_there);
    }
    let is_new = to.is_none();
    transaction.keyspace(&destination).remove_expired(&destination);
    if let Some(mut set) = transaction.keyspace(&source).edit::<Set>(&source)? {
        set.apply(&SetEffect::Remove(member));
    }
    let mut keyspace = transaction.keyspace(&destination);
    if is_new {
        // Redis moves when memory is full, and the write door opens new values only when it
        // is not.
        let mut set = Set::default();
        set.insert(member);
        keyspace.store_as("sadd", &destination, set);
    } else if let Some(mut set) = keyspace.edit::<Set>(&destination)? {
        set.apply(&SetEffect::Add(member));
    }
    Ok(true)
}

/// The sets of some keys; `None` for a key that is missing.
fn views<'t>(
    transaction: &'t Transaction<'_>,
    keys: &[Key<'_>],
) -> Result<Vec<Option<SetView<'t>>>> {
    transaction.prefetch(keys.iter());
    keys.iter().map(|key| transaction.read::<Set>(key)).collect()
}

/// Visits the members that all keys' sets have, until `visit` says no.
fn intersect<'t>(
    transaction: &'t Transaction<'_>,
    keys: &[Key<'_>],
    visit: impl FnMut(Element<'t>) -> bool,
) -> Result<()> {
    let sets: Option<Vec<SetView<'_>>> = views(transaction, keys)?.into_iter().collect();
    if let Some(mut sets) = sets {
        algebra::intersection(&mut sets, visit);
    }
    Ok(())
}

/// Visits the members that any key's set has.
fn unite<'t>(
    transaction: &'t Transaction<'_>,
    keys: &[Key<'_>],
    visit: impl FnMut(Element<'t>),
) -> Result<()> {
    let mut sets: Vec<SetView<'_>> = views(transaction, keys)?.into_iter().flatten().collect();
    algebra::union(&mut sets, visit);
    Ok(())
}

/// Visits the members of the first key's set that no other key's set has.
fn subtract<'t>(
    transaction: &'t Transaction<'_>,
    keys: &[Key<'_>],
    visit: impl FnMut(Element<'t>),
) -> Result<()> {
    let mut sets = views(transaction, keys)?.into_iter();
    if let Some(first) = sets.next().flatten() {
        let mut others: Vec<SetView<'_>> = sets.flatten().collect();
        algebra::difference(first, &mut others, visit);
    }
    Ok(())
}

/// Gives a key a set that was made of others; how many members it has.
fn store(
    transaction: &mut Transaction<'_>,
    name: &'static str,
    destination: &Key<'_>,
    result: SetBuilder,
) -> usize {
    let set = result.finish();
    let len = set.view().len();
    transaction.keyspace(destination).store_as(name, destination, set);
    len
}

/// The members that all keys' sets have.
pub(crate) fn intersection<'t>(
    transaction: &'t mut Transaction<'_>,
    keys: &[Key<'_>],
) -> Result<Vec<Element<'t>>> {
    let mut members = Vec::new();
    intersect(transaction, keys, |member| {
        members.push(member);
        true
    })?;
    Ok(members)
}

/// How many members all keys' sets have; counts up to `limit`, unless that is 0.
pub(crate) fn intersection_len(
    transaction: &mut Transaction<'_>,
    keys: &[Key<'_>],
    limit: usize,
) -> Result<usize> {
    let mut count = 0;
    intersect(transaction, keys, |_| {
        count += 1;
        count != limit
    })?;
    Ok(count)
}

/// Gives a key the members that all keys' sets have; how many they are.
pub(crate) fn store_intersection(
    transaction: &mut Transaction<'_>,
    destination: Key<'_>,
    keys: &[Key<'_>],
) -> Result<usize> {
    transaction.keyspace(&destination).admit()?;
    let mut result = SetBuilder::default();
    intersect(transaction, keys, |member| {
        result.push(member);
        true
    })?;
    Ok(store(transaction, "sinterstore", &destination, result))
}

/// The members that any key's set has.
pub(crate) fn union<'t>(
    transaction: &'t mut Transaction<'_>,
    keys: &[Key<'_>],
) -> Result<Vec<Element<'t>>> {
    let mut members = Vec::new();
    unite(transaction, keys, |member| members.push(member))?;
    Ok(members)
}

/// Gives a key the members that any key's set has; how many they are.
pub(crate) fn store_union(
    transaction: &mut Transaction<'_>,
    destination: Key<'_>,
    keys: &[Key<'_>],
) -> Result<usize> {
    transaction.keyspace(&destination).admit()?;
    let mut result = SetBuilder::default();
    unite(transaction, keys, |member| result.push(member))?;
    Ok(store(transaction, "sunionstore", &destination, result))
}

/// The members of the first key's set that no other key's set has.
pub(crate) fn difference<'t>(
    transaction: &'t mut Transaction<'_>,
    keys: &[Key<'_>],
) -> Result<Vec<Element<'t>>> {
    let mut members = Vec::new();
    subtract(transaction, keys, |member| members.push(member))?;
    Ok(members)
}

/// Gives a key the members of the first key's set that no other key's set has; how many they are.
pub(crate) fn store_difference(
    transaction: &mut Transaction<'_>,
    destination: Key<'_>,
    keys: &[Key<'_>],
) -> Result<usize> {
    transaction.keyspace(&destination).admit()?;
    let mut result = SetBuilder::default();
    subtract(transaction, keys, |member| result.push(member))?;
    Ok(store(transaction, "sdiffstore", &destination, result))
}
