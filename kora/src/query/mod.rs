//! The query language: what `DOC.FIND users 'city = "Accra" AND age >= 30'` says, as text and tree.
//!
//! Pure functions over text and values: no keyspace, no index, no thread. A [`Condition`] is one
//! tree behind two doors, the text that is parsed here and the typed filters that build it; it is
//! printed by `Display`, made simpler by [`Condition::normalize`], cut into ranges for an index by
//! [`ranges()`], and decided for one document by [`matches()`].
//!
//! The invariant: what is printed reads back as the same tree, and no text, however long or deep,
//! takes more stack or memory than the limits below allow.
//!
//! # The language
//!
//! ```text
//! query      = [ condition ]                              an empty text is `*`
//! condition  = all { OR all }
//! all        = term { AND term }
//! term       = NOT term | "(" condition ")" | "*" | path predicate
//! predicate  = ( "=" | "!=" ) value                       also written == and <>
//!            | ( "<" | "<=" | ">" | ">=" ) ordered
//!            | [ NOT ] IN list
//!            | [ NOT ] CONTAINS ( value | ANY list | ALL list )
//!            | [ NOT ] BETWEEN ordered AND ordered
//!            | [ NOT ] STARTS WITH ( string | "?" )
//!            | [ NOT ] EXISTS
//!            | IS [ NOT ] ( NULL | MISSING )
//! path       = name { "." name }
//! value      = ordered | true | false | null | "[" [ value { "," value } ] "]"
//! ordered    = number | string | "?"
//! list       = "(" [ value { "," value } ] ")" | "?"
//! order      = path [ ASC | DESC ] { "," path [ ASC | DESC ] }
//! projection = "*" | path { "," path }
//! ```
//!
//! Every predicate follows its path, EXISTS too: one rule for all, and an error can name the field.
//! The words of the language may be written in any case. Names are words of letters, digits and
//! `_`; others stand in backticks (`` `odd name` ``, a backtick twice), because both quotes mean
//! strings. So does a path that begins with one of [`RESERVED`]. Strings have the escapes of JSON,
//! and a quote inside may be written twice. Numbers are JSON's; whole ones are exact from -2^63 to
//! 2^64 - 1 and never become floats.
//!
//! A `?` is an open place for a value, or behind IN, ANY and ALL for a list of them. A condition that
//! has some is asked only after [`Condition::bind`] has put values there; no text can come of them.
//!
//! # What a condition means
//!
//! * **Two values, not three.** A predicate is true or false of a document. About a missing field,
//!   or a value of another kind, it is false; it is never unknown, and nothing is converted. NOT is
//!   plain negation: `a != 1` is `NOT a = 1` and so true where `a` is missing, and `NOT a < 5` is
//!   not `a >= 5`. A document in which `a` has a value that is not null satisfies
//!   `a EXISTS AND a IS NOT NULL`.
//! * **Null is not missing.** `a IS NULL` is `a = null`: the field is there and holds null. Where it
//!   is not there, `a IS MISSING`, which is `NOT a EXISTS`.
//! * **A path through an array means any element.** `orders.sku = 'x'` is true when one order has
//!   that sku, `orders.sku != 'x'` when none has. Elements that are arrays themselves are not looked
//!   into. At its end, a path means the value as it is: `tags = 'a'` is false of an array, whose
//!   elements are asked by CONTAINS. Each predicate looks for its own element:
//!   `orders.n >= 3 AND orders.n <= 5` may be true by two orders, `orders.n BETWEEN 3 AND 5` needs
//!   one.
//! * **Numbers compare by value**, exactly, whatever their form: `2^53 + 1` as an integer is not
//!   `2^53` as a float, `3 = 3.0`, `-0.0 = 0`. Strings compare by their bytes, which is the order of
//!   code points. Other kinds have no `<`. BETWEEN includes both ends.

mod ast;
mod bind;
mod clauses;
mod condition;
mod cursor;
mod display;
mod error;
mod eval;
mod hint;
mod implies;
mod lexer;
mod limits;
mod literal;
mod normalize;
mod number;
mod path;
mod quoted;
mod ranges;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use ast::{Comparison, Condition};
pub(crate) use clauses::{Direction, Order, SortKey, parse_order, parse_projection};
pub(crate) use condition::parse_condition;
pub use error::{Position, QueryError};
pub(crate) use eval::matches;
pub(crate) use literal::{Literal, LiteralSet};
pub(crate) use path::{Path, parse_path};
pub(crate) use ranges::{Interval, PathRange, ranges, ranges_of};
pub(crate) use value::{Class, Node, Value};

#[cfg(any(test, doc))]
use clauses::Projection;
#[cfg(any(test, doc))]
use limits::{
    LIST_LEN_MAX, NESTING_MAX, NODES_MAX, PATH_LEN_MAX, PATHS_MAX, SORT_KEYS_MAX, TEXT_BYTES_MAX,
};

/// The words that cannot begin a path without backticks.
///
/// Only those that SQL reserves too: whoever knows one language knows the list. All other words of
/// the language are told from names by where they stand.
pub(crate) const RESERVED: &[&str] =
    &["AND", "OR", "NOT", "IN", "IS", "BETWEEN", "EXISTS", "TRUE", "FALSE", "NULL"];

/// Whether a word cannot begin a path without backticks.
fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved))
}
