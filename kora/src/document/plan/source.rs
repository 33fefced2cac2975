//! What indexes bring: documents by one key, by several, by a range of keys, and sets of them.
//!
//! Nothing is fetched before it is asked for: a source can say about how many documents it has, and
//! becomes a set when it must. Which source serves a condition is not decided here.

use std::ops::Bound;

use roaring::RoaringBitmap;

use crate::document::collection::index::{Index, KEY_START, key_start};
use crate::document::collection::posting::{Posting, Slots};
use crate::document::plan::access::View;
use crate::map::prefetch::prefetch;

/// So many entries of a column are read together.
const GATHERED: usize = 64;
/// Keys of a range that are visited to learn how many documents it has.
const ESTIMATE_KEYS: usize = 64;

/// What an index brings for one predicate.
#[derive(Debug)]
pub(crate) enum Source<'p> {
    /// Nothing.
    Empty,
    /// The documents of one key.
    Key(&'p Posting),
    /// The documents of some keys.
    Keys(Vec<&'p Posting>),
    /// The documents of a range of keys.
    Range(Range<'p>),
    /// Those that the others leave.
    Except(Box<Source<'p>>),
    /// A set that was worked out.
    Set(RoaringBitmap),
    /// The same, of few: in the order of slots.
    List(Vec<u32>),
    /// Every document.
    All,
}

/// A part of a sorted index.
#[derive(Debug)]
pub(crate) struct Range<'p> {
    pub(crate) index: &'p Index,
    pub(crate) low: Bound<Vec<u8>>,
    pub(crate) high: Bound<Vec<u8>>,
}

impl<'p> Range<'p> {
    /// The keys in order, with their documents.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&'p [u8], &'p Posting)> {
        let index = self.index;
        index.range(self.low.as_ref().map(Vec::as_slice), self.high.as_ref().map(Vec::as_slice))
    }

    /// Leaves of some slots those that may be within, by the index's column; and whether they all
    /// are. `None` without a column.
    pub(super) fn filter(&self, slots: impl Iterator<Item = u32>) -> Option<(Vec<u32>, bool)> {
        let column = self.index.column()?;
        let ((low, low_is_whole), (high, high_is_whole)) = self.starts();
        let mut slots = slots.fold(Vec::new(), |mut all, slot| {
            prefetch(column.as_ptr().wrapping_add(slot as usize).cast());
            all.push(slot);
            all
        });
        let (mut count, mut is_exact) = (0, true);
        let mut starts = [0; GATHERED];
        // Some are read before any is written over, and there are no branches: where a value lies in memory
        // is not known before, and what depends on it would wait for each.
        for from in (0..slots.len()).step_by(GATHERED) {
            let chunk = from..slots.len().min(from + GATHERED);
            for (start, slot) in starts.iter_mut().zip(&slots[chunk.clone()]) {
                *start = column[*slot as usize];
            }
            for (at, start) in chunk.zip(starts) {
                let slot = slots[at];
                let is_within = (low <= start) & (start <= high);
                is_exact &= !is_within
                    | ((low_is_whole | (start != low)) & (high_is_whole | (start != high)));
                slots[count] = slot;
                count += usize::from(is_within);
            }
        }
        slots.truncate(count);
        Some((slots, is_exact))
    }

    /// How keys begin that may lie within, from and to; and of either whether those that begin just
    /// so are within for certain.
    fn starts(&self) -> ((u64, bool), (u64, bool)) {
        let is_whole = |key: &[u8]| key.len() <= KEY_START;
        let low = match &self.low {
            Bound::Included(key) => (key_start(key), is_whole(key)),
            Bound::Excluded(key) if is_whole(key) => (key_start(key).saturating_add(1), true),
            Bound::Excluded(key) => (key_start(key), false),
            Bound::Unbounded => (0, true),
        };
        let high = match &self.high {
            Bound::Included(key) => (key_start(key), is_whole(key)),
            Bound::Excluded(key) if is_whole(key) => (key_start(key).saturating_sub(1), true),
            Bound::Excluded(key) => (key_start(key), false),
            Bound::Unbounded => (u64::MAX, true),
        };
        (low, high)
    }

    /// How many documents there are, about.
    pub(super) fn estimate(&self) -> u64 {
        let mut keys = self.iter();
        let seen: u64 = keys.by_ref().take(ESTIMATE_KEYS).map(|(_, posting)| posting.len()).sum();
        // There are more keys than were looked at; how many, a B-tree does not tell.
        if keys.next().is_some() { (seen * 16).max(1 << 12) } else { seen }
    }
}

/// Where a range of keys begins and ends.
pub(crate) type Bounds = (Bound<Vec<u8>>, Bound<Vec<u8>>);

impl Source<'_> {
    /// How many documents it brings, about.
    pub(crate) fn estimate(&self, view: View<'_>) -> u64 {
        let all = view.partition.live().len();
        match self {
            Source::Empty => 0,
            Source::Key(posting) => posting.len(),
            Source::Keys(postings) => postings.iter().map(|posting| posting.len()).sum(),
            Source::Range(range) => range.estimate().min(all),
            Source::Except(source) => all.saturating_sub(source.estimate(view)),
            Source::Set(slots) => slots.len(),
            Source::List(slots) => slots.len() as u64,
            Source::All => all,
        }
    }

    /// How many documents it brings, exactly, when that is known without work.
    pub(crate) fn count(&self, view: View<'_>) -> Option<u64> {
        match self {
            Source::Empty => Some(0),
            Source::Key(posting) => Some(posting.len()),
            Source::Set(slots) => Some(slots.len()),
            Source::List(slots) => Some(slots.len() as u64),
            Source::All => Some(view.partition.live().len()),
            Source::Except(source) => {
                source.count(view).map(|count| view.partition.live().len() - count)
            }
            Source::Keys(_) | Source::Range(_) => None,
        }
    }

    /// The documents in the order of their slots, when they are at hand so.
    pub(crate) fn slots(&self) -> Option<Slots<'_>> {
        match self {
            Source::Key(posting) => Some(posting.iter()),
            Source::Set(slots) => Some(Slots::Many(slots.iter())),
            Source::List(slots) => Some(Slots::Few(slots.iter())),
            Source::Empty
            | Source::Keys(_)
            | Source::Range(_)
            | Source::Except(_)
            | Source::All => None,
        }
    }

    /// The documents as a set.
    pub(crate) fn into_set(self, view: View<'_>) -> RoaringBitmap {
        let mut set = RoaringBitmap::new();
        match self {
            Source::Empty => {}
            Source::Key(posting) => posting.add_to(&mut set),
            Source::Keys(postings) => postings.iter().for_each(|posting| posting.add_to(&mut set)),
            Source::Range(range) => range.iter().for_each(|(_, posting)| posting.add_to(&mut set)),
            Source::Except(source) => set = view.partition.live() - source.into_set(view),
            Source::Set(slots) => set = slots,
            Source::List(slots) => {
                set = RoaringBitmap::from_sorted_iter(slots).expect("slots ascend");
            }
            Source::All => set = view.partition.live().clone(),
        }
        set
    }
}
