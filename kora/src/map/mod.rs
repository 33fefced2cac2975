//! The hash map under everything: keys of a stripe, fields of a large hash, members
//! of a large set.
//!
//! [`Index`] finds words by hash, [`Block`] is one allocation with key and payload, and
//! [`Map`] is an index of blocks: two cache misses a lookup.
//!
//! Invariant: a map's index holds exactly the words of the blocks it owns, once each.
#![expect(unsafe_code, reason = "turns slot words back into the blocks they came from")]

mod arena;
pub(crate) mod block;
pub(crate) mod hash;
pub(crate) mod index;
pub(crate) mod prefetch;
mod tags;

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use arena::ALLOCATION_OVERHEAD;
pub(crate) use block::{Block, BlockRef};
use block::{prefetch_rest, prefetch_word};
pub(crate) use hash::hash;
pub(crate) use index::{Index, Position};

/// How far a block's bytes are asked for before it is known how far they reach.
const REACH_MAX: usize = 2048;

/// A map of blocks. `B` is what it owns: [`Block`] itself, or a type that wraps one and
/// knows how to drop it. The index sees a hash without its first `SKIP` bits, which
/// have chosen the map.
#[derive(Debug)]
pub(crate) struct Map<B: From<Block> + Into<Block> = Block, const SKIP: u32 = 0> {
    index: Index,
    /// [`BlockRef::reach`] of the block that was found last. Blocks of a map tend to be alike, so
    /// this tells which lines of the next to ask for before its own header has come.
    reach: AtomicUsize,
    blocks: PhantomData<B>,
}

impl<B: From<Block> + Into<Block>, const SKIP: u32> Default for Map<B, SKIP> {
    fn default() -> Self {
        Map { index: Index::default(), reach: AtomicUsize::new(0), blocks: PhantomData }
    }
}

impl<B: From<Block> + Into<Block>, const SKIP: u32> Map<B, SKIP> {
    /// A map with room for so many elements, which may then come in hash order.
    pub(crate) fn with_capacity(count: usize) -> Self {
        let reach = AtomicUsize::new(0);
        Map { index: Index::with_capacity(count), reach, blocks: PhantomData }
    }

    /// Number of elements.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Bytes of the index; the blocks' own are not in it.
    pub(crate) fn index_bytes(&self) -> usize {
        self.index.heap_bytes()
    }

    /// A view of the block behind a word of this map's index.
    #[inline(always)]
    fn view(&self, word: u64) -> BlockRef<'_> {
        // SAFETY: the index holds only words of blocks that this map owns; changing or
        // removing one takes `&mut self`.
        unsafe { BlockRef::from_word(word) }
    }

    /// Whether the block of a word has this key.
    #[inline(always)]
    fn has_key(&self, word: u64, key: &[u8], whole: bool) -> bool {
        // The value's lines are asked for with the key's: where it lies is known only when the
        // header has come, and two misses one after the other cost twice.
        prefetch_rest(word, self.reach.load(Ordering::Relaxed).min(REACH_MAX), whole);
        same_bytes(self.view(word).key(), key)
    }

    /// Notes how far a block reaches that was found.
    #[inline(always)]
    fn note(&self, block: BlockRef<'_>) {
        let reach = block.reach();
        if self.reach.load(Ordering::Relaxed) != reach {
            self.reach.store(reach, Ordering::Relaxed);
        }
    }

    /// Where `key` stands; `hash` is its hash.
    #[inline(always)]
    pub(crate) fn find(&self, hash: u64, key: &[u8]) -> Option<Position> {
        self.index.find(hash << SKIP, |word| self.has_key(word, key, false))
    }

    /// The block of `key`; `hash` is its hash, `whole` whether all of it will be read.
    #[inline(always)]
    pub(crate) fn find_block(&self, hash: u64, key: &[u8], whole: bool) -> Option<BlockRef<'_>> {
        let is_it = |word| self.has_key(word, key, whole);
        let (_, word) = self.index.find_word(hash << SKIP, is_it)?;
        let block = self.view(word);
        self.note(block);
        Some(block)
    }

    /// The block of `key`, to write over what it holds; its lengths stay. `hash` is its hash.
    #[inline(always)]
    pub(crate) fn find_in_place(&mut self, hash: u64, key: &[u8]) -> Option<BlockInPlace<'_>> {
        let is_it = |word| self.has_key(word, key, true);
        let (at, word) = self.index.find_word(hash << SKIP, is_it)?;
        self.note(self.view(word));
        // SAFETY: the word's block belongs to this map, which is borrowed; what is made of it here
        // is neither dropped nor moved.
        let block = unsafe { Block::from_word(word) };
        Some(BlockInPlace { block: ManuallyDrop::new(block), at, map: PhantomData })
    }

    /// Where the element stands that has this hash and that `is_it` says yes to.
    pub(crate) fn find_by(
        &self,
        hash: u64,
        mut is_it: impl FnMut(BlockRef<'_>) -> bool,
    ) -> Option<Position> {
        self.index.find(hash << SKIP, |word| is_it(self.view(word)))
    }

    /// The block at a position.
    #[inline(always)]
    pub(crate) fn get(&self, at: Position) -> BlockRef<'_> {
        self.view(self.index.word(at))
    }

    /// The block at a position, to change; its key must stay.
    #[inline]
    pub(crate) fn get_mut(&mut self, at: Position) -> BlockMut<'_> {
        let word = self.index.word(at);
        // SAFETY: the word's block belongs to this map; the guard keeps it from being
        // dropped or reached by another way and puts its word back.
        let block = unsafe { Block::from_word(word) };
        BlockMut { block: ManuallyDrop::new(block), index: &mut self.index, at, word }
    }

    /// Adds an element whose key is not there yet.
    pub(crate) fn insert(&mut self, hash: u64, element: B) -> Position {
        let word = element.into().into_word();
        self.index.insert(hash << SKIP, word, |word| {
            // SAFETY: words of the index are of blocks this map owns, borrowed for the call.
            let block: BlockRef<'_> = unsafe { BlockRef::from_word(word) };
            self::hash(block.key()) << SKIP
        })
    }

    /// Takes an element out.
    pub(crate) fn remove(&mut self, at: Position) -> B {
        let word = self.index.remove(at);
        // SAFETY: the index gave the word up, so its block has this one owner.
        B::from(unsafe { Block::from_word(word) })
    }

    /// Every block, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = BlockRef<'_>> {
        self.index.words().map(|word| self.view(word))
    }

    /// Visits blocks in hash order; see [`Index::scan`].
    pub(crate) fn scan<'a>(
        &'a self,
        position: u64,
        least: usize,
        mut visit: impl FnMut(BlockRef<'a>),
    ) -> Option<u64> {
        self.index.scan(position, least, |word| visit(self.view(word)))
    }

    /// Starts loading the blocks that [`Map::scan`] would visit: together they take a tenth of the
    /// time that they take one after the other. For some tens of them, what the caches hold.
    pub(crate) fn prefetch_scan(&self, position: u64, least: usize) {
        self.index.scan(position, least, prefetch_word);
    }

    /// Visits blocks in hash order from a cursor on; see [`Index::scan_from`].
    pub(crate) fn scan_from<'a>(
        &'a self,
        cursor: u64,
        least: usize,
        mut visit: impl FnMut(BlockRef<'a>),
    ) -> u64 {
        self.index.scan_from(cursor, least, |word| visit(self.view(word)))
    }

    /// A block chosen about uniformly; `random` returns random numbers.
    pub(crate) fn pick(&self, random: impl FnMut() -> u64) -> Option<BlockRef<'_>> {
        self.index.pick(random).map(|word| self.view(word))
    }

    /// Starts loading what finding `hash` reads first.
    #[inline]
    pub(crate) fn prefetch_slot(&self, hash: u64) {
        self.index.prefetch(hash << SKIP);
    }

    /// Starts loading the block that `hash` most likely leads to; reads the slot.
    #[inline]
    pub(crate) fn prefetch_block(&self, hash: u64) {
        if let Some(word) = self.index.candidate(hash << SKIP) {
            prefetch_word(word);
        }
    }
}

