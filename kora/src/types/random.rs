//! Random numbers for tests: the same ones again for the same seed.
//!
//! It is not a good generator, only a small one: Marsaglia's xorshift64 ("Xorshift RNGs", 2003).

use std::ops::Range;

/// A xorshift64 generator; its state is never zero.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Starts with the seed in `KORA_SEED`, or else with one from the hash keys of the process, and
    /// prints it; the test harness shows it if the test fails.
    #[expect(clippy::print_stdout, reason = "a failing test says how to run it again")]
    pub(crate) fn from_environment() -> Self {
        use std::hash::{BuildHasher, RandomState};

        let seed = match std::env::var("KORA_SEED") {
            Ok(seed) => seed.parse().expect("KORA_SEED is a number"),
            Err(std::env::VarError::NotPresent) => RandomState::new().hash_one(0),
            Err(error) => panic!("KORA_SEED: {error}"),
        };
        println!("KORA_SEED={seed}");
        Random(seed | 1)
    }

    /// Any number but zero.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number of the range.
    pub(crate) fn within(&mut self, range: Range<usize>) -> usize {
        let span = range.end.checked_sub(range.start).expect("a range of numbers") as u64;
        range.start + usize::try_from(self.next() % span).expect("less than the span")
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.within(0..n) == 0
    }
}
