//! SORT: the elements of a list, a set or a sorted set in an order, and what other keys say about
//! them.
//!
//! BY and GET lead to keys whose names are made from the elements, which nobody knows before the
//! elements were read. A sort with such patterns is therefore a step on every stripe; one
//! without takes the leases of its key and its destination only. Nothing changes before the
//! whole answer is known.

use std::cmp::Ordering;
use std::ops::Range;

use bytes::Bytes;

use crate::arguments::{ByteArg, Lend};
use crate::engine::{Sweep, Transaction};
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::{EntryRef, Key, read};
use crate::text::double::parse_f64;
use crate::types::hash::Hash;
use crate::types::list::value::{List, ListEffect};
use crate::types::packed::Element;
use crate::types::set::Set;
use crate::types::string::value::StrView;
use crate::types::zset::Zset;
use crate::types::{Kind, Str, TypedValue};

/// How [`Database::sort_with`](crate::Database::sort_with) orders elements, and what it returns
/// for each.
///
/// ```
/// use kora::{Database, SortOptions};
///
/// let db = Database::in_memory();
/// db.rpush("team", ["1", "2"])?;
/// db.hset_many("user:1", [("name", "ann"), ("points", "10")])?;
/// db.hset_many("user:2", [("name", "bob"), ("points", "30")])?;
/// let best_first = SortOptions::new().by("user:*->points").descending().get("user:*->name");
/// let names = db.sort_with("team", best_first)?;
/// assert_eq!(names[0].as_deref(), Some(&b"bob"[..]));
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SortOptions<'a> {
    pub(crate) by: Option<&'a [u8]>,
    pub(crate) get: Vec<&'a [u8]>,
    pub(crate) limit: Option<(i64, i64)>,
    pub(crate) descending: bool,
    pub(crate) alphabetical: bool,
}

impl<'a> SortOptions<'a> {
    /// All elements as numbers, the least first.
    pub fn new() -> Self {
        SortOptions::default()
    }

    /// Orders by what other keys hold (BY): in the pattern the first `*` stands for the element,
    /// and what follows `->` behind it is a field of a hash. With a pattern without a `*` the
    /// elements are not sorted at all.
    #[must_use]
    pub fn by(self, pattern: &'a (impl ByteArg + ?Sized)) -> Self {
        SortOptions { by: Some(pattern.as_bytes()), ..self }
    }

    /// Returns for each element what another key holds (GET), with a pattern as in
    /// [`SortOptions::by`], or with `#` the element itself. More calls return more for each.
    #[must_use]
    pub fn get(mut self, pattern: &'a (impl ByteArg + ?Sized)) -> Self {
        self.get.push(pattern.as_bytes());
        self
    }

    /// Leaves the first `offset` elements out and returns `count` (LIMIT); a negative count
    /// stands for all.
    #[must_use]
    pub fn limit(self, offset: i64, count: i64) -> Self {
        SortOptions { limit: Some((offset, count)), ..self }
    }

    /// Puts the greatest first (DESC).
    #[must_use]
    pub fn descending(self) -> Self {
        SortOptions { descending: true, ..self }
    }

    /// Compares as texts, byte by byte, and not as numbers (ALPHA).
    #[must_use]
    pub fn alphabetical(self) -> Self {
        SortOptions { alphabetical: true, ..self }
    }

    pub(crate) fn borrowed(&self) -> SortOptions<'_> {
        self.clone()
    }

    pub(crate) fn owned(&self) -> OwnedSortOptions {
        let owned = |bytes: &[u8]| bytes.to_vec();
        OwnedSortOptions {
            by: self.by.map(owned),
            get: self.get.iter().copied().map(owned).collect(),
            rest: SortOptions { by: None, get: Vec::new(), ..*self },
        }
    }

    /// Whether keys are looked at whose names are made from elements.
    fn leads_on(&self) -> bool {
        let patterns = self.by.iter().chain(&self.get);
        patterns.copied().any(|pattern| matches!(Pattern::read(pattern), Pattern::Name { .. }))
    }

    /// Which places of so many elements are asked for.
    fn range(&self, len: usize) -> Range<usize> {
        let Some((offset, count)) = self.limit else { return 0..len };
        let start = usize::try_from(offset).unwrap_or(0).min(len);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        start..start.saturating_add(count).min(len)
    }
}

impl Lend for SortOptions<'_> {
    type Lent<'s>
        = &'s Self
    where
        Self: 's;
    fn lend(&self) -> &Self {
        self
    }
}

