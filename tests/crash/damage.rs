//! Damaged files: every bit turned, every length cut, files lost, doubled, swapped and longer.
//!
//! What a directory held is known. Opening it must give that, or a state from which only the tail
//! of the log is missing, or say which file is damaged and where. What nobody needs (the file of
//! the lock, a snapshot before the last) may be anything, and what stands behind the end of the
//! log is dropped and reported.

use std::ops::Range;

use kora::testing::{SimulatedDisk, fix_choices};
use kora::{Database, Durability, Error};

use crate::history::{Histories, Step};
use crate::report::short;
use crate::runner::{Finding, Violation};
use crate::stage::{Player, config};
use crate::support::dice::Dice;
use crate::support::words::command;

const DIR: &str = "data";

/// A directory as it was left, and what it held.
struct Scene {
    files: Vec<(String, Vec<u8>)>,
    states: Vec<u64>,
    /// The last segment, and where in it the last commit stands.
    last: String,
    tail: Range<usize>,
    /// Whether the directory was closed, and its log knows that it is durable to the end.
    is_closed: bool,
    history: Vec<Step>,
    points: u64,
}

/// Damages the directory that the history of a seed leaves, in every way.
pub(crate) fn explore(seed: u64) -> Finding {
    fix_choices(seed);
    let mut dice = Dice::new(seed);
    let mut scene = Scene::make(&mut dice);
    let result = scene.damage(&mut dice);
    (scene.points, result.map_err(|what| scene.violation(&what)))
}

impl Scene {
    fn make(dice: &mut Dice) -> Scene {
        let disk = SimulatedDisk::new(dice.next());
        let mut player = Player::open(&disk, Durability::Always).expect("the disk is sound");
        let mut history = Histories::repeatable().draw(dice, 4);
        let more = 1 + dice.below(6);
        if dice.percent(60) {
            history.push(Step::Snapshot(Vec::new()));
            history.extend(Histories::repeatable().draw(dice, more));
        }
        let number = 0;
        let grow = |at: usize| {
            let words = command(&format!("RPUSH tail {at} {}", "e".repeat(1 + at % 7)));
            Step::Run { number, words, durable: false }
        };
        history.extend((0..more).map(grow));
        history.iter().for_each(|step| player.play(step));
        let before = used(&disk, &last_segment(&disk));
        // Its record ends with a byte that is not zero, so that one sees where it ends.
        player.play(&Step::Run { number, words: command("SET last e"), durable: false });
        let last = last_segment(&disk);
        // The last commit may have gone to a segment of its own.
        let end = used(&disk, &last).next_multiple_of(8);
        let tail = before.next_multiple_of(8).min(end)..end;
        let is_closed = dice.percent(50);
        let killed = files(&disk);
        let states = player.end().states.to_vec();
        let files = if is_closed { files(&disk) } else { killed };
        Scene { files, states, last, tail, is_closed, history, points: 0 }
    }

    fn damage(&mut self, dice: &mut Dice) -> Result<(), String> {
        self.check("untouched", |_| ()).and_then(|found| found.is(&[self.end()]))?;
        self.turn_bits(dice)?;
        self.cut_files()?;
        self.lose_files()?;
        self.move_segments(dice)?;
        self.grow_files(dice)
    }

    /// The last state.
    fn end(&self) -> u64 {
        *self.states.last().expect("there is a first")
    }

    /// What is left when the last commit is dropped.
    fn without_last(&self) -> u64 {
        self.states[self.states.len() - 2]
    }

    /// Every bit where something is written, and one bit of each byte where nothing is.
    fn turn_bits(&mut self, dice: &mut Dice) -> Result<(), String> {
        for (name, bytes) in self.files.clone() {
            let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            for byte in 0..bytes.len() {
                let bits = if byte < end { 0..8 } else { dice.below(8)..8 };
                for bit in bits.take(if byte < end { 8 } else { 1 }) {
                    self.turn(&name, end, byte, bit)?;
                }
            }
        }
        Ok(())
    }

