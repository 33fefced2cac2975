//! What is in a file of the simulated disk, twice: as the system has it, and as the disk does.
//!
//! Content is a sparse list of shared pages, so that room which was only taken costs nothing, and
//! a copy of a disk costs a counter for each page. The invariant is that bytes behind the end of
//! a file are zero in every page, as a file system promises to who makes the file longer.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::dice::Dice;
use super::restart::Keep;

/// What the system reads and writes at once.
const PAGE: usize = 4096;

/// What the disk writes as a whole or not at all: the smallest sector of those in use.
const SECTOR: usize = 512;

type Page = [u8; PAGE];

static ZEROS: Page = [0; PAGE];

/// The bytes of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    /// By number. One that is missing is zero.
    pages: BTreeMap<u64, Arc<Page>>,
    len: u64,
}

impl Content {
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Fills `buffer` from `at` on, with zeros behind the end.
    pub(super) fn read(&self, buffer: &mut [u8], at: u64) {
        for (number, within, part) in parts(at, buffer.len()) {
            buffer[part].copy_from_slice(&self.page(number)[within]);
        }
    }

    /// Overwrites what is at `at`, and grows the content as needed; names the pages it changed.
    pub(super) fn write(&mut self, bytes: &[u8], at: u64, mut changed: impl FnMut(u64)) {
        for (number, within, part) in parts(at, bytes.len()) {
            let bytes = &bytes[part];
            // Zeros on zeros: who clears a whole segment shall not pay for its pages.
            if !self.pages.contains_key(&number) && *bytes == ZEROS[..bytes.len()] {
                continue;
            }
            self.page_mut(number)[within].copy_from_slice(bytes);
            changed(number);
        }
        if !bytes.is_empty() {
            self.len = self.len.max(at + bytes.len() as u64);
        }
    }

    /// Cuts the content off, or grows it with zeros; names the pages it changed.
    pub(super) fn set_len(&mut self, len: u64, changed: impl FnMut(u64)) {
        self.len = len;
        self.clear_behind(changed);
    }

    /// Makes the bytes behind the end zero, whatever they were.
    fn clear_behind(&mut self, mut changed: impl FnMut(u64)) {
        let (number, kept) = (self.len / PAGE as u64, within_page(self.len));
        let first_gone = if kept == 0 { number } else { number + 1 };
        if self.pages.last_key_value().is_some_and(|(last, _)| *last >= first_gone) {
            let gone = self.pages.split_off(&first_gone);
            gone.keys().for_each(|number| changed(*number));
        }
        if self.page(number)[kept..] != ZEROS[kept..] {
            self.page_mut(number)[kept..].fill(0);
            changed(number);
        }
    }

    /// Turns one bit; of a shorter content none.
    fn flip(&mut self, bit: u64) {
        let at = bit / 8;
        if at < self.len {
            self.page_mut(at / PAGE as u64)[within_page(at)] ^= 1 << (bit % 8);
        }
    }

    fn page(&self, number: u64) -> &Page {
        self.pages.get(&number).map_or(&ZEROS, |page| page)
    }

    fn page_mut(&mut self, number: u64) -> &mut Page {
        Arc::make_mut(self.pages.entry(number).or_insert_with(|| Arc::new(ZEROS)))
    }

    /// Takes a page over from another content.
    fn take_page(&mut self, number: u64, from: &Content) {
        match from.pages.get(&number) {
            Some(page) => self.pages.insert(number, Arc::clone(page)),
            None => self.pages.remove(&number),
        };
    }
}

/// A stretch of a file, page by page: the page's number, the range within it, and the range of
/// the stretch.
fn parts(at: u64, len: usize) -> impl Iterator<Item = (u64, Range<usize>, Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let place = at + done as u64;
        let start = within_page(place);
        let count = (PAGE - start).min(len - done);
        let part = done..done + count;
        done += count;
        (count > 0).then(|| (place / PAGE as u64, start..start + count, part))
    })
}

fn within_page(at: u64) -> usize {
    usize::try_from(at % PAGE as u64).expect("less than a page")
}

/// A file: what the system has of it, and what the disk has.
#[derive(Clone, Debug, Default)]
pub(super) struct Inode {
    now: Content,
    durable: Content,
    /// Pages that the system knows it must still write. A page may differ from the disk's and
    /// not be here: the system forgets those it failed to write, and never writes them again.
    dirty: BTreeSet<u64>,
}

impl Inode {
    pub(super) fn now(&self) -> &Content {
        &self.now
    }

    pub(super) fn write(&mut self, bytes: &[u8], at: u64) {
        self.now.write(bytes, at, |number| _ = self.dirty.insert(number));
    }

    pub(super) fn set_len(&mut self, len: u64) {
        self.now.set_len(len, |number| _ = self.dirty.insert(number));
    }

    /// The disk gets what the system knows it must still write.
    pub(super) fn sync(&mut self) {
        for number in std::mem::take(&mut self.dirty) {
            self.durable.take_page(number, &self.now);
        }
        self.durable.len = self.now.len;
        // A page that was forgotten may end behind the end.
        self.durable.clear_behind(|_| ());
    }

