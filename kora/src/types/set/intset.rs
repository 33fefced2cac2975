//! A small set of integers: one sorted array whose elements are as wide as the widest needs.
//!
//! Nothing but the integers: no header, no spare element, no text. An integer that does not fit
//! makes all elements wider (2, 4, then 8 bytes, as in Redis); they never become narrower again.
//! How many integers are still small is for the set to say.
//!
//! Invariant: the elements are little-endian, strictly ascending, and all of one width.

use crate::types::packed;

/// Bytes of an element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Width {
    /// `i16`.
    #[default]
    Two = 2,
    /// `i32`.
    Four = 4,
    /// `i64`.
    Eight = 8,
}

impl Width {
    /// The narrowest width that holds an integer.
    fn of(integer: i64) -> Width {
        if i16::try_from(integer).is_ok() {
            Width::Two
        } else if i32::try_from(integer).is_ok() {
            Width::Four
        } else {
            Width::Eight
        }
    }
}

/// Integers in ascending order.
#[derive(Debug, Default)]
pub(crate) struct Intset {
    width: Width,
    bytes: Vec<u8>,
}

/// How integers are read, wherever they lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Integers<'a> {
    width: Width,
    bytes: &'a [u8],
}

impl<'a> Integers<'a> {
    /// Reads an array of this width.
    #[inline]
    pub(crate) fn new(width: Width, bytes: &'a [u8]) -> Integers<'a> {
        Integers { width, bytes }
    }

    /// Bytes of an element.
    pub(crate) fn width(self) -> Width {
        self.width
    }

    /// The array.
    pub(crate) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Number of integers.
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.bytes.len() / self.width as usize
    }

    /// The integer at a rank.
    ///
    /// # Panics
    /// If there are not that many.
    #[inline]
    pub(crate) fn get(self, rank: usize) -> i64 {
        match self.width {
            Width::Two => i16::from_le_bytes(self.element(rank)).into(),
            Width::Four => i32::from_le_bytes(self.element(rank)).into(),
            Width::Eight => i64::from_le_bytes(self.element(rank)),
        }
    }

    #[inline]
    fn element<const WIDTH: usize>(self, rank: usize) -> [u8; WIDTH] {
        *self.bytes[rank * WIDTH..].first_chunk().expect("the array holds whole elements")
    }

    /// The rank of an integer, or the rank it would have. O(log n).
    fn search(self, integer: i64) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        // Integers that come in order go to the end: one look.
        if high > 0 && self.get(high - 1) < integer {
            return Err(high);
        }
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).cmp(&integer) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    /// Whether an integer is there. O(log n).
    #[inline]
    pub(crate) fn contains(self, integer: i64) -> bool {
        Width::of(integer) <= self.width && self.search(integer).is_ok()
    }

    /// The integers, ascending.
    pub(crate) fn iter(self) -> impl Iterator<Item = i64> {
        (0..self.len()).map(move |rank| self.get(rank))
    }
}

impl From<Integers<'_>> for Intset {
    fn from(integers: Integers<'_>) -> Intset {
        Intset { width: integers.width, bytes: integers.bytes.to_vec() }
    }
}

impl Intset {
    /// Reads the integers.
    #[inline]
    pub(crate) fn view(&self) -> Integers<'_> {
        Integers { width: self.width, bytes: &self.bytes }
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }

    /// Adds an integer; whether it was not there. O(n).
    pub(crate) fn insert(&mut self, integer: i64) -> bool {
        let width = Width::of(integer);
        if width > self.width {
            self.widen(width);
        }
        let Err(rank) = self.view().search(integer) else { return false };
        let (at, bytes) = (self.offset(rank), integer.to_le_bytes());
        packed::splice(&mut self.bytes, at..at, &bytes[..self.width as usize]);
        true
    }

    /// Takes an integer out; whether it was there. O(n).
    pub(crate) fn remove(&mut self, integer: i64) -> bool {
        let Ok(rank) = self.view().search(integer) else { return false };
        let range = self.offset(rank)..self.offset(rank + 1);
        packed::splice(&mut self.bytes, range, &[]);
        true
    }

    fn offset(&self, rank: usize) -> usize {
        rank * self.width as usize
    }

    fn widen(&mut self, width: Width) {
        let mut bytes = Vec::new();
        // The integer that asked for it comes next.
        packed::reserve(&mut bytes, (self.view().len() + 1) * width as usize);
        for integer in self.view().iter() {
            bytes.extend_from_slice(&integer.to_le_bytes()[..width as usize]);
        }
        *self = Intset { width, bytes };
    }
}
