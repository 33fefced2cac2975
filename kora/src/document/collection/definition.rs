//! What a collection is: its name, its number, its indexes.

use std::fmt;

use crate::query::{Condition, Path, parse_condition, parse_path};

/// Longest name of a collection or an index, in bytes.
pub(crate) const NAME_LEN_MAX: usize = 128;
/// Paths in one index.
pub(crate) const PATHS_MAX: usize = 8;

/// How an index orders or finds the values it holds.
///
/// All of them hold numbers, strings, booleans and null, at any path; a path through an array
/// holds each element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexKind {
    /// Finds equal values.
    Hash,
    /// Finds equal values and ranges, and serves ORDER BY. Of several paths it finds equal
    /// values of the first ones and a range of the next, or has its order.
    Sorted,
    /// Finds arrays by their elements (CONTAINS).
    Array,
    /// Finds equal values, and lets no two documents have the same. A document in which one of
    /// the paths is missing or null, or has an array or an object, is not held to it.
    Unique,
}

impl IndexKind {
    const ALL: [IndexKind; 4] =
        [IndexKind::Hash, IndexKind::Sorted, IndexKind::Array, IndexKind::Unique];

    /// The kind's word, as DOC.CREATEINDEX has it.
    pub fn word(self) -> &'static str {
        match self {
            IndexKind::Hash => "hash",
            IndexKind::Sorted => "sorted",
            IndexKind::Array => "array",
            IndexKind::Unique => "unique",
        }
    }

    /// The kind of this word, in any case.
    pub fn from_word(word: &str) -> Option<IndexKind> {
        IndexKind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word))
    }

    fn from_number(number: u8) -> Option<IndexKind> {
        IndexKind::ALL.into_iter().find(|kind| *kind as u8 == number)
    }
}

impl fmt::Display for IndexKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One index of a collection.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IndexDefinition {
    pub(crate) name: Box<str>,
    pub(crate) kind: IndexKind,
    /// At least one.
    pub(crate) paths: Vec<Path>,
    /// Which documents it holds; [`Condition::All`] for all of them.
    pub(crate) condition: Condition,
}

impl IndexDefinition {
    /// Whether no two documents may have the same value.
    pub(crate) fn is_unique(&self) -> bool {
        self.kind == IndexKind::Unique
    }

    /// Whether it holds every document that has a value.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.condition, Condition::All)
    }

    /// Appends it, as the log has it.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut text = |text: &str| {
            let len = u32::try_from(text.len()).expect("texts of definitions are short");
            out.extend_from_slice(&len.to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        };
        text(&self.name);
        text(&self.condition.to_string());
        for path in &self.paths {
            text(&path.to_string());
        }
        out.push(self.kind as u8);
    }

    /// Reads what [`IndexDefinition::encode`] wrote; `None` when it is something else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<IndexDefinition> {
        let (kind, mut rest) = bytes.split_last()?;
        let mut text = || {
            let (len, after) = rest.split_first_chunk::<4>()?;
            let (text, after) = after.split_at_checked(u32::from_le_bytes(*len) as usize)?;
            rest = after;
            std::str::from_utf8(text).ok()
        };
        let (name, condition) = (text()?.into(), parse_condition(text()?).ok()?);
        let mut paths = Vec::new();
        while let Some(path) = text() {
            paths.push(parse_path(path).ok()?);
        }
        let kind = IndexKind::from_number(*kind)?;
        let is_whole = rest.is_empty() && !paths.is_empty();
        is_whole.then_some(IndexDefinition { name, kind, paths, condition })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_come_back_and_cuts_do_not() {
        let paths = ["city", "address.`odd name`"].map(|text| parse_path(text).expect("a path"));
        for kind in IndexKind::ALL {
            let definition = IndexDefinition {
                name: "by city".into(),
                kind,
                paths: paths.to_vec(),
                condition: parse_condition("age > 3").expect("a condition"),
            };
            let mut bytes = Vec::new();
            definition.encode(&mut bytes);
            assert_eq!(IndexDefinition::decode(&bytes), Some(definition));
            assert_eq!(IndexDefinition::decode(&bytes[1..]), None);
            assert_eq!(IndexDefinition::decode(&[]), None);
            assert_eq!(IndexKind::from_word(&kind.word().to_uppercase()), Some(kind));
        }
    }
}
