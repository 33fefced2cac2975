//! Changes at a path: from one form to another.
//!
//! A path is the names of fields from the top: `["address", "city"]`. It leads through objects
//! only. [`set`], [`add`] and [`push`] create the objects that are missing on the way; [`unset`]
//! and [`pull`] do nothing where there is nothing. The rest of the document is copied as it
//! lies, so a change is O(size of the document), and a field that stays keeps its place.

use super::error::{Error, Problem, Result};
use super::number::Number;
use super::value::{ArrayRef, ObjectRef, ValueRef};
use super::write::{Open, Writer};
use super::{Form, Kind, read, write};

/// The document with this value at the end of the path, whatever was there.
pub(crate) fn set(document: &[u8], path: &[&str], value: ValueRef<'_>) -> Result<Form> {
    rewrite(document, path, Change::Set(value))
}

/// The same by the value's form. In the place of a value whose form is as long it is only that.
pub(crate) fn set_form(document: &[u8], path: &[&str], value: &[u8]) -> Result<Form> {
    match replace(document, path, value) {
        Some(document) => Ok(document),
        None => set(document, path, ValueRef::new(value).ok_or(Problem::Damaged)?),
    }
}

/// The document with a scalar in the place of a value whose form is as long, so that nothing else of it
/// changes; `None` where there is no such place.
fn replace(document: &[u8], path: &[&str], scalar: &[u8]) -> Option<Form> {
    if matches!(ValueRef::new(scalar)?.kind(), Kind::Array | Kind::Object) {
        return None;
    }
    let (last, way) = path.split_last()?;
    let mut object = ValueRef::new(document)?.as_object()?;
    for name in way {
        object = object.get(name)?.as_object()?;
    }
    let value = object.form_of(last)?;
    if value.len() - read::skip(value)?.len() != scalar.len() {
        return None;
    }
    // The value is a part of the document.
    let at = value.as_ptr().addr() - document.as_ptr().addr();
    let mut new: Form = document.into();
    new[at..][..scalar.len()].copy_from_slice(scalar);
    Some(new)
}

