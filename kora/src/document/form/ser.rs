//! Serde values into forms, without a tree of values between. The twin of `de.rs`.
//!
//! Every shape becomes what `serde_json` makes of it, except that NaN and the infinities are
//! refused. What `serde_json` hands through serde in disguise arrives as what it stands for: a
//! number of its feature `arbitrary_precision`, which any crate of a build can turn on for all, and
//! the text of a `RawValue`.

use serde::ser::{self, Serialize};

use super::error::{Error, Problem, Result};
use super::map_key::TextSerializer;
use super::number::Number;
use super::value::{Kind, ValueRef};
use super::write::{Open, Writer};
use super::{Form, json, write};

/// The name of a struct that stands for the number whose text is its only field.
pub(super) const NUMBER_IN_DISGUISE: &str = "$serde_json::private::Number";
/// The name of a struct that stands for the value whose JSON text is its only field.
pub(super) const TEXT_IN_DISGUISE: &str = "$serde_json::private::RawValue";

/// The form of a document: of a value that serde writes as a struct or map.
pub(crate) fn to_form<T: Serialize + ?Sized>(document: &T) -> Result<Form> {
    let form = to_value(document)?;
    match ValueRef::new(&form).ok_or(Problem::Damaged)?.kind() {
        Kind::Object => Ok(form),
        kind @ (Kind::Null | Kind::Bool | Kind::Number | Kind::String | Kind::Array) => {
            Err(Problem::NotADocument(kind).into())
        }
    }
}

/// The form of any value.
pub(crate) fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Form> {
    write::form(|writer| value.serialize(Serializer(writer)))
}

/// Writes one value.
#[derive(Debug)]
struct Serializer<'w>(&'w mut Writer);

impl<'w> Serializer<'w> {
    fn elements(self) -> Result<ArrayWriter<'w>> {
        let open = self.0.open()?;
        Ok(ArrayWriter { writer: self.0, open, count: 0, around: None })
    }

    fn fields(self) -> Result<ObjectWriter<'w>> {
        let open = self.0.open()?;
        Ok(ObjectWriter { writer: self.0, open, key_at: None, around: None })
    }

    /// Opens the object around the content of an enum's variant: `{"Variant": content}`.
    fn around(&mut self, variant: &str) -> Result<Open> {
        let around = self.0.open()?;
        self.0.key(&around, variant)?;
        Ok(around)
    }

    fn integer(self, integer: i128) -> Result<()> {
        self.0.number(Number::from_i128(integer).ok_or(Problem::IntegerOutOfRange)?)
    }
}

impl<'w> ser::Serializer for Serializer<'w> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = ArrayWriter<'w>;
    type SerializeTuple = ArrayWriter<'w>;
    type SerializeTupleStruct = ArrayWriter<'w>;
    type SerializeTupleVariant = ArrayWriter<'w>;
    type SerializeMap = ObjectWriter<'w>;
    type SerializeStruct = StructWriter<'w>;
    type SerializeStructVariant = ObjectWriter<'w>;

    fn serialize_bool(self, value: bool) -> Result<()> {
        self.0.bool(value)
    }

    fn serialize_i8(self, value: i8) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<()> {
        self.0.number(value.into())
    }

    fn serialize_i128(self, value: i128) -> Result<()> {
        self.integer(value)
    }

    fn serialize_u8(self, value: u8) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<()> {
        self.0.number(value.into())
    }

    fn serialize_u128(self, value: u128) -> Result<()> {
        self.integer(i128::try_from(value).unwrap_or(i128::MAX))
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<()> {
        self.0.number(Number::from_f64(value).ok_or(Problem::NotFinite)?)
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.0.string(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<()> {
        self.0.string(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        let mut elements = self.elements()?;
        for byte in value {
            ser::SerializeSeq::serialize_element(&mut elements, byte)?;
        }
        elements.finish()
    }

    fn serialize_none(self) -> Result<()> {
        self.0.null()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.0.null()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<()> {
        self.0.null()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<()> {
        self.0.string(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        let around = self.around(variant)?;
        value.serialize(Serializer(self.0)).map_err(|error| error.under_field(variant))?;
        self.0.close_object(&around)
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<ArrayWriter<'w>> {
        self.elements()
    }

    fn serialize_tuple(self, _len: usize) -> Result<ArrayWriter<'w>> {
        self.elements()
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<ArrayWriter<'w>> {
        self.elements()
    }

    fn serialize_tuple_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<ArrayWriter<'w>> {
        let around = self.around(variant)?;
        Ok(ArrayWriter { around: Some(around), ..self.elements()? })
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<ObjectWriter<'w>> {
        self.fields()
    }

    fn serialize_struct(self, name: &'static str, _len: usize) -> Result<StructWriter<'w>> {
        match name {
            NUMBER_IN_DISGUISE => Ok(StructWriter::Disguise(self.0, read_number, false)),
            TEXT_IN_DISGUISE => Ok(StructWriter::Disguise(self.0, read_json, false)),
            _ => Ok(StructWriter::Object(self.fields()?)),
        }
    }

    fn serialize_struct_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<ObjectWriter<'w>> {
        let around = self.around(variant)?;
        Ok(ObjectWriter { around: Some(around), ..self.fields()? })
    }
}

/// Fills an array.
#[derive(Debug)]
struct ArrayWriter<'w> {
    writer: &'w mut Writer,
    open: Open,
    count: usize,
    /// The object around an enum's variant.
    around: Option<Open>,
}

impl ArrayWriter<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let written = value.serialize(Serializer(self.writer));
        written.map_err(|error| {
            self.writer.set_broken();
            error.under_element(self.count)
        })?;
        self.count += 1;
        Ok(())
    }

    fn finish(self) -> Result<()> {
        self.writer.close_array(&self.open, self.count)?;
        self.around.map_or(Ok(()), |around| self.writer.close_object(&around))
    }
}

/// Fills an object.
#[derive(Debug)]
struct ObjectWriter<'w> {
    writer: &'w mut Writer,
    open: Open,
    /// Where the key is written whose value is awaited.
    key_at: Option<usize>,
    /// The object around an enum's variant.
    around: Option<Open>,
}

