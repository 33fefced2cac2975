//! Everything in a directory as text: a line of JSON for each key, collection and document.
//!
//! ```text
//! {"database":0,"key":"board","type":"zset","expires_at":null,"value":[["ann",10],["bob",12.5]]}
//! {"collection":"people","indexes":[{"name":"age","kind":"sorted","paths":["age"],"condition":null}]}
//! {"collection":"people","id":"ann","expires_at":null,"document":{"name":"Ann","age":30}}
//! ```
//!
//! Keys come first, by database and key, fields and members in the order of their bytes; then each
//! collection by name, with its documents by id. So two dumps are equal when the data are. A key or
//! document is there until a record removes it, so one that has expired is shown with its time.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use crate::document::collection::definition::IndexDefinition;
use crate::document::collection::partition::Document;
use crate::document::form::write_json;
use crate::document::ops::bad_form;
use crate::engine::collections::Listed;
use crate::engine::recovery::state::State;
use crate::error::Result;
use crate::inspect::disk;
use crate::inspect::json::{write_bytes, write_text};
use crate::keyspace::{EntryRef, read};
use crate::storage::Directory;
use crate::storage::failure::At;
use crate::storage::fs::Fs;
use crate::text::double::write_f64;
use crate::types::packed::Element;
use crate::types::{Hash, Kind, List, Set, Str, Zset};

/// Bytes collected before they are written.
const BUFFER_BYTES: usize = 64 << 10;

/// Writes a line of JSON for each key, collection and document of a directory; how many lines.
///
/// The fields of a key are `database`, `key`, `type` (as TYPE names it), `expires_at` (unix milliseconds or
/// null) and `value`: a string; for a list or a set an array; for a hash an array of pairs
/// `[field, value]`; for a sorted set an array of pairs `[member, score]`, in its order, where an
/// infinite score is `"inf"` or `"-inf"`. Bytes that are no UTF-8 are `{"base64": ".."}`.
///
/// A collection has `collection`, its name, and `indexes`, by name: each `name`, `kind`, `paths`,
/// and `condition` (null for all documents); and `schema`, if a typed repository declared one. A
/// document has `collection`, `id`, `expires_at` and `document`, whose fields have the order in
/// which they are stored.
///
/// # Errors
/// As opening the directory would fail; [`Error::Io`](crate::Error::Io) when `out` does not take the lines.
pub fn dump(dir: impl AsRef<Path>, out: &mut dyn Write) -> Result<u64> {
    dump_on(disk(), dir.as_ref(), out)
}

pub(super) fn dump_on(fs: Arc<dyn Fs>, dir: &Path, out: &mut dyn Write) -> Result<u64> {
    let directory = Directory::open_read(fs, dir)?;
    let (state, _) = State::read(&directory, directory.generations().first().copied())?;
    let mut lines = Lines { out, buffer: Vec::new(), count: 0 };
    state.sorted(|number, entry| lines.add(|line| write_key(line, number, entry)))?;
    state.collections(|collection| {
        lines.add(|line| {
            write_collection(line, collection);
            Ok(())
        })?;
        let mut documents = collection.documents.iter();
        documents.try_for_each(|document| {
            lines.add(|line| write_document(line, collection.name, document))
        })
    })?;
    lines.finish()
}

/// Lines that are collected and written.
struct Lines<'o> {
    out: &'o mut dyn Write,
    buffer: Vec<u8>,
    count: u64,
}

impl Lines<'_> {
    fn add(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        write(&mut self.buffer)?;
        self.buffer.push(b'\n');
        self.count += 1;
        if self.buffer.len() >= BUFFER_BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<()> {
        let written = self.out.write_all(&self.buffer).at("write", Path::new("the dump"));
        self.buffer.clear();
        written
    }

    fn finish(mut self) -> Result<u64> {
        self.write()?;
        self.out.flush().at("write", Path::new("the dump"))?;
        Ok(self.count)
    }
}

