//! A number of a document: an integer of 64 bits, signed or not, or a finite float.
//!
//! Numbers compare by value and exactly, whatever they are made of: 30 equals 30.0, -0.0 equals 0,
//! and 2^53+1 is above the float 2^53. Integers are never rounded to floats to be compared.

use std::cmp::Ordering;

use super::error::{Problem, Result};

/// A number of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    /// An integer up to `i64::MAX`.
    Signed(i64),
    /// An integer above `i64::MAX`.
    Unsigned(u64),
    /// A finite float.
    Float(f64),
}

impl Number {
    /// A float as a number; nothing for NaN and the infinities.
    pub(crate) fn from_f64(float: f64) -> Option<Self> {
        float.is_finite().then_some(Number::Float(float))
    }

    /// The integer as a number, if 64 bits hold it.
    pub(crate) fn from_i128(integer: i128) -> Option<Self> {
        let signed = i64::try_from(integer).map(Number::Signed);
        signed.or_else(|_| u64::try_from(integer).map(Number::Unsigned)).ok()
    }

    /// The number that a JSON text spells: an integer if it is one and fits, else the nearest
    /// float.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // `-0` is a float: no integer keeps its sign.
        let integer = if text == "-0" { None } else { text.parse().ok() };
        let integer = integer.and_then(Number::from_i128);
        integer.or_else(|| Number::from_f64(text.parse().ok()?))
    }

    /// The number, if it is an integer that fits.
    pub(crate) fn as_i64(self) -> Option<i64> {
        match self {
            Number::Signed(integer) => Some(integer),
            Number::Unsigned(_) | Number::Float(_) => None,
        }
    }

    /// The number, if it is an integer that fits.
    pub(crate) fn as_u64(self) -> Option<u64> {
        match self {
            Number::Signed(integer) => integer.try_into().ok(),
            Number::Unsigned(integer) => Some(integer),
            Number::Float(_) => None,
        }
    }

    /// The nearest float.
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is asked for")]
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Number::Signed(integer) => integer as f64,
            Number::Unsigned(integer) => integer as f64,
            Number::Float(float) => float,
        }
    }

    fn as_i128(self) -> Option<i128> {
        match self {
            Number::Signed(integer) => Some(integer.into()),
            Number::Unsigned(integer) => Some(integer.into()),
            Number::Float(_) => None,
        }
    }

    /// The sum: exact, or an error, for two integers; if one is a float, both are added as floats.
    pub(crate) fn add(self, other: Self) -> Result<Self> {
        match (self.as_i128(), other.as_i128()) {
            (Some(a), Some(b)) => {
                let sum = a.checked_add(b).and_then(Number::from_i128);
                sum.ok_or_else(|| Problem::IntegerOutOfRange.into())
            }
            _ => {
                let sum = Number::from_f64(self.as_f64() + other.as_f64());
                sum.ok_or_else(|| Problem::NotFinite.into())
            }
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Number::Signed(integer)
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        i64::try_from(integer).map_or(Number::Unsigned(integer), Number::Signed)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (*self, *other) {
            (Number::Signed(a), Number::Signed(b)) => a.cmp(&b),
            (Number::Unsigned(a), Number::Unsigned(b)) => a.cmp(&b),
            (Number::Signed(_), Number::Unsigned(_)) => Ordering::Less,
            (Number::Unsigned(_), Number::Signed(_)) => Ordering::Greater,
            (Number::Float(a), Number::Float(b)) => order_of_floats(a, b),
            (Number::Signed(a), Number::Float(b)) => order_of_mixed(a.into(), b),
            (Number::Unsigned(a), Number::Float(b)) => order_of_mixed(a.into(), b),
            (Number::Float(a), Number::Signed(b)) => order_of_mixed(b.into(), a).reverse(),
            (Number::Float(a), Number::Unsigned(b)) => order_of_mixed(b.into(), a).reverse(),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

/// The two zeros are equal; NaN is no number of a document, and has a place all the same.
fn order_of_floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.total_cmp(&b))
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates far beyond 64 bits")]
fn order_of_mixed(integer: i128, float: f64) -> Ordering {
    let whole = float.trunc();
    integer.cmp(&(whole as i128)).then_with(|| order_of_floats(whole, float))
}
