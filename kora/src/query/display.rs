//! Trees back into text: one text for each tree.
//!
//! The canonical text has keywords in capitals, strings in `'`, no parenthesis that precedence does
//! not ask for, and the shorter of two ways to say a thing: `a != 1`, not `NOT a = 1`.
//!
//! The invariant: a tree that passes [`Condition::check`] and has finite floats prints as a text
//! that parses to the same tree.

use std::fmt;

use super::ast::{Comparison, Condition};
use super::literal::{Literal, LiteralSet};
use super::path::Path;

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::And(terms) => self.write_terms(f, terms, "*", " AND "),
            Condition::Or(terms) => self.write_terms(f, terms, "NOT *", " OR "),
            Condition::Not(term) if term.takes_not() => write_predicate(f, term, true),
            Condition::Not(term) => {
                f.write_str("NOT ")?;
                self.write_child(f, term)
            }
            Condition::All
            | Condition::Compare { .. }
            | Condition::In { .. }
            | Condition::ContainsAny { .. }
            | Condition::ContainsAll { .. }
            | Condition::Between { .. }
            | Condition::StartsWith { .. }
            | Condition::Exists { .. } => write_predicate(f, self, false),
        }
    }
}

impl Condition {
    /// How many levels of NOT and parentheses the text of a child has more than this one's.
    pub(super) fn nesting_of(&self, child: &Condition) -> usize {
        let is_not = matches!(self, Condition::Not(_)) && !child.takes_not();
        usize::from(is_not) + usize::from(self.parenthesizes(child))
    }

    /// AND binds its terms closer than OR, and NOT closer than both.
    fn parenthesizes(&self, child: &Condition) -> bool {
        match child {
            Condition::And(_) => !matches!(self, Condition::Or(_)),
            Condition::Or(_) => true,
            Condition::All
            | Condition::Compare { .. }
            | Condition::In { .. }
            | Condition::ContainsAny { .. }
            | Condition::ContainsAll { .. }
            | Condition::Between { .. }
            | Condition::StartsWith { .. }
            | Condition::Exists { .. }
            | Condition::Not(_) => false,
        }
    }

    /// Whether NOT is said within the predicate: `!=`, NOT IN, IS MISSING.
    fn takes_not(&self) -> bool {
        match self {
            Condition::Compare { comparison, .. } => *comparison == Comparison::Equal,
            Condition::In { .. }
            | Condition::ContainsAny { .. }
            | Condition::ContainsAll { .. }
            | Condition::Between { .. }
            | Condition::StartsWith { .. }
            | Condition::Exists { .. } => true,
            Condition::All | Condition::And(_) | Condition::Or(_) | Condition::Not(_) => false,
        }
    }

    fn write_terms(
        &self,
        f: &mut fmt::Formatter<'_>,
        terms: &[Condition],
        none: &str,
        connective: &str,
    ) -> fmt::Result {
        if terms.is_empty() {
            return f.write_str(none);
        }
        for (index, term) in terms.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { connective })?;
            self.write_child(f, term)?;
        }
        Ok(())
    }

    fn write_child(&self, f: &mut fmt::Formatter<'_>, child: &Condition) -> fmt::Result {
        if self.parenthesizes(child) { write!(f, "({child})") } else { write!(f, "{child}") }
    }
}

/// Writes a condition without children, negated if it [takes NOT](Condition::takes_not).
fn write_predicate(
    f: &mut fmt::Formatter<'_>,
    predicate: &Condition,
    is_negated: bool,
) -> fmt::Result {
    let not = if is_negated { "NOT " } else { "" };
    match predicate {
        Condition::Compare { path, comparison, literal } => {
            write_comparison(f, path, *comparison, literal, is_negated)
        }
        Condition::In { path, set } => write!(f, "{path} {not}IN {set}"),
        Condition::ContainsAny { path, set } => match set.as_slice() {
            [literal] if *literal != Literal::OpenList => {
                write!(f, "{path} {not}CONTAINS {literal}")
            }
            _ => write!(f, "{path} {not}CONTAINS ANY {set}"),
        },
        Condition::ContainsAll { path, set } => write!(f, "{path} {not}CONTAINS ALL {set}"),
        Condition::Between { path, low, high } => {
            write!(f, "{path} {not}BETWEEN {low} AND {high}")
        }
        Condition::StartsWith { path, prefix } => {
            write!(f, "{path} {not}STARTS WITH {prefix}")
        }
        Condition::Exists { path } if is_negated => write!(f, "{path} IS MISSING"),
        Condition::Exists { path } => write!(f, "{path} EXISTS"),
        Condition::All | Condition::And(_) | Condition::Or(_) | Condition::Not(_) => {
            f.write_str("*")
        }
    }
}

fn write_comparison(
    f: &mut fmt::Formatter<'_>,
    path: &Path,
    comparison: Comparison,
    literal: &Literal,
    is_negated: bool,
) -> fmt::Result {
    let sign = match comparison {
        Comparison::Equal if *literal == Literal::Null => {
            return write!(f, "{path} IS {}NULL", if is_negated { "NOT " } else { "" });
        }
        Comparison::Equal if is_negated => "!=",
        Comparison::Equal => "=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    };
    write!(f, "{path} {sign} {literal}")
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("null"),
            Literal::Bool(truth) => write!(f, "{truth}"),
            Literal::Integer(whole) => write!(f, "{whole}"),
            Literal::Unsigned(whole) => write!(f, "{whole}"),
            // The debug form is the shortest that reads back, and always has a point or an exponent.
            Literal::Float(float) => write!(f, "{float:?}"),
            Literal::String(string) => write!(f, "{}", Quoted(string)),
            Literal::Array(elements) => write_list(f, '[', elements, ']'),
            Literal::Open | Literal::OpenList => f.write_str("?"),
        }
    }
}

impl fmt::Display for LiteralSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_slice() {
            [Literal::OpenList] => f.write_str("?"),
            literals => write_list(f, '(', literals, ')'),
        }
    }
}

fn write_list(
    f: &mut fmt::Formatter<'_>,
    open: char,
    literals: &[Literal],
    close: char,
) -> fmt::Result {
    write!(f, "{open}")?;
    for (index, literal) in literals.iter().enumerate() {
        write!(f, "{}{literal}", if index == 0 { "" } else { ", " })?;
    }
    write!(f, "{close}")
}

/// A string in quotes, on one line.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("'")?;
        for c in self.0.chars() {
            match c {
                '\'' => f.write_str("''")?,
                '\\' => f.write_str(r"\\")?,
                '\n' => f.write_str(r"\n")?,
                '\r' => f.write_str(r"\r")?,
                '\t' => f.write_str(r"\t")?,
                c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("'")
    }
}
