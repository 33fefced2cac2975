//! The system's own disk, full and failing: a small tmpfs, and calls that strace lets fail.
//!
//! Both say that they were skipped where they cannot be had. The simulated disk meets the same at
//! every step; here it is the system that answers, and the memory mapping that must not be hit.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kora::{Database, Error, Health};

use crate::child::{LOOK, MODES, config};
use crate::options::Options;
use crate::power::Mount;
use crate::supervisor::{Ledger, Loss, Running, Scratch};
use crate::support::dice::Dice;

/// Calls that fail, and how.
const CALLS: &[(&str, &str)] = &[
    ("fdatasync", "EIO"),
    ("fsync", "EIO"),
    ("fallocate", "ENOSPC"),
    ("fallocate", "EIO"),
    ("pwrite64", "ENOSPC"),
    ("pwrite64", "EIO"),
    ("rename", "EIO"),
    ("unlink", "EIO"),
];

/// Fills disks and lets calls fail; whether everything stayed intact.
pub(crate) fn run(options: &Options) -> bool {
    let rounds = options.points.unwrap_or(6);
    let start = Instant::now();
    let full = report("full disks", start, &full_disks(options.seed, rounds));
    let start = Instant::now();
    report("failing calls", start, &failing_calls(rounds)) && full
}

fn report(what: &str, start: Instant, result: &Result<u64, String>) -> bool {
    match result {
        Ok(count) => println!("disk: {count} {what}, {:.1?}", start.elapsed()),
        Err(text) => println!("disk: {what}: {text}"),
    }
    result.is_ok()
}

/// Fills small file systems and makes room again.
fn full_disks(seed: u64, rounds: u64) -> Result<u64, String> {
    let scratch = Scratch::new("full");
    let mut dice = Dice::new(seed);
    for round in 0..rounds {
        let size = format!("size={}k", 256 + dice.below(768));
        let point = scratch.path.join("mounted");
        let Some(_mount) = Mount::new(&point, &["-t", "tmpfs", "-o", &size, "tmpfs"]) else {
            println!("disk: full disks skipped, this user cannot mount a tmpfs");
            return Ok(0);
        };
        let mode = MODES[dice.below(MODES.len())];
        fill(&point, mode, &mut dice).map_err(|what| format!("round {round}, {size}: {what}"))?;
    }
    Ok(rounds)
}

fn fill(point: &Path, mode: &str, dice: &mut Dice) -> Result<(), String> {
    let dir = point.join("data");
    let filler = point.join("filler");
    fs::write(&filler, vec![1; 100 << 10]).map_err(|error| error.to_string())?;
    let open = || Database::open(config(&dir, mode)).map_err(|error| format!("open: {error}"));
    let db = open()?;
    let held = write_until_full(&db, dice)?;
    check(&db, &held)?;
    drop(db);
    let db = open()?;
    check(&db, &held)?;
    fs::remove_file(&filler).map_err(|error| error.to_string())?;
    db.set("healed", "1").map_err(|error| format!("with room again: {error}"))?;
    db.sync().map_err(|error| format!("with room again: {error}"))?;
    drop(db);
    check(&open()?, &held)
}

/// Sets keys until the disk is full and stays so; the keys that were acknowledged.
///
/// The log's next segment and a snapshot need room beside each other, and a snapshot that ends or
/// fails gives some back, maybe before the refusal of a write has been looked at: then the
/// database takes writes again.
fn write_until_full(db: &Database, dice: &mut Dice) -> Result<BTreeMap<String, String>, String> {
    let mut held = BTreeMap::new();
    let mut refused_with_room = 0;
    while held.len() <= 10_000 {
        let (key, value) = (format!("k{}", held.len()), "v".repeat(dice.below(3_000)));
        match (db.set(&key, &value), db.health()) {
            (Ok(()), _) => {
                held.insert(key, value);
                refused_with_room = 0;
            }
            (Err(Error::DiskFull), Health::DiskFull) => return Ok(held),
            (Err(Error::DiskFull), Health::Good | Health::NoSnapshot(Error::DiskFull))
                if refused_with_room < 100 =>
            {
                refused_with_room += 1;
            }
            (Err(error), health) => {
                return Err(format!("a full disk is told as {error:?}, {health:?}"));
            }
        }
    }
    Err("the disk is never full".to_owned())
}

fn check(db: &Database, held: &BTreeMap<String, String>) -> Result<(), String> {
    for (key, value) in held {
        let found = db.get(key).map_err(|error| format!("{key}: {error}"))?;
        if found.as_deref() != Some(value.as_bytes()) {
            return Err(format!("{key} is not what was acknowledged"));
        }
    }
    Ok(())
}

/// Lets each of the calls fail once, the first time, the second, and so on.
fn failing_calls(rounds: u64) -> Result<u64, String> {
    let mut version = Command::new("strace");
    let version = version.arg("-V").stdout(Stdio::null()).stderr(Stdio::null());
    if !version.status().is_ok_and(|status| status.success()) {
        println!("disk: failing calls skipped, there is no strace");
        return Ok(0);
    }
    let scratch = Scratch::new("calls");
    let mut count = 0;
    for (call, error) in CALLS {
        for when in 1..=rounds {
            let dir = scratch.path.join(count.to_string());
            fail_call(&dir, call, error, when)
                .map_err(|what| format!("{call} number {when} fails with {error}: {what}"))?;
            count += 1;
        }
    }
    Ok(count)
}

fn fail_call(dir: &Path, call: &str, error: &str, when: u64) -> Result<(), String> {
    let trace = format!("trace={call}");
    let inject = format!("inject={call}:error={error}:when={when}");
    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    let mut ledger = Ledger::default();
    // The child ends by itself: one that is traced would outlive its tracer.
    let mut child = Running::start(&strace, dir, "always:60", &ledger);
    let said = child.wait(Duration::from_secs(30), usize::MAX).ok_or("the child does not end")?;
    // It may have been the opening that failed.
    ledger.read(&said.replace("failed ", "after the end "), Loss::None)?;
    let mut child = Running::start(&[], dir, LOOK, &ledger);
    let said = child.wait(Duration::from_secs(30), usize::MAX).ok_or("it does not open in 30 s")?;
    match ledger.read(&said, Loss::None)? {
        true => Ok(()),
        false => Err(format!("it does not open: {said}")),
    }
}
