//! Where blocks get their memory: arenas of pages that are cut into places of one size.
//!
//! A general allocator spends 8 bytes on each allocation, rounds to 16, and puts the work of
//! joining free neighbours off to a moment of its own choosing: glibc's `free` has held whoever
//! called it for 50 ms after some hundred thousand blocks had gone. Here a place costs its size
//! rounded to 8, and taking one and giving it back are a few steps always.
//!
//! A thread takes places from the arena that it was given when it took its first; any thread may
//! give them back. What is longer than 2,336 bytes comes from the general allocator.
//!
//! Invariant: a page is in its class's list if and only if it has room, and its chunk's bit for it
//! is clear; a page without a place taken is nobody's, and its bit is set.
#![expect(unsafe_code, reason = "0.5 us instead of up to 50 ms for giving a block back")]

mod class;
mod page;

#[cfg(test)]
mod tests;

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

use memmap2::MmapMut;
use parking_lot::Mutex;

use class::{CLASSES, Class};
use page::{PAGE, Page};

/// What the general allocator adds to an allocation: glibc's and jemalloc's average.
pub(crate) const ALLOCATION_OVERHEAD: usize = 8;
/// What a block's address is a multiple of.
pub(super) const ALIGN: usize = 8;
/// Threads share arenas from this many on: enough that few meet, few enough that what each has
/// begun of each class does not add up.
const ARENAS: usize = 8;
/// Pages of a chunk, which is what comes from the system: 4 MiB, of which only what is taken becomes
/// resident.
const CHUNK_PAGES: usize = 64;
const CHUNK: usize = CHUNK_PAGES * PAGE;

/// Pages, some with room, and the chunks they are parts of.
#[derive(Debug)]
struct Arena {
    /// The first page with room of each class.
    roomy: [Option<Page>; CLASSES],
    /// The chunks, by where their pages begin.
    chunks: BTreeMap<usize, Chunk>,
    /// The chunks with such a page.
    open: BTreeSet<usize>,
}

// SAFETY: an arena owns the memory that its pages and addresses point to; places that are taken
// are their takers', and it does not touch them.
unsafe impl Send for Arena {}

/// Memory for pages: a mapping of its own. From the general allocator it would go back by a `free`
/// that joins everything which others have freed: up to 300 ms where a service had used its heap.
#[derive(Debug)]
struct Chunk {
    /// A bit for each page that is nobody's.
    free: u64,
    /// Longer than its pages by one, because they stand at multiples of their size.
    mapping: MmapMut,
}

impl Chunk {
    fn new() -> Chunk {
        match MmapMut::map_anon(CHUNK + PAGE) {
            Ok(mapping) => Chunk { free: u64::MAX, mapping },
            // As the general allocator does when it has no memory.
            Err(_) => handle_alloc_error(CHUNK_LAYOUT),
        }
    }

    /// Where its pages begin.
    fn first(&mut self) -> usize {
        self.mapping.as_mut_ptr().expose_provenance().next_multiple_of(PAGE)
    }
}

/// An arena, on cache lines of its own.
#[repr(align(128))]
struct Locked(Mutex<Arena>);

static SHARED: [Locked; ARENAS] = [const { Locked(Mutex::new(Arena::new())) }; ARENAS];

/// The number of this thread's arena.
#[inline]
fn home() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    const UNKNOWN: usize = usize::MAX;
    thread_local! {
        static HOME: Cell<usize> = const { Cell::new(UNKNOWN) };
    }
    if HOME.get() == UNKNOWN {
        HOME.set(NEXT.fetch_add(1, Ordering::Relaxed) % ARENAS);
    }
    HOME.get()
}

/// Rounds what is too long for a page to a sixteenth of its power of two, so that growing byte by
/// byte costs amortised constant time.
fn long_layout(bytes: usize) -> Layout {
    let grain = bytes.next_power_of_two() / 16;
    Layout::from_size_align(bytes.next_multiple_of(grain), ALIGN).expect("lengths are u32")
}

/// Bytes that an allocation of `bytes` may use. Those with the same room can be exchanged for
/// one another.
#[inline]
pub(super) fn room(bytes: usize) -> usize {
    Class::of(bytes).map_or_else(|| long_layout(bytes).size(), Class::size)
}

/// Bytes that an allocation of `bytes` takes, all told.
#[inline]
pub(super) fn cost(bytes: usize) -> usize {
    Class::of(bytes).map_or_else(|| long_layout(bytes).size() + ALLOCATION_OVERHEAD, Class::size)
}

/// Memory for `bytes` bytes, 8-aligned; at least one.
#[inline]
pub(super) fn allocate(bytes: usize) -> NonNull<u8> {
    debug_assert!(bytes > 0, "nothing needs no memory");
    match Class::of(bytes) {
        Some(class) => {
            let home = home();
            SHARED[home].0.lock().take(class, home)
        }
        None => from_system(long_layout(bytes)),
    }
}

/// Gives memory back.
///
/// # Safety
/// It came from [`allocate`] or [`reallocate`] with as much room as `bytes` need, and nobody uses
/// it.
#[inline]
pub(super) unsafe fn free(memory: NonNull<u8>, bytes: usize) {
    if Class::of(bytes).is_some() {
        // SAFETY: short memory is a place.
        let page = unsafe { Page::of(memory) };
        // SAFETY: the caller has the place.
        let arena = unsafe { page.arena() };
        let emptied = {
            let mut arena = SHARED[arena].0.lock();
            // SAFETY: a page knows its arena.
            unsafe { arena.give(memory) }
        };
        drop(emptied);
    } else {
        // SAFETY: long memory came from the system with this layout.
        unsafe { dealloc(memory.as_ptr(), long_layout(bytes)) };
    }
}