impl ObjectWriter<'_> {
    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<()> {
        let written = self.writer.key(&self.open, key);
        let written = written.and_then(|()| value.serialize(Serializer(self.writer)));
        written.map_err(|error| {
            self.writer.set_broken();
            error.under_field(key)
        })
    }

    fn finish(self) -> Result<()> {
        self.writer.close_object(&self.open)?;
        self.around.map_or(Ok(()), |around| self.writer.close_object(&around))
    }
}

/// Fills what serde calls a struct.
#[derive(Debug)]
enum StructWriter<'w> {
    Object(ObjectWriter<'w>),
    /// A value in disguise, how it is read from its text, and whether it was.
    Disguise(&'w mut Writer, fn(&str, &mut Writer) -> Result<()>, bool),
}

fn read_number(text: &str, writer: &mut Writer) -> Result<()> {
    writer.number(Number::parse(text).ok_or(Problem::NotFinite)?)
}

fn read_json(text: &str, writer: &mut Writer) -> Result<()> {
    json::read(text.as_bytes(), writer)
}

impl ser::SerializeSeq for ArrayWriter<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeTuple for ArrayWriter<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for ArrayWriter<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeTupleVariant for ArrayWriter<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.element(value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}

impl ser::SerializeMap for ObjectWriter<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        if self.key_at.replace(self.writer.len()).is_some() {
            self.writer.set_broken();
            return Err(Problem::Incomplete.into());
        }
        let written = key.serialize(TextSerializer(|key: &str| self.writer.key(&self.open, key)));
        written.inspect_err(|_| self.writer.set_broken())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key_at = self.key_at.take().ok_or(Problem::Incomplete)?;
        let written = value.serialize(Serializer(self.writer));
        written.map_err(|error| {
            self.writer.set_broken();
            error.under_field(self.writer.key_at(key_at))
        })
    }

    fn end(self) -> Result<()> {
        if self.key_at.is_some() {
            return Err(Problem::Incomplete.into());
        }
        self.finish()
    }
}

impl ser::SerializeStruct for StructWriter<'_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<()> {
        match self {
            StructWriter::Object(object) => object.field(key, value),
            StructWriter::Disguise(writer, read, is_written) => {
                if std::mem::replace(is_written, true) {
                    writer.set_broken();
                    return Err(Problem::Incomplete.into());
                }
                let written = value.serialize(TextSerializer(|text: &str| read(text, writer)));
                written.inspect_err(|_| writer.set_broken())
            }
        }
    }

    fn end(self) -> Result<()> {
        match self {
            StructWriter::Object(object) => object.finish(),
            StructWriter::Disguise(_, _, true) => Ok(()),
            StructWriter::Disguise(_, _, false) => Err(Problem::Incomplete.into()),
        }
    }
}

impl ser::SerializeStructVariant for ObjectWriter<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<()> {
        self.field(key, value)
    }

    fn end(self) -> Result<()> {
        self.finish()
    }
}
