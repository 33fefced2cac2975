//! The members of a large sorted set under small numbers: the ids that the tree and the hash
//! index beside it work with.
//!
//! An allocation for each member would cost 16 bytes of headers and padding. Here a page holds up
//! to [`SLOTS`] members with their scores, end to end in one run, and says where each begins; an
//! id is a page and a slot. That is 11 bytes a member, the score among them, besides the packed
//! member itself. A page whose run is a third waste is packed again, which no id notices. A page
//! that is nearly empty is given up ([`Members::is_given_up`]): its members move to other pages, get other
//! ids, and the owner sees to it that index and tree follow. So memory follows the number of
//! members down, and no step is longer than a page.
//!
//! It does not know which member has which id; the hash index does.
//!
//! Invariants: an id is in use if its page is there and the bit of its slot is set; then its
//! record begins at the slot's offset. The pages with room are those in `roomy`, each once, and
//! each knows its place there. `run_bytes` is the sum of the capacities of all runs.

use crate::map::ALLOCATION_OVERHEAD;
use crate::types::packed::{self, Element, Elements};

/// Members of a page; a bit each in a word.
const SLOTS: usize = 64;
const SLOT_BITS: u32 = SLOTS.trailing_zeros();
/// Bytes of a score in front of its member.
const SCORE_LEN: usize = size_of::<f64>();
/// A page is nearly empty with so many members left: a quarter. Arbitrary.
const SPARSE_LEN: u32 = 16;
/// Larger pages are not given up: that would be a long step for little. Arbitrary.
const SPARSE_BYTES_MAX: usize = 4096;
/// A page that is not in `roomy`.
const NOWHERE: usize = usize::MAX;

/// Up to [`SLOTS`] members with their scores.
#[derive(Debug)]
struct Page {
    /// Records, each a score and a packed member; removed ones among them.
    run: Vec<u8>,
    /// Bytes of removed records.
    waste: usize,
    /// A bit for each slot that holds a member.
    used: u64,
    /// Where the page stands in [`Members::roomy`].
    roomy_at: usize,
    offsets: [u16; SLOTS],
}

impl Page {
    fn new() -> Page {
        Page { run: Vec::new(), waste: 0, used: 0, roomy_at: NOWHERE, offsets: [0; SLOTS] }
    }

    fn len(&self) -> u32 {
        self.used.count_ones()
    }

    /// Whether there is a slot, and a place in the run where a record may begin.
    fn has_room(&self) -> bool {
        self.used != u64::MAX && u16::try_from(self.run.len()).is_ok()
    }

    fn is_sparse(&self) -> bool {
        self.len() <= SPARSE_LEN && self.run.len() - self.waste <= SPARSE_BYTES_MAX
    }

    fn slots(&self) -> impl Iterator<Item = usize> + use<> {
        let used = self.used;
        (0..SLOTS).filter(move |slot| used >> slot & 1 == 1)
    }

    #[inline]
    fn offset(&self, slot: usize) -> usize {
        self.offsets[slot].into()
    }

    /// The member in a slot in use, and where it ends.
    #[inline]
    fn member(&self, slot: usize) -> (Element<'_>, usize) {
        let mut elements = Elements::starting_at(&self.run, self.offset(slot) + SCORE_LEN);
        let member = elements.next().expect("a member stands behind every score");
        (member, elements.offset())
    }

    /// The bytes of a slot in use.
    fn record(&self, slot: usize) -> &[u8] {
        &self.run[self.offset(slot)..self.member(slot).1]
    }

    /// Appends a record of this length to a page with room and returns its slot.
    fn push(&mut self, len: usize, write: impl FnOnce(&mut Vec<u8>)) -> usize {
        self.reserve(len);
        let slot = self.used.trailing_ones() as usize;
        self.used |= 1 << slot;
        self.offsets[slot] = u16::try_from(self.run.len()).expect("the page has room");
        write(&mut self.run);
        slot
    }

    fn reserve(&mut self, additional: usize) {
        if self.run.len() + additional <= self.run.capacity() {
            return;
        }
        if self.waste * 8 >= self.run.len() {
            self.pack();
        }
        let needed = self.run.len() + additional;
        let spare = if needed < SPARSE_BYTES_MAX { needed } else { needed / 16 };
        // Members of a set are much alike, so this is about what all slots will need.
        let in_all = needed.saturating_mul(SLOTS) / (self.len() as usize + 1);
        self.run.reserve_exact(in_all.clamp(needed, needed + spare) - self.run.len());
    }

