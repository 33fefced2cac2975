//! The read door: is the key there, has it expired, is it of the right type.
//!
//! Reading changes nothing but the access stamp. A key that has expired is absent to
//! every reader at once; removing it is left to writers and to the shard's thread, so that
//! a command that only reads has no effects.

use crate::error::{Error, Result};
use crate::keyspace::effect::{Effect, Record};
use crate::keyspace::entry::Content;
use crate::keyspace::{EntryRef, Job, Key, Keyspace, Space, eviction, lookups};
use crate::random;
use crate::types::{TypedValue, Value, with_kind};

/// Entries that are loaded together: what the first-level cache holds.
const PREFETCHED: usize = 64;

/// One numbered database of one stripe, to read. Copies may look at several keys at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    pub(super) space: &'a Space,
    pub(super) job: &'a Job<'a>,
}

impl<'a> Reader<'a> {
    /// The key's entry, unless it has expired; no access is counted.
    #[inline(always)]
    pub(crate) fn peek(self, key: &Key<'_>) -> Option<EntryRef<'a>> {
        let block = self.space.map.find_block(key.hash(), key.bytes(), false)?;
        let entry = EntryRef::new(block);
        self.lives(entry).then_some(entry)
    }

    /// Whether the key is there and has expired.
    pub(crate) fn has_expired(self, key: &Key<'_>) -> bool {
        let at = self.space.map.find(key.hash(), key.bytes());
        at.is_some_and(|at| !self.lives(EntryRef::new(self.space.map.get(at))))
    }

    /// Whether an entry has not expired.
    #[inline(always)]
    pub(crate) fn lives(self, entry: EntryRef<'_>) -> bool {
        lives(self.job, entry)
    }

    /// The key's entry, unless it has expired; the access is counted, and whether it was there.
    #[inline(always)]
    pub(crate) fn entry(self, key: &Key<'_>) -> Option<EntryRef<'a>> {
        let entry = self.use_entry(key);
        lookups::count(entry.is_some());
        entry
    }

    /// The key's entry, unless it has expired; the access is counted.
    #[inline(always)]
    pub(crate) fn use_entry(self, key: &Key<'_>) -> Option<EntryRef<'a>> {
        let entry = self.peek(key)?;
        eviction::touch(self.job.shared, entry);
        Some(entry)
    }

    /// As [`Reader::read`] for who changes the value or has read it already: that is no lookup which
    /// counts.
    #[inline]
    pub(crate) fn glance<T: TypedValue>(self, key: &Key<'_>) -> Result<Option<T::View<'a>>> {
        match self.use_entry(key) {
            None => Ok(None),
            Some(entry) => view::<T>(entry).map(Some),
        }
    }

    /// The key's value; an error when it is of another type.
    #[inline(always)]
    pub(crate) fn read<T: TypedValue>(self, key: &Key<'_>) -> Result<Option<T::View<'a>>> {
        match self.entry(key) {
            None => Ok(None),
            Some(entry) => view::<T>(entry).map(Some),
        }
    }

    /// Visits live entries in hash order from `position` on (a hash with the stripe's bits
    /// cut off), until at least `least` were visited; returns where to go on.
    pub(crate) fn scan(
        self,
        position: u64,
        least: usize,
        mut visit: impl FnMut(EntryRef<'a>),
    ) -> Option<u64> {
        self.space.map.scan(position, least, |block| {
            let entry = EntryRef::new(block);
            if self.lives(entry) {
                visit(entry);
            }
        })
    }

    /// Visits all entries in hash order from `position` on, also those that have expired;
    /// otherwise as [`Reader::scan`].
    pub(crate) fn entries(
        self,
        position: u64,
        least: usize,
        mut visit: impl FnMut(EntryRef<'a>),
    ) -> Option<u64> {
        self.space.map.prefetch_scan(position, least.min(PREFETCHED));
        self.space.map.scan(position, least, |block| visit(EntryRef::new(block)))
    }

    /// An entry chosen about uniformly; it may have expired.
    pub(crate) fn pick(self) -> Option<EntryRef<'a>> {
        self.space.map.pick(random::next).map(EntryRef::new)
    }

    /// How many keys have a deadline.
    #[cfg(feature = "server")]
    pub(crate) fn deadline_count(self) -> usize {
        self.space.deadlines.len()
    }

    /// The sum of all deadlines.
    #[cfg(feature = "server")]
    pub(crate) fn deadline_total(self) -> i128 {
        self.space.deadlines.total()
    }

    /// Keys held, those that have expired and were not yet removed among them.
    pub(crate) fn len(self) -> usize {
        self.space.map.len()
    }

    /// The job that reads.
    pub(crate) fn job(self) -> &'a Job<'a> {
        self.job
    }
}

impl Keyspace<'_> {
    /// The read door.
    #[inline]
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader { space: self.space, job: self.job }
    }

    /// The key's value; an error when it is of another type.
    #[inline(always)]
    pub(crate) fn read<T: TypedValue>(&self, key: &Key<'_>) -> Result<Option<T::View<'_>>> {
        self.reader().read::<T>(key)
    }

    /// As [`Keyspace::read`], for who changes the value or has read it already.
    #[inline]
    pub(crate) fn glance<T: TypedValue>(&self, key: &Key<'_>) -> Result<Option<T::View<'_>>> {
        self.reader().glance::<T>(key)
    }

    /// The key's entry, unless it has expired; no access is counted.
    #[inline(always)]
    pub(crate) fn peek(&self, key: &Key<'_>) -> Option<EntryRef<'_>> {
        self.reader().peek(key)
    }

    /// Whether the key is there.
    #[inline]
    pub(crate) fn contains(&self, key: &Key<'_>) -> bool {
        self.peek(key).is_some()
    }
}

/// Whether an entry has not expired.
#[inline(always)]
pub(super) fn lives(job: &Job<'_>, entry: EntryRef<'_>) -> bool {
    entry.deadline().is_none_or(|deadline| deadline > job.now())
}

/// Reads an entry's value as a `T`.
#[inline]
pub(crate) fn view<T: TypedValue>(entry: EntryRef<'_>) -> Result<T::View<'_>> {
    match entry.content() {
        Content::Inline(form, bytes) if entry.kind() == T::KIND => Ok(T::view_inline(form, bytes)),
        Content::Inline(..) => Err(Error::WrongType),
        Content::Boxed(value) => T::of(value).map(T::view).ok_or(Error::WrongType),
    }
}

/// The whole value of an entry as bytes that do not depend on its form.
pub(crate) fn write_image(entry: EntryRef<'_>, image: &mut Vec<u8>) {
    fn write<T: TypedValue>(form: u8, bytes: &[u8], image: &mut Vec<u8>) {
        T::write_image(T::view_inline(form, bytes), image);
    }
    fn write_boxed<T: TypedValue>(value: &Value, image: &mut Vec<u8>) {
        if let Some(typed) = T::of(value) {
            T::write_image(typed.view(), image);
        }
    }
    with_kind!(entry.kind(), T => match entry.content() {
        Content::Inline(form, bytes) => write::<T>(form, bytes, image),
        Content::Boxed(value) => write_boxed::<T>(value, image),
    });
}

/// Appends the record that gives the entry's key what the entry holds.
pub(crate) fn write_record(entry: EntryRef<'_>, number: u8, out: &mut Vec<u8>) {
    let effect = Effect::Store { kind: entry.kind(), deadline: entry.deadline(), image: b"" };
    let record = Record { database: number, key: entry.key(), effect };
    record.encode_with(out, |body| write_image(entry, body));
}

/// The name of the form that an entry's value has, as OBJECT ENCODING answers it.
pub(crate) fn encoding(entry: EntryRef<'_>) -> &'static str {
    with_kind!(entry.kind(), T => match view::<T>(entry) {
        Ok(view) => T::encoding(view),
        Err(_) => "unknown",
    })
}
