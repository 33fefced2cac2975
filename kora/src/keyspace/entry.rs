//! An entry: a key's block, read as value, deadline and access stamp.
//!
//! ```text
//! tag word   bits 0..3 kind, bit 3 has a deadline, bits 4..8 form, bits 8..32 stamp
//! payload    [deadline, i64 unix ms, when bit 3 is set], then
//!            form < 15: the value's inline bytes; form 15: the address of a boxed `Value`
//! ```
//!
//! Invariant: a payload of form 15 holds an address from `Box::into_raw`, owned by this
//! entry alone, or zero while an `Edit` has the box out.
#![expect(unsafe_code, reason = "an entry owns a boxed value through eight bytes of its block")]

use std::mem::ManuallyDrop;
use std::ptr;

use crate::map::{Block, BlockInPlace, BlockRef};
use crate::types::string::value::{FORM_INTEGER, FORM_WHOLE};
use crate::types::{Inline, Kind, Value};

const KIND_MASK: u32 = 0b111;
const DEADLINE_BIT: u32 = 1 << 3;
const FORM_SHIFT: u32 = 4;
const FORM_MASK: u32 = 0b1111 << FORM_SHIFT;
const FORM_BOXED: u8 = 15;
const STAMP_SHIFT: u32 = 8;
const DEADLINE_LEN: usize = 8;
/// Kind and form of a string that lies in the block as an integer.
const INTEGER_STRING: u32 = Kind::String as u32 | (FORM_INTEGER as u32) << FORM_SHIFT;
/// Kind and form of a string that lies in the block as it is.
const WHOLE_STRING: u32 = Kind::String as u32 | (FORM_WHOLE as u32) << FORM_SHIFT;

/// A key with its value; owns both.
#[derive(Debug)]
pub(crate) struct Entry(ManuallyDrop<Block>);

/// An entry, seen from where its keyspace is borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EntryRef<'a>(BlockRef<'a>);

/// Where an entry's value lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content<'a> {
    /// In the block: the form and the bytes.
    Inline(u8, &'a [u8]),
    /// In a box.
    Boxed(&'a Value),
}

/// A value on its way into an entry.
#[derive(Debug)]
pub(crate) enum NewContent<'a> {
    /// To lie in the block.
    Inline(Inline<'a>),
    /// To lie in its box.
    Boxed(Box<Value>),
}

fn tag(kind: Kind, form: u8, deadline: Option<i64>, stamp: u32) -> u32 {
    let expires = if deadline.is_some() { DEADLINE_BIT } else { 0 };
    kind as u32 | expires | u32::from(form) << FORM_SHIFT | stamp << STAMP_SHIFT
}

/// Calls `f` with the form and the payload's parts for a deadline and a content.
#[inline]
fn with_payload<R>(
    deadline: Option<i64>,
    content: NewContent<'_>,
    f: impl FnOnce(u8, &[&[u8]]) -> R,
) -> R {
    let time = deadline.unwrap_or(0).to_le_bytes();
    let time = if deadline.is_some() { &time[..] } else { &[] };
    match content {
        NewContent::Inline(Inline::Bytes(form, bytes)) => f(form, &[time, bytes]),
        NewContent::Inline(Inline::Word(form, word)) => f(form, &[time, &word]),
        NewContent::Boxed(value) => {
            let address = Box::into_raw(value).expose_provenance() as u64;
            f(FORM_BOXED, &[time, &address.to_le_bytes()])
        }
    }
}

impl Entry {
    /// An entry with its own block.
    pub(crate) fn new(
        key: &[u8],
        kind: Kind,
        deadline: Option<i64>,
        content: NewContent<'_>,
        stamp: u32,
    ) -> Entry {
        with_payload(deadline, content, |form, payload| {
            let block = Block::new(tag(kind, form, deadline, stamp), key, payload);
            Entry(ManuallyDrop::new(block))
        })
    }

    /// Reads the entry.
    pub(crate) fn view(&self) -> EntryRef<'_> {
        EntryRef(self.0.view())
    }

    /// Takes the boxed value out, if there is one. The entry is good for nothing after that but
    /// to be dropped.
    pub(crate) fn take_box(&mut self) -> Option<Box<Value>> {
        take_box(&mut self.0)
    }
}

