//! Strings through their value: what the scripts cannot see.

use super::value::{Str, StrEffect, StrView};
use crate::types::{Effect, TypedValue};

#[test]
fn effects_come_back_from_their_bytes() {
    let effects = [
        StrEffect::Set(b"text"),
        StrEffect::Integer(-7),
        StrEffect::Append(b""),
        StrEffect::Text(b"3"),
        StrEffect::Overwrite { offset: 3, part: b"part" },
    ];
    for effect in effects {
        let mut bytes = Vec::new();
        effect.encode(&mut bytes);
        let again = StrEffect::decode(&bytes).expect("an effect");
        assert_eq!(format!("{again:?}"), format!("{effect:?}"));
    }
    assert!(StrEffect::decode(b"").is_none());
    assert!(StrEffect::decode(b"\x01short").is_none());
    assert!(StrEffect::decode(b"\x09").is_none());
}

#[test]
fn a_string_passes_through_its_forms() {
    let mut string = Str::new(b"12");
    assert!(matches!(string.view(), StrView::Integer(12)));
    string.apply(&StrEffect::Append(b"3"));
    assert!(matches!(string.view(), StrView::Inline(b"123", true)));
    let long = vec![b'x'; 5000];
    string.apply(&StrEffect::Append(&long));
    assert!(matches!(string.view(), StrView::Large(bytes) if bytes.len() == 5003));
    string.apply(&StrEffect::Overwrite { offset: 5003, part: b"end" });
    assert_eq!(string.view().len(), 5006);
    string.apply(&StrEffect::Set(b"-0"));
    assert!(matches!(string.view(), StrView::Inline(b"-0", false)));
}
