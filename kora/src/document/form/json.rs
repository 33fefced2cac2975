//! JSON text into forms and out of them, as `serde_json` reads and writes it.
//!
//! Text becomes a form directly: the parser drives the [`Writer`], and no tree of values is built.
//! Numbers are integers where 64 bits hold them and the nearest float elsewhere; floats survive the
//! way out and in again to the last bit (`float_roundtrip`). Depth is held by the writer and
//! not by the parser, so that the limit is the same for text and for serde types.
//!
//! Where another crate of the build turns on `serde_json`'s `arbitrary_precision`, numbers arrive
//! as maps with one reserved key. They are recognised by it, with that feature or without.

use std::fmt;

use serde::de::{self, DeserializeSeed, Visitor};
use serde::ser::{self, Serialize};

use super::error::{Error, Problem, Result};
use super::number::Number;
use super::ser::NUMBER_IN_DISGUISE;
use super::value::{Kind, ValueRef};
use super::write::{Open, Writer};
use super::{DEPTH_MAX, Form, write};

/// The form of the document that a JSON text spells.
pub(crate) fn from_json(text: &[u8]) -> Result<Form> {
    let form = value_from_json(text)?;
    match ValueRef::new(&form).ok_or(Problem::Damaged)?.kind() {
        Kind::Object => Ok(form),
        kind @ (Kind::Null | Kind::Bool | Kind::Number | Kind::String | Kind::Array) => {
            Err(Problem::NotADocument(kind).into())
        }
    }
}

/// The form of the value that a JSON text spells.
pub(crate) fn value_from_json(text: &[u8]) -> Result<Form> {
    write::form(|writer| read(text, writer))
}

/// Appends the value as JSON text, without spaces.
pub(crate) fn write_json(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    // A text is mostly a bit longer than its form.
    let form_bytes = value.form_bytes();
    out.reserve(form_bytes + form_bytes / 4);
    // A vector takes every byte: what fails is the value.
    serde_json::to_writer(out, &value).ok().ok_or_else(|| Problem::Damaged.into())
}

/// Writes the value that a JSON text spells.
pub(super) fn read(text: &[u8], writer: &mut Writer) -> Result<()> {
    let mut json = serde_json::Deserializer::from_slice(text);
    // The writer refuses to open what nests too deep, which ends the parser's recursion.
    json.disable_recursion_limit();
    let mut reader = Reader { writer, failure: None };
    let read = reader.deserialize(&mut json).and_then(|()| json.end());
    read.map_err(|error| match reader.failure.take() {
        Some(failure) => failure.at(error.line(), error.column()),
        None => not_json(&error),
    })
}

/// What a deserializer of another kind than the parser reads.
#[cfg(test)]
pub(super) fn transcode<'de, D: de::Deserializer<'de>>(deserializer: D) -> Result<Form, D::Error> {
    let mut read = Ok(());
    let form = write::form(|writer| {
        read = Reader { writer, failure: None }.deserialize(deserializer);
        Ok(())
    });
    read.map(|()| form.unwrap())
}

fn not_json(error: &serde_json::Error) -> Error {
    let message = message_of(error).into();
    Problem::Json { line: error.line(), column: error.column(), message }.into()
}

/// What the parser says, without the place where it says it.
pub(super) fn message_of(error: &serde_json::Error) -> String {
    let mut message = error.to_string();
    message.truncate(message.rfind(" at line ").unwrap_or(message.len()));
    message
}

/// Writes what a deserializer reads.
struct Reader<'w> {
    writer: &'w mut Writer,
    /// Why writing ended, which serde's error could say only as text.
    failure: Option<Error>,
}

impl Reader<'_> {
    #[inline]
    fn write<T, E: de::Error>(
        &mut self,
        write: impl FnOnce(&mut Writer) -> Result<T>,
    ) -> Result<T, E> {
        write(self.writer).map_err(|error| {
            let text = E::custom(&error);
            self.failure = Some(error);
            text
        })
    }

    fn number<E: de::Error>(&mut self, number: Option<Number>) -> Result<(), E> {
        self.write(|writer| writer.number(number.ok_or(Problem::NotFinite)?))
    }
}

impl<'de> DeserializeSeed<'de> for &mut Reader<'_> {
    type Value = ();

    #[inline]
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Reader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.write(Writer::null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.write(|writer| writer.bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.number(Some(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.number(Some(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        self.number(Number::from_f64(value))
    }

    #[inline]
    fn visit_str<E: de::Error>(self, value: &str) -> Result<(), E> {
        self.write(|writer| writer.string(value))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let open = self.write(Writer::open)?;
        let mut count = 0;
        while elements.next_element_seed(&mut *self)?.is_some() {
            count += 1;
        }
        self.write(|writer| writer.close_array(&open, count))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let open = self.write(Writer::open)?;
        while let Some(key) = fields.next_key_seed(KeyReader { reader: self, open: &open })? {
            match key {
                Key::Written => fields.next_value_seed(&mut *self)?,
                Key::Number => {
                    self.writer.withdraw(&open);
                    let text: String = fields.next_value()?;
                    return self.number(Number::parse(&text));
                }
            }
        }
        self.write(|writer| writer.close_object(&open))
    }
}

/// Writes the key of a field.
struct KeyReader<'r, 'w> {
    reader: &'r mut Reader<'w>,
    open: &'r Open,
}

/// What a key was.
enum Key {
    /// A key, and it is written.
    Written,
    /// The sign that the text of a number follows.
    Number,
}

impl<'de> DeserializeSeed<'de> for KeyReader<'_, '_> {
    type Value = Key;

    #[inline]
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyReader<'_, '_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    #[inline]
    fn visit_str<E: de::Error>(self, key: &str) -> Result<Key, E> {
        if key == NUMBER_IN_DISGUISE && self.reader.writer.is_fresh(self.open) {
            return Ok(Key::Number);
        }
        self.reader.write(|writer| writer.key(self.open, key))?;
        Ok(Key::Written)
    }
}

impl Serialize for ValueRef<'_> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Nested { value: *self, depth: DEPTH_MAX }.serialize(serializer)
    }
}

/// A value and how much deeper it may go: bytes that are no form may nest without end.
struct Nested<'a> {
    value: ValueRef<'a>,
    depth: usize,
}

impl Serialize for Nested<'_> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let depth = || self.depth.checked_sub(1).ok_or_else(damaged);
        match self.value {
            ValueRef::Null => serializer.serialize_unit(),
            ValueRef::Bool(value) => serializer.serialize_bool(value),
            ValueRef::Number(Number::Signed(integer)) => serializer.serialize_i64(integer),
            ValueRef::Number(Number::Unsigned(integer)) => serializer.serialize_u64(integer),
            ValueRef::Number(Number::Float(float)) => serializer.serialize_f64(float),
            ValueRef::String(text) => serializer.serialize_str(utf8(text)?),
            ValueRef::Array(array) => {
                let depth = depth()?;
                serializer.collect_seq(array.iter().map(|value| Nested { value, depth }))
            }
            ValueRef::Object(object) => {
                let depth = depth()?;
                let mut map = serializer.serialize_map(Some(object.len()))?;
                for (key, value) in object {
                    ser::SerializeMap::serialize_entry(
                        &mut map,
                        utf8(key)?,
                        &Nested { value, depth },
                    )?;
                }
                ser::SerializeMap::end(map)
            }
        }
    }
}

fn damaged<E: ser::Error>() -> E {
    E::custom(Problem::Damaged)
}

fn utf8<E: ser::Error>(text: &[u8]) -> Result<&str, E> {
    std::str::from_utf8(text).ok().ok_or_else(damaged)
}
