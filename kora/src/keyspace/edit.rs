//! A value, opened to change: the part of the write door that collections go through.
//!
//! A small value is copied out of its block and put back; a boxed one is taken with its box. While
//! it is out, its one mutator changes it and records the change.

use std::ops::Deref;

use crate::error::{Error, Result};
use crate::keyspace::effect::Effect;
use crate::keyspace::entry::{self, Content};
use crate::keyspace::event::Event;
use crate::keyspace::write::{difference, entry_bytes, with_content};
use crate::keyspace::{Entry, EntryRef, Key, Keyspace, eviction};
use crate::map::Position;
use crate::types::{Change, Effect as _, TypedValue, Value};

#[derive(Debug)]
enum Held<T> {
    /// Copied out of the block, or new.
    Out(T),
    /// The value's own box.
    Boxed(Box<Value>),
}

/// A value, opened to change. Reads through `Deref`; changes by [`Edit::apply`] only. When it
/// is dropped the value goes back, or its key goes when nothing is left in it.
#[derive(Debug)]
pub(crate) struct Edit<'k, T: TypedValue> {
    keyspace: Keyspace<'k>,
    key: Key<'k>,
    at: Option<Position>,
    held: Held<T>,
    /// Bytes of the entry, its box included, before the edit.
    before: usize,
    changed: bool,
}

impl<'k, T: TypedValue> Edit<'k, T> {
    /// Opens the value of a key that stands at a position.
    pub(super) fn open(keyspace: Keyspace<'k>, key: &Key<'k>, at: Position) -> Result<Edit<'k, T>> {
        let block = keyspace.space.map.get(at);
        let entry = EntryRef::new(block);
        if entry.kind() != T::KIND {
            return Err(Error::WrongType);
        }
        eviction::touch(keyspace.job.shared, entry);
        let before = entry_bytes(block);
        let held = match entry.content() {
            Content::Inline(form, bytes) => Held::Out(T::from_inline(form, bytes)),
            Content::Boxed(_) => {
                let mut block = keyspace.space.map.get_mut(at);
                Held::Boxed(entry::take_box(&mut block).expect("the content is boxed"))
            }
        };
        Ok(Edit { keyspace, key: *key, at: Some(at), held, before, changed: false })
    }

    /// Begins a value for a key that is not there.
    pub(super) fn begin(keyspace: Keyspace<'k>, key: &Key<'k>) -> Edit<'k, T> {
        let held = Held::Out(T::default());
        Edit { keyspace, key: *key, at: None, held, before: 0, changed: false }
    }

    /// Whether the key is new.
    pub(crate) fn is_new(&self) -> bool {
        self.at.is_none()
    }

    /// Changes the value and records the change.
    pub(crate) fn apply(&mut self, effect: &T::Effect<'_>) -> Change {
        self.change(effect, None)
    }

    /// As [`Edit::apply`], of a change that has a name of its own.
    pub(crate) fn apply_as(&mut self, name: &'static str, effect: &T::Effect<'_>) -> Change {
        self.change(effect, Some(name))
    }

    #[inline]
    fn change(&mut self, effect: &T::Effect<'_>, name: Option<&'static str>) -> Change {
        let typed = match &mut self.held {
            Held::Out(typed) => typed,
            Held::Boxed(value) => T::of_mut(value).expect("opened with this type"),
        };
        let change = typed.apply(effect);
        if change != Change::Nothing {
            self.changed = true;
            if let Some(name) = name {
                self.keyspace.job.call(Event::of(T::KIND, name));
            }
            let edit = Effect::Edit { kind: T::KIND, body: b"" };
            self.keyspace.record(self.key.bytes(), edit, |body| effect.encode(body));
        }
        change
    }

    /// Puts a value that was copied out into the block or a box.
    fn put_out(&mut self, typed: T) {
        let keyspace = &mut self.keyspace;
        let Some(at) = self.at else {
            let stamp = eviction::first_stamp(keyspace.job.shared);
            let entry = with_content(typed, |content| {
                Entry::new(self.key.bytes(), T::KIND, None, content, stamp)
            });
            let grown = keyspace.space.add(self.key.hash(), entry);
            keyspace.grow(grown);
            return;
        };
        let mut block = keyspace.space.map.get_mut(at);
        let deadline = EntryRef::new(block.view()).deadline();
        with_content(typed, |content| {
            entry::set_content(&mut block, T::KIND, deadline, content);
        });
        let after = entry_bytes(block.view());
        drop(block);
        keyspace.grow(difference(after, self.before));
    }

    /// Puts the box back that [`Edit::open`] took.
    fn put_back(&mut self, value: Box<Value>) {
        let at = self.at.expect("only a value of the map is boxed");
        let mut block = self.keyspace.space.map.get_mut(at);
        entry::put_box(&mut block, value);
        if self.changed {
            let after = entry_bytes(block.view());
            drop(block);
            self.keyspace.grow(difference(after, self.before));
        }
    }
}

impl<T: TypedValue> Deref for Edit<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.held {
            Held::Out(typed) => typed,
            Held::Boxed(value) => T::of(value).expect("opened with this type"),
        }
    }
}

impl<T: TypedValue> Drop for Edit<'_, T> {
    fn drop(&mut self) {
        let empty = self.changed && self.deref().is_empty();
        match std::mem::replace(&mut self.held, Held::Out(T::default())) {
            Held::Boxed(value) => self.put_back(value),
            // A value that an effect panicked in stays out: the block still has the old one.
            Held::Out(typed) if self.changed && !empty && !std::thread::panicking() => {
                self.put_out(typed);
            }
            Held::Out(_) => {}
        }
        if empty {
            // The edit's records say that nothing is left; this one says it to who reads the log
            // without the value.
            match self.at {
                Some(at) => drop(self.keyspace.remove_at(&self.key, at)),
                None => self.keyspace.record(self.key.bytes(), Effect::Remove, |_| {}),
            }
        }
    }
}
