//! What a collection knows of the shape of its documents, and what it keeps in them by itself: an
//! id, a version, times.
//!
//! Declared by a typed repository and stored with the collection, so that every write is held to it,
//! typed or not. It does not say how a shape is compared with another; opening a repository does.
//!
//! The invariant: [`Schema::stamp`] is a pure function of the document that is there, the one that
//! is to come, and the time. A version that a new form carries must be the one that is there, and
//! what is stored has the next.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::document::form::{self, Form, Number, ObjectRef, ValueRef, update};
use crate::error::{DocumentError, Error, Result};

/// How a time is written in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// Milliseconds since the Unix epoch, a whole number.
    Millis,
    /// As serde writes a [`SystemTime`].
    System,
}

/// A field that holds a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeField {
    pub(crate) name: Box<str>,
    pub(crate) format: TimeFormat,
}

/// One field of the declared shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SchemaField {
    /// Its path, as queries write it.
    pub(crate) path: Box<str>,
    /// Its type in the words of [`crate::repository`].
    pub(crate) shape: Box<str>,
    /// Whether what it stands in cannot be read without it.
    pub(crate) is_required: bool,
    /// Whether it is no longer declared; documents may still have it.
    pub(crate) is_gone: bool,
}

/// What was declared of a collection's documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) fields: Vec<SchemaField>,
    /// The indexes that came with the declaration.
    pub(crate) indexes: Vec<Box<str>>,
    /// The fields that are the id, together.
    pub(crate) id: Vec<Box<str>>,
    pub(crate) version: Option<Box<str>>,
    pub(crate) created_at: Option<TimeField>,
    pub(crate) updated_at: Option<TimeField>,
    pub(crate) expires_at: Option<TimeField>,
    /// How long a new document lives, in milliseconds.
    pub(crate) ttl: Option<i64>,
}

/// A document as it is, or is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version<'d> {
    pub(crate) form: &'d [u8],
    pub(crate) deadline: Option<i64>,
}

/// Fields that get another value.
type Changes<'s> = Vec<(&'s str, Form)>;

impl Schema {
    /// Whether a document is stored as it comes, whatever is there: it has its id, and nothing else
    /// is kept in it. Most are, so this is looked at first.
    #[inline]
    pub(crate) fn leaves(&self, id: &[u8], form: &[u8]) -> bool {
        !self.keeps_any() && self.has_id(id, form)
    }

    /// What is to be stored instead of `new`; `None` when nothing is to be changed in it.
    pub(crate) fn stamp(
        &self,
        id: &[u8],
        current: Option<Version<'_>>,
        new: Version<'_>,
        now: i64,
    ) -> Result<Option<(Form, Option<i64>)>> {
        let (mut changes, mut deadline) = (Changes::new(), new.deadline);
        if current.is_some_and(|current| current.form == new.form) {
            if let Some(field) = &self.expires_at {
                field.set(deadline, &mut changes);
            }
        } else {
            self.fill_id(id, new.form, &mut changes)?;
            deadline = self.keep(current, new, now, &mut changes)?;
        }
        let document = value(new.form);
        changes.retain(|(name, form)| document.get(name) != Some(value(form)));
        if changes.is_empty() && deadline == new.deadline {
            return Ok(None);
        }
        let form = with_fields(new.form, &changes)?;
        Ok(Some((form, deadline)))
    }

    /// Whether documents have more than their id by themselves. All fields are named, so that none
    /// that comes is forgotten here.
    fn keeps_any(&self) -> bool {
        let Schema {
            fields: _,
            indexes: _,
            id: _,
            version,
            created_at,
            updated_at,
            expires_at,
            ttl,
        } = self;
        let times = [created_at, updated_at, expires_at];
        version.is_some() || ttl.is_some() || times.into_iter().any(Option::is_some)
    }

