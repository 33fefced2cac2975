//! Parts of documents: what is kept, and that what is kept is a form.

use super::super::select::Selection;
use super::super::{ValueRef, check, from_json, write_json};

const PERSON: &str = r#"{"name":"Ann","age":31,"address":{"city":"Accra","geo":{"lat":5.6,"lng":-0.2}},"orders":[{"sku":"a","n":1},7,{"n":2},[{"sku":"x"}],{"sku":"b"}],"tags":["x","y"],"none":null,"empty":{}}"#;

#[track_caller]
fn selects(paths: &[&str], expected: &str) {
    let paths: Vec<Vec<Box<str>>> =
        paths.iter().map(|path| path.split('.').map(Box::from).collect()).collect();
    let selection = Selection::new(paths.iter().map(Vec::as_slice));
    let form = selection.apply(&from_json(PERSON.as_bytes()).unwrap()).unwrap();
    check(&form).unwrap();
    let mut text = Vec::new();
    write_json(ValueRef::new(&form).unwrap(), &mut text).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), expected, "{paths:?}");
}

#[test]
fn fields_are_kept_whole_and_in_their_order() {
    selects(&["name"], r#"{"name":"Ann"}"#);
    selects(&["tags", "age"], r#"{"age":31,"tags":["x","y"]}"#);
    selects(&["none", "empty"], r#"{"none":null,"empty":{}}"#);
    selects(&["missing"], "{}");
    selects(&[], "{}");
}

#[test]
fn a_path_leads_through_objects() {
    selects(&["address.city"], r#"{"address":{"city":"Accra"}}"#);
    selects(&["address.geo.lng", "name"], r#"{"name":"Ann","address":{"geo":{"lng":-0.2}}}"#);
    selects(&["address.geo", "address.geo.lng"], r#"{"address":{"geo":{"lat":5.6,"lng":-0.2}}}"#);
    selects(
        &["address.geo.lng", "address"],
        r#"{"address":{"city":"Accra","geo":{"lat":5.6,"lng":-0.2}}}"#,
    );
}

#[test]
fn what_has_no_part_is_left_out() {
    selects(&["address.street", "name.first", "empty.x", "none.x", "tags.x"], "{}");
    selects(&["address.geo.alt", "address.city"], r#"{"address":{"city":"Accra"}}"#);
}

#[test]
fn a_path_leads_into_the_objects_of_an_array() {
    selects(&["orders.sku"], r#"{"orders":[{"sku":"a"},{"sku":"b"}]}"#);
    selects(&["orders.sku", "orders.n"], r#"{"orders":[{"sku":"a","n":1},{"n":2},{"sku":"b"}]}"#);
    selects(&["orders.price"], "{}");
}

#[test]
fn bytes_that_are_no_document_are_refused() {
    let selection = Selection::new([&["a".into()][..]]);
    for bytes in [&b""[..], b"\x01", b"\x1a\x05\0\0", b"\x1a\x02\0\0\xff\x01"] {
        selection.apply(bytes).unwrap_err();
    }
}
