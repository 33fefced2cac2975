//! Indexes, as they are asked for and as they are listed.

use crate::document::collection::definition::{IndexDefinition, IndexKind};
use crate::engine::collections::IndexState;
use crate::error::{Error, Result};
use crate::query::{Condition, parse_condition, parse_path};

/// An index to be made.
///
/// ```
/// use kora::Index;
///
/// let by_email = Index::unique("email");
/// let by_place = Index::sorted("country").and("city").named("place");
/// let open = Index::hash("owner").only("state = 'open'");
/// # let _ = (by_email, by_place, open);
/// ```
#[derive(Clone, Debug)]
pub struct Index {
    kind: IndexKind,
    paths: Vec<String>,
    name: Option<String>,
    condition: Option<String>,
}

impl Index {
    /// An index of some kind on a path.
    pub fn new(kind: IndexKind, path: &str) -> Index {
        Index { kind, paths: vec![path.to_owned()], name: None, condition: None }
    }

    /// Finds equal values.
    pub fn hash(path: &str) -> Index {
        Index::new(IndexKind::Hash, path)
    }

    /// Finds equal values and ranges, and serves ORDER BY.
    pub fn sorted(path: &str) -> Index {
        Index::new(IndexKind::Sorted, path)
    }

    /// Finds arrays by their elements.
    pub fn array(path: &str) -> Index {
        Index::new(IndexKind::Array, path)
    }

    /// Finds equal values, and lets no two documents have the same.
    pub fn unique(path: &str) -> Index {
        Index::new(IndexKind::Unique, path)
    }

    /// One more path, of a sorted or a unique index.
    #[must_use]
    pub fn and(mut self, path: &str) -> Index {
        self.paths.push(path.to_owned());
        self
    }

    /// Holds only documents that satisfy a condition. It serves queries that imply the condition:
    /// that say each of its predicates, or a narrower range.
    #[must_use]
    pub fn only(mut self, condition: &str) -> Index {
        self.condition = Some(condition.to_owned());
        self
    }

    /// Its name; without this, its paths with `_` between them.
    #[must_use]
    pub fn named(mut self, name: &str) -> Index {
        self.name = Some(name.to_owned());
        self
    }

    pub(crate) fn into_definition(self) -> Result<IndexDefinition> {
        let name = self.name.unwrap_or_else(|| self.paths.join("_")).into();
        let paths =
            self.paths.iter().map(|path| parse_path(path)).collect::<std::result::Result<_, _>>();
        let condition = self.condition.as_deref().map_or(Ok(Condition::All), parse_condition);
        Ok(IndexDefinition {
            name,
            kind: self.kind,
            paths: paths.map_err(Error::query)?,
            condition: condition.map_err(Error::query)?,
        })
    }
}

/// An index that is there, or is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexInfo {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: IndexKind,
    /// Its paths.
    pub paths: Vec<String>,
    /// Which documents it holds; `None` for all.
    pub condition: Option<String>,
    /// While it is made: documents that are in it, and documents that are to be.
    pub progress: Option<(u64, u64)>,
}

impl From<IndexState> for IndexInfo {
    fn from(state: IndexState) -> IndexInfo {
        let IndexState { definition, progress } = state;
        let is_whole = definition.is_whole();
        IndexInfo {
            name: definition.name.into(),
            kind: definition.kind,
            paths: definition.paths.iter().map(ToString::to_string).collect(),
            condition: (!is_whole).then(|| definition.condition.to_string()),
            progress,
        }
    }
}
