//! The large form of a sorted set: members by hash for their scores, and by order for their ranks.
//!
//! [`Members`] gives each member an id; the index finds the id by the member's hash, the tree keeps
//! the ids in order. Finding a score costs three cache misses (bucket, page, record), a change
//! O(log n) besides. With members of 16 bytes all this is 55 bytes a member in random order, where
//! Redis 7.0's dictionary and skip list take 125 (both measured with half a million).
//!
//! Invariant: members, index and tree hold the same ids, and the score of an id in the tree is the
//! one beside its member.

use std::ops::Range;

use super::members::Members;
use super::run::Pair;
use super::tree::{Pairs, Tree};
use crate::map::{self, Index};
use crate::types::Change;
use crate::types::packed::Element;

/// A large sorted set.
#[derive(Debug)]
pub(crate) struct Table {
    members: Members,
    /// Ids, plus one, by the hash of their member.
    index: Index,
    tree: Tree,
}

fn hash_of(member: Element<'_>) -> u64 {
    member.with_bytes(map::hash)
}

/// The word of the index for an id.
fn word_of(id: u32) -> u64 {
    u64::from(id) + 1
}

/// The id of a word of the index.
#[inline]
fn id_of(word: u64) -> u32 {
    u32::try_from(word - 1).expect("words are made of ids")
}

impl Table {
    /// A table of pairs that come in order; `None` if a member comes twice.
    pub(super) fn from_sorted<'a>(pairs: impl Iterator<Item = Pair<'a>>) -> Option<Table> {
        let (mut members, mut index, mut is_set) = (Members::default(), Index::default(), true);
        let enter = |(member, score): Pair<'_>| {
            let hash = hash_of(member);
            is_set &= index.find(hash, |word| members.get(id_of(word)) == member).is_none();
            let id = members.insert(member, score);
            index.insert(hash, word_of(id), |word| hash_of(members.get(id_of(word))));
            (score, id)
        };
        let tree = Tree::from_sorted(pairs.map(enter));
        is_set.then_some(Table { members, index, tree })
    }

    /// The number of members.
    pub(super) fn len(&self) -> usize {
        self.tree.len()
    }

    /// Bytes on the heap. O(1).
    pub(super) fn heap_bytes(&self) -> usize {
        self.members.heap_bytes() + self.index.heap_bytes() + self.tree.heap_bytes()
    }

    #[inline]
    fn id(&self, hash: u64, member: &[u8]) -> Option<u32> {
        let is_it = |word| self.members.get(id_of(word)).eq_bytes(member);
        self.index.find(hash, is_it).map(|at| id_of(self.index.word(at)))
    }

    /// The score of a member.
    #[inline]
    pub(super) fn score(&self, member: &[u8]) -> Option<f64> {
        self.id(map::hash(member), member).map(|id| self.members.score(id))
    }

    /// How many members come before this one, and its score. O(log n).
    pub(super) fn rank(&self, member: &[u8]) -> Option<(usize, f64)> {
        let score = self.score(member)?;
        let sought = Element::Bytes(member);
        let rank = self.tree.rank(score, |id| sought.cmp(&self.members.get(id)));
        Some((rank.expect("what the index holds is in the tree"), score))
    }

    /// How many pairs stand before a bound; `is_before` is true for those and false for all behind
    /// them. O(log n).
    pub(super) fn lower_bound_by_score(&self, is_before: impl Fn(f64) -> bool) -> usize {
        self.tree.lower_bound(|score, _| is_before(score))
    }

    /// As [`Table::lower_bound_by_score`], where all scores are equal.
    pub(super) fn lower_bound_by_member(&self, is_before: impl Fn(Element<'_>) -> bool) -> usize {
        self.tree.lower_bound(|_, id| is_before(self.members.get(id)))
    }

    /// The pair with this rank. O(log n).
    pub(super) fn at(&self, rank: usize) -> Option<Pair<'_>> {
        self.tree.select(rank).map(|(score, id)| (self.members.get(id), score))
    }

    /// The pairs with these ranks, from either end.
    pub(super) fn pairs(&self, ranks: Range<usize>) -> TablePairs<'_> {
        TablePairs { members: &self.members, pairs: self.tree.range(ranks) }
    }

    /// Visits members in the order of their hashes; see [`Index::scan_from`].
    pub(super) fn scan_from<'a>(
        &'a self,
        cursor: u64,
        least: usize,
        mut visit: impl FnMut(Pair<'a>),
    ) -> u64 {
        self.index.scan_from(cursor, least, |word| {
            let id = id_of(word);
            visit((self.members.get(id), self.members.score(id)));
        })
    }

    /// Gives a member a score. O(log n).
    pub(super) fn set(&mut self, score: f64, member: &[u8]) -> Change {
        let (hash, sought) = (map::hash(member), Element::Bytes(member));
        let (id, change) = match self.id(hash, member) {
            Some(id) => {
                let old = self.members.score(id);
                if old == score {
                    return Change::Nothing;
                }
                self.tree.remove(old, |id| sought.cmp(&self.members.get(id)));
                self.members.set_score(id, score);
                (id, Change::Replaced)
            }
            None => {
                let id = self.members.insert(sought, score);
                self.index.insert(hash, word_of(id), |word| hash_of(self.members.get(id_of(word))));
                (id, Change::Added)
            }
        };
        self.tree.insert(score, id, |id| sought.cmp(&self.members.get(id)));
        change
    }

    /// Takes a member out. O(log n).
    pub(super) fn remove(&mut self, member: &[u8]) -> Change {
        match self.rank(member) {
            None => Change::Nothing,
            Some((rank, _)) => self.remove_ranks(rank..rank + 1),
        }
    }

    /// Takes the members with these ranks out; ranks beyond the last are left out. O(log n), and
    /// O(1) for each member that goes or for each that stays, whichever are fewer.
    pub(super) fn remove_ranks(&mut self, ranks: Range<usize>) -> Change {
        let len = self.len();
        let (start, end) = (ranks.start.min(len), ranks.end.min(len));
        if start >= end {
            return Change::Nothing;
        }
        if end - start > len / 2 {
            self.rebuild(start, end);
            return Change::Removed;
        }
        let Table { members, index, tree } = self;
        let mut sparse = Vec::new();
        tree.remove_range(start..end, |id| {
            let at = index.find(hash_of(members.get(id)), |word| id_of(word) == id);
            index.remove(at.expect("what the tree holds is in the index"));
            sparse.extend(members.remove(id));
        });
        for page in sparse {
            if self.members.is_given_up(page) {
                self.give_up(page);
            }
        }
        Change::Removed
    }

    /// Moves the members of a nearly empty page elsewhere. O(log n) for each, and they are few.
    fn give_up(&mut self, page: u32) {
        for old in self.members.leave(page) {
            let new = self.members.copy(old);
            let (member, score) = (self.members.get(new), self.members.score(new));
            let at = self.index.find(hash_of(member), |word| id_of(word) == old);
            self.index.set_word(at.expect("members are in the index"), word_of(new));
            self.tree.replace_id(score, |other| member.cmp(&self.members.get(other)), new);
        }
        self.members.left(page);
    }

    /// Copies what stands before rank `start` and from rank `end` on; the rest goes.
    fn rebuild(&mut self, start: usize, end: usize) {
        let kept = self.pairs(0..start).chain(self.pairs(end..self.len()));
        *self = Table::from_sorted(kept).expect("members of a table differ");
    }
}

