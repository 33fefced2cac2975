//! Everything in a directory as text: a line of JSON for each key.
//!
//! ```text
//! {"database":0,"key":"board","type":"zset","expires_at":null,"value":[["ann",10],["bob",12.5]]}
//! ```
//!
//! Lines are in the order of database and key, fields and members in that of their bytes, so that
//! two dumps are equal when the data are. A key is there until a record removes it, so one that
//! has expired is shown with its time.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

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

/// Writes a line of JSON for each key of a directory; how many there were.
///
/// The fields are `database`, `key`, `type` (as TYPE names it), `expires_at` (unix milliseconds or
/// null) and `value`: a string; for a list or a set an array; for a hash an array of pairs
/// `[field, value]`; for a sorted set an array of pairs `[member, score]`, in its order, where an
/// infinite score is `"inf"` or `"-inf"`. Bytes that are no UTF-8 are `{"base64": ".."}`.
///
/// # Errors
/// As opening the directory would fail; [`Error::Io`](crate::Error::Io) when `out` does not take the lines.
pub fn dump(dir: impl AsRef<Path>, out: &mut dyn Write) -> Result<u64> {
    dump_on(disk(), dir.as_ref(), out)
}

pub(super) fn dump_on(fs: Arc<dyn Fs>, dir: &Path, out: &mut dyn Write) -> Result<u64> {
    let directory = Directory::open_read(fs, dir)?;
    let (state, _) = State::read(&directory, directory.generations().first().copied())?;
    let (mut lines, mut count) = (Vec::new(), 0);
    let mut flush = |lines: &mut Vec<u8>| {
        let written = out.write_all(lines).at("write", Path::new("the dump"));
        lines.clear();
        written
    };
    state.sorted(|number, entry| {
        write_line(&mut lines, number, entry)?;
        count += 1;
        if lines.len() >= BUFFER_BYTES { flush(&mut lines) } else { Ok(()) }
    })?;
    flush(&mut lines)?;
    out.flush().at("write", Path::new("the dump"))?;
    Ok(count)
}

fn write_line(out: &mut Vec<u8>, number: u8, entry: EntryRef<'_>) -> Result<()> {
    out.extend_from_slice(format!("{{\"database\":{number},\"key\":").as_bytes());
    write_bytes(out, entry.key());
    out.extend_from_slice(b",\"type\":");
    write_text(out, entry.kind().name());
    out.extend_from_slice(b",\"expires_at\":");
    match entry.deadline() {
        None => out.extend_from_slice(b"null"),
        Some(at) => out.extend_from_slice(at.to_string().as_bytes()),
    }
    out.extend_from_slice(b",\"value\":");
    write_value(out, entry)?;
    out.extend_from_slice(b"}\n");
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