    /// Frees a slot in use.
    fn remove(&mut self, slot: usize) {
        self.waste += self.record(slot).len();
        self.used &= !(1 << slot);
        if self.waste * 3 > self.run.len() {
            self.pack();
        }
    }

    /// Writes the run again without its waste. Records keep their order, so that none begins later
    /// than it did.
    fn pack(&mut self) {
        let mut slots: Vec<usize> = self.slots().collect();
        slots.sort_unstable_by_key(|slot| self.offsets[*slot]);
        let mut run = Vec::with_capacity(self.run.len() - self.waste);
        for slot in slots {
            let offset = u16::try_from(run.len()).expect("no record begins later than it did");
            run.extend_from_slice(self.record(slot));
            self.offsets[slot] = offset;
        }
        (self.run, self.waste) = (run, 0);
    }
}

/// Members and their scores, by id.
#[derive(Debug, Default)]
pub(super) struct Members {
    pages: Vec<Option<Box<Page>>>,
    /// Numbers without a page.
    free: Vec<u32>,
    /// Numbers of the pages with room.
    roomy: Vec<u32>,
    len: usize,
    run_bytes: usize,
}

/// The page and the slot of an id.
#[inline]
fn place(id: u32) -> (usize, usize) {
    ((id >> SLOT_BITS) as usize, id as usize % SLOTS)
}

fn id_at(page: u32, slot: usize) -> u32 {
    let slot = u32::try_from(slot).expect("a slot of a page");
    page << SLOT_BITS | slot
}

const HAS_PAGE: &str = "an id in use has a page";

impl Members {
    /// Bytes on the heap. O(1).
    pub(super) fn heap_bytes(&self) -> usize {
        let page = size_of::<Page>() + 2 * ALLOCATION_OVERHEAD;
        let lists = self.pages.capacity() * size_of::<Option<Box<Page>>>()
            + (self.free.capacity() + self.roomy.capacity()) * size_of::<u32>();
        self.page_count() * page + lists + self.run_bytes
    }

    fn page_count(&self) -> usize {
        self.pages.len() - self.free.len()
    }

    #[inline]
    fn page(&self, page: usize) -> &Page {
        self.pages[page].as_deref().expect(HAS_PAGE)
    }

    #[inline]
    fn page_mut(&mut self, page: usize) -> &mut Page {
        self.pages[page].as_deref_mut().expect(HAS_PAGE)
    }

