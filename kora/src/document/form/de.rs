//! Forms into serde values, without a tree of values between. The twin of `ser.rs`.
//!
//! A value is read as `serde_json` reads a `Value`, and strings can be borrowed. An error gathers
//! the path to its field on the way out, so that reading without errors pays nothing for it.

use std::iter;

use serde::de::value::MapDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer as _, IntoDeserializer, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::error::{Error, Problem, Result};
use super::map_key::KeyDeserializer;
use super::number::Number;
use super::read::{self, Elements, Fields};
use super::ser::TEXT_IN_DISGUISE;
use super::utf8::utf8;
use super::value::{ArrayRef, ObjectRef, ValueRef};
use super::{DEPTH_MAX, json};

/// Reads a form as a value of a serde type.
pub(crate) fn from_form<'de, T: Deserialize<'de>>(form: &'de [u8]) -> Result<T> {
    let mut rest = form;
    let value = T::deserialize(Deserializer { rest: &mut rest, depth: DEPTH_MAX });
    // A type that has read nothing wants nothing, and what it would have read may be anything.
    let rest = if rest.len() == form.len() { read::skip(rest) } else { Some(rest) };
    match value {
        Ok(_) if rest.is_none_or(|rest| !rest.is_empty()) => Err(Problem::Damaged.into()),
        read => read,
    }
}

/// Reads the value that these bytes open with as one of a serde type.
pub(crate) fn from_opening<'de, T: Deserialize<'de>>(mut bytes: &'de [u8]) -> Result<T> {
    T::deserialize(Deserializer { rest: &mut bytes, depth: DEPTH_MAX })
}

/// Reads the value that some bytes open with, and leaves what follows it.
#[derive(Debug)]
struct Deserializer<'r, 'de> {
    rest: &'r mut &'de [u8],
    /// How much deeper it may go: bytes that are no form may nest without end.
    depth: usize,
}

#[cold]
fn damaged() -> Error {
    Problem::Damaged.into()
}

impl<'de> Deserializer<'_, 'de> {
    /// The value, if it can be read from its first byte and nothing but a few more.
    #[inline]
    fn take<T>(&mut self, split: impl FnOnce(&'de [u8]) -> Option<(T, &'de [u8])>) -> Option<T> {
        let (value, rest) = split(self.rest)?;
        *self.rest = rest;
        Some(value)
    }

    #[inline]
    fn value(&mut self) -> Result<ValueRef<'de>> {
        self.take(read::split).ok_or_else(damaged)
    }

    fn deeper(&self) -> Result<usize> {
        self.depth.checked_sub(1).ok_or_else(|| Problem::TooDeep.into())
    }

    #[inline]
    fn read_array<V: Visitor<'de>>(self, array: ArrayRef<'de>, visitor: V) -> Result<V::Value> {
        let mut access = ArrayAccess { elements: array.iter(), index: 0, depth: self.deeper()? };
        let value = visitor.visit_seq(&mut access)?;
        if access.elements.left() > 0 {
            return Err(de::Error::invalid_length(array.len(), &"fewer elements in array"));
        }
        access.end()?;
        Ok(value)
    }

    #[inline]
    fn read_object<V: Visitor<'de>>(self, object: ObjectRef<'de>, visitor: V) -> Result<V::Value> {
        let mut access = ObjectAccess { fields: object.iter(), key: None, depth: self.deeper()? };
        let value = visitor.visit_map(&mut access)?;
        if access.fields.left() > 0 {
            return Err(de::Error::invalid_length(object.len(), &"fewer elements in map"));
        }
        access.end()?;
        Ok(value)
    }

    /// `"Variant"` or `{"Variant": content}`.
    fn variant(mut self) -> Result<VariantAccess<'de>> {
        match self.value()? {
            ValueRef::String(text) => {
                Ok(VariantAccess { name: utf8(text)?, content: None, depth: self.depth })
            }
            ValueRef::Object(object) => {
                let mut fields = object.iter();
                let name = fields.next_key();
                let content = fields.rest();
                fields.skip_value();
                match name {
                    Some(name) if fields.are_whole() => {
                        let (name, depth) = (utf8(name)?, self.deeper()?);
                        Ok(VariantAccess { name, content: Some(content), depth })
                    }
                    _ => Err(de::Error::invalid_value(Unexpected::Map, &"map with a single key")),
                }
            }
            value @ (ValueRef::Null
            | ValueRef::Bool(_)
            | ValueRef::Number(_)
            | ValueRef::Array(_)) => {
                Err(de::Error::invalid_type(unexpected(value), &"string or map"))
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

/// What most texts and integers are, a short one, is read by its first byte alone.
macro_rules! deserialize_short {
    ($($method:ident: $split:ident, |$visitor:ident, $short:ident| $visit:expr;)*) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(mut self, $visitor: V) -> Result<V::Value> {
            match self.take(read::$split) {
                Some($short) => $visit,
                None => self.deserialize_any($visitor),
            }
        })*
    };
}

