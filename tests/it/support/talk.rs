//! Talks: what several connections say in turn, as data, and what they are told.
//!
//! A talk is played to a real redis-server and to Kora, and each must be told the same bytes. A line
//! is one of these; `NAME` is a connection, made when it is first named, and `#` begins a comment:
//!
//! | line | meaning |
//! |---|---|
//! | `NAME> COMMAND args` | it says this, and reads one answer |
//! | `NAME>> COMMAND args` | it says this |
//! | `NAME<` | it reads one answer, or what it is sent without asking |
//! | `NAME end` | it closes |
//! | `blocked N` | goes on when so many connections wait for keys |

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::Target;
use super::redis::Connection;
use super::reply::Reply;
use super::words;

/// One file of `tests/talks`.
#[derive(Debug)]
pub(crate) struct Talk {
    path: PathBuf,
    lines: Vec<String>,
}

impl Talk {
    /// Every talk, in the order of its path.
    pub(crate) fn all() -> Vec<Talk> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("talks");
        let files =
            fs::read_dir(&root).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
        let mut paths: Vec<PathBuf> =
            files.map(|file| file.expect("a listed folder stays readable").path()).collect();
        paths.sort();
        paths.into_iter().map(Talk::read).collect()
    }

    fn read(path: PathBuf) -> Talk {
        let text = fs::read_to_string(&path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Talk { lines: text.lines().map(str::to_owned).collect(), path }
    }

    /// Plays it to an empty server; what was told, line by line.
    pub(crate) fn play(&self, protocol: &str, connect: &dyn Fn() -> Connection) -> Vec<String> {
        let mut observer = connect();
        observer.reset();
        let mut players = BTreeMap::new();
        let mut told = Vec::new();
        for (number, line) in self.lines.iter().enumerate() {
            let place = || format!("{}:{}: {line}", self.path.display(), number + 1);
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(count) = line.strip_prefix("blocked ") {
                await_blocked(&mut observer, count);
                continue;
            }
            let end = line.find(|c: char| !c.is_alphanumeric()).unwrap_or(line.len());
            let (name, rest) = line.split_at(end);
            let player = players.entry(name.to_owned()).or_insert_with(|| {
                let mut player = connect();
                player.raw(protocol);
                player
            });
            match rest.trim() {
                "end" => drop(players.remove(name)),
                "<" => told.push(format!("{}\n{}", place(), player.raw_reply())),
                says => {
                    let (command, is_answered) = match says.strip_prefix(">>") {
                        Some(command) => (command, false),
                        None => {
                            (says.strip_prefix('>').unwrap_or_else(|| panic!("{}", place())), true)
                        }
                    };
                    player.say(&words::command(command));
                    if is_answered {
                        told.push(format!("{}\n{}", place(), player.raw_reply()));
                    }
                }
            }
        }
        told
    }
}

fn await_blocked(observer: &mut Connection, count: &str) {
    let expected = format!("blocked_clients:{count}");
    loop {
        let info = observer.run(&words::command("INFO clients"));
        let Reply::Bulk(text) = info else { panic!("{info}") };
        if String::from_utf8_lossy(&text).lines().any(|line| line == expected) {
            return;
        }
        std::thread::yield_now();
    }
}
