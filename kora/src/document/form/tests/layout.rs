//! The bytes themselves: pinned, canonical, and wide enough at every boundary.

use serde_json::{Map, Value, json};

use super::{form, read, value_of};
use crate::document::form::layout::{LINEAR_MAX, fingerprint};
use crate::document::form::{DEPTH_MAX, Problem, SIZE_MAX, check, to_value};
use crate::types::random::Random;

#[test]
fn bytes_of_the_form_are_pinned() {
    let cases: &[(Value, &[u8])] = &[
        (json!(null), b"\x01"),
        (json!(false), b"\x02"),
        (json!(true), b"\x03"),
        (json!(0), b"\x40"),
        (json!(63), b"\x7F"),
        (json!(64), b"\x08\x40"),
        (json!(-1), b"\x08\xFF"),
        (json!(128), b"\x09\x80\x00"),
        (json!(8_388_608), b"\x0B\x00\x00\x80\x00"),
        (json!(i64::MIN), b"\x0F\x00\x00\x00\x00\x00\x00\x00\x80"),
        (json!(u64::MAX), b"\x10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
        (json!(30.0), b"\x11\x00\x00\xF0\x41"),
        (json!(-0.0), b"\x11\x00\x00\x00\x80"),
        (json!(0.1), b"\x12\x9A\x99\x99\x99\x99\x99\xB9\x3F"),
        (json!(""), b"\x80"),
        (json!("ann"), b"\x83ann"),
        (json!([]), b"\x19\x01\x00\x00\x00"),
        (json!([1, "x"]), b"\x19\x04\x00\x00\x41\x81x\x02"),
        (json!({}), b"\x1A\x01\x00\x00\x00"),
        (json!({"a": {"b": 2}}), b"\x1A\x0B\x00\x00\x01a\x1A\x04\x00\x00\x01b\x42\x01\x01"),
    ];
    for (value, bytes) in cases {
        assert_eq!(&*form(value), *bytes, "{value}");
    }
    assert_eq!(form(&json!("x".repeat(127)))[..2], *b"\xFFx");
    assert_eq!(form(&json!("x".repeat(128)))[..5], *b"\x18\x80\x00\x00x");
    assert_eq!(form(&json!({"x".repeat(254): 0}))[4..6], *b"\xFEx");
    assert_eq!(form(&json!({"x".repeat(255): 0}))[4..9], *b"\xFF\xFF\x00\x00x");
}

#[test]
fn the_index_of_an_object_is_pinned() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let object: Map<String, Value> =
        names.map(|name| (name.into(), json!(0))).into_iter().collect();
    let form = form(&object.into());
    assert_eq!(form[..4], [0x1A, 46, 0, 0]);
    assert_eq!(
        form[4..31],
        *b"\x01a\x40\x01b\x40\x01c\x40\x01d\x40\x01e\x40\x01f\x40\x01g\x40\x01h\x40\x01i\x40"
    );
    let mut marks = names.map(|name| (fingerprint(name.as_bytes()), name));
    marks.sort_unstable();
    assert_eq!(form[31..40], marks.map(|(mark, _)| mark));
    assert_eq!(form[40..49], marks.map(|(_, name)| (name.as_bytes()[0] - b'a') * 3));
    assert_eq!(form[49..], [9]);
}

#[test]
fn fingerprints_are_pinned_and_tell_names_apart() {
    let names = [
        "",
        "a",
        "id",
        "age",
        "name",
        "email",
        "version",
        "magnitude",
        "a_longer_name_than_two_words",
    ];
    let marks = names.map(|name| fingerprint(name.as_bytes()));
    assert_eq!(marks, [0, 198, 81, 247, 91, 23, 6, 113, 162]);
    let mut counts = [0_u32; 256];
    for number in 0..25_600 {
        counts[usize::from(fingerprint(format!("field_{number}").as_bytes()))] += 1;
    }
    assert!(counts.iter().all(|count| (40..200).contains(count)), "{counts:?}");
}

#[test]
fn integers_take_the_fewest_bytes() {
    for shift in 0..64 {
        for near in -2..=2 {
            for sign in [1, -1] {
                let integer = sign * ((1_i128 << shift) + near);
                let Ok(integer) = i64::try_from(integer) else { continue };
                let form = form(&json!(integer));
                let bits = 65 - (integer ^ (integer >> 63)).leading_zeros() as usize;
                let size = if (0..=63).contains(&integer) { 1 } else { 1 + bits.div_ceil(8) };
                assert_eq!((form.len(), value_of(&form)), (size, json!(integer)));
            }
        }
    }
}

