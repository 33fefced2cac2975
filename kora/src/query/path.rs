//! Where in a document a value stands: `address.city`.
//!
//! Names only. An array on the way stands for its elements (see [`any_at`](super::value::any_at)),
//! so none is asked for by number.
//!
//! The invariant: a path has at least one name and at most [`PATH_LEN_MAX`], and prints as a text
//! that reads back as itself.

use std::fmt;
use std::sync::Arc;

use super::cursor::{Cursor, Slot};
use super::error::QueryError;
use super::is_reserved;
use super::lexer::{Sign, TokenKind, is_word};
use super::limits::{self, PATH_LEN_MAX};

/// The names from the document's root to a value; shared, since what is asked again and again is
/// asked of the same paths.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Path(Arc<[Box<str>]>);

impl Path {
    /// The path of a member of the document itself.
    pub(crate) fn field(name: &str) -> Path {
        Path(Arc::new([name.into()]))
    }

    /// The path through these names.
    ///
    /// # Errors
    /// No name, or more than [`PATH_LEN_MAX`].
    pub(crate) fn new(names: Vec<Box<str>>) -> Result<Path, QueryError> {
        match names.len() {
            0 => Err(QueryError::beyond(Slot::Name.expected(), "none".into())),
            1..=PATH_LEN_MAX => Ok(Path(names.into())),
            _ => Err(QueryError::beyond(limits::PATH_LEN, limits::MORE.into())),
        }
    }

    /// From the root on.
    pub(crate) fn names(&self) -> &[Box<str>] {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            let is_first = index == 0;
            f.write_str(if is_first { "" } else { "." })?;
            if is_word(name) && !(is_first && is_reserved(name)) {
                f.write_str(name)?;
            } else {
                write!(f, "{}", QuotedName(name))?;
            }
        }
        Ok(())
    }
}

/// A name in backticks.
pub(super) struct QuotedName<'a>(pub(super) &'a str);

impl fmt::Display for QuotedName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0.replace('`', "``"))
    }
}

/// Names of up to so many bytes are looked at for being no more than a word: the lexer would say the
/// same, in three times the time.
const PLAIN_LEN_MAX: usize = 64;

/// Reads a path alone: `address.city`.
///
/// # Errors
/// What is no path, and where.
pub(crate) fn parse_path(text: &str) -> Result<Path, QueryError> {
    if text.len() <= PLAIN_LEN_MAX && is_word(text) && !is_reserved(text) {
        return Ok(Path::field(text));
    }
    let mut cursor = Cursor::new(text)?;
    let path = read_path(&mut cursor, Slot::Name)?;
    cursor.end(Slot::PathEnd)?;
    Ok(path)
}

/// Reads a path where `slot` expects one.
pub(super) fn read_path(cursor: &mut Cursor<'_>, slot: Slot) -> Result<Path, QueryError> {
    let is_reserved = matches!(cursor.kind(), TokenKind::Word(word) if is_reserved(word));
    if is_reserved {
        return Err(cursor.unexpected(slot));
    }
    let mut names = vec![read_name(cursor, slot)?];
    while cursor.take_sign(Sign::Dot)? {
        if names.len() == PATH_LEN_MAX {
            return Err(cursor.beyond(limits::PATH_LEN));
        }
        names.push(read_name(cursor, Slot::Name)?);
    }
    Ok(Path(names.into()))
}

fn read_name(cursor: &mut Cursor<'_>, slot: Slot) -> Result<Box<str>, QueryError> {
    let name: Box<str> = match cursor.kind() {
        TokenKind::Word(word) => (*word).into(),
        TokenKind::Name(name) => name.as_ref().into(),
        TokenKind::String(_)
        | TokenKind::Number(_)
        | TokenKind::Sign(_)
        | TokenKind::Parameter
        | TokenKind::Variable
        | TokenKind::Strange
        | TokenKind::End => return Err(cursor.unexpected(slot)),
    };
    cursor.advance()?;
    Ok(name)
}
