//! A condition in the form that a planner wants: NOT only at predicates, nothing nested in vain.
//!
//! Because a predicate is true or false and never unknown, De Morgan's laws hold without
//! exception. NOT over a comparison stays: `NOT age < 5` is true of a document without an age, and
//! `age >= 5` is not.
//!
//! The invariant: the same documents match before and after, and a second time changes nothing.

use std::borrow::Cow;

use super::ast::Condition;

impl Condition {
    /// The same condition with NOT pushed down to predicates, double NOT and `*` resolved, and AND
    /// and OR flat. What no document satisfies by this alone is `NOT *`.
    ///
    /// O(n). Recurses as deep as the condition, which has passed [`Condition::check`].
    pub(crate) fn normalize(self) -> Condition {
        push_not(self, false)
    }

    /// The same, without a copy of what is normal already.
    pub(crate) fn normal(&self) -> Cow<'_, Condition> {
        if self.is_normal() { Cow::Borrowed(self) } else { Cow::Owned(self.clone().normalize()) }
    }

    /// Whether [`Condition::normalize`] would change nothing; false of some that it would not.
    fn is_normal(&self) -> bool {
        match self {
            Condition::And(terms) | Condition::Or(terms) => {
                terms.iter().all(Condition::is_predicate)
            }
            Condition::Not(term) => term.is_predicate(),
            Condition::All => true,
            Condition::Compare { .. }
            | Condition::In { .. }
            | Condition::ContainsAny { .. }
            | Condition::ContainsAll { .. }
            | Condition::Between { .. }
            | Condition::StartsWith { .. }
            | Condition::Exists { .. } => true,
        }
    }

    fn is_predicate(&self) -> bool {
        !matches!(self, Condition::All) && self.children().is_empty()
    }

    /// Whether this is `NOT *`, the normal form of what no document satisfies.
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Condition::Not(term) if **term == Condition::All)
    }
}

/// The condition, negated or not.
fn push_not(mut condition: Condition, is_negated: bool) -> Condition {
    match &mut condition {
        Condition::Not(term) => push_not(std::mem::take(term), !is_negated),
        Condition::And(terms) => join(std::mem::take(terms), is_negated, !is_negated),
        Condition::Or(terms) => join(std::mem::take(terms), is_negated, is_negated),
        Condition::All
        | Condition::Compare { .. }
        | Condition::In { .. }
        | Condition::ContainsAny { .. }
        | Condition::ContainsAll { .. }
        | Condition::Between { .. }
        | Condition::StartsWith { .. }
        | Condition::Exists { .. } => {
            if is_negated {
                condition.negate()
            } else {
                condition
            }
        }
    }
}

/// Joins the terms, each negated or not, by AND or OR. `*` decides an OR and adds nothing to an
/// AND; `NOT *` the other way round.
fn join(terms: Vec<Condition>, is_negated: bool, is_and: bool) -> Condition {
    let is_idle = |term: &Condition| if is_and { *term == Condition::All } else { term.is_none() };
    let decides = |term: &Condition| if is_and { term.is_none() } else { *term == Condition::All };
    let mut kept = Vec::with_capacity(terms.len());
    for term in terms {
        let term = push_not(term, is_negated);
        if decides(&term) {
            return term;
        }
        if !is_idle(&term) {
            kept.push(term);
        }
    }
    if is_and { Condition::all_of(kept) } else { Condition::any_of(kept) }
}
