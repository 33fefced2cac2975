//! The keys of maps: in a form they are strings, in Rust they may be more.
//!
//! As in `serde_json`, integers, finite floats, booleans, characters and unit variants have a text
//! that stands for them, and it is read back where such a key is expected.

use std::fmt::Display;

use serde::de::{self, Deserialize, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde::ser::{self, Impossible, Serialize};

use super::error::{Error, Problem, Result};
use super::json::message_of;

/// Gives the text of one value to a function.
pub(super) struct TextSerializer<F>(pub(super) F);

fn not_a_string<T>() -> Result<T> {
    Err(Problem::KeyNotAString.into())
}

macro_rules! serialize_displayed {
    ($($method:ident: $type:ty,)*) => {
        $(fn $method(self, value: $type) -> Result<()> {
            self.collect_str(&value)
        })*
    };
}

impl<F: FnOnce(&str) -> Result<()>> TextSerializer<F> {
    /// A float's text is the one it has in JSON.
    fn float<T: Serialize>(self, is_finite: bool, float: &T) -> Result<()> {
        match serde_json::to_string(float) {
            Ok(text) if is_finite => (self.0)(&text),
            Ok(_) | Err(_) => Err(Problem::NotFinite.into()),
        }
    }
}

impl<F: FnOnce(&str) -> Result<()>> ser::Serializer for TextSerializer<F> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Impossible<(), Error>;
    type SerializeStruct = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    serialize_displayed! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_char: char,
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        self.float(value.is_finite(), &value)
    }

    fn serialize_f64(self, value: f64) -> Result<()> {
        self.float(value.is_finite(), &value)
    }

    fn serialize_str(self, value: &str) -> Result<()> {
        (self.0)(value)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<()> {
        (self.0)(&value.to_string())
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<()> {
        (self.0)(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<()> {
        not_a_string()
    }

    fn serialize_none(self) -> Result<()> {
        not_a_string()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _value: &T) -> Result<()> {
        not_a_string()
    }

    fn serialize_unit(self) -> Result<()> {
        not_a_string()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<()> {
        not_a_string()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<()> {
        not_a_string()
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Self::SerializeSeq> {
        not_a_string()
    }

    fn serialize_tuple(self, _len: usize) -> Result<Self::SerializeTuple> {
        not_a_string()
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleStruct> {
        not_a_string()
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        not_a_string()
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Self::SerializeMap> {
        not_a_string()
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Self::SerializeStruct> {
        not_a_string()
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeStructVariant> {
        not_a_string()
    }
}

/// Reads the key of a map as a value of a serde type.
pub(crate) fn from_key<'de, T: Deserialize<'de>>(key: &'de str) -> Result<T> {
    T::deserialize(KeyDeserializer(key))
}

/// Reads a key as whatever type is expected.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyDeserializer<'de>(pub(super) &'de str);

/// The key is read as JSON, which is how its text was made.
macro_rules! deserialize_number {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            // JSON has space around its numbers, a key has not.
            let (first, last) = (self.0.bytes().next(), self.0.bytes().last());
            if first.is_none_or(|byte| byte <= b' ') || last.is_none_or(|byte| byte <= b' ') {
                return Err(self.invalid_type(&visitor));
            }
            let mut json = serde_json::Deserializer::from_str(self.0);
            let read = de::Deserializer::$method(&mut json, visitor);
            let read = read.and_then(|value| json.end().map(|()| value));
            read.map_err(|error| de::Error::custom(message_of(&error)))
        })*
    };
}

impl KeyDeserializer<'_> {
    fn invalid_type(self, expected: &dyn de::Expected) -> Error {
        de::Error::invalid_type(de::Unexpected::Str(self.0), expected)
    }
}

impl<'de> de::Deserializer<'de> for KeyDeserializer<'de> {
    type Error = Error;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.0)
    }

    deserialize_number! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        IntoDeserializer::<Error>::into_deserializer(self.0)
            .deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}
