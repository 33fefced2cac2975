//! Bytes that are no form: they are found out, and no reader panics on them.

use std::collections::VecDeque;

use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::{form, random_document, read};
use crate::document::form::layout::{fingerprint, width};
use crate::document::form::update::{add, pull, push, set, unset};
use crate::document::form::{
    DEPTH_MAX, Problem, SIZE_MAX, ValueRef, check, encode_sortable, from_form, to_value, write_json,
};
use crate::types::random::Random;

/// Reads the bytes in every way there is. What comes of it does not matter, that it ends does.
fn exercise(bytes: &[u8], names: &[String]) {
    let Some(value) = ValueRef::new(bytes) else { return };
    let value_again: Result<Value, _> = from_form(bytes);
    let ignored: Result<IgnoredAny, _> = from_form(bytes);
    let (mut text, mut key) = (Vec::new(), Vec::new());
    let written = write_json(value, &mut text);
    assert!(
        encode_sortable(value, &mut key)
            || value.as_array().is_some()
            || value.as_object().is_some()
    );
    let twin = value;
    assert!(value == twin && ignored.is_ok());
    if value_again.is_ok() {
        assert!(written.is_ok());
    }
    for name in names {
        let found = value.get(name);
        let path = [name.as_str(), "x"];
        let results = [
            set(bytes, &path, true.into()).err(),
            add(bytes, &path[..1], 1_i64.into()).err(),
            push(bytes, &path[..1], true.into()).err(),
            unset(bytes, &path[..1]).err(),
            pull(bytes, &path[..1], true.into()).err(),
        ];
        // A field that is there is at least not missing for unset.
        assert!(found.is_none() || results[3].is_none() || check(bytes).is_err());
    }
    if let Some(array) = value.as_array() {
        assert!(array.iter().count() <= array.len() && array.get(array.len()).is_none());
    }
    if let Some(object) = value.as_object() {
        assert!(object.iter().count() <= object.len());
    }
}

#[test]
fn flipped_bytes_are_found_out_or_are_another_form() {
    let mut random = Random::from_environment();
    let (mut refused, mut passed) = (0, 0);
    for _ in 0..300 {
        let value = random_document(&mut random);
        let names: Vec<String> = value.as_object().unwrap().keys().take(3).cloned().collect();
        let whole = form(&value);
        for _ in 0..30 {
            let mut bytes = whole.to_vec();
            for _ in 0..random.within(1..4) {
                let at = random.within(0..bytes.len());
                bytes[at] = match random.within(0..3) {
                    0 => random.next().to_le_bytes()[0],
                    1 => bytes[at] ^ (1 << random.within(0..8)),
                    _ => [0x00, 0x18, 0x19, 0x1A, 0x40, 0x80, 0xFF, 0x12][random.within(0..8)],
                };
            }
            if random.one_in(4) {
                bytes.truncate(random.within(0..bytes.len() + 1));
            }
            exercise(&bytes, &names);
            match check(&bytes) {
                Ok(value) => {
                    assert_eq!(*to_value(&value).unwrap(), *bytes);
                    passed += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 0 && passed > 0);
}

#[test]
fn random_bytes_are_read_without_panic() {
    let mut random = Random::from_environment();
    let names = ["".to_owned(), "a".to_owned()];
    for _ in 0..50_000 {
        let len = random.within(0..24);
        let mut bytes: Vec<u8> = (0..len).map(|_| random.next().to_le_bytes()[0]).collect();
        // Half of them are an array or object with a right length, so that reading gets inside.
        if let [head, a, b, c, body @ ..] = bytes.as_mut_slice() {
            if *head < 128 {
                *head = 0x19 + *head % 2;
                [*a, *b, *c] = [u8::try_from(body.len()).unwrap(), 0, 0];
            }
        }
        exercise(&bytes, &names);
        if let Ok(value) = check(&bytes) {
            assert_eq!(*to_value(&value).unwrap(), *bytes);
        }
    }
}

#[test]
fn other_forms_of_the_same_value_are_refused() {
    let bytes: &[&[u8]] = &[
        b"",
        b"\x00",
        b"\x04",
        b"\x13",
        b"\x1B",
        // Integers in more bytes than they need.
        b"\x08\x3F",
        b"\x09\x40\x00",
        b"\x09\xFF\xFF",
        b"\x10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F",
        // A float that four bytes hold, and none at all.
        b"\x12\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x11\x00\x00\x80\x7F",
        b"\x12\x00\x00\x00\x00\x00\x00\xF8\x7F",
        // Strings: long without need, cut, not of UTF-8.
        b"\x18\x01\x00\x00a",
        b"\x82a",
        b"\x81\xFF",
        // More behind the value.
        b"\x01\x01",
        // Arrays: without count, and with a wrong one.
        b"\x19\x00\x00\x00",
        b"\x19\x02\x00\x00\x01\x02",
        b"\x19\x02\x00\x00\x01\x00",
        // Objects: a name twice, a long name without need, a name of no UTF-8.
        b"\x1A\x07\x00\x00\x01a\x01\x01a\x01\x02",
        b"\x1A\x07\x00\x00\xFF\x01\x00\x00a\x01\x01",
        b"\x1A\x04\x00\x00\x01\xFF\x01\x01",
    ];
    for bytes in bytes {
        assert!(check(bytes).is_err(), "{bytes:x?}");
    }
}

#[test]
fn a_wrong_index_is_refused() {
    let object: Value =
        (0..9).map(|n| (n.to_string(), json!(0))).collect::<serde_json::Map<_, _>>().into();
    let whole = form(&object);
    let (marks, offsets) = (whole.len() - 19..whole.len() - 10, whole.len() - 10..whole.len() - 1);
    assert!(whole[marks.clone()].is_sorted());
    assert_eq!(
        whole[marks.start + 4],
        fingerprint(&[whole[4 + usize::from(whole[offsets.start + 4]) + 1]])
    );
    for at in marks.clone().chain(offsets.clone()) {
        for delta in 1..=255 {
            let mut bytes = whole.to_vec();
            bytes[at] = bytes[at].wrapping_add(delta);
            assert_eq!(check(&bytes).unwrap_err().problem(), &Problem::Damaged);
        }
    }
    let mut swapped = whole.to_vec();
    swapped.swap(marks.start, marks.start + 1);
    swapped.swap(offsets.start, offsets.start + 1);
    assert!(check(&swapped).is_err());
}

#[test]
fn bytes_that_nest_without_end_do_not_end_the_stack() {
    let deep = 200_000;
    let mut bytes = VecDeque::from(*b"\x19\x01\x00\x00\x00");
    for _ in 1..deep {
        let width = (1..=3).find(|tried| width(bytes.len() + tried) == *tried).unwrap();
        bytes.extend([&1_u8, &0, &0].into_iter().take(width));
        let [a, b, c, ..] = (bytes.len() as u64).to_le_bytes();
        [c, b, a, 0x19].into_iter().for_each(|byte| bytes.push_front(byte));
    }
    let bytes = Vec::from(bytes);
    assert!(bytes.len() <= SIZE_MAX && ValueRef::new(&bytes).is_some());
    assert_eq!(check(&bytes).unwrap_err().problem(), &Problem::TooDeep);
    exercise(&bytes, &[]);
    assert!(from_form::<Value>(&bytes).is_err() && to_value(&read(&bytes)).is_err());
    let document = form(&json!({}));
    assert_eq!(set(&document, &["a"], read(&bytes)).unwrap_err().problem(), &Problem::TooDeep);
    assert!(DEPTH_MAX < deep);
}
