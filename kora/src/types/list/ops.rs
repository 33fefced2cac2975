//! What can be done to lists, on one keyspace or on several.
//!
//! An operation finds out what changes before anything does, so that the effects name positions
//! and texts and an operation that changes nothing has none.

use std::ops::Range;

use bytes::Bytes;

use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::{Key, Keyspace};
use crate::types::list::value::{List, ListEffect, ListView, Wanted, skips};
use crate::types::packed::{Element, copies};
use crate::types::{BYTES_LEN_MAX, TypedValue};

/// An end of a list.
///
/// ```
/// use kora::{Database, Side};
///
/// let db = Database::in_memory();
/// db.rpush("waiting", ["a", "b"])?;
/// let taken = db.lmove("waiting", "running", Side::Left, Side::Right)?;
/// assert_eq!(taken.as_deref(), Some(&b"a"[..]));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The head: index 0.
    Left,
    /// The tail: index -1.
    Right,
}

impl Side {
    fn push(self, text: &[u8]) -> ListEffect<'_> {
        match self {
            Side::Left => ListEffect::PushFront(text),
            Side::Right => ListEffect::PushBack(text),
        }
    }

    fn pop(self, count: usize) -> ListEffect<'static> {
        match self {
            Side::Left => ListEffect::PopFront(count),
            Side::Right => ListEffect::PopBack(count),
        }
    }

    fn of(self, view: ListView<'_>) -> Option<Bytes> {
        let element = match self {
            Side::Left => view.first(),
            Side::Right => view.last(),
        };
        element.map(Element::to_bytes)
    }
}

/// On which side of another element one is inserted.
///
/// ```
/// use kora::{Database, Place};
///
/// let db = Database::in_memory();
/// db.rpush("steps", ["wash", "eat"])?;
/// assert_eq!(db.linsert("steps", Place::Before, "eat", "cook")?, Some(3));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nearer to the head.
    Before,
    /// Nearer to the tail.
    After,
}

fn check_len(element: &[u8]) -> Result<()> {
    let is_long = element.len() > BYTES_LEN_MAX;
    if is_long { Err(ArgumentError::StringTooLong.into()) } else { Ok(()) }
}

/// The index that a number names, negative from the end.
fn place(index: i64, len: usize) -> Option<usize> {
    let distance = usize::try_from(index.unsigned_abs()).ok()?;
    let index = if index < 0 { len.checked_sub(distance)? } else { distance };
    (index < len).then_some(index)
}

/// The indexes from `start` to `stop`, both included, negative from the end.
fn range(start: i64, stop: i64, len: usize) -> Range<usize> {
    let distance = |at: i64| usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX);
    let before_end = |at| len.saturating_sub(distance(at));
    let first = if start < 0 { before_end(start) } else { distance(start).min(len) };
    let end = match stop {
        -1 => len,
        _ if stop < 0 => before_end(stop + 1),
        _ => distance(stop).saturating_add(1).min(len),
    };
    first..end.max(first)
}

/// Adds elements at one end, one after the other; the list's length.
pub(crate) fn push(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    side: Side,
    elements: &[&[u8]],
) -> Result<usize> {
    elements.iter().try_for_each(|element| check_len(element))?;
    let mut list = keyspace.edit_or_new::<List>(key)?;
    for element in elements {
        list.apply(&side.push(element));
    }
    Ok(list.view().len())
}

pub(crate) fn lpush(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    elements: &[&[u8]],
) -> Result<usize> {
    push(keyspace, key, Side::Left, elements)
}

pub(crate) fn rpush(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    elements: &[&[u8]],
) -> Result<usize> {
    push(keyspace, key, Side::Right, elements)
}

/// As [`push`], if there is a list; its length, 0 if there is none.
pub(crate) fn push_existing(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    side: Side,
    elements: &[&[u8]],
) -> Result<usize> {
    match keyspace.glance::<List>(key)? {
        None => Ok(0),
        Some(_) => push(keyspace, key, side, elements),
    }
}