#[test]
fn containers_of_every_size_come_back() {
    // Around each width of counts and offsets, byte by byte.
    for len in (240..270).chain(65_500..65_560) {
        let text = "x".repeat(len);
        let array = json!([text, 1]);
        assert_eq!(value_of(&form(&array)), array);
        let object = json!({"a": text, "b": 1});
        assert_eq!(value_of(&form(&object)), object);
        assert_eq!(read(&form(&object)).get("b").unwrap().as_i64(), Some(1));
    }
    for count in (0..300).chain([21_000, 22_000, 70_000]) {
        let object: Map<String, Value> = (0..count).map(|n| (n.to_string(), json!(n))).collect();
        let form = form(&object.clone().into());
        let stored = read(&form).as_object().unwrap();
        assert_eq!((stored.len(), stored.is_empty()), (count, count == 0));
        for name in object.keys() {
            assert_eq!(stored.get(name).unwrap().as_i64(), name.parse().ok(), "{name} of {count}");
        }
        assert!(stored.get("x").is_none() && stored.get("").is_none());
        let array: Value = (0..count).collect();
        assert_eq!(value_of(&super::form(&array)), array);
    }
}

#[test]
fn keys_of_one_fingerprint_are_told_apart() {
    let names = (0..100_000).map(|n| format!("n{n}")).filter(|n| fingerprint(n.as_bytes()) == 7);
    let names: Vec<String> = names.take(200).collect();
    assert_eq!(names.len(), 200);
    for count in [2, LINEAR_MAX, LINEAR_MAX + 1, 150] {
        let object: Map<String, Value> =
            names[..count].iter().enumerate().map(|(n, name)| (name.clone(), json!(n))).collect();
        let form = form(&object.into());
        for (n, name) in names.iter().enumerate() {
            let found = read(&form).get(name).and_then(|value| value.as_u64());
            assert_eq!(found, (n < count).then_some(n as u64));
        }
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let fits = "x".repeat(SIZE_MAX - 4);
    assert_eq!(to_value(&fits).unwrap().len(), SIZE_MAX);
    let problem = |value: Value| to_value(&value).unwrap_err().problem().clone();
    assert_eq!(problem(json!(fits.clone() + "x")), Problem::TooLarge);
    assert_eq!(problem(json!([fits])), Problem::TooLarge);
    assert_eq!(problem(json!({fits: 0})), Problem::TooLarge);
    // The values fit, their count or index does not.
    let body = SIZE_MAX - 4;
    assert_eq!(to_value(&["x".repeat(body - 4 - 3)]).unwrap().len(), SIZE_MAX);
    assert_eq!(problem(json!(["x".repeat(body - 4 - 2)])), Problem::TooLarge);
    let mut object: Map<String, Value> = (0..9).map(|n| (n.to_string(), json!(0))).collect();
    object.insert("long".into(), json!("x".repeat(body - 9 * 3 - 5 - 4 - 43)));
    let form = to_value(&object).unwrap();
    assert_eq!(form.len(), SIZE_MAX);
    check(&form).unwrap();
    object.insert("long".into(), json!("x".repeat(body - 9 * 3 - 5 - 4 - 42)));
    assert_eq!(problem(object.into()), Problem::TooLarge);
}

#[test]
fn what_is_too_deep_is_refused() {
    let nested = |depth| {
        (0..depth).fold(
            json!(0),
            |inside, n| if n % 2 == 0 { json!([inside]) } else { json!({"a": inside}) },
        )
    };
    let deepest = nested(DEPTH_MAX);
    assert_eq!(value_of(&form(&deepest)), deepest);
    assert_eq!(to_value(&nested(DEPTH_MAX + 1)).unwrap_err().problem(), &Problem::TooDeep);
}

#[test]
fn random_values_have_one_form_and_come_back() {
    let mut random = Random::from_environment();
    for _ in 0..2000 {
        let value = super::random_document(&mut random);
        let form = form(&value);
        assert_eq!(value_of(&form), value);
        // A form is a value of serde as well, and is written as itself.
        assert_eq!(to_value(&read(&form)).unwrap(), form);
    }
}
