//! Values into bytes, in one pass and in canonical form. The twin of `read.rs`.
//!
//! A [`Writer`] only appends; an array or object is [opened](Writer::open), filled and closed, and
//! its length is then put into the four bytes kept for it. The limits of depth and size are checked
//! before anything is written.

use std::cell::Cell;

use super::error::{Problem, Result};
use super::layout::{
    ARRAY, FALSE, FLOAT_4, FLOAT_8, HEAD_BYTES, INTEGER, LINEAR_MAX, LONG_KEY, NULL, OBJECT, SHORT,
    SHORT_MAX, SMALL, SMALL_MAX, STRING, TRUE, UNSIGNED, fingerprint, integer_width, width,
};
use super::number::Number;
use super::read::split_key;
use super::value::ValueRef;
use super::{DEPTH_MAX, Form, SIZE_MAX};

/// Writes one value. After an error it is of no use.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    /// The fields of all open objects, those of the innermost last.
    fields: Vec<Field>,
    depth: usize,
    /// Something was begun and not written: what is here is no form.
    is_broken: bool,
}

/// A field of an open object: the fingerprint of its key in the highest byte, and below it the
/// field's offset in the object's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Field(u32);

impl Field {
    fn new(fingerprint: u8, offset: usize) -> Self {
        let offset = u32::try_from(offset).expect("there was room for the bytes up to here");
        Field(u32::from(fingerprint) << 24 | offset)
    }

    fn fingerprint(self) -> u8 {
        let [.., fingerprint] = self.0.to_le_bytes();
        fingerprint
    }

    fn offset(self) -> usize {
        (self.0 & 0x00FF_FFFF) as usize
    }
}

/// An array or object that is being filled.
#[derive(Debug)]
#[must_use = "it must be closed"]
pub(super) struct Open {
    /// Where its head is.
    at: usize,
    /// Where its fields begin in [`Writer::fields`].
    fields: usize,
}

thread_local! {
    /// The writer of this thread while it writes nothing: its buffers are grown already.
    static SPARE: Cell<Writer> = const { Cell::new(Writer::new()) };
}

/// A writer that has grown beyond this, 64 KiB, is not kept.
const SPARE_BYTES_MAX: usize = 1 << 16;

/// The form that `write` writes.
pub(super) fn form(write: impl FnOnce(&mut Writer) -> Result<()>) -> Result<Form> {
    // Whoever writes within `write`, or while the thread ends, finds an empty place.
    let mut writer = SPARE.try_with(Cell::take).unwrap_or_default();
    let written = match write(&mut writer) {
        Ok(()) if writer.is_broken => Err(Problem::Incomplete.into()),
        written => written,
    };
    let form = written.map(|()| writer.bytes.as_slice().into());
    if writer.bytes.capacity() <= SPARE_BYTES_MAX {
        writer.clear();
        // Without a place it is dropped.
        SPARE.try_with(|spare| spare.set(writer)).unwrap_or_default();
    }
    form
}

impl Writer {
    /// Nothing is written, and nothing allocated.
    const fn new() -> Self {
        Writer { bytes: Vec::new(), fields: Vec::new(), depth: 0, is_broken: false }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.fields.clear();
        self.depth = 0;
        self.is_broken = false;
    }

    /// Remembers that writing failed, for those who do not pass the error on.
    #[cold]
    pub(super) fn set_broken(&mut self) {
        self.is_broken = true;
    }

    /// How many bytes are written.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The key that was written at this place, for an error to name it.
    pub(super) fn key_at(&self, at: usize) -> &str {
        let key = self.bytes.get(at..).and_then(split_key);
        key.and_then(|(key, _)| std::str::from_utf8(key).ok()).unwrap_or_default()
    }

    pub(super) fn null(&mut self) -> Result<()> {
        self.byte(NULL)
    }

    pub(super) fn bool(&mut self, value: bool) -> Result<()> {
        self.byte(if value { TRUE } else { FALSE })
    }

    #[inline]
    pub(super) fn number(&mut self, number: Number) -> Result<()> {
        match number {
            Number::Signed(integer) => self.integer(integer),
            Number::Unsigned(integer) => self.headed(UNSIGNED, &integer.to_le_bytes()),
            Number::Float(float) => self.float(float),
        }
    }

