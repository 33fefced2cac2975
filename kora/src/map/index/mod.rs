//! The hash index: where words (block addresses, slab ids) stand by hash.
//!
//! Words are plain integers here; whoever stores addresses keeps their promises.
//!
//! **Shape.** A bucket is one cache line of eight slots; a slot is a 45-bit word
//! under a 19-bit tag. A lookup reads one line, compares tags, and asks the owner
//! only about words whose tag matches. Slots are filled from the front, so a bucket
//! is full if and only if its last slot is taken; a full bucket's newcomers go to the
//! next bucket, and a lookup goes on only past full buckets.
//!
//! **Order.** The tag is the *high* end of the hash and a tag's home bucket is
//! `tag * buckets >> 19`, so buckets stand in hash order whatever their number. That
//! gives three things: growing by a quarter instead of doubling (the load stays between
//! 0.64 and 0.8), growing without looking at the elements, and cursors that are positions
//! in hash order and therefore exact through growth (see [`Index::scan`]).
//!
//! **Bounded steps.** An index with more than [`LEAF_LEN_MAX`] elements is cut into leaves
//! by the first bits of the hash (extendible hashing), so no insert moves more than one leaf.

mod leaf;

use leaf::{EMPTY, Leaf, WORD_MASK};

use super::block::WORD_BITS;
use super::prefetch::prefetch;
use super::tags::SLOTS;

/// Cursors are positions in hash order without the lowest bits, which no position uses, so that
/// they stay positive in clients that keep them as signed integers.
const CURSOR_SHIFT: u32 = 2;
/// Elements of a leaf before it is cut in two: 2,560 buckets, 160 KiB, about 0.3 ms of work.
const LEAF_LEN_MAX: u32 = 16_384;

/// Where an element stands; valid until the index changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    leaf: usize,
    bucket: usize,
    slot: usize,
}

/// Elements of a leaf that is made for them: few enough that chance cuts none in two.
const LEAF_LEN_PLANNED: usize = LEAF_LEN_MAX as usize / 2 / 8 * 7;

#[derive(Debug)]
struct Directory {
    /// Leaf of each prefix of `depth` bits.
    prefixes: Vec<u32>,
    leaves: Vec<Leaf>,
    depth: u32,
}

/// A hash index of non-zero words of at most [`WORD_BITS`] bits.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The only leaf while there is no directory.
    first: Leaf,
    directory: Option<Box<Directory>>,
    len: usize,
    /// Bytes of buckets and directory, kept as they change.
    bytes: usize,
}

impl Index {
    /// An index with room for so many elements.
    ///
    /// Elements that come in hash order need one, as those of another index do: its buckets are
    /// in that order too, and where they grow step by step, all that is there crowds the first.
    pub(crate) fn with_capacity(count: usize) -> Index {
        let leaf_count = count.div_ceil(LEAF_LEN_PLANNED).next_power_of_two();
        let depth = leaf_count.trailing_zeros();
        let mean = count.div_ceil(leaf_count);
        // Chance brings some leaves more than the mean, hardly ever a thirty-second of it.
        let room = if depth == 0 { mean } else { mean + mean / 32 };
        let leaf = || {
            let buckets = vec![EMPTY; (room * 5).div_ceil(32)].into_boxed_slice();
            Leaf { buckets, len: 0, depth }
        };
        if depth == 0 {
            let first = leaf();
            return Index { bytes: first.bytes(), first, ..Index::default() };
        }
        let leaves: Vec<Leaf> = (0..leaf_count).map(|_| leaf()).collect();
        let bytes = leaves.iter().map(|leaf| leaf.bytes() + size_of::<Leaf>()).sum();
        let prefixes = (0_u32..).take(leaf_count).collect();
        let directory = Some(Box::new(Directory { prefixes, leaves, depth }));
        Index { directory, bytes, ..Index::default() }
    }