    /// The same of the pages between two places, and of the length.
    pub(super) fn sync_range(&mut self, from: u64, to: u64) {
        let pages = from / PAGE as u64..to.div_ceil(PAGE as u64);
        let (synced, left) =
            std::mem::take(&mut self.dirty).into_iter().partition(|number| pages.contains(number));
        self.dirty = synced;
        self.sync();
        self.dirty = left;
    }

    /// The disk gets some of it, and the system forgets the rest: what Linux does when a sync
    /// fails (Rebello et al., "Can Applications Recover from fsync Failures?", 2020).
    pub(super) fn fail_sync(&mut self, dice: &mut Dice) {
        self.durable = self.survivor(Keep::Random, dice);
        self.dirty.clear();
    }

    /// Turns one bit, on the disk and in the system.
    pub(super) fn flip(&mut self, bit: u64) {
        self.now.flip(bit);
        self.durable.flip(bit);
    }

    /// A file of which the system has what the disk has.
    pub(super) fn of(durable: Content) -> Inode {
        Inode { now: durable.clone(), durable, dirty: BTreeSet::new() }
    }

    /// What the disk has when the power is gone.
    pub(super) fn survivor(&self, keep: Keep, dice: &mut Dice) -> Content {
        let mut left = self.durable.clone();
        let (synced, len) = (self.durable.len, self.now.len);
        match keep {
            Keep::Nothing => return left,
            Keep::All => {
                self.dirty.iter().for_each(|number| left.take_page(*number, &self.now));
                left.len = len;
            }
            Keep::Random | Keep::Torn => {
                self.dirty.iter().for_each(|number| self.mix(*number, &mut left, dice));
                left.len = mixed_len(synced, len, dice);
            }
        }
        // What was kept behind the end is nowhere.
        left.clear_behind(|_| ());
        left
    }

    /// Each sector of a page as the disk has it or as the system does.
    fn mix(&self, number: u64, left: &mut Content, dice: &mut Dice) {
        let (new, old) = (self.now.page(number), self.durable.page(number));
        for start in (0..PAGE).step_by(SECTOR) {
            let sector = start..start + SECTOR;
            if new[sector.clone()] != old[sector.clone()] && dice.coin() {
                left.page_mut(number)[sector.clone()].copy_from_slice(&new[sector]);
            }
        }
    }
}

/// The length that a power loss leaves: a file that grew may have stopped anywhere, one that was
/// cut off either was or was not.
fn mixed_len(synced: u64, len: u64, dice: &mut Dice) -> u64 {
    match dice.up_to(2) {
        0 => synced,
        1 if len > synced => synced + dice.up_to(len - synced),
        _ => len,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::random::Random;

    fn bytes(content: &Content) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(content.len()).unwrap()];
        content.read(&mut bytes, 0);
        bytes
    }

    #[test]
    fn content_is_what_a_plain_list_of_bytes_is() {
        let mut random = Random::from_environment();
        let (mut content, mut plain) = (Content::default(), Vec::new());
        for _ in 0..300 {
            let at = random.within(0..3 * PAGE);
            if random.one_in(4) {
                content.set_len(at as u64, |_| ());
                plain.resize(at, 0);
            } else {
                let fill = u8::try_from(random.within(0..256)).unwrap();
                let new = vec![fill; random.within(1..2 * PAGE)];
                content.write(&new, at as u64, |_| ());
                plain.resize(plain.len().max(at + new.len()), 0);
                plain[at..at + new.len()].copy_from_slice(&new);
            }
            assert!(bytes(&content) == plain);
        }
    }

    #[test]
    fn room_costs_no_page() {
        let mut content = Content::default();
        content.set_len(1 << 30, |_| panic!("nothing was changed"));
        content.write(&[0; 3 * PAGE], 100, |_| panic!("zeros were zeros"));
        assert_eq!((content.pages.len(), content.len()), (0, 1 << 30));
    }

    #[test]
    fn writing_nothing_does_not_grow() {
        let mut content = Content::default();
        content.write(b"", 100, |_| ());
        assert_eq!(content.len(), 0);
    }

    #[test]
    fn pages_that_a_failed_sync_forgot_are_never_written() {
        let mut inode = Inode::default();
        inode.write(&[1; 8 * SECTOR], 0);
        let mut dice = Dice::new(7);
        inode.fail_sync(&mut dice);
        let forgotten = bytes(&inode.durable);
        inode.sync();
        let mut after = bytes(&inode.durable);
        assert_eq!(after.len(), 8 * SECTOR);
        assert_ne!(after, bytes(&inode.now), "this seed loses at least one sector");
        after.truncate(forgotten.len());
        assert_eq!(after, forgotten);
        assert_eq!(bytes(&inode.survivor(Keep::All, &mut dice)), bytes(&inode.durable));
    }

    #[test]
    fn a_length_that_was_not_kept_hides_no_bytes() {
        let mut inode = Inode::default();
        inode.write(&[1; 100], 0);
        inode.sync();
        inode.write(&[2; 2 * PAGE], 100);
        for seed in 0..50 {
            let mut left = inode.survivor(Keep::Random, &mut Dice::new(seed));
            let len = left.len();
            left.set_len(4 * PAGE as u64, |_| ());
            assert!(bytes(&left)[usize::try_from(len).unwrap()..].iter().all(|byte| *byte == 0));
        }
    }
}
