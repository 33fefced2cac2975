//! A whole value on its way from one key to another, whatever its type.
//!
//! It is an entry that no map holds: taken out of one, or copied. What a copy of a value in its
//! block costs is a copy of the block; a boxed one goes through its image, so a table that has
//! shrunk may come out packed.

use crate::keyspace::entry::{self, Content, NewContent};
use crate::keyspace::event::Event;
use crate::keyspace::write::with_content;
use crate::keyspace::{Entry, EntryRef, Job, Key, Keyspace, eviction, read};
use crate::map::Block;
use crate::types::{Inline, TypedValue, with_kind};

/// A whole value on its way from one key to another.
#[derive(Debug)]
pub(crate) struct Detached {
    entry: Entry,
}

impl Detached {
    /// A copy of what an entry holds, and of its deadline.
    pub(crate) fn copy(source: EntryRef<'_>, job: &Job<'_>) -> Detached {
        let (kind, deadline) = (source.kind(), source.deadline());
        let make = |content: NewContent<'_>| Detached {
            entry: Entry::new(b"", kind, deadline, content, eviction::first_stamp(job.shared)),
        };
        match source.content() {
            Content::Inline(form, bytes) => make(NewContent::Inline(Inline::Bytes(form, bytes))),
            Content::Boxed(_) => {
                let mut image = Vec::new();
                read::write_image(source, &mut image);
                with_kind!(kind, T => {
                    let typed = T::from_image(&image).expect("an image that was just written");
                    with_content(typed, make)
                })
            }
        }
    }
}

impl Keyspace<'_> {
    /// Takes a key's value out, whatever its type; what that is called.
    pub(crate) fn detach(&mut self, key: &Key<'_>, event: Event) -> Option<Detached> {
        let at = self.position(key)?;
        self.call(event);
        Some(Detached { entry: self.remove_at(key, at) })
    }

    /// Gives a key a value that another key held, with its deadline; what the key held is gone.
    pub(crate) fn attach(&mut self, key: &Key<'_>, detached: Detached, event: Event) {
        let old = detached.entry.view();
        let (kind, deadline, stamp) = (old.kind(), old.deadline(), old.stamp());
        let mut block = Block::from(detached.entry);
        let entry = match entry::take_box(&mut block) {
            Some(value) => Entry::new(key.bytes(), kind, deadline, NewContent::Boxed(value), stamp),
            None => {
                let Content::Inline(form, bytes) = EntryRef::new(block.view()).content() else {
                    unreachable!("a boxed value was taken above")
                };
                let inline = NewContent::Inline(Inline::Bytes(form, bytes));
                Entry::new(key.bytes(), kind, deadline, inline, stamp)
            }
        };
        self.remove_expired(key);
        self.call(event);
        self.put(key, entry);
    }
}
