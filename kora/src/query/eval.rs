//! Whether a document satisfies a condition.
//!
//! Knows documents as [`Node`]s only. What the predicates mean is written in `mod.rs`; this file
//! decides it, and an index that serves a predicate has to agree with it.
//!
//! The invariant: the answer depends on the document's values only, never on their form, and
//! [`Condition::normalize`] does not change it.

use smallvec::{SmallVec, smallvec};

use super::ast::{Comparison, Condition};
use super::literal::{Literal, LiteralSet};
use super::path::Path;
use super::value::{Class, Node, Value, any_at, order};

/// Whether the document satisfies the condition. Without allocation, but for CONTAINS ALL of many.
///
/// Recurses as deep as the condition, which has passed [`Condition::check`].
pub(crate) fn matches<'d, N: Node<'d>>(condition: &Condition, document: N) -> bool {
    match condition {
        Condition::All => true,
        Condition::Compare { path, comparison, literal } => {
            any(document, path, |node| compares(node, *comparison, literal))
        }
        Condition::In { path, set } => any(document, path, |node| set.find(node).is_some()),
        Condition::ContainsAny { path, set } => {
            any(document, path, |node| node.elements().any(|element| set.find(element).is_some()))
        }
        Condition::ContainsAll { path, set } => any(document, path, |node| contains_all(node, set)),
        Condition::Between { path, low, high } => any(document, path, |node| {
            compares(node, Comparison::GreaterOrEqual, low)
                && compares(node, Comparison::LessOrEqual, high)
        }),
        Condition::StartsWith { path, prefix } => {
            any(document, path, |node| starts_with(node, prefix.text()))
        }
        Condition::Exists { path } => any(document, path, |_| true),
        Condition::And(terms) => terms.iter().all(|term| matches(term, document)),
        Condition::Or(terms) => terms.iter().any(|term| matches(term, document)),
        Condition::Not(term) => !matches(term, document),
    }
}

fn any<'d, N: Node<'d>>(document: N, path: &Path, test: impl Fn(N) -> bool) -> bool {
    any_at(document, path.names(), &test)
}

fn compares<'d, N: Node<'d>>(node: N, comparison: Comparison, literal: &Literal) -> bool {
    let is_ordered = || is_ordered(literal) && node.value().class() == literal.value().class();
    match comparison {
        Comparison::Equal => order(node, literal).is_eq(),
        Comparison::Less => is_ordered() && order(node, literal).is_lt(),
        Comparison::LessOrEqual => is_ordered() && order(node, literal).is_le(),
        Comparison::Greater => is_ordered() && order(node, literal).is_gt(),
        Comparison::GreaterOrEqual => is_ordered() && order(node, literal).is_ge(),
    }
}

/// Whether `<` is asked of such literals. No text asks it of others; a program that does gets no
/// document.
pub(super) fn is_ordered(literal: &Literal) -> bool {
    match literal.value().class() {
        Class::Number | Class::String => true,
        Class::Null | Class::Bool | Class::Array | Class::Object => false,
    }
}

/// O(elements * log literals): one pass over the elements, marking what is found.
fn contains_all<'d, N: Node<'d>>(node: N, set: &LiteralSet) -> bool {
    if node.value() != Value::Array {
        return false;
    }
    let mut missing = set.as_slice().len();
    let mut is_found: SmallVec<[bool; 32]> = smallvec![false; missing];
    for element in node.elements() {
        if missing == 0 {
            break;
        }
        if let Some(index) = set.find(element) {
            missing -= usize::from(!std::mem::replace(&mut is_found[index], true));
        }
    }
    missing == 0
}

fn starts_with<'d, N: Node<'d>>(node: N, prefix: &str) -> bool {
    matches!(node.value(), Value::String(string) if string.starts_with(prefix.as_bytes()))
}
