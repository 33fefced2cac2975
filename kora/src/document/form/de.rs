//! Forms into serde values, without a tree of values between. The twin of `ser.rs`.
//!
//! A value is read as `serde_json` reads a `Value`, and strings can be borrowed. An error gathers
//! the path to its field on the way out, so that reading without errors pays nothing for it.

use std::iter;

use serde::de::value::MapDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::error::{Error, Problem, Result};
use super::map_key::KeyDeserializer;
use super::number::Number;
use super::read::{Elements, Fields};
use super::ser::TEXT_IN_DISGUISE;
use super::utf8::utf8;
use super::value::{ArrayRef, ObjectRef, ValueRef};
use super::{DEPTH_MAX, json};

/// Reads a form as a value of a serde type.
pub(crate) fn from_form<'de, T: Deserialize<'de>>(form: &'de [u8]) -> Result<T> {
    from_value(ValueRef::new(form).ok_or(Problem::Damaged)?)
}

/// Reads a part of a form as a value of a serde type.
pub(crate) fn from_value<'de, T: Deserialize<'de>>(value: ValueRef<'de>) -> Result<T> {
    T::deserialize(Deserializer { value, depth: DEPTH_MAX })
}

/// Reads one value.
#[derive(Clone, Copy, Debug)]
struct Deserializer<'de> {
    value: ValueRef<'de>,
    /// How much deeper it may go: bytes that are no form may nest without end.
    depth: usize,
}

impl<'de> Deserializer<'de> {
    fn deeper(self) -> Result<usize> {
        self.depth.checked_sub(1).ok_or_else(|| Problem::TooDeep.into())
    }

    fn read_array<V: Visitor<'de>>(self, array: ArrayRef<'de>, visitor: V) -> Result<V::Value> {
        let mut access = ArrayAccess { elements: array.iter(), index: 0, depth: self.deeper()? };
        let value = visitor.visit_seq(&mut access)?;
        if access.elements.next().is_some() {
            return Err(de::Error::invalid_length(array.len(), &"fewer elements in array"));
        }
        access.end()?;
        Ok(value)
    }

    #[inline]
    fn read_object<V: Visitor<'de>>(
        self,
        object: ObjectRef<'de>,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let depth = self.deeper()?;
        let fields = object.iter();
        let mut access = ObjectAccess { fields, names, place: 0, latest: None, depth };
        let value = visitor.visit_map(&mut access)?;
        if access.fields.next().is_some() {
            return Err(de::Error::invalid_length(object.len(), &"fewer elements in map"));
        }
        access.end()?;
        Ok(value)
    }

    /// `"Variant"` or `{"Variant": content}`.
    fn variant(self) -> Result<VariantAccess<'de>> {
        match self.value {
            ValueRef::String(text) => Ok(VariantAccess { name: utf8(text)?, content: None }),
            ValueRef::Object(object) => {
                let mut fields = object.iter();
                match (fields.next(), fields.next()) {
                    (Some((name, value)), None) if fields.are_whole() => {
                        let content = Deserializer { value, depth: self.deeper()? };
                        Ok(VariantAccess { name: utf8(name)?, content: Some(content) })
                    }
                    _ => Err(de::Error::invalid_value(Unexpected::Map, &"map with a single key")),
                }
            }
            ValueRef::Null | ValueRef::Bool(_) | ValueRef::Number(_) | ValueRef::Array(_) => {
                Err(de::Error::invalid_type(unexpected(self.value), &"string or map"))
            }
        }
    }
}

/// The value in the words of serde's errors.
fn unexpected(value: ValueRef<'_>) -> Unexpected<'_> {
    match value {
        ValueRef::Null => Unexpected::Unit,
        ValueRef::Bool(value) => Unexpected::Bool(value),
        ValueRef::Number(Number::Signed(integer)) => Unexpected::Signed(integer),
        ValueRef::Number(Number::Unsigned(integer)) => Unexpected::Unsigned(integer),
        ValueRef::Number(Number::Float(float)) => Unexpected::Float(float),
        ValueRef::String(text) => {
            std::str::from_utf8(text).map_or(Unexpected::Bytes(text), Unexpected::Str)
        }
        ValueRef::Array(_) => Unexpected::Seq,
        ValueRef::Object(_) => Unexpected::Map,
    }
}

impl<'de> de::Deserializer<'de> for Deserializer<'de> {
    type Error = Error;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            ValueRef::Null => visitor.visit_unit(),
            ValueRef::Bool(value) => visitor.visit_bool(value),
            ValueRef::Number(Number::Signed(integer)) => match u64::try_from(integer) {
                Ok(natural) => visitor.visit_u64(natural),
                Err(_) => visitor.visit_i64(integer),
            },
            ValueRef::Number(Number::Unsigned(integer)) => visitor.visit_u64(integer),
            ValueRef::Number(Number::Float(float)) => visitor.visit_f64(float),
            ValueRef::String(text) => visitor.visit_borrowed_str(utf8(text)?),
            ValueRef::Array(array) => self.read_array(array, visitor),
            ValueRef::Object(object) => self.read_object(object, &[], visitor),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        if name != TEXT_IN_DISGUISE {
            return visitor.visit_newtype_struct(self);
        }
        let mut text = Vec::new();
        json::write_json(self.value, &mut text)?;
        let text = String::from_utf8(text).ok().ok_or(Problem::Damaged)?;
        visitor.visit_map(MapDeserializer::new(iter::once((TEXT_IN_DISGUISE, text))))
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.value {
            ValueRef::Object(object) => self.read_object(object, fields, visitor),
            ValueRef::Null
            | ValueRef::Bool(_)
            | ValueRef::Number(_)
            | ValueRef::String(_)
            | ValueRef::Array(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(self.variant()?)
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier
    }
}

/// The elements of an array, one after the other.
struct ArrayAccess<'de> {
    elements: Elements<'de>,
    index: usize,
    depth: usize,
}

