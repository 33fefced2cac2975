//! How a set is read, wherever it lies: in its key's block, in its box, in three forms.
//!
//! A view changes nothing and owns nothing, so several can be looked at together. Members come
//! as [`Element`]s, which are their texts: one of a table is always bytes, one of the other forms
//! is an integer if it can be.

use std::ops::Range;

use crate::map::{Block, Map, hash};
use crate::text::integer::{IntegerText, parse_i64, write_i64};
use crate::types::packed::{self, Element, Elements};
use crate::types::set::intset::Integers;

/// A set to read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SetView<'a> {
    /// Nothing but integers, and not many.
    Integers(Integers<'a>),
    /// Few and short members.
    Packed(PackedView<'a>),
    /// Any members.
    Table(&'a Map<Block>),
}

/// A packed run of members behind their number, a byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackedView<'a>(&'a [u8]);

impl<'a> PackedView<'a> {
    /// Reads a number and a run.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> PackedView<'a> {
        debug_assert!(!bytes.is_empty(), "the number of members comes first");
        PackedView(bytes)
    }

    /// Number of members. O(1).
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.0[0].into()
    }

    /// Number and run.
    pub(crate) fn bytes(self) -> &'a [u8] {
        self.0
    }

    fn run(self) -> &'a [u8] {
        &self.0[1..]
    }

    /// Where a member stands among the bytes.
    pub(crate) fn find(self, member: &[u8]) -> Option<Range<usize>> {
        let range = packed::find(self.run(), member, 0)?;
        Some(range.start + 1..range.end + 1)
    }

    fn elements(self) -> Elements<'a> {
        Elements::new(self.run())
    }
}

impl<'a> SetView<'a> {
    /// Number of members. O(1).
    #[inline]
    pub(crate) fn len(self) -> usize {
        match self {
            SetView::Integers(integers) => integers.len(),
            SetView::Packed(packed) => packed.len(),
            SetView::Table(table) => table.len(),
        }
    }

    /// Whether a member is there. O(1) in a table; the other forms are small.
    #[inline]
    pub(crate) fn contains(self, member: &[u8]) -> bool {
        match self {
            SetView::Integers(integers) => parse_i64(member).is_some_and(|n| integers.contains(n)),
            SetView::Packed(packed) => packed.find(member).is_some(),
            SetView::Table(table) => table.find(hash(member), member).is_some(),
        }
    }

    /// Whether a member of another set is there.
    #[inline]
    pub(crate) fn has(self, member: Element<'_>) -> bool {
        match (self, member) {
            (SetView::Integers(integers), Element::Integer(n)) => integers.contains(n),
            (_, Element::Bytes(bytes)) => self.contains(bytes),
            (_, Element::Integer(n)) => self.contains(write_i64(&mut IntegerText::new(), n)),
        }
    }

    /// Whether `test` says yes to all members; visits them until it says no. Integers ascend,
    /// other orders mean nothing.
    #[inline]
    pub(crate) fn all(self, mut test: impl FnMut(Element<'a>) -> bool) -> bool {
        match self {
            SetView::Integers(integers) => integers.iter().all(|n| test(Element::Integer(n))),
            SetView::Packed(packed) => packed.elements().all(test),
            SetView::Table(table) => table.iter().all(|block| test(Element::Bytes(block.key()))),
        }
    }

    /// Visits all members.
    #[inline]
    pub(crate) fn each(self, mut visit: impl FnMut(Element<'a>)) {
        self.all(|member| {
            visit(member);
            true
        });
    }

    /// Visits members from a cursor on, at least `least` if there are so many; returns the next
    /// cursor, 0 at the end. The small forms are visited at once, as in Redis.
    ///
    /// A member that is there from the first call of a pass to its last is visited.
    pub(crate) fn scan(self, cursor: u64, least: usize, mut visit: impl FnMut(Element<'a>)) -> u64 {
        match self {
            SetView::Integers(_) | SetView::Packed(_) => {
                self.each(visit);
                0
            }
            SetView::Table(table) => {
                table.scan_from(cursor, least, |block| visit(Element::Bytes(block.key())))
            }
        }
    }

    /// A member chosen about uniformly; `random` returns random numbers. `None` if there is no
    /// member.
    pub(crate) fn pick(self, mut random: impl FnMut() -> u64) -> Option<Element<'a>> {
        let rank = below(self.len(), random());
        match self {
            SetView::Integers(integers) => {
                (rank < integers.len()).then(|| Element::Integer(integers.get(rank)))
            }
            SetView::Packed(packed) => packed.elements().nth(rank),
            SetView::Table(table) => table.pick(random).map(|block| Element::Bytes(block.key())),
        }
    }
}

/// A number below `bound` for 64 random bits, about uniform (Lemire's multiplication); 0 if
/// `bound` is 0.
pub(super) fn below(bound: usize, bits: u64) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "less than `bound`")]
    let chosen = ((u128::from(bits) * bound as u128) >> 64) as usize;
    chosen
}