/// [`SortOptions`] for a job that leaves the caller's thread.
#[derive(Debug)]
pub(crate) struct OwnedSortOptions {
    by: Option<Vec<u8>>,
    get: Vec<Vec<u8>>,
    rest: SortOptions<'static>,
}

impl OwnedSortOptions {
    pub(crate) fn borrowed(&self) -> SortOptions<'_> {
        SortOptions {
            by: self.by.as_deref(),
            get: self.get.iter().map(Vec::as_slice).collect(),
            ..self.rest.clone()
        }
    }
}

/// What a pattern of BY or GET means for an element.
#[derive(Clone, Copy, Debug)]
enum Pattern<'a> {
    /// `#`: the element.
    Itself,
    /// No star: nothing.
    Nothing,
    /// What a key holds, or a field of it.
    Name { prefix: &'a [u8], suffix: &'a [u8], field: Option<&'a [u8]> },
}

impl<'a> Pattern<'a> {
    fn read(pattern: &'a [u8]) -> Pattern<'a> {
        if pattern == b"#" {
            return Pattern::Itself;
        }
        let Some(star) = pattern.iter().position(|byte| *byte == b'*') else {
            return Pattern::Nothing;
        };
        let (prefix, rest) = (&pattern[..star], &pattern[star + 1..]);
        // An arrow with nothing behind it is part of the name.
        let arrow = rest.windows(2).position(|pair| pair == b"->");
        match arrow.filter(|at| at + 2 < rest.len()) {
            None => Pattern::Name { prefix, suffix: rest, field: None },
            Some(at) => Pattern::Name { prefix, suffix: &rest[..at], field: Some(&rest[at + 2..]) },
        }
    }

    /// What the pattern finds for an element. A key of another type is as good as none.
    fn find<'t>(
        self,
        transaction: &'t Transaction<'_>,
        element: Element<'t>,
    ) -> Option<Element<'t>> {
        let (prefix, suffix, field) = match self {
            Pattern::Itself => return Some(element),
            Pattern::Nothing => return None,
            Pattern::Name { prefix, suffix, field } => (prefix, suffix, field),
        };
        let name = element.with_bytes(|text| [prefix, text, suffix].concat());
        let key = Key::new(&name);
        let entry = transaction.entry(&key)?;
        match field {
            None => read::view::<Str>(entry).ok().map(|view| match view {
                StrView::Integer(n) => Element::Integer(n),
                StrView::Inline(bytes, _) => Element::Bytes(bytes),
                StrView::Large(bytes) => Element::Bytes(bytes),
            }),
            Some(field) => read::view::<Hash>(entry).ok()?.get(field),
        }
    }
}

/// What each element of a key gives, in order.
pub(crate) fn sort(
    sweep: Sweep<'_>,
    key: &[u8],
    options: &SortOptions<'_>,
) -> Result<Vec<Option<Bytes>>> {
    let key = Key::new(key);
    hold(sweep, &[&key], options, |transaction| answer(transaction, &key, options, false))
}

/// As [`sort`], by numbers and of the elements themselves.
pub(crate) fn sort_numbers(sweep: Sweep<'_>, key: &[u8]) -> Result<Vec<Bytes>> {
    let sorted = sort(sweep, key, &SortOptions::new())?;
    Ok(sorted.into_iter().flatten().collect())
}

/// Gives a list of what [`sort`] answers to a key; how long it is. What was not found is empty
/// there.
pub(crate) fn sort_store(
    sweep: Sweep<'_>,
    key: &[u8],
    destination: &[u8],
    options: &SortOptions<'_>,
) -> Result<usize> {
    let (key, destination) = (Key::new(key), Key::new(destination));
    hold(sweep, &[&key, &destination], options, |transaction| {
        transaction.keyspace(&destination).admit()?;
        let (mut list, sorted) = (List::default(), answer(transaction, &key, options, true)?);
        for element in &sorted {
            list.apply(&ListEffect::PushBack(element.as_deref().unwrap_or_default()));
        }
        let mut keyspace = transaction.keyspace(&destination);
        keyspace.store_as("sortstore", &destination, list);
        Ok(sorted.len())
    })
}

