//! The other side of a child's pipe: what it has acknowledged, and what must be found of it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::dice::Dice;
use crate::writer::{Model, WRITERS, operation};

/// A directory of its own for a run, gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) path: PathBuf,
    /// Whether it stays, to be looked at.
    pub(crate) stays: bool,
}

impl Scratch {
    pub(crate) fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("kora-crash-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory for temporary files");
        Scratch { path, stays: false }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.stays {
            // What cannot be removed is in nobody's way.
            drop(fs::remove_dir_all(&self.path));
        }
    }
}

/// What is known of the operations of one writer.
#[derive(Clone, Debug, Default)]
struct Known {
    /// What was found when the directory was last opened.
    base: Model,
    /// The first operation after that.
    first: u64,
    /// The operation after the last that has returned.
    next: u64,
}

/// What must be in a directory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    writers: [Known; WRITERS],
    shared: u64,
    pub(crate) acknowledged: u64,
}

/// Whether what was acknowledged may be missing from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Nothing may.
    None,
    /// As much as there is, but in the order in which it was written.
    Tail,
}

impl Ledger {
    /// The first number of each writer in the next life. The one in flight is not done again.
    pub(crate) fn firsts(&self) -> Vec<String> {
        self.writers.iter().map(|known| (known.next + 1).to_string()).collect()
    }

    /// Reads what a child has said: what it found is checked, and what it has acknowledged is
    /// noted. Whether it came so far as to say what it found.
    pub(crate) fn read(&mut self, said: &str, loss: Loss) -> Result<bool, String> {
        let firsts: Vec<u64> = self.writers.iter().map(|known| known.next + 1).collect();
        // The last line may be half a line.
        let whole = said.rfind('\n').map_or("", |end| &said[..end]);
        if let Some(failed) = whole.lines().find_map(|line| line.strip_prefix("failed ")) {
            if !whole.lines().any(|line| line == "ready") {
                return Err(format!("it does not open: {failed}"));
            }
        }
        if !whole.lines().any(|line| line == "ready") {
            return Ok(false);
        }
        for line in whole.lines() {
            let mut words = line.splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some("state"), Some(writer), Some(text)) => {
                    let writer: usize = writer.parse().expect("a child writes numbers");
                    self.found(writer, text, loss)?;
                    self.writers[writer].first = firsts[writer];
                    self.writers[writer].next = firsts[writer];
                }
                (Some("shared"), Some(number), None) => {
                    self.found_shared(number.parse().expect("a child writes numbers"), loss)?;
                }
                (Some("done"), Some(writer), Some(number)) => {
                    let writer: usize = writer.parse().expect("a child writes numbers");
                    let number: u64 = number.parse().expect("a child writes numbers");
                    assert_eq!(number, self.writers[writer].next, "a writer works in order");
                    self.writers[writer].next += 1;
                    self.shared += 1;
                    self.acknowledged += 1;
                }
                _ => {}
            }
        }
        Ok(true)
    }

    /// What was found of a writer: everything that has returned, and perhaps what was in flight.
    fn found(&mut self, writer: usize, text: &str, loss: Loss) -> Result<(), String> {
        let known = &mut self.writers[writer];
        let mut model = known.base.clone();
        let mut matched = (loss == Loss::Tail && model.text() == text).then(|| model.clone());
        let mut expected = String::new();
        for number in known.first..=known.next {
            if number == known.next {
                // All that has returned.
                expected = model.text();
                if expected == text {
                    matched = Some(model.clone());
                }
            }
            model.apply(&operation(writer, number));
            let counts = loss == Loss::Tail || number == known.next;
            if counts && model.text() == text {
                matched = Some(model.clone());
            }
        }
        known.base = matched.ok_or_else(|| {
            format!("writer {writer} has\n{text}\nand must have, with one operation more at most,\n{expected}")
        })?;
        Ok(())
    }

    fn found_shared(&mut self, number: u64, loss: Loss) -> Result<(), String> {
        let most = self.shared + WRITERS as u64;
        if number > most || (number < self.shared && loss == Loss::None) {
            return Err(format!("the shared counter is {number}, not {} to {most}", self.shared));
        }
        self.shared = number;
        Ok(())
    }
}

/// A child that is killed by the clock lives at most so long, microseconds.
const LIFE_US: u64 = 50_000;

/// One that is killed by what it says does so after at most so many bytes: some 1,500
/// acknowledgements.
const BYTES: usize = 20_000;

/// A child, and all that it says.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    pipe: Receiver<Vec<u8>>,
    said: Vec<u8>,
}

impl Running {
    /// Starts a child, behind another program if one is named.
    pub(crate) fn start(behind: &[&str], dir: &Path, mode: &str, ledger: &Ledger) -> Running {
        let this = std::env::current_exe().expect("a program knows where it is");
        let mut command = match behind {
            [] => Command::new(&this),
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(&this);
                command
            }
        };
        command.arg("child").arg(dir).arg(mode).args(ledger.firsts());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a process can be started");
        let mut pipe = child.stdout.take().expect("it is piped");
        let (tell, receiver) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            // What was read before an error counts.
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                if tell.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Running { child, pipe: receiver, said: Vec::new() }
    }

    /// Waits until the child has ended by itself or has written for so many bytes of its pipe, at
    /// most so long; what it said if it has ended.
    pub(crate) fn wait(&mut self, most: Duration, bytes: usize) -> Option<String> {
        let end = Instant::now() + most;
        while self.written() < bytes {
            let left = end.saturating_duration_since(Instant::now());
            match self.pipe.recv_timeout(left) {
                Ok(part) => self.said.extend(part),
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => {
                    self.child.wait().expect("it has closed its pipe");
                    return Some(self.text());
                }
            }
        }
        None
    }

    /// Waits for any moment of the child's life: at its start, while it opens, or after it has
    /// said any number of things.
    pub(crate) fn wait_for_any(&mut self, dice: &mut Dice) -> Option<String> {
        if dice.percent(25) {
            return self.wait(Duration::from_micros(dice.next() % LIFE_US), usize::MAX);
        }
        self.wait(Duration::from_micros(10 * LIFE_US), dice.below(BYTES))
    }

    /// Kills the child; what it said.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it was killed");
        while let Ok(part) = self.pipe.recv() {
            self.said.extend(part);
        }
        self.text()
    }

    /// Bytes that it has said since it writes.
    fn written(&self) -> usize {
        const READY: &[u8] = b"\nready\n";
        let ready = self.said.windows(READY.len()).position(|window| window == READY);
        ready.map_or(0, |ready| self.said.len() - ready)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.said).into_owned()
    }
}
