//! Every shape of serde: stored as `serde_json` would write it, and read back as it was.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{form, random_value, read, value_of};
use crate::document::form::{
    DEPTH_MAX, Error, Kind, Problem, Result, Step, from_form, from_opening, to_form, to_value,
};
use crate::types::random::Random;

/// Stored and read back, it is what it was, and what `serde_json` makes of it.
#[track_caller]
fn same<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    let stored = to_value(&value).unwrap();
    crate::document::form::check(&stored).unwrap();
    let expected = serde_json::to_value(&value).unwrap();
    assert_eq!(value_of(&stored), expected);
    assert_eq!(from_form::<T>(&stored).unwrap(), value);
    assert_eq!(from_form::<T>(&form(&expected)).unwrap(), value);
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Newtype(u64);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Tuple(i8, String, Option<f64>);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Address {
    street_name: String,
    zip: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum External {
    Unit,
    Newtype(Newtype),
    Many(Vec<u8>),
    Tuple(u8, String),
    Struct { a: i32, b: Option<Box<External>> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Internal {
    Unit,
    Address(Address),
    Struct { a: i64, b: BTreeMap<String, f64> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Unit,
    Newtype(u8),
    Tuple(u8, char),
    Struct { a: bool },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Untagged>),
    Address { street: String, number: u16 },
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: u64,
    #[serde(flatten)]
    address: Address,
    #[serde(flatten)]
    kind: Internal,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Level {
    Low,
    #[serde(rename = "very high")]
    High,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Name(String);

#[test]
fn scalars() {
    same(());
    same(true);
    same((i8::MIN, i16::MIN, i32::MIN, i64::MIN));
    same((u8::MAX, u16::MAX, u32::MAX, u64::MAX));
    same((i128::from(i64::MIN), i128::from(u64::MAX), u128::from(u64::MAX)));
    same((0.1_f32, f32::MAX, f64::MIN_POSITIVE, -0.0_f64, 1e300));
    same(('x', '🦀', String::new(), "漢\0".to_owned()));
    same((Some(1), None::<u8>, Some(Some("x".to_owned()))));
    same((1.0_f64, 1_u8));
}

#[test]
fn structs_and_containers() {
    same(Unit);
    same(Newtype(7));
    same(Tuple(-1, "x".into(), Some(2.5)));
    same(Address { street_name: "High".into(), zip: None, tags: Vec::new() });
    same(vec![Address::default(); 3]);
    same([[1, 2], [3, 4]]);
    same(BTreeMap::from([("a".to_owned(), vec![1]), ("b".to_owned(), vec![])]));
    same(Box::new((Cow::Borrowed("x").into_owned(), std::num::NonZeroU8::MIN)));
}

#[test]
fn enums() {
    use External as E;
    same(E::Unit);
    same(E::Newtype(Newtype(1)));
    same(E::Many(vec![1, 2]));
    same(E::Tuple(1, "x".into()));
    same(E::Struct { a: 1, b: Some(Box::new(E::Struct { a: 2, b: Some(Box::new(E::Unit)) })) });
    same(Internal::Unit);
    same(Internal::Address(Address { zip: Some(1), ..Address::default() }));
    same(Internal::Struct { a: -1, b: BTreeMap::from([("x".into(), 0.5)]) });
    same([
        Adjacent::Unit,
        Adjacent::Newtype(1),
        Adjacent::Tuple(2, 'c'),
        Adjacent::Struct { a: true },
    ]);
    use Untagged as U;
    same(U::List(vec![U::Integer(i64::MIN), U::Float(0.5), U::Text("x".into()), U::Nothing]));
    same(U::Address { street: "High".into(), number: 1 });
}

#[test]
fn flattened_structs() {
    let kind = Internal::Struct { a: 1, b: BTreeMap::new() };
    let address = Address { street_name: "High".into(), zip: Some(9), tags: vec!["x".into()] };
    let rest = BTreeMap::from([("note".to_owned(), json!({"deep": [1, null, 2.5]}))]);
    let flat = Flat { id: u64::MAX, address, kind, rest };
    let stored = to_form(&flat).unwrap();
    let expected = serde_json::to_value(&flat).unwrap();
    assert_eq!(value_of(&stored), expected);
    // The map takes in what the enum has taken as well: that is serde's way.
    let read: Flat = from_form(&stored).unwrap();
    assert_eq!(read, serde_json::from_value(expected).unwrap());
    assert_eq!((&read.address, &read.kind), (&flat.address, &flat.kind));
}

#[test]
fn keys_of_maps() {
    same(BTreeMap::from([(i64::MIN, 1), (-1, 2), (7, 3)]));
    same(BTreeMap::from([(u64::MAX, 1)]));
    same(BTreeMap::from([(i128::MIN, 1), (0, 2)]));
    same(BTreeMap::from([('x', 1), ('é', 2)]));
    same(BTreeMap::from([(false, 1), (true, 2)]));
    same(BTreeMap::from([(Level::Low, 1), (Level::High, 2)]));
    same(BTreeMap::from([(Name("x".into()), 1)]));

    let problem = |error: Error| error.problem().clone();
    let keys = BTreeMap::from([(vec![1], 1)]);
    assert_eq!(problem(to_form(&keys).unwrap_err()), Problem::KeyNotAString);
    let keys = BTreeMap::from([(Some("x"), 1)]);
    assert_eq!(problem(to_form(&keys).unwrap_err()), Problem::KeyNotAString);
    for text in ["x", "", " 1", "1 ", "1x", "256"] {
        let form = form(&json!({text: 1}));
        assert!(from_form::<BTreeMap<u8, u8>>(&form).is_err(), "{text:?}");
    }
    let error = from_form::<BTreeMap<u8, u8>>(&form(&json!({"256": 1}))).unwrap_err();
    assert_eq!(error.to_string(), "invalid value: integer `256`, expected u8");
}

/// Floats as keys, which no map of the standard library takes.
struct FloatKeys(&'static [f64]);

impl Serialize for FloatKeys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for key in self.0 {
            map.serialize_entry(key, &0)?;
        }
        map.end()
    }
}

#[test]
fn floats_as_keys_have_the_text_they_have_in_json() {
    let keys = FloatKeys(&[1.0, 0.1, 1e300, -0.0]);
    assert_eq!(value_of(&to_form(&keys).unwrap()), serde_json::to_value(&keys).unwrap());
    let error = to_form(&FloatKeys(&[f64::NAN])).unwrap_err();
    assert_eq!(error.problem(), &Problem::NotFinite);
}

/// What serde calls bytes.
struct Bytes(&'static [u8]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[test]
fn bytes_are_an_array_of_integers() {
    let form = to_value(&Bytes(&[0, 200, 255])).unwrap();
    assert_eq!(value_of(&form), json!([0, 200, 255]));
    assert_eq!(from_form::<Vec<u8>>(&form).unwrap(), [0, 200, 255]);
}

#[test]
fn strings_are_borrowed() {
    #[derive(Deserialize)]
    struct Borrowed<'a> {
        name: &'a str,
        #[serde(borrow)]
        tags: Vec<&'a str>,
    }
    let form = form(&json!({"name": "ann", "tags": ["a", "b"], "other": 1}));
    let borrowed: Borrowed<'_> = from_form(&form).unwrap();
    assert_eq!((borrowed.name, borrowed.tags), ("ann", vec!["a", "b"]));
    assert!(form.as_ptr_range().contains(&borrowed.name.as_ptr()));
    let tags = read(&form).as_object().unwrap().form_of("tags").unwrap();
    let part: Vec<&str> = from_opening(tags).unwrap();
    assert_eq!(part, ["a", "b"]);
}

#[test]
fn two_fields_with_one_name_are_refused() {
    struct Twice(usize);
    impl Serialize for Twice {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            for n in 0..self.0 {
                map.serialize_entry(&format!("f{}", n % 13), &vec![n; 3])?;
                map.serialize_entry("again", &n)?;
            }
            map.end()
        }
    }
    for len in 0..2 {
        let form = to_form(&Twice(len)).unwrap();
        assert_eq!(value_of(&form), serde_json::to_value(Twice(len)).unwrap());
    }
    for len in 2..60 {
        let error = to_form(&Twice(len)).unwrap_err();
        assert!(matches!(error.problem(), Problem::Twins(_)), "{error}");
    }
}

#[test]
fn numbers_and_texts_in_disguise_are_what_they_stand_for() {
    /// What `serde_json` does with a number where its feature `arbitrary_precision` is on.
    struct Disguised(&'static str);
    impl Serialize for Disguised {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            const NAME: &str = "$serde_json::private::Number";
            let mut number = serializer.serialize_struct(NAME, 1)?;
            number.serialize_field(NAME, self.0)?;
            number.end()
        }
    }
    let numbers = ["30", "-1", "18446744073709551615", "18446744073709551616", "0.5", "1e3", "-0"];
    for text in numbers {
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(*to_value(&Disguised(text)).unwrap(), *form(&expected), "{text}");
    }
    let error = to_value(&Disguised("1e999")).unwrap_err();
    assert_eq!(error.problem(), &Problem::NotFinite);

    #[derive(Serialize, Deserialize)]
    struct Opaque {
        raw: Box<RawValue>,
    }
    let text = r#"{"b":[1,2.5,null],"a":"x"}"#;
    let opaque = Opaque { raw: RawValue::from_string(text.into()).unwrap() };
    let form = to_form(&opaque).unwrap();
    assert_eq!(value_of(&form), json!({"raw": {"b": [1, 2.5, null], "a": "x"}}));
    assert_eq!(from_form::<Opaque>(&form).unwrap().raw.get(), text);
}

/// Types that break the rules of serde, or pass over an error.
enum Unruly {
    KeyAlone,
    TwoKeys,
    ValueAlone,
    ErrorsPassedOver,
    EmptyDisguise,
}

impl Serialize for Unruly {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Unruly::EmptyDisguise = self {
            return serializer.serialize_struct("$serde_json::private::Number", 0)?.end();
        }
        let mut map = serializer.serialize_map(None)?;
        let results = match self {
            Unruly::KeyAlone => [map.serialize_key("a"), Ok(())],
            Unruly::TwoKeys => [map.serialize_key("a"), map.serialize_key("b")],
            Unruly::ValueAlone => [map.serialize_entry("a", &1), map.serialize_value(&1)],
            Unruly::ErrorsPassedOver | Unruly::EmptyDisguise => {
                let ended = [map.serialize_entry("a", &f64::NAN), map.serialize_entry(&[1], &1)];
                assert!(ended.iter().all(Result::is_err));
                return map.end();
            }
        };
        results.into_iter().collect::<Result<(), S::Error>>()?;
        map.end()
    }
}

#[test]
fn what_breaks_the_rules_of_serde_has_no_form() {
    use Unruly as U;
    for unruly in [U::KeyAlone, U::TwoKeys, U::ValueAlone, U::ErrorsPassedOver, U::EmptyDisguise] {
        let error = to_value(&[unruly]).unwrap_err();
        assert_eq!(error.problem(), &Problem::Incomplete);
    }
}

#[test]
fn what_has_no_form_is_refused_at_its_path() {
    #[derive(Serialize)]
    struct Outer<T> {
        list: Vec<BTreeMap<&'static str, T>>,
    }
    fn refusal<T: Serialize>(value: T) -> (String, Problem) {
        let outer = Outer { list: vec![BTreeMap::new(), BTreeMap::from([("x", value)])] };
        let error = to_form(&outer).unwrap_err();
        let path = error.to_string().split(':').next().unwrap().to_owned();
        (path, error.problem().clone())
    }
    let path = || "list[1].x".to_owned();
    assert_eq!(refusal(f64::NAN), (path(), Problem::NotFinite));
    assert_eq!(refusal(f32::NEG_INFINITY), (path(), Problem::NotFinite));
    assert_eq!(refusal(i128::from(i64::MIN) - 1), (path(), Problem::IntegerOutOfRange));
    assert_eq!(refusal(u128::from(u64::MAX) + 1), (path(), Problem::IntegerOutOfRange));
    assert_eq!(refusal(u128::MAX), (path(), Problem::IntegerOutOfRange));
    let not_utf8 = std::path::PathBuf::from(std::ffi::OsString::from(std::ffi::OsStr::new("x")));
    assert!(to_value(&not_utf8).is_ok());

    let kinds = [(json!(null), Kind::Null), (json!([]), Kind::Array), (json!("x"), Kind::String)];
    for (value, kind) in kinds {
        assert_eq!(to_form(&value).unwrap_err().problem(), &Problem::NotADocument(kind));
    }
}

#[test]
fn what_does_not_fit_its_type_is_said_with_its_path() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only reading it matters")]
    struct Person {
        address: Home,
        kind: Option<External>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only reading it matters")]
    struct Home {
        zip: u16,
        lines: Vec<(String, u8)>,
    }
    let refusal = |value: Value| from_form::<Person>(&form(&value)).unwrap_err().to_string();
    let home = |key: &str, value: Value| {
        let mut person = json!({"address": {"zip": 1, "lines": []}});
        person["address"][key] = value;
        person
    };
    let cases = [
        (home("zip", json!("x")), r#"address.zip: invalid type: string "x", expected u16"#),
        (home("zip", json!(70_000)), "address.zip: invalid value: integer `70000`, expected u16"),
        (home("zip", json!(1.0)), "address.zip: invalid type: floating point `1.0`, expected u16"),
        (
            home("lines", json!([["a", 1], ["b", null]])),
            "address.lines[1][1]: invalid type: unit value, expected u8",
        ),
        (
            home("lines", json!([["a", 1, 2]])),
            "address.lines[0]: invalid length 3, expected fewer elements in array",
        ),
        (home("fax", json!(0)), "address: unknown field `fax`, expected `zip` or `lines`"),
        (json!({"kind": "Unit"}), "missing field `address`"),
        (
            json!({"kind": {"Struct": {"a": [], "b": null}}}),
            "kind.Struct.a: invalid type: sequence, expected i32",
        ),
        (
            json!({"kind": {"Tuple": 1}}),
            "kind.Tuple: invalid type: integer `1`, expected tuple variant External::Tuple",
        ),
        (
            json!({"kind": {"Unit": null, "Many": []}}),
            "kind: invalid value: map, expected map with a single key",
        ),
        (json!({"kind": "Tuple"}), "kind: invalid type: unit variant, expected tuple variant"),
        (json!({"kind": true}), "kind: invalid type: boolean `true`, expected string or map"),
    ];
    for (value, expected) in cases {
        assert_eq!(refusal(value.clone()), expected, "{value}");
    }
}

#[test]
fn an_error_gives_its_path_step_by_step() {
    let form = form(&json!({"a": [[true], [1]]}));
    let read: Result<BTreeMap<String, Vec<Vec<bool>>>> = from_form(&form);
    let error = read.unwrap_err();
    let steps: Vec<&Step> = error.path().collect();
    assert_eq!(steps, [&Step::Field("a".into()), &Step::Element(1), &Step::Element(0)]);
}

#[test]
fn types_that_recurse_are_held_at_the_limit() {
    #[derive(Serialize)]
    struct Chain {
        next: Option<Box<Chain>>,
    }
    let chain =
        |len| (1..len).fold(Chain { next: None }, |chain, _| Chain { next: Some(chain.into()) });
    assert!(to_form(&chain(DEPTH_MAX)).is_ok());
    let error = to_form(&chain(DEPTH_MAX + 1)).unwrap_err();
    assert_eq!(error.problem(), &Problem::TooDeep);
    assert_eq!(error.path().count(), DEPTH_MAX);
}

#[test]
fn random_values_are_stored_as_serde_json_has_them() {
    let mut random = Random::from_environment();
    for _ in 0..1000 {
        same(random_value(&mut random, 4));
    }
}