    /// What a document that changes has by itself, beside its id; returns when it expires.
    fn keep<'s>(
        &'s self,
        current: Option<Version<'_>>,
        new: Version<'_>,
        now: i64,
        changes: &mut Changes<'s>,
    ) -> Result<Option<i64>> {
        let (old, document) = (current.map(|current| value(current.form)), value(new.form));
        self.raise(document, old, changes)?;
        if let Some(field) = &self.created_at {
            match old.and_then(|old| old.get(&field.name)) {
                Some(created) => changes.push((&field.name, written(created))),
                None => field.set(Some(now), changes),
            }
        }
        if let Some(field) = &self.updated_at {
            field.set(Some(now), changes);
        }
        Ok(self.deadline(current, old, new, now, changes))
    }

    /// A document whose id field was missing, with it; `None` when it is there.
    pub(crate) fn with_id(&self, id: &[u8], form: &[u8]) -> Result<Option<Form>> {
        let mut changes = Changes::new();
        self.fill_id(id, form, &mut changes)?;
        if changes.is_empty() {
            return Ok(None);
        }
        with_fields(form, &changes).map(Some)
    }

    /// Whether a document's own fields say that this is its id; where none is declared, they do not
    /// say another.
    #[inline]
    fn has_id(&self, id: &[u8], form: &[u8]) -> bool {
        let Some(document) = ObjectRef::new(form) else { return false };
        match &self.id[..] {
            [] => true,
            // The id of most structs is a text, in their first field.
            [name] if document.leading_text(name) == Some(id) => true,
            names => has_parts(names, id, document),
        }
    }

    /// Puts the id into a document without one; one with another is an error.
    fn fill_id<'s>(&'s self, id: &[u8], form: &[u8], changes: &mut Changes<'s>) -> Result<()> {
        if self.has_id(id, form) {
            return Ok(());
        }
        let id = std::str::from_utf8(id).unwrap_or_default();
        match &self.id[..] {
            [name] if value(form).get(name).is_none_or(ValueRef::is_null) => {
                changes.push((name, self.id_value(name, id)?));
                Ok(())
            }
            names => {
                let fields = names.join(", ");
                Err(Error::document(DocumentError::OtherId { fields, id: id.to_owned() }))
            }
        }
    }

    fn id_value(&self, name: &str, id: &str) -> Result<Form> {
        let is_text = self.fields.iter().all(|field| *field.path != *name || is_text(&field.shape));
        let form = if is_text { form::to_value(id) } else { form::value_from_json(id.as_bytes()) };
        form.map_err(|_no_value| {
            Error::document(DocumentError::OtherId { fields: name.to_owned(), id: id.to_owned() })
        })
    }

    fn raise<'s>(
        &'s self,
        document: ValueRef<'_>,
        old: Option<ValueRef<'_>>,
        changes: &mut Changes<'s>,
    ) -> Result<()> {
        let Some(name) = &self.version else { return Ok(()) };
        let version = |value: ValueRef<'_>| value.get(name).and_then(ValueRef::as_u64);
        let actual = old.map(|old| version(old).unwrap_or(0));
        if let (Some(actual), Some(carried)) = (actual, document.get(name)) {
            if !carried.is_null() && carried.as_u64() != Some(actual) {
                let expected = carried.as_u64().unwrap_or(0);
                let actual = Some(actual);
                return Err(Error::document(DocumentError::VersionConflict { expected, actual }));
            }
        }
        let next = actual.unwrap_or(0).checked_add(1).ok_or(Error::Overflow)?;
        changes.push((name, written(Number::from(next).into())));
        Ok(())
    }

    /// When the document expires: what changed decides, the field or the deadline.
    fn deadline<'s>(
        &'s self,
        current: Option<Version<'_>>,
        old: Option<ValueRef<'_>>,
        new: Version<'_>,
        now: i64,
        changes: &mut Changes<'s>,
    ) -> Option<i64> {
        let by_ttl = || self.ttl.map(|ttl| now.saturating_add(ttl));
        let Some(field) = &self.expires_at else {
            return if current.is_none() { new.deadline.or_else(by_ttl) } else { new.deadline };
        };
        let wanted = field.get(value(new.form));
        let was = old.and_then(|old| field.get(old));
        let deadline = match current {
            None => wanted.or(new.deadline).or_else(by_ttl),
            Some(_) if wanted != was => wanted,
            Some(_) => new.deadline,
        };
        if deadline != wanted {
            field.set(deadline, changes);
        }
        deadline
    }

    /// Appends it, as the log has it: JSON.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let time = |field: &Option<TimeField>| {
            field.as_ref().map(|field| json!([field.name, field.format == TimeFormat::System]))
        };
        let fields = self.fields.iter();
        let fields =
            fields.map(|field| json!([field.path, field.shape, field.is_required, field.is_gone]));
        let text = json!({
            "fields": fields.collect::<Vec<_>>(),
            "indexes": self.indexes,
            "id": self.id,
            "version": self.version,
            "created_at": time(&self.created_at),
            "updated_at": time(&self.updated_at),
            "expires_at": time(&self.expires_at),
            "ttl": self.ttl,
        });
        out.extend_from_slice(text.to_string().as_bytes());
    }

    /// Reads what [`Schema::encode`] wrote; `None` when it is something else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Schema> {
        let json: Json = serde_json::from_slice(bytes).ok()?;
        let text = |json: &Json| json.as_str().map(Box::from);
        let texts = |json: &Json| json.as_array()?.iter().map(text).collect::<Option<Vec<_>>>();
        let time = |json: &Json| {
            if json.is_null() {
                return Some(None);
            }
            let format = if json[1].as_bool()? { TimeFormat::System } else { TimeFormat::Millis };
            Some(Some(TimeField { name: text(&json[0])?, format }))
        };
        let field = |json: &Json| {
            let (path, shape) = (text(&json[0])?, text(&json[1])?);
            let (is_required, is_gone) = (json[2].as_bool()?, json[3].as_bool()?);
            Some(SchemaField { path, shape, is_required, is_gone })
        };
        let version = &json["version"];
        Some(Schema {
            fields: json["fields"].as_array()?.iter().map(field).collect::<Option<_>>()?,
            indexes: texts(&json["indexes"])?,
            id: texts(&json["id"])?,
            version: if version.is_null() { None } else { Some(text(version)?) },
            created_at: time(&json["created_at"])?,
            updated_at: time(&json["updated_at"])?,
            expires_at: time(&json["expires_at"])?,
            ttl: json["ttl"].as_i64(),
        })
    }
}

