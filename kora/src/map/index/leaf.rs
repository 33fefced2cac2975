//! A leaf of the index: one stretch of the hash order with its own buckets.
//!
//! A bucket is one cache line of slots, filled from the front. An element whose home bucket is
//! full stands in the next one with room, so a lookup goes on past full buckets only, and a
//! removal from a full bucket pulls back what stands further on only for want of room there.

use crate::map::block::WORD_BITS;
use crate::map::tags::{self, SLOTS};

pub(super) const TAG_BITS: u32 = 64 - WORD_BITS;
pub(super) const WORD_MASK: u64 = (1 << WORD_BITS) - 1;

#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Bucket(pub(super) [u64; SLOTS]);

pub(super) const EMPTY: Bucket = Bucket([0; SLOTS]);

impl Bucket {
    #[inline]
    fn is_full(&self) -> bool {
        self.0[SLOTS - 1] != 0
    }

    /// One bit per slot whose tag is `tag`; an empty slot may match tag 0.
    #[inline]
    fn matches(&self, tag: u64) -> u32 {
        tags::matches(&self.0, tag)
    }

    /// The slot with this tag whose word `is_it` says yes to, and the word.
    #[inline(always)]
    fn find(&self, tag: u64, is_it: &mut impl FnMut(u64) -> bool) -> Option<(usize, u64)> {
        let mut matches = self.matches(tag);
        while matches != 0 {
            let slot = matches.trailing_zeros() as usize;
            let word = self.0[slot] & WORD_MASK;
            if word != 0 && is_it(word) {
                return Some((slot, word));
            }
            matches &= matches - 1;
        }
        None
    }

    fn len(&self) -> usize {
        self.0.iter().position(|slot| *slot == 0).unwrap_or(SLOTS)
    }
}

/// One stretch of the hash order, with its own buckets.
#[derive(Debug, Default)]
pub(super) struct Leaf {
    pub(super) buckets: Box<[Bucket]>,
    pub(super) len: u32,
    /// Hash bits above the tag, the same for every element of the leaf.
    pub(super) depth: u32,
}

impl Leaf {
    #[inline(always)]
    pub(super) fn tag(&self, hash: u64) -> u64 {
        (hash << self.depth) >> WORD_BITS
    }

    #[inline(always)]
    pub(super) fn home(&self, tag: u64) -> usize {
        ((tag * self.buckets.len() as u64) >> TAG_BITS) as usize
    }

    #[inline]
    fn after(&self, bucket: usize) -> usize {
        if bucket + 1 == self.buckets.len() { 0 } else { bucket + 1 }
    }

    /// Buckets from `from` on to `to`, around the end.
    fn distance(&self, from: usize, to: usize) -> usize {
        if to >= from { to - from } else { to + self.buckets.len() - from }
    }

    /// The bucket, the slot and the word of the element under `hash` that `is_it` says yes to.
    #[inline(always)]
    pub(super) fn find(
        &self,
        hash: u64,
        mut is_it: impl FnMut(u64) -> bool,
    ) -> Option<(usize, usize, u64)> {
        let tag = self.tag(hash);
        let home = self.home(tag);
        // A leaf that never had an element has no bucket.
        let bucket = self.buckets.get(home)?;
        match bucket.find(tag, &mut is_it) {
            Some((slot, word)) => Some((home, slot, word)),
            None if !bucket.is_full() => None,
            None => self.find_past(home, tag, &mut is_it),
        }
    }

    /// Goes on behind a bucket that is full. Apart, because few lookups come here: without it
    /// the others keep what they need in registers.
    #[cold]
    #[inline(never)]
    fn find_past(
        &self,
        full: usize,
        tag: u64,
        is_it: &mut impl FnMut(u64) -> bool,
    ) -> Option<(usize, usize, u64)> {
        let mut at = self.after(full);
        loop {
            let bucket = &self.buckets[at];
            if let Some((slot, word)) = bucket.find(tag, is_it) {
                return Some((at, slot, word));
            }
            if !bucket.is_full() {
                return None;
            }
            at = self.after(at);
        }
    }

