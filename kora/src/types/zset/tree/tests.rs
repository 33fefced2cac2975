//! The tree against a sorted `Vec`, its invariants, and its memory.

use std::cmp::Ordering;
use std::iter;

use super::node::{INNER_MAX, LEAF_MAX, Node};
use super::{Pairs, Tree};
use crate::map::ALLOCATION_OVERHEAD;
use crate::types::random::Random;

/// The member an id stands for: a number that is ordered otherwise than the ids are.
fn member(id: u32) -> u32 {
    id.wrapping_mul(0x9E37_79B1).rotate_left(16)
}

fn cmp_member_of(id: u32) -> impl Fn(u32) -> Ordering + Copy {
    move |other| member(id).cmp(&member(other))
}

fn cmp_pairs(one: (f64, u32), two: (f64, u32)) -> Ordering {
    let scores = one.0.partial_cmp(&two.0).expect("scores are numbers");
    scores.then_with(|| member(one.1).cmp(&member(two.1)))
}

impl Tree {
    /// Panics unless every invariant of `mod.rs` and `node.rs` holds.
    pub(crate) fn check(&self, cmp_pairs: impl Fn((f64, u32), (f64, u32)) -> Ordering) {
        let mut seen = Seen { depths: Vec::new(), node_count: 0, pairs: Vec::new() };
        seen.visit(&self.root, 0, true, true);
        assert_eq!(seen.node_count, self.node_count);
        assert_eq!(seen.pairs.len(), self.len);
        assert!(seen.depths.windows(2).all(|two| two[0] == two[1]), "leaves are equally deep");
        for two in seen.pairs.windows(2) {
            assert_eq!(cmp_pairs(two[0], two[1]), Ordering::Less, "{two:?}");
        }
        if let Node::Inner(root) = &*self.root {
            assert!(root.len >= 2, "a root with one child");
        }
    }
}

struct Seen {
    depths: Vec<usize>,
    node_count: usize,
    pairs: Vec<(f64, u32)>,
}

impl Seen {
    /// Returns the number of pairs below the node.
    fn visit(&mut self, node: &Node, depth: usize, is_leftmost: bool, is_rightmost: bool) -> usize {
        self.node_count += 1;
        let is_root = is_leftmost && is_rightmost && depth == 0;
        let len_min = match (is_root, is_leftmost || is_rightmost) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => node.len_max() / 3,
        };
        assert!((len_min..=node.len_max()).contains(&node.len()), "{} items", node.len());
        let start = self.pairs.len();
        match node {
            Node::Leaf(leaf) => {
                self.depths.push(depth);
                self.pairs.extend(iter::zip(leaf.scores, leaf.ids).take(leaf.len));
            }
            Node::Inner(inner) => {
                for (at, child) in inner.children().enumerate() {
                    let is_leftmost = is_leftmost && at == 0;
                    let is_rightmost = is_rightmost && at + 1 == inner.len;
                    let first = self.pairs.len();
                    let count = self.visit(child, depth + 1, is_leftmost, is_rightmost);
                    assert_eq!(inner.counts[at], count);
                    assert_eq!((inner.scores[at], inner.ids[at]), self.pairs[first]);
                }
            }
        }
        self.pairs.len() - start
    }
}

/// A tree and what it should be.
struct Modelled {
    tree: Tree,
    model: Vec<(f64, u32)>,
}

impl Modelled {
    fn new() -> Self {
        Modelled { tree: Tree::new(), model: Vec::new() }
    }

    /// A set of this many pairs, among them many with equal scores.
    fn of_len(len: u32, random: &mut Random) -> Self {
        let mut model: Vec<_> = (0..len).map(|id| (random_score(random), id)).collect();
        model.sort_unstable_by(|one, two| cmp_pairs(*one, *two));
        Modelled { tree: Tree::from_sorted(model.iter().copied()), model }
    }

    fn place(&self, pair: (f64, u32)) -> Result<usize, usize> {
        self.model.binary_search_by(|other| cmp_pairs(*other, pair))
    }

