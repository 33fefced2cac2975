//! The command line.

use std::time::Duration;

use crate::cells::memory;

/// What is printed when the command line is not understood.
pub(crate) const USAGE: &str = "\
usage: kora-peers [OPTIONS]            measure and print tables
       kora-peers one PEER CELL [OPTIONS]  run one cell of one peer, for a profiler
       kora-peers list                 print the names of peers and cells

  --quick           2 rounds, one and two threads
  --only A,B        only cells whose name contains A or B
  --peers A,B       only these peers
  --rounds N        rounds of each cell (default 3)
  --slot-ms N       length of a slot (default 60)
  --keys N          keys of the large cells (default 1000000)
  --memory-gib N    how much the peers may hold together (default 7)
  --steps N         count steps of a thread instead of time; with `one`, for callgrind
  --seed N          also read from KORA_SEED
";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Measure and print.
    Report,
    /// Run one cell of one peer.
    One {
        /// Its name.
        peer: String,
        /// The cell's name.
        cell: String,
    },
    /// Print names.
    List,
    /// Load data and print how much memory it took.
    Memory {
        /// The peer's name.
        peer: String,
        /// The cell's name.
        cell: String,
    },
}

/// How to do it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// A run for a first look.
    pub quick: bool,
    /// Parts of cell names; none means all cells.
    pub only: Vec<String>,
    /// Names of peers; none means all.
    pub peers: Vec<String>,
    /// Turns of each peer in a cell.
    pub rounds: u32,
    /// Measured time of a turn.
    pub slot: Duration,
    /// Keys of the large cells.
    pub keys: u32,
    /// What the peers of a group may hold together.
    pub memory_bytes: usize,
    /// Steps of each thread instead of a time.
    pub steps: Option<usize>,
    /// Where all random numbers come from.
    pub seed: u64,
}

/// Reads the words after the program's name.
pub(crate) fn parse(
    words: impl Iterator<Item = String>,
    seed: Option<&str>,
) -> Result<(Task, Options), String> {
    let words: Vec<_> = words.collect();
    let quick = words.iter().any(|word| word == "--quick");
    let mut options = Options {
        quick,
        only: Vec::new(),
        peers: Vec::new(),
        rounds: if quick { 2 } else { 3 },
        slot: Duration::from_millis(60),
        keys: 1_000_000,
        memory_bytes: 7 << 30,
        steps: None,
        seed: seed.map_or(Ok(1), |seed| number("KORA_SEED", seed))?,
    };
    let mut plain = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => {}
            name if name.starts_with("--") => {
                let value = words.next().ok_or_else(|| format!("{name} wants a value"))?;
                set(&mut options, name, &value)?;
            }
            _ => plain.push(word),
        }
    }
    Ok((task(plain)?, options))
}

fn set(options: &mut Options, name: &str, value: &str) -> Result<(), String> {
    let list = || value.split(',').map(String::from).collect();
    match name {
        "--only" => options.only = list(),
        "--peers" => options.peers = list(),
        "--rounds" => options.rounds = number(name, value)?,
        "--slot-ms" => options.slot = Duration::from_millis(number(name, value)?),
        "--keys" => options.keys = number(name, value)?,
        "--memory-gib" => options.memory_bytes = number::<usize>(name, value)? << 30,
        "--steps" => options.steps = Some(number(name, value)?),
        "--seed" => options.seed = number(name, value)?,
        _ => return Err(format!("{name} is not an option")),
    }
    Ok(())
}

fn number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().ok().ok_or_else(|| format!("{name} wants a number, not {value:?}"))
}

fn task(words: Vec<String>) -> Result<Task, String> {
    let mut words = words.into_iter();
    let (first, peer, cell) = (words.next(), words.next(), words.next());
    match (first.as_deref(), peer, cell, words.next()) {
        (None, ..) => Ok(Task::Report),
        (Some("list"), None, ..) => Ok(Task::List),
        (Some("one"), Some(peer), Some(cell), None) => Ok(Task::One { peer, cell }),
        (Some(memory::CHILD), Some(peer), Some(cell), None) => Ok(Task::Memory { peer, cell }),
        (Some(first), ..) => Err(format!("{first:?} is not understood")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<(Task, Options), String> {
        parse(line.split_whitespace().map(String::from), None)
    }

    #[test]
    fn a_bare_line_is_a_full_report() {
        let (task, options) = parsed("").expect("a line");
        assert_eq!((task, options.rounds, options.keys), (Task::Report, 3, 1_000_000));
    }

    #[test]
    fn rounds_win_over_quick_in_either_order() {
        for line in ["--quick --rounds 5", "--rounds 5 --quick"] {
            let (_, options) = parsed(line).expect("a line");
            assert_eq!((options.rounds, options.quick), (5, true));
        }
    }

    #[test]
    fn one_cell_of_one_peer() {
        let (task, options) = parsed("one kevy cached/get --steps 10").expect("a line");
        assert_eq!(task, Task::One { peer: "kevy".into(), cell: "cached/get".into() });
        assert_eq!(options.steps, Some(10));
    }

    #[test]
    fn mistakes_are_named() {
        for (line, part) in [
            ("--rounds", "--rounds wants a value"),
            ("--rounds x", "wants a number"),
            ("--fast 1", "--fast is not an option"),
            ("one kevy", "\"one\" is not understood"),
        ] {
            let error = parsed(line).expect_err(line);
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn the_seed_comes_from_the_environment_unless_given() {
        let seed = |line: &str| {
            let words = line.split_whitespace().map(String::from);
            parse(words, Some("7")).expect("a line").1.seed
        };
        assert_eq!((seed(""), seed("--seed 9")), (7, 9));
    }
}
