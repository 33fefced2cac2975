//! The packed form of a sorted set: a count, then one run of member, score, member, score, in
//! order.
//!
//! The count is a byte; a set without members may be no bytes at all. Everything else is a walk
//! from the front, so this is for up to [`LEN_MAX`] members of up to [`MEMBER_LEN_MAX`] bytes;
//! `table.rs` is for more. It does not know when to become a table.
//!
//! Invariants: the count is that of the pairs; pairs ascend by score, then by member; no member
//! comes twice.

use std::cmp::Ordering;
use std::ops::Range;

use super::score;
use crate::types::Change;
use crate::types::packed::{self, Element, Elements};

/// Most members of a packed sorted set; Redis's default `zset-max-listpack-entries`.
pub(super) const LEN_MAX: usize = 128;
/// Longest member in it; Redis's default `zset-max-listpack-value`.
pub(super) const MEMBER_LEN_MAX: usize = 64;

/// Bytes before the pairs.
const COUNT_LEN: usize = 1;

const _: () = assert!(LEN_MAX <= u8::MAX as usize);

/// A member with its score.
pub(crate) type Pair<'a> = (Element<'a>, f64);

/// The order of a sorted set: by score, then by member.
pub(crate) fn compare(one: &Pair<'_>, other: &Pair<'_>) -> Ordering {
    let by_score = one.1.partial_cmp(&other.1).expect("a score is a number");
    by_score.then_with(|| one.0.cmp(&other.0))
}

/// Appends a pair.
pub(super) fn push(pairs: &mut Vec<u8>, (member, score): Pair<'_>) {
    match member {
        Element::Bytes(text) => packed::encode(pairs, text),
        Element::Integer(integer) => packed::encode_integer(pairs, integer),
    }
    score::encode(pairs, score);
}

/// The pairs of a run from the front.
#[derive(Clone, Debug)]
pub(crate) struct RunPairs<'a>(Elements<'a>);

impl<'a> RunPairs<'a> {
    /// Starts at the first of some pairs, which no count precedes.
    pub(super) fn new(pairs: &'a [u8]) -> RunPairs<'a> {
        RunPairs(Elements::new(pairs))
    }

    /// Where the next pair begins.
    pub(super) fn offset(&self) -> usize {
        self.0.offset()
    }

    /// Passes up to `count` pairs.
    pub(super) fn pass(&mut self, count: usize) {
        if let Some(last) = count.saturating_mul(2).checked_sub(1) {
            self.0.nth(last);
        }
    }
}

impl<'a> Iterator for RunPairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        let member = self.0.next()?;
        Some((member, score::decode(self.0.next()?)?))
    }
}

/// The members of a run from the front.
#[derive(Clone, Debug)]
pub(crate) struct RunMembers<'a>(Elements<'a>);

impl<'a> Iterator for RunMembers<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        let member = self.0.next()?;
        self.0.pass_one();
        Some(member)
    }
}

/// A packed sorted set to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a>(&'a [u8]);

