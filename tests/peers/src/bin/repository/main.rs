//! The typed repository beside Kora's untyped collections, beside other typed stores of documents, and
//! what its derive costs the compiler.
//!
//! `cargo run --release --manifest-path tests/peers/Cargo.toml --features repository --bin repository`
//! prints tables in markdown; tests/peers/README.md names the options. Contestants hold the same
//! people and take turns, round by round; numbers are medians of the rounds, ratios those of each round.
#![expect(clippy::print_stdout, reason = "a program that prints a report")]

mod arguments;
mod compile;
mod data;
mod doors;
mod latency;
mod measure;
mod peers;
mod stores;

use arguments::{Arguments, Part};

fn main() {
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}");
            std::process::exit(2);
        }
    };
    for part in &arguments.parts {
        match part {
            Part::Doors => doors::run(&arguments),
            Part::Latency => latency::run(&arguments),
            Part::Peers => peers::run(&arguments),
            Part::Compile => compile::run(),
        }
    }
}

/// A ratio beside what it is to reach.
fn judged(ratio: Option<f64>, target: f64) -> String {
    let Some(ratio) = ratio else { return "-".to_owned() };
    let verdict = if ratio >= target { "met" } else { "SHORT" };
    format!("{ratio:.2}x (>= {target}) {verdict}")
}