impl<'de> de::Deserializer<'de> for Deserializer<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        match self.value()? {
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
            ValueRef::Object(object) => self.read_object(object, visitor),
        }
    }

    deserialize_short! {
        deserialize_str: split_short, |visitor, text| visitor.visit_borrowed_str(utf8(text)?);
        deserialize_string: split_short, |visitor, text| visitor.visit_borrowed_str(utf8(text)?);
        deserialize_i32: split_small, |visitor, integer| visitor.visit_u64(integer.into());
        deserialize_i64: split_small, |visitor, integer| visitor.visit_u64(integer.into());
        deserialize_u8: split_small, |visitor, integer| visitor.visit_u64(integer.into());
        deserialize_u16: split_small, |visitor, integer| visitor.visit_u64(integer.into());
        deserialize_u32: split_small, |visitor, integer| visitor.visit_u64(integer.into());
        deserialize_u64: split_small, |visitor, integer| visitor.visit_u64(integer.into());
        deserialize_bool: split_bool, |visitor, truth| visitor.visit_bool(truth);
        deserialize_f64: split_float, |visitor, float| visitor.visit_f64(float);
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        match self.take(read::split_array) {
            Some(array) => self.read_array(array, visitor),
            None => self.deserialize_any(visitor),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        match self.take(read::split_null) {
            Some(()) => visitor.visit_none(),
            None => visitor.visit_some(self),
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        if name != TEXT_IN_DISGUISE {
            return visitor.visit_newtype_struct(self);
        }
        let mut text = Vec::new();
        json::write_json(self.value()?, &mut text)?;
        let text = String::from_utf8(text).ok().ok_or(Problem::Damaged)?;
        visitor.visit_map(MapDeserializer::new(iter::once((TEXT_IN_DISGUISE, text))))
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.take(read::split_object) {
            Some(object) => self.read_object(object, visitor),
            None => self.deserialize_any(visitor),
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
    fn deserialize_ignored_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.take(|rest| Some(((), read::skip(rest)?))).ok_or_else(damaged)?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct map identifier
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
        if self.elements.are_whole() { Ok(()) } else { Err(damaged()) }
    }
}

impl<'de> de::SeqAccess<'de> for ArrayAccess<'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if !self.elements.begin_value() {
            return self.end().map(|()| None);
        }
        let read = self
            .elements
            .read_value(|rest| seed.deserialize(Deserializer { rest, depth: self.depth }));
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
    /// The field whose key was read and whose value was not.
    key: Option<&'de str>,
    depth: usize,
}

impl ObjectAccess<'_> {
    fn end(&mut self) -> Result<()> {
        if self.key.take().is_some() {
            self.fields.skip_value();
        }
        if self.fields.are_whole() { Ok(()) } else { Err(damaged()) }
    }
}

impl<'de> de::MapAccess<'de> for ObjectAccess<'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if self.key.take().is_some() {
            self.fields.skip_value();
        }
        let Some(key) = self.fields.next_key() else {
            return self.end().map(|()| None);
        };
        let key = utf8(key)?;
        self.key = Some(key);
        seed.deserialize(KeyDeserializer(key)).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let Some(key) = self.key.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        let depth = self.depth;
        let read = self.fields.read_value(|rest| seed.deserialize(Deserializer { rest, depth }));
        read.map_err(|error| error.under_field(key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.size_hint().0)
    }
}

/// The variant of an enum and its content.
struct VariantAccess<'de> {
    name: &'de str,
    /// The bytes that open with it.
    content: Option<&'de [u8]>,
    depth: usize,
}

impl<'de> VariantAccess<'de> {
    /// Reads the content, and says of an error where it is.
    fn read<T>(
        self,
        expected: &str,
        read: impl FnOnce(Deserializer<'_, 'de>) -> Result<T>,
    ) -> Result<T> {
        let Some(mut rest) = self.content else {
            return Err(de::Error::invalid_type(Unexpected::UnitVariant, &expected));
        };
        let content = Deserializer { rest: &mut rest, depth: self.depth };
        read(content).map_err(|error| error.under_field(self.name))
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
        if self.content.is_none() {
            return Ok(());
        }
        self.read("unit variant", |content| <()>::deserialize(content))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        self.read("newtype variant", |content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value> {
        self.read("tuple variant", |content| content.deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.read("struct variant", |mut content| match content.value()? {
            ValueRef::Object(object) => content.read_object(object, visitor),
            value @ (ValueRef::Null
            | ValueRef::Bool(_)
            | ValueRef::Number(_)
            | ValueRef::String(_)
            | ValueRef::Array(_)) => {
                Err(de::Error::invalid_type(unexpected(value), &"struct variant"))
            }
        })
    }
}
