//! The program's options; tests/peers/README.md says what they mean.

use std::time::Duration;

use crate::stores::{Operation, PEERS, Peer};

pub(crate) struct Arguments {
    pub(crate) size: u32,
    pub(crate) rounds: usize,
    pub(crate) slot: Duration,
    pub(crate) seed: u64,
    pub(crate) steps: usize,
    pub(crate) operations: Vec<Operation>,
    peers: Vec<String>,
    /// Whether the larger collection, threads and memory are measured too.
    pub(crate) is_whole: bool,
    /// Whether only threads are measured.
    pub(crate) only_threads: bool,
    /// Only this peer.
    pub(crate) alone: Option<&'static Peer>,
    pub(crate) measures_memory: bool,
}

impl Arguments {
    pub(crate) fn read() -> Result<Arguments, String> {
        let mut read = Arguments {
            size: 100_000,
            rounds: 5,
            slot: Duration::from_millis(100),
            seed: 1,
            steps: 1_000_000,
            operations: Operation::ALL.to_vec(),
            peers: Vec::new(),
            is_whole: true,
            only_threads: false,
            alone: None,
            measures_memory: false,
        };
        if let Ok(seed) = std::env::var("KORA_SEED") {
            read.seed = number("KORA_SEED", &seed)?;
        }
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            if word == "--table" {
                read.is_whole = false;
                continue;
            }
            if word == "--threads" {
                read.only_threads = true;
                continue;
            }
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "one" | "memory" => {
                    let peer = PEERS.iter().find(|peer| peer.name == value);
                    read.alone = Some(peer.ok_or_else(|| format!("no peer {value}"))?);
                    read.measures_memory = word == "memory";
                }
                "--size" => read.size = number(&word, &value)?,
                "--rounds" => read.rounds = number(&word, &value)?,
                "--slot-ms" => read.slot = Duration::from_millis(number(&word, &value)?),
                "--seed" => read.seed = number(&word, &value)?,
                "--steps" => read.steps = number(&word, &value)?,
                "--peers" => read.peers = value.split(',').map(str::to_owned).collect(),
                "--only" => read.operations = operations(&value)?,
                _ => return Err(format!("no option {word}")),
            }
        }
        Ok(read)
    }

    pub(crate) fn wants(&self, peer: &Peer) -> bool {
        self.peers.is_empty() || self.peers.iter().any(|name| name == peer.name)
    }
}

fn number<N: std::str::FromStr>(option: &str, text: &str) -> Result<N, String> {
    text.parse().map_err(|_not_one| format!("{option} needs a number, not {text}"))
}

fn operations(names: &str) -> Result<Vec<Operation>, String> {
    let operation = |name| {
        let found = Operation::ALL.into_iter().find(|operation| operation.word() == name);
        found.ok_or_else(|| format!("no operation {name}"))
    };
    names.split(',').map(operation).collect()
}
