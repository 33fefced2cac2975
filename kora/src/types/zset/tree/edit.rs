//! Changes to the tree: insertion on the way down, removal on the way up.
//!
//! Insertion makes room in a full child before it goes there, so it is one loop and never comes
//! back. Removal takes whole children or a part of one leaf, then refills what has become too empty
//! on its way back up. Both keep the invariants that `mod.rs` states.

use std::cmp::Ordering;
use std::mem;
use std::ops::Range;

use super::node::{Branch, Inner, Node};
use super::{Tree, position};

impl Tree {
    /// Puts a pair in. O(log n).
    ///
    /// The caller sees to it that the score is a number and that no equal pair is in the tree.
    pub(crate) fn insert(&mut self, score: f64, id: u32, cmp_member: impl Fn(u32) -> Ordering) {
        debug_assert!(!score.is_nan(), "a score is a number");
        if self.root.is_full() {
            self.raise_root();
        }
        let place = |(scores, ids): (&[f64], &[u32])| position(scores, ids, score, &cmp_member);
        let mut node = &mut *self.root;
        let mut is_on_right_edge = true;
        loop {
            let inner = match node {
                Node::Leaf(leaf) => {
                    leaf.insert(place(leaf.keys()), score, id);
                    break;
                }
                Node::Inner(inner) => inner,
            };
            // The pair goes below the child before this place. Where there is none, it is before
            // all others.
            let mut at = place(inner.keys());
            let child = inner.child(at.saturating_sub(1));
            if child.is_full() {
                let end = if at == 0 {
                    End::Front
                } else if is_on_right_edge && at == inner.len && place(child.keys()) == child.len()
                {
                    End::Back
                } else {
                    End::Neither
                };
                self.node_count += inner.make_room(at.saturating_sub(1), end);
                at = place(inner.keys());
            }
            if at == 0 {
                (inner.scores[0], inner.ids[0]) = (score, id);
            }
            let at = at.saturating_sub(1);
            inner.counts[at] += 1;
            is_on_right_edge &= at + 1 == inner.len;
            node = inner.child_mut(at);
        }
        self.len += 1;
    }

    /// Gives the pair of this score and member another id, if it is in the tree. O(log n).
    pub(crate) fn replace_id(
        &mut self,
        score: f64,
        cmp_member: impl Fn(u32) -> Ordering,
        id: u32,
    ) -> bool {
        let mut node = &mut *self.root;
        loop {
            let (scores, ids) = node.keys();
            let at = position(scores, ids, score, &cmp_member);
            let is_found = scores.get(at) == Some(&score) && cmp_member(ids[at]).is_eq();
            match node {
                Node::Leaf(leaf) => {
                    if is_found {
                        leaf.ids[at] = id;
                    }
                    return is_found;
                }
                Node::Inner(inner) => {
                    // The first pair below a child is named here as well.
                    if is_found {
                        inner.ids[at] = id;
                    }
                    match (at + usize::from(is_found)).checked_sub(1) {
                        Some(child) => node = inner.child_mut(child),
                        None => return false,
                    }
                }
            }
        }
    }

    /// Takes the pair of this score and member out and returns its id. O(log n).
    pub(crate) fn remove(
        &mut self,
        score: f64,
        cmp_member: impl Fn(u32) -> Ordering,
    ) -> Option<u32> {
        let rank = self.rank(score, cmp_member)?;
        let mut removed = None;
        self.remove_range(rank..rank + 1, |id| removed = Some(id));
        removed
    }

    /// Takes the pairs with these ranks out and shows their ids, in order; ranks beyond the last
    /// are left out. O(log n) and O(1) for each pair.
    pub(crate) fn remove_range(&mut self, ranks: Range<usize>, mut see: impl FnMut(u32)) {
        let end = ranks.end.min(self.len);
        let mut rest = end.saturating_sub(ranks.start);
        if rest == self.len {
            self.root.visit(&mut see);
            self.clear();
            return;
        }
        while rest > 0 {
            let cut = self.root.cut(ranks.start, rest, &mut see);
            rest -= cut.pair_count;
            self.len -= cut.pair_count;
            self.node_count -= cut.node_count;
            self.lower_root();
        }
    }

    /// Puts a root with one child over the root, which can then be split.
    fn raise_root(&mut self) {
        let old = mem::replace(&mut self.root, Box::new(Node::Inner(Inner::new())));
        *self.root = Node::Inner(Inner::over(Branch::new(old)));
        self.node_count += 1;
    }

