//! A sorted set: packed while it is small, a table when it is large.
//!
//! A packed one lies in its key's block as the bytes of `run.rs`; `table.rs` has the large form. A
//! sorted set becomes a table when it gets more than 128 members or one of more than 64 bytes,
//! and stays one, as in Redis.
//!
//! Invariant: scores are never NaN.

use std::ops::Range;

use super::range::{Direction, LexRange, Query, ScoreRange, Span};
use super::run::{self, LEN_MAX, MEMBER_LEN_MAX, Pair, Run, RunMembers, RunPairs, compare};
use super::table::{Table, TablePairs};
use crate::map::ALLOCATION_OVERHEAD;
use crate::types::packed::{self, Element};
use crate::types::{Change, Effect, Inline, TypedValue};

/// The one inline form: a run.
const FORM_PACKED: u8 = 0;

/// A sorted set.
#[derive(Debug)]
pub(crate) struct Zset(Repr);

#[derive(Debug)]
enum Repr {
    Packed(Vec<u8>),
    Table(Box<Table>),
}

/// How a sorted set is read, wherever it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ZsetView<'a> {
    /// The packed form.
    Packed(Run<'a>),
    /// The large form.
    Table(&'a Table),
}

impl<'a> ZsetView<'a> {
    /// The number of members.
    pub(crate) fn len(self) -> usize {
        match self {
            ZsetView::Packed(run) => run.len(),
            ZsetView::Table(table) => table.len(),
        }
    }

    /// The score of a member.
    #[inline]
    pub(crate) fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            ZsetView::Packed(run) => run.score(member),
            ZsetView::Table(table) => table.score(member),
        }
    }

    /// How many members come before this one, and its score. O(log n).
    pub(crate) fn rank(self, member: &[u8]) -> Option<(usize, f64)> {
        match self {
            ZsetView::Packed(run) => run.rank(member),
            ZsetView::Table(table) => table.rank(member),
        }
    }

    /// The ranks of the members with scores in a range. O(log n).
    pub(crate) fn ranks_by_score(self, range: ScoreRange) -> Range<usize> {
        let bound = |is_before: &dyn Fn(f64) -> bool| match self {
            ZsetView::Packed(run) => run.lower_bound(|(_, score)| is_before(score)),
            ZsetView::Table(table) => table.lower_bound_by_score(is_before),
        };
        let start = bound(&|score| range.is_above(score));
        start..bound(&|score| !range.is_below(score)).max(start)
    }

    /// The ranks of the members within bounds, where all scores are equal. O(log n).
    pub(crate) fn ranks_by_lex(self, range: LexRange<'_>) -> Range<usize> {
        let bound = |is_before: &dyn Fn(&[u8]) -> bool| match self {
            ZsetView::Packed(run) => run.lower_bound(|(member, _)| member.with_bytes(is_before)),
            ZsetView::Table(table) => {
                table.lower_bound_by_member(|member| member.with_bytes(is_before))
            }
        };
        let start = bound(&|member| range.is_above(member));
        start..bound(&|member| !range.is_below(member)).max(start)
    }

    /// The ranks of the members that a query asks for.
    pub(crate) fn ranks(self, query: &Query<'_>) -> Range<usize> {
        let ranks = match query.span {
            Span::Ranks(start, stop) => {
                return query.direction.ranks(start, stop, self.len());
            }
            Span::Scores(range) => self.ranks_by_score(range),
            Span::Lex(range) => self.ranks_by_lex(range),
        };
        query.limit.cut(ranks, query.direction)
    }

    /// The pair with this rank. O(log n).
    pub(crate) fn at(self, rank: usize) -> Option<Pair<'a>> {
        match self {
            ZsetView::Packed(run) => run.range(rank..rank + 1).next(),
            ZsetView::Table(table) => table.at(rank),
        }
    }

    /// The pairs with these ranks; ranks beyond the last are left out. O(log n) to begin, O(1) a
    /// step.
    pub(crate) fn pairs(self, ranks: Range<usize>, direction: Direction) -> ZsetPairs<'a> {
        match (self, direction) {
            (ZsetView::Packed(run), Direction::Ascending) => ZsetPairs::Packed(run.range(ranks)),
            (ZsetView::Packed(run), Direction::Descending) => {
                // A run is read from the front only; it holds few pairs.
                let listed: Vec<_> = run.range(ranks).collect();
                ZsetPairs::Listed(listed.into_iter())
            }
            (ZsetView::Table(table), Direction::Ascending) => ZsetPairs::Up(table.pairs(ranks)),
            (ZsetView::Table(table), Direction::Descending) => ZsetPairs::Down(table.pairs(ranks)),
        }
    }

    /// The members with these ranks, as [`ZsetView::pairs`] has them: without looking at scores
    /// where they lie between the members.
    pub(crate) fn members(self, ranks: Range<usize>, direction: Direction) -> ZsetMembers<'a> {
        match (self, direction) {
            (ZsetView::Packed(run), Direction::Ascending) => {
                ZsetMembers::Packed(run.members(ranks))
            }
            (ZsetView::Packed(_) | ZsetView::Table(_), _) => {
                ZsetMembers::OfPairs(self.pairs(ranks, direction))
            }
        }
    }

    /// All pairs in order.
    pub(crate) fn all(self) -> ZsetPairs<'a> {
        self.pairs(0..usize::MAX, Direction::Ascending)
    }

    /// Visits members from a cursor on until at least `least` were visited; returns the next
    /// cursor, 0 at the end. A packed set is visited as a whole, whatever the cursor.
    ///
    /// A member that is there from the first call of a pass to its last is visited.
    pub(crate) fn scan(self, cursor: u64, least: usize, visit: impl FnMut(Pair<'a>)) -> u64 {
        match self {
            ZsetView::Packed(run) => {
                run.pairs().for_each(visit);
                0
            }
            ZsetView::Table(table) => table.scan_from(cursor, least, visit),
        }
    }
}