impl TimeField {
    /// The time that a document has in this field, in milliseconds.
    pub(crate) fn get(&self, document: ValueRef<'_>) -> Option<i64> {
        let value = document.get(&self.name)?;
        match self.format {
            TimeFormat::Millis => value.as_i64(),
            TimeFormat::System => {
                let part = |name| value.get(name)?.as_i64();
                let millis = part("secs_since_epoch")?.checked_mul(1000)?;
                millis.checked_add(part("nanos_since_epoch")? / 1_000_000)
            }
        }
    }

    fn set<'s>(&'s self, time: Option<i64>, changes: &mut Changes<'s>) {
        let form = match (time, self.format) {
            (None, _) => written(ValueRef::Null),
            (Some(ms), TimeFormat::Millis) => written(Number::from(ms).into()),
            (Some(ms), TimeFormat::System) => {
                form::to_value(&system_time(ms)).expect("a time after the epoch has a form")
            }
        };
        changes.push((&self.name, form));
    }
}

/// The time so many milliseconds after the epoch; the epoch for what is before it.
pub(crate) fn system_time(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// Whether a field of this shape is a string.
pub(crate) fn is_text(shape: &str) -> bool {
    matches!(shape, "string" | "any")
}

/// Whether the fields of these names make an id, be they texts or not.
#[inline(never)]
fn has_parts(names: &[Box<str>], id: &[u8], document: ObjectRef<'_>) -> bool {
    if let [name] = names {
        return document.get(name).and_then(id_part).is_some_and(|part| part.as_bytes() == id);
    }
    let parts = names.iter().map(|name| id_part(document.get(name)?));
    let parts: Option<Vec<String>> = parts.collect();
    parts.is_some_and(|parts| join_id(&parts).as_bytes() == id)
}

/// One part of an id, from the value of its field.
fn id_part(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::String(text) => Some(std::str::from_utf8(text).ok()?.to_owned()),
        ValueRef::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Some(whole.to_string()),
            (None, Some(whole)) => Some(whole.to_string()),
            (None, None) => None,
        },
        ValueRef::Bool(truth) => Some(truth.to_string()),
        ValueRef::Null | ValueRef::Array(_) | ValueRef::Object(_) => None,
    }
}

/// The id that some parts make: one is itself, several stand with `:` between them, and what would
/// be taken for that is written `%3A`, `%` itself `%25`.
pub(crate) fn join_id<S: AsRef<str>>(parts: &[S]) -> String {
    if let [part] = parts {
        return part.as_ref().to_owned();
    }
    let escaped = parts.iter().map(|part| part.as_ref().replace('%', "%25").replace(':', "%3A"));
    escaped.collect::<Vec<_>>().join(":")
}

/// The parts of an id that [`join_id`] made of several.
pub(crate) fn split_id(id: &str) -> Vec<String> {
    id.split(':').map(|part| part.replace("%3A", ":").replace("%25", "%")).collect()
}

fn value(form: &[u8]) -> ValueRef<'_> {
    ValueRef::new(form).expect("a form is whole")
}

fn written(value: ValueRef<'_>) -> Form {
    form::copy(value)
}

/// A form with other values in some fields.
fn with_fields(form: &[u8], changes: &Changes<'_>) -> Result<Form> {
    let fields: Vec<_> = changes.iter().map(|(name, form)| (*name, value(form))).collect();
    update::set_fields(form, &fields).map_err(|error| bad_form(&error))
}

fn bad_form(error: &form::Error) -> Error {
    Error::document(DocumentError::Form { message: error.to_string() })
}