    /// Drops roots that have but one child.
    fn lower_root(&mut self) {
        while let Node::Inner(inner) = &mut *self.root {
            if inner.len > 1 {
                break;
            }
            self.root = inner.remove(0);
            self.node_count -= 1;
        }
    }
}

/// At which end of the whole tree a pair comes in.
#[derive(Clone, Copy)]
enum End {
    Front,
    Back,
    Neither,
}

/// What one step of a removal took out.
struct Cut {
    pair_count: usize,
    node_count: usize,
}

impl Node {
    fn is_full(&self) -> bool {
        self.len() == self.len_max()
    }

    /// A third: far enough from the half that a split leaves, so that pairs that come and go
    /// do not split and merge the same nodes.
    fn is_sparse(&self) -> bool {
        self.len() < self.len_max() / 3
    }

    /// An eighth of the slots stays free in a node made of two, and is free in a node that takes
    /// over items from a full one, so that either is worth its moves. Arbitrary.
    fn len_comfortable(&self) -> usize {
        self.len_max() - self.len_max() / 8
    }

    /// Takes out up to `count_max` pairs from this rank on, one at least: a part of one leaf, or
    /// all below one child.
    fn cut(&mut self, rank: usize, count_max: usize, see: &mut impl FnMut(u32)) -> Cut {
        let inner = match self {
            Node::Leaf(leaf) => {
                let range = rank..leaf.len.min(rank + count_max);
                leaf.ids[range.clone()].iter().copied().for_each(see);
                leaf.remove(range.clone());
                return Cut { pair_count: range.len(), node_count: 0 };
            }
            Node::Inner(inner) => inner,
        };
        let (at, rank) = inner.child_at(rank);
        let pair_count = inner.counts[at];
        if rank == 0 && pair_count <= count_max {
            let child = inner.remove(at);
            child.visit(see);
            return Cut { pair_count, node_count: child.node_count() };
        }
        let mut cut = inner.child_mut(at).cut(rank, count_max, see);
        inner.refresh(at);
        cut.node_count += inner.refill(at);
        cut
    }
}

impl Inner {
    /// Makes room for one item in a full child and returns the number of nodes this adds.
    fn make_room(&mut self, at: usize, end: End) -> usize {
        let len_max = self.child(at).len_max();
        let left_len = match end {
            // More is to come at this end: the part that no pair will come into stays full.
            End::Front => 1,
            End::Back => len_max - 1,
            End::Neither => {
                if at > 0 && self.has_much_room(at - 1) {
                    self.level(at - 1);
                    return 0;
                }
                if at + 1 < self.len && self.has_much_room(at + 1) {
                    self.level(at);
                    return 0;
                }
                len_max / 2
            }
        };
        self.split(at, left_len);
        1
    }

    /// Sees to it that a child is not sparse, if there is a child beside it, and returns the number
    /// of nodes this frees.
    fn refill(&mut self, at: usize) -> usize {
        if !self.child(at).is_sparse() || self.len == 1 {
            return 0;
        }
        let left = at.saturating_sub(1);
        let len = self.child(left).len() + self.child(left + 1).len();
        if len > self.child(left).len_comfortable() {
            self.level(left);
            return 0;
        }
        self.merge(left);
        1
    }

    fn has_much_room(&self, at: usize) -> bool {
        self.child(at).len() <= self.child(at).len_comfortable()
    }

    /// Splits a child; the left part keeps its place and `left_len` items.
    fn split(&mut self, at: usize, left_len: usize) {
        let left = self.child_mut(at);
        let mut right = left.new_like();
        Node::share(left, &mut right, left_len);
        self.refresh(at);
        self.insert(at + 1, Branch::new(right));
    }

    /// Gives two neighbours the same number of items.
    fn level(&mut self, at: usize) {
        let (left, right) = self.neighbours_mut(at);
        let half = (left.len() + right.len()) / 2;
        Node::share(left, right, half);
        self.refresh(at);
        self.refresh(at + 1);
    }

    /// Makes one child of two neighbours.
    fn merge(&mut self, at: usize) {
        let (left, right) = self.neighbours_mut(at);
        let len = left.len() + right.len();
        Node::share(left, right, len);
        drop(self.remove(at + 1));
        self.refresh(at);
    }
}
