//! From which length on an element of a list has a node to itself, whatever room others have.
//!
//! No element is that long, unless somebody says so (DEBUG QUICKLIST-PACKED-THRESHOLD): what keeps
//! a long element apart is that nothing fits beside it. With a low threshold, tests have short
//! elements go the ways of long ones.
//!
//! Not here: who stands alone, which each node remembers from when its element came. So lists that
//! are there stay right when the threshold changes, and only elements that come are measured.

#[cfg(any(test, feature = "server"))]
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The threshold of this process: a list does not know which database it is in, and Redis has one
/// for all lists, too.
pub(crate) static THRESHOLD: Threshold = Threshold::new();

/// A length in bytes that may change while others read it.
#[derive(Debug)]
pub(crate) struct Threshold(AtomicUsize);

impl Threshold {
    /// One that no text reaches.
    pub(super) const fn new() -> Threshold {
        Threshold(AtomicUsize::new(usize::MAX))
    }

    /// Has texts of at least `len` bytes reach it, or without a length none.
    #[cfg(any(test, feature = "server"))]
    pub(crate) fn set(&self, len: Option<NonZeroUsize>) {
        // Relaxed: nothing else is told by it, and each element is measured once.
        self.0.store(len.map_or(usize::MAX, NonZeroUsize::get), Ordering::Relaxed);
    }

    /// Whether an element of this text stands alone.
    #[inline]
    pub(super) fn is_reached_by(&self, text: &[u8]) -> bool {
        text.len() >= self.0.load(Ordering::Relaxed)
    }
}
