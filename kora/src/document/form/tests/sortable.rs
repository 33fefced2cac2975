//! Keys of sorted indexes: their order is the order of the values.

use super::values::{random_numbers, steps};
use super::{form, random_scalar, read};
use crate::document::form::{Kind, ValueRef, encode_sortable, encode_sortable_prefix};
use crate::types::random::Random;

fn key(value: ValueRef<'_>) -> Vec<u8> {
    let mut key = Vec::new();
    assert!(encode_sortable(value, &mut key), "{value:?}");
    key
}

#[test]
fn keys_are_pinned() {
    let cases: &[(ValueRef<'_>, &[u8])] = &[
        (ValueRef::Null, b"\x10"),
        (false.into(), b"\x20"),
        (true.into(), b"\x21"),
        (0_i64.into(), b"\x30\x00"),
        (1_i64.into(), b"\x30\x7F\xF0"),
        (30_i64.into(), b"\x30\x81\x3E"),
        ((-1_i64).into(), b"\x2F\x80\x0F"),
        (u64::MAX.into(), b"\x30\x87\xEF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xF0"),
        ("a\0b".into(), b"\x40a\x00\xFFb\x00\x00"),
    ];
    for (value, bytes) in cases {
        assert_eq!(key(*value), *bytes, "{value:?}");
    }
}

#[test]
fn keys_of_all_scalars_are_ordered_as_they_are() {
    let steps = steps();
    let scalars = steps.iter().filter(|(_, form)| read(form).kind() < Kind::Array);
    let keys: Vec<_> = scalars.map(|(step, form)| (step, key(read(form)))).collect();
    for (step, one) in &keys {
        for (other_step, other) in &keys {
            assert_eq!(one.cmp(other), step.cmp(other_step), "{one:x?} {other:x?}");
            assert!(step == other_step || !other.starts_with(one));
        }
    }
}

#[test]
fn keys_of_random_numbers_are_ordered_as_they_are() {
    let mut random = Random::from_environment();
    let numbers = random_numbers(&mut random, 1000);
    for one in &numbers {
        let one_key = key((*one).into());
        assert!(one_key.len() <= 12);
        for other in &numbers {
            let other_key = key((*other).into());
            assert_eq!(one_key.cmp(&other_key), one.cmp(other), "{one:?} {other:?}");
        }
    }
}

#[test]
fn keys_one_behind_the_other_are_ordered_as_tuples() {
    let mut random = Random::from_environment();
    let pairs: Vec<_> =
        (0..300).map(|_| [(); 2].map(|()| form(&random_scalar(&mut random)))).collect();
    let tuple = |pair: &[Box<[u8]>; 2]| [key(read(&pair[0])), key(read(&pair[1]))].concat();
    for one in &pairs {
        for other in &pairs {
            let order = read(&one[0]).cmp(&read(&other[0]));
            let order = order.then_with(|| read(&one[1]).cmp(&read(&other[1])));
            assert_eq!(tuple(one).cmp(&tuple(other)), order, "{one:x?} {other:x?}");
        }
    }
}

#[test]
fn keys_leave_room_for_bounds() {
    let mut random = Random::from_environment();
    for _ in 0..1000 {
        let key = key(read(&form(&random_scalar(&mut random))));
        assert!(!matches!(key[0], 0x00 | 0xFF));
    }
}

#[test]
fn a_prefix_is_that_of_its_strings_and_of_no_others() {
    let texts = ["", "a", "a\0", "a\0b", "ab", "b", "\0", "\0\0", "é"];
    for prefix in texts {
        let mut beginning = Vec::new();
        encode_sortable_prefix(prefix.as_bytes(), &mut beginning);
        for text in texts {
            assert_eq!(key(text.into()).starts_with(&beginning), text.starts_with(prefix));
        }
        assert!(!key(0_i64.into()).starts_with(&beginning));
    }
}

#[test]
fn arrays_and_objects_have_no_key() {
    let mut key = vec![1];
    for value in [serde_json::json!([]), serde_json::json!({})] {
        assert!(!encode_sortable(read(&form(&value)), &mut key));
    }
    assert_eq!(key, [1]);
}
