//! The nodes of the tree: rows of pairs and rows of children.
//!
//! A node does not know its depth, its parent or how full it should be; `edit.rs` decides when
//! items move. The first `len` slots of every row of a node are its items; what the other slots
//! hold has no meaning, except that they hold no child. Invariant of an inner node: `scores[i]` and
//! `ids[i]` are the first pair below child `i`, `counts[i]` is the number of pairs below it.

use std::ops::Range;

/// Pairs in a leaf and children in an inner node: what fits into 1016 bytes, tag included. With the
/// word that glibc puts before a block this is 1024, which is also a size class of jemalloc and
/// mimalloc.
pub(super) const LEAF_MAX: usize = 83;
pub(super) const INNER_MAX: usize = 35;

const _: () = assert!(size_of::<Node>() <= 1016);

/// A leaf or an inner node.
#[derive(Debug)]
pub(super) enum Node {
    /// Pairs.
    Leaf(Leaf),
    /// Children, all leaves or all inner nodes.
    Inner(Inner),
}

/// A row of pairs. Scores and ids lie apart, so that a pair takes 12 bytes and a search reads
/// scores only.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) len: usize,
    pub(super) scores: [f64; LEAF_MAX],
    pub(super) ids: [u32; LEAF_MAX],
}

/// A row of children, with what is known about each without going there.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) len: usize,
    pub(super) scores: [f64; INNER_MAX],
    pub(super) ids: [u32; INNER_MAX],
    pub(super) counts: [usize; INNER_MAX],
    children: [Option<Box<Node>>; INNER_MAX],
}

/// A node with what its parent says about it.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) score: f64,
    pub(super) id: u32,
    pub(super) count: usize,
    pub(super) node: Box<Node>,
}

impl Branch {
    /// # Panics
    /// If the node is empty.
    pub(super) fn new(node: Box<Node>) -> Self {
        let (score, id) = node.first();
        Branch { score, id, count: node.count(), node }
    }
}

impl Node {
    /// The number of items: pairs or children.
    pub(super) fn len(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.len,
            Node::Inner(inner) => inner.len,
        }
    }

    /// How many items a node of this kind can hold.
    pub(super) fn len_max(&self) -> usize {
        match self {
            Node::Leaf(_) => LEAF_MAX,
            Node::Inner(_) => INNER_MAX,
        }
    }

    /// The number of pairs in or below this node.
    pub(super) fn count(&self) -> usize {
        match self {
            Node::Leaf(leaf) => leaf.len,
            Node::Inner(inner) => inner.count_before(inner.len),
        }
    }

    /// The number of nodes from here down, this one included.
    pub(super) fn node_count(&self) -> usize {
        match self {
            Node::Leaf(_) => 1,
            Node::Inner(inner) => match inner.child(0) {
                Node::Leaf(_) => 1 + inner.len,
                Node::Inner(_) => 1 + inner.children().map(Node::node_count).sum::<usize>(),
            },
        }
    }

    /// The pairs to search in: those of a leaf, or the first below each child.
    pub(super) fn keys(&self) -> (&[f64], &[u32]) {
        match self {
            Node::Leaf(leaf) => leaf.keys(),
            Node::Inner(inner) => inner.keys(),
        }
    }

    /// The first pair in or below this node.
    ///
    /// # Panics
    /// If the node is empty.
    pub(super) fn first(&self) -> (f64, u32) {
        let (scores, ids) = self.keys();
        (scores[0], ids[0])
    }

    /// Shows all ids in or below this node, in order.
    pub(super) fn visit(&self, see: &mut impl FnMut(u32)) {
        match self {
            Node::Leaf(leaf) => leaf.ids[..leaf.len].iter().copied().for_each(see),
            Node::Inner(inner) => inner.children().for_each(|child| child.visit(see)),
        }
    }

    /// An empty node of the same kind.
    pub(super) fn new_like(&self) -> Box<Node> {
        Box::new(match self {
            Node::Leaf(_) => Node::Leaf(Leaf::new()),
            Node::Inner(_) => Node::Inner(Inner::new()),
        })
    }

    /// Moves items over the border between two neighbours, so that `left` has `left_len` of them
    /// and `right` the others. Splitting, merging and levelling are all this.
    pub(super) fn share(left: &mut Node, right: &mut Node, left_len: usize) {
        match (left, right) {
            (Node::Leaf(left), Node::Leaf(right)) => Leaf::share(left, right, left_len),
            (Node::Inner(left), Node::Inner(right)) => Inner::share(left, right, left_len),
            (Node::Leaf(_), Node::Inner(_)) | (Node::Inner(_), Node::Leaf(_)) => {
                unreachable!("nodes of one level are of one kind")
            }
        }
    }
}

impl Leaf {
    pub(super) fn new() -> Self {
        Leaf { len: 0, scores: [0.0; LEAF_MAX], ids: [0; LEAF_MAX] }
    }

    /// The pairs.
    pub(super) fn keys(&self) -> (&[f64], &[u32]) {
        (&self.scores[..self.len], &self.ids[..self.len])
    }

    /// Puts a pair in at this place.
    ///
    /// # Panics
    /// If the leaf is full.
    pub(super) fn insert(&mut self, at: usize, score: f64, id: u32) {
        self.len += 1;
        insert_slot(&mut self.scores[..self.len], at, score);
        insert_slot(&mut self.ids[..self.len], at, id);
    }