impl From<Block> for Entry {
    fn from(block: Block) -> Entry {
        Entry(ManuallyDrop::new(block))
    }
}

impl From<Entry> for Block {
    fn from(entry: Entry) -> Block {
        let mut entry = ManuallyDrop::new(entry);
        // SAFETY: `entry` is not dropped, so the block is taken once.
        unsafe { ManuallyDrop::take(&mut entry.0) }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        drop(take_box(&mut self.0));
        // SAFETY: dropped once, here.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}

/// Replaces kind, value and deadline; the box that was there is dropped.
pub(crate) fn set_content(
    block: &mut Block,
    kind: Kind,
    deadline: Option<i64>,
    content: NewContent<'_>,
) {
    drop(take_box(block));
    let stamp = block.tag() >> STAMP_SHIFT;
    with_payload(deadline, content, |form, payload| {
        block.set_payload(payload);
        block.set_tag(tag(kind, form, deadline, stamp));
    });
}

/// Writes `text` over a string of its length that lies in the block and has no deadline;
/// whether it did.
#[inline(always)]
pub(crate) fn overwrite(block: &mut BlockInPlace<'_>, text: &[u8], stamp: u32) -> bool {
    let tag = block.view().tag();
    if tag & (KIND_MASK | DEADLINE_BIT | FORM_MASK) != WHOLE_STRING {
        return false;
    }
    let payload = block.payload_mut();
    if payload.len() != text.len() {
        return false;
    }
    payload.copy_from_slice(text);
    block.set_tag(tag & !(u32::MAX << STAMP_SHIFT) | stamp << STAMP_SHIFT);
    true
}

/// Replaces the integer of a string that lies in the block as one.
#[inline]
pub(crate) fn set_integer(block: &mut BlockInPlace<'_>, n: i64) {
    let payload = block.payload_mut();
    let at = payload.len() - size_of::<i64>();
    payload[at..].copy_from_slice(&n.to_le_bytes());
}

/// Sets or clears the deadline; the value stays.
pub(crate) fn set_deadline(block: &mut Block, deadline: Option<i64>) {
    let had = block.tag() & DEADLINE_BIT != 0;
    let time = deadline.unwrap_or(0).to_le_bytes();
    let time = if deadline.is_some() { &time[..] } else { &[] };
    block.splice_payload(0, if had { DEADLINE_LEN } else { 0 }, time);
    let bit = if deadline.is_some() { DEADLINE_BIT } else { 0 };
    block.set_tag(block.tag() & !DEADLINE_BIT | bit);
}

/// Takes the boxed value out and leaves zero in its place; `None` when there is no box.
pub(crate) fn take_box(block: &mut Block) -> Option<Box<Value>> {
    let address = EntryRef(block.view()).boxed_address()?;
    let payload = block.payload_mut();
    let at = payload.len() - size_of::<u64>();
    payload[at..].fill(0);
    // SAFETY: the address came from `Box::into_raw`; zeroing it in the payload made the
    // returned box its one owner.
    Some(unsafe { Box::from_raw(ptr::with_exposed_provenance_mut(address)) })
}

/// Puts a box back whose place [`take_box`] left.
pub(crate) fn put_box(block: &mut Block, value: Box<Value>) {
    let payload = block.payload_mut();
    let at = payload.len() - size_of::<u64>();
    let address = Box::into_raw(value).expose_provenance() as u64;
    payload[at..].copy_from_slice(&address.to_le_bytes());
}

impl<'a> EntryRef<'a> {
    /// Reads a keyspace's block as an entry.
    #[inline]
    pub(crate) fn new(block: BlockRef<'a>) -> EntryRef<'a> {
        EntryRef(block)
    }

    /// The block behind the entry.
    pub(crate) fn block(self) -> BlockRef<'a> {
        self.0
    }

    /// The key.
    #[inline]
    pub(crate) fn key(self) -> &'a [u8] {
        self.0.key()
    }

    /// The value's type.
    #[inline(always)]
    pub(crate) fn kind(self) -> Kind {
        let number = (self.0.tag() & KIND_MASK) as u8;
        Kind::from_number(number).expect("entries are made with a kind")
    }

    /// The form of an inline value, or [`FORM_BOXED`].
    #[inline(always)]
    fn form(self) -> u8 {
        ((self.0.tag() & FORM_MASK) >> FORM_SHIFT) as u8
    }

    /// When the key expires, in unix milliseconds.
    #[inline(always)]
    pub(crate) fn deadline(self) -> Option<i64> {
        if self.0.tag() & DEADLINE_BIT == 0 {
            return None;
        }
        let time = self.0.payload().first_chunk().expect("the bit says that it is there");
        Some(i64::from_le_bytes(*time))
    }

    #[inline(always)]
    fn content_bytes(self) -> &'a [u8] {
        let skip = if self.0.tag() & DEADLINE_BIT == 0 { 0 } else { DEADLINE_LEN };
        &self.0.payload()[skip..]
    }

