//! A value where it lies: [`ValueRef`] is a handle on bytes and decodes no more than is asked for.
//!
//! It is made by [`ValueRef::new`] from any bytes; what lies within an array or object is read when
//! it is asked for, and is nothing where the bytes are no form.

use std::fmt;

use super::number::Number;
use super::read::{self, Elements, Fields};

/// What a value is. The order of the kinds is the order of their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Null.
    Null,
    /// True or false.
    Bool,
    /// An integer or a float.
    Number,
    /// A string of UTF-8.
    String,
    /// Values in a row.
    Array,
    /// Values with names.
    Object,
}

/// As the kinds are called in errors.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        })
    }
}

/// A value of a form. Equal and ordered by value, not by bytes: see `order.rs`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ValueRef<'a> {
    /// Null.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer or a float.
    Number(Number),
    /// The bytes of a string: UTF-8, if they come from a form.
    String(&'a [u8]),
    /// An array.
    Array(ArrayRef<'a>),
    /// An object.
    Object(ObjectRef<'a>),
}

/// An array of a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArrayRef<'a> {
    pub(super) body: &'a [u8],
}

/// An object of a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObjectRef<'a> {
    pub(super) body: &'a [u8],
}

impl<'a> ValueRef<'a> {
    /// The value whose form is `bytes`. Only the head is looked at; nothing if the bytes do not
    /// open with a value or go on behind it.
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (value, rest) = read::split(bytes)?;
        rest.is_empty().then_some(value)
    }

    /// What the value is.
    pub(crate) fn kind(self) -> Kind {
        match self {
            ValueRef::Null => Kind::Null,
            ValueRef::Bool(_) => Kind::Bool,
            ValueRef::Number(_) => Kind::Number,
            ValueRef::String(_) => Kind::String,
            ValueRef::Array(_) => Kind::Array,
            ValueRef::Object(_) => Kind::Object,
        }
    }

    /// Whether the value is null.
    pub(crate) fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The value, if it is a boolean.
    #[cfg(test)]
    pub(crate) fn as_bool(self) -> Option<bool> {
        if let ValueRef::Bool(value) = self { Some(value) } else { None }
    }

    /// The value, if it is a number.
    pub(crate) fn as_number(self) -> Option<Number> {
        if let ValueRef::Number(number) = self { Some(number) } else { None }
    }

    /// The value, if it is an integer that fits.
    pub(crate) fn as_i64(self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// The value, if it is an integer that fits.
    pub(crate) fn as_u64(self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    /// The nearest float, if the value is a number.
    #[cfg(test)]
    pub(crate) fn as_f64(self) -> Option<f64> {
        Some(self.as_number()?.as_f64())
    }

    /// The value, if it is a string. O(length): the bytes are looked at.
    #[cfg(test)]
    pub(crate) fn as_str(self) -> Option<&'a str> {
        std::str::from_utf8(self.as_text()?).ok()
    }

    /// The bytes of the value, if it is a string.
    pub(crate) fn as_text(self) -> Option<&'a [u8]> {
        if let ValueRef::String(text) = self { Some(text) } else { None }
    }

    /// The value, if it is an array.
    pub(crate) fn as_array(self) -> Option<ArrayRef<'a>> {
        if let ValueRef::Array(array) = self { Some(array) } else { None }
    }

    /// The value, if it is an object.
    pub(crate) fn as_object(self) -> Option<ObjectRef<'a>> {
        if let ValueRef::Object(object) = self { Some(object) } else { None }
    }

    /// The field of this name, if the value is an object and has it.
    #[inline]
    pub(crate) fn get(self, name: &str) -> Option<ValueRef<'a>> {
        self.as_object()?.get(name)
    }

    /// The value at the end of a path of fields: `value.at("address.city".split('.'))`. No step
    /// leads to the value itself.
    #[cfg(test)]
    pub(crate) fn at<P>(self, path: P) -> Option<ValueRef<'a>>
    where
        P: IntoIterator<Item: AsRef<str>>,
    {
        path.into_iter().try_fold(self, |value, name| value.get(name.as_ref()))
    }

    /// About how many bytes the form has.
    pub(super) fn form_bytes(self) -> usize {
        match self {
            ValueRef::Null | ValueRef::Bool(_) | ValueRef::Number(_) => 8,
            ValueRef::String(body)
            | ValueRef::Array(ArrayRef { body })
            | ValueRef::Object(ObjectRef { body }) => body.len(),
        }
    }

    /// Whether arrays and objects nest no deeper than this, the value itself counted.
    pub(super) fn nests_within(self, depth: usize) -> bool {
        match (self, depth.checked_sub(1)) {
            (ValueRef::Array(_) | ValueRef::Object(_), None) => false,
            (ValueRef::Array(array), Some(depth)) => array.iter().all(|e| e.nests_within(depth)),
            (ValueRef::Object(object), Some(depth)) => {
                object.iter().all(|(_, value)| value.nests_within(depth))
            }
            _ => true,
        }
    }
}

