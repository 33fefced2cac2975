//! What the methods on sorted sets take: options, and ranges as Rust writes them.
//!
//! As with [`ByteArg`], each can be lent to a job on the caller's thread, or owned by a job that
//! leaves it.

use std::ops::{
    Bound, Range, RangeBounds, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive,
};

use crate::arguments::{ByteArg, Lend, value_args};
use crate::types::zset::aggregate::Aggregate;
use crate::types::zset::ops::{ScoreEnd, ZAddOptions};
use crate::types::zset::range::{LexBound, LexRange, Limit, ScoreRange};

value_args!(Aggregate, Limit, ScoreEnd, ZAddOptions);

/// A range of scores: a [`ScoreRange`], or a range of Rust such as `1.0..=5.0`, `..` or
/// `(Bound::Excluded(1.0), Bound::Unbounded)`.
pub trait ScoreRangeArg {
    #[doc(hidden)]
    fn borrowed(&self) -> ScoreRange;

    #[doc(hidden)]
    fn owned(&self) -> ScoreRange {
        self.borrowed()
    }
}

impl ScoreRangeArg for ScoreRange {
    fn borrowed(&self) -> ScoreRange {
        *self
    }
}

impl<R: RangeBounds<f64>> ScoreRangeArg for R {
    fn borrowed(&self) -> ScoreRange {
        ScoreRange::new(self.start_bound().cloned(), self.end_bound().cloned())
    }
}

impl Lend for ScoreRange {
    type Lent<'a> = ScoreRange;
    fn lend(&self) -> ScoreRange {
        *self
    }
}

/// The two ends of a range of names.
type Ends<B> = (Bound<B>, Bound<B>);

/// A range of names: a range of Rust such as `"a".."c"`, `..` or
/// `(Bound::Excluded("a"), Bound::Unbounded)`. Names are compared as bytes.
///
/// ```
/// let db = kora::Database::in_memory();
/// db.zadd("names", [(0.0, "ann"), (0.0, "bob"), (0.0, "eve")])?;
/// assert_eq!(db.zlexcount("names", "b"..)?, 2);
/// assert_eq!(db.zlexcount("names", "ann"..="bob")?, 2);
/// # Ok::<(), kora::Error>(())
/// ```
pub trait LexRangeArg {
    #[doc(hidden)]
    fn borrowed(&self) -> (Bound<&[u8]>, Bound<&[u8]>);

    #[doc(hidden)]
    fn owned(&self) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
        let (min, max) = self.borrowed();
        (min.map(<[u8]>::to_vec), max.map(<[u8]>::to_vec))
    }
}

impl LexRangeArg for RangeFull {
    fn borrowed(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        (Bound::Unbounded, Bound::Unbounded)
    }
}

macro_rules! lex_ranges {
    ($($range:ty),* $(,)?) => {
        $(impl<B: ByteArg> LexRangeArg for $range {
            fn borrowed(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
                // A range of references is a range of what they refer to as well.
                let min = RangeBounds::<B>::start_bound(self);
                let max = RangeBounds::<B>::end_bound(self);
                (min.map(B::as_bytes), max.map(B::as_bytes))
            }
        })*
    };
}
lex_ranges! {
    Range<B>, RangeInclusive<B>, RangeFrom<B>, RangeTo<B>, RangeToInclusive<B>, Ends<B>,
}

impl Lend for Ends<&[u8]> {
    type Lent<'a>
        = LexRange<'a>
    where
        Self: 'a;
    fn lend(&self) -> LexRange<'_> {
        let bound = |bound, without| match bound {
            Bound::Included(name) => LexBound::Included(name),
            Bound::Excluded(name) => LexBound::Excluded(name),
            Bound::Unbounded => without,
        };
        LexRange { min: bound(self.0, LexBound::Lowest), max: bound(self.1, LexBound::Highest) }
    }
}
