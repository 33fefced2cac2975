//! A job: what one caller does under its leases, and what comes of it.
//!
//! A job reads the clock at most once, collects the records of its effects in one run of
//! bytes (one atomic record of the log), the memory that came and went, and the large values
//! that are gone, so that nobody waits for a lease while they are freed. Records are made for the
//! log, and also while somebody observes keys: what happened is told from them.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crate::clock::Clock;
use crate::keyspace::Entry;
use crate::keyspace::effect::Record;
use crate::keyspace::event::{Event, Named};
use crate::keyspace::memory::Memory;
use crate::types::Value;

/// A value that takes less is freed at once: some hundred allocations at most, about 5 us.
const GARBAGE_BYTES_MIN: usize = 16 << 10;

/// A journal is kept for the thread's next job when it has grown no larger than this.
const JOURNAL_BYTES_MAX: usize = 64 << 10;

thread_local! {
    /// The memory of the last job's journal, so that a write does not allocate one.
    static JOURNAL: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Gives the memory of a journal to the thread's next job.
#[inline]
pub(crate) fn reuse(mut journal: Vec<u8>) {
    if journal.capacity() <= JOURNAL_BYTES_MAX {
        journal.clear();
        JOURNAL.set(journal);
    }
}

/// What all jobs of a database share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) memory: Memory,
    /// Whether effects are recorded: someone keeps a log.
    pub(crate) records: bool,
    /// How many are to be told what happens to keys.
    pub(crate) observers: AtomicUsize,
    /// Whether keys that are due are removed though nobody meets them.
    pub(crate) expires_actively: AtomicBool,
    /// Keys that have expired and were removed.
    pub(crate) expired: AtomicU64,
    /// Keys that had to go because memory was full.
    pub(crate) evicted: AtomicU64,
}

impl Shared {
    pub(crate) fn new(clock: Clock, memory: Memory, records: bool) -> Shared {
        let observers = AtomicUsize::new(0);
        let (expired, evicted) = (AtomicU64::new(0), AtomicU64::new(0));
        let expires_actively = AtomicBool::new(true);
        Shared { clock, memory, records, observers, expires_actively, expired, evicted }
    }

    /// For jobs on copies of keys: everything is recorded, and nobody is told.
    pub(crate) fn apart(&self, memory: Memory) -> Shared {
        let observers = AtomicUsize::new(usize::from(self.is_observed()));
        Shared { observers, ..Shared::new(self.clock.clone(), memory, true) }
    }

    /// Whether somebody is to be told what happens to keys. Who holds a key's lease and sees nobody
    /// is right: whoever comes to observe it takes that lease.
    #[inline]
    pub(crate) fn is_observed(&self) -> bool {
        self.observers.load(Ordering::Relaxed) > 0
    }
}

/// One caller's work under its leases.
#[derive(Debug)]
pub(crate) struct Job<'s> {
    pub(crate) shared: &'s Shared,
    now: Cell<i64>,
    grown: Cell<isize>,
    deadlines_set: Cell<bool>,
    /// Whether effects are recorded.
    records: bool,
    /// Whether somebody is told of them.
    is_observed: bool,
    journal: RefCell<Vec<u8>>,
    /// Effects that are not called as usual. Boxed, because hardly a job has any.
    named: RefCell<Option<Box<Named>>>,
    /// Boxed, because hardly a job has any, and all have to look.
    #[expect(clippy::box_collection, reason = "three words that are nearly always empty")]
    garbage: RefCell<Option<Box<Vec<Value>>>>,
    frees_lazily: Cell<bool>,
}

/// Large values that are gone. To be dropped when the job's leases are free.
#[derive(Debug)]
#[must_use = "is dropped outside the leases"]
pub(crate) struct Garbage {
    pub(crate) values: Vec<Value>,
    /// Whether a shard's thread is to free them, so that the caller does not wait.
    pub(crate) is_lazy: bool,
}

/// What a finished job leaves behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The records of its effects, in order; one atomic step.
    pub(crate) journal: Vec<u8>,
    /// What some of them are called.
    pub(crate) named: Named,
    /// Bytes of memory that came (or, negative, went).
    pub(crate) grown: isize,
    /// Whether a key got a deadline.
    pub(crate) deadlines_set: bool,
    pub(crate) garbage: Garbage,
}

