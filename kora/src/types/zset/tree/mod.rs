//! The order of a sorted set: a B+tree of `(score, id)` pairs that also counts, so that ranks are
//! cheap.
//!
//! It does not know members. An id stands for one; where two scores are equal, the caller compares
//! the members. It does not find a member's score either: that is the hash table beside it.
//!
//! Pairs lie in leaves, in order, 12 bytes each and nothing between them. An inner node keeps for
//! each child the first pair below it, to go down by order, and the number of pairs below it, to go
//! down by rank. All nodes have the same size and nothing points upwards or sideways: to go on
//! behind the end of a leaf, a walk goes down again from the root by rank, which happens once in
//! some sixty steps and touches three nodes.
//!
//! Memory per pair: 12.8 bytes if pairs come in ascending or descending order, since the outermost
//! nodes split so that the inside one stays full; 15.4 in random order, since a full node first
//! looks for room beside itself (both measured with a million). A node of the skip list in Redis
//! takes about 45 for the same: pointers to the member, back, and 1.33 times forward with a width,
//! and the score. A tree of a few pairs still takes one leaf, a kilobyte; smaller sets are packed.
//!
//! Invariants: all leaves are equally deep; every node is at least a third full, except those on
//! the left and right edge of the tree, which hold at least one item; the root has two children or
//! is a leaf.

mod edit;
mod node;
mod pairs;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::ops::Range;

use crate::map::ALLOCATION_OVERHEAD;

use node::{Branch, INNER_MAX, Inner, LEAF_MAX, Leaf, Node};

pub(crate) use pairs::Pairs;

/// The pairs of a sorted set in order: by score, then by member.
///
/// Scores are never NaN; -0.0 and 0.0 are equal. `cmp_member` arguments compare the member that
/// the call is about with the member of another id: `Less` if it comes before that one.
#[derive(Debug)]
pub(crate) struct Tree {
    root: Box<Node>,
    len: usize,
    node_count: usize,
}

impl Tree {
    /// A tree without pairs. It has one leaf already.
    pub(crate) fn new() -> Self {
        Tree { root: Box::new(Node::Leaf(Leaf::new())), len: 0, node_count: 1 }
    }

    /// A tree of pairs that come in order. O(n), and the tree is full. A later insertion splits
    /// what it meets.
    ///
    /// # Panics
    /// In debug builds, if a score is smaller than the one before it.
    pub(crate) fn from_sorted(pairs: impl IntoIterator<Item = (f64, u32)>) -> Self {
        let mut pairs = pairs.into_iter();
        let mut level = Vec::new();
        loop {
            let mut leaf = Leaf::new();
            for (score, id) in pairs.by_ref().take(LEAF_MAX) {
                leaf.insert(leaf.len, score, id);
            }
            debug_assert!(leaf.scores[..leaf.len].is_sorted(), "pairs come in order");
            if leaf.len == 0 {
                break;
            }
            level.push(Branch::new(Box::new(Node::Leaf(leaf))));
        }
        debug_assert!(level.is_sorted_by(|one, two| one.score <= two.score), "pairs come in order");
        Self::from_level(level)
    }

    /// Builds the inner nodes over a row of nodes, level by level.
    fn from_level(mut level: Vec<Branch>) -> Self {
        let mut node_count = level.len();
        while level.len() > 1 {
            let mut upper = Vec::with_capacity(level.len().div_ceil(INNER_MAX));
            let mut branches = level.into_iter().peekable();
            while branches.peek().is_some() {
                let mut inner = Inner::new();
                for branch in branches.by_ref().take(INNER_MAX) {
                    inner.insert(inner.len, branch);
                }
                upper.push(Branch::new(Box::new(Node::Inner(inner))));
            }
            node_count += upper.len();
            level = upper;
        }
        match level.pop() {
            Some(top) => Tree { root: top.node, len: top.count, node_count },
            None => Self::new(),
        }
    }

    /// The number of pairs.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Memory behind this value. O(1).
    pub(crate) fn heap_bytes(&self) -> usize {
        self.node_count * (size_of::<Node>() + ALLOCATION_OVERHEAD)
    }

    /// Drops all pairs. The recursion is as deep as the tree, which has fewer than 10 levels with
    /// as many pairs as there are ids.
    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    /// How many pairs come before this one, if it is in the tree. O(log n).
    pub(crate) fn rank(&self, score: f64, cmp_member: impl Fn(u32) -> Ordering) -> Option<usize> {
        let mut node = &*self.root;
        let mut rank = 0;
        loop {
            let (scores, ids) = node.keys();
            let at = position(scores, ids, score, &cmp_member);
            let is_found = scores.get(at) == Some(&score) && cmp_member(ids[at]).is_eq();
            match node {
                Node::Leaf(_) => return is_found.then_some(rank + at),
                // The pair is the first one below this child.
                Node::Inner(inner) if is_found => return Some(rank + inner.count_before(at)),
                Node::Inner(inner) => {
                    let child = at.checked_sub(1)?;
                    rank += inner.count_before(child);
                    node = inner.child(child);
                }
            }
        }
    }

    /// How many pairs lie before a bound; `is_before` is true for those and false for all behind
    /// them. O(log n).
    pub(crate) fn lower_bound(&self, mut is_before: impl FnMut(f64, u32) -> bool) -> usize {
        let mut node = &*self.root;
        let mut rank = 0;
        loop {
            let (scores, ids) = node.keys();
            let at = partition_point(scores.len(), |at| is_before(scores[at], ids[at]));
            match node {
                Node::Leaf(_) => return rank + at,
                Node::Inner(_) if at == 0 => return rank,
                Node::Inner(inner) => {
                    rank += inner.count_before(at - 1);
                    node = inner.child(at - 1);
                }
            }
        }
    }

    /// The pair with this rank. O(log n).
    pub(crate) fn select(&self, rank: usize) -> Option<(f64, u32)> {
        let (leaf, at) = self.leaf_at(rank)?;
        Some((leaf.scores[at], leaf.ids[at]))
    }

    /// The pairs with these ranks, from either end; ranks beyond the last are left out. O(log n) to
    /// begin, then O(1) a step, amortised.
    pub(crate) fn range(&self, ranks: Range<usize>) -> Pairs<'_> {
        Pairs::new(self, ranks)
    }

    /// The leaf that holds this rank, and where in it.
    fn leaf_at(&self, mut rank: usize) -> Option<(&Leaf, usize)> {
        if rank >= self.len {
            return None;
        }
        let mut node = &*self.root;
        loop {
            match node {
                Node::Leaf(leaf) => return Some((leaf, rank)),
                Node::Inner(inner) => {
                    let (child, below) = inner.child_at(rank);
                    (node, rank) = (inner.child(child), below);
                }
            }
        }
    }
}

/// How many of these pairs come before the pair of `score` and the member that `cmp_member`
/// compares.
fn position<F>(scores: &[f64], ids: &[u32], score: f64, cmp_member: &F) -> usize
where
    F: Fn(u32) -> Ordering,
{
    // Scores first and alone. They are counted, not searched: the processor compares several at
    // once and loads all of them in parallel, where a binary search waits for each; in a set of a
    // million it takes a third longer.
    let start = scores.iter().filter(|&&other| other < score).count();
    if scores.get(start) != Some(&score) {
        return start;
    }
    let tie_count = scores[start..].partition_point(|&other| other == score);
    start + ids[start..start + tie_count].partition_point(|&id| cmp_member(id).is_gt())
}

/// The first of `0..len` for which `is_before` is false.
fn partition_point(len: usize, mut is_before: impl FnMut(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