    fn insert(&mut self, score: f64, id: u32) {
        if let Err(at) = self.place((score, id)) {
            self.model.insert(at, (score, id));
            self.tree.insert(score, id, cmp_member_of(id));
        }
    }

    fn remove(&mut self, score: f64, id: u32) {
        let expected = self.place((score, id)).ok().map(|at| self.model.remove(at).1);
        assert_eq!(self.tree.remove(score, cmp_member_of(id)), expected);
    }

    fn remove_range(&mut self, start: usize, end: usize) {
        let expected: Vec<u32> =
            self.model.drain(ranks(start, end, &self.model)).map(|(_, id)| id).collect();
        let mut removed = Vec::new();
        self.tree.remove_range(start..end, |id| removed.push(id));
        assert_eq!(removed, expected);
    }

    fn check(&self) {
        self.tree.check(cmp_pairs);
        assert_eq!(self.tree.len(), self.model.len());
        assert!(self.tree.range(0..usize::MAX).eq(self.model.iter().copied()));
    }

    /// Asks everything about one place of the set.
    fn ask(&self, score: f64, id: u32, random: &mut Random) {
        assert_eq!(self.tree.rank(score, cmp_member_of(id)), self.place((score, id)).ok());
        let before_score = self.model.partition_point(|pair| pair.0 < score);
        assert_eq!(self.tree.lower_bound(|other, _| other < score), before_score);
        let through_score = self.model.partition_point(|pair| pair.0 <= score);
        assert_eq!(self.tree.lower_bound(|other, _| other <= score), through_score);
        let before_pair = self.place((score, id)).unwrap_or_else(|at| at);
        let is_before = |other, other_id| cmp_pairs((other, other_id), (score, id)).is_lt();
        assert_eq!(self.tree.lower_bound(is_before), before_pair);

        let rank = random.within(0..self.model.len() + 3);
        assert_eq!(self.tree.select(rank), self.model.get(rank).copied());
        let start = random.within(0..self.model.len() + 3);
        self.walk(
            self.tree.range(start..rank),
            &self.model[ranks(start, rank, &self.model)],
            random,
        );
    }

    /// Takes pairs from both ends in random order.
    fn walk(&self, mut pairs: Pairs<'_>, expected: &[(f64, u32)], random: &mut Random) {
        let mut expected = expected.iter().copied();
        let back_in = random.within(1..200);
        loop {
            assert_eq!(pairs.len(), expected.len());
            let (found, wanted) = match random.one_in(back_in) {
                true => (pairs.next_back(), expected.next_back()),
                false => (pairs.next(), expected.next()),
            };
            assert_eq!(found, wanted);
            if wanted.is_none() {
                break;
            }
        }
    }
}

/// The part of these ranks that the model has.
fn ranks(start: usize, end: usize, model: &[(f64, u32)]) -> std::ops::Range<usize> {
    let end = end.min(model.len());
    start.min(end)..end
}

/// Mostly one of few, so that ties are common, with all that is special about floats.
fn random_score(random: &mut Random) -> f64 {
    const SPECIAL: [f64; 10] = [
        0.0,
        -0.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        -5e-324,
        1.0,
        -1.0,
    ];
    match random.within(0..4) {
        0 => SPECIAL[random.within(0..SPECIAL.len())],
        1 => f64::from(u8::try_from(random.within(0..20)).unwrap()) - 10.0,
        _ => f64::from(u16::try_from(random.within(0..5_000)).unwrap()) / 4.0,
    }
}

#[test]
fn random_changes_agree_with_a_sorted_vec() {
    let mut random = Random::from_environment();
    let mut set = Modelled::new();
    let mut scores: Vec<Option<f64>> = vec![None; 12_000];
    for round in 0..60_000 {
        // The set grows to some thousand pairs, three levels, and shrinks again, twice.
        let is_growing = round / 15_000 % 2 == 0;
        let id = random.within(0..scores.len());
        let score = random_score(&mut random);
        let number = u32::try_from(id).unwrap();
        match scores[id].take() {
            None if is_growing || random.one_in(4) => {
                set.insert(score, number);
                scores[id] = Some(score);
            }
            None => set.remove(score, number),
            Some(old) if is_growing && !random.one_in(4) => {
                set.ask(old, number, &mut random);
                scores[id] = Some(old);
            }
            Some(old) => set.remove(old, number),
        }
        if round % 500 == 0 {
            set.check();
            set.ask(score, number, &mut random);
        }
    }
    set.check();
}