    /// The member of an id in use.
    #[inline]
    pub(super) fn get(&self, id: u32) -> Element<'_> {
        let (page, slot) = place(id);
        self.page(page).member(slot).0
    }

    /// The score of an id in use.
    #[inline]
    pub(super) fn score(&self, id: u32) -> f64 {
        let (page, slot) = place(id);
        let page = self.page(page);
        let bytes = page.run[page.offset(slot)..].first_chunk();
        f64::from_le_bytes(*bytes.expect("a score stands before every member"))
    }

    /// Gives an id in use another score.
    pub(super) fn set_score(&mut self, id: u32, score: f64) {
        let (page, slot) = place(id);
        let page = self.page_mut(page);
        let offset = page.offset(slot);
        page.run[offset..offset + SCORE_LEN].copy_from_slice(&score.to_le_bytes());
    }

    /// Adds a member, which is not there yet, and gives it an id.
    pub(super) fn insert(&mut self, member: Element<'_>, score: f64) -> u32 {
        let len = SCORE_LEN + member.with_bytes(packed::encoded_len);
        self.push(len, |run| {
            run.extend_from_slice(&score.to_le_bytes());
            match member {
                Element::Bytes(text) => packed::encode(run, text),
                Element::Integer(integer) => packed::encode_integer(run, integer),
            }
        })
    }

    fn push(&mut self, len: usize, write: impl FnOnce(&mut Vec<u8>)) -> u32 {
        let number = self.roomy.last().copied().unwrap_or_else(|| self.add_page());
        let slot = self.change(number, |page| page.push(len, write));
        self.len += 1;
        id_at(number, slot)
    }

    /// Changes a page, and what is known about it.
    fn change<R>(&mut self, number: u32, change: impl FnOnce(&mut Page) -> R) -> R {
        let page = self.page_mut(number as usize);
        let before = page.run.capacity();
        let result = change(page);
        let (after, has_room, is_listed) =
            (page.run.capacity(), page.has_room(), page.roomy_at != NOWHERE);
        self.run_bytes = self.run_bytes - before + after;
        match (has_room, is_listed) {
            (true, false) => self.list(number),
            (false, true) => self.unlist(number),
            (true, true) | (false, false) => {}
        }
        result
    }

    fn list(&mut self, number: u32) {
        let at = self.roomy.len();
        self.page_mut(number as usize).roomy_at = at;
        self.roomy.push(number);
    }

    fn unlist(&mut self, number: u32) {
        let at = std::mem::replace(&mut self.page_mut(number as usize).roomy_at, NOWHERE);
        self.roomy.swap_remove(at);
        if let Some(moved) = self.roomy.get(at).copied() {
            self.page_mut(moved as usize).roomy_at = at;
        }
    }

    fn add_page(&mut self) -> u32 {
        let number = self.free.pop().unwrap_or_else(|| {
            self.pages.push(None);
            let number = u32::try_from(self.pages.len() - 1).ok();
            let number = number.filter(|number| number >> (u32::BITS - SLOT_BITS) == 0);
            number.expect("a sorted set has fewer than 2^32 members")
        });
        self.pages[number as usize] = Some(Box::new(Page::new()));
        self.list(number);
        number
    }

    fn drop_page(&mut self, number: u32) {
        if self.page(number as usize).roomy_at != NOWHERE {
            self.unlist(number);
        }
        let page = self.pages[number as usize].take().expect(HAS_PAGE);
        self.run_bytes -= page.run.capacity();
        self.free.push(number);
    }

    /// Frees an id and its member. Returns the page if it is nearly empty: it may then be
    /// [given up](Members::is_given_up).
    pub(super) fn remove(&mut self, id: u32) -> Option<u32> {
        let (page, slot) = place(id);
        let number = id >> SLOT_BITS;
        self.change(number, |page| page.remove(slot));
        self.len -= 1;
        if self.page(page).used == 0 {
            self.drop_page(number);
            return None;
        }
        self.page(page).is_sparse().then_some(number)
    }

    /// Whether a page is nearly empty and the others have room for what is left. Then its members
    /// are to be moved: [`Members::leave`], [`Members::copy`] for each, [`Members::left`].
    pub(super) fn is_given_up(&self, number: u32) -> bool {
        let page = self.pages[number as usize].as_deref();
        // More room than one page can have, so that a page does not move into a new one.
        let has_room = self.page_count() * SLOTS - self.len >= 2 * SLOTS;
        has_room && page.is_some_and(Page::is_sparse)
    }

    /// The ids of a page that is given up. Nothing is added to it from here on.
    pub(super) fn leave(&mut self, number: u32) -> impl Iterator<Item = u32> + use<> {
        self.unlist(number);
        self.page(number as usize).slots().map(move |slot| id_at(number, slot))
    }

    /// Copies a member of a page that is given up to another page: its id from here on. The old one
    /// still leads to the member.
    pub(super) fn copy(&mut self, id: u32) -> u32 {
        let (page, slot) = place(id);
        let record = self.page(page).record(slot).to_vec();
        self.push(record.len(), |run| run.extend_from_slice(&record))
    }

    /// Frees a page whose members were all copied.
    pub(super) fn left(&mut self, number: u32) {
        self.len -= self.page(number as usize).len() as usize;
        self.drop_page(number);
    }
}

#[cfg(test)]
impl Members {
    /// Panics unless the invariants hold and just these ids are in use.
    pub(super) fn check(&self, ids: &[u32]) {
        assert_eq!(ids.len(), self.len);
        assert!(ids.iter().all(|id| {
            let (page, slot) = place(*id);
            self.page(page).used >> slot & 1 == 1
        }));
        let pages = || self.pages.iter().flatten();
        let mut roomy = 0;
        for page in pages() {
            let records: usize = page.slots().map(|slot| page.record(slot).len()).sum();
            assert_eq!(page.run.len(), records + page.waste);
            assert!(page.waste * 3 <= page.run.len() && page.len() > 0);
            assert_eq!(page.has_room(), page.roomy_at != NOWHERE);
            roomy += usize::from(page.has_room());
        }
        for (at, number) in self.roomy.iter().enumerate() {
            assert_eq!(self.page(*number as usize).roomy_at, at);
        }
        assert_eq!(pages().map(|page| page.len() as usize).sum::<usize>(), self.len);
        assert_eq!(pages().map(|page| page.run.capacity()).sum::<usize>(), self.run_bytes);
        assert_eq!((pages().count(), roomy), (self.page_count(), self.roomy.len()));
    }
}
