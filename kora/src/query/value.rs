//! What a condition sees of a document: values, their order, and the way along a path.
//!
//! [`Node`] is all that is asked of a document's form: the evaluator holds the meaning of paths and
//! comparisons, so that no form can have one of its own. Literals are nodes too, and one function,
//! [`order`], decides between any value and any literal.
//!
//! The invariant: [`order`] is one total order. Kinds stand in the order of [`Class`], numbers by
//! their exact value whatever their form, strings by bytes, arrays element by element.

use std::cmp::Ordering;

use super::literal::Literal;

/// One value of a document, as far as conditions look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'d> {
    /// JSON's null.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number, for what an `i64` cannot hold.
    Unsigned(u64),
    /// Any other number. NaN, which JSON cannot say, is above all numbers and equal to itself.
    Float(f64),
    /// UTF-8; as bytes, because they are only compared.
    String(&'d [u8]),
    /// Its elements are asked of the node.
    Array,
    /// Its members are asked of the node.
    Object,
}

/// Kinds that compare with each other; `<` holds between values of one class only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// JSON's null.
    Null,
    /// True or false; false is less.
    Bool,
    /// Numbers in all forms.
    Number,
    /// Strings.
    String,
    /// Arrays.
    Array,
    /// Objects; equal to no literal.
    Object,
}

/// A place in a document, cheap to copy.
pub(crate) trait Node<'d>: Copy {
    /// What stands here.
    fn value(self) -> Value<'d>;

    /// The member of this name, if here is an object that has one.
    fn member(self, name: &str) -> Option<Self>;

    /// The elements in order, if here is an array; else none.
    fn elements(self) -> impl Iterator<Item = Self>;
}

impl Value<'_> {
    /// The kind, where all numbers are one.
    pub(crate) fn class(self) -> Class {
        match self {
            Value::Null => Class::Null,
            Value::Bool(_) => Class::Bool,
            Value::Integer(_) | Value::Unsigned(_) | Value::Float(_) => Class::Number,
            Value::String(_) => Class::String,
            Value::Array => Class::Array,
            Value::Object => Class::Object,
        }
    }
}

/// How the value at `node` stands to a literal in the order of all values.
///
/// Recurses as deep as the literal's arrays are nested.
pub(crate) fn order<'d, N: Node<'d>>(node: N, literal: &Literal) -> Ordering {
    let (value, other) = (node.value(), literal.value());
    match (value, other) {
        (Value::Bool(value), Value::Bool(other)) => value.cmp(&other),
        (Value::String(value), Value::String(other)) => value.cmp(other),
        (Value::Array, Value::Array) => order_arrays(node, literal),
        _ => match (Number::of(value), Number::of(other)) {
            (Some(value), Some(other)) => value.order(other),
            _ => value.class().cmp(&other.class()),
        },
    }
}