#[test]
fn every_range_of_a_set_can_be_removed() {
    let mut random = Random::from_environment();
    for round in 0..300 {
        let len = random.within(0..if round % 10 == 0 { 8_000 } else { 600 });
        let mut set = Modelled::of_len(u32::try_from(len).unwrap(), &mut random);
        // Some small holes first, so that nodes are not all full.
        for _ in 0..random.within(0..20) {
            let start = random.within(0..set.model.len() + 1);
            set.remove_range(start, start + random.within(0..40));
        }
        set.check();
        while set.tree.len() > 0 && !random.one_in(8) {
            let start = random.within(0..set.model.len() + 2);
            let end = random.within(0..set.model.len() + 2);
            set.remove_range(start, end);
            set.check();
        }
        set.remove_range(0, usize::MAX);
        set.check();
        set.insert(1.0, 1);
        set.check();
    }
}

#[test]
fn one_range_of_a_high_tree_can_be_removed() {
    let mut random = Random::from_environment();
    let len = 250_000;
    let mut set = Modelled::of_len(len, &mut random);
    for (start, end) in [(100, 101), (90_000, 200_000), (5, 60_000), (70_000, 200_000)] {
        set.remove_range(start, end);
        set.check();
    }
    for _ in 0..200 {
        let start = random.within(0..set.model.len());
        set.remove_range(start, start + random.within(0..500));
    }
    set.check();
}

#[test]
fn a_tree_from_sorted_pairs_holds_them() {
    let row = LEAF_MAX * INNER_MAX;
    for len in [0, 1, 2, LEAF_MAX - 1, LEAF_MAX, LEAF_MAX + 1, row - 1, row, row + 1, 2 * row + 1] {
        let mut set =
            Modelled::of_len(u32::try_from(len).unwrap(), &mut Random::from_environment());
        set.check();
        set.insert(0.5, 1 << 20);
        set.insert(f64::NEG_INFINITY, 1 << 21);
        set.insert(f64::INFINITY, 1 << 22);
        set.check();
    }
}

#[test]
fn zeros_of_both_signs_are_one_score_and_keep_their_sign() {
    let mut set = Modelled::new();
    for id in 0..200 {
        set.insert(if id % 2 == 0 { 0.0 } else { -0.0 }, id);
    }
    set.check();
    assert_eq!(set.tree.lower_bound(|score, _| score < 0.0), 0);
    for (score, id) in set.tree.range(0..200) {
        assert_eq!(score.is_sign_negative(), id % 2 == 1);
    }
    // Found by the other zero.
    assert_eq!(set.tree.remove(-0.0, cmp_member_of(0)), Some(0));
    assert_eq!(set.tree.remove(-0.0, cmp_member_of(0)), None);
}

#[test]
fn a_pair_gets_another_id_wherever_it_is_named() {
    // Two ids stand for one member.
    let cmp_member_of = |id: u32| move |other: u32| (id / 2).cmp(&(other / 2));
    let cmp_pairs = |one: (f64, u32), two: (f64, u32)| {
        one.0.total_cmp(&two.0).then((one.1 / 2).cmp(&(two.1 / 2)))
    };
    for len in [1, 50, 10_000] {
        let score = |member: u32| f64::from(member / 7);
        let mut tree = Tree::from_sorted((0..len).map(|member| (score(member), 2 * member)));
        for member in (0..len).step_by(3) {
            let id = 2 * member + 1;
            assert!(tree.replace_id(score(member), cmp_member_of(id), id));
        }
        tree.check(cmp_pairs);
        for (member, (found, id)) in (0..len).zip(tree.range(0..tree.len())) {
            assert_eq!((found, id), (score(member), 2 * member + u32::from(member % 3 == 0)));
        }
        let outside = [(-1.0, 0), (0.0, 14), (score(len) + 1.0, 2 * len), (0.5, 2)];
        for (score, id) in outside {
            assert!(!tree.replace_id(score, cmp_member_of(id), id + 1));
        }
    }
}

