//! How large a query may be, and the check of conditions that no parser has seen.
//!
//! The parser stops at these limits before it allocates for what lies beyond. The typed door builds
//! trees without text; [`Condition::check`] asks the same of them, without recursion, and whatever
//! walks a tree by recursion may count on it.

use smallvec::{SmallVec, smallvec};

use super::ast::Condition;
use super::error::QueryError;
use super::literal::Literal;

/// Longest text of a query. Arbitrary: some thousand times what people write, and short enough that
/// a parse stays below a millisecond or two.
pub(crate) const TEXT_BYTES_MAX: usize = 64 << 10;

/// How many predicates, NOTs, ANDs and ORs a condition may have. Arbitrary; a list of values is one
/// predicate.
pub(crate) const NODES_MAX: usize = 4_096;

/// How deep NOT, `( )` and `[ ]` may be nested. Arbitrary; it bounds the stack of everything that
/// walks a condition.
pub(crate) const NESTING_MAX: usize = 64;

/// How many values a list or an array may have. Arbitrary; below what a text could hold.
pub(crate) const LIST_LEN_MAX: usize = 16_384;

/// How many names a path may have.
pub(crate) const PATH_LEN_MAX: usize = 32;

/// How many paths an order may have. Arbitrary: the fourth is rare.
pub(crate) const SORT_KEYS_MAX: usize = 16;

/// How many paths a projection may have. Arbitrary.
pub(crate) const PATHS_MAX: usize = 256;

/// How many characters of a text an error repeats.
pub(super) const SHOWN_LEN_MAX: usize = 40;

// What is expected within each limit; a test compares the words with the numbers.
pub(super) const TEXT_BYTES: &[&str] = &["at most 65536 bytes"];
pub(super) const NODES: &[&str] = &["at most 4096 predicates and connectives"];
pub(super) const NESTING: &[&str] = &["at most 64 levels of NOT, ( ) and [ ]"];
pub(super) const LIST_LEN: &[&str] = &["at most 16384 values in a list"];
pub(super) const PATH_LEN: &[&str] = &["at most 32 names in a path"];
pub(super) const SORT_KEYS: &[&str] = &["at most 16 paths in an order"];
pub(super) const PATHS: &[&str] = &["at most 256 paths in a projection"];

/// What is found beyond a limit whose count stopped there.
pub(super) const MORE: &str = "more";

impl Condition {
    /// Refuses a condition that no text could say for its size, or that has open places.
    ///
    /// Until it has passed, a condition that was built by a program may be only dropped and
    /// combined: cloning, printing and evaluating recurse.
    ///
    /// # Errors
    /// The limit that is passed: nodes, nesting or the length of a list; values that are missing.
    pub(crate) fn check(&self) -> Result<(), QueryError> {
        if self.is_small() && self.places() == 0 {
            return Ok(());
        }
        self.check_size()?;
        self.check_bound()
    }

    /// Whether this is a predicate with one or two values, none of them an array: then it has no size
    /// to be checked.
    fn is_small(&self) -> bool {
        let is_scalar = |literal: &Literal| literal.elements_of_array().is_none();
        match self {
            Condition::Compare { literal, .. } => is_scalar(literal),
            Condition::Between { low, high, .. } => is_scalar(low) && is_scalar(high),
            Condition::All | Condition::StartsWith { .. } | Condition::Exists { .. } => true,
            Condition::In { .. }
            | Condition::ContainsAny { .. }
            | Condition::ContainsAll { .. }
            | Condition::And(_)
            | Condition::Or(_)
            | Condition::Not(_) => false,
        }
    }

    /// Refuses a condition that no text could say for its size.
    pub(super) fn check_size(&self) -> Result<(), QueryError> {
        if self.is_small() {
            return Ok(());
        }
        // Most conditions are one predicate, or some in one AND.
        if self.children().iter().all(|child| child.children().is_empty()) {
            ensure(self.children().len() < NODES_MAX, NODES)?;
            self.literals().into_iter().try_for_each(|list| check_list(list, 0))?;
            return self.children().iter().try_for_each(|child| {
                let nesting = self.nesting_of(child);
                child.literals().into_iter().try_for_each(|list| check_list(list, nesting))
            });
        }
        let mut waiting: SmallVec<[_; 8]> = smallvec![(self, 0)];
        let mut nodes = 0;
        while let Some((condition, nesting)) = waiting.pop() {
            nodes += 1;
            ensure(nodes <= NODES_MAX, NODES)?;
            ensure(nesting <= NESTING_MAX, NESTING)?;
            for child in condition.children() {
                // Asked before the list of children is stored, which may be long.
                ensure(nodes + waiting.len() <= NODES_MAX, NODES)?;
                waiting.push((child, nesting + condition.nesting_of(child)));
            }
            condition.literals().into_iter().try_for_each(|list| check_list(list, nesting))?;
        }
        Ok(())
    }
}

fn check_list(list: &[Literal], nesting: usize) -> Result<(), QueryError> {
    if let [literal] = list {
        if literal.elements_of_array().is_none() {
            return Ok(());
        }
    }
    let mut waiting: SmallVec<[_; 4]> = smallvec![(list, nesting)];
    while let Some((list, nesting)) = waiting.pop() {
        ensure(list.len() <= LIST_LEN_MAX, LIST_LEN)?;
        ensure(nesting <= NESTING_MAX, NESTING)?;
        let arrays = list.iter().filter_map(Literal::elements_of_array);
        waiting.extend(arrays.map(|elements| (elements, nesting + 1)));
    }
    Ok(())
}

fn ensure(is_within: bool, limit: &'static [&'static str]) -> Result<(), QueryError> {
    if is_within { Ok(()) } else { Err(QueryError::beyond(limit, MORE.into())) }
}