impl<'a> ArrayRef<'a> {
    /// How many elements there are. O(1).
    pub(crate) fn len(self) -> usize {
        read::count(self.body).unwrap_or_default()
    }

    /// Whether there is no element.
    #[cfg(test)]
    pub(crate) fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The elements from the front.
    pub(crate) fn iter(self) -> Elements<'a> {
        Elements::new(self)
    }

    /// The element at an index from 0. O(index): elements are stepped over by their heads.
    #[cfg(test)]
    pub(crate) fn get(self, index: usize) -> Option<ValueRef<'a>> {
        self.iter().nth(index)
    }
}

impl<'a> ObjectRef<'a> {
    /// The object whose form is `bytes`, if it is one; see [`ValueRef::new`].
    #[inline]
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (object, rest) = read::split_object(bytes)?;
        rest.is_empty().then_some(object)
    }

    /// How many fields there are. O(1).
    pub(crate) fn len(self) -> usize {
        read::count(self.body).unwrap_or_default()
    }

    /// Whether there is no field.
    #[cfg(test)]
    pub(crate) fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Names and values in the order in which they were written.
    pub(crate) fn iter(self) -> Fields<'a> {
        Fields::new(self)
    }

    /// The field of this name. O(log n) by the index, a short walk where there is none.
    #[inline]
    pub(crate) fn get(self, name: &str) -> Option<ValueRef<'a>> {
        Some(read::split(self.form_of(name)?)?.0)
    }

    /// The form of the field of this name, and what follows it.
    #[inline]
    pub(crate) fn form_of(self, name: &str) -> Option<&'a [u8]> {
        read::find(self, name.as_bytes())
    }

    /// The bytes of the field of this name, if it is a string, by who expects it to be the first: no
    /// search is needed then.
    #[inline]
    pub(crate) fn leading_text(self, name: &str) -> Option<&'a [u8]> {
        let form = match read::split_key(self.body) {
            Some((key, value)) if key == name.as_bytes() => value,
            Some(_) | None => self.form_of(name)?,
        };
        match read::split_short(form) {
            Some((text, _)) => Some(text),
            None => read::split(form)?.0.as_text(),
        }
    }
}

impl<'a> IntoIterator for ArrayRef<'a> {
    type Item = ValueRef<'a>;
    type IntoIter = Elements<'a>;

    fn into_iter(self) -> Elements<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for ObjectRef<'a> {
    type Item = (&'a [u8], ValueRef<'a>);
    type IntoIter = Fields<'a>;

    fn into_iter(self) -> Fields<'a> {
        self.iter()
    }
}

impl From<bool> for ValueRef<'_> {
    fn from(value: bool) -> Self {
        ValueRef::Bool(value)
    }
}

impl<N: Into<Number>> From<N> for ValueRef<'_> {
    fn from(number: N) -> Self {
        ValueRef::Number(number.into())
    }
}

impl<'a> From<&'a str> for ValueRef<'a> {
    fn from(text: &'a str) -> Self {
        ValueRef::String(text.as_bytes())
    }
}
