//! Reading in place, and the order of values.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{form, random_value, read};
use crate::document::form::{ArrayRef, Kind, Number, ObjectRef, ValueRef};
use crate::types::random::Random;

#[test]
fn a_field_is_found_at_the_end_of_a_path() {
    let form = form(&json!({"name": "ann", "address": {"city": "Accra", "lines": ["a", "b"]}}));
    let document = read(&form);
    let city = document.at("address.city".split('.')).unwrap();
    assert_eq!((city.kind(), city.as_str()), (Kind::String, Some("Accra")));
    assert_eq!(document.at(["address", "lines"]).unwrap().as_array().unwrap().len(), 2);
    for missing in ["zip", "address.zip", "name.first", "address.lines.0", ""] {
        assert_eq!(document.at(missing.split('.')), None, "{missing}");
    }
    assert_eq!(document.at([""; 0]), Some(document));
}

#[test]
fn a_text_is_found_whether_its_field_is_the_first_or_not() {
    let long = "x".repeat(300);
    for count in [1, 3, 30] {
        let fields = (0..count).map(|n| (format!("f{n}"), json!(format!("text {n}"))));
        let form = form(&Value::Object(fields.collect()));
        let object = ObjectRef::new(&form).unwrap();
        for n in 0..count {
            let text = object.leading_text(&format!("f{n}"));
            assert_eq!(text, Some(format!("text {n}").as_bytes()), "{n} of {count}");
        }
        assert_eq!(object.leading_text("f"), None);
    }
    let form = form(&json!({"id": long, "n": 7, "": "empty"}));
    let object = ObjectRef::new(&form).unwrap();
    assert_eq!(object.leading_text("id"), Some(long.as_bytes()));
    assert_eq!(object.leading_text("n"), None);
    assert_eq!(object.leading_text(""), Some(&b"empty"[..]));
    let nothing = super::form(&json!({}));
    assert_eq!(ObjectRef::new(&nothing).unwrap().leading_text(""), None);
    assert!(ObjectRef::new(&super::form(&json!([1]))).is_none());
    assert!(ObjectRef::new(&form[..form.len() - 1]).is_none());
    assert!(ObjectRef::new(&[&form[..], &[1]].concat()).is_none());
}