impl<'s> Job<'s> {
    #[inline]
    pub(crate) fn new(shared: &'s Shared) -> Job<'s> {
        let is_observed = shared.is_observed();
        Job {
            shared,
            now: Cell::new(i64::MIN),
            grown: Cell::new(0),
            deadlines_set: Cell::new(false),
            records: shared.records || is_observed,
            is_observed,
            journal: RefCell::new(Vec::new()),
            named: RefCell::new(None),
            garbage: RefCell::new(None),
            frees_lazily: Cell::new(false),
        }
    }

    /// A job that does recorded effects again: to it nothing has expired yet, since what
    /// expired was removed by a record.
    pub(crate) fn repeating(shared: &'s Shared) -> Job<'s> {
        let job = Job::new(shared);
        job.now.set(i64::MIN + 1);
        job
    }

    /// A job that brings back what the log has: it repeats, and records nothing.
    pub(crate) fn recovering(shared: &'s Shared) -> Job<'s> {
        Job { records: false, is_observed: false, ..Job::repeating(shared) }
    }

    /// The time of the job, the same for all its steps.
    #[inline]
    pub(crate) fn now(&self) -> i64 {
        if self.now.get() == i64::MIN {
            self.now.set(self.shared.clock.now_ms());
        }
        self.now.get()
    }

    /// Accounts for memory that came or went.
    #[inline]
    pub(crate) fn grow(&self, bytes: isize) {
        self.grown.set(self.grown.get() + bytes);
    }

    /// Bytes that came so far, or, negative, went.
    pub(crate) fn grown(&self) -> isize {
        self.grown.get()
    }

    /// Notes that a key got a deadline, so that somebody watches for it.
    #[inline]
    pub(crate) fn deadline_set(&self) {
        self.deadlines_set.set(true);
    }

    /// Drops an entry that is gone: at once, or after the job when its value is large.
    #[inline]
    pub(crate) fn discard(&self, mut entry: Entry) {
        self.discard_box(entry.take_box());
    }

    /// Drops a value that is gone: at once, or after the job when it is large.
    #[inline]
    pub(crate) fn discard_box(&self, value: Option<Box<Value>>) {
        if let Some(value) = value {
            if value.heap_bytes() >= GARBAGE_BYTES_MIN {
                self.garbage.borrow_mut().get_or_insert_default().push(*value);
            }
        }
    }

    /// Leaves the freeing of large values to a shard's thread.
    pub(crate) fn free_lazily(&self) {
        self.frees_lazily.set(true);
    }

    /// Records an effect, when there is a log to keep it; `tail` appends the end of its body.
    #[inline]
    pub(crate) fn record(&self, record: &Record<'_>, tail: impl FnOnce(&mut Vec<u8>)) {
        if self.records {
            let mut journal = self.journal.borrow_mut();
            if journal.capacity() == 0 {
                *journal = JOURNAL.take();
            }
            record.encode_with(&mut journal, tail);
        }
    }

    /// Says what the next effect is called, for who is told of it.
    #[inline]
    pub(crate) fn call(&self, event: Event) {
        if self.is_observed {
            let at = self.journal.borrow().len();
            self.named.borrow_mut().get_or_insert_default().push(at, event);
        }
    }

    /// Says that a further operation begins: it is told apart from the one before.
    #[cfg(feature = "server")]
    pub(crate) fn step(&self) {
        if self.is_observed {
            let at = self.journal.borrow().len();
            self.named.borrow_mut().get_or_insert_default().step(at);
        }
    }

    /// Counts a key that has expired and is removed.
    pub(crate) fn count_expired(&self) {
        self.shared.expired.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether a key got a deadline.
    pub(crate) fn sets_deadlines(&self) -> bool {
        self.deadlines_set.get()
    }

    /// Whether something is left to be done when the job ends.
    #[inline]
    pub(crate) fn left_something(&self) -> bool {
        self.grown.get() != 0
            || self.deadlines_set.get()
            || !self.journal.borrow().is_empty()
            || self.named.borrow().is_some()
            || self.garbage.borrow().is_some()
    }

    /// Ends a job that left nothing. There is nothing to drop then, and finding that out once
    /// more would take a tenth of a short job's time.
    #[inline]
    pub(crate) fn dismiss(self) {
        debug_assert!(!self.left_something(), "what a job leaves is not forgotten");
        let _nothing = ManuallyDrop::new(self);
    }

    /// Ends the job.
    #[inline]
    pub(crate) fn finish(self) -> Outcome {
        Outcome {
            journal: self.journal.into_inner(),
            named: self.named.into_inner().map_or_else(Named::default, |named| *named),
            grown: self.grown.get(),
            deadlines_set: self.deadlines_set.get(),
            garbage: Garbage {
                values: self.garbage.into_inner().map_or_else(Vec::new, |values| *values),
                is_lazy: self.frees_lazily.get(),
            },
        }
    }
}
