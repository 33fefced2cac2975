//! The tests over the table: each is one loop over [`all`], so a command is tested by having an
//! entry.
//!
//! An entry's example lines are the data. They run on a database of their own, whose clock
//! stands still, in memory or on a simulated disk.

mod document; // COMMAND and docs/commands.md
mod effects; // what the examples change, record and replay to
mod entries; // the entries themselves, and the numbers that reach disk
mod examples; // the examples, through every door
mod lines; // words of a line, replies with an ellipsis
mod refusals; // wrong arity, wrong type, no memory
mod replays; // what comes back from the disk
#[cfg(feature = "server")]
mod wire; // the examples over a connection

use crate::clock::Clock;
use crate::command::command::Command;
use crate::command::dispatch::Call;
use crate::command::response::CommandResponse;
use crate::command::{Spec, all};
use crate::config::Config;
use crate::database::Database;
use crate::error::Result;
use crate::storage::fs::simulated::Simulated as SimulatedDisk;

/// The shard counts that the examples run on.
const SHARD_COUNTS: [usize; 2] = [1, 4];
/// Bytes of a segment of the log: room for all that an entry's examples write.
const SEGMENT_BYTES: usize = 64 << 10;
/// When the clock stands: a day of 2023.
const NOW_MS: i64 = 1_700_000_000_000;

/// A database that records its effects and whose clock stands still.
fn memory(shard_count: usize) -> Database {
    Database::open(config(shard_count)).expect("the configuration is valid")
}

fn config(shard_count: usize) -> Config {
    let clock = Clock::manual(NOW_MS);
    Config { shard_count, clock, record_effects: true, ..Config::default() }
}

/// The same on a disk, whose log nobody keeps: what is asked of its thread is only asked.
fn on_disk(shard_count: usize) -> Database {
    let config = Config {
        data_dir: Some("data".into()),
        disk: Some(SimulatedDisk::new(0)),
        without_keeper: true,
        log_segment_bytes: SEGMENT_BYTES,
        ..config(shard_count)
    };
    Database::open(config).expect("the disk is empty and sound")
}

/// A line as a command.
fn command(line: &str) -> Command {
    Command::from_words(lines::split(line))
}

/// Runs a line.
fn run(db: &Database, line: &str) -> Result<CommandResponse> {
    db.execute(command(line))
}

/// Runs lines that only set the scene.
fn run_all<'l>(db: &Database, lines: impl IntoIterator<Item = &'l str>) {
    for line in lines {
        drop(run(db, line));
    }
}

/// What redis-cli prints.
fn shown(answer: &Result<CommandResponse>) -> String {
    match answer {
        Ok(response) => response.to_string(),
        Err(error) => format!("(error) {}", error.wire()),
    }
}

/// Whether a line calls an entry.
fn calls(line: &str, spec: &Spec) -> bool {
    let command = command(line);
    let words = command.words().expect("examples are short");
    Call::find(words).is_ok_and(|call| std::ptr::eq(call.spec, spec))
}

/// The example lines of an entry, each with those before it.
fn scenes(spec: &Spec) -> impl Iterator<Item = (Vec<&'static str>, &'static str)> {
    let lines: Vec<&str> = spec.doc.examples.iter().map(|(line, _)| *line).collect();
    (0..lines.len()).map(move |at| (lines[..at].to_vec(), lines[at]))
}

/// The example lines that call the entry itself, each with those before it.
fn own_scenes(spec: &Spec) -> impl Iterator<Item = (Vec<&'static str>, &'static str)> {
    scenes(spec).filter(move |(_, line)| calls(line, spec))
}

/// Fails with every complaint about the table at once.
#[track_caller]
fn holds(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints\n{}\n", complaints.len(), complaints.join("\n"));
}

/// The complaints about each entry.
fn each(complain: impl Fn(&'static Spec) -> Vec<String>) -> Vec<String> {
    let of = |spec: &'static Spec| {
        complain(spec).into_iter().map(|text| format!("{}: {text}", spec.name)).collect::<Vec<_>>()
    };
    all().flat_map(of).collect()
}
