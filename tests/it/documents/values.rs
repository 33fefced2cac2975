//! JSON values as the query language means them, and random ones.
//!
//! Written from the description of the language, over `serde_json::Value`, so that the engine is
//! judged by something that shares no line with it. Slow and plain on purpose.

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Map, Number, Value, json};

use crate::support::dice::Dice;

/// The names from a document's top to a value.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<&'static str>);

/// Where values stand in random documents, and where conditions look.
pub(super) const PATHS: &[&[&str]] = &[
    &["a"],
    &["b"],
    &["n"],
    &["s"],
    &["t"],
    &["o", "a"],
    &["o", "b", "c"],
    &["l", "x"],
    &["l", "y"],
    &["odd name"],
    &["ключ"],
    &["o"],
];

impl Path {
    pub(super) fn random(dice: &mut Dice) -> Path {
        Path(dice.pick(PATHS).to_vec())
    }

    /// The values at the end: one of each element, where the way leads through an array.
    pub(super) fn values<'v>(&self, document: &'v Value) -> Vec<&'v Value> {
        let mut here = vec![document];
        for name in &self.0 {
            let step = |value: &'v Value| -> Vec<&'v Value> {
                match value {
                    Value::Object(fields) => fields.get(*name).into_iter().collect(),
                    Value::Array(elements) => elements
                        .iter()
                        .filter_map(|element| element.as_object()?.get(*name))
                        .collect(),
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![],
                }
            };
            here = here.into_iter().flat_map(step).collect();
        }
        here
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let name =
            |name: &&str| if is_plain(name) { (*name).to_owned() } else { format!("`{name}`") };
        f.write_str(&self.0.iter().map(name).collect::<Vec<_>>().join("."))
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// By value and exactly: a float is cut into what is whole and the rest.
pub(super) fn order_numbers(a: &Number, b: &Number) -> Ordering {
    const BEYOND: f64 = 1e30;
    #[expect(clippy::cast_possible_truncation, reason = "numbers beyond are decided before")]
    let parts = |number: &Number| -> (i128, f64) {
        match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), _, _) => (whole.into(), 0.0),
            (None, Some(whole), _) => (whole.into(), 0.0),
            (None, None, Some(float)) if float >= BEYOND => (i128::MAX, float),
            (None, None, Some(float)) if float <= -BEYOND => (i128::MIN, float),
            (None, None, Some(float)) => (float.floor() as i128, float - float.floor()),
            (None, None, None) => panic!("{number} is a number"),
        }
    };
    let ((a, a_rest), (b, b_rest)) = (parts(a), parts(b));
    a.cmp(&b).then(a_rest.partial_cmp(&b_rest).expect("no number of JSON is NaN"))
}

/// Whether a value is the one that a literal says. Objects are never said.
pub(super) fn is_equal(value: &Value, literal: &Value) -> bool {
    match (value, literal) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => order_numbers(a, b).is_eq(),
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_equal(a, b))
        }
        _ => false,
    }
}

/// How a value stands to a bound, when both are numbers or both strings.
pub(super) fn order_to(value: &Value, bound: &Value) -> Option<Ordering> {
    match (value, bound) {
        (Value::Number(a), Value::Number(b)) => Some(order_numbers(a, b)),
        (Value::String(a), Value::String(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        _ => None,
    }
}

/// Whether two documents hold the same, numbers by value.
pub(super) fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, value)| b.get(name).is_some_and(|b| is_same(value, b)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        _ => is_equal(a, b),
    }
}

/// The place of a value in ORDER BY: missing, null, booleans, numbers, strings, the rest.
pub(super) fn order_of_rows(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let rank = |value: Option<&Value>| match value {
        None => 0,
        Some(Value::Null) => 1,
        Some(Value::Bool(_)) => 2,
        Some(Value::Number(_)) => 3,
        Some(Value::String(_)) => 4,
        Some(Value::Array(_) | Value::Object(_)) => 5,
    };
    rank(a).cmp(&rank(b)).then_with(|| match (a, b) {
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a.cmp(b),
        (Some(a), Some(b)) => order_to(a, b).unwrap_or(Ordering::Equal),
        _ => Ordering::Equal,
    })
}

/// A value that is no array and no object: few that meet often, and some at the edges.
pub(super) fn scalar(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => Value::Null,
        1 => Value::Bool(dice.percent(50)),
        2..=6 => number(dice),
        _ => Value::String(string(dice)),
    }
}

pub(super) fn number(dice: &mut Dice) -> Value {
    const POW_53: i64 = 1 << 53;
    if dice.percent(60) {
        return json!(dice.between(-2, 5));
    }
    dice.pick(&[
        json!(30),
        json!(30.0),
        json!(-0.0),
        json!(0.0),
        json!(0.5),
        json!(-0.5),
        json!(5e-324),
        json!(POW_53),
        json!(POW_53 + 1),
        json!(-POW_53 - 1),
        json!(9_007_199_254_740_992.0),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(u64::MAX - 1),
        json!(18_446_744_073_709_551_616.0),
        json!(-9_223_372_036_854_775_808.0),
        json!(1e300),
        json!(-1e300),
        json!(f64::MAX),
        json!(0.1),
        json!(64),
        json!(127.5),
    ])
    .clone()
}

pub(super) fn string(dice: &mut Dice) -> String {
    let strings = [
        "",
        "a",
        "ab",
        "abc",
        "abd",
        "b",
        "\0",
        "a\0",
        "a\0b",
        "a\0\u{1}",
        "ä",
        "äö",
        "30",
        "true",
        "null",
        "\u{FFFF}",
        "\u{10FFFF}",
        "it's",
        "say \"x\"",
        "back\\slash",
        "line\nend",
    ];
    if dice.percent(5) { "long ".repeat(30) } else { (*dice.pick(&strings)).to_owned() }
}

fn array(dice: &mut Dice) -> Value {
    let element = |dice: &mut Dice| if dice.percent(5) { json!([1, "a"]) } else { scalar(dice) };
    (0..dice.below(4)).map(|_| element(dice)).collect()
}

fn object(dice: &mut Dice, names: &[&str]) -> Value {
    let mut fields = Map::new();
    for name in names {
        if dice.percent(75) {
            fields.insert((*name).to_owned(), scalar(dice));
        }
    }
    Value::Object(fields)
}

/// A value of any kind.
pub(super) fn value(dice: &mut Dice) -> Value {
    match dice.below(8) {
        0 => array(dice),
        1 => object(dice, &["a", "x", "y"]),
        2 => (0..dice.below(4)).map(|_| object(dice, &["x", "y"])).collect(),
        _ => scalar(dice),
    }
}

/// A document in which every path of [`PATHS`] is often there, and often as it should not be.
pub(super) fn document(dice: &mut Dice) -> Value {
    let mut fields = Map::new();
    for name in ["a", "b", "n", "s", "t", "o", "l", "odd name", "ключ", "free"] {
        if dice.percent(20) {
            continue;
        }
        let field = match name {
            _ if dice.percent(8) => value(dice),
            "n" => number(dice),
            "s" | "ключ" => Value::String(string(dice)),
            "t" => array(dice),
            "o" => {
                let mut outer = object(dice, &["a", "b"]);
                if dice.percent(60) {
                    outer["b"] = object(dice, &["c", "d"]);
                }
                outer
            }
            "l" => (0..dice.below(4)).map(|_| object(dice, &["x", "y"])).collect(),
            _ => scalar(dice),
        };
        fields.insert(name.to_owned(), field);
    }
    Value::Object(fields)
}
