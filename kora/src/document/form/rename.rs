//! A field under another name, or gone, wherever its struct is nested: unlike the paths of
//! [`update`](super::update), these lead through arrays too.

use super::error::{Problem, Result};
use super::value::{ArrayRef, ObjectRef, ValueRef};
use super::write::Writer;
use super::{Form, write};

/// What becomes of a field.
#[derive(Clone, Copy, Debug)]
struct Change<'a> {
    from: &'a str,
    /// Its new name; `None` when it goes.
    to: Option<&'a str>,
}

/// The document with the field at the end of the path under another name, in its place; an object
/// that has a field of that name already stays as it is.
pub(crate) fn rename(document: &[u8], path: &[&str], to: &str) -> Result<Form> {
    change(document, path, Some(to))
}

/// The document without the field at the end of the path.
pub(crate) fn remove(document: &[u8], path: &[&str]) -> Result<Form> {
    change(document, path, None)
}

fn change(document: &[u8], path: &[&str], to: Option<&str>) -> Result<Form> {
    let (from, way) = path.split_last().ok_or(Problem::EmptyPath)?;
    let value = ValueRef::new(document).ok_or(Problem::Damaged)?;
    write::form(|writer| write_value(writer, value, way, Change { from, to }))
}

/// Recurses as deep as the value is nested, which has a limit.
fn write_value(
    writer: &mut Writer,
    value: ValueRef<'_>,
    way: &[&str],
    change: Change<'_>,
) -> Result<()> {
    match (value.as_object(), value.as_array()) {
        (Some(object), _) => write_object(writer, object, way, change),
        (None, Some(array)) => write_array(writer, array, way, change),
        (None, None) => writer.copy(value),
    }
}

fn write_array(
    writer: &mut Writer,
    array: ArrayRef<'_>,
    way: &[&str],
    change: Change<'_>,
) -> Result<()> {
    let open = writer.open()?;
    for element in array {
        write_value(writer, element, way, change)?;
    }
    writer.close_array(&open, array.len())
}

fn write_object(
    writer: &mut Writer,
    object: ObjectRef<'_>,
    way: &[&str],
    change: Change<'_>,
) -> Result<()> {
    let open = writer.open()?;
    let is_taken = change.to.is_some_and(|to| object.get(to).is_some());
    let mut fields = object.iter();
    for (key, value) in fields.by_ref() {
        match way.split_first() {
            Some((name, way)) if key == name.as_bytes() => {
                writer.raw_key(&open, key)?;
                write_value(writer, value, way, change)?;
                continue;
            }
            None if key == change.from.as_bytes() && !is_taken => {
                if let Some(to) = change.to {
                    writer.key(&open, to)?;
                    writer.copy(value)?;
                }
                continue;
            }
            Some(_) | None => {}
        }
        writer.raw_key(&open, key)?;
        writer.copy(value)?;
    }
    if !fields.are_whole() {
        return Err(Problem::Damaged.into());
    }
    writer.close_object(&open)
}