/// The pairs of some ranks, in one direction.
#[derive(Clone, Debug)]
pub(crate) enum ZsetPairs<'a> {
    /// Out of a run.
    Packed(std::iter::Take<RunPairs<'a>>),
    /// Out of a run, to be taken from the end.
    Listed(std::vec::IntoIter<Pair<'a>>),
    /// Out of a table.
    Up(TablePairs<'a>),
    /// Out of a table, from the end.
    Down(TablePairs<'a>),
}

impl<'a> Iterator for ZsetPairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        match self {
            ZsetPairs::Packed(pairs) => pairs.next(),
            ZsetPairs::Listed(listed) => listed.next_back(),
            ZsetPairs::Up(pairs) => pairs.next(),
            ZsetPairs::Down(pairs) => pairs.next_back(),
        }
    }

    /// Chooses the form once, and not for every pair.
    #[inline]
    fn fold<B, F: FnMut(B, Pair<'a>) -> B>(self, init: B, f: F) -> B {
        match self {
            ZsetPairs::Packed(pairs) => pairs.fold(init, f),
            ZsetPairs::Listed(listed) => listed.rfold(init, f),
            ZsetPairs::Up(pairs) => pairs.fold(init, f),
            ZsetPairs::Down(pairs) => pairs.rfold(init, f),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            ZsetPairs::Packed(pairs) => pairs.size_hint(),
            ZsetPairs::Listed(listed) => listed.size_hint(),
            ZsetPairs::Up(pairs) | ZsetPairs::Down(pairs) => pairs.size_hint(),
        }
    }
}

/// The members of some ranks, in one direction.
#[derive(Clone, Debug)]
pub(crate) enum ZsetMembers<'a> {
    /// Out of a run.
    Packed(std::iter::Take<RunMembers<'a>>),
    /// Out of pairs.
    OfPairs(ZsetPairs<'a>),
}

impl<'a> Iterator for ZsetMembers<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        match self {
            ZsetMembers::Packed(members) => members.next(),
            ZsetMembers::OfPairs(pairs) => pairs.next().map(|(member, _)| member),
        }
    }

    /// Chooses the form once, and not for every member.
    #[inline]
    fn fold<B, F: FnMut(B, Element<'a>) -> B>(self, init: B, mut f: F) -> B {
        match self {
            ZsetMembers::Packed(members) => members.fold(init, f),
            ZsetMembers::OfPairs(pairs) => pairs.fold(init, |all, (member, _)| f(all, member)),
        }
    }
}