    /// Takes the pairs at these places out.
    pub(super) fn remove(&mut self, range: Range<usize>) {
        self.scores.copy_within(range.end..self.len, range.start);
        self.ids.copy_within(range.end..self.len, range.start);
        self.len -= range.len();
    }

    fn share(left: &mut Leaf, right: &mut Leaf, left_len: usize) {
        let border = Border { old: left.len, new: left_len, all: left.len + right.len };
        border.shift(&mut left.scores, &mut right.scores);
        border.shift(&mut left.ids, &mut right.ids);
        (left.len, right.len) = (border.new, border.all - border.new);
    }
}

impl Inner {
    pub(super) fn new() -> Self {
        Inner {
            len: 0,
            scores: [0.0; INNER_MAX],
            ids: [0; INNER_MAX],
            counts: [0; INNER_MAX],
            children: [const { None }; INNER_MAX],
        }
    }

    /// A node with one child.
    pub(super) fn over(branch: Branch) -> Self {
        let mut inner = Inner::new();
        inner.insert(0, branch);
        inner
    }

    /// The first pair below each child.
    pub(super) fn keys(&self) -> (&[f64], &[u32]) {
        (&self.scores[..self.len], &self.ids[..self.len])
    }

    /// Puts a child in at this place.
    ///
    /// # Panics
    /// If the node is full.
    pub(super) fn insert(&mut self, at: usize, branch: Branch) {
        self.len += 1;
        insert_slot(&mut self.scores[..self.len], at, branch.score);
        insert_slot(&mut self.ids[..self.len], at, branch.id);
        insert_slot(&mut self.counts[..self.len], at, branch.count);
        insert_slot(&mut self.children[..self.len], at, Some(branch.node));
    }

    /// Takes the child at this place out.
    pub(super) fn remove(&mut self, at: usize) -> Box<Node> {
        self.scores.copy_within(at + 1..self.len, at);
        self.ids.copy_within(at + 1..self.len, at);
        self.counts.copy_within(at + 1..self.len, at);
        self.children[at..self.len].rotate_left(1);
        self.len -= 1;
        self.children[self.len].take().expect(HAS_CHILD)
    }

    /// Brings what is said about a child up to date.
    pub(super) fn refresh(&mut self, at: usize) {
        let child = self.child(at);
        let ((score, id), count) = (child.first(), child.count());
        (self.scores[at], self.ids[at], self.counts[at]) = (score, id, count);
    }

    pub(super) fn child(&self, at: usize) -> &Node {
        self.children[at].as_deref().expect(HAS_CHILD)
    }

    pub(super) fn child_mut(&mut self, at: usize) -> &mut Node {
        self.children[at].as_deref_mut().expect(HAS_CHILD)
    }

    /// The child at this place and the one behind it.
    pub(super) fn neighbours_mut(&mut self, at: usize) -> (&mut Node, &mut Node) {
        let (before, behind) = self.children.split_at_mut(at + 1);
        let (left, right) = (before[at].as_deref_mut(), behind[0].as_deref_mut());
        (left.expect(HAS_CHILD), right.expect(HAS_CHILD))
    }

    pub(super) fn children(&self) -> impl Iterator<Item = &Node> {
        self.children[..self.len].iter().map(|child| child.as_deref().expect(HAS_CHILD))
    }

    /// The number of pairs below the first `at` children.
    pub(super) fn count_before(&self, at: usize) -> usize {
        self.counts[..at].iter().sum()
    }

    /// The child below which the pair with this rank is, and the rank among the pairs there.
    ///
    /// # Panics
    /// If there are not so many pairs below this node.
    pub(super) fn child_at(&self, mut rank: usize) -> (usize, usize) {
        let counts = &self.counts[..self.len];
        let mut at = 0;
        while rank >= counts[at] {
            rank -= counts[at];
            at += 1;
        }
        (at, rank)
    }

    fn share(left: &mut Inner, right: &mut Inner, left_len: usize) {
        let border = Border { old: left.len, new: left_len, all: left.len + right.len };
        border.shift(&mut left.scores, &mut right.scores);
        border.shift(&mut left.ids, &mut right.ids);
        border.shift(&mut left.counts, &mut right.counts);
        border.shift(&mut left.children, &mut right.children);
        (left.len, right.len) = (border.new, border.all - border.new);
    }
}

const HAS_CHILD: &str = "every slot below the length of an inner node holds a child";

/// The border between two neighbours: how many of all their items lie before it.
#[derive(Clone, Copy)]
struct Border {
    old: usize,
    new: usize,
    all: usize,
}

impl Border {
    /// Moves the items of one row over the border. What the free slots hold goes the other way.
    fn shift<T>(self, left: &mut [T], right: &mut [T]) {
        let Border { old, new, all } = self;
        if new > old {
            left[old..new].swap_with_slice(&mut right[..new - old]);
            right[..all - old].rotate_left(new - old);
        } else {
            right[..all - new].rotate_right(old - new);
            right[..old - new].swap_with_slice(&mut left[new..old]);
        }
    }
}

/// Puts an item in at this place; the last slot is free before.
fn insert_slot<T>(slots: &mut [T], at: usize, item: T) {
    slots[at..].rotate_right(1);
    slots[at] = item;
}