/// Gives memory another length; what fits of its bytes stays.
///
/// # Safety
/// As [`free`].
pub(super) unsafe fn reallocate(memory: NonNull<u8>, old: usize, new: usize) -> NonNull<u8> {
    if room(old) == room(new) {
        return memory;
    }
    if Class::of(old).is_none() && Class::of(new).is_none() {
        let (old, new) = (long_layout(old), long_layout(new));
        // SAFETY: long memory came from the system with this layout; the new one is as aligned
        // and not empty.
        let moved = unsafe { realloc(memory.as_ptr(), old, new.size()) };
        return NonNull::new(moved).unwrap_or_else(|| handle_alloc_error(new));
    }
    let moved = allocate(new);
    // SAFETY: both hold as many bytes, and what was just taken overlaps nothing.
    unsafe { moved.copy_from_nonoverlapping(memory, old.min(new)) };
    // SAFETY: the caller's promise.
    unsafe { free(memory, old) };
    moved
}

fn from_system(layout: Layout) -> NonNull<u8> {
    // SAFETY: no layout here is of no bytes.
    let memory = unsafe { alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout))
}

/// What a chunk would be to an allocator.
const CHUNK_LAYOUT: Layout = match Layout::from_size_align(CHUNK, PAGE) {
    Ok(layout) => layout,
    Err(_) => panic!("a page's size is a power of two"),
};

/// A chunk that no page is left of; its memory goes back when it is dropped, outside the lock.
#[must_use = "is dropped outside the arena's lock"]
struct Emptied {
    _mapping: MmapMut,
}

impl Arena {
    const fn new() -> Arena {
        Arena { roomy: [None; CLASSES], chunks: BTreeMap::new(), open: BTreeSet::new() }
    }

    /// Takes a place; `number` is the arena's own.
    #[inline]
    fn take(&mut self, class: Class, number: usize) -> NonNull<u8> {
        let page = self.roomy[class.index()].unwrap_or_else(|| self.begin(class, number));
        // SAFETY: a page in the list has room; `&mut self` is its arena's lock.
        let place = unsafe { page.take() };
        // SAFETY: as above.
        if unsafe { page.books() }.is_full() {
            self.unlink(page);
        }
        place
    }

    /// Gives a place back.
    ///
    /// # Safety
    /// It came from [`Arena::take`] of this arena, and nobody uses it.
    unsafe fn give(&mut self, place: NonNull<u8>) -> Option<Emptied> {
        // SAFETY: the caller's promise.
        let page = unsafe { Page::of(place) };
        // SAFETY: `&mut self` is the arena's lock.
        let was_full = unsafe { page.books() }.is_full();
        // SAFETY: the caller's promise, and as above.
        unsafe { page.give(place) };
        if was_full {
            self.link(page);
        }
        // SAFETY: as above.
        if unsafe { page.books() }.taken > 0 {
            return None;
        }
        self.unlink(page);
        self.end(page)
    }

    /// Puts a page that has room first in its class's list.
    fn link(&mut self, page: Page) {
        // SAFETY: `&mut self` is the lock; this borrow ends before the next page's begins.
        let books = unsafe { page.books() };
        let first = &mut self.roomy[books.class.index()];
        books.next = first.replace(page);
        if let Some(next) = books.next {
            // SAFETY: as above, of another page.
            unsafe { next.books() }.previous = Some(page);
        }
    }

    /// Takes a page out of its class's list.
    fn unlink(&mut self, page: Page) {
        // SAFETY: `&mut self` is the lock; this borrow ends before the next page's begins.
        let books = unsafe { page.books() };
        let (class, previous, next) = (books.class, books.previous.take(), books.next.take());
        match previous {
            // SAFETY: as above, of another page.
            Some(previous) => unsafe { previous.books() }.next = next,
            None => self.roomy[class.index()] = next,
        }
        if let Some(next) = next {
            // SAFETY: as above.
            unsafe { next.books() }.previous = previous;
        }
    }

    /// Makes a page for a class: of the first chunk that has one, so that the last ones empty.
    #[cold]
    fn begin(&mut self, class: Class, number: usize) -> Page {
        let chunk = self.open.first().copied().unwrap_or_else(|| self.grow());
        let free = &mut self.chunks.get_mut(&chunk).expect("an open chunk is known").free;
        let at = free.trailing_zeros() as usize;
        *free &= *free - 1;
        if *free == 0 {
            self.open.remove(&chunk);
        }
        // SAFETY: the chunk's memory is there, and the bit said that the page is nobody's.
        let page = unsafe { Page::new(chunk + at * PAGE, number, class) };
        self.link(page);
        page
    }

    /// Gets a chunk; where it begins.
    fn grow(&mut self) -> usize {
        let mut chunk = Chunk::new();
        let first = chunk.first();
        self.chunks.insert(first, chunk);
        self.open.insert(first);
        first
    }

    /// Ends a page in which no place is taken. A chunk goes with its last page, but one is kept
    /// for what comes next.
    #[cold]
    fn end(&mut self, page: Page) -> Option<Emptied> {
        let (&chunk, Chunk { free, .. }) =
            self.chunks.range_mut(..=page.address()).next_back().expect("a page is in a chunk");
        *free |= 1 << ((page.address() - chunk) / PAGE);
        let is_empty = *free == u64::MAX;
        self.open.insert(chunk);
        if !is_empty || self.open.len() == 1 {
            return None;
        }
        self.open.remove(&chunk);
        self.chunks.remove(&chunk).map(|Chunk { mapping, .. }| Emptied { _mapping: mapping })
    }
}
