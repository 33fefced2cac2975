//! Text into tokens, one at a time.
//!
//! A token borrows from the text and knows no grammar: whether a word is a keyword or a name
//! depends on where it stands, and the parser knows that. What begins no token at all is a
//! [`TokenKind::Strange`] one, so that the parser can say what it expected instead. Quoted text and
//! numbers are read by `quoted.rs` and `number.rs`, which have errors of their own.
//!
//! The invariant: tokens are never empty but for the last, so a parser that advances ends.

use std::borrow::Cow;

use super::error::QueryError;
use super::literal::Literal;
use super::{number, quoted};

/// The smallest part of a text that means something.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'t> {
    pub(super) kind: TokenKind<'t>,
    /// Its first byte.
    pub(super) start: usize,
    /// The byte behind its last.
    pub(super) end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'t> {
    /// A keyword or a name.
    Word(&'t str),
    /// A name in backticks, which are not part of it.
    Name(Cow<'t, str>),
    /// A string without its quotes and escapes.
    String(Cow<'t, str>),
    Number(Literal),
    Sign(Sign),
    /// `?`: a place for a value.
    Parameter,
    /// `$1` or `$name`: no text may have one, and nothing else may take its place.
    Variable,
    /// Nothing of this language.
    Strange,
    /// The end of the text.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Open,
    Close,
    OpenArray,
    CloseArray,
    Comma,
    Dot,
    Star,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Lexer<'t> {
        Lexer { text, at: 0 }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// The next token; at the end of the text, [`TokenKind::End`] again and again.
    pub(super) fn next(&mut self) -> Result<Token<'t>, QueryError> {
        let rest = self.text[self.at..].trim_start();
        let start = self.text.len() - rest.len();
        let (kind, len) = read(self.text, start)?;
        self.at = start + len;
        Ok(Token { kind, start, end: self.at })
    }
}

/// The token that starts at a byte, and its length.
fn read(text: &str, start: usize) -> Result<(TokenKind<'_>, usize), QueryError> {
    let rest = &text[start..];
    let Some(first) = rest.chars().next() else { return Ok((TokenKind::End, 0)) };
    let second = rest[first.len_utf8()..].chars().next();
    match first {
        '\'' | '"' => quoted::read_string(text, start).map(|(s, len)| (TokenKind::String(s), len)),
        '`' => quoted::read_name(text, start).map(|(name, len)| (TokenKind::Name(name), len)),
        '0'..='9' => number::read(text, start).map(|(n, len)| (TokenKind::Number(n), len)),
        '-' if second.is_some_and(|c| c.is_ascii_digit()) => {
            number::read(text, start).map(|(n, len)| (TokenKind::Number(n), len))
        }
        '$' => Ok((TokenKind::Variable, 1 + run_len(&rest[1..], is_inside_word))),
        '?' => Ok((TokenKind::Parameter, 1)),
        _ if begins_word(first) => {
            let len = run_len(rest, is_inside_word);
            Ok((TokenKind::Word(&rest[..len]), len))
        }
        _ => Ok(read_sign(rest, first)),
    }
}

/// A sign is the longest run of characters that signs are made of, so that `=>` is one strange
/// token and not `=` before a lost `>`.
fn read_sign(rest: &str, first: char) -> (TokenKind<'_>, usize) {
    let single = match first {
        '(' => Some(Sign::Open),
        ')' => Some(Sign::Close),
        '[' => Some(Sign::OpenArray),
        ']' => Some(Sign::CloseArray),
        ',' => Some(Sign::Comma),
        '.' => Some(Sign::Dot),
        '*' => Some(Sign::Star),
        _ => None,
    };
    if let Some(sign) = single {
        return (TokenKind::Sign(sign), 1);
    }
    let len = run_len(rest, |c| matches!(c, '=' | '!' | '<' | '>' | '&' | '|' | '~' | ':' | ';'));
    let sign = match &rest[..len] {
        "=" | "==" => Sign::Equal,
        "!=" | "<>" => Sign::NotEqual,
        "<" => Sign::Less,
        "<=" => Sign::LessOrEqual,
        ">" => Sign::Greater,
        ">=" => Sign::GreaterOrEqual,
        _ => return (TokenKind::Strange, len.max(first.len_utf8())),
    };
    (TokenKind::Sign(sign), len)
}

/// Whether a name is a word, and needs no backticks to be read as one token.
pub(super) fn is_word(name: &str) -> bool {
    name.starts_with(begins_word) && name.chars().all(is_inside_word)
}

fn begins_word(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn is_inside_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The length in bytes of the characters at the front for which `is_inside` holds.
pub(super) fn run_len(text: &str, is_inside: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_inside(c)).unwrap_or(text.len())
}
