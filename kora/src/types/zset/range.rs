//! Which members a command is about: by rank, by score or by name, from which end, and how many.
//!
//! Only what is asked; [`ZsetView::ranks`](super::value::ZsetView::ranks) finds the answer, which
//! is always a range of ranks. Words are read in `commands/`, Rust's ranges in `api/`.

use std::ops::{Bound, Range, RangeBounds};

use crate::error::{ArgumentError, Result};

/// A range of scores.
///
/// What takes one also takes a range of Rust, such as `1.0..=5.0`.
///
/// ```
/// use kora::{Database, ScoreRange};
///
/// let db = Database::in_memory();
/// db.zadd("board", [(1.0, "ann"), (2.0, "bob"), (3.0, "eve")])?;
/// assert_eq!(db.zcount("board", ScoreRange::ALL.above(1.0))?, 2);
/// assert_eq!(db.zcount("board", ScoreRange::ALL.at_least(1.0).below(3.0))?, 2);
/// assert_eq!(db.zcount("board", 1.0..3.0)?, 2);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreRange {
    min: Bound<f64>,
    max: Bound<f64>,
}

impl ScoreRange {
    /// Every score, the infinities too.
    pub const ALL: ScoreRange = ScoreRange { min: Bound::Unbounded, max: Bound::Unbounded };

    /// Scores from `score` on.
    #[must_use]
    pub fn at_least(self, score: f64) -> ScoreRange {
        ScoreRange { min: Bound::Included(score), ..self }
    }

    /// Scores greater than `score`.
    #[must_use]
    pub fn above(self, score: f64) -> ScoreRange {
        ScoreRange { min: Bound::Excluded(score), ..self }
    }

    /// Scores up to `score`.
    #[must_use]
    pub fn at_most(self, score: f64) -> ScoreRange {
        ScoreRange { max: Bound::Included(score), ..self }
    }

    /// Scores less than `score`.
    #[must_use]
    pub fn below(self, score: f64) -> ScoreRange {
        ScoreRange { max: Bound::Excluded(score), ..self }
    }

    pub(crate) fn new(min: Bound<f64>, max: Bound<f64>) -> ScoreRange {
        ScoreRange { min, max }
    }

    fn check(self) -> Result<()> {
        let is_number = |bound| match bound {
            Bound::Included(score) | Bound::Excluded(score) => !f64::is_nan(score),
            Bound::Unbounded => true,
        };
        if is_number(self.min) && is_number(self.max) {
            Ok(())
        } else {
            Err(ArgumentError::ScoreBound.into())
        }
    }

    /// Whether the range lies above a score.
    pub(crate) fn is_above(self, score: f64) -> bool {
        match self.min {
            Bound::Included(min) => score < min,
            Bound::Excluded(min) => score <= min,
            Bound::Unbounded => false,
        }
    }

    /// Whether the range lies below a score.
    pub(crate) fn is_below(self, score: f64) -> bool {
        match self.max {
            Bound::Included(max) => score > max,
            Bound::Excluded(max) => score >= max,
            Bound::Unbounded => false,
        }
    }
}

impl<R: RangeBounds<f64>> From<R> for ScoreRange {
    fn from(range: R) -> ScoreRange {
        ScoreRange { min: range.start_bound().cloned(), max: range.end_bound().cloned() }
    }
}

/// An end of a range of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LexBound<'a> {
    /// Before every name: `-`.
    Lowest,
    /// At this name, which is within: `[name`.
    Included(&'a [u8]),
    /// At this name, which is outside: `(name`.
    Excluded(&'a [u8]),
    /// After every name: `+`.
    Highest,
}

/// A range of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LexRange<'a> {
    pub(crate) min: LexBound<'a>,
    pub(crate) max: LexBound<'a>,
}

impl LexRange<'_> {
    /// Whether the range lies above a name.
    pub(crate) fn is_above(self, name: &[u8]) -> bool {
        match self.min {
            LexBound::Lowest => false,
            LexBound::Included(min) => name < min,
            LexBound::Excluded(min) => name <= min,
            LexBound::Highest => true,
        }
    }

    /// Whether the range lies below a name.
    pub(crate) fn is_below(self, name: &[u8]) -> bool {
        match self.max {
            LexBound::Lowest => true,
            LexBound::Included(max) => name > max,
            LexBound::Excluded(max) => name >= max,
            LexBound::Highest => false,
        }
    }
}

/// How many members of a range are wanted, and how many of it are passed first (LIMIT).
///
/// ```
/// use kora::{Database, Limit};
///
/// let db = Database::in_memory();
/// db.zadd("board", [(1.0, "ann"), (2.0, "bob"), (3.0, "eve")])?;
/// let second = db.zrangebyscore("board", .., Limit::first(1).skip(1))?;
/// assert_eq!(second, ["bob"]);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    skip: usize,
    count: usize,
}

impl Limit {
    /// All of the range.
    pub const NONE: Limit = Limit { skip: 0, count: usize::MAX };

    /// At most so many members.
    #[must_use]
    pub fn first(count: usize) -> Limit {
        Limit { count, ..Limit::NONE }
    }

    /// Passes so many members before the first that is wanted.
    #[must_use]
    pub fn skip(self, count: usize) -> Limit {
        Limit { skip: count, ..self }
    }

    /// What is left of some ranks that are gone through in a direction.
    pub(crate) fn cut(self, ranks: Range<usize>, direction: Direction) -> Range<usize> {
        let skip = self.skip.min(ranks.len());
        let count = self.count.min(ranks.len() - skip);
        match direction {
            Direction::Ascending => ranks.start + skip..ranks.start + skip + count,
            Direction::Descending => ranks.end - skip - count..ranks.end - skip,
        }
    }
}

/// From which end members are counted and returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the lowest score.
    Ascending,
    /// From the highest score.
    Descending,
}

impl Direction {
    /// The ranks from `start` to `stop`, both included and counted in this direction, negative from
    /// its end.
    pub(crate) fn ranks(self, start: i64, stop: i64, len: usize) -> Range<usize> {
        let place = |at: i64| match usize::try_from(at) {
            Ok(at) => Some(at),
            Err(_negative) => {
                len.checked_sub(usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX))
            }
        };
        let first = place(start).unwrap_or(0);
        let end = place(stop).map_or(0, |last| last.saturating_add(1)).min(len);
        let ranks = first.min(end)..end;
        match self {
            Direction::Ascending => ranks,
            Direction::Descending => len - ranks.end..len - ranks.start,
        }
    }
}

/// What members are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Span<'a> {
    /// Those from one rank to another, negative from the end, both included.
    Ranks(i64, i64),
    /// Those with these scores.
    Scores(ScoreRange),
    /// Those with these names, where all scores are equal.
    Lex(LexRange<'a>),
}

impl Span<'_> {
    /// What taking them out is called.
    pub(crate) fn removal(self) -> &'static str {
        match self {
            Span::Ranks(..) => "zremrangebyrank",
            Span::Scores(_) => "zremrangebyscore",
            Span::Lex(_) => "zremrangebylex",
        }
    }

    /// Says no to a bound that is not a number.
    pub(crate) fn check(self) -> Result<()> {
        match self {
            Span::Scores(range) => range.check(),
            Span::Ranks(..) | Span::Lex(_) => Ok(()),
        }
    }
}

/// What members are asked for, and how they are returned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<'a> {
    pub(crate) span: Span<'a>,
    pub(crate) direction: Direction,
    /// Not for ranks.
    pub(crate) limit: Limit,
}