    /// Turns a bit of a file that is zero from `end` on.
    fn turn(&mut self, name: &str, end: usize, byte: usize, bit: usize) -> Result<(), String> {
        let how = format!("bit {bit} of byte {byte} of {name} turned");
        let place = (byte * 8 + bit) as u64;
        let found = self.check(&how, |disk| disk.flip(format!("{DIR}/{name}"), place))?;
        let is_last = name == self.last;
        // What is left of a segment when the next commit did not fit is never read.
        let is_rest = name.starts_with("log-") && !is_last && byte >= end.next_multiple_of(8);
        let is_unused = is_rest || name == "LOCK" || self.is_old_snapshot(name);
        if is_unused {
            found.is(&[self.end()])
        } else if is_last && byte >= self.tail.end {
            // Behind the end; or the mark of a closed log, which may be lost.
            found.is_reported(&[self.end()])
        } else if is_last && byte >= self.tail.start && !self.is_closed {
            found.is_reported(&[self.without_last()])
        } else if is_last && byte < 64 && self.tail.start <= 64 && !self.is_closed {
            // The header of a segment that holds one commit.
            found.is_or_damaged(&[self.without_last()])
        } else {
            found.is_damaged()
        }
    }

    /// Whether the manifest names it as the one before the last.
    fn is_old_snapshot(&self, name: &str) -> bool {
        let mut snapshots = self.files.iter().filter(|(name, _)| name.starts_with("snapshot-"));
        name.starts_with("snapshot-") && snapshots.next_back().is_some_and(|(last, _)| last != name)
    }

    /// Every length. What was cut off the end of the log nobody can know of.
    fn cut_files(&mut self) -> Result<(), String> {
        for (name, bytes) in self.files.clone() {
            for len in 0..bytes.len() {
                let how = format!("{name} cut to {len} bytes");
                let cut = &bytes[..len];
                let found =
                    self.check(&how, |disk| disk.write_file(format!("{DIR}/{name}"), cut))?;
                let is_rest = name == self.last && len >= self.tail.end;
                if is_rest || name == "LOCK" || self.is_old_snapshot(&name) {
                    found.is(&[self.end()])?;
                } else if name.starts_with("log-") {
                    found.is_or_damaged(&self.states)?;
                } else {
                    found.is_damaged()?;
                }
            }
        }
        Ok(())
    }

    fn lose_files(&mut self) -> Result<(), String> {
        for (name, _) in self.files.clone() {
            let found = self.check_files(&format!("{name} lost"), |files| {
                files.retain(|(other, _)| *other != name);
            })?;
            if name == "LOCK" {
                found.is(&[self.end()])?;
            } else if name == self.last {
                // What is left says nothing of it.
                found.is_or_damaged(&self.states)?;
            } else if name.starts_with("log-") || self.is_old_snapshot(&name) {
                // A segment from before the last snapshot is kept for the one before.
                found.is_or_damaged(&[self.end()])?;
            } else {
                found.is_refused()?;
            }
        }
        Ok(())
    }

    /// Segments under other names, doubled and swapped.
    fn move_segments(&mut self, dice: &mut Dice) -> Result<(), String> {
        let logs: Vec<usize> =
            (0..self.files.len()).filter(|at| self.files[*at].0.starts_with("log-")).collect();
        for at in &logs {
            let name = self.files[*at].0.clone();
            let found = self.check_files(&format!("{name} doubled"), |files| {
                let copy = files[*at].1.clone();
                files.push(("log-00000000000000ff".to_owned(), copy));
            })?;
            found.is_or_damaged(&[self.end()])?;
            let other = *dice.pick(&logs);
            let found = self.check_files(&format!("{name} swapped with {other}"), |files| {
                let (one, two) = (files[*at].1.clone(), files[other].1.clone());
                files[*at].1 = two;
                files[other].1 = one;
            })?;
            found.is_or_damaged(&[self.end()])?;
        }
        Ok(())
    }

    /// Zeros, garbage and old frames behind the end.
    fn grow_files(&mut self, dice: &mut Dice) -> Result<(), String> {
        let at = self.files.iter().position(|(name, _)| *name == self.last).expect("it is there");
        let end = self.tail.end + if self.is_closed { 24 } else { 0 };
        for len in [1, 7, 8, 100, 4096, 5000] {
            let zeros = self.check_files(&format!("{len} zeros behind the log"), |files| {
                let bytes = &mut files[at].1;
                bytes.resize(bytes.len() + len, 0);
            })?;
            zeros.is(&[self.end()])?;
            let garbage: Vec<u8> = (0..len).map(|_| dice.next().to_le_bytes()[0] | 1).collect();
            let found =
                self.check_files(&format!("{len} bytes of garbage behind the log"), |files| {
                    let bytes = &mut files[at].1;
                    bytes.truncate(end);
                    bytes.resize(end, 0);
                    bytes.extend_from_slice(&garbage);
                })?;
            found.is_reported(&[self.end()])?;
            let found = self.check_files("old frames behind the log", |files| {
                let bytes = &mut files[at].1;
                let old = bytes[64..end].to_vec();
                bytes.resize(end, 0);
                bytes.extend_from_slice(&old);
            })?;
            found.is_reported(&[self.end()])?;
        }
        Ok(())
    }

