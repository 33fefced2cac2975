//! Which documents have a value: a set of slots, small while it is small.

use roaring::RoaringBitmap;
use smallvec::SmallVec;

/// So many slots are kept in a list; more in a bitmap. A list is walked in a tenth of the time and new
/// slots, which mostly ascend, are put behind it; from some thousands on it is the larger of the two,
/// and slots in between cost more to move.
const FEW: usize = 4096;
/// So few are put into a bitmap one by one.
const ONE_BY_ONE: usize = 16;

/// A set of slots.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Posting {
    /// Ascending.
    Few(SmallVec<[u32; 4]>),
    /// More than some.
    Many(RoaringBitmap),
}

impl Default for Posting {
    fn default() -> Posting {
        Posting::Few(SmallVec::new())
    }
}

impl Posting {
    /// Adds a slot; whether it was new.
    pub(crate) fn insert(&mut self, slot: u32) -> bool {
        match self {
            Posting::Few(slots) => {
                let is_last = slots.last().is_none_or(|last| *last < slot);
                let found = if is_last { Err(slots.len()) } else { slots.binary_search(&slot) };
                let Err(at) = found else { return false };
                if slots.len() == FEW {
                    let mut many = bitmap_of(slots);
                    many.insert(slot);
                    *self = Posting::Many(many);
                } else {
                    slots.insert(at, slot);
                }
                true
            }
            Posting::Many(slots) => slots.insert(slot),
        }
    }

    /// Takes a slot out; whether it was there.
    pub(crate) fn remove(&mut self, slot: u32) -> bool {
        match self {
            Posting::Few(slots) => {
                let Ok(at) = slots.binary_search(&slot) else { return false };
                slots.remove(at);
                if slots.spilled() && slots.len() <= slots.capacity() / 4 {
                    slots.shrink_to_fit();
                }
                true
            }
            Posting::Many(slots) => {
                let removed = slots.remove(slot);
                // Half of what makes a bitmap, so that a set at the border does not go to and fro.
                if slots.len() <= FEW as u64 / 2 {
                    *self = Posting::Few(slots.iter().collect());
                }
                removed
            }
        }
    }

    /// How many slots there are.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Posting::Few(slots) => slots.len() as u64,
            Posting::Many(slots) => slots.len(),
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Posting::Few(slots) => slots.is_empty(),
            Posting::Many(slots) => slots.is_empty(),
        }
    }

    /// Whether a slot is among them.
    #[cfg(test)]
    pub(crate) fn contains(&self, slot: u32) -> bool {
        match self {
            Posting::Few(slots) => slots.binary_search(&slot).is_ok(),
            Posting::Many(slots) => slots.contains(slot),
        }
    }

    /// The slots, ascending.
    pub(crate) fn iter(&self) -> Slots<'_> {
        match self {
            Posting::Few(slots) => Slots::Few(slots.iter()),
            Posting::Many(slots) => Slots::Many(slots.iter()),
        }
    }

    /// Adds them to a bitmap.
    pub(crate) fn add_to(&self, all: &mut RoaringBitmap) {
        match self {
            Posting::Few(slots) if slots.len() <= ONE_BY_ONE => all.extend(slots.iter().copied()),
            Posting::Few(slots) => *all |= bitmap_of(slots),
            Posting::Many(slots) => *all |= slots,
        }
    }

    /// Bytes on the heap, about.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Posting::Few(slots) if slots.spilled() => slots.capacity() * size_of::<u32>(),
            Posting::Few(_) => 0,
            Posting::Many(slots) => slots.serialized_size(),
        }
    }
}

/// Slots that ascend, as a bitmap.
fn bitmap_of(slots: &[u32]) -> RoaringBitmap {
    RoaringBitmap::from_sorted_iter(slots.iter().copied()).expect("they ascend")
}

/// The slots of a posting.
pub(crate) enum Slots<'p> {
    /// Of a list.
    Few(std::slice::Iter<'p, u32>),
    /// Of a bitmap.
    Many(roaring::bitmap::Iter<'p>),
}

impl Iterator for Slots<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match self {
            Slots::Few(slots) => slots.next().copied(),
            Slots::Many(slots) => slots.next(),
        }
    }

    /// All at once: a third of the instructions of one after the other.
    fn fold<B, F: FnMut(B, u32) -> B>(self, first: B, fold: F) -> B {
        match self {
            Slots::Few(slots) => slots.copied().fold(first, fold),
            Slots::Many(slots) => slots.fold(first, fold),
        }
    }
}

impl DoubleEndedIterator for Slots<'_> {
    fn next_back(&mut self) -> Option<u32> {
        match self {
            Slots::Few(slots) => slots.next_back().copied(),
            Slots::Many(slots) => slots.next_back(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::types::random::Random;

    #[test]
    fn a_posting_is_a_set() {
        let mut random = Random::from_environment();
        let (mut posting, mut model) = (Posting::default(), BTreeSet::new());
        let all = u32::try_from(FEW).expect("small") * 2;
        for step in 0..60_000 {
            // Grows and shrinks across the border again and again.
            let slot = u32::try_from(random.next() % u64::from(all)).expect("small");
            if (step / 12_000) % 2 == 0 {
                assert_eq!(posting.insert(slot), model.insert(slot));
            } else {
                assert_eq!(posting.remove(slot), model.remove(&slot));
            }
            assert_eq!((posting.len(), posting.is_empty()), (model.len() as u64, model.is_empty()));
            assert_eq!(posting.contains(slot), model.contains(&slot));
            if step % 500 > 0 {
                continue;
            }
            let mut set = RoaringBitmap::from([1]);
            posting.add_to(&mut set);
            assert!(set.iter().eq(model.union(&BTreeSet::from([1])).copied()));
            assert!(posting.iter().eq(model.iter().copied()));
            let mut all = Vec::new();
            posting.iter().for_each(|slot| all.push(slot));
            assert!(all.iter().eq(&model));
            assert!(posting.iter().rev().eq(model.iter().rev().copied()));
        }
    }
}
