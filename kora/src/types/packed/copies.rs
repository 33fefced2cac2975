//! Copies of many elements at once: most of the cost of a copy is its allocation, so short
//! elements share one.
//!
//! A copy keeps what it shares alive, so little is shared: [`SHARED_LEN_MAX`] bytes. It does not
//! know where elements come from; one element alone is better copied by
//! [`Element::to_bytes`](super::Element::to_bytes).

use bytes::Bytes;

use super::Element;

/// The most that elements share. 100 elements of 15 bytes cost two thirds of what single copies
/// cost (measured); larger shares save little more and keep more alive.
const SHARED_LEN_MAX: usize = 1024;

/// Fewer elements than this are copied one by one: an allocator has a few short ones at hand.
const SHARED_COUNT_MIN: usize = 16;

/// Copies elements, of which there are `count` and no more.
pub(crate) fn copies<'a>(count: usize, elements: impl Iterator<Item = Element<'a>>) -> Vec<Bytes> {
    let mut done = Vec::with_capacity(count);
    if count < SHARED_COUNT_MIN {
        done.extend(elements.map(Element::to_bytes));
        return done;
    }
    let texts = Vec::with_capacity(SHARED_LEN_MAX);
    let mut copies = Copies { done, texts, ends: Vec::with_capacity(count.min(SHARED_LEN_MAX)) };
    elements.for_each(|element| copies.push(element));
    copies.share();
    copies.done
}

struct Copies {
    done: Vec<Bytes>,
    /// Texts that are to be shared, and where each ends.
    texts: Vec<u8>,
    ends: Vec<usize>,
}

impl Copies {
    fn push(&mut self, element: Element<'_>) {
        if self.texts.len() + element.len() > SHARED_LEN_MAX {
            self.share();
        }
        if element.len() > SHARED_LEN_MAX / 2 {
            self.share();
            self.done.push(element.to_bytes());
        } else {
            element.write_to(&mut self.texts);
            self.ends.push(self.texts.len());
        }
    }

    fn share(&mut self) {
        let shared = Bytes::copy_from_slice(&self.texts);
        let mut start = 0;
        for end in self.ends.drain(..) {
            self.done.push(shared.slice(start..end));
            start = end;
        }
        self.texts.clear();
    }
}
