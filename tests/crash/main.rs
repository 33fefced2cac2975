//! The proof by crashing: stop a database at any moment, in every way, and look what is left.
//!
//! `cargo crash` runs all parts as CI does, `cargo crash simulated --minutes 60` one of them for
//! longer. A part prints its figures; one that finds something prints the history and how to play
//! it again, and the program ends with an error. README.md says what the parts do.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

mod campaign;
mod child;
mod damage;
mod deeds;
mod disk;
mod faults;
mod history;
mod kills;
mod mistakes;
mod options;
mod power;
mod report;
mod runner;
mod shapes;
mod simulated;
mod stage;
mod supervisor;
mod writer;

/// What the tests of commands have, too.
#[path = "../it/support"]
#[expect(dead_code, reason = "other tests need more of it")]
mod support {
    pub(crate) mod dice;
    pub(crate) mod grammar;
    pub(crate) mod words;
}

use std::process::ExitCode;
use std::time::Instant;

use options::Options;
use runner::{Finding, Outcome, Until, Violation};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some((first, rest)) = words.split_first() {
        if first == "child" {
            return child::main(rest);
        }
    }
    let options = match Options::read(words.into_iter()) {
        Ok(options) => options,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    kora::testing::fix_hash(options.seed);
    let mut is_sound = true;
    for (part, _) in options::PARTS.iter().filter(|(part, _)| options.wants(part)) {
        is_sound &= run(part, &options);
    }
    if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a part; whether it found nothing.
fn run(part: &str, options: &Options) -> bool {
    match part {
        "simulated" => explore(part, options, 100_000, simulated::explore),
        "faults" => explore(part, options, 6_000, simulated::explore_faults),
        "damage" => explore(part, options, 50_000, damage::explore),
        "kills" => kills::run(options),
        "power" => power::run(options),
        "disk" => disk::run(options),
        "mistakes" => {
            let (count, missed) = mistakes::run(options);
            println!("mistakes: {} of {count} noticed", count - missed.len());
            missed.is_empty()
        }
        _ => true,
    }
}

fn explore(part: &str, options: &Options, points: u64, explore: fn(u64) -> Finding) -> bool {
    let start = Instant::now();
    let Outcome { points, histories, found } =
        runner::run(options, Until::of(options, points), None, explore);
    let seed = options.seed;
    println!(
        "{part}: {points} points of {histories} histories, seed {seed}, {:.1?}",
        start.elapsed()
    );
    match found {
        None => true,
        Some((history, violation)) => {
            println!("{}\nagain: crash {part} --seed {seed} --history {history}", violation.0);
            if part == "simulated" {
                if let Some(Violation(text)) = simulated::shrink(runner::mix(seed, history)) {
                    println!("\nsmaller:\n{text}");
                }
            }
            false
        }
    }
}