    #[inline]
    fn integer(&mut self, integer: i64) -> Result<()> {
        match u8::try_from(integer) {
            Ok(small @ 0..=SMALL_MAX) => self.byte(SMALL + small),
            Ok(_) | Err(_) => {
                let bytes = integer_width(integer);
                let head = INTEGER + bytes - 1;
                self.headed(head, &integer.to_le_bytes()[..bytes.into()])
            }
        }
    }

    #[inline]
    fn float(&mut self, float: f64) -> Result<()> {
        #[expect(clippy::cast_possible_truncation, reason = "taken if nothing is lost")]
        let short = float as f32;
        if f64::from(short).to_bits() == float.to_bits() {
            self.headed(FLOAT_4, &short.to_le_bytes())
        } else if float.is_finite() {
            self.headed(FLOAT_8, &float.to_le_bytes())
        } else {
            Err(Problem::NotFinite.into())
        }
    }

    #[inline]
    pub(super) fn string(&mut self, text: &str) -> Result<()> {
        self.text(text.as_bytes())
    }

    #[inline]
    fn text(&mut self, text: &[u8]) -> Result<()> {
        match u8::try_from(text.len()) {
            Ok(length @ 0..=SHORT_MAX) => self.headed(SHORT | length, text),
            Ok(_) | Err(_) => self.long(STRING, text),
        }
    }

    /// Copies a value that stands in a form at this depth or deeper.
    pub(super) fn copy(&mut self, value: ValueRef<'_>) -> Result<()> {
        match value {
            ValueRef::Null => self.null(),
            ValueRef::Bool(value) => self.bool(value),
            ValueRef::Number(number) => self.number(number),
            ValueRef::String(text) => self.text(text),
            ValueRef::Array(array) => self.long(ARRAY, array.body),
            ValueRef::Object(object) => self.long(OBJECT, object.body),
        }
    }

    /// Copies a value that comes from elsewhere and may nest too deep for this place.
    pub(super) fn insert(&mut self, value: ValueRef<'_>) -> Result<()> {
        if !value.nests_within(DEPTH_MAX - self.depth) {
            return Err(Problem::TooDeep.into());
        }
        self.copy(value)
    }

    /// Opens an array or an object; which one, closing tells.
    #[inline]
    pub(super) fn open(&mut self) -> Result<Open> {
        if self.depth == DEPTH_MAX {
            return Err(Problem::TooDeep.into());
        }
        self.room(HEAD_BYTES)?;
        self.depth += 1;
        let open = Open { at: self.bytes.len(), fields: self.fields.len() };
        self.bytes.extend_from_slice(&[0; HEAD_BYTES]);
        Ok(open)
    }

    /// Whether nothing is written in it yet.
    #[inline]
    pub(super) fn is_fresh(&self, open: &Open) -> bool {
        self.bytes.len() == open.at + HEAD_BYTES
    }

    /// Takes back the opening of an array or object that is [fresh](Writer::is_fresh).
    pub(super) fn withdraw(&mut self, open: &Open) {
        self.bytes.truncate(open.at);
        self.depth -= 1;
    }

    /// The key of the field whose value is written next. The object is the innermost open one.
    #[inline]
    pub(super) fn key(&mut self, open: &Open, key: &str) -> Result<()> {
        self.raw_key(open, key.as_bytes())
    }

    /// [`Writer::key`] for a key out of a form.
    #[inline]
    pub(super) fn raw_key(&mut self, open: &Open, key: &[u8]) -> Result<()> {
        let offset = self.bytes.len() - open.at - HEAD_BYTES;
        self.fields.push(Field::new(fingerprint(key), offset));
        match u8::try_from(key.len()) {
            Ok(length) if length != LONG_KEY => self.headed(length, key),
            Ok(_) | Err(_) => self.long(LONG_KEY, key),
        }
    }

    /// Ends an array of so many elements.
    #[inline]
    pub(super) fn close_array(&mut self, open: &Open, count: usize) -> Result<()> {
        let width = self.tail_width(open, |width| width);
        self.room(width)?;
        self.push_number(count, width);
        self.close(ARRAY, open);
        Ok(())
    }