impl ArrayAccess<'_> {
    fn end(&self) -> Result<()> {
        if self.elements.are_whole() { Ok(()) } else { Err(Problem::Damaged.into()) }
    }
}

impl<'de> de::SeqAccess<'de> for ArrayAccess<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some(value) = self.elements.next() else {
            return self.end().map(|()| None);
        };
        let read = seed.deserialize(Deserializer { value, depth: self.depth });
        let element = read.map_err(|error| error.under_element(self.index))?;
        self.index += 1;
        Ok(Some(element))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.elements.size_hint().0)
    }
}

/// The fields of an object, one after the other.
struct ObjectAccess<'de> {
    fields: Fields<'de>,
    /// The names that a struct's fields have.
    names: &'static [&'static str],
    /// Which of them comes next, if the fields have the order of the struct.
    place: usize,
    /// The field whose key was read last.
    latest: Option<(&'de str, ValueRef<'de>)>,
    depth: usize,
}

impl<'de> ObjectAccess<'de> {
    /// A key as text. Most are names of the struct in its order, which are known to be text.
    #[inline]
    fn name(&mut self, key: &'de [u8]) -> Result<&'de str> {
        let mut place = self.place;
        if self.names.get(place).is_none_or(|name| !is_same(name.as_bytes(), key)) {
            match self.names.iter().position(|name| is_same(name.as_bytes(), key)) {
                Some(found) => place = found,
                None => return utf8(key),
            }
        }
        self.place = place + 1;
        Ok(self.names[place])
    }

    fn end(&self) -> Result<()> {
        if self.fields.are_whole() { Ok(()) } else { Err(Problem::Damaged.into()) }
    }
}

impl<'de> de::MapAccess<'de> for ObjectAccess<'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((key, value)) = self.fields.next() else {
            return self.end().map(|()| None);
        };
        let key = self.name(key)?;
        self.latest = Some((key, value));
        seed.deserialize(KeyDeserializer(key)).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let Some((key, value)) = self.latest else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        let read = seed.deserialize(Deserializer { value, depth: self.depth });
        read.map_err(|error| error.under_field(key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.size_hint().0)
    }
}

/// Whether two names are the same. Most are so short that a call would cost more than the comparison.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match one.len() {
        8..=16 => {
            one.first_chunk::<8>() == other.first_chunk()
                && one.last_chunk::<8>() == other.last_chunk()
        }
        4..=7 => {
            one.first_chunk::<4>() == other.first_chunk()
                && one.last_chunk::<4>() == other.last_chunk()
        }
        0..=3 => one.iter().eq(other),
        _ => one == other,
    }
}

/// The variant of an enum and its content.
struct VariantAccess<'de> {
    name: &'de str,
    content: Option<Deserializer<'de>>,
}

impl<'de> VariantAccess<'de> {
    fn content(&self, expected: &str) -> Result<Deserializer<'de>> {
        let missing = || de::Error::invalid_type(Unexpected::UnitVariant, &expected);
        self.content.ok_or_else(missing)
    }
}

impl<'de> de::EnumAccess<'de> for VariantAccess<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let name = IntoDeserializer::<Error>::into_deserializer(self.name);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for VariantAccess<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        let read = self.content.map_or(Ok(()), Deserialize::deserialize);
        read.map_err(|error| error.under_field(self.name))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        let read = seed.deserialize(self.content("newtype variant")?);
        read.map_err(|error| error.under_field(self.name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        let content = self.content("tuple variant")?;
        let read = de::Deserializer::deserialize_any(content, visitor);
        read.map_err(|error| error.under_field(self.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let content = self.content("struct variant")?;
        if content.value.as_object().is_none() {
            let error: Error =
                de::Error::invalid_type(unexpected(content.value), &"struct variant");
            return Err(error.under_field(self.name));
        }
        let read = de::Deserializer::deserialize_any(content, visitor);
        read.map_err(|error| error.under_field(self.name))
    }
}
