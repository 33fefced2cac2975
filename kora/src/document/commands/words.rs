//! What the words of DOC commands are: names, ids, JSON, conditions, paths.
//!
//! Only reading; nothing here touches a document. Texts are UTF-8, and an error says where a text
//! goes wrong and what was expected there.

use std::sync::Arc;

use crate::command::Args;
use crate::command::dispatch::shown;
use crate::document::form::{self, Form};
use crate::document::ops::bad_form;
use crate::engine::Engine;
use crate::engine::collections::{Collection, Scope, no_such};
use crate::error::{DocumentError, Error, Result};
use crate::query::{Condition, Path, parse_condition, parse_path};

/// The next word as the name of a collection that is there.
pub(super) fn collection(scope: &Scope<'_, '_>, args: &mut Args<'_>) -> Result<Arc<Collection>> {
    collection_of(scope.engine(), args)
}

/// The same, of a command that works on collections as a whole.
pub(super) fn collection_of(engine: &Engine, args: &mut Args<'_>) -> Result<Arc<Collection>> {
    let word = args.bytes()?;
    let name = std::str::from_utf8(word).ok().filter(|name| shown(name.as_bytes()) == *name);
    // No collection has a name that cannot be shown whole.
    name.map_or_else(|| Err(no_such(&shown(word))), |name| engine.collection(name))
}

/// The next word as a name that a collection or an index might get.
pub(super) fn name<'a>(args: &mut Args<'a>) -> Result<&'a str> {
    std::str::from_utf8(args.bytes()?).map_err(|_bytes| Error::document(DocumentError::BadName))
}

/// The next word as text.
pub(super) fn text<'a>(args: &mut Args<'a>) -> Result<&'a str> {
    std::str::from_utf8(args.bytes()?).map_err(|_bytes| Error::document(DocumentError::NotText))
}

/// The next word as a condition.
pub(super) fn condition(args: &mut Args<'_>) -> Result<Condition> {
    parse_condition(text(args)?).map_err(Error::query)
}

/// The next word as a path.
pub(super) fn path(args: &mut Args<'_>) -> Result<Path> {
    parse_path(text(args)?).map_err(Error::query)
}

/// The next word as JSON text of a document.
pub(super) fn document(args: &mut Args<'_>) -> Result<Form> {
    form::from_json(args.bytes()?).map_err(|error| bad_form(&error))
}

/// The next word as JSON text of any value.
pub(super) fn value(args: &mut Args<'_>) -> Result<Form> {
    form::value_from_json(args.bytes()?).map_err(|error| bad_form(&error))
}
