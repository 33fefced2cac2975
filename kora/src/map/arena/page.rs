//! A page: places of one size, with a header in front that says which are free.
//!
//! ```text
//! 0       header, 64 bytes
//! 64      places, taken or free; a free one begins with where the next free one stands
//! fresh   places that were never taken: nothing has touched them
//! ```
//!
//! A page is as long as it is aligned, so a place's own address leads to its header. What is in
//! a header changes under the lock of its arena only.
#![expect(unsafe_code, reason = "hands out raw memory and keeps its books inside it")]
#![expect(
    clippy::multiple_unsafe_ops_per_block,
    reason = "an address inside the page and the access through it are one step"
)]

use std::ptr::NonNull;

use super::class::Class;

/// Bytes of a page, and what its address is a multiple of.
pub(super) const PAGE: usize = 64 << 10;
const HEADER: usize = 64;
/// Bytes of a page for places.
pub(super) const ROOM: usize = PAGE - HEADER;

/// A page that is cut into places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page(NonNull<Header>);

/// The front of a page.
#[derive(Debug)]
struct Header {
    /// The number of the page's arena. Stays as long as a place is taken, and is read without
    /// the arena's lock.
    arena: usize,
    books: Books,
}

/// What is under the lock of the arena.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) class: Class,
    /// Places that are taken.
    pub(super) taken: usize,
    /// Where the first free place stands; 0 when none was given back.
    free: usize,
    /// Where the places begin that were never taken.
    fresh: usize,
    /// The pages with room of the same class, before and behind this one.
    pub(super) previous: Option<Page>,
    pub(super) next: Option<Page>,
}

const _: () = assert!(size_of::<Header>() <= HEADER);

impl Books {
    /// Whether every place is taken.
    pub(super) fn is_full(&self) -> bool {
        self.free == 0 && self.fresh + self.class.size() > PAGE
    }
}

impl Page {
    /// Makes a page of the memory at an address.
    ///
    /// # Safety
    /// From `address`, a multiple of [`PAGE`], on lie as many bytes that nobody uses; they stay
    /// until the page is done with.
    pub(super) unsafe fn new(address: usize, arena: usize, class: Class) -> Page {
        debug_assert!(address % PAGE == 0, "a page is aligned");
        let base = std::ptr::with_exposed_provenance_mut::<Header>(address);
        let books = Books { class, taken: 0, free: 0, fresh: HEADER, previous: None, next: None };
        // SAFETY: the caller's memory is not null, aligned and long enough.
        unsafe {
            base.write(Header { arena, books });
            Page(NonNull::new_unchecked(base))
        }
    }

    /// The page that a place is in.
    ///
    /// # Safety
    /// The place came from [`Page::take`].
    #[inline]
    pub(super) unsafe fn of(place: NonNull<u8>) -> Page {
        let base = place.as_ptr().map_addr(|address| address & !(PAGE - 1));
        // SAFETY: no page begins at address 0.
        Page(unsafe { NonNull::new_unchecked(base.cast()) })
    }

    /// The number of the page's arena.
    ///
    /// # Safety
    /// A place of the page is taken, and the caller has it.
    #[inline]
    pub(super) unsafe fn arena(self) -> usize {
        // SAFETY: the page is there, and this word does not change while a place is taken.
        unsafe { (&raw const (*self.0.as_ptr()).arena).read() }
    }

    /// Where the page begins.
    pub(super) fn address(self) -> usize {
        self.0.addr().get()
    }

    /// What is known of the page.
    ///
    /// # Safety
    /// The page is there, its arena is locked, and no other borrow of these books lives.
    #[inline]
    pub(super) unsafe fn books<'a>(self) -> &'a mut Books {
        // SAFETY: the caller's promise; the word beside the books is not borrowed.
        unsafe { &mut (*self.0.as_ptr()).books }
    }

    fn place(self, at: usize) -> NonNull<u8> {
        self.0.cast::<u8>().map_addr(|address| address | at)
    }

    /// Takes a place.
    ///
    /// # Safety
    /// As [`Page::books`], and the page is not full.
    #[inline]
    pub(super) unsafe fn take(self) -> NonNull<u8> {
        // SAFETY: the caller's promise.
        let books = unsafe { self.books() };
        books.taken += 1;
        if books.free == 0 {
            let place = self.place(books.fresh);
            books.fresh += books.class.size();
            return place;
        }
        let place = self.place(books.free);
        // SAFETY: `give` wrote into this free place of at least 8 bytes where the next one stands.
        books.free = unsafe { place.cast::<usize>().read() };
        place
    }

    /// Gives a place back.
    ///
    /// # Safety
    /// As [`Page::books`]; the place came from [`Page::take`] of this page, and nobody uses it.
    #[inline]
    pub(super) unsafe fn give(self, place: NonNull<u8>) {
        // SAFETY: the caller's promise.
        let books = unsafe { self.books() };
        // SAFETY: a place is 8-aligned, at least as long, and nobody's.
        unsafe { place.cast::<usize>().write(books.free) };
        books.free = place.addr().get() & (PAGE - 1);
        books.taken -= 1;
    }
}
