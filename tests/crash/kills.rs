//! Real processes, killed at any moment: nothing that was acknowledged may be missing, in any
//! mode.

use std::fs;
use std::time::Instant;

use crate::child::MODES;
use crate::options::Options;
use crate::runner::Until;
use crate::supervisor::{Ledger, Loss, Running, Scratch};
use crate::support::dice::Dice;

/// A directory is used for so many rounds, so that there are new ones, too.
const ROUNDS: u64 = 25;

/// Rounds, rounds in which the child wrote, and acknowledged writes.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    rounds: u64,
    wrote: u64,
    acknowledged: u64,
}

/// Kills children; whether nothing was lost.
pub(crate) fn run(options: &Options) -> bool {
    let start = Instant::now();
    let until = Until::of(options, 300);
    let mut dice = Dice::new(options.seed);
    let mut scratch = Scratch::new("kills");
    let mut figures = Figures::default();
    let mut result = Ok(());
    for number in 0.. {
        if until.is_over(figures.rounds) || result.is_err() {
            break;
        }
        let dir = scratch.path.join(number.to_string());
        result = in_directory(&dir, &mut dice, until, &mut figures);
        if result.is_ok() {
            fs::remove_dir_all(&dir).expect("nobody uses it any more");
        }
    }
    let Figures { rounds, wrote, acknowledged } = figures;
    println!(
        "kills: {rounds} rounds, {acknowledged} acknowledged writes in {wrote} of them, seed {}, {:.1?}",
        options.seed,
        start.elapsed()
    );
    if let Err(what) = &result {
        println!("{what}");
        println!("left in {}", scratch.path.display());
        scratch.stays = true;
    }
    result.is_ok()
}

fn last_line(said: &str) -> &str {
    said.lines().last().unwrap_or("it said nothing")
}

fn in_directory(
    dir: &std::path::Path,
    dice: &mut Dice,
    until: Until,
    figures: &mut Figures,
) -> Result<(), String> {
    let mut ledger = Ledger::default();
    for _ in 0..ROUNDS {
        let mode = *dice.pick(&MODES);
        let mut child = Running::start(&[], dir, mode, &ledger);
        let said = match child.wait_for_any(dice) {
            Some(said) => return Err(format!("the child ended by itself: {}", last_line(&said))),
            None => child.kill(),
        };
        let before = ledger.acknowledged;
        let result = ledger.read(&said, Loss::None);
        result.map_err(|what| format!("round {}, {mode}: {what}", figures.rounds))?;
        figures.rounds += 1;
        figures.wrote += u64::from(ledger.acknowledged > before);
        figures.acknowledged += ledger.acknowledged - before;
        if until.is_over(figures.rounds) {
            break;
        }
    }
    Ok(())
}
