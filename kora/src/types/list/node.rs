//! A run that can change: what a list up to 8 KiB is, and of which a larger one has many.
//!
//! Both ends are cheap. Bytes before the run are unused: an element that is taken from the front
//! leaves its place there, and one that is pushed to the front is written there. Where there is
//! no room, the run moves and gets room in proportion to its length, so a push costs the
//! element's length, amortised. In the middle, what stands behind moves.
//!
//! Which index is in which node is not known here. The invariant: `bytes[start..]` is a run, and
//! `count` is its count, kept beside it so that who looks for an index among nodes touches none
//! of their bytes. A node that is alone has one element, and nothing comes in beside it.

use std::ops::Range;

use crate::types::list::run::{HEADER_LEN, Record, Run};
use crate::types::{Change, packed};

/// The longest run of more than one element: Redis's default for a node, and for a list without
/// nodes. Measured with a million short elements: finding an index costs least with nodes of 4 to
/// 8 KiB, half as much again at 2 KiB, where nodes are many, and at 16 KiB, where they are long;
/// pushes and pops cost the same with all of them.
pub(super) const RUN_LEN_MAX: usize = 8192;

/// The least room at an end of a run that has any. Arbitrary, a few short elements.
const ROOM_MIN: usize = 64;

/// A run may leave this much unused, and its length besides, before it moves to a smaller place.
const UNUSED_MAX: usize = 512;

/// A run with room at both ends.
#[derive(Debug, Default)]
pub(super) struct Node {
    bytes: Vec<u8>,
    start: u32,
    count: u16,
    is_alone: bool,
}

fn small(n: usize) -> u32 {
    u32::try_from(n).expect("a node is small, or one element without room before it")
}

fn few(n: usize) -> u16 {
    u16::try_from(n).expect("8 KiB hold fewer elements")
}

impl Node {
    /// A node with a copy of a run, made to be changed: with room for one more at either end.
    pub(super) fn from_run(run: Run<'_>) -> Node {
        let mut bytes = Vec::with_capacity(run.bytes().len() + 2 * ROOM_MIN);
        bytes.resize(ROOM_MIN, 0);
        bytes.extend_from_slice(run.bytes());
        Node { bytes, start: small(ROOM_MIN), count: few(run.count()), is_alone: false }
    }

    /// A node with one element.
    pub(super) fn of(record: &Record<'_>) -> Node {
        let mut node = Node { is_alone: record.is_alone(), ..Node::default() };
        node.push_back(record);
        node
    }