impl<B: From<Block> + Into<Block>, const SKIP: u32> Drop for Map<B, SKIP> {
    fn drop(&mut self) {
        for word in self.index.words() {
            // SAFETY: each word's block is owned by this map, which is going away.
            drop(B::from(unsafe { Block::from_word(word) }));
        }
    }
}

/// Whether two byte strings are equal; short ones are compared without a call or a loop.
#[inline(always)]
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        16..=32 => same_ends::<16>(a, b),
        8..16 => same_ends::<8>(a, b),
        4..8 => same_ends::<4>(a, b),
        0..4 | 33.. => a == b,
    }
}

/// Whether the first `N` bytes and the last `N` are equal, which may overlap.
#[inline(always)]
fn same_ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    a.first_chunk::<N>() == b.first_chunk() && a.last_chunk::<N>() == b.last_chunk()
}

/// A block, borrowed from its map to change; it may be reallocated meanwhile.
#[derive(Debug)]
pub(crate) struct BlockMut<'a> {
    block: ManuallyDrop<Block>,
    index: &'a mut Index,
    at: Position,
    /// What the slot holds.
    word: u64,
}

impl Deref for BlockMut<'_> {
    type Target = Block;
    #[inline]
    fn deref(&self) -> &Block {
        &self.block
    }
}

impl DerefMut for BlockMut<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Block {
        &mut self.block
    }
}

impl Drop for BlockMut<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: taken once, here; the slot becomes the owner again.
        let word = unsafe { ManuallyDrop::take(&mut self.block) }.into_word();
        // Most changes leave the block where it is; then the slot's line stays clean.
        if word != self.word {
            self.index.set_word(self.at, word);
        }
    }
}

/// A block, borrowed from its map to write over its bytes: it stays where it is.
#[derive(Debug)]
pub(crate) struct BlockInPlace<'a> {
    block: ManuallyDrop<Block>,
    at: Position,
    map: PhantomData<&'a mut Index>,
}

impl BlockInPlace<'_> {
    /// Where the block stands.
    #[inline]
    pub(crate) fn position(&self) -> Position {
        self.at
    }

    /// A view of the block.
    #[inline(always)]
    pub(crate) fn view(&self) -> BlockRef<'_> {
        self.block.view()
    }

    /// Sets the owner's 32 bits.
    #[inline(always)]
    pub(crate) fn set_tag(&mut self, tag: u32) {
        self.block.set_tag(tag);
    }

    /// The bytes that belong to the key.
    #[inline(always)]
    pub(crate) fn payload_mut(&mut self) -> &mut [u8] {
        self.block.payload_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_bytes_are_equal_bytes() {
        for len in 0..70 {
            let text: Vec<u8> = (0..len).collect();
            assert!(same_bytes(&text, &text.clone()));
            assert!(!same_bytes(&text, &[&text[..], &[0]].concat()));
            for at in 0..text.len() {
                let mut other = text.clone();
                other[at] ^= 0x40;
                assert!(!same_bytes(&text, &other), "{len} bytes that differ at {at}");
            }
        }
    }
}
