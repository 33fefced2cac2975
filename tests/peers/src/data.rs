//! What the cells work on: keys of 16 bytes, a pool of values, and the streams of steps that threads follow.
//!
//! Everything is made before the clock starts. A stream is read front to back, so that the processor
//! fetches it ahead and a step costs a measured loop next to nothing.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::zipf::Zipf;

/// A key as every peer gets it.
pub(crate) type Key = [u8; 16];

/// The key of a number: `key:` and twelve digits.
pub(crate) fn key(number: u32) -> Key {
    numbered(*b"key:000000000000", number)
}

/// `text` with the decimal digits of `number` over its end.
pub(crate) fn numbered<const N: usize>(mut text: [u8; N], number: u32) -> [u8; N] {
    let mut rest = number;
    for place in text.iter_mut().rev() {
        if rest == 0 {
            break;
        }
        let digit = u8::try_from(rest % 10).expect("one digit");
        *place = b'0' + digit;
        rest /= 10;
    }
    text
}

/// Values of one size; a few different ones, so that a write changes something.
pub(crate) struct Values {
    pool: Vec<u8>,
    bytes: usize,
}

impl Values {
    const COUNT: usize = 16;

    /// The pool of values of `bytes` bytes each.
    pub(crate) fn new(bytes: usize, seed: u64) -> Self {
        let mut random = SmallRng::seed_from_u64(seed);
        let pool = (0..bytes * Self::COUNT).map(|_| random.random()).collect();
        Self { pool, bytes }
    }

    /// The value for a number; numbers that differ in the low four bits have different ones.
    pub(crate) fn of(&self, number: u32) -> &[u8] {
        let start = (number as usize % Self::COUNT) * self.bytes;
        &self.pool[start..start + self.bytes]
    }
}

/// How often the keys come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Distribution {
    /// Every key as often as every other.
    Uniform,
    /// Zipf with theta 0.99; the popular keys are scattered over the key space.
    Zipf,
}

impl Distribution {
    /// The word for it in names of cells.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zipf => "zipf",
        }
    }
}

/// One step of a thread. 17 bytes: no padding, so that a cache line holds nearly four.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// The key to touch.
    pub key: Key,
    /// A number in `0..100` that decides between reading and writing.
    pub roll: u8,
}

/// The endless walk of one thread over the keys.
pub(crate) struct Stream {
    steps: Vec<Step>,
}

impl Stream {
    /// The step at a position; the stream begins again after its last one.
    pub(crate) fn at(&self, position: usize) -> &Step {
        &self.steps[position & (self.steps.len() - 1)]
    }
}

/// The streams of all threads of a cell.
pub(crate) struct Streams {
    of_threads: Vec<Stream>,
}

impl Streams {
    /// Draws streams of `length` steps (a power of two) over `keys` keys for `threads` threads.
    pub(crate) fn new(
        keys: u32,
        how: Distribution,
        length: usize,
        threads: usize,
        seed: u64,
    ) -> Self {
        assert!(length.is_power_of_two(), "positions are masked");
        let draw: Box<dyn Fn(&mut SmallRng) -> u32> = match how {
            Distribution::Uniform => Box::new(move |random| random.random_range(0..keys)),
            Distribution::Zipf => {
                let (zipf, places) = (Zipf::new(keys, 0.99), scattered(keys, seed));
                Box::new(move |random| places[zipf.rank(random.random())])
            }
        };
        let of_threads = (1..=threads as u64)
            .map(|thread| {
                let mut random = SmallRng::seed_from_u64(seed.wrapping_add(thread));
                let step =
                    |_| Step { key: key(draw(&mut random)), roll: random.random_range(0..100) };
                Stream { steps: (0..length).map(step).collect() }
            })
            .collect();
        Self { of_threads }
    }

    /// The stream of the thread with this number.
    pub(crate) fn thread(&self, number: usize) -> &Stream {
        &self.of_threads[number]
    }
}

/// The numbers below `keys` in random order (Fisher-Yates).
fn scattered(keys: u32, seed: u64) -> Vec<u32> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut places: Vec<u32> = (0..keys).collect();
    for end in (1..places.len()).rev() {
        places.swap(end, random.random_range(0..=end));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sixteen_bytes_and_differ() {
        assert_eq!(&key(0), b"key:000000000000");
        assert_eq!(&key(1_234_567_890), b"key:001234567890");
    }

    #[test]
    fn scattering_keeps_every_number() {
        let mut places = scattered(1000, 7);
        assert_ne!(places[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        places.sort_unstable();
        assert!(places.iter().copied().eq(0..1000));
    }

    #[test]
    fn same_seed_gives_same_stream() {
        let draw = || Streams::new(100, Distribution::Zipf, 64, 2, 9);
        let (one, two) = (draw(), draw());
        for position in 0..64 {
            assert_eq!(one.thread(1).at(position).key, two.thread(1).at(position).key);
        }
        assert_eq!(one.thread(0).at(64).key, one.thread(0).at(0).key);
    }

    #[test]
    fn zipf_prefers_few_keys() {
        let most = |how| {
            let streams = Streams::new(1000, how, 1 << 14, 1, 3);
            let mut counts = std::collections::BTreeMap::new();
            for position in 0..1 << 14 {
                *counts.entry(streams.thread(0).at(position).key).or_insert(0) += 1;
            }
            counts.into_values().max().expect("steps")
        };
        assert!(most(Distribution::Uniform) < 60);
        assert!(most(Distribution::Zipf) > 1500);
    }
}