    fn check(&mut self, how: &str, change: impl FnOnce(&SimulatedDisk)) -> Result<Opened, String> {
        let disk = disk(&self.files);
        change(&disk);
        self.open(how, &disk)
    }

    fn check_files(
        &mut self,
        how: &str,
        change: impl FnOnce(&mut Vec<(String, Vec<u8>)>),
    ) -> Result<Opened, String> {
        let mut files = self.files.clone();
        change(&mut files);
        self.open(how, &disk(&files))
    }

    /// Opens a damaged directory; one that opens is written to and opened again.
    fn open(&mut self, how: &str, disk: &SimulatedDisk) -> Result<Opened, String> {
        self.points += 1;
        let how = how.to_owned();
        let db = match Database::open(config(disk, Durability::Os)) {
            Ok(db) => db,
            Err(error) => return Ok(Opened { how, state: Err(error), dropped: 0 }),
        };
        let state = db.digest_with_expired();
        let dropped = db.open_report().expect("it is on disk").bytes_dropped;
        db.set("more", "1").map_err(|error| format!("{how}: it opens, and then: {error}"))?;
        let after = db.digest_with_expired();
        drop(db);
        let again = Database::open(config(disk, Durability::Os))
            .map_err(|error| format!("{how}: it opens, and not again: {error}"))?;
        if again.digest_with_expired() != after {
            return Err(format!("{how}: it opens, and again with something else"));
        }
        Ok(Opened { how, state: Ok(state), dropped })
    }

    fn violation(&self, what: &str) -> Violation {
        let lines: Vec<String> = self.history.iter().map(short).collect();
        let files = self.files.iter().map(|(name, bytes)| format!("{name}: {} bytes", bytes.len()));
        let files: Vec<String> = files.collect();
        Violation(format!(
            "{what}\n{}\n{}\nthe last commit is at {:?} of {}; closed: {}",
            lines.join("\n"),
            files.join("\n"),
            self.tail,
            self.last,
            self.is_closed
        ))
    }
}

/// What opening gave.
struct Opened {
    how: String,
    state: Result<u64, Error>,
    dropped: u64,
}

impl Opened {
    fn is(&self, states: &[u64]) -> Result<(), String> {
        match &self.state {
            Ok(state) if states.contains(state) => Ok(()),
            Ok(_) => Err(format!("{}: it holds something else", self.how)),
            Err(error) => Err(format!("{}: {error}", self.how)),
        }
    }

    fn is_reported(&self, states: &[u64]) -> Result<(), String> {
        self.is(states)?;
        if self.dropped == 0 { Err(format!("{}: nothing is reported", self.how)) } else { Ok(()) }
    }

    fn is_damaged(&self) -> Result<(), String> {
        match &self.state {
            Err(Error::Damaged(damage)) if damage.file.starts_with(DIR) => Ok(()),
            Err(error) => Err(format!("{}: {error:?}", self.how)),
            Ok(_) => Err(format!("{}: it opens", self.how)),
        }
    }

    /// An error that says what is missing.
    fn is_refused(&self) -> Result<(), String> {
        match &self.state {
            Err(Error::Io(_)) => Ok(()),
            Ok(_) | Err(_) => self.is_damaged(),
        }
    }

    fn is_or_damaged(&self, states: &[u64]) -> Result<(), String> {
        if self.state.is_ok() { self.is(states) } else { self.is_damaged() }
    }
}

fn files(disk: &SimulatedDisk) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let bytes = disk.read_file(format!("{DIR}/{name}"));
        (name, bytes)
    };
    disk.files(DIR).into_iter().map(read).collect()
}

fn disk(files: &[(String, Vec<u8>)]) -> SimulatedDisk {
    let disk = SimulatedDisk::new(0);
    files.iter().for_each(|(name, bytes)| disk.write_file(format!("{DIR}/{name}"), bytes));
    disk
}

/// The segment that is written to: the last with a header.
fn last_segment(disk: &SimulatedDisk) -> String {
    let mut found = (0, String::new());
    for (name, bytes) in files(disk).into_iter().filter(|(name, _)| name.starts_with("log-")) {
        let first = u64::from_le_bytes(bytes[24..32].try_into().expect("eight bytes"));
        if first > found.0 {
            found = (first, name);
        }
    }
    found.1
}

/// Bytes of a file up to the last that is not zero.
fn used(disk: &SimulatedDisk, name: &str) -> usize {
    let bytes = disk.read_file(format!("{DIR}/{name}"));
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
}
