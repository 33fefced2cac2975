//! Ranks drawn from a Zipf distribution: rank `r` comes with a weight of `1 / (r + 1)^theta`.
//!
//! It draws by a binary search in the table of cumulative weights, which is exact and slow; it is no
//! generator for a measured loop. Streams are drawn before the clock starts.

/// The cumulative weights of all ranks.
pub(crate) struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    /// The distribution over `ranks` ranks; `theta` is the skew, 0.99 in YCSB.
    pub(crate) fn new(ranks: u32, theta: f64) -> Self {
        let mut total = 0.0;
        let cumulative = (1..=ranks)
            .map(|place| {
                total += f64::from(place).powf(-theta);
                total
            })
            .collect();
        Self { cumulative }
    }

    /// The rank at `point` of the distribution, with `point` in `0.0..1.0`.
    pub(crate) fn rank(&self, point: f64) -> usize {
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let rank = self.cumulative.partition_point(|&weight| weight <= point * total);
        rank.min(self.cumulative.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_rank_has_its_share() {
        let zipf = Zipf::new(1000, 0.99);
        let total: f64 = (1..=1000).map(|place| f64::from(place).powf(-0.99)).sum();
        let draws = 100_000;
        let first =
            (0..draws).filter(|&draw| zipf.rank(f64::from(draw) / f64::from(draws)) == 0).count();
        let share = first as f64 / f64::from(draws);
        assert!((share - 1.0 / total).abs() < 1e-4, "{share} against {}", 1.0 / total);
    }

    #[test]
    fn ends_of_the_range_are_ranks() {
        let zipf = Zipf::new(10, 0.99);
        assert_eq!(zipf.rank(0.0), 0);
        assert_eq!(zipf.rank(1.0), 9);
    }

    #[test]
    fn no_skew_is_uniform() {
        let zipf = Zipf::new(4, 0.0);
        let ranks: Vec<_> = [0.1, 0.3, 0.6, 0.9].iter().map(|&point| zipf.rank(point)).collect();
        assert_eq!(ranks, [0, 1, 2, 3]);
    }
}