pub(crate) fn lpushx(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    elements: &[&[u8]],
) -> Result<usize> {
    push_existing(keyspace, key, Side::Left, elements)
}

pub(crate) fn rpushx(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    elements: &[&[u8]],
) -> Result<usize> {
    push_existing(keyspace, key, Side::Right, elements)
}

/// Takes the element at one end.
pub(crate) fn pop(keyspace: &mut Keyspace<'_>, key: &Key<'_>, side: Side) -> Result<Option<Bytes>> {
    let Some(mut list) = keyspace.edit::<List>(key)? else { return Ok(None) };
    let element = side.of(list.view());
    list.apply(&side.pop(1));
    Ok(element)
}

pub(crate) fn lpop(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Bytes>> {
    pop(keyspace, key, Side::Left)
}

pub(crate) fn rpop(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<Option<Bytes>> {
    pop(keyspace, key, Side::Right)
}

/// Takes at most `count` elements from one end, the outermost first; `None` without a list.
pub(crate) fn pop_many(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    side: Side,
    count: usize,
) -> Result<Option<Vec<Bytes>>> {
    let Some(mut list) = keyspace.edit::<List>(key)? else { return Ok(None) };
    let count = count.min(list.view().len());
    let elements = match side {
        Side::Left => copies(count, list.view().range(0, count)),
        Side::Right => copies(count, list.view().backwards().take(count)),
    };
    list.apply(&side.pop(count));
    Ok(Some(elements))
}

pub(crate) fn lpop_many(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    count: usize,
) -> Result<Vec<Bytes>> {
    pop_many(keyspace, key, Side::Left, count).map(Option::unwrap_or_default)
}

pub(crate) fn rpop_many(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    count: usize,
) -> Result<Vec<Bytes>> {
    pop_many(keyspace, key, Side::Right, count).map(Option::unwrap_or_default)
}

pub(crate) fn llen(keyspace: &mut Keyspace<'_>, key: &Key<'_>) -> Result<usize> {
    Ok(keyspace.read::<List>(key)?.map_or(0, ListView::len))
}

/// The elements from `start` to `stop`, both included, negative from the end.
pub(crate) fn lrange(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    start: i64,
    stop: i64,
) -> Result<Vec<Bytes>> {
    let found = elements(keyspace, key, start, stop)?;
    Ok(found.map_or_else(Vec::new, |(count, elements)| copies(count, elements)))
}

/// The elements from `start` to `stop` where they lie, and how many they are; `None` without a list.
pub(crate) fn elements<'a>(
    keyspace: &'a mut Keyspace<'_>,
    key: &Key<'_>,
    start: i64,
    stop: i64,
) -> Result<Option<(usize, impl Iterator<Item = Element<'a>> + use<'a>)>> {
    let Some(view) = keyspace.read::<List>(key)? else { return Ok(None) };
    let range = range(start, stop, view.len());
    Ok(Some((range.len(), view.range(range.start, range.len()))))
}

/// The element at `index`, negative from the end.
pub(crate) fn lindex(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    index: i64,
) -> Result<Option<Bytes>> {
    let Some(view) = keyspace.glance::<List>(key)? else { return Ok(None) };
    let element = place(index, view.len()).and_then(|index| view.get(index));
    Ok(element.map(Element::to_bytes))
}

/// Gives the element at `index`, negative from the end, another text.
pub(crate) fn lset(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    index: i64,
    text: &[u8],
) -> Result<()> {
    check_len(text)?;
    keyspace.admit()?;
    let mut list = keyspace.edit::<List>(key)?.ok_or(Error::NoSuchKey)?;
    let index = place(index, list.view().len()).ok_or(ArgumentError::IndexOutOfRange)?;
    list.apply(&ListEffect::Set { index, text });
    Ok(())
}

/// What LINSERT found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// No list.
    NoList,
    /// No such element in it.
    NoPivot,
    /// The place; the list has so many elements with the one that is in it.
    Len(usize),
}

