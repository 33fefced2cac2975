//! A parser's place in a text: the token ahead, what stood before it, and how much was read.
//!
//! Knows no grammar; the parsers of conditions, orders and paths share it. [`Slot`] names the places
//! of the grammar, so that an error can say what fits there and `hint.rs` what was meant.
//!
//! The invariant: nothing is nested deeper than [`NESTING_MAX`], because whoever recurses does so
//! inside [`Cursor::nested`].

use super::error::{Hint, Position, QueryError, shown};
use super::hint;
use super::lexer::{Lexer, Sign, Token, TokenKind};
use super::limits::{self, NESTING_MAX, NODES_MAX, TEXT_BYTES_MAX};

/// A place in the grammar, and what may stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// Where a predicate begins.
    Term,
    /// A part of a path.
    Name,
    /// Behind the path of a predicate.
    Operator,
    /// Behind `path NOT`.
    NegatedOperator,
    /// Behind `path IS`.
    Is,
    /// Behind `path IS NOT`.
    IsNot,
    /// Behind `path STARTS`.
    With,
    /// Between the ends of BETWEEN.
    BetweenAnd,
    /// Any literal.
    Value,
    /// A literal that `<` takes.
    Ordered,
    /// The other end of BETWEEN, of the first one's class.
    NumberEnd,
    /// The other end of BETWEEN, and the prefix of STARTS WITH.
    Text,
    /// The list of IN, ANY and ALL.
    ListOpen,
    /// The first value of a list, or its end.
    ListFirst,
    /// Behind a value of a list.
    ListNext,
    /// The first value of an array, or its end.
    ArrayFirst,
    /// Behind a value of an array.
    ArrayNext,
    /// Behind a predicate.
    Connective,
    /// Behind a predicate in parentheses.
    InnerConnective,
    /// Behind a path of an order.
    Direction,
    /// Behind a path of a list, or its direction.
    PathNext,
    /// Behind a path that stands alone.
    PathEnd,
    /// Behind `*` alone.
    End,
}

impl Slot {
    pub(super) fn expected(self) -> &'static [&'static str] {
        match self {
            Slot::Term => &["a field name", "NOT", "\"(\""],
            Slot::Name => &["a field name"],
            Slot::Operator => &["an operator"],
            Slot::NegatedOperator => &["IN", "CONTAINS", "BETWEEN", "STARTS WITH", "EXISTS"],
            Slot::Is => &["NULL", "MISSING", "NOT"],
            Slot::IsNot => &["NULL", "MISSING"],
            Slot::With => &["WITH"],
            Slot::BetweenAnd => &["AND"],
            Slot::Value => &["a value"],
            Slot::Ordered => &["a number", "a string"],
            Slot::NumberEnd => &["a number"],
            Slot::Text => &["a string"],
            Slot::ListOpen => &["\"(\""],
            Slot::ListFirst => &["a value", "\")\""],
            Slot::ListNext => &["\",\"", "\")\""],
            Slot::ArrayFirst => &["a value", "\"]\""],
            Slot::ArrayNext => &["\",\"", "\"]\""],
            Slot::Connective => &["AND", "OR", "the end"],
            Slot::InnerConnective => &["AND", "OR", "\")\""],
            Slot::Direction => &["ASC", "DESC", "\",\"", "the end"],
            Slot::PathNext => &["\",\"", "the end"],
            Slot::PathEnd => &["\".\"", "the end"],
            Slot::End => &["the end"],
        }
    }
}

/// A text that is read token by token.
#[derive(Debug)]
pub(super) struct Cursor<'t> {
    lexer: Lexer<'t>,
    token: Token<'t>,
    /// The token before, if there is one.
    before: Option<Token<'t>>,
    nesting: usize,
    nodes: usize,
}

impl<'t> Cursor<'t> {
    /// At the first token.
    pub(super) fn new(text: &'t str) -> Result<Cursor<'t>, QueryError> {
        if text.len() > TEXT_BYTES_MAX {
            let found = format!("{} bytes", text.len());
            return Err(QueryError::beyond(limits::TEXT_BYTES, found.into()));
        }
        let mut lexer = Lexer::new(text);
        let token = lexer.next()?;
        Ok(Cursor { lexer, token, before: None, nesting: 0, nodes: 0 })
    }

    /// What the token ahead is.
    pub(super) fn kind(&self) -> &TokenKind<'t> {
        &self.token.kind
    }

    /// Moves behind the token ahead.
    pub(super) fn advance(&mut self) -> Result<(), QueryError> {
        let next = self.lexer.next()?;
        self.before = Some(std::mem::replace(&mut self.token, next));
        Ok(())
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.token.kind == TokenKind::End
    }

