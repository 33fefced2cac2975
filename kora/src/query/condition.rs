//! The text of a condition into its tree.
//!
//! Recursive descent, one function for each rule of the grammar in `mod.rs`; every way back to
//! [`read_condition`] or [`read_value`] goes through [`Cursor::nested`], which counts.
//!
//! The invariant: a tree that comes from here passes [`Condition::check`], once its open places are
//! filled.

use super::ast::{Comparison, Condition};
use super::cursor::{Cursor, Slot};
use super::error::QueryError;
use super::lexer::{Sign, TokenKind};
use super::limits::{self, LIST_LEN_MAX};
use super::literal::{Literal, LiteralSet};
use super::path::{Path, read_path};
use super::value::{Class, Node};

type Result<T> = std::result::Result<T, QueryError>;

/// Reads a condition: `city = 'Accra' AND age >= 30`. A text without any is [`Condition::All`].
///
/// # Errors
/// What is no condition, and where; or the limit that is passed.
pub(crate) fn parse_condition(text: &str) -> Result<Condition> {
    let mut cursor = Cursor::new(text)?;
    if cursor.is_at_end() {
        return Ok(Condition::All);
    }
    let condition = read_condition(&mut cursor)?;
    cursor.end(Slot::Connective)?;
    Ok(condition)
}

fn read_condition(cursor: &mut Cursor<'_>) -> Result<Condition> {
    let first = read_all(cursor)?;
    if !cursor.is_word("OR") {
        return Ok(first);
    }
    cursor.count_node()?;
    let mut terms = vec![first];
    while cursor.take_word("OR")? {
        terms.push(read_all(cursor)?);
    }
    Ok(Condition::any_of(terms))
}

fn read_all(cursor: &mut Cursor<'_>) -> Result<Condition> {
    let first = read_term(cursor)?;
    if !cursor.is_word("AND") {
        return Ok(first);
    }
    cursor.count_node()?;
    let mut terms = vec![first];
    while cursor.take_word("AND")? {
        terms.push(read_term(cursor)?);
    }
    Ok(Condition::all_of(terms))
}

fn read_term(cursor: &mut Cursor<'_>) -> Result<Condition> {
    if cursor.take_word("NOT")? {
        cursor.count_node()?;
        return cursor.nested(read_term).map(Condition::negate);
    }
    let open = cursor.place();
    if cursor.take_sign(Sign::Open)? {
        let condition = cursor.nested(read_condition)?;
        cursor.expect_close(Sign::Close, Slot::InnerConnective, open)?;
        return Ok(condition);
    }
    cursor.count_node()?;
    if cursor.take_sign(Sign::Star)? {
        return Ok(Condition::All);
    }
    let path = read_path(cursor, Slot::Term)?;
    read_predicate(cursor, path)
}

fn read_predicate(cursor: &mut Cursor<'_>, path: Path) -> Result<Condition> {
    if let TokenKind::Sign(sign) = *cursor.kind() {
        return read_comparison(cursor, path, sign);
    }
    if cursor.take_word("IS")? {
        return read_is(cursor, path);
    }
    if cursor.take_word("NOT")? {
        cursor.count_node()?;
        return read_worded(cursor, path, Slot::NegatedOperator).map(Condition::negate);
    }
    read_worded(cursor, path, Slot::Operator)
}

fn read_comparison(cursor: &mut Cursor<'_>, path: Path, sign: Sign) -> Result<Condition> {
    let comparison = match sign {
        Sign::Equal | Sign::NotEqual => Comparison::Equal,
        Sign::Less => Comparison::Less,
        Sign::LessOrEqual => Comparison::LessOrEqual,
        Sign::Greater => Comparison::Greater,
        Sign::GreaterOrEqual => Comparison::GreaterOrEqual,
        Sign::Open
        | Sign::Close
        | Sign::OpenArray
        | Sign::CloseArray
        | Sign::Comma
        | Sign::Dot
        | Sign::Star => return Err(cursor.unexpected(Slot::Operator)),
    };
    cursor.advance()?;
    let literal = match comparison {
        Comparison::Equal => read_value(cursor, Slot::Value)?,
        Comparison::Less
        | Comparison::LessOrEqual
        | Comparison::Greater
        | Comparison::GreaterOrEqual => read_ordered(cursor)?,
    };
    let condition = Condition::Compare { path, comparison, literal };
    if sign == Sign::NotEqual {
        cursor.count_node()?;
        return Ok(condition.negate());
    }
    Ok(condition)
}

fn read_is(cursor: &mut Cursor<'_>, path: Path) -> Result<Condition> {
    let is_negated = cursor.take_word("NOT")?;
    let slot = if is_negated { Slot::IsNot } else { Slot::Is };
    let (condition, is_positive) = if cursor.take_word("NULL")? {
        let literal = Literal::Null;
        (Condition::Compare { path, comparison: Comparison::Equal, literal }, !is_negated)
    } else {
        cursor.expect_word("MISSING", slot)?;
        (Condition::Exists { path }, is_negated)
    };
    if is_positive {
        return Ok(condition);
    }
    cursor.count_node()?;
    Ok(condition.negate())
}

