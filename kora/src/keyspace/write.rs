//! The write door: the only way a key, its value or its deadline changes.
//!
//! Every change is an effect. Here it is applied, recorded for the log and accounted for,
//! in one place; what comes to hang on changes (indexes, watchers, blocked callers, change
//! feeds) hangs here.

use crate::error::{Error, Result};
use crate::keyspace::edit::Edit;
use crate::keyspace::effect::{Effect, Record};
use crate::keyspace::entry::{self, Content, NewContent};
use crate::keyspace::event::Event;
use crate::keyspace::expiry::DEADLINE_BYTES;
use crate::keyspace::{Entry, EntryRef, Key, Keyspace, Space, eviction, read};
use crate::map::{ALLOCATION_OVERHEAD, BlockRef, Position};
use crate::types::string::value::{
    FORM_INTEGER, FORM_WHOLE, INLINE_LEN_MAX as STRING_LEN_MAX, StrEffect, as_integer,
};
use crate::types::{Effect as _, Inline, Kind, Str, TypedValue, Value, with_kind};

/// Longest collection inside its key's block. An edit copies it out and back, so longer ones
/// are better off in a box.
const INLINE_LEN_MAX: usize = 1024;

/// What writing a string does to the key's deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// The key lives until it is removed.
    Never,
    /// The key's deadline stays as it is.
    Keep,
    /// The key expires at this unix millisecond.
    At(i64),
}

/// Bytes that an entry takes, its box included.
pub(crate) fn entry_bytes(block: BlockRef<'_>) -> usize {
    let boxed = match EntryRef::new(block).content() {
        Content::Inline(..) => 0,
        Content::Boxed(value) => boxed_bytes(value),
    };
    block.heap_bytes() + boxed
}

fn boxed_bytes(value: &Value) -> usize {
    size_of::<Value>() + ALLOCATION_OVERHEAD + value.heap_bytes()
}

pub(super) fn difference(after: usize, before: usize) -> isize {
    after.wrapping_sub(before) as isize
}

