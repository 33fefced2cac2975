//! A large list: its elements in order, in nodes.
//!
//! Pushing and popping touch the node at their end. An index is found by adding the counts of the
//! nodes from the nearer end: they stand side by side, so a list of a million elements is a few
//! pages of counts. Nodes are cut where an element does not fit, and small neighbours are put
//! together when elements in the middle go.
//!
//! Not here: when a list is large enough for nodes. The invariants: no node is empty; a node of
//! more than one element is at most `RUN_LEN_MAX` bytes long; an element that is to stand alone
//! does; `count` and `node_bytes` are the sums over the nodes.

use std::collections::{VecDeque, vec_deque};

use crate::types::Change;
use crate::types::list::node::Node;
#[cfg(test)]
use crate::types::list::node::RUN_LEN_MAX;
use crate::types::list::run::{Encoded, Record, Run};

/// The least capacity of the deque that is given back. Arbitrary, a page of nodes.
const RELEASED_CAPACITY_MIN: usize = 128;

/// The nodes of a large list.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    nodes: VecDeque<Node>,
    /// Elements.
    count: usize,
    /// Bytes on the heap that nodes have.
    node_bytes: usize,
}

impl Chain {
    /// A chain of one node, or of none if that is empty.
    pub(super) fn new(node: Node) -> Chain {
        let mut chain = Chain::default();
        chain.gather(node);
        chain
    }