/// Reads a predicate that begins with a word, and that NOT may precede.
fn read_worded(cursor: &mut Cursor<'_>, path: Path, slot: Slot) -> Result<Condition> {
    if cursor.take_word("IN")? {
        return Ok(Condition::In { path, set: read_list(cursor)? });
    }
    if cursor.take_word("CONTAINS")? {
        return read_contains(cursor, path);
    }
    if cursor.take_word("BETWEEN")? {
        return read_between(cursor, path);
    }
    if cursor.take_word("STARTS")? {
        cursor.expect_word("WITH", Slot::With)?;
        let prefix = read_text(cursor)?;
        return Ok(Condition::StartsWith { path, prefix });
    }
    cursor.expect_word("EXISTS", slot)?;
    Ok(Condition::Exists { path })
}

fn read_contains(cursor: &mut Cursor<'_>, path: Path) -> Result<Condition> {
    if cursor.take_word("ANY")? {
        return Ok(Condition::ContainsAny { path, set: read_list(cursor)? });
    }
    if cursor.take_word("ALL")? {
        return Ok(Condition::ContainsAll { path, set: read_list(cursor)? });
    }
    let literal = read_value(cursor, Slot::Value)?;
    Ok(Condition::ContainsAny { path, set: vec![literal].into() })
}

fn read_between(cursor: &mut Cursor<'_>, path: Path) -> Result<Condition> {
    let low = read_ordered(cursor)?;
    cursor.expect_word("AND", Slot::BetweenAnd)?;
    let high = match low.value().class() {
        _ if low == Literal::Open => read_ordered(cursor)?,
        Class::Number => read_number(cursor)?,
        Class::String | Class::Null | Class::Bool | Class::Array | Class::Object => {
            read_text(cursor)?
        }
    };
    Ok(Condition::Between { path, low, high })
}

fn read_list(cursor: &mut Cursor<'_>) -> Result<LiteralSet> {
    if cursor.kind() == &TokenKind::Parameter {
        cursor.advance()?;
        return Ok(vec![Literal::OpenList].into());
    }
    cursor.expect_sign(Sign::Open, Slot::ListOpen)?;
    let literals = read_values(cursor, Sign::Close, [Slot::ListFirst, Slot::ListNext])?;
    Ok(literals.into())
}

/// Reads the values between brackets of which one is read, up to the other.
fn read_values(cursor: &mut Cursor<'_>, close: Sign, slots: [Slot; 2]) -> Result<Vec<Literal>> {
    let [first, next] = slots;
    let mut values = Vec::new();
    if cursor.take_sign(close)? {
        return Ok(values);
    }
    values.push(read_value(cursor, first)?);
    while !cursor.take_sign(close)? {
        cursor.expect_sign(Sign::Comma, next)?;
        if values.len() == LIST_LEN_MAX {
            return Err(cursor.beyond(limits::LIST_LEN));
        }
        values.push(read_value(cursor, Slot::Value)?);
    }
    Ok(values)
}

fn read_value(cursor: &mut Cursor<'_>, slot: Slot) -> Result<Literal> {
    for (word, literal) in
        [("TRUE", Literal::Bool(true)), ("FALSE", Literal::Bool(false)), ("NULL", Literal::Null)]
    {
        if cursor.take_word(word)? {
            return Ok(literal);
        }
    }
    if cursor.take_sign(Sign::OpenArray)? {
        let slots = [Slot::ArrayFirst, Slot::ArrayNext];
        let read = |cursor: &mut Cursor<'_>| read_values(cursor, Sign::CloseArray, slots);
        return cursor.nested(read).map(Literal::from);
    }
    read_scalar(cursor, slot)
}

/// Reads a literal that `<` takes.
fn read_ordered(cursor: &mut Cursor<'_>) -> Result<Literal> {
    read_scalar(cursor, Slot::Ordered)
}

fn read_number(cursor: &mut Cursor<'_>) -> Result<Literal> {
    if !matches!(cursor.kind(), TokenKind::Number(_) | TokenKind::Parameter) {
        return Err(cursor.unexpected(Slot::NumberEnd));
    }
    read_scalar(cursor, Slot::NumberEnd)
}

fn read_text(cursor: &mut Cursor<'_>) -> Result<Literal> {
    if !matches!(cursor.kind(), TokenKind::String(_) | TokenKind::Parameter) {
        return Err(cursor.unexpected(Slot::Text));
    }
    read_scalar(cursor, Slot::Text)
}

/// Reads a number, a string, or a place for one.
fn read_scalar(cursor: &mut Cursor<'_>, slot: Slot) -> Result<Literal> {
    let literal = match cursor.kind() {
        TokenKind::Number(number) => number.clone(),
        TokenKind::String(string) => Literal::from(string.as_ref()),
        TokenKind::Parameter => Literal::Open,
        TokenKind::Word(_)
        | TokenKind::Name(_)
        | TokenKind::Sign(_)
        | TokenKind::Variable
        | TokenKind::Strange
        | TokenKind::End => return Err(cursor.unexpected(slot)),
    };
    cursor.advance()?;
    Ok(literal)
}
