//! Documents as JSON text, whole or in part.

use crate::document::collection::values::each_present;
use crate::document::form::{self, Selection, ValueRef};
use crate::document::ops::bad_form;
use crate::error::{Error, Result};
use crate::query::{Path, parse_projection};

/// What a list of paths selects; `None` for whole documents.
pub(crate) fn selection(paths: &str) -> Result<Option<Selection>> {
    let projection = parse_projection(paths).map_err(Error::query)?;
    let paths = projection.paths.iter().map(Path::names);
    Ok((!projection.paths.is_empty()).then(|| Selection::new(paths)))
}

/// A stored form as JSON text.
pub(crate) fn json(form: &[u8]) -> Result<String> {
    text(|out| form::write_json(value_of(form), out))
}

/// What stands at a path of a stored form, as JSON text; of a path that leads through an array, an
/// array of what stands there in its elements. `None` when nothing does.
pub(crate) fn json_at(form: &[u8], path: &Path) -> Result<Option<String>> {
    let mut value = value_of(form);
    let mut names = path.names();
    while let Some((name, rest)) = names.split_first() {
        let Some(inner) = value.get(name) else { break };
        (value, names) = (inner, rest);
    }
    if names.is_empty() {
        return text(|out| form::write_json(value, out)).map(Some);
    }
    let mut found = Vec::new();
    each_present(value, names, &mut |value| found.push(value));
    if found.is_empty() {
        return Ok(None);
    }
    let array = text(|out| {
        for (at, value) in found.into_iter().enumerate() {
            out.push(if at == 0 { b'[' } else { b',' });
            form::write_json(value, out)?;
        }
        out.push(b']');
        Ok(())
    });
    array.map(Some)
}

fn value_of(form: &[u8]) -> ValueRef<'_> {
    ValueRef::new(form).expect("a stored form is whole")
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> form::Result<()>) -> Result<String> {
    let mut text = Vec::new();
    write(&mut text).map_err(|error| bad_form(&error))?;
    Ok(String::from_utf8(text).expect("JSON is UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::form::from_json;
    use crate::query::parse_path;

    #[test]
    fn a_path_through_an_array_gives_an_array() {
        let form = from_json(br#"{"a":{"b":1},"c":[{"d":1},2,[{"d":3}],{"d":[4]}],"e":[]}"#);
        let form = form.expect("a document");
        for (path, expected) in [
            ("a", Some(r#"{"b":1}"#)),
            ("a.b", Some("1")),
            ("a.x", None),
            ("a.b.c", None),
            ("c.d", Some("[1,[4]]")),
            ("c.x", None),
            ("e", Some("[]")),
            ("e.f", None),
        ] {
            let path = parse_path(path).expect("a path");
            assert_eq!(json_at(&form, &path).expect("JSON").as_deref(), expected, "{path}");
        }
    }
}