impl Default for Zset {
    fn default() -> Zset {
        Zset(Repr::Packed(Vec::new()))
    }
}

impl Zset {
    /// A sorted set of pairs that come in order, each member once.
    pub(crate) fn from_sorted(pairs: &[Pair<'_>]) -> Zset {
        let is_small = |(member, _): &Pair<'_>| member.len() <= MEMBER_LEN_MAX;
        if pairs.len() > LEN_MAX || !pairs.iter().all(is_small) {
            let table = Table::from_sorted(pairs.iter().copied());
            return Zset(Repr::Table(Box::new(table.expect("each member comes once"))));
        }
        let mut packed = Vec::new();
        for (member, score) in pairs {
            run::push(&mut packed, (*member, run::unsigned_zero(*score)));
        }
        Zset(Repr::Packed(run::with_count(pairs.len(), &packed)))
    }

    fn set(&mut self, score: f64, member: &[u8]) -> Change {
        if let Repr::Packed(bytes) = &mut self.0 {
            let run = Run::new(bytes);
            let has_room = member.len() <= MEMBER_LEN_MAX && run.len() < LEN_MAX;
            if has_room || run.score(member).is_some() {
                return run::set(bytes, score, member);
            }
            let table = Table::from_sorted(run.pairs());
            self.0 = Repr::Table(Box::new(table.expect("members of a run differ")));
        }
        match &mut self.0 {
            Repr::Packed(bytes) => run::set(bytes, score, member),
            Repr::Table(table) => table.set(score, member),
        }
    }
}

#[cfg(test)]
impl Zset {
    /// Panics unless the invariants of the form hold.
    pub(super) fn check(&self) {
        match &self.0 {
            Repr::Packed(bytes) => {
                let run = Run::new(bytes);
                assert_eq!(check_image(run.bytes()), Some(run.len()));
                assert!(run.len() <= LEN_MAX && bytes.capacity() <= 2 * bytes.len() + 80);
            }
            Repr::Table(table) => table.check(),
        }
    }
}

/// How many pairs an image has; `None` if it is not what [`TypedValue::write_image`] writes.
fn check_image(image: &[u8]) -> Option<usize> {
    let (mut elements, mut scratch) = (packed::check(image)?, Vec::new());
    let mut pairs = RunPairs::new(image);
    let (mut start, mut last, mut count) = (0, None::<Pair<'_>>, 0);
    while let Some(pair) = pairs.next() {
        scratch.clear();
        run::push(&mut scratch, pair);
        let follows = last.is_none_or(|last| compare(&last, &pair).is_lt());
        if scratch != image[start..pairs.offset()] || !follows {
            return None;
        }
        (start, last, count) = (pairs.offset(), Some(pair), count + 1);
        elements -= 2;
    }
    (elements == 0).then_some(count)
}

impl TypedValue for Zset {
    type View<'a> = ZsetView<'a>;
    type Effect<'a> = ZsetEffect<'a>;

    fn view(&self) -> ZsetView<'_> {
        match &self.0 {
            Repr::Packed(bytes) => ZsetView::Packed(Run::new(bytes)),
            Repr::Table(table) => ZsetView::Table(table),
        }
    }

    #[inline]
    fn view_inline(_form: u8, bytes: &[u8]) -> ZsetView<'_> {
        ZsetView::Packed(Run::new(bytes))
    }