/// Takes the leases of the keys, or all when the options lead to further keys.
fn hold<R>(
    sweep: Sweep<'_>,
    keys: &[&Key<'_>],
    options: &SortOptions<'_>,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
) -> Result<R> {
    if options.leads_on() { sweep.everywhere(work) } else { sweep.together(keys, work) }
}

fn answer(
    transaction: &Transaction<'_>,
    key: &Key<'_>,
    options: &SortOptions<'_>,
    stores: bool,
) -> Result<Vec<Option<Bytes>>> {
    let sorted = sorted(transaction, key, options, stores)?.into_iter();
    if options.get.is_empty() {
        return Ok(sorted.map(|element| Some(element.to_bytes())).collect());
    }
    let patterns: Vec<Pattern<'_>> = options.get.iter().copied().map(Pattern::read).collect();
    let find = |element| {
        let found = patterns.iter().map(move |pattern| pattern.find(transaction, element));
        found.map(|found| found.map(Element::to_bytes))
    };
    Ok(sorted.flat_map(find).collect())
}

/// The elements that are asked for, in order.
fn sorted<'t>(
    transaction: &'t Transaction<'_>,
    key: &Key<'_>,
    options: &SortOptions<'_>,
    stores: bool,
) -> Result<Vec<Element<'t>>> {
    let entry = transaction.reader(key).and_then(|reader| reader.entry(key));
    let Some(entry) = entry else { return Ok(Vec::new()) };
    let mut elements = elements(entry)?;
    let mut by = options.by.map(Pattern::read);
    let mut alphabetical = options.alphabetical;
    if matches!(by, Some(Pattern::Itself | Pattern::Nothing)) {
        if entry.kind() != Kind::Set || !stores {
            if options.descending {
                elements.reverse();
            }
            return Ok(elements.drain(options.range(elements.len())).collect());
        }
        // A list that is stored has an order, and a set has none to give it.
        (by, alphabetical) = (None, true);
    }
    let weight = |element| by.map_or(Some(element), |by| by.find(transaction, element));
    let sorted = if alphabetical {
        order(elements, options, |element| Some(weight(element)), Ord::cmp)
    } else {
        let weigh = |element| Some((number(weight(element))?, element));
        order(elements, options, weigh, |(one, a), (other, b)| {
            // Equal numbers are put in the order of their elements' texts.
            one.partial_cmp(other).unwrap_or(Ordering::Equal).then_with(|| a.cmp(b))
        })
    };
    sorted.ok_or_else(|| ArgumentError::SortWeight.into())
}

/// All elements, in the order that they have.
fn elements(entry: EntryRef<'_>) -> Result<Vec<Element<'_>>> {
    let mut elements = Vec::new();
    match entry.kind() {
        Kind::List => elements.extend(read::view::<List>(entry)?.range(0, usize::MAX)),
        Kind::Set => read::view::<Set>(entry)?.each(|member| elements.push(member)),
        Kind::Zset => elements.extend(read::view::<Zset>(entry)?.all().map(|(member, _)| member)),
        Kind::String | Kind::Hash => return Err(Error::WrongType),
    }
    Ok(elements)
}

/// Puts the elements that are asked for in the order of their weights; `None` when an element
/// has none. Equal ones stay as they stood.
fn order<'t, W>(
    elements: Vec<Element<'t>>,
    options: &SortOptions<'_>,
    weigh: impl Fn(Element<'t>) -> Option<W>,
    compare: impl Fn(&W, &W) -> Ordering,
) -> Option<Vec<Element<'t>>> {
    let rows = elements.into_iter().enumerate();
    let rows = rows.map(|(place, element)| Some((weigh(element)?, place, element)));
    let mut rows: Vec<(W, usize, Element<'t>)> = rows.collect::<Option<_>>()?;
    let compare = |one: &(W, usize, Element<'t>), other: &(W, usize, Element<'t>)| {
        let order = compare(&one.0, &other.0);
        let order = if options.descending { order.reverse() } else { order };
        order.then(one.1.cmp(&other.1))
    };
    let range = options.range(rows.len());
    if range.end < rows.len() {
        rows.select_nth_unstable_by(range.end, compare);
        rows.truncate(range.end);
    }
    rows.sort_unstable_by(compare);
    Some(rows.drain(range.start..).map(|(_, _, element)| element).collect())
}

/// A weight as the number that C's `strtod` reads: spaces before it are passed, a NUL ends it,
/// nothing at all is 0, and a number too small for full precision is out of range.
fn number(weight: Option<Element<'_>>) -> Option<f64> {
    let Some(weight) = weight else { return Some(0.0) };
    weight.with_bytes(|text| {
        let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
        let spaces = text.iter().take_while(|byte| is_space(byte)).count();
        if text.is_empty() {
            return Some(0.0);
        }
        parse_f64(&text[spaces..]).filter(|number| !number.is_subnormal())
    })
}
