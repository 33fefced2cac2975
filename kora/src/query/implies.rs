//! Whether what a query asks makes a condition true, so that an index of only such documents serves it.
//!
//! What can be seen at once, term by term: the same predicate, a narrower range of the same path, a
//! value where one must exist. A no may be wrong and costs an index; a yes is never wrong.

use super::ast::Condition;
use super::path::Path;
use super::ranges::interval_of;

impl Condition {
    /// Whether every document that satisfies all of the terms satisfies this.
    pub(crate) fn follows_from(&self, terms: &[Condition]) -> bool {
        match self {
            Condition::All => true,
            Condition::And(parts) => parts.iter().all(|part| part.follows_from(terms)),
            Condition::Compare { .. }
            | Condition::In { .. }
            | Condition::ContainsAny { .. }
            | Condition::ContainsAll { .. }
            | Condition::Between { .. }
            | Condition::StartsWith { .. }
            | Condition::Exists { .. }
            | Condition::Or(_)
            | Condition::Not(_) => terms.iter().any(|term| term.implies(self)),
        }
    }

    fn implies(&self, other: &Condition) -> bool {
        if self == other {
            return true;
        }
        if let Condition::Exists { path } = other {
            return self.needs(path);
        }
        // By any value at the path that satisfies the one, the other is satisfied too.
        match (interval_of(self), interval_of(other)) {
            (Some((path, Some(interval))), Some((same, Some(other)))) => {
                path == same && interval.is_within(&other)
            }
            _ => false,
        }
    }

    /// Whether only a document with a value at the path can satisfy it.
    fn needs(&self, wanted: &Path) -> bool {
        self.positive_path() == Some(wanted)
    }
}