/// Puts an element beside the first one that is `pivot`.
pub(crate) fn insert(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    place: Place,
    pivot: &[u8],
    text: &[u8],
) -> Result<Inserted> {
    check_len(text)?;
    keyspace.admit()?;
    let Some(mut list) = keyspace.edit::<List>(key)? else { return Ok(Inserted::NoList) };
    let found = list.view().matches(&Wanted::new(pivot)).position(|is_pivot| is_pivot);
    let Some(found) = found else { return Ok(Inserted::NoPivot) };
    let index = match place {
        Place::Before => found,
        Place::After => found + 1,
    };
    list.apply(&ListEffect::Insert { index, text });
    Ok(Inserted::Len(list.view().len()))
}

/// As [`insert`]; `None` when there is no list or no `pivot` in it.
pub(crate) fn linsert(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    place: Place,
    pivot: &[u8],
    text: &[u8],
) -> Result<Option<usize>> {
    Ok(match insert(keyspace, key, place, pivot, text)? {
        Inserted::NoList | Inserted::NoPivot => None,
        Inserted::Len(len) => Some(len),
    })
}

/// Removes elements that are `text`: the first so many, or with a negative count the last, or
/// with 0 all. How many it removed.
pub(crate) fn lrem(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    count: i64,
    text: &[u8],
) -> Result<usize> {
    let Some(view) = keyspace.glance::<List>(key)? else { return Ok(0) };
    let most = match usize::try_from(count.unsigned_abs()) {
        Ok(0) | Err(_) => usize::MAX,
        Ok(most) => most,
    };
    let wanted = Wanted::new(text);
    let matches = view.matches(&wanted);
    let mut found: Vec<usize> = if count < 0 {
        let backwards = (0..view.len()).rev().zip(matches.rev());
        backwards.filter_map(|(index, is)| is.then_some(index)).take(most).collect()
    } else {
        (0..view.len())
            .zip(matches)
            .filter_map(|(index, is)| is.then_some(index))
            .take(most)
            .collect()
    };
    found.sort_unstable();
    let count = found.len();
    if let (1.., Some(mut list)) = (count, keyspace.edit::<List>(key)?) {
        list.apply(&ListEffect::Remove { skips: &skips(found.into_iter()) });
    }
    Ok(count)
}

/// Removes all but the elements from `start` to `stop`, both included, negative from the end.
pub(crate) fn ltrim(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    start: i64,
    stop: i64,
) -> Result<()> {
    let Some(mut list) = keyspace.edit::<List>(key)? else { return Ok(()) };
    let len = list.view().len();
    let kept = range(start, stop, len);
    list.apply_as("ltrim", &ListEffect::PopBack(len - kept.end));
    list.apply_as("ltrim", &ListEffect::PopFront(kept.start));
    Ok(())
}

/// Which matches LPOS is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    /// The first match to report: 1 for the first, -1 for the last.
    pub(crate) rank: i64,
    /// How many matches to report, 0 for all.
    pub(crate) count: usize,
    /// How many elements to compare, 0 for all.
    pub(crate) len_max: usize,
}

impl Search {
    /// The first match.
    pub(crate) const FIRST: Search = Search { rank: 1, count: 1, len_max: 0 };

    /// An error when there is no such rank.
    pub(crate) fn check_rank(self) -> Result<()> {
        match self.rank {
            0 => Err(ArgumentError::RankZero.into()),
            i64::MIN => Err(ArgumentError::ValueOutOfSymmetricRange.into()),
            _ => Ok(()),
        }
    }
}