    /// How many elements there are. O(1).
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.node_bytes + self.nodes.capacity() * size_of::<Node>()
    }

    /// The first node.
    pub(super) fn first(&self) -> Option<Run<'_>> {
        self.nodes.front().map(Node::run)
    }

    /// The last node.
    pub(super) fn last(&self) -> Option<Run<'_>> {
        self.nodes.back().map(Node::run)
    }

    /// Takes the last node out, if it is the only one, as short as `len_max` and not alone, or none
    /// is left.
    pub(super) fn take_only(&mut self, len_max: usize) -> Option<Node> {
        match self.nodes.len() {
            0 => Some(Node::default()),
            1 if self.nodes[0].len() <= len_max && !self.nodes[0].is_alone() => Some(self.take(0)),
            _ => None,
        }
    }

    /// The elements from `index` on: those in its node, and the nodes behind it.
    pub(super) fn from(&self, index: usize) -> (Encoded<'_>, vec_deque::Iter<'_, Node>) {
        let (at, within) = self.locate(index);
        match self.nodes.get(at) {
            Some(node) => (node.run().iter_from(within), self.nodes.range(at + 1..)),
            None => (Run::new(&[]).iter(), self.nodes.range(at..)),
        }
    }

    /// Which node an index is in, and where in it; behind all nodes if it is behind all elements.
    fn locate(&self, index: usize) -> (usize, usize) {
        if index >= self.count {
            return (self.nodes.len(), 0);
        }
        if index <= self.count / 2 {
            let mut left = index;
            for (at, node) in self.nodes.iter().enumerate() {
                if left < node.count() {
                    return (at, left);
                }
                left -= node.count();
            }
        } else {
            let mut left = self.count - index;
            for (at, node) in self.nodes.iter().enumerate().rev() {
                if left <= node.count() {
                    return (at, node.count() - left);
                }
                left -= node.count();
            }
        }
        unreachable!("the counts of the nodes add up to the count of the list")
    }

    /// Changes a node; the sums follow.
    fn change<R>(&mut self, at: usize, change: impl FnOnce(&mut Node) -> R) -> R {
        let node = &mut self.nodes[at];
        let (count, bytes) = (node.count(), node.heap_bytes());
        let result = change(node);
        self.count = self.count - count + node.count();
        self.node_bytes = self.node_bytes - bytes + node.heap_bytes();
        result
    }

    fn put(&mut self, at: usize, node: Node) {
        self.count += node.count();
        self.node_bytes += node.heap_bytes();
        self.nodes.insert(at, node);
    }

    fn take(&mut self, at: usize) -> Node {
        let node = self.nodes.remove(at).expect("the node is there");
        self.count -= node.count();
        self.node_bytes -= node.heap_bytes();
        let (len, capacity) = (self.nodes.len(), self.nodes.capacity());
        if capacity > RELEASED_CAPACITY_MIN && capacity / 4 > len {
            self.nodes.shrink_to(len * 2);
        }
        node
    }

    /// Adds a node at the end, into the last one if both are small.
    fn gather(&mut self, node: Node) {
        let last = self.nodes.len().wrapping_sub(1);
        match self.nodes.back() {
            _ if node.count() == 0 => {}
            Some(back) if back.joins(&node) => {
                self.change(last, |back| back.append(&node));
            }
            _ => self.put(self.nodes.len(), node),
        }
    }

    /// Puts an element before the one at `index`, or behind all others.
    pub(super) fn insert(&mut self, index: usize, record: &Record<'_>) {
        let (mut at, within) = self.locate(index);
        if within > 0 {
            if self.nodes[at].fits(record) {
                self.change(at, |node| node.insert(within, record));
                return;
            }
            let right = self.change(at, |node| node.split_off(within));
            at += 1;
            self.put(at, right);
        }
        self.insert_between(at, record);
    }

    /// Puts an element between the nodes at `at - 1` and `at`, into one of them if it fits.
    fn insert_between(&mut self, at: usize, record: &Record<'_>) {
        let fits = |at| self.nodes.get(at).is_some_and(|node: &Node| node.fits(record));
        let before = at.wrapping_sub(1);
        if fits(before) {
            self.change(before, |node| node.push_back(record));
        } else if fits(at) {
            self.change(at, |node| node.push_front(record));
        } else {
            for neighbour in [before, at] {
                if neighbour < self.nodes.len() {
                    self.change(neighbour, Node::seal);
                }
            }
            self.put(at, Node::of(record));
        }
    }

    /// Gives the element at `index` another text.
    pub(super) fn set(&mut self, index: usize, record: &Record<'_>) -> Change {
        let (at, within) = self.locate(index);
        if let Some(change) = self.change(at, |node| node.set(within, record)) {
            return change;
        }
        if self.nodes[at].count() == 1 {
            self.take(at);
        } else {
            self.change(at, |node| node.remove_one(within));
        }
        self.insert(index, record);
        Change::Replaced
    }

    /// Removes elements from the front, at most as many as there are.
    pub(super) fn pop_front(&mut self, mut count: usize) {
        while count > 0 {
            let first = self.nodes[0].count();
            if first > count {
                return self.change(0, |node| node.pop_front(count));
            }
            self.take(0);
            count -= first;
        }
    }

    /// Removes elements from the back, at most as many as there are.
    pub(super) fn pop_back(&mut self, mut count: usize) {
        while count > 0 {
            let at = self.nodes.len() - 1;
            let last = self.nodes[at].count();
            if last > count {
                return self.change(at, |node| node.pop_back(count));
            }
            self.take(at);
            count -= last;
        }
    }

    /// Removes the elements at some indexes, which ascend. O(nodes, and bytes of those that
    /// change).
    pub(super) fn remove(&mut self, indexes: impl Iterator<Item = usize>) {
        let (mut indexes, mut first) = (indexes.peekable(), 0);
        for mut node in std::mem::take(self).nodes {
            let here = first..first + node.count();
            first = here.end;
            if indexes.peek().is_some_and(|index| here.contains(index)) {
                let removed = std::iter::from_fn(|| indexes.next_if(|index| here.contains(index)));
                node.remove(removed.map(|index| index - here.start));
            }
            self.gather(node);
        }
    }

    /// The run of each node.
    #[cfg(test)]
    pub(super) fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        self.nodes.iter().map(Node::run)
    }

    /// Checks what always holds.
    #[cfg(test)]
    pub(super) fn check(&self) {
        assert_eq!(self.count, self.nodes.iter().map(Node::count).sum::<usize>());
        assert_eq!(self.node_bytes, self.nodes.iter().map(Node::heap_bytes).sum::<usize>());
        for node in &self.nodes {
            node.check();
            assert!(node.count() > 0);
            assert!(node.count() == 1 || node.len() <= RUN_LEN_MAX);
        }
    }
}