    fn inline(&self) -> Option<Inline<'_>> {
        match &self.0 {
            Repr::Packed(bytes) => Some(Inline::Bytes(FORM_PACKED, bytes)),
            Repr::Table(_) => None,
        }
    }

    fn from_inline(_form: u8, bytes: &[u8]) -> Zset {
        Zset(Repr::Packed(bytes.to_vec()))
    }

    fn is_empty(&self) -> bool {
        self.view().len() == 0
    }

    fn heap_bytes(&self) -> usize {
        match &self.0 {
            Repr::Packed(bytes) => bytes.capacity() + ALLOCATION_OVERHEAD,
            Repr::Table(table) => size_of::<Table>() + ALLOCATION_OVERHEAD + table.heap_bytes(),
        }
    }

    fn apply(&mut self, effect: &ZsetEffect<'_>) -> Change {
        match effect {
            ZsetEffect::Set { score, member } => self.set(*score, member),
            ZsetEffect::Remove(member) => match &mut self.0 {
                Repr::Packed(bytes) => run::remove(bytes, member),
                Repr::Table(table) => table.remove(member),
            },
            ZsetEffect::RemoveRanks { start, count } => {
                let ranks = *start..start.saturating_add(*count);
                match &mut self.0 {
                    Repr::Packed(bytes) => run::remove_ranks(bytes, ranks),
                    Repr::Table(table) => table.remove_ranks(ranks),
                }
            }
        }
    }

    fn write_image(view: ZsetView<'_>, image: &mut Vec<u8>) {
        match view {
            ZsetView::Packed(run) => image.extend_from_slice(run.bytes()),
            ZsetView::Table(_) => view.all().for_each(|pair| run::push(image, pair)),
        }
    }

    fn from_image(image: &[u8]) -> Option<Zset> {
        let count = check_image(image)?;
        let is_small = |(member, _): Pair<'_>| member.len() <= MEMBER_LEN_MAX;
        if count > LEN_MAX || !RunPairs::new(image).all(is_small) {
            let table = Table::from_sorted(RunPairs::new(image))?;
            return Some(Zset(Repr::Table(Box::new(table))));
        }
        let is_first = |(member, _): Pair<'_>| {
            RunPairs::new(image).filter(|(other, _)| *other == member).count() == 1
        };
        RunPairs::new(image)
            .all(is_first)
            .then(|| Zset(Repr::Packed(run::with_count(count, image))))
    }

    fn encoding(view: ZsetView<'_>) -> &'static str {
        match view {
            ZsetView::Packed(_) => "listpack",
            ZsetView::Table(_) => "skiplist",
        }
    }
}

/// What can change in a sorted set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ZsetEffect<'a> {
    /// The member has this score, whether it was there or not.
    Set {
        /// The score.
        score: f64,
        /// The member.
        member: &'a [u8],
    },
    /// The member is gone.
    Remove(&'a [u8]),
    /// The members with these ranks are gone. Ranks name them as exactly as their bytes would, in
    /// 17 bytes for any number of them.
    RemoveRanks {
        /// The first rank.
        start: usize,
        /// How many.
        count: usize,
    },
}

impl<'a> Effect<'a> for ZsetEffect<'a> {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            ZsetEffect::Set { score, member } => {
                out.push(0);
                out.extend_from_slice(&score.to_le_bytes());
                out.extend_from_slice(member);
            }
            ZsetEffect::Remove(member) => {
                out.push(1);
                out.extend_from_slice(member);
            }
            ZsetEffect::RemoveRanks { start, count } => {
                out.push(2);
                out.extend_from_slice(&(*start as u64).to_le_bytes());
                out.extend_from_slice(&(*count as u64).to_le_bytes());
            }
        }
    }

    fn decode(bytes: &'a [u8]) -> Option<ZsetEffect<'a>> {
        let (tag, body) = bytes.split_first()?;
        match tag {
            0 => {
                let (score, member) = body.split_first_chunk()?;
                let score = f64::from_le_bytes(*score);
                (!score.is_nan()).then_some(ZsetEffect::Set { score, member })
            }
            1 => Some(ZsetEffect::Remove(body)),
            2 => {
                let (start, count) = body.split_first_chunk()?;
                let rank = |bytes| usize::try_from(u64::from_le_bytes(bytes)).ok();
                let (start, count) = (rank(*start)?, rank(count.try_into().ok()?)?);
                Some(ZsetEffect::RemoveRanks { start, count })
            }
            _ => None,
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            ZsetEffect::Set { .. } => "zadd",
            ZsetEffect::Remove(_) => "zrem",
            ZsetEffect::RemoveRanks { .. } => "zremrangebyrank",
        }
    }
}