fn order_arrays<'d, N: Node<'d>>(node: N, literal: &Literal) -> Ordering {
    let mut others = literal.elements();
    for element in node.elements() {
        let Some(other) = others.next() else { return Ordering::Greater };
        match order(element, other) {
            Ordering::Equal => {}
            unequal @ (Ordering::Less | Ordering::Greater) => return unequal,
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

/// Whether a value at the end of a path from `node` passes `test`. A name asked of an array is
/// asked of each element, once: elements that are arrays themselves have no members.
///
/// Recurses at most once a name, and so at most [`super::PATH_LEN_MAX`] deep.
pub(super) fn any_at<'d, N: Node<'d>>(
    node: N,
    names: &[Box<str>],
    test: &impl Fn(N) -> bool,
) -> bool {
    let mut node = node;
    for (index, name) in names.iter().enumerate() {
        match node.member(name) {
            Some(inner) => node = inner,
            None => {
                let mut inner = node.elements().filter_map(|element| element.member(name));
                return inner.any(|inner| any_at(inner, &names[index + 1..], test));
            }
        }
    }
    test(node)
}

/// A number by its value.
#[derive(Clone, Copy)]
enum Number {
    /// Every `i64` and `u64`.
    Whole(i128),
    Float(f64),
}

impl Number {
    fn of(value: Value<'_>) -> Option<Number> {
        match value {
            Value::Integer(whole) => Some(Number::Whole(whole.into())),
            Value::Unsigned(whole) => Some(Number::Whole(whole.into())),
            Value::Float(float) => Some(Number::Float(float)),
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Array | Value::Object => None,
        }
    }

    fn order(self, other: Number) -> Ordering {
        match (self, other) {
            (Number::Whole(a), Number::Whole(b)) => a.cmp(&b),
            (Number::Whole(a), Number::Float(b)) => order_mixed(a, b),
            (Number::Float(a), Number::Whole(b)) => order_mixed(b, a).reverse(),
            // Zeros are equal by `partial_cmp`; only NaN has no order there.
            (Number::Float(a), Number::Float(b)) => {
                a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
            }
        }
    }
}

/// Compares without rounding: turning the whole number into a float would make 2^53 + 1 equal to
/// 2^53.
fn order_mixed(whole: i128, float: f64) -> Ordering {
    if float.is_nan() {
        return Ordering::Less;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, beyond every `u64`")]
    let floor = float.floor() as i128;
    // The float lies in [floor, floor + 1), so it is above `floor` unless it is `floor`.
    whole.cmp(&floor).then(if float > float.floor() { Ordering::Less } else { Ordering::Equal })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::random::Random;

    /// The number with all its digits: every double has at most 1,074 after the point.
    fn digits(literal: &Literal) -> String {
        match literal.value() {
            Value::Integer(whole) => format!("{whole}.{:01074}", 0),
            Value::Unsigned(whole) => format!("{whole}.{:01074}", 0),
            Value::Float(float) => format!("{:.1074}", if float == 0.0 { 0.0 } else { float }),
            value @ (Value::Null
            | Value::Bool(_)
            | Value::String(_)
            | Value::Array
            | Value::Object) => panic!("{value:?} is no number"),
        }
    }

    /// Decides by the digits alone.
    fn order_of_digits(a: &str, b: &str) -> Ordering {
        match (a.strip_prefix('-'), b.strip_prefix('-')) {
            (Some(a), Some(b)) => order_of_digits(b, a),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => a.len().cmp(&b.len()).then(a.cmp(b)),
        }
    }

    fn number(random: &mut Random) -> Literal {
        let bits = random.next();
        let near = 1_i64 << random.within(0..63);
        #[expect(clippy::cast_precision_loss, reason = "a float near a power of two")]
        let float = near as f64;
        match random.within(0..8) {
            0 => Literal::from(bits.cast_signed()),
            1 => Literal::from(bits),
            2 => Literal::from(f64::from_bits(bits)),
            3 => Literal::from(near + 1),
            4 => Literal::from(near - 1),
            5 => Literal::from(float),
            6 => Literal::from(-float - 0.5),
            _ => Literal::from(float.next_up()),
        }
    }

    #[test]
    fn numbers_stand_in_the_order_of_their_digits() {
        let mut random = Random::from_environment();
        for _ in 0..3_000 {
            let (a, b) = (number(&mut random), number(&mut random));
            let is_finite =
                |literal: &Literal| !matches!(literal, Literal::Float(f) if !f.is_finite());
            if is_finite(&a) && is_finite(&b) {
                let expected = order_of_digits(&digits(&a), &digits(&b));
                assert_eq!(order(&a, &b), expected, "{a} {b}");
                assert_eq!(order(&b, &a), expected.reverse(), "{b} {a}");
            }
        }
    }

    #[test]
    fn whole_numbers_and_floats_do_not_round_towards_each_other() {
        let pow_53 = 9_007_199_254_740_992_i64;
        for (a, b, expected) in [
            (Literal::from(pow_53 + 1), Literal::from(9_007_199_254_740_992.0), Ordering::Greater),
            (Literal::from(pow_53), Literal::from(9_007_199_254_740_992.0), Ordering::Equal),
            (Literal::from(-pow_53 - 1), Literal::from(-9_007_199_254_740_992.0), Ordering::Less),
            (Literal::from(i64::MAX), Literal::from(9_223_372_036_854_775_808.0), Ordering::Less),
            (Literal::from(u64::MAX), Literal::from(18_446_744_073_709_551_616.0), Ordering::Less),
            (Literal::from(i64::MIN), Literal::from(-9_223_372_036_854_775_808.0), Ordering::Equal),
            (Literal::from(0), Literal::from(-0.0), Ordering::Equal),
            (Literal::from(0.0), Literal::from(-0.0), Ordering::Equal),
            (Literal::from(-1), Literal::from(-0.5), Ordering::Less),
            (Literal::from(0), Literal::from(-0.5), Ordering::Greater),
            (Literal::from(0), Literal::from(5e-324), Ordering::Less),
            (Literal::from(u64::MAX), Literal::from(f64::INFINITY), Ordering::Less),
            (Literal::from(i64::MIN), Literal::from(f64::NEG_INFINITY), Ordering::Greater),
            (Literal::from(u64::MAX), Literal::from(f64::NAN), Ordering::Less),
            (Literal::from(f64::INFINITY), Literal::from(-f64::NAN), Ordering::Less),
            (Literal::from(f64::NAN), Literal::from(-f64::NAN), Ordering::Equal),
        ] {
            assert_eq!(order(&a, &b), expected, "{a} {b}");
            assert_eq!(order(&b, &a), expected.reverse(), "{b} {a}");
        }
    }

    #[test]
    fn kinds_and_arrays_have_one_order() {
        let list = |values: &[i64]| Literal::from(values.to_vec());
        let ascending = [
            Literal::Null,
            Literal::from(false),
            Literal::from(true),
            Literal::from(f64::NEG_INFINITY),
            Literal::from(7),
            Literal::from(f64::NAN),
            Literal::from(""),
            Literal::from("Z"),
            Literal::from("a"),
            Literal::from("\u{FFFF}"),
            Literal::from("\u{10000}"),
            list(&[]),
            list(&[1]),
            list(&[1, 2]),
            list(&[2]),
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(order(a, b), i.cmp(&j), "{a} {b}");
            }
        }
    }
}