#[test]
fn accessors_answer_for_their_kind_only() {
    let form = form(&json!([null, true, -1, u64::MAX, 1.5, "x", [7, 8], {"a": 9}]));
    let array: ArrayRef<'_> = read(&form).as_array().unwrap();
    let values: Vec<ValueRef<'_>> = array.into_iter().collect();
    let has = |probe: fn(&ValueRef<'_>) -> bool| values.iter().map(probe).collect::<Vec<_>>();
    let only = |place| (0..8).map(|n| n == place).collect::<Vec<_>>();
    assert_eq!(has(|value| value.is_null()), only(0));
    assert_eq!(has(|value| value.as_bool() == Some(true)), only(1));
    assert_eq!(has(|value| value.as_i64() == Some(-1)), only(2));
    assert_eq!(has(|value| value.as_u64() == Some(u64::MAX)), only(3));
    assert_eq!(has(|value| value.as_f64() == Some(1.5)), only(4));
    assert_eq!(has(|value| value.as_str() == Some("x")), only(5));
    assert_eq!(has(|value| value.as_array().is_some()), only(6));
    assert_eq!(has(|value| value.as_object().is_some()), only(7));
    assert_eq!(array.get(6).unwrap().as_array().unwrap().get(1).unwrap().as_i64(), Some(8));
    assert!(array.get(8).is_none() && !array.is_empty());
    let numbers = [values[2], values[3], values[4]].map(|value| value.as_number().unwrap());
    assert_eq!(numbers.map(Number::as_i64), [Some(-1), None, None]);
    assert_eq!(numbers.map(Number::as_u64), [None, Some(u64::MAX), None]);
}

#[test]
fn fields_keep_their_order() {
    let form = crate::document::form::from_json(br#"{"b":1,"a":2,"c":3}"#).unwrap();
    let object: ObjectRef<'_> = read(&form).as_object().unwrap();
    let names: Vec<&[u8]> = object.iter().map(|(name, _)| name).collect();
    assert_eq!(names, [b"b", b"a", b"c"]);
}

/// From the least to the greatest; what stands on one line is equal.
fn ladder() -> Vec<Vec<Value>> {
    vec![
        vec![json!(null)],
        vec![json!(false)],
        vec![json!(true)],
        vec![json!(f64::MIN)],
        vec![json!(-9_223_372_036_854_777_856.0)],
        vec![json!(i64::MIN), json!(i64::MIN as f64)],
        vec![json!(i64::MIN + 1)],
        vec![json!(-9_007_199_254_740_993_i64)],
        vec![json!(-9_007_199_254_740_992_i64), json!(-9_007_199_254_740_992.0)],
        vec![json!(-1.5)],
        vec![json!(-1), json!(-1.0)],
        vec![json!(-f64::MIN_POSITIVE)],
        vec![json!(-5e-324)],
        vec![json!(0), json!(0.0), json!(-0.0)],
        vec![json!(5e-324)],
        vec![json!(0.1)],
        vec![json!(0.1_f32)],
        vec![json!(1), json!(1.0)],
        vec![json!(30), json!(30.0), json!(3e1)],
        vec![json!(30.5)],
        vec![json!(9_007_199_254_740_992_i64), json!(9_007_199_254_740_992.0)],
        vec![json!(9_007_199_254_740_993_i64)],
        vec![json!(9_007_199_254_740_994_i64), json!(9_007_199_254_740_994.0)],
        vec![json!(i64::MAX)],
        vec![json!(1_u64 << 63), json!(9_223_372_036_854_775_808.0)],
        vec![json!((1_u64 << 63) + 1)],
        vec![json!(u64::MAX - 2048)],
        vec![json!(u64::MAX - 2047), json!(18_446_744_073_709_549_568.0)],
        vec![json!(u64::MAX)],
        vec![json!(18_446_744_073_709_551_616.0)],
        vec![json!(f64::MAX)],
        vec![json!("")],
        vec![json!("\0")],
        vec![json!("\0\0")],
        vec![json!("\u{1}")],
        vec![json!("a")],
        vec![json!("a\0")],
        vec![json!("a\0b")],
        vec![json!("ab")],
        vec![json!("b")],
        vec![json!("é")],
        vec![json!("漢")],
        vec![json!("🦀")],
        vec![json!([])],
        vec![json!([1]), json!([1.0])],
        vec![json!([1, 2])],
        vec![json!([2])],
        vec![json!([[]])],
        vec![json!({})],
        vec![json!({"a": 1}), json!({"a": 1.0})],
        vec![json!({"a": 1, "b": 2})],
        vec![json!({"a": 2})],
        vec![json!({"b": 0})],
    ]
}

/// Each with its place on the ladder.
pub(super) fn steps() -> Vec<(usize, Box<[u8]>)> {
    let steps = ladder().into_iter().enumerate();
    steps.flat_map(|(step, equal)| equal.into_iter().map(move |v| (step, form(&v)))).collect()
}

#[test]
fn values_have_one_order() {
    let steps = steps();
    for (step, one) in &steps {
        for (other_step, other) in &steps {
            let (one, other) = (read(one), read(other));
            assert_eq!(one.cmp(&other), step.cmp(other_step), "{one:?} and {other:?}");
            assert_eq!(one == other, step == other_step);
        }
    }
}

#[test]
fn objects_are_equal_whatever_the_order_of_their_fields() {
    let equal = [r#"{"a":[{"x":1,"y":2}],"b":1}"#, r#"{"b":1.0,"a":[{"y":2,"x":1}]}"#];
    let [one, other] = equal.map(|text| crate::document::form::from_json(text.as_bytes()).unwrap());
    assert_ne!(one, other);
    assert_eq!(read(&one), read(&other));
}

/// The exact decimal digits, which Rust prints however many there are.
fn digits(number: Number) -> (bool, String, String) {
    let text = match number {
        Number::Signed(integer) => format!("{integer}."),
        Number::Unsigned(integer) => format!("{integer}."),
        Number::Float(float) => format!("{:.1080}", if float == 0.0 { 0.0 } else { float }),
    };
    let (whole, fraction) = text.trim_start_matches('-').split_once('.').unwrap();
    (text.starts_with('-'), format!("{whole:0>400}"), format!("{fraction:0<1080}"))
}

fn order_of_digits(a: Number, b: Number) -> Ordering {
    let (a, b) = (digits(a), digits(b));
    let magnitudes = (&a.1, &a.2).cmp(&(&b.1, &b.2));
    match (a.0, b.0) {
        (false, false) => magnitudes,
        (true, true) => magnitudes.reverse(),
        (a, b) => b.cmp(&a),
    }
}

/// Random numbers, and of each integer the floats around it.
pub(super) fn random_numbers(random: &mut Random, count: usize) -> Vec<Number> {
    let mut numbers = Vec::new();
    while numbers.len() < count {
        let form = form(&super::random_number(random));
        let Some(number) = read(&form).as_number() else { continue };
        let near = number.as_f64();
        numbers.push(number);
        numbers.extend(
            [near, near.next_up(), near.next_down()].into_iter().filter_map(Number::from_f64),
        );
    }
    numbers
}

#[test]
fn numbers_are_ordered_by_their_digits() {
    let mut random = Random::from_environment();
    let numbers = random_numbers(&mut random, 300);
    for pair in numbers.windows(7) {
        for other in pair {
            assert_eq!(
                pair[0].cmp(other),
                order_of_digits(pair[0], *other),
                "{:?} {other:?}",
                pair[0]
            );
            assert_eq!(other.cmp(&pair[0]), order_of_digits(*other, pair[0]));
        }
    }
}

#[test]
fn random_values_are_equal_to_themselves_and_ordered_both_ways() {
    let mut random = Random::from_environment();
    let forms: Vec<_> = (0..150).map(|_| form(&random_value(&mut random, 3))).collect();
    let mut values: Vec<ValueRef<'_>> = forms.iter().map(|form| read(form)).collect();
    values.sort_unstable();
    for (place, value) in values.iter().enumerate() {
        assert_eq!(value, value);
        let orders = values[place..].iter().map(|later| (value.cmp(later), later.cmp(value)));
        assert!(orders.into_iter().all(|(on, back)| on.is_le() && on == back.reverse()));
    }
}
