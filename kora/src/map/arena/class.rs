//! The sizes in which pages are cut.
//!
//! Up to 1 KiB the sizes go in steps of 8. Above that there is one for each number of places that
//! a page can be cut into, the largest that fits: the steps are 2 % at first and 4 % at the end.

use super::page::ROOM;

/// Longest place of the fine steps.
const FINE_MAX: usize = 1024;
/// Places of the first coarse size in a page.
const COARSE_COUNT_MAX: usize = ROOM / (FINE_MAX + 8);
/// Places of the largest size in a page.
const COUNT_MIN: usize = 28;
const FINE: usize = FINE_MAX / 8;

/// How many classes there are.
pub(super) const CLASSES: usize = 1 + FINE + COARSE_COUNT_MAX - COUNT_MIN + 1;
/// Longest place.
const PLACE_MAX: usize = place_of(COUNT_MIN);

/// A size of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class(u8);

const fn place_of(count: usize) -> usize {
    ROOM / count / 8 * 8
}

impl Class {
    /// The class of an allocation of so many bytes; `None` when it is too long for a page.
    #[inline]
    pub(super) fn of(bytes: usize) -> Option<Class> {
        let class = match bytes {
            0..=FINE_MAX => bytes.div_ceil(8),
            _ if bytes <= PLACE_MAX => {
                1 + FINE + COARSE_COUNT_MAX - ROOM / bytes.next_multiple_of(8)
            }
            _ => return None,
        };
        Some(Class(u8::try_from(class).expect("there are fewer than 256 classes")))
    }

    /// Bytes of a place.
    #[inline]
    pub(super) fn size(self) -> usize {
        let at = self.index();
        if at <= FINE { at * 8 } else { place_of(1 + FINE + COARSE_COUNT_MAX - at) }
    }

    /// Where the class stands among all.
    #[inline]
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_the_smallest_that_holds_its_bytes() {
        let mut sizes: Vec<usize> =
            (1..=PLACE_MAX).filter_map(Class::of).map(Class::size).collect();
        for (bytes, size) in (1..).zip(&sizes) {
            assert!(*size >= bytes && size % 8 == 0, "{size} for {bytes}");
            let class = Class::of(*size).expect("a size has a class");
            assert_eq!((class, class.size()), (Class::of(bytes).expect("as above"), *size));
        }
        assert!(sizes.is_sorted());
        sizes.dedup();
        assert_eq!(sizes.len(), CLASSES - 1, "class 0 is of no bytes");
        assert_eq!((Class::of(0).map(Class::index), Class::of(PLACE_MAX + 1)), (Some(0), None));
    }

    #[test]
    fn a_place_is_hardly_longer_than_asked() {
        for bytes in 1..=PLACE_MAX {
            let size = Class::of(bytes).expect("not too long").size();
            assert!(size - bytes < 8 + bytes / COUNT_MIN, "{size} for {bytes}");
        }
    }
}
