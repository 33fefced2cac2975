//! The tree of a condition, and how trees are put together.
//!
//! A small closed set: what the language says in several ways is one variant here. `!=` is NOT over
//! `=`, `IS NULL` is `= null`, `IS MISSING` is NOT over EXISTS, `CONTAINS v` is CONTAINS ANY of one.
//! The meaning of each stands in `mod.rs`.
//!
//! The invariant, kept by [`Condition::all_of`] and [`Condition::any_of`]: AND and OR have at least
//! two terms, and no term of their own kind. Dropping takes no stack, however deep the tree.

use super::literal::{Literal, LiteralSet};
use super::path::Path;

/// What documents are asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Condition {
    /// `*`: every document.
    #[default]
    All,
    /// `path < literal`: by class and value.
    Compare {
        /// Where.
        path: Path,
        /// How.
        comparison: Comparison,
        /// With what; a number or a string unless the comparison is `=`.
        literal: Literal,
    },
    /// `path IN (..)`: equal to one of them.
    In {
        /// Where.
        path: Path,
        /// To what; nothing is in an empty set.
        set: LiteralSet,
    },
    /// `path CONTAINS ANY (..)`: an array with one of them among its elements.
    ContainsAny {
        /// Where.
        path: Path,
        /// Which; no array contains any of none.
        set: LiteralSet,
    },
    /// `path CONTAINS ALL (..)`: an array with each of them among its elements.
    ContainsAll {
        /// Where.
        path: Path,
        /// Which; every array contains all of none.
        set: LiteralSet,
    },
    /// `path BETWEEN low AND high`: both ends are meant too.
    Between {
        /// Where.
        path: Path,
        /// A number or a string.
        low: Literal,
        /// Of the class of `low`; nothing lies between if it is less.
        high: Literal,
    },
    /// `path STARTS WITH 'prefix'`: a string, by its bytes.
    StartsWith {
        /// Where.
        path: Path,
        /// With what string; every string starts with the empty one.
        prefix: Literal,
    },
    /// `path EXISTS`: a value stands there, be it null.
    Exists {
        /// Where.
        path: Path,
    },
    /// Every term is true.
    And(Vec<Condition>),
    /// Some term is true.
    Or(Vec<Condition>),
    /// The term is false.
    Not(Box<Condition>),
}

/// How a value is compared with a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Condition {
    /// AND over the terms: without any it is [`Condition::All`], one term is itself, and an AND
    /// among them lends its terms.
    pub(crate) fn all_of(terms: Vec<Condition>) -> Condition {
        let mut flat = flatten(terms, Condition::and_terms);
        match flat.len() {
            0 => Condition::All,
            1 => flat.remove(0),
            _ => Condition::And(flat),
        }
    }

    /// OR over the terms: without any it is false of every document, one term is itself, and an OR
    /// among them lends its terms.
    pub(crate) fn any_of(terms: Vec<Condition>) -> Condition {
        let mut flat = flatten(terms, Condition::or_terms);
        match flat.len() {
            0 => Condition::All.negate(),
            1 => flat.remove(0),
            _ => Condition::Or(flat),
        }
    }

    /// Both conditions. O(1) amortized, so that a loop may build a long AND.
    pub(crate) fn and(mut self, other: Condition) -> Condition {
        match self.and_terms() {
            Some(terms) if !matches!(other, Condition::And(_)) => {
                terms.push(other);
                self
            }
            Some(_) | None => Condition::all_of(vec![self, other]),
        }
    }

    /// One of the conditions. O(1) amortized, so that a loop may build a long OR.
    pub(crate) fn or(mut self, other: Condition) -> Condition {
        match self.or_terms() {
            Some(terms) if !matches!(other, Condition::Or(_)) => {
                terms.push(other);
                self
            }
            Some(_) | None => Condition::any_of(vec![self, other]),
        }
    }

    /// The condition is false.
    pub(crate) fn negate(self) -> Condition {
        Condition::Not(Box::new(self))
    }

    fn and_terms(&mut self) -> Option<&mut Vec<Condition>> {
        if let Condition::And(terms) = self { Some(terms) } else { None }
    }

    fn or_terms(&mut self) -> Option<&mut Vec<Condition>> {
        if let Condition::Or(terms) = self { Some(terms) } else { None }
    }

    /// The path of a predicate that is true by a value there.
    pub(crate) fn positive_path(&self) -> Option<&Path> {
        match self {
            Condition::Compare { path, .. }
            | Condition::In { path, .. }
            | Condition::ContainsAny { path, .. }
            | Condition::ContainsAll { path, .. }
            | Condition::Between { path, .. }
            | Condition::StartsWith { path, .. } => Some(path),
            Condition::All
            | Condition::Exists { .. }
            | Condition::And(_)
            | Condition::Or(_)
            | Condition::Not(_) => None,
        }
    }

    /// The terms of AND and OR, the term of NOT; none of others.
    pub(super) fn children(&self) -> &[Condition] {
        match self {
            Condition::And(terms) | Condition::Or(terms) => terms,
            Condition::Not(term) => std::slice::from_ref(term),
            Condition::All
            | Condition::Compare { .. }
            | Condition::In { .. }
            | Condition::ContainsAny { .. }
            | Condition::ContainsAll { .. }
            | Condition::Between { .. }
            | Condition::StartsWith { .. }
            | Condition::Exists { .. } => &[],
        }
    }

    /// The literals of a predicate that can be arrays or many.
    pub(super) fn literals(&self) -> Option<&[Literal]> {
        match self {
            Condition::Compare { literal, .. } => Some(std::slice::from_ref(literal)),
            Condition::In { set, .. }
            | Condition::ContainsAny { set, .. }
            | Condition::ContainsAll { set, .. } => Some(set.as_slice()),
            Condition::All
            | Condition::Between { .. }
            | Condition::StartsWith { .. }
            | Condition::Exists { .. }
            | Condition::And(_)
            | Condition::Or(_)
            | Condition::Not(_) => None,
        }
    }

    /// Moves the children out, and leaves a condition without any.
    fn give_children(&mut self, taker: &mut Vec<Condition>) {
        match self {
            Condition::And(terms) | Condition::Or(terms) => taker.append(terms),
            Condition::Not(term) => taker.push(std::mem::take(term)),
            Condition::All
            | Condition::Compare { .. }
            | Condition::In { .. }
            | Condition::ContainsAny { .. }
            | Condition::ContainsAll { .. }
            | Condition::Between { .. }
            | Condition::StartsWith { .. }
            | Condition::Exists { .. } => {}
        }
    }
}

fn flatten(
    terms: Vec<Condition>,
    terms_of: impl Fn(&mut Condition) -> Option<&mut Vec<Condition>>,
) -> Vec<Condition> {
    let mut flat = Vec::with_capacity(terms.len());
    for mut term in terms {
        match terms_of(&mut term) {
            Some(inner) => flat.append(inner),
            None => flat.push(term),
        }
    }
    flat
}

/// A program can nest conditions deeper than a thread has stack, and they must be dropped before
/// anyone has checked them.
impl Drop for Condition {
    #[inline]
    fn drop(&mut self) {
        if self.children().is_empty() {
            return;
        }
        let mut waiting = Vec::new();
        self.give_children(&mut waiting);
        while let Some(mut condition) = waiting.pop() {
            condition.give_children(&mut waiting);
        }
    }
}
