//! Types that do not read all that they are given.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::{form, read};
use crate::document::form::{from_form, from_opening};

/// Asks for nothing.
#[derive(Debug, PartialEq)]
struct Nothing;

impl<'de> Deserialize<'de> for Nothing {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Nothing)
    }
}

/// Counts the fields of an object, and reads the value of every other one.
#[derive(Debug, PartialEq)]
struct Halves(usize);

impl<'de> Deserialize<'de> for Halves {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Halves;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Halves, A::Error> {
                let mut keys = 0;
                while map.next_key::<&str>()?.is_some() {
                    keys += 1;
                    if keys % 2 == 0 {
                        map.next_value::<serde_json::Value>()?;
                    }
                }
                Ok(Halves(keys))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[test]
fn values_that_a_type_does_not_read_are_stepped_over() {
    let form = form(&json!({"a": {"x": [1, 2]}, "b": ["long".repeat(60), null], "c": 1.5}));
    assert_eq!(from_form::<Nothing>(&form).unwrap(), Nothing);
    let all: BTreeMap<String, Nothing> = from_form(&form).unwrap();
    assert_eq!(all.into_keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(from_form::<Halves>(&form).unwrap(), Halves(3));
    let elements = read(&form).as_object().unwrap().form_of("b").unwrap();
    assert_eq!(from_opening::<Vec<Nothing>>(elements).unwrap(), [Nothing, Nothing]);
    // What is behind the form is seen even so.
    let longer = [&form[..], &[0x40]].concat();
    assert!(from_form::<Nothing>(&longer).is_err());
    assert!(from_form::<Halves>(&longer).is_err());
}