    fn boxed_address(self) -> Option<usize> {
        if self.form() != FORM_BOXED {
            return None;
        }
        let address = self.content_bytes().first_chunk().expect("a boxed form has an address");
        usize::try_from(u64::from_le_bytes(*address)).ok().filter(|address| *address != 0)
    }

    /// The integer of a string that lies in the block as one; `None` for anything else.
    #[inline(always)]
    pub(crate) fn integer(self) -> Option<i64> {
        if self.0.tag() & (KIND_MASK | FORM_MASK) != INTEGER_STRING {
            return None;
        }
        self.content_bytes().first_chunk().map(|word| i64::from_le_bytes(*word))
    }

    /// The bytes of a string that lies in the block as it is, and its deadline; `None` for anything
    /// else.
    #[inline(always)]
    pub(crate) fn plain_string(self) -> Option<(&'a [u8], Option<i64>)> {
        let tag = self.0.tag() & (KIND_MASK | DEADLINE_BIT | FORM_MASK);
        let payload = self.0.payload();
        if tag == WHOLE_STRING {
            return Some((payload, None));
        }
        if tag != WHOLE_STRING | DEADLINE_BIT {
            return None;
        }
        let (time, text) = payload.split_first_chunk()?;
        Some((text, Some(i64::from_le_bytes(*time))))
    }

    /// The value.
    #[inline(always)]
    pub(crate) fn content(self) -> Content<'a> {
        if self.form() != FORM_BOXED {
            return Content::Inline(self.form(), self.content_bytes());
        }
        let address = self.boxed_address().expect("the box is out only while an edit lives");
        // SAFETY: the address came from `Box::into_raw`; the entry owns the value and is
        // borrowed for 'a.
        Content::Boxed(unsafe { &*ptr::with_exposed_provenance::<Value>(address) })
    }

    /// 24 bits about when or how often the key is used.
    #[inline(always)]
    pub(crate) fn stamp(self) -> u32 {
        self.0.tag() >> STAMP_SHIFT
    }

    /// Sets the access stamp; writes only when it differs, to leave clean lines clean.
    #[inline(always)]
    pub(crate) fn set_stamp(self, stamp: u32) {
        let tag = self.0.tag();
        if tag >> STAMP_SHIFT != stamp {
            self.0.set_tag(tag & !(u32::MAX << STAMP_SHIFT) | stamp << STAMP_SHIFT);
        }
    }
}
