//! Random numbers of a simulated disk: the same ones again for the same seed.
//!
//! SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014):
//! any seed is as good as any other, so that a campaign can number its seeds from zero.

/// A SplitMix64 generator.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `most`, both included.
    pub(super) fn up_to(&mut self, most: u64) -> u64 {
        match most.checked_add(1) {
            Some(count) => self.next() % count,
            None => self.next(),
        }
    }

    /// How many of so many: none, all, or a number between, each as likely, since the ends are
    /// where the mistakes are.
    pub(super) fn part_of(&mut self, all: usize) -> usize {
        match self.up_to(2) {
            0 => 0,
            1 => all,
            _ => usize::try_from(self.up_to(all as u64)).expect("at most `all`"),
        }
    }

    pub(super) fn coin(&mut self) -> bool {
        self.next() >> 63 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_paper() {
        let mut dice = Dice::new(0);
        // The first outputs for seed 0, as the reference implementation by Vigna prints them.
        assert_eq!(dice.next(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(dice.next(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn parts_have_ends_and_a_middle() {
        let mut dice = Dice::new(1);
        let parts: Vec<usize> = (0..100).map(|_| dice.part_of(10)).collect();
        assert!(parts.contains(&0) && parts.contains(&10));
        assert!(parts.iter().any(|part| (1..10).contains(part)));
        assert!(parts.iter().all(|part| *part <= 10));
    }
}