impl<'a> Run<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Run<'a> {
        Run(bytes)
    }

    /// The number of members. O(1).
    pub(super) fn len(self) -> usize {
        self.0.first().copied().unwrap_or(0).into()
    }

    /// Pairs as bytes, without the count.
    pub(super) fn bytes(self) -> &'a [u8] {
        self.0.get(COUNT_LEN..).unwrap_or_default()
    }

    pub(super) fn pairs(self) -> RunPairs<'a> {
        RunPairs::new(self.bytes())
    }

    /// The pairs with these ranks.
    pub(super) fn range(self, ranks: Range<usize>) -> std::iter::Take<RunPairs<'a>> {
        let mut pairs = self.pairs();
        pairs.pass(ranks.start);
        pairs.take(ranks.len())
    }

    /// The members with these ranks.
    pub(super) fn members(self, ranks: Range<usize>) -> std::iter::Take<RunMembers<'a>> {
        let mut pairs = self.pairs();
        pairs.pass(ranks.start);
        RunMembers(pairs.0).take(ranks.len())
    }

    /// Where a member and its score stand among the pairs, and the score.
    fn find(self, member: &[u8]) -> Option<(Range<usize>, f64)> {
        let found = packed::find(self.bytes(), member, 1)?;
        let mut behind = Elements::starting_at(self.bytes(), found.end);
        let score = score::decode(behind.next()?)?;
        Some((found.start..behind.offset(), score))
    }

    /// The score of a member.
    pub(super) fn score(self, member: &[u8]) -> Option<f64> {
        self.find(member).map(|(_, score)| score)
    }

    /// How many members come before this one, and its score.
    pub(super) fn rank(self, member: &[u8]) -> Option<(usize, f64)> {
        let (place, score) = self.find(member)?;
        let mut elements = Elements::new(&self.bytes()[..place.start]);
        Some((std::iter::from_fn(|| elements.nth(1)).count(), score))
    }

    /// How many pairs stand before a bound; `is_before` is true for those and false for the next.
    pub(super) fn lower_bound(self, mut is_before: impl FnMut(Pair<'_>) -> bool) -> usize {
        self.pairs().take_while(|pair| is_before(*pair)).count()
    }
}

/// Gives a member a score; a zero loses its sign.
pub(super) fn set(bytes: &mut Vec<u8>, score: f64, member: &[u8]) -> Change {
    let change = match Run::new(bytes).find(member) {
        Some((_, old)) if old == score => return Change::Nothing,
        Some((place, _)) => {
            replace(bytes, place, &[], Run::new(bytes).len() - 1);
            Change::Replaced
        }
        None => Change::Added,
    };
    let pair = (Element::Bytes(member), unsigned_zero(score));
    let run = Run::new(bytes);
    let (mut pairs, mut at) = (run.pairs(), 0);
    while pairs.next().is_some_and(|other| compare(&other, &pair).is_lt()) {
        at = pairs.offset();
    }
    let len = run.len() + 1;
    let mut encoded = Vec::new();
    push(&mut encoded, pair);
    replace(bytes, at..at, &encoded, len);
    change
}

/// A score as a packed sorted set keeps it. A table keeps the sign of a zero; both are as in Redis.
pub(super) fn unsigned_zero(score: f64) -> f64 {
    if score == 0.0 { 0.0 } else { score }
}

/// Takes a member out.
pub(super) fn remove(bytes: &mut Vec<u8>, member: &[u8]) -> Change {
    let run = Run::new(bytes);
    let Some((place, _)) = run.find(member) else { return Change::Nothing };
    let len = run.len() - 1;
    replace(bytes, place, &[], len);
    Change::Removed
}

/// Takes the members with these ranks out; ranks beyond the last are left out.
pub(super) fn remove_ranks(bytes: &mut Vec<u8>, ranks: Range<usize>) -> Change {
    let run = Run::new(bytes);
    let ranks = ranks.start..ranks.end.min(run.len());
    if ranks.is_empty() {
        return Change::Nothing;
    }
    let mut pairs = run.pairs();
    pairs.pass(ranks.start);
    let start = pairs.offset();
    pairs.pass(ranks.len());
    let (end, len) = (pairs.offset(), run.len() - ranks.len());
    replace(bytes, start..end, &[], len);
    Change::Removed
}

/// Replaces bytes of the pairs, which are so many then.
fn replace(bytes: &mut Vec<u8>, place: Range<usize>, replacement: &[u8], len: usize) {
    if bytes.is_empty() {
        packed::splice(bytes, 0..0, &[0; COUNT_LEN]);
    }
    packed::splice(bytes, place.start + COUNT_LEN..place.end + COUNT_LEN, replacement);
    bytes[0] = count(len);
}

/// A packed sorted set of so many pairs in order.
pub(super) fn with_count(len: usize, pairs: &[u8]) -> Vec<u8> {
    [&[count(len)], pairs].concat()
}

fn count(len: usize) -> u8 {
    u8::try_from(len).expect("a packed sorted set has few members")
}