    /// Puts a slot into its home bucket or the first after it with room; there is room.
    fn place(&mut self, slot: u64) -> (usize, usize) {
        let mut at = self.home(slot >> WORD_BITS);
        while self.buckets[at].is_full() {
            at = self.after(at);
        }
        let free = self.buckets[at].len();
        self.buckets[at].0[free] = slot;
        (at, free)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.buckets)
    }

    fn is_crowded(&self) -> bool {
        // 0.8 * 8 slots: 32 elements to 5 buckets.
        (self.len as usize + 1) * 5 > self.buckets.len() * 32
    }

    /// Whether less than 3 of 8 slots are taken. Five eighths of the buckets then have a load
    /// of 0.6: as many elements again must come or go before the next change of size.
    fn is_deserted(&self) -> bool {
        let buckets = self.buckets.len();
        buckets > 4 && (self.len as usize) < buckets * 3
    }

    pub(super) fn resize(&mut self, buckets: usize) {
        let old = std::mem::replace(&mut self.buckets, vec![EMPTY; buckets].into_boxed_slice());
        for slot in old.iter().flat_map(|bucket| bucket.0).filter(|slot| *slot != 0) {
            self.place(slot);
        }
    }

    pub(super) fn insert(&mut self, hash: u64, word: u64) -> (usize, usize) {
        if self.is_crowded() {
            let now = self.buckets.len();
            self.resize(now + (now / 4).max(1));
        }
        self.len += 1;
        let tag = self.tag(hash);
        self.place(tag << WORD_BITS | word)
    }

    pub(super) fn remove(&mut self, mut bucket: usize, mut slot: usize) -> u64 {
        let removed = self.buckets[bucket].0[slot];
        self.len -= 1;
        loop {
            let was_full = self.buckets[bucket].is_full();
            let last = self.buckets[bucket].len() - 1;
            self.buckets[bucket].0[slot] = self.buckets[bucket].0[last];
            self.buckets[bucket].0[last] = 0;
            let displaced = if was_full { self.displaced_past(bucket) } else { None };
            let Some((from, of)) = displaced else { break };
            self.buckets[bucket].0[last] = self.buckets[from].0[of];
            (bucket, slot) = (from, of);
        }
        if self.is_deserted() {
            self.resize(self.buckets.len() * 5 / 8);
        }
        removed & WORD_MASK
    }

    /// An element in a later bucket that only stands there because `bucket` was full.
    fn displaced_past(&self, bucket: usize) -> Option<(usize, usize)> {
        let mut at = self.after(bucket);
        while at != bucket {
            let reach = self.distance(bucket, at);
            let found = self.buckets[at].0.iter().position(|slot| {
                *slot != 0 && self.distance(self.home(slot >> WORD_BITS), at) >= reach
            });
            if let Some(slot) = found {
                return Some((at, slot));
            }
            if !self.buckets[at].is_full() {
                return None;
            }
            at = self.after(at);
        }
        None
    }

    /// Calls `visit` with every word whose home is `home` and whose tag is at least `tag_min`.
    pub(super) fn visit_home(&self, home: usize, tag_min: u64, visit: &mut impl FnMut(u64)) {
        let mut at = home;
        loop {
            for slot in self.buckets[at].0.iter().take_while(|slot| **slot != 0) {
                let tag = slot >> WORD_BITS;
                if tag >= tag_min && self.home(tag) == home {
                    visit(slot & WORD_MASK);
                }
            }
            if !self.buckets[at].is_full() {
                return;
            }
            at = self.after(at);
            if at == home {
                return;
            }
        }
    }

    /// The smallest tag whose home is `bucket`.
    pub(super) fn tag_of_home(&self, bucket: usize) -> u64 {
        ((bucket as u64) << TAG_BITS).div_ceil(self.buckets.len() as u64)
    }
}
