//! Parts of a document: a form that has only what stands at some paths.
//!
//! A path leads through objects, and through an array into each object among its elements, as in a
//! condition. What has nothing at any of the paths is left out, be it an object on the way or an
//! element of an array, so nothing in the result is there for its own sake. The fields keep their
//! order. The rest is copied as it lies.

use std::collections::BTreeMap;

use super::error::{Problem, Result};
use super::value::{ArrayRef, ObjectRef, ValueRef};
use super::write::Writer;
use super::{Form, write};

/// Which parts of a document are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// The parts of each field; none for all of it.
    fields: BTreeMap<Box<[u8]>, Option<Selection>>,
}

impl Selection {
    /// What stands at these paths, each the names of fields from the top. A path below another one
    /// adds nothing.
    pub(crate) fn new<'p>(paths: impl IntoIterator<Item = &'p [Box<str>]>) -> Self {
        let mut selection = Selection::default();
        paths.into_iter().for_each(|path| selection.add(path));
        selection
    }

    fn add(&mut self, path: &[Box<str>]) {
        let Some((name, rest)) = path.split_first() else { return };
        let parts = self.fields.entry(name.as_bytes().into());
        if rest.is_empty() {
            *parts.or_default() = None;
        } else if let Some(inner) = parts.or_insert_with(|| Some(Selection::default())) {
            inner.add(rest);
        }
    }

    /// The document with only these parts.
    pub(crate) fn apply(&self, document: &[u8]) -> Result<Form> {
        let top = ValueRef::new(document).ok_or(Problem::Damaged)?;
        let top = top.as_object().ok_or(Problem::NotADocument(top.kind()))?;
        write::form(|writer| self.write_object(writer, top))
    }

    /// The recursion ends with the longest path.
    fn write_object(&self, writer: &mut Writer, object: ObjectRef<'_>) -> Result<()> {
        let open = writer.open()?;
        let mut fields = object.iter();
        for (key, value) in fields.by_ref() {
            match self.fields.get(key) {
                Some(None) => {
                    writer.raw_key(&open, key)?;
                    writer.copy(value)?;
                }
                Some(Some(parts)) if parts.are_in(value) => {
                    writer.raw_key(&open, key)?;
                    parts.write(writer, value)?;
                }
                Some(Some(_)) | None => {}
            }
        }
        if !fields.are_whole() {
            return Err(Problem::Damaged.into());
        }
        writer.close_object(&open)
    }

    fn write(&self, writer: &mut Writer, value: ValueRef<'_>) -> Result<()> {
        match value {
            ValueRef::Object(object) => self.write_object(writer, object),
            ValueRef::Array(array) => self.write_array(writer, array),
            ValueRef::Null | ValueRef::Bool(_) | ValueRef::Number(_) | ValueRef::String(_) => {
                writer.copy(value)
            }
        }
    }

    fn write_array(&self, writer: &mut Writer, array: ArrayRef<'_>) -> Result<()> {
        let open = writer.open()?;
        let mut count = 0;
        for object in array.iter().filter_map(ValueRef::as_object) {
            if self.are_in_object(object) {
                self.write_object(writer, object)?;
                count += 1;
            }
        }
        writer.close_array(&open, count)
    }

    /// Whether the value has any of the parts.
    fn are_in(&self, value: ValueRef<'_>) -> bool {
        match value {
            ValueRef::Object(object) => self.are_in_object(object),
            ValueRef::Array(array) => {
                array.iter().filter_map(ValueRef::as_object).any(|one| self.are_in_object(one))
            }
            ValueRef::Null | ValueRef::Bool(_) | ValueRef::Number(_) | ValueRef::String(_) => false,
        }
    }

    fn are_in_object(&self, object: ObjectRef<'_>) -> bool {
        object.iter().any(|(key, value)| match self.fields.get(key) {
            None => false,
            Some(None) => true,
            Some(Some(parts)) => parts.are_in(value),
        })
    }
}
