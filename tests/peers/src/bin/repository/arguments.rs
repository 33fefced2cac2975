//! The program's options; tests/peers/README.md says what they mean.

use std::time::Duration;

/// A table of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Doors,
    Latency,
    Peers,
    Compile,
}

impl Part {
    const ALL: [(&'static str, Part); 4] = [
        ("doors", Part::Doors),
        ("latency", Part::Latency),
        ("peers", Part::Peers),
        ("compile", Part::Compile),
    ];
}

pub(crate) struct Arguments {
    pub(crate) parts: Vec<Part>,
    pub(crate) size: u32,
    pub(crate) rounds: usize,
    pub(crate) slot: Duration,
    pub(crate) seed: u64,
    peers: Vec<String>,
}

impl Arguments {
    pub(crate) fn read() -> Result<Arguments, String> {
        let mut read = Arguments {
            parts: Vec::new(),
            size: 100_000,
            rounds: 7,
            slot: Duration::from_millis(100),
            seed: 1,
            peers: Vec::new(),
        };
        if let Ok(seed) = std::env::var("KORA_SEED") {
            read.seed = number("KORA_SEED", &seed)?;
        }
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            if let Some((_, part)) = Part::ALL.iter().find(|(name, _)| *name == word) {
                read.parts.push(*part);
                continue;
            }
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--size" => read.size = number(&word, &value)?,
                "--rounds" => read.rounds = number(&word, &value)?,
                "--slot-ms" => read.slot = Duration::from_millis(number(&word, &value)?),
                "--seed" => read.seed = number(&word, &value)?,
                "--peers" => read.peers = value.split(',').map(str::to_owned).collect(),
                _ => return Err(format!("no option {word}")),
            }
        }
        if read.parts.is_empty() {
            read.parts = Part::ALL.iter().map(|(_, part)| *part).collect();
        }
        Ok(read)
    }

    pub(crate) fn wants(&self, peer: &str) -> bool {
        self.peers.is_empty() || self.peers.iter().any(|name| name == peer)
    }
}

fn number<N: std::str::FromStr>(option: &str, text: &str) -> Result<N, String> {
    text.parse().map_err(|_not_one| format!("{option} needs a number, not {text}"))
}
