//! The words that bound a range: ranks, scores such as `1.5`, `(1.5` and `-inf`, names such as `[a`,
//! `(a`, `-` and `+`.

use std::ops::Bound;

use crate::error::{ArgumentError, Error, Result};
use crate::text::double::parse_bound;
use crate::text::integer::parse_i64;
use crate::types::zset::range::{LexBound, LexRange, ScoreRange, Span};

/// What the bounds of a range are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Rank,
    Score,
    Lex,
}

impl By {
    /// The range between two bounds, the lower first.
    pub(super) fn span<'a>(self, min: &'a [u8], max: &'a [u8]) -> Result<Span<'a>> {
        Ok(match self {
            By::Rank => Span::Ranks(rank(min)?, rank(max)?),
            By::Score => Span::Scores(ScoreRange::new(score(min)?, score(max)?)),
            By::Lex => Span::Lex(LexRange { min: lex(min)?, max: lex(max)? }),
        })
    }
}

fn rank(word: &[u8]) -> Result<i64> {
    parse_i64(word).ok_or(Error::NotAnInteger)
}

fn score(word: &[u8]) -> Result<Bound<f64>> {
    let bound = match word {
        [b'(', score @ ..] => parse_bound(score).map(Bound::Excluded),
        score => parse_bound(score).map(Bound::Included),
    };
    Ok(bound.ok_or(ArgumentError::ScoreBound)?)
}

fn lex(word: &[u8]) -> Result<LexBound<'_>> {
    match word {
        b"-" => Ok(LexBound::Lowest),
        b"+" => Ok(LexBound::Highest),
        [b'[', name @ ..] => Ok(LexBound::Included(name)),
        [b'(', name @ ..] => Ok(LexBound::Excluded(name)),
        _ => Err(ArgumentError::LexBound.into()),
    }
}