fn write_key(out: &mut Vec<u8>, number: u8, entry: EntryRef<'_>) -> Result<()> {
    out.extend_from_slice(format!("{{\"database\":{number},\"key\":").as_bytes());
    write_bytes(out, entry.key());
    out.extend_from_slice(b",\"type\":");
    write_text(out, entry.kind().name());
    write_deadline(out, entry.deadline());
    out.extend_from_slice(b",\"value\":");
    write_value(out, entry)?;
    out.push(b'}');
    Ok(())
}

fn write_deadline(out: &mut Vec<u8>, deadline: Option<i64>) {
    out.extend_from_slice(b",\"expires_at\":");
    match deadline {
        None => out.extend_from_slice(b"null"),
        Some(at) => out.extend_from_slice(at.to_string().as_bytes()),
    }
}

fn write_collection(out: &mut Vec<u8>, collection: &Listed<'_>) {
    out.extend_from_slice(b"{\"collection\":");
    write_text(out, collection.name);
    out.extend_from_slice(b",\"indexes\":");
    let mut indexes: Vec<_> = collection.indexes.iter().collect();
    indexes.sort_unstable_by_key(|index| &index.name);
    write_array(out, indexes, write_index);
    if let Some(schema) = collection.schema {
        out.extend_from_slice(b",\"schema\":");
        schema.encode(out);
    }
    out.push(b'}');
}

fn write_index(out: &mut Vec<u8>, index: &IndexDefinition) {
    out.extend_from_slice(b"{\"name\":");
    write_text(out, &index.name);
    out.extend_from_slice(b",\"kind\":");
    write_text(out, index.kind.word());
    out.extend_from_slice(b",\"paths\":");
    write_array(out, &index.paths, |out, path| write_text(out, &path.to_string()));
    out.extend_from_slice(b",\"condition\":");
    if index.is_whole() {
        out.extend_from_slice(b"null");
    } else {
        write_text(out, &index.condition.to_string());
    }
    out.push(b'}');
}

fn write_document(out: &mut Vec<u8>, collection: &str, document: &Document) -> Result<()> {
    out.extend_from_slice(b"{\"collection\":");
    write_text(out, collection);
    out.extend_from_slice(b",\"id\":");
    write_bytes(out, document.id());
    write_deadline(out, document.deadline());
    out.extend_from_slice(b",\"document\":");
    write_json(document.value(), out).map_err(|error| bad_form(&error))?;
    out.push(b'}');
    Ok(())
}

fn write_value(out: &mut Vec<u8>, entry: EntryRef<'_>) -> Result<()> {
    match entry.kind() {
        Kind::String => read::view::<Str>(entry)?.with(|text| write_bytes(out, text)),
        Kind::List => {
            let list = read::view::<List>(entry)?;
            write_array(out, list.range(0, usize::MAX), write_element);
        }
        Kind::Set => {
            let mut members = Vec::new();
            read::view::<Set>(entry)?.each(|member| members.push(member));
            members.sort_unstable();
            write_array(out, members, write_element);
        }
        Kind::Zset => {
            write_array(out, read::view::<Zset>(entry)?.all(), |out, (member, score)| {
                write_pair(out, member, |out| write_score(out, score));
            });
        }
        Kind::Hash => {
            let mut pairs = Vec::new();
            read::view::<Hash>(entry)?.each(|pair| pairs.push(pair));
            pairs.sort_unstable();
            write_array(out, pairs, |out, (field, value)| {
                write_pair(out, field, |out| write_element(out, value));
            });
        }
    }
    Ok(())
}

fn write_array<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

fn write_pair(out: &mut Vec<u8>, name: Element<'_>, value: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'[');
    write_element(out, name);
    out.push(b',');
    value(out);
    out.push(b']');
}

fn write_element(out: &mut Vec<u8>, element: Element<'_>) {
    element.with_bytes(|text| write_bytes(out, text));
}

/// A score as ZSCORE prints it, which is JSON unless it is infinite.
fn write_score(out: &mut Vec<u8>, score: f64) {
    let mut text = Vec::new();
    write_f64(&mut text, score);
    if score.is_finite() { out.extend_from_slice(&text) } else { write_bytes(out, &text) }
}