/// The content for a typed value: in the block when it is small and plain.
pub(super) fn with_content<T: TypedValue, R>(typed: T, f: impl FnOnce(NewContent<'_>) -> R) -> R {
    match typed.inline() {
        Some(Inline::Bytes(_, bytes)) if bytes.len() > STRING_LEN_MAX => {}
        Some(Inline::Bytes(_, bytes))
            if T::KIND != Kind::String && bytes.len() > INLINE_LEN_MAX => {}
        Some(inline) => return f(NewContent::Inline(inline)),
        None => {}
    }
    f(NewContent::Boxed(Box::new(typed.into())))
}

impl Space {
    /// Bytes of the space less its entries'.
    fn frame_bytes(&self) -> usize {
        self.map.index_bytes() + self.deadlines.len() * DEADLINE_BYTES
    }

    /// Adds an entry whose key is not there.
    pub(super) fn add(&mut self, hash: u64, entry: Entry) -> isize {
        let before = self.frame_bytes();
        let bytes = entry_bytes(entry.view().block());
        if let Some(deadline) = entry.view().deadline() {
            self.deadlines.insert(deadline, hash);
        }
        self.map.insert(hash, entry);
        difference(self.frame_bytes() + bytes, before)
    }

    /// Takes an entry out.
    fn take(&mut self, hash: u64, at: Position) -> (Entry, isize) {
        let before = self.frame_bytes();
        let entry = self.map.remove(at);
        if let Some(deadline) = entry.view().deadline() {
            self.deadlines.remove(deadline, hash);
        }
        let bytes = entry_bytes(entry.view().block());
        (entry, difference(self.frame_bytes(), before + bytes))
    }

    /// Changes an entry in place; the deadline index follows.
    fn change(
        &mut self,
        hash: u64,
        at: Position,
        change: impl FnOnce(&mut crate::map::Block),
    ) -> isize {
        let frame = self.frame_bytes();
        let mut block = self.map.get_mut(at);
        let (before, old) = (entry_bytes(block.view()), EntryRef::new(block.view()).deadline());
        change(&mut block);
        let (after, new) = (entry_bytes(block.view()), EntryRef::new(block.view()).deadline());
        drop(block);
        if old != new {
            self.deadlines.replace(old, new, hash);
        }
        difference(self.frame_bytes() + after, frame + before)
    }
}

impl Keyspace<'_> {
    pub(super) fn record(&self, key: &[u8], effect: Effect<'_>, tail: impl FnOnce(&mut Vec<u8>)) {
        self.job.record(&Record { database: self.number, key, effect }, tail);
    }

    /// Says what the next effect is called, which is to follow at once.
    #[inline]
    pub(crate) fn call(&self, event: Event) {
        self.job.call(event);
    }

    /// Says no to what needs memory when there is none to have. Memory that eviction is still
    /// bringing back can be had.
    #[inline]
    pub(crate) fn admit(&self) -> Result<()> {
        if self.job.shared.memory.is_full() { Err(Error::OutOfMemory) } else { Ok(()) }
    }

    /// Where a live key stands. One that has expired is removed on the way.
    #[inline]
    pub(super) fn position(&mut self, key: &Key<'_>) -> Option<Position> {
        let at = self.space.map.find(key.hash(), key.bytes())?;
        if self.reader().lives(EntryRef::new(self.space.map.get(at))) {
            return Some(at);
        }
        self.job.call(Event::EXPIRED);
        self.job.count_expired();
        let entry = self.remove_at(key, at);
        self.job.discard(entry);
        None
    }

    /// Removes a key whose time is over, before anything is said of what takes its place.
    pub(crate) fn remove_expired(&mut self, key: &Key<'_>) {
        self.position(key);
    }

    pub(super) fn remove_at(&mut self, key: &Key<'_>, at: Position) -> Entry {
        self.record(key.bytes(), Effect::Remove, |_| {});
        self.drop_at(key.hash(), at)
    }

    /// Takes an entry out without a record of its own.
    pub(super) fn drop_at(&mut self, hash: u64, at: Position) -> Entry {
        let (entry, grown) = self.space.take(hash, at);
        self.grow(grown);
        entry
    }

    /// Removes a key; whether it was there.
    pub(crate) fn remove(&mut self, key: &Key<'_>) -> bool {
        let Some(at) = self.position(key) else { return false };
        let entry = self.remove_at(key, at);
        self.job.discard(entry);
        true
    }

    /// Gives a key a whole value; what it held is gone. An empty value removes the key.
    pub(crate) fn store<T: TypedValue>(&mut self, key: &Key<'_>, typed: T, deadline: Option<i64>) {
        if typed.is_empty() {
            self.remove(key);
            return;
        }
        let stamp = eviction::first_stamp(self.job.shared);
        let entry = with_content(typed, |content| {
            Entry::new(key.bytes(), T::KIND, deadline, content, stamp)
        });
        self.put(key, entry);
    }

    /// Gives a key a whole value that was made of others, without a deadline; what that is called.
    pub(crate) fn store_as<T: TypedValue>(&mut self, name: &'static str, key: &Key<'_>, typed: T) {
        if !typed.is_empty() {
            self.remove_expired(key);
            self.call(Event::of(T::KIND, name));
        }
        self.store(key, typed, None);
    }

    /// Gives a key the value of an image, as [`read::write_image`] made it; `None` when the
    /// bytes are no image.
    pub(super) fn store_image(
        &mut self,
        key: &Key<'_>,
        kind: Kind,
        deadline: Option<i64>,
        image: &[u8],
    ) -> Option<()> {
        with_kind!(kind, T => self.store(key, T::from_image(image)?, deadline));
        Some(())
    }

    /// Gives a key an entry that was made for it; what it held is gone.
    pub(super) fn put(&mut self, key: &Key<'_>, entry: Entry) {
        if let Some(at) = self.position(key) {
            let old = self.drop_at(key.hash(), at);
            self.job.discard(old);
        }
        let (kind, deadline) = (entry.view().kind(), entry.view().deadline());
        if deadline.is_some() {
            self.job.deadline_set();
        }
        self.record(key.bytes(), Effect::Store { kind, deadline, image: b"" }, |body| {
            read::write_image(entry.view(), body);
        });
        let grown = self.space.add(key.hash(), entry);
        self.grow(grown);
    }

    /// Gives a key a string; what it held is gone.
    #[inline]
    pub(crate) fn store_string(&mut self, key: &Key<'_>, text: &[u8], expiry: Expiry) {
        let integer = as_integer(text);
        let is_text = integer.is_none() && expiry == Expiry::Never;
        let stamp = eviction::first_stamp(self.job.shared);
        let (at, is_written) = match self.space.map.find_in_place(key.hash(), key.bytes()) {
            None => (None, false),
            // Writing over a string of the same length: the common case, and half the work.
            Some(mut block) => {
                let is_written = is_text && entry::overwrite(&mut block, text, stamp);
                (Some(block.position()), is_written)
            }
        };
        if is_written {
            let effect = Effect::Store { kind: Kind::String, deadline: None, image: text };
            return self.record(key.bytes(), effect, |_| {});
        }
        let content = if let Some(n) = integer {
            NewContent::Inline(Inline::Word(FORM_INTEGER, n.to_le_bytes()))
        } else if text.len() <= STRING_LEN_MAX {
            NewContent::Inline(Inline::Bytes(FORM_WHOLE, text))
        } else {
            NewContent::Boxed(Box::new(Str::new(text).into()))
        };
        self.store_content(key, at, text, content, expiry);
    }

    /// Gives a key that stands at a position, or is not there, a string that is `text`.
    fn store_content(
        &mut self,
        key: &Key<'_>,
        mut at: Option<Position>,
        text: &[u8],
        content: NewContent<'_>,
        expiry: Expiry,
    ) {
        let entry = |at| EntryRef::new(self.space.map.get(at));
        if at.is_some_and(|at| !self.reader().lives(entry(at))) {
            at = self.position(key);
        }
        let deadline = match (expiry, at) {
            (Expiry::Never, _) | (Expiry::Keep, None) => None,
            (Expiry::At(deadline), _) => Some(deadline),
            (Expiry::Keep, Some(at)) => EntryRef::new(self.space.map.get(at)).deadline(),
        };
        if matches!(expiry, Expiry::At(_)) {
            self.job.deadline_set();
        }
        let effect = Effect::Store { kind: Kind::String, deadline, image: text };
        self.record(key.bytes(), effect, |_| {});
        let stamp = eviction::first_stamp(self.job.shared);
        let mut old = None;
        let grown = match at {
            Some(at) => self.space.change(key.hash(), at, |block| {
                old = entry::take_box(block);
                entry::set_content(block, Kind::String, deadline, content);
                EntryRef::new(block.view()).set_stamp(stamp);
            }),
            None => {
                let entry = Entry::new(key.bytes(), Kind::String, deadline, content, stamp);
                self.space.add(key.hash(), entry)
            }
        };
        self.job.discard_box(old);
        self.grow(grown);
    }

    /// Adds to a string that lies in the block as an integer; `None` when the key holds no
    /// such thing. The shortest way in, for INCR: a fifth of an edit's instructions.
    #[inline]
    pub(crate) fn add_to_integer(&mut self, key: &Key<'_>, by: i64) -> Result<Option<i64>> {
        self.admit()?;
        let Some(mut block) = self.space.map.find_in_place(key.hash(), key.bytes()) else {
            return Ok(None);
        };
        let entry = EntryRef::new(block.view());
        let Some(old) = entry.integer().filter(|_| read::lives(self.job, entry)) else {
            return Ok(None);
        };
        let Some(new) = old.checked_add(by) else { return Err(Error::Overflow) };
        eviction::touch(self.job.shared, entry);
        entry::set_integer(&mut block, new);
        self.record(key.bytes(), Effect::Edit { kind: Kind::String, body: b"" }, |body| {
            StrEffect::Integer(new).encode(body);
        });
        Ok(Some(new))
    }

    /// Sets or clears a key's deadline; whether the key was there.
    pub(crate) fn set_deadline(&mut self, key: &Key<'_>, deadline: Option<i64>) -> bool {
        let Some(at) = self.position(key) else { return false };
        let old = EntryRef::new(self.space.map.get(at)).deadline();
        if old == deadline {
            return true;
        }
        if deadline.is_some() {
            self.job.deadline_set();
        }
        self.record(key.bytes(), Effect::Deadline(deadline), |_| {});
        let grown = self.space.change(key.hash(), at, |block| entry::set_deadline(block, deadline));
        self.grow(grown);
        true
    }

    /// Takes out every key; the caller drops them outside the lease, and records the effect
    /// once for all stripes with [`Stripe::record`](crate::keyspace::Stripe::record).
    pub(crate) fn clear(&mut self) -> Space {
        let space = std::mem::take(self.space);
        self.job.grow(difference(0, space.bytes));
        space
    }

    /// Opens a value to change, when the key is there.
    pub(crate) fn edit<'k, T: TypedValue>(
        &'k mut self,
        key: &Key<'k>,
    ) -> Result<Option<Edit<'k, T>>> {
        match self.position(key) {
            None => Ok(None),
            Some(at) => Edit::open(self.reborrow(), key, at).map(Some),
        }
    }

    /// Opens a value to change or to begin; refused when memory is at its limit.
    pub(crate) fn edit_or_new<'k, T: TypedValue>(
        &'k mut self,
        key: &Key<'k>,
    ) -> Result<Edit<'k, T>> {
        self.admit()?;
        self.open_or_new(key)
    }

    pub(super) fn open_or_new<'k, T: TypedValue>(
        &'k mut self,
        key: &Key<'k>,
    ) -> Result<Edit<'k, T>> {
        match self.position(key) {
            Some(at) => Edit::open(self.reborrow(), key, at),
            None => Ok(Edit::begin(self.reborrow(), key)),
        }
    }

    fn reborrow(&mut self) -> Keyspace<'_> {
        Keyspace { space: self.space, number: self.number, job: self.job }
    }
}
