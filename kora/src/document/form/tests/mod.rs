//! What forms promise, and the values that the tests share.

mod damage;
mod json;
mod layout;
mod passed_over;
mod rename;
mod select;
mod serde_shapes;
mod sortable;
mod update;
mod values;

use serde_json::{Map, Value, json};

use super::{Form, ValueRef, check, from_form, to_value};
use crate::types::random::Random;

/// The form of a value written by hand.
fn form(value: &Value) -> Form {
    let form = to_value(value).expect("a value of JSON has a form");
    check(&form).expect("what was written is a form");
    form
}

fn value_of(form: &[u8]) -> Value {
    from_form(form).expect("a form has a value")
}

fn read(form: &[u8]) -> ValueRef<'_> {
    ValueRef::new(form).expect("a form")
}

/// Names of which many are alike, so that objects share some and have others twice.
fn random_name(random: &mut Random) -> String {
    match random.within(0..12) {
        0 => random_text(random),
        1..=3 => format!("field{}", random.within(0..2000)),
        _ => format!("f{}", random.within(0..12)),
    }
}

fn random_text(random: &mut Random) -> String {
    let len = match random.within(0..20) {
        0 => random.within(100..400),
        1..=4 => random.within(0..40),
        _ => random.within(0..8),
    };
    const LETTERS: &[char] =
        &['a', 'b', '"', '\\', '\n', '\0', '\u{7f}', 'é', '漢', '🦀', ' ', '0'];
    (0..len).map(|_| LETTERS[random.within(0..LETTERS.len())]).collect()
}

/// Numbers at the boundaries of what integers and floats hold, and around them.
fn random_number(random: &mut Random) -> Value {
    let bits = random.next();
    match random.within(0..8) {
        0 => json!(f64::from_bits(bits)),
        1 => json!((bits >> random.within(0..64)) as f64),
        2 => json!(-((bits >> random.within(0..64)) as f64)),
        3 => json!(f32::from_bits((bits >> 32) as u32)),
        4 => json!(bits),
        5 => json!(random.within(0..100)),
        _ => json!((bits as i64) >> random.within(0..64)),
    }
}

fn random_scalar(random: &mut Random) -> Value {
    match random.within(0..8) {
        0 => Value::Null,
        1 => Value::Bool(random.one_in(2)),
        2..=4 => random_number(random),
        _ => Value::String(random_text(random)),
    }
}

fn random_value(random: &mut Random, depth: usize) -> Value {
    let len = match random.within(0..12) {
        0 => random.within(0..60),
        _ => random.within(0..6),
    };
    match random.within(0..6) {
        0 if depth > 0 => (0..len).map(|_| random_value(random, depth - 1)).collect(),
        1 | 2 if depth > 0 => random_object(random, len, depth - 1).into(),
        _ => random_scalar(random),
    }
}

fn random_object(random: &mut Random, len: usize, depth: usize) -> Map<String, Value> {
    (0..len).map(|_| (random_name(random), random_value(random, depth))).collect()
}

fn random_document(random: &mut Random) -> Value {
    let len = random.within(0..20);
    random_object(random, len, 3).into()
}

/// Objects within objects, or arrays within arrays, so deep.
fn nested(depth: usize, open: &str, close: &str) -> String {
    let inside = if open == "[" { "" } else { "0" };
    [open.repeat(depth).as_str(), inside, &close.repeat(depth)].concat()
}
