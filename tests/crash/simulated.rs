//! The two parts on simulated disks, by seed.

use std::time::{Duration, Instant};

use crate::campaign::Campaign;
use crate::faults::Faults;
use crate::history::Histories;
use crate::runner::{Finding, Violation};

/// Chance in a hundred that one of the seven ways to restart is tried at a step.
const PERCENT: usize = 30;

/// Crashes the history of a seed.
pub(crate) fn explore(seed: u64) -> Finding {
    let histories = Histories::new();
    let mut campaign = Campaign::new(&histories, seed, PERCENT);
    let result = campaign.run();
    (campaign.points, result)
}

/// Lets the disk fail under the history of a seed.
pub(crate) fn explore_faults(seed: u64) -> Finding {
    let histories = Histories::repeatable();
    let mut faults = Faults::new(&histories, seed);
    let result = faults.run();
    (faults.points, result)
}

/// Shrinking a history ends after this, wherever it is.
const SHRINKING: Duration = Duration::from_secs(20);

/// The smallest part of a seed's history in which something is still found, and what. `None` when
/// it is found only by the chance of another exploration.
pub(crate) fn shrink(seed: u64) -> Option<Violation> {
    let (start, histories) = (Instant::now(), Histories::new());
    let (mut history, durability) = Campaign::new(&histories, seed, PERCENT).draw();
    let explore =
        |history: &[_]| Campaign::new(&histories, seed, PERCENT).explore(history, durability).err();
    let mut found = explore(&history)?;
    let mut width = history.len().div_ceil(2);
    while width > 0 {
        let mut at = 0;
        while at < history.len() && start.elapsed() < SHRINKING {
            let end = (at + width).min(history.len());
            let without = [&history[..at], &history[end..]].concat();
            match explore(&without) {
                Some(smaller) => (history, found) = (without, smaller),
                None => at = end,
            }
        }
        width /= 2;
    }
    Some(found)
}