#[test]
fn an_empty_tree_answers() {
    let mut tree = Tree::new();
    assert_eq!((tree.len(), tree.select(0), tree.range(0..9).next()), (0, None, None));
    assert_eq!(tree.rank(1.0, cmp_member_of(1)), None);
    assert_eq!(tree.remove(1.0, cmp_member_of(1)), None);
    assert_eq!(tree.lower_bound(|_, _| true), 0);
    tree.remove_range(0..9, |id| panic!("{id} is not there"));
    tree.check(cmp_pairs);
}

fn assert_bytes_per_pair(tree: &Tree, most: f64) {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let (bytes, len) = (tree.heap_bytes() as f64, tree.len() as f64);
    assert!(bytes / len < most, "{} bytes a pair", bytes / len);
}

/// A tree of scores inserted in this order.
fn tree_of(scores: impl Iterator<Item = u32>) -> Tree {
    let mut tree = Tree::new();
    for score in scores {
        tree.insert(f64::from(score), score, cmp_member_of(score));
    }
    tree.check(cmp_pairs);
    tree
}

#[test]
fn a_million_pairs_in_order_take_13_bytes_each() {
    assert_bytes_per_pair(&tree_of(0..1_000_000), 13.0);
    assert_bytes_per_pair(&tree_of((0..1_000_000).rev()), 13.0);
    let built = Tree::from_sorted((0..1_000_000).map(|id| (f64::from(id), id)));
    assert_bytes_per_pair(&built, 13.0);
}

#[test]
fn a_million_pairs_in_random_order_take_17_bytes_each() {
    let mut random = Random::from_environment();
    let mut scores: Vec<u32> = (0..1_000_000).collect();
    for at in (1..scores.len()).rev() {
        scores.swap(at, random.within(0..at + 1));
    }
    assert_bytes_per_pair(&tree_of(scores.into_iter()), 17.0);
}

#[test]
fn memory_follows_the_number_of_pairs_down() {
    let mut random = Random::from_environment();
    let mut tree = Tree::from_sorted((0..200_000).map(|id| (f64::from(id), id)));
    while tree.len() > 0 {
        for _ in 0..tree.len().min(20_000) {
            let (score, id) =
                tree.select(random.within(0..tree.len())).expect("a rank in the tree");
            assert_eq!(tree.remove(score, cmp_member_of(id)), Some(id));
        }
        tree.check(cmp_pairs);
        // A third of 83 slots of 12 bytes each, and the path along both edges.
        assert!(tree.heap_bytes() <= tree.len() * 40 + 9 * size_of::<Node>());
    }
    assert_eq!(tree.heap_bytes(), size_of::<Node>() + ALLOCATION_OVERHEAD);
}

#[test]
fn a_sliding_window_stays_small() {
    let mut tree = Tree::new();
    for id in 0..200_000 {
        tree.insert(f64::from(id), id, cmp_member_of(id));
        if id >= 5_000 {
            tree.remove_range(0..1, |removed| assert_eq!(removed, id - 5_000));
        }
    }
    tree.check(cmp_pairs);
    assert_bytes_per_pair(&tree, 14.0);
}

#[test]
fn dropping_a_large_tree_needs_little_stack() {
    let work = || {
        let mut tree = Tree::from_sorted((0..5_000_000).map(|id| (f64::from(id), id)));
        tree.remove_range(10..4_000_000, |_| {});
        tree.clear();
        drop(Tree::from_sorted((0..1_000_000).map(|id| (f64::from(id), id))));
    };
    let thread = std::thread::Builder::new().stack_size(64 << 10).spawn(work).expect("a thread");
    thread.join().expect("the stack suffices");
}
