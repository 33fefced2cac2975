//! What stands beside a condition: the order of the results, and which fields of them are wanted.
//!
//! Lists of paths with few words of their own, read and printed here. How values of different kinds
//! stand to each other in an order is not said here; that is [`Class`](super::Class).
//!
//! The invariant: no path stands twice, because the second would mean nothing.

use std::collections::BTreeSet;
use std::fmt;

use super::cursor::{Cursor, Slot};
use super::error::QueryError;
use super::lexer::Sign;
use super::limits::{self, PATHS_MAX, SORT_KEYS_MAX};
use super::path::{Path, read_path};

/// The order of results: by the first key, then by the next where that is equal. Without keys,
/// results come as they are found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    /// The most important first.
    pub(crate) keys: Vec<SortKey>,
}

/// One path to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SortKey {
    /// Where the value stands.
    pub(crate) path: Path,
    /// Which value comes first.
    pub(crate) direction: Direction,
}

/// Which of two values comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Direction {
    /// The lower: `ASC`, and what an order means that does not say.
    #[default]
    Ascending,
    /// The higher: `DESC`.
    Descending,
}

/// Which parts of a document are wanted. Without paths, it is the whole document; a path below
/// another one adds nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Projection {
    /// As they were written.
    pub(crate) paths: Vec<Path>,
}

/// Reads what follows ORDER BY: `age DESC, name`. An empty text has no keys.
///
/// # Errors
/// What is no order, and where; a path that stands twice; more than [`SORT_KEYS_MAX`] keys.
pub(crate) fn parse_order(text: &str) -> Result<Order, QueryError> {
    let mut cursor = Cursor::new(text)?;
    let mut keys = Vec::new();
    let mut paths = Paths::new(SORT_KEYS_MAX, limits::SORT_KEYS);
    let mut has_more = !cursor.is_at_end();
    while has_more {
        let path = paths.read(&mut cursor)?;
        let direction = read_direction(&mut cursor)?;
        let slot = if direction.is_some() { Slot::PathNext } else { Slot::Direction };
        keys.push(SortKey { path, direction: direction.unwrap_or_default() });
        has_more = cursor.take_sign(Sign::Comma)?;
        if !has_more {
            cursor.end(slot)?;
        }
    }
    Ok(Order { keys })
}

fn read_direction(cursor: &mut Cursor<'_>) -> Result<Option<Direction>, QueryError> {
    if cursor.take_word("ASC")? {
        return Ok(Some(Direction::Ascending));
    }
    Ok(cursor.take_word("DESC")?.then_some(Direction::Descending))
}

/// Reads a list of fields: `name, address.city`. An empty text and `*` are the whole document.
///
/// # Errors
/// What is no list of paths, and where; a path that stands twice; more than [`PATHS_MAX`] paths.
pub(crate) fn parse_projection(text: &str) -> Result<Projection, QueryError> {
    let mut cursor = Cursor::new(text)?;
    if cursor.take_sign(Sign::Star)? {
        cursor.end(Slot::End)?;
        return Ok(Projection::default());
    }
    let mut list = Vec::new();
    let mut paths = Paths::new(PATHS_MAX, limits::PATHS);
    let mut has_more = !cursor.is_at_end();
    while has_more {
        list.push(paths.read(&mut cursor)?);
        has_more = cursor.take_sign(Sign::Comma)?;
        if !has_more {
            cursor.end(Slot::PathNext)?;
        }
    }
    Ok(Projection { paths: list })
}

/// Reads paths that must differ, up to a limit.
struct Paths {
    seen: BTreeSet<Path>,
    len_max: usize,
    limit: &'static [&'static str],
}

impl Paths {
    fn new(len_max: usize, limit: &'static [&'static str]) -> Paths {
        Paths { seen: BTreeSet::new(), len_max, limit }
    }

    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<Path, QueryError> {
        if self.seen.len() == self.len_max {
            return Err(cursor.beyond(self.limit));
        }
        let start = cursor.place();
        let path = read_path(cursor, Slot::Name)?;
        if !self.seen.insert(path.clone()) {
            return Err(cursor.repeated(start));
        }
        Ok(path)
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, SortKey { path, direction }) in self.keys.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            match direction {
                Direction::Ascending => write!(f, "{path}")?,
                Direction::Descending => write!(f, "{path} DESC")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.paths.is_empty() {
            return f.write_str("*");
        }
        for (index, path) in self.paths.iter().enumerate() {
            write!(f, "{}{path}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