#[cfg(test)]
impl Table {
    /// Panics unless the invariants hold.
    pub(super) fn check(&self) {
        let pair = |(score, id)| (self.members.get(id), score);
        self.tree.check(|one, other| super::run::compare(&pair(one), &pair(other)));
        assert_eq!(self.index.len(), self.len());
        for (score, id) in self.tree.range(0..self.len()) {
            let found = self.members.get(id).with_bytes(|name| self.id(map::hash(name), name));
            assert_eq!(found, Some(id));
            assert_eq!(self.members.score(id).to_bits(), score.to_bits());
        }
        let ids: Vec<u32> = self.tree.range(0..self.len()).map(|(_, id)| id).collect();
        self.members.check(&ids);
    }
}

/// The pairs of a range of ranks, from either end.
#[derive(Clone, Debug)]
pub(crate) struct TablePairs<'a> {
    members: &'a Members,
    pairs: Pairs<'a>,
}

impl<'a> TablePairs<'a> {
    fn with_member(members: &'a Members, (score, id): (f64, u32)) -> Pair<'a> {
        (members.get(id), score)
    }
}

impl<'a> Iterator for TablePairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        self.pairs.next().map(|pair| TablePairs::with_member(self.members, pair))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.pairs.size_hint()
    }
}

impl DoubleEndedIterator for TablePairs<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.pairs.next_back().map(|pair| TablePairs::with_member(self.members, pair))
    }
}

impl ExactSizeIterator for TablePairs<'_> {}
