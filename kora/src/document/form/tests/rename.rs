//! Fields under other names, through objects and arrays.

use crate::document::form::{ValueRef, check, from_json, rename, write_json};

fn json(form: &[u8]) -> String {
    assert!(check(form).is_ok(), "what is written is a form");
    let mut out = Vec::new();
    write_json(ValueRef::new(form).expect("a form"), &mut out).expect("a form is JSON");
    String::from_utf8(out).expect("JSON is text")
}

#[test]
fn a_field_is_renamed_in_its_place_wherever_it_is() {
    for (path, to, before, after) in [
        (&["a"][..], "b", r#"{"x":1,"a":[2],"y":3}"#, r#"{"x":1,"b":[2],"y":3}"#),
        (&["a"], "b", r#"{"x":{"a":1}}"#, r#"{"x":{"a":1}}"#),
        (&["a"], "b", r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2}"#),
        (&["o", "a"], "b", r#"{"a":1,"o":{"a":1}}"#, r#"{"a":1,"o":{"b":1}}"#),
        (&["o", "a"], "b", r#"{"o":7}"#, r#"{"o":7}"#),
        (
            &["o", "a"],
            "b",
            r#"{"o":[{"a":1},2,[{"a":3}],{}]}"#,
            r#"{"o":[{"b":1},2,[{"b":3}],{}]}"#,
        ),
        (&["o", "p", "a"], "b", r#"{"o":[{"p":[{"a":null}]}]}"#, r#"{"o":[{"p":[{"b":null}]}]}"#),
    ] {
        let form = from_json(before.as_bytes()).expect("a document");
        assert_eq!(json(&rename::rename(&form, path, to).expect("a form")), after, "{path:?}");
    }
}

#[test]
fn a_field_goes_wherever_it_is() {
    let form = from_json(br#"{"a":1,"o":[{"a":1,"b":2},{"a":{}}]}"#).expect("a document");
    assert_eq!(
        json(&rename::remove(&form, &["a"]).expect("a form")),
        r#"{"o":[{"a":1,"b":2},{"a":{}}]}"#
    );
    let without = rename::remove(&form, &["o", "a"]).expect("a form");
    assert_eq!(json(&without), r#"{"a":1,"o":[{"b":2},{}]}"#);
    assert!(rename::remove(&form, &[]).is_err());
    assert_eq!(*rename::remove(&form, &["x"]).expect("a form"), *form);
}

#[test]
fn objects_with_an_index_are_renamed_too() {
    let many: Vec<String> = (0..40).map(|at| format!(r#""field{at}":{at}"#)).collect();
    let form = from_json(format!("{{{}}}", many.join(",")).as_bytes()).expect("a document");
    let renamed = rename::rename(&form, &["field7"], "seven").expect("a form");
    let value = ValueRef::new(&renamed).expect("a form");
    assert_eq!(value.get("seven").and_then(ValueRef::as_i64), Some(7));
    assert_eq!(value.get("field7"), None);
    assert_eq!(value.get("field39").and_then(ValueRef::as_i64), Some(39));
}
