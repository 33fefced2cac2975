//! A walk over pairs in order, from either end.
//!
//! It holds no path through the tree: where it is, is a rank. It takes the pairs from the rest of a
//! leaf, and when that is used up it finds the next leaf by rank. Both ends may stand in the same
//! leaf; the ranks keep them from crossing.

use std::iter::{Copied, FusedIterator, Zip};
use std::ops::Range;
use std::slice::Iter;

use super::Tree;

/// The pairs of a range of ranks; made by [`Tree::range`].
#[derive(Clone, Debug)]
pub(crate) struct Pairs<'a> {
    tree: &'a Tree,
    /// The ranks that are left.
    ranks: Range<usize>,
    /// A leaf from the first rank on.
    ahead: Run<'a>,
    /// A leaf up to the last rank.
    behind: Run<'a>,
}

/// Pairs of one leaf.
type Run<'a> = Zip<Copied<Iter<'a, f64>>, Copied<Iter<'a, u32>>>;

impl<'a> Pairs<'a> {
    pub(super) fn new(tree: &'a Tree, ranks: Range<usize>) -> Self {
        let end = ranks.end.min(tree.len());
        let ranks = ranks.start.min(end)..end;
        Pairs { tree, ranks, ahead: run(&[], &[]), behind: run(&[], &[]) }
    }
}

impl Iterator for Pairs<'_> {
    type Item = (f64, u32);

    fn next(&mut self) -> Option<(f64, u32)> {
        let rank = self.ranks.next()?;
        self.ahead.next().or_else(|| {
            let (leaf, at) = self.tree.leaf_at(rank)?;
            let (scores, ids) = leaf.keys();
            self.ahead = run(&scores[at..], &ids[at..]);
            self.ahead.next()
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ranks.size_hint()
    }
}

impl DoubleEndedIterator for Pairs<'_> {
    fn next_back(&mut self) -> Option<(f64, u32)> {
        let rank = self.ranks.next_back()?;
        self.behind.next_back().or_else(|| {
            let (leaf, at) = self.tree.leaf_at(rank)?;
            let (scores, ids) = leaf.keys();
            self.behind = run(&scores[..=at], &ids[..=at]);
            self.behind.next_back()
        })
    }
}

impl ExactSizeIterator for Pairs<'_> {}

impl FusedIterator for Pairs<'_> {}

fn run<'a>(scores: &'a [f64], ids: &'a [u32]) -> Run<'a> {
    scores.iter().copied().zip(ids.iter().copied())
}