    /// Number of elements.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes of buckets and directory.
    #[inline]
    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes
    }

    #[inline(always)]
    fn leaf_at(&self, hash: u64) -> usize {
        self.directory.as_ref().map_or(0, |d| d.prefixes[prefix(hash, d.depth)] as usize)
    }

    #[inline(always)]
    fn leaf(&self, at: usize) -> &Leaf {
        match &self.directory {
            None => &self.first,
            Some(directory) => &directory.leaves[at],
        }
    }

    #[inline]
    fn leaf_mut(&mut self, at: usize) -> &mut Leaf {
        match &mut self.directory {
            None => &mut self.first,
            Some(directory) => &mut directory.leaves[at],
        }
    }

    /// The element under `hash` that `is_it` says yes to.
    #[inline(always)]
    pub(crate) fn find(&self, hash: u64, is_it: impl FnMut(u64) -> bool) -> Option<Position> {
        self.find_word(hash, is_it).map(|(at, _)| at)
    }

    /// As [`Index::find`], with the word that stands there.
    #[inline(always)]
    pub(crate) fn find_word(
        &self,
        hash: u64,
        is_it: impl FnMut(u64) -> bool,
    ) -> Option<(Position, u64)> {
        let at = self.leaf_at(hash);
        let leaf = self.leaf(at);
        let (bucket, slot, word) = leaf.find(hash, is_it)?;
        Some((Position { leaf: at, bucket, slot }, word))
    }

    /// The word at a position.
    #[inline]
    pub(crate) fn word(&self, at: Position) -> u64 {
        self.leaf(at.leaf).buckets[at.bucket].0[at.slot] & WORD_MASK
    }

    /// Replaces the word at a position; its hash stays.
    #[inline]
    pub(crate) fn set_word(&mut self, at: Position, word: u64) {
        let slot = &mut self.leaf_mut(at.leaf).buckets[at.bucket].0[at.slot];
        *slot = (*slot & !WORD_MASK) | word;
    }

    /// Adds a word; the caller has made sure that its element is not there yet.
    /// `hash_of` gives the hash of a stored word, asked when a leaf is cut in two.
    pub(crate) fn insert(
        &mut self,
        hash: u64,
        word: u64,
        hash_of: impl Fn(u64) -> u64,
    ) -> Position {
        debug_assert!(word != 0 && word >> WORD_BITS == 0, "a word has {WORD_BITS} bits");
        let mut leaf = self.leaf_at(hash);
        let crowd = self.leaf(leaf);
        if crowd.len >= split_len(hash, crowd.depth) && crowd.depth < WORD_BITS {
            self.split(leaf, hash_of);
            leaf = self.leaf_at(hash);
        }
        self.len += 1;
        let into = self.leaf_mut(leaf);
        let before = into.bytes();
        let (bucket, slot) = into.insert(hash, word);
        let after = into.bytes();
        self.bytes = self.bytes - before + after;
        Position { leaf, bucket, slot }
    }

    /// Takes the element at a position out.
    pub(crate) fn remove(&mut self, at: Position) -> u64 {
        self.len -= 1;
        let from = self.leaf_mut(at.leaf);
        let before = from.bytes();
        let word = from.remove(at.bucket, at.slot);
        let after = from.bytes();
        self.bytes = self.bytes - before + after;
        if self.len == 0 {
            *self = Index::default();
        }
        word
    }

    /// Cuts a full leaf in two by the next bit of the hash.
    fn split(&mut self, at: usize, hash_of: impl Fn(u64) -> u64) {
        let first = &mut self.first;
        let directory = self.directory.get_or_insert_with(|| {
            let leaves = vec![std::mem::take(first)];
            Box::new(Directory { prefixes: vec![0], leaves, depth: 0 })
        });
        let old = std::mem::take(&mut directory.leaves[at]);
        if old.depth == directory.depth {
            directory.prefixes = directory.prefixes.iter().flat_map(|leaf| [*leaf; 2]).collect();
            directory.depth += 1;
        }
        let half = || Leaf { depth: old.depth + 1, ..Leaf::default() };
        let (mut low, mut high) = (half(), half());
        for leaf in [&mut low, &mut high] {
            leaf.resize(old.buckets.len() / 2 + 1);
        }
        for slot in old.buckets.iter().flat_map(|bucket| bucket.0).filter(|slot| *slot != 0) {
            let hash = hash_of(slot & WORD_MASK);
            let leaf = if (hash << old.depth) >> 63 == 0 { &mut low } else { &mut high };
            leaf.insert(hash, slot & WORD_MASK);
        }
        self.bytes = self.bytes + low.bytes() + high.bytes() - old.bytes();
        directory.leaves[at] = low;
        directory.leaves.push(high);
        self.bytes += size_of::<Leaf>();
        let high_id = u32::try_from(directory.leaves.len() - 1).expect("fewer than 2^32 leaves");
        let bit = directory.depth - old.depth - 1;
        for (prefix, leaf) in directory.prefixes.iter_mut().enumerate() {
            if *leaf as usize == at && (prefix >> bit) & 1 == 1 {
                *leaf = high_id;
            }
        }
    }

    /// Every word, in no order that means anything.
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> {
        let leaves = self.directory.as_ref().map_or(&[][..], |directory| &directory.leaves);
        std::iter::once(&self.first)
            .chain(leaves)
            .flat_map(|leaf| leaf.buckets.iter())
            .flat_map(|bucket| bucket.0)
            .filter_map(|slot| (slot != 0).then_some(slot & WORD_MASK))
    }

    /// Visits elements in hash order from `position` on, bucket by bucket, until at least
    /// `least` were visited; returns where to go on, `None` at the end.
    ///
    /// An element that is there from the first call of a pass to its last is visited,
    /// whatever is inserted and removed between the calls.
    pub(crate) fn scan(
        &self,
        position: u64,
        least: usize,
        mut visit: impl FnMut(u64),
    ) -> Option<u64> {
        let (mut position, mut visited) = (position, 0);
        loop {
            let leaf = self.leaf(self.leaf_at(position));
            if !leaf.buckets.is_empty() {
                let tag = leaf.tag(position);
                let home = leaf.home(tag);
                leaf.visit_home(home, tag, &mut |word| {
                    visited += 1;
                    visit(word);
                });
                if home + 1 < leaf.buckets.len() {
                    let depth = leaf.depth;
                    let start = position & !(u64::MAX >> depth);
                    position = start | leaf.tag_of_home(home + 1) << (WORD_BITS - depth);
                    if visited >= least {
                        return Some(position);
                    }
                    continue;
                }
            }
            let step = 1_u64.checked_shl(64 - leaf.depth)?;
            position = (position & !(step - 1)).checked_add(step)?;
            if visited >= least {
                return Some(position);
            }
        }
    }

    /// As [`Index::scan`], between cursors as clients keep them: 0 is the beginning, and the end.
    pub(crate) fn scan_from(&self, cursor: u64, least: usize, visit: impl FnMut(u64)) -> u64 {
        let next = self.scan(cursor << CURSOR_SHIFT, least, visit);
        next.map_or(0, |position| position >> CURSOR_SHIFT)
    }

    /// An element chosen by `random`, which returns random numbers; about uniform.
    pub(crate) fn pick(&self, mut random: impl FnMut() -> u64) -> Option<u64> {
        if self.len == 0 {
            return None;
        }
        loop {
            let leaf = self.leaf(self.leaf_at(random()));
            if leaf.len == 0 {
                continue;
            }
            let slots = (leaf.buckets.len() * SLOTS) as u64;
            #[expect(clippy::cast_possible_truncation, reason = "less than the number of slots")]
            let slot = ((u128::from(random()) * u128::from(slots)) >> 64) as usize;
            let slot = leaf.buckets[slot / SLOTS].0[slot % SLOTS];
            if slot != 0 {
                return Some(slot & WORD_MASK);
            }
        }
    }

    /// Starts loading the line that a lookup of `hash` will read.
    #[inline]
    pub(crate) fn prefetch(&self, hash: u64) {
        let leaf = self.leaf(self.leaf_at(hash));
        if leaf.len > 0 {
            prefetch((&raw const leaf.buckets[leaf.home(leaf.tag(hash))]).cast());
        }
    }

    /// The first word whose tag fits, without asking whether it is the element.
    #[inline]
    pub(crate) fn candidate(&self, hash: u64) -> Option<u64> {
        let leaf = self.leaf(self.leaf_at(hash));
        leaf.find(hash, |_| true).map(|(_, _, word)| word)
    }
}

/// How many elements the leaf of `hash` holds before it is cut in two: from half of
/// [`LEAF_LEN_MAX`] up to it. Each leaf has its own number, so that the leaves of one index do
/// not all grow in the same moment: what one gives up, the next can use.
#[inline]
fn split_len(hash: u64, depth: u32) -> u32 {
    let leaf = prefix(hash, depth) as u64 + (u64::from(depth) << 40);
    let mixed = leaf.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let mixed = mixed as u32;
    LEAF_LEN_MAX / 2 + mixed % (LEAF_LEN_MAX / 2)
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most `depth` bits")]
fn prefix(hash: u64, depth: u32) -> usize {
    hash.checked_shr(64 - depth).unwrap_or(0) as usize
}

#[cfg(test)]
mod tests;