/// The document with these values in its own fields, whatever was there: fields that stay keep their
/// places, those that come stand behind them.
pub(crate) fn set_fields(document: &[u8], fields: &[(&str, ValueRef<'_>)]) -> Result<Form> {
    let top = top(document)?;
    write::form(|writer| {
        let open = writer.open()?;
        let mut known = top.iter();
        for (key, value) in known.by_ref() {
            let new = fields.iter().find(|(name, _)| name.as_bytes() == key);
            writer.raw_key(&open, key)?;
            writer.copy(new.map_or(value, |(_, new)| *new))?;
        }
        if !known.are_whole() {
            return Err(Problem::Damaged.into());
        }
        for (name, value) in fields.iter().filter(|(name, _)| top.get(name).is_none()) {
            writer.key(&open, name)?;
            writer.insert(*value)?;
        }
        writer.close_object(&open)
    })
}

/// The document with the number at the end of the path raised by this one; what is missing counts
/// as 0. Two integers give an integer, or an error if 64 bits do not hold it; if one of the two is
/// a float, both are added as floats, and the sum is a float.
pub(crate) fn add(document: &[u8], path: &[&str], number: Number) -> Result<Form> {
    if let Ok(Some(ValueRef::Number(old))) = find(document, path) {
        if let Ok(sum) = old.add(number) {
            let sum = write::form(|writer| writer.number(sum))?;
            if let Some(new) = replace(document, path, &sum) {
                return Ok(new);
            }
        }
    }
    rewrite(document, path, Change::Add(number))
}

/// The document with the value behind the last element of the array at the end of the path; what
/// is missing counts as an empty array.
pub(crate) fn push(document: &[u8], path: &[&str], value: ValueRef<'_>) -> Result<Form> {
    rewrite(document, path, Change::Push(value))
}

/// The form of a value that lies in another.
pub(crate) fn copy(value: ValueRef<'_>) -> Form {
    write::form(|writer| writer.insert(value)).expect("what was part of a form is one")
}

/// The document without the field at the end of the path; nothing if it has no such field.
pub(crate) fn unset(document: &[u8], path: &[&str]) -> Result<Option<Form>> {
    find(document, path)?.map(|_| rewrite(document, path, Change::Unset)).transpose()
}

/// The document without the elements equal to the value in the array at the end of the path;
/// nothing if no element is.
pub(crate) fn pull(document: &[u8], path: &[&str], value: ValueRef<'_>) -> Result<Option<Form>> {
    let Some(found) = find(document, path)? else { return Ok(None) };
    let array = array_in(found).map_err(|error| located(error, path))?;
    let is_there = array.iter().any(|element| element == value);
    is_there.then(|| rewrite(document, path, Change::Pull(value))).transpose()
}

/// What happens at the end of the path.
#[derive(Clone, Copy, Debug)]
enum Change<'a> {
    Set(ValueRef<'a>),
    Unset,
    Add(Number),
    Push(ValueRef<'a>),
    Pull(ValueRef<'a>),
}

fn rewrite(document: &[u8], path: &[&str], change: Change<'_>) -> Result<Form> {
    let top = top(document)?;
    write::form(|writer| rewrite_object(writer, Some(top), path, change))
}

fn top(document: &[u8]) -> Result<ObjectRef<'_>> {
    let top = ValueRef::new(document).ok_or(Problem::Damaged)?;
    top.as_object().ok_or_else(|| Problem::NotADocument(top.kind()).into())
}

/// Writes the object, or an empty one, with the change at the end of the path. The recursion ends
/// with the path, and before that where the writer refuses the depth.
fn rewrite_object(
    writer: &mut Writer,
    object: Option<ObjectRef<'_>>,
    path: &[&str],
    change: Change<'_>,
) -> Result<()> {
    let (name, path) = path.split_first().ok_or(Problem::EmptyPath)?;
    let open = writer.open()?;
    let mut field = None;
    if let Some(object) = object {
        let mut fields = object.iter();
        for (key, value) in fields.by_ref() {
            if key == name.as_bytes() {
                field = Some(value);
                rewrite_field(writer, &open, (name, path), field, change)?;
            } else {
                writer.raw_key(&open, key)?;
                writer.copy(value)?;
            }
        }
        if !fields.are_whole() {
            return Err(Problem::Damaged.into());
        }
    }
    if field.is_none() {
        rewrite_field(writer, &open, (name, path), None, change)?;
    }
    writer.close_object(&open)
}

/// Writes the field that the path goes through or ends at.
fn rewrite_field(
    writer: &mut Writer,
    open: &Open,
    (name, path): (&str, &[&str]),
    value: Option<ValueRef<'_>>,
    change: Change<'_>,
) -> Result<()> {
    if path.is_empty() && matches!(change, Change::Unset) {
        return Ok(());
    }
    writer.key(open, name)?;
    let written = if path.is_empty() {
        change.write(writer, value)
    } else {
        let object = value.map(object_in).transpose();
        object.and_then(|object| rewrite_object(writer, object, path, change))
    };
    written.map_err(|error| error.under_field(name))
}

impl Change<'_> {
    /// Writes what stands at the end of the path where `value` stood.
    fn write(self, writer: &mut Writer, value: Option<ValueRef<'_>>) -> Result<()> {
        match self {
            Change::Set(value) => writer.insert(value),
            Change::Unset => Ok(()),
            Change::Add(number) => {
                let old = value.map_or(Ok(Number::Signed(0)), number_in)?;
                writer.number(old.add(number)?)
            }
            Change::Push(last) => {
                let elements = value.map(array_in).transpose()?.into_iter().flatten();
                write_array(writer, elements, Some(last))
            }
            Change::Pull(pulled) => {
                let elements = value.map(array_in).transpose()?.into_iter().flatten();
                write_array(writer, elements.filter(|element| *element != pulled), None)
            }
        }
    }
}

fn write_array<'a>(
    writer: &mut Writer,
    elements: impl Iterator<Item = ValueRef<'a>>,
    last: Option<ValueRef<'_>>,
) -> Result<()> {
    let open = writer.open()?;
    let mut count = 0;
    for element in elements {
        writer.copy(element)?;
        count += 1;
    }
    if let Some(last) = last {
        writer.insert(last)?;
        count += 1;
    }
    writer.close_array(&open, count)
}

fn object_in(value: ValueRef<'_>) -> Result<ObjectRef<'_>> {
    value.as_object().ok_or_else(|| Problem::NotAnObject(value.kind()).into())
}

fn array_in(value: ValueRef<'_>) -> Result<ArrayRef<'_>> {
    value.as_array().ok_or_else(|| Problem::NotAnArray(value.kind()).into())
}

fn number_in(value: ValueRef<'_>) -> Result<Number> {
    value.as_number().ok_or_else(|| Problem::NotANumber(value.kind()).into())
}

/// The value at the end of the path; an error says what the path cannot go through.
fn find<'a>(document: &'a [u8], path: &[&str]) -> Result<Option<ValueRef<'a>>> {
    let (last, way) = path.split_last().ok_or(Problem::EmptyPath)?;
    let mut object = top(document)?;
    for (steps, name) in (1..).zip(way) {
        let Some(value) = object.get(name) else { return Ok(None) };
        object = object_in(value).map_err(|error| located(error, &path[..steps]))?;
    }
    Ok(object.get(last))
}

fn located(error: Error, path: &[&str]) -> Error {
    path.iter().rev().fold(error, |error, name| error.under_field(name))
}