    /// Whether the word ahead is this one, in any case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.token.kind, TokenKind::Word(ahead) if ahead.eq_ignore_ascii_case(word))
    }

    /// Moves behind the word, if it is ahead.
    pub(super) fn take_word(&mut self, word: &str) -> Result<bool, QueryError> {
        let is_ahead = self.is_word(word);
        if is_ahead {
            self.advance()?;
        }
        Ok(is_ahead)
    }

    /// Moves behind the sign, if it is ahead.
    pub(super) fn take_sign(&mut self, sign: Sign) -> Result<bool, QueryError> {
        let is_ahead = self.token.kind == TokenKind::Sign(sign);
        if is_ahead {
            self.advance()?;
        }
        Ok(is_ahead)
    }

    /// Moves behind the word, which must be ahead.
    pub(super) fn expect_word(&mut self, word: &str, slot: Slot) -> Result<(), QueryError> {
        if self.take_word(word)? { Ok(()) } else { Err(self.unexpected(slot)) }
    }

    /// Moves behind the sign, which must be ahead.
    pub(super) fn expect_sign(&mut self, sign: Sign, slot: Slot) -> Result<(), QueryError> {
        if self.take_sign(sign)? { Ok(()) } else { Err(self.unexpected(slot)) }
    }

    /// Moves behind the sign that closes what was opened at `open`, which must be ahead.
    pub(super) fn expect_close(
        &mut self,
        sign: Sign,
        slot: Slot,
        open: usize,
    ) -> Result<(), QueryError> {
        if !self.is_at_end() {
            return self.expect_sign(sign, slot);
        }
        let opened = Hint::Opened(Position::of(self.lexer.text(), open));
        Err(self.unexpected(slot).hint(Some(opened)))
    }

    /// Nothing may be ahead.
    pub(super) fn end(&self, slot: Slot) -> Result<(), QueryError> {
        if self.is_at_end() { Ok(()) } else { Err(self.unexpected(slot)) }
    }

    /// Reads one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        if self.nesting == NESTING_MAX {
            return Err(self.beyond(limits::NESTING));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    /// Counts a node of the tree, before it is made.
    pub(super) fn count_node(&mut self) -> Result<(), QueryError> {
        if self.nodes == NODES_MAX {
            return Err(self.beyond(limits::NODES));
        }
        self.nodes += 1;
        Ok(())
    }

    /// The error that the token ahead does not fit.
    pub(super) fn unexpected(&self, slot: Slot) -> QueryError {
        let hint = hint::of(
            slot,
            &hint::Scene {
                text: self.lexer.text(),
                before: self.before.as_ref(),
                token: &self.token,
                following: self.following(),
            },
        );
        self.error(slot.expected(), &self.show(&self.token)).hint(hint)
    }

    /// Where the token ahead starts.
    pub(super) fn place(&self) -> usize {
        self.token.start
    }

    /// The error that the path which was read from `start` on stands in the text before.
    pub(super) fn repeated(&self, start: usize) -> QueryError {
        let text = self.lexer.text();
        let end = self.before.as_ref().map_or(start, |token| token.end);
        QueryError::at(text, start, &["each path once"], &shown(&text[start..end]))
    }

    /// The error that a limit is passed by the token ahead.
    pub(super) fn beyond(&self, limit: &'static [&'static str]) -> QueryError {
        self.error(limit, limits::MORE)
    }

    fn error(&self, expected: &'static [&'static str], found: &str) -> QueryError {
        let before = self.before.as_ref().map(|token| self.show(token));
        QueryError::at(self.lexer.text(), self.token.start, expected, found).after(before)
    }

    /// The token behind the one ahead; its own errors are of no interest here.
    fn following(&self) -> TokenKind<'t> {
        self.lexer.clone().next().map_or(TokenKind::Strange, |token| token.kind)
    }

    /// A token in an error: signs in quotes, all else as it is written.
    fn show(&self, token: &Token<'_>) -> Box<str> {
        let written = shown(&self.lexer.text()[token.start..token.end]);
        match token.kind {
            TokenKind::End => "the end".into(),
            TokenKind::Sign(_)
            | TokenKind::Strange
            | TokenKind::Parameter
            | TokenKind::Variable => format!("\"{written}\"").into(),
            TokenKind::Word(_)
            | TokenKind::Name(_)
            | TokenKind::String(_)
            | TokenKind::Number(_) => written,
        }
    }
}
