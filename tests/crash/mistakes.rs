//! Whether the harness sees anything: the engine makes known mistakes, one at a time, and each
//! must be found by one of the parts within a bounded number of points.

use std::time::Instant;

use kora::testing::Mutation;

use crate::options::Options;
use crate::runner::{self, Finding, Outcome, Until};
use crate::{damage, simulated};

/// A part by its name, what it does with a seed, and how many points it gets.
type Attempt = (&'static str, fn(u64) -> Finding, u64);

/// Who is asked, one after the other: first the short attempts, most mistakes are plain.
const ATTEMPTS: [Attempt; 5] = [
    ("simulated", simulated::explore, 6_000),
    ("faults", simulated::explore_faults, 4_000),
    ("simulated", simulated::explore, 200_000),
    ("faults", simulated::explore_faults, 20_000),
    ("damage", damage::explore, 100_000),
];

/// How many mistakes there are, and which were not noticed.
pub(crate) fn run(options: &Options) -> (usize, Vec<Mutation>) {
    // What the engine says of its own panics would be many pages.
    std::panic::set_hook(Box::new(|_| ()));
    let wanted = |mutation: &&Mutation| {
        let name = format!("{mutation:?}");
        options.mistake.as_ref().is_none_or(|wanted| *wanted == name)
    };
    let mistakes: Vec<Mutation> = Mutation::ALL.iter().filter(wanted).copied().collect();
    let mut missed = Vec::new();
    for mistake in &mistakes {
        if !is_noticed(options, *mistake) {
            missed.push(*mistake);
        }
    }
    drop(std::panic::take_hook());
    (mistakes.len(), missed)
}

fn is_noticed(options: &Options, mistake: Mutation) -> bool {
    let start = Instant::now();
    for (part, explore, points) in ATTEMPTS {
        let until = Until::Points(points);
        let Outcome { points, found, .. } = runner::run(options, until, Some(mistake), explore);
        if let Some((_, violation)) = found {
            let what = violation.0.lines().next().unwrap_or_default().to_owned();
            let took = start.elapsed();
            println!("  {mistake:?}: {part}, {points} points, {took:.1?}: {what}");
            return true;
        }
    }
    println!("  {mistake:?}: NOT NOTICED");
    false
}