    /// Ends an object.
    pub(super) fn close_object(&mut self, open: &Open) -> Result<()> {
        self.sort_fields(open)?;
        let count = self.fields.len() - open.fields;
        let index_bytes = |width| if count > LINEAR_MAX { count * (1 + width) } else { 0 };
        let width = self.tail_width(open, |width| index_bytes(width) + width);
        self.room(index_bytes(width) + width)?;
        if count > LINEAR_MAX {
            self.push_index(open, width);
        }
        self.push_number(count, width);
        self.fields.truncate(open.fields);
        self.close(OBJECT, open);
        Ok(())
    }

    /// Sorts the fields of the innermost object as its index wants them; an error when two have the
    /// same key.
    fn sort_fields(&mut self, open: &Open) -> Result<()> {
        let fields_at = open.at + HEAD_BYTES;
        let (body, fields) = (&self.bytes[fields_at..], &mut self.fields[open.fields..]);
        // Keys matter only where fingerprints meet.
        fields.sort_unstable();
        for run in fields.chunk_by_mut(|a, b| a.fingerprint() == b.fingerprint()) {
            if run.len() > 1 {
                run.sort_unstable_by_key(|field| key_of(body, *field));
                let twins =
                    run.windows(2).find(|pair| key_of(body, pair[0]) == key_of(body, pair[1]));
                if let Some([field, _]) = twins {
                    let name = String::from_utf8_lossy(key_of(body, *field));
                    return Err(Problem::Twins(name.into()).into());
                }
            }
        }
        Ok(())
    }

    fn push_index(&mut self, open: &Open, width: usize) {
        let fields = open.fields..self.fields.len();
        self.bytes.extend(self.fields[fields.clone()].iter().map(|field| field.fingerprint()));
        for place in fields {
            self.push_number(self.fields[place].offset(), width);
        }
    }

    /// The width of counts and offsets in a body that ends with a tail of `bytes_of(width)`.
    #[inline]
    fn tail_width(&self, open: &Open, bytes_of: impl Fn(usize) -> usize) -> usize {
        let body_bytes = self.bytes.len() - open.at - HEAD_BYTES;
        // The tail makes the body longer, and may so make itself wider.
        (1..3).find(|tried| width(body_bytes + bytes_of(*tried)) == *tried).unwrap_or(3)
    }

    #[inline]
    fn close(&mut self, head: u8, open: &Open) {
        let body_bytes = self.bytes.len() - open.at - HEAD_BYTES;
        self.bytes[open.at..][..HEAD_BYTES].copy_from_slice(&long_head(head, body_bytes));
        self.depth -= 1;
    }

    #[inline]
    fn byte(&mut self, head: u8) -> Result<()> {
        self.room(1)?;
        self.bytes.push(head);
        Ok(())
    }

    /// A head and what it announces.
    #[inline]
    fn headed(&mut self, head: u8, bytes: &[u8]) -> Result<()> {
        self.room(1 + bytes.len())?;
        self.bytes.push(head);
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// A head, a length of three bytes, and so many bytes.
    fn long(&mut self, head: u8, bytes: &[u8]) -> Result<()> {
        self.room(HEAD_BYTES + bytes.len())?;
        self.bytes.extend_from_slice(&long_head(head, bytes.len()));
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    #[inline]
    fn push_number(&mut self, number: usize, width: usize) {
        self.bytes.extend_from_slice(&(number as u64).to_le_bytes()[..width]);
    }

    /// Whether there is room for so many bytes more.
    #[inline]
    fn room(&self, bytes: usize) -> Result<()> {
        if bytes > SIZE_MAX - self.bytes.len() { Err(Problem::TooLarge.into()) } else { Ok(()) }
    }
}

const WRITTEN: &str = "these bytes were written here";

fn key_of(body: &[u8], field: Field) -> &[u8] {
    split_key(&body[field.offset()..]).expect(WRITTEN).0
}

/// The length is below 2^24: there was room for what it counts.
#[inline]
fn long_head(head: u8, length: usize) -> [u8; HEAD_BYTES] {
    let [a, b, c, ..] = (length as u64).to_le_bytes();
    [head, a, b, c]
}
