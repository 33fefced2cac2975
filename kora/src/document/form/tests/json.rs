//! JSON text in and out.

use serde::de::value::MapDeserializer;
use serde_json::{Value, json};

use super::{nested, random_document, random_text, read, value_of};
use crate::document::form::{
    DEPTH_MAX, Form, Kind, Problem, check, from_json, value_from_json, write_json,
};
use crate::types::random::Random;

fn text_of(form: &Form) -> String {
    let mut text = b"already there ".to_vec();
    write_json(read(form), &mut text).unwrap();
    String::from_utf8(text.split_off(14)).unwrap()
}

#[test]
fn text_comes_out_as_it_went_in() {
    let texts = [
        r#"{}"#,
        r#"{"b":1,"a":[],"c":{"z":null,"y":[true,false]}}"#,
        r#"{"n":[0,-1,18446744073709551615,-9223372036854775808,30.0,-0.0,1e+300,5e-324]}"#,
        r#"{"s":["","a\"\\\n\u0000\u007f","漢🦀"]}"#,
        r#"{"i":1,"h":2,"g":3,"f":4,"e":5,"d":6,"c":7,"b":8,"a":9}"#,
    ];
    for text in texts {
        let form = from_json(text.as_bytes()).unwrap();
        check(&form).unwrap();
        let expected = text.replace("\\u007f", "\u{7f}");
        assert_eq!(text_of(&form), expected);
    }
}

#[test]
fn random_text_is_read_as_serde_json_reads_it() {
    let mut random = Random::from_environment();
    for _ in 0..1000 {
        let value = random_document(&mut random);
        let pretty = random.one_in(2);
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        let form = from_json(text.as_bytes()).unwrap();
        check(&form).unwrap();
        assert_eq!(value_of(&form), value);
        let again = text_of(&form);
        assert_eq!(serde_json::from_str::<Value>(&again).unwrap(), value);
        assert_eq!(from_json(again.as_bytes()).unwrap(), form);
    }
}

#[test]
fn numbers_are_integers_where_64_bits_hold_them() {
    let cases = [
        ("18446744073709551615", json!(u64::MAX)),
        ("18446744073709551616", json!(18_446_744_073_709_551_616.0)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("-9223372036854775809", json!(-9_223_372_036_854_775_809.0)),
        ("1e2", json!(100.0)),
        ("-0", json!(-0.0)),
        // The float nearest to it, which a quick conversion misses.
        ("0.11602185454678794", json!(0.116_021_854_546_787_94)),
    ];
    for (text, value) in cases {
        assert_eq!(value_from_json(text.as_bytes()).unwrap(), super::form(&value), "{text}");
    }
}

#[test]
fn two_fields_with_one_name_are_refused() {
    let many: String = (0..50).map(|n| format!("\"f{n}\":{n},")).collect();
    for (text, name) in [
        (r#"{"a":1,"b":2,"a":1}"#, "a"),
        (r#"{"":{},"":[]}"#, ""),
        (r#"{"o":[{"é":1,"\u00e9":2}]}"#, "é"),
        (&format!(r#"{{{many}"f7":0}}"#), "f7"),
    ] {
        let error = from_json(text.as_bytes()).unwrap_err();
        assert_eq!(error.problem(), &Problem::Twins(name.into()), "{text}");
    }
    let error = from_json(b"{\"a\":1,\n\"a\":2}").unwrap_err();
    assert_eq!(error.to_string(), r#"line 2, column 6: two fields have the name "a""#);
}

#[test]
fn what_is_no_json_is_refused_where_it_ends() {
    let cases = [
        ("", 1, 0, "EOF while parsing a value"),
        ("{\"a\":1,\n \"b\" 2}", 2, 6, "expected `:`"),
        ("{\"a\":1} x", 1, 9, "trailing characters"),
        ("{\"a\":1e999}", 1, 10, "number out of range"),
        ("{\"a\":NaN}", 1, 6, "expected value"),
    ];
    for (text, line, column, message) in cases {
        let error = from_json(text.as_bytes()).unwrap_err();
        let expected = Problem::Json { line, column, message: message.into() };
        assert_eq!(error.problem(), &expected, "{text}");
    }
    assert!(from_json(b"{\"\xFF\":1}").is_err() && from_json(b"{\"a\":\"\xFF\"}").is_err());
}

#[test]
fn a_document_is_an_object() {
    for (text, kind) in [("[]", Kind::Array), ("1", Kind::Number), ("null", Kind::Null)] {
        let error = from_json(text.as_bytes()).unwrap_err();
        assert_eq!(error.problem(), &Problem::NotADocument(kind));
        assert!(value_from_json(text.as_bytes()).is_ok());
    }
}

#[test]
fn depth_is_limited_before_the_stack_is() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deepest = nested(DEPTH_MAX, open, close);
        let form = value_from_json(deepest.as_bytes()).unwrap();
        assert_eq!(text_of(&form), deepest);
        for depth in [DEPTH_MAX + 1, 1_000_000] {
            let error = value_from_json(nested(depth, open, close).as_bytes()).unwrap_err();
            assert_eq!(error.problem(), &Problem::TooDeep);
        }
    }
}

#[test]
fn size_is_limited() {
    let text = format!("[\"{}\"]", "x".repeat(crate::document::form::SIZE_MAX));
    let error = value_from_json(text.as_bytes()).unwrap_err();
    assert_eq!(error.problem(), &Problem::TooLarge);
}

/// What the parser hands over for a number where the feature `arbitrary_precision` is on.
#[test]
fn a_number_in_disguise_is_read_as_the_number() {
    let read = |text: &str| {
        let pairs = [("$serde_json::private::Number", text)];
        let map = MapDeserializer::<_, serde_json::Error>::new(pairs.into_iter());
        crate::document::form::json::transcode(map).unwrap()
    };
    for text in ["7", "-7", "0.5", "18446744073709551616"] {
        assert_eq!(read(text), value_from_json(text.as_bytes()).unwrap());
    }
    let text = br#"{"a":1,"$serde_json::private::Number":"7"}"#;
    assert_eq!(text_of(&from_json(text).unwrap()).as_bytes(), text);
}

#[test]
fn strings_of_all_characters_come_back() {
    let mut random = Random::from_environment();
    let all: String = (0..0x3000).filter_map(char::from_u32).collect();
    let texts = (0..200).map(|_| random_text(&mut random)).chain([all]);
    for text in texts {
        let json = serde_json::to_string(&text).unwrap();
        let form = value_from_json(json.as_bytes()).unwrap();
        assert_eq!(read(&form).as_str(), Some(text.as_str()));
        assert_eq!(text_of(&form), json);
    }
}