    /// The run.
    #[inline]
    pub(super) fn run(&self) -> Run<'_> {
        Run::new(&self.bytes[self.start()..])
    }

    #[inline]
    fn start(&self) -> usize {
        self.start as usize
    }

    /// How many elements there are.
    #[inline]
    pub(super) fn count(&self) -> usize {
        usize::from(self.count)
    }

    /// The run's length in bytes.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.start()
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// Whether the node's one element is to stay without others.
    pub(super) fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Whether an element may come in beside others, or become the first of a small list.
    #[inline]
    pub(super) fn fits(&self, record: &Record<'_>) -> bool {
        let len = self.len().max(HEADER_LEN) + record.len();
        !(self.is_alone | record.is_alone()) && len <= RUN_LEN_MAX
    }

    /// Whether this and the next node are small enough to be one.
    pub(super) fn joins(&self, next: &Node) -> bool {
        !(self.is_alone | next.is_alone) && self.len() + next.len() <= RUN_LEN_MAX / 2
    }

    fn set_count(&mut self, count: usize) {
        self.count = few(count);
        let start = self.start();
        self.bytes[start..start + HEADER_LEN].copy_from_slice(&self.count.to_le_bytes());
    }

    /// Makes no bytes at all the run of no elements that it stands for.
    fn begin(&mut self, record: &Record<'_>) {
        if self.bytes.is_empty() {
            packed::reserve(&mut self.bytes, HEADER_LEN + record.len());
            self.bytes.resize(HEADER_LEN, 0);
        }
    }

    /// Adds an element before all others.
    pub(super) fn push_front(&mut self, record: &Record<'_>) {
        self.begin(record);
        if self.start() < record.len() {
            self.open_front(record.len());
        }
        let start = self.start() - record.len();
        let mut at = start + HEADER_LEN;
        for part in record.parts() {
            self.bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        self.start = small(start);
        self.set_count(self.count() + 1);
    }

    /// Moves the run so that `needed` bytes are unused before it, and some more.
    fn open_front(&mut self, needed: usize) {
        let run = &self.bytes[self.start()..];
        let room = needed + (run.len() / 8).max(ROOM_MIN);
        let mut moved = Vec::with_capacity(room + run.len());
        moved.resize(room, 0);
        moved.extend_from_slice(run);
        self.bytes = moved;
        self.start = small(room);
    }

    /// Adds an element behind all others.
    pub(super) fn push_back(&mut self, record: &Record<'_>) {
        self.begin(record);
        if self.bytes.capacity() - self.bytes.len() < record.len() {
            self.close_front();
            // Room for as much as was moved, in proportion, or the next push moves it again.
            let room = record.len().max(self.bytes.len() / 16);
            packed::reserve(&mut self.bytes, room);
        }
        for part in record.parts() {
            self.bytes.extend_from_slice(part);
        }
        self.set_count(self.count() + 1);
    }

    fn close_front(&mut self) {
        let start = self.start();
        self.bytes.drain(..start);
        self.start = 0;
    }

    /// Removes elements from the front, at most as many as there are.
    pub(super) fn pop_front(&mut self, count: usize) {
        let offset = self.run().offset(count);
        // The header goes over the end of the last element that leaves.
        self.start = small(self.start() + offset - HEADER_LEN);
        self.set_count(self.count() - count);
        self.release();
    }

    /// Removes elements from the back, at most as many as there are.
    pub(super) fn pop_back(&mut self, count: usize) {
        let kept = self.count() - count;
        let end = self.start() + self.run().offset(kept);
        self.bytes.truncate(end);
        self.set_count(kept);
        self.release();
    }

    /// Puts an element before the one at `index`, or behind all others.
    pub(super) fn insert(&mut self, index: usize, record: &Record<'_>) {
        if index == 0 {
            self.push_front(record);
        } else if index == self.count() {
            self.push_back(record);
        } else {
            let at = self.run().offset(index);
            self.splice(at..at, &record.parts().concat());
            self.set_count(self.count() + 1);
        }
    }

    /// Gives the element at `index` another text; `None` when this is no place for it.
    pub(super) fn set(&mut self, index: usize, record: &Record<'_>) -> Option<Change> {
        let place = self.run().place(index);
        if record.is(&self.run().bytes()[place.clone()]) {
            return Some(Change::Nothing);
        }
        if record.is_alone() || self.len() - place.len() + record.len() > RUN_LEN_MAX {
            return None;
        }
        self.is_alone = false;
        self.splice(place, &record.parts().concat());
        Some(Change::Replaced)
    }

    /// Removes the element at `index`.
    pub(super) fn remove_one(&mut self, index: usize) {
        let place = self.run().place(index);
        self.splice(place, &[]);
        self.set_count(self.count() - 1);
    }

    /// Replaces bytes of the run. O(bytes behind them).
    fn splice(&mut self, place: Range<usize>, new: &[u8]) {
        let start = self.start();
        packed::splice(&mut self.bytes, start + place.start..start + place.end, new);
        self.release();
    }

    /// Removes the elements at some indexes, which ascend and are in the run. O(length).
    pub(super) fn remove(&mut self, indexes: impl Iterator<Item = usize>) {
        let (bytes, mut elements) = (self.run().bytes(), self.run().iter());
        let mut kept = Vec::with_capacity(bytes.len());
        let (mut copied, mut next, mut count) = (0, 0, self.count());
        for index in indexes {
            elements.by_ref().take(index - next).for_each(drop);
            kept.extend_from_slice(&bytes[copied..elements.offset()]);
            elements.next();
            (copied, next, count) = (elements.offset(), index + 1, count - 1);
        }
        kept.extend_from_slice(&bytes[copied..]);
        kept.shrink_to_fit();
        *self = Node { bytes: kept, ..Node::default() };
        self.set_count(count);
    }

    /// Cuts the node before the element at `index`; returns what stood behind.
    pub(super) fn split_off(&mut self, index: usize) -> Node {
        let (at, behind) = (self.start() + self.run().offset(index), self.count() - index);
        let bytes = [&[0; HEADER_LEN], &self.bytes[at..]].concat();
        let mut right = Node { bytes, ..Node::default() };
        right.set_count(behind);
        self.bytes.truncate(at);
        self.set_count(index);
        self.release();
        right
    }

    /// Adds the elements of another node behind all others.
    pub(super) fn append(&mut self, other: &Node) {
        let records = &other.run().bytes()[HEADER_LEN..];
        self.close_front();
        packed::reserve(&mut self.bytes, records.len());
        self.bytes.extend_from_slice(records);
        self.set_count(self.count() + other.count());
    }

    /// Gives back all unused room: the node is not at an end of its list any more.
    pub(super) fn seal(&mut self) {
        self.close_front();
        self.bytes.shrink_to_fit();
    }

    /// Gives memory back if much of it is unused.
    fn release(&mut self) {
        if self.bytes.capacity() > 2 * self.len() + UNUSED_MAX {
            self.seal();
        }
    }

    /// Checks what always holds.
    #[cfg(test)]
    pub(super) fn check(&self) {
        assert_eq!(self.run().count(), self.count());
        assert_eq!(self.run().iter().count(), self.count());
        assert_eq!(self.run().iter().rev().count(), self.count());
        assert!(!self.is_alone || self.count == 1);
        let unused = self.heap_bytes() - self.len();
        assert!(unused <= self.len() + UNUSED_MAX + RUN_LEN_MAX / 8, "{unused} bytes unused");
    }
}