/// The indexes of elements that are `text`, in the order in which they are looked for.
pub(crate) fn positions(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    text: &[u8],
    search: Search,
) -> Result<Vec<usize>> {
    search.check_rank()?;
    let Some(view) = keyspace.read::<List>(key)? else { return Ok(Vec::new()) };
    let all_if_zero = |count| if count == 0 { usize::MAX } else { count };
    let skipped = usize::try_from(search.rank.unsigned_abs() - 1).unwrap_or(usize::MAX);
    let (count, len_max) = (all_if_zero(search.count), all_if_zero(search.len_max));
    let wanted = Wanted::new(text);
    let matches = view.matches(&wanted);
    let found = |(index, is): (usize, bool)| is.then_some(index);
    Ok(if search.rank < 0 {
        let compared = (0..view.len()).rev().zip(matches.rev()).take(len_max);
        compared.filter_map(found).skip(skipped).take(count).collect()
    } else {
        let compared = (0..view.len()).zip(matches).take(len_max);
        compared.filter_map(found).skip(skipped).take(count).collect()
    })
}

/// The index of the first element that is `text`.
pub(crate) fn lpos(
    keyspace: &mut Keyspace<'_>,
    key: &Key<'_>,
    text: &[u8],
) -> Result<Option<usize>> {
    positions(keyspace, key, text, Search::FIRST).map(|found| found.first().copied())
}

/// Takes the element at one end of a list and adds it at one end of another, or of the same one.
pub(crate) fn lmove(
    transaction: &mut Transaction<'_>,
    source: Key<'_>,
    destination: Key<'_>,
    from: Side,
    to: Side,
) -> Result<Option<Bytes>> {
    let Some(view) = transaction.glance::<List>(&source)? else { return Ok(None) };
    let (element, len) = (from.of(view).expect("a list without elements is no key"), view.len());
    if source.bytes() != destination.bytes() {
        // Added before it is taken: adding can be refused.
        push(&mut transaction.keyspace(&destination), &destination, to, &[&element])?;
        if let Some(mut list) = transaction.keyspace(&source).edit::<List>(&source)? {
            list.apply(&from.pop(1));
        }
    } else if from != to && len > 1 {
        let mut keyspace = transaction.keyspace(&source);
        let mut list = keyspace.edit_or_new::<List>(&source)?;
        list.apply(&from.pop(1));
        list.apply(&to.push(&element));
    }
    Ok(Some(element))
}

pub(crate) fn rpoplpush(
    transaction: &mut Transaction<'_>,
    source: Key<'_>,
    destination: Key<'_>,
) -> Result<Option<Bytes>> {
    lmove(transaction, source, destination, Side::Right, Side::Left)
}

/// As [`lmove`] for one who waits for the source: what is no list has nothing for it.
pub(crate) fn blmove(
    transaction: &mut Transaction<'_>,
    [source, destination]: [Key<'_>; 2],
    ready: Option<&Key<'_>>,
    from: Side,
    to: Side,
) -> Result<Option<Bytes>> {
    if ready.is_some() && transaction.glance::<List>(&source).is_err() {
        return Ok(None);
    }
    lmove(transaction, source, destination, from, to)
}

/// As [`lmpop`] for one who waits: with all keys, or with one that has changed. What is no list
/// has nothing for it then.
pub(crate) fn blmpop(
    transaction: &mut Transaction<'_>,
    keys: &[Key<'_>],
    ready: Option<&Key<'_>>,
    side: Side,
    count: usize,
) -> Result<Option<Popped>> {
    match ready {
        None => lmpop(transaction, keys, side, count),
        Some(key) if transaction.glance::<List>(key).is_err() => Ok(None),
        Some(key) => lmpop(transaction, std::slice::from_ref(key), side, count),
    }
}

/// A key, and what was taken from its list.
pub(crate) type Popped = (Bytes, Vec<Bytes>);

/// Takes at most `count` elements from the first list that there is.
pub(crate) fn lmpop(
    transaction: &mut Transaction<'_>,
    keys: &[Key<'_>],
    side: Side,
    count: usize,
) -> Result<Option<Popped>> {
    if count == 0 {
        return Err(ArgumentError::CountNotPositive.into());
    }
    for key in keys {
        if let Some(elements) = pop_many(&mut transaction.keyspace(key), key, side, count)? {
            return Ok(Some((Bytes::copy_from_slice(key.bytes()), elements)));
        }
    }
    Ok(None)
}
