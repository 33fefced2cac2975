//! What the caller asks for.

use std::num::NonZero;
use std::str::FromStr;
use std::thread::available_parallelism;
use std::time::Duration;

/// The parts, in the order in which they run, and what each does.
pub(crate) const PARTS: &[(&str, &str)] = &[
    ("simulated", "random histories, crashed at every step of a simulated disk"),
    ("faults", "disks that fail or are full, at every step"),
    ("damage", "files with a bit turned, cut, swapped, lost or longer"),
    ("kills", "a process with several writers, killed at any moment"),
    ("power", "a file system that loses its power (root, loop devices)"),
    ("disk", "a full disk and a failing sync of the system (root, strace)"),
    ("mistakes", "mistakes in the engine that the other parts must notice"),
];

/// The options of a run.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) parts: Vec<String>,
    pub(crate) seed: u64,
    /// Crash points, faults or rounds; each part has its own default.
    pub(crate) points: Option<u64>,
    /// In place of a number of points.
    pub(crate) time: Option<Duration>,
    pub(crate) threads: usize,
    /// Only this history of the seed.
    pub(crate) history: Option<u64>,
    /// Only this mistake.
    pub(crate) mistake: Option<String>,
}

impl Options {
    /// Reads the words of a command line; the text says what is wrong with them.
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options {
            parts: Vec::new(),
            seed: 1,
            points: None,
            time: None,
            threads: available_parallelism().map_or(1, NonZero::get),
            history: None,
            mistake: None,
        };
        let mut words = words.peekable();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--seed" => options.seed = number(&value()?)?,
                "--points" | "--rounds" => options.points = Some(number(&value()?)?),
                "--minutes" => {
                    options.time = Some(Duration::from_secs(60 * number::<u64>(&value()?)?));
                }
                "--threads" => options.threads = number(&value()?)?,
                "--history" => options.history = Some(number(&value()?)?),
                "--mistake" => options.mistake = Some(value()?),
                part if PARTS.iter().any(|(name, _)| *name == part) => {
                    options.parts.push(part.to_owned());
                }
                _ => return Err(usage(&word)),
            }
        }
        Ok(options)
    }

    /// Whether a part is to run; all are when none is named.
    pub(crate) fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|name| name == part)
    }
}

fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_not_a_number| format!("{text} is not a number"))
}

fn usage(word: &str) -> String {
    let parts: String = PARTS.iter().map(|(name, what)| format!("  {name:10} {what}\n")).collect();
    format!(
        "{word} is no part and no option\n\n\
         crash [PART]... [--points N | --rounds N | --minutes N] [--seed N] [--threads N]\n\
         \x20     [--history N] [--mistake NAME]\n\nparts, all of them when none is named:\n{parts}"
    )
}
