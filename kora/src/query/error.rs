//! Why a text is no query, said so that its author can mend it.
//!
//! An error is always of one shape: what would have been right at a place, what stands there, and
//! sometimes a hint. `Display` is one line, fit for a reply; [`QueryError::marked`] shows the place
//! in the text. Which hint fits is decided in `hint.rs`; the words are here and in its tables.
//!
//! The invariant: whatever the text holds, an error's line is short and has no control character.

use std::fmt;

use super::limits::SHOWN_LEN_MAX;

/// A text that is no query, or a condition beyond a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    position: Option<Position>,
    found: Box<str>,
    expected: &'static [&'static str],
    after: Option<Box<str>>,
    hint: Option<Hint>,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// In bytes from the beginning of the text.
    pub at: usize,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// What may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// A word or sign of the language.
    DidYouMean(&'static str),
    /// The text as a string, quotes included.
    QuoteString(Box<str>),
    /// The text as a name, backticks included.
    QuoteName(Box<str>),
    /// What was opened and not closed stands here.
    Opened(Position),
    /// Anything else.
    Say(&'static str),
}

impl QueryError {
    /// An error at a place of `text`.
    pub(super) fn at(
        text: &str,
        at: usize,
        expected: &'static [&'static str],
        found: &str,
    ) -> QueryError {
        QueryError {
            position: Some(Position::of(text, at)),
            ..QueryError::beyond(expected, found.into())
        }
    }

    /// An error of a whole text or condition, which has no place.
    pub(super) fn beyond(expected: &'static [&'static str], found: Box<str>) -> QueryError {
        QueryError { position: None, found, expected, after: None, hint: None }
    }

    pub(super) fn after(mut self, before: Option<Box<str>>) -> QueryError {
        self.after = before;
        self
    }

    pub(super) fn hint(mut self, hint: Option<Hint>) -> QueryError {
        self.hint = hint;
        self
    }

    /// Where it is wrong; `None` if it is not one place that is.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// What stands there, shortened and without control characters.
    pub fn found(&self) -> &str {
        &self.found
    }

    /// What could have stood there.
    pub fn expected(&self) -> &'static [&'static str] {
        self.expected
    }

    /// The error under the line of `text` that it speaks of, with a mark below the place: three
    /// lines, for terminals and logs.
    pub fn marked<'a>(&'a self, text: &'a str) -> impl fmt::Display + 'a {
        Marked { error: self, text }
    }
}

impl std::error::Error for QueryError {}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected ")?;
        for (index, expected) in self.expected.iter().enumerate() {
            match index {
                0 => {}
                _ if index + 1 == self.expected.len() => f.write_str(" or ")?,
                _ => f.write_str(", ")?,
            }
            f.write_str(expected)?;
        }
        if let Some(after) = &self.after {
            write!(f, " after {after}")?;
        }
        write!(f, " but found {}", self.found)?;
        if let Some(position) = self.position {
            write!(f, " (at {position})")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 1 {
            write!(f, "line {}, ", self.line)?;
        }
        write!(f, "column {}", self.column)
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hint::DidYouMean(word) => write!(f, "did you mean {word}?"),
            Hint::QuoteString(string) => write!(f, "strings are quoted: {string}"),
            Hint::QuoteName(name) => write!(f, "such a name stands in backticks: {name}"),
            Hint::Opened(position) => write!(f, "it opens at {position}"),
            Hint::Say(text) => f.write_str(text),
        }
    }
}

impl Position {
    /// The place of byte `at`, which begins a character or ends the text.
    pub(super) fn of(text: &str, at: usize) -> Position {
        let before = &text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            at,
            line: 1 + before.matches('\n').count(),
            column: 1 + before[line_start..].chars().count(),
        }
    }
}

/// How many characters of a line [`QueryError::marked`] shows on each side of the place: together
/// they fit a terminal of 80 columns.
const MARGIN_LEN: usize = 38;

struct Marked<'a> {
    error: &'a QueryError,
    text: &'a str,
}

impl fmt::Display for Marked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Position { line, column, .. }) = self.error.position {
            let line = self.text.split('\n').nth(line - 1).unwrap_or_default();
            let skipped = (column - 1).saturating_sub(MARGIN_LEN);
            let shown = line.chars().skip(skipped).take(2 * MARGIN_LEN);
            // A tab or a carriage return would move the mark away from its place.
            let shown: String = shown.map(|c| if c.is_control() { ' ' } else { c }).collect();
            writeln!(f, "{}", shown.trim_end())?;
            writeln!(f, "{:width$}^", "", width = column - 1 - skipped)?;
        }
        write!(f, "{}", self.error)
    }
}

/// A part of the text as errors show it: short, and with nothing that a terminal or a reply would
/// not take as it is.
pub(super) fn shown(part: &str) -> Box<str> {
    let mut shown = String::new();
    for (index, c) in part.chars().enumerate() {
        if index == SHOWN_LEN_MAX {
            shown.push('…');
            break;
        }
        push_visible(&mut shown, c);
    }
    shown.into()
}

/// Appends a character, or its number if it has no look of its own.
fn push_visible(out: &mut String, c: char) {
    // The debug form knows which characters are invisible; it names them by their number.
    let is_invisible = c.is_control() || c.escape_debug().nth(1) == Some('u');
    if is_invisible {
        out.push_str(&format!("U+{:04X}", u32::from(c)));
    } else {
        out.push(c);
    }
}
