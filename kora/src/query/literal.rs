//! Values as a query says them, and sets of them.
//!
//! Not the stored form of documents; a literal is small, owned, and seldom more than a word. What
//! equals what is decided by [`order`], not by `==`, which compares how a literal is written: `3`
//! and `3.0` are two literals of one value.
//!
//! The invariant: a whole number that fits an `i64` is an [`Literal::Integer`]; `From` keeps it.

use super::value::{Node, Value, order};

/// A value in a condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// `7`
    Integer(i64),
    /// `18446744073709551615`: a whole number above `i64::MAX`.
    Unsigned(u64),
    /// `7.0`. Only a program can make it NaN or infinite; those print as no text could say them.
    Float(f64),
    /// `'Accra'`
    String(Box<str>),
    /// `[1, 2]`
    Array(Box<[Literal]>),
    /// `?`: a place for a value; see [`Condition::bind`](super::Condition::bind). Equal to nothing
    /// that is asked, because no condition with one is.
    Open,
    /// `?` in place of a list.
    OpenList,
}

impl Literal {
    /// The elements, if this is an array.
    pub(super) fn elements_of_array(&self) -> Option<&[Literal]> {
        match self {
            Literal::Array(elements) => Some(elements),
            Literal::Null
            | Literal::Bool(_)
            | Literal::Integer(_)
            | Literal::Unsigned(_)
            | Literal::Float(_)
            | Literal::String(_)
            | Literal::Open
            | Literal::OpenList => None,
        }
    }

    /// The string, or nothing if this is none.
    pub(crate) fn text(&self) -> &str {
        if let Literal::String(string) = self { string } else { "" }
    }

    /// How many places for a value there are. Recurses as deep as arrays are nested.
    pub(super) fn places(&self) -> usize {
        match self {
            Literal::Open | Literal::OpenList => 1,
            Literal::Array(elements) => elements.iter().map(Literal::places).sum(),
            Literal::Null
            | Literal::Bool(_)
            | Literal::Integer(_)
            | Literal::Unsigned(_)
            | Literal::Float(_)
            | Literal::String(_) => 0,
        }
    }
}

/// A literal is its own document, so that literals are ordered by the rules of values.
impl<'l> Node<'l> for &'l Literal {
    fn value(self) -> Value<'l> {
        match self {
            Literal::Null | Literal::Open | Literal::OpenList => Value::Null,
            Literal::Bool(truth) => Value::Bool(*truth),
            Literal::Integer(whole) => Value::Integer(*whole),
            Literal::Unsigned(whole) => Value::Unsigned(*whole),
            Literal::Float(float) => Value::Float(*float),
            Literal::String(string) => Value::String(string.as_bytes()),
            Literal::Array(_) => Value::Array,
        }
    }

    fn member(self, _name: &str) -> Option<Self> {
        None
    }

    fn elements(self) -> impl Iterator<Item = Self> {
        self.elements_of_array().unwrap_or_default().iter()
    }
}

impl From<bool> for Literal {
    fn from(truth: bool) -> Literal {
        Literal::Bool(truth)
    }
}

macro_rules! from_whole {
    ($($Type:ty)*) => {
        $(impl From<$Type> for Literal {
            fn from(whole: $Type) -> Literal {
                Literal::Integer(whole.into())
            }
        })*
    };
}

from_whole!(i8 i16 i32 i64 u8 u16 u32);

impl From<u64> for Literal {
    fn from(whole: u64) -> Literal {
        i64::try_from(whole).map_or(Literal::Unsigned(whole), Literal::Integer)
    }
}

impl From<f64> for Literal {
    fn from(float: f64) -> Literal {
        Literal::Float(float)
    }
}

impl From<&str> for Literal {
    fn from(string: &str) -> Literal {
        Literal::String(string.into())
    }
}

impl From<String> for Literal {
    fn from(string: String) -> Literal {
        Literal::String(string.into())
    }
}

impl<T: Into<Literal>> From<Vec<T>> for Literal {
    fn from(elements: Vec<T>) -> Literal {
        Literal::Array(elements.into_iter().map(Into::into).collect())
    }
}

/// Literals in ascending order, each value once: `IN (2, 1, 1.0)` has two.
///
/// The order makes the set printable in one way, lets a search halve, and gives an index its keys
/// as it wants them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LiteralSet(Box<[Literal]>);

impl LiteralSet {
    /// The literals without order. O(log n).
    pub(crate) fn find<'d, N: Node<'d>>(&self, node: N) -> Option<usize> {
        self.0.binary_search_by(|literal| order(node, literal).reverse()).ok()
    }

    /// In ascending order.
    pub(crate) fn as_slice(&self) -> &[Literal] {
        &self.0
    }
}

/// Sorts, O(n log n); of literals with one value the first is kept. A set with open places stays as
/// it is written until they are filled.
impl From<Vec<Literal>> for LiteralSet {
    fn from(mut literals: Vec<Literal>) -> LiteralSet {
        if literals.iter().any(|literal| literal.places() > 0) {
            return LiteralSet(literals.into());
        }
        literals.sort_by(|a, b| order(a, b));
        literals.dedup_by(|later, first| order(&*later, first).is_eq());
        LiteralSet(literals.into())
    }
}
