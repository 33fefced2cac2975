//! Documents of the tests: `serde_json`'s values, seen as nodes.

use serde_json::Value as Json;

use crate::query::{Node, Value, matches, parse_condition};

impl<'d> Node<'d> for &'d Json {
    fn value(self) -> Value<'d> {
        match self {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(*truth),
            Json::Number(number) => number_of(number),
            Json::String(string) => Value::String(string.as_bytes()),
            Json::Array(_) => Value::Array,
            Json::Object(_) => Value::Object,
        }
    }

    fn member(self, name: &str) -> Option<Self> {
        self.as_object()?.get(name)
    }

    fn elements(self) -> impl Iterator<Item = Self> {
        self.as_array().into_iter().flatten()
    }
}

fn number_of(number: &serde_json::Number) -> Value<'static> {
    if let Some(whole) = number.as_i64() {
        return Value::Integer(whole);
    }
    match number.as_u64() {
        Some(whole) => Value::Unsigned(whole),
        None => Value::Float(number.as_f64().unwrap()),
    }
}

/// The document of a JSON text.
pub(super) fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Whether a document satisfies a condition, both as text.
pub(super) fn holds(condition: &str, document: &str) -> bool {
    let parsed = parse_condition(condition).unwrap_or_else(|error| panic!("{condition}: {error}"));
    matches(&parsed, &json(document))
}
