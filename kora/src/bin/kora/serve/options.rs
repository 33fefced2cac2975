//! The options of `kora serve`: one list, whatever a value comes from.
//!
//! A value is a text, from the command line, the environment or the file, in this order: whoever
//! comes first is heard, for each option by itself. It is read by the option's own function, so a
//! wrong one is refused alike wherever it stands.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches};
use kora::{Address, Config, ServerConfig};
use toml::{Table, Value};
use tracing::Level;

use super::values::{bytes, count, durability, duration, parsed, truth};

/// Where it listens when nobody says where: where clients look for a Redis.
const USUAL_ADDRESS: &str = "127.0.0.1:6379";

/// The option that names the file of options, which is not in the file.
const FILE: &str = "config";

/// What is to be done.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) server: ServerConfig,
    pub(super) level: Level,
}

/// An option.
struct Opt {
    name: &'static str,
    /// What stands behind it; empty for one that is there or not.
    value: &'static str,
    env: &'static str,
    /// Whether it may be given several times.
    repeats: bool,
    help: &'static str,
    set: fn(&mut Plan, &str) -> Result<(), String>,
}

const OPTIONS: &[Opt] = &[
    Opt {
        name: "addr",
        value: "IP:PORT",
        env: "KORA_ADDR",
        repeats: true,
        help: "Where to listen; port 0 takes a free one [default: 127.0.0.1:6379, without --unix]",
        set: |plan, text| parsed(text).map(|at| plan.server.addresses.push(Address::Tcp(at))),
    },
    Opt {
        name: "unix",
        value: "PATH",
        env: "KORA_UNIX",
        repeats: true,
        help: "A Unix socket to listen at",
        set: |plan, text| {
            plan.server.addresses.push(Address::Unix(text.into()));
            Ok(())
        },
    },
    Opt {
        name: "dir",
        value: "DIR",
        env: "KORA_DIR",
        repeats: false,
        help: "Where to keep the data; without it they end with the server",
        set: |plan, text| {
            plan.config.data_dir = Some(text.into());
            Ok(())
        },
    },
    Opt {
        name: "durability",
        value: "always|os|TIME",
        env: "KORA_DURABILITY",
        repeats: false,
        help: "When a write is on the disk: before it is answered, when the system likes, or at most so much later [default: 1s]",
        set: |plan, text| durability(text).map(|value| plan.config.durability = value),
    },
    Opt {
        name: "snapshot-interval",
        value: "TIME",
        env: "KORA_SNAPSHOT_INTERVAL",
        repeats: false,
        help: "How old a snapshot becomes before the next [default: by the growth of the log alone]",
        set: |plan, text| duration(text).map(|value| plan.config.snapshot_interval = Some(value)),
    },
    Opt {
        name: "shards",
        value: "N",
        env: "KORA_SHARDS",
        repeats: false,
        help: "Parts of the keyspace, each with a thread for what nobody waits for [default: the processors]",
        set: |plan, text| count(text).map(|value| plan.config.shard_count = value),
    },
    Opt {
        name: "databases",
        value: "N",
        env: "KORA_DATABASES",
        repeats: false,
        help: "Numbered databases [default: 16]",
        set: |plan, text| count(text).map(|value| plan.config.database_count = value),
    },
    Opt {
        name: "max-memory",
        value: "BYTES",
        env: "KORA_MAX_MEMORY",
        repeats: false,
        help: "What keys and values may take, as 512mb [default: no limit]",
        set: |plan, text| {
            // 0 is no limit, as with Redis.
            bytes(text).map(|most| plan.config.max_memory = Some(most).filter(|most| *most > 0))
        },
    },
    Opt {
        name: "max-memory-policy",
        value: "POLICY",
        env: "KORA_MAX_MEMORY_POLICY",
        repeats: false,
        help: "What goes when memory is full, by Redis's names [default: noeviction]",
        set: |plan, text| parsed(text).map(|value| plan.config.eviction = value),
    },
    Opt {
        name: "threads",
        value: "N",
        env: "KORA_THREADS",
        repeats: false,
        help: "Threads that serve connections [default: 1]",
        set: |plan, text| count(text).map(|value| plan.server.threads = value),
    },
    Opt {
        name: "max-clients",
        value: "N",
        env: "KORA_MAX_CLIENTS",
        repeats: false,
        help: "Connections at the same time [default: 10000]",
        set: |plan, text| count(text).map(|value| plan.server.max_clients = value),
    },
    Opt {
        name: "idle-timeout",
        value: "TIME",
        env: "KORA_IDLE_TIMEOUT",
        repeats: false,
        help: "How long a client may be silent [default: for ever]",
        set: |plan, text| duration(text).map(|value| plan.server.idle_timeout = Some(value)),
    },
    Opt {
        name: "requirepass-file",
        value: "FILE",
        env: "KORA_REQUIREPASS_FILE",
        repeats: false,
        help: "A file whose first line clients must say before anything else",
        set: |plan, text| password(Path::new(text)).map(|value| plan.server.password = Some(value)),
    },
    Opt {
        name: "allow-strangers",
        value: "",
        env: "KORA_ALLOW_STRANGERS",
        repeats: false,
        help: "Listen without a password where other machines can reach it",
        set: |plan, text| truth(text).map(|value| plan.server.allows_strangers = value),
    },
    Opt {
        name: "log",
        value: "LEVEL",
        env: "KORA_LOG",
        repeats: false,
        help: "What is told on standard error: error, warn, info, debug or trace [default: info]",
        set: |plan, text| parsed(text).map(|value| plan.level = value),
    },
];

/// The options as clap has them.
pub(super) fn arguments() -> Vec<Arg> {
    let file = Arg::new(FILE).long(FILE).value_name("FILE").env("KORA_CONFIG");
    let file = file.help("A TOML file with the options below, under the same names");
    let rest = OPTIONS.iter().map(|option| {
        let arg = Arg::new(option.name).long(option.name).env(option.env).help(option.help);
        let arg = match option.value {
            "" => arg.num_args(0..=1).require_equals(true).default_missing_value("yes"),
            value => arg.value_name(value),
        };
        arg.hide_env_values(true).action(match option.repeats {
            true => ArgAction::Append,
            false => ArgAction::Set,
        })
    });
    std::iter::once(file).chain(rest).collect()
}

/// What the options say, in all places.
pub(super) fn read(matches: &ArgMatches) -> Result<Plan, String> {
    let mut plan =
        Plan { config: Config::default(), server: ServerConfig::default(), level: Level::INFO };
    let file = matches.get_one::<String>(FILE).map(PathBuf::from);
    let mut table = file.as_deref().map_or_else(|| Ok(Table::new()), table)?;
    for option in OPTIONS {
        let stands_in_file = table.remove(option.name);
        let (source, values) = match (given(matches, option), stands_in_file) {
            (Some(given), _) => given,
            (None, Some(value)) => (Source::File, texts(option, value)?),
            (None, None) => continue,
        };
        for value in values {
            let read = (option.set)(&mut plan, &value);
            read.map_err(|why| format!("{} {source}: {why}", option.name))?;
        }
    }
    if let Some((name, _)) = table.iter().next() {
        return Err(format!("{name} in the file is no option"));
    }
    if plan.server.addresses.is_empty() {
        plan.server.addresses.push(Address::Tcp(parsed(USUAL_ADDRESS)?));
    }
    Ok(plan)
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum Source {
    Line,
    Environment,
    File,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Line => "on the command line",
            Source::Environment => "in the environment",
            Source::File => "in the file",
        })
    }
}

/// What clap has for an option.
fn given(matches: &ArgMatches, option: &Opt) -> Option<(Source, Vec<String>)> {
    // No option has a default of clap's.
    let is_on_line = matches.value_source(option.name)? == ValueSource::CommandLine;
    let source = if is_on_line { Source::Line } else { Source::Environment };
    Some((source, matches.get_many(option.name)?.cloned().collect()))
}

fn table(path: &Path) -> Result<Table, String> {
    read_file(path)?.parse().map_err(|error| format!("{}: {error}", path.display()))
}

/// A value of the file as texts.
fn texts(option: &Opt, value: Value) -> Result<Vec<String>, String> {
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Boolean(truth) => Ok(if truth { "yes" } else { "no" }.to_owned()),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
            Err(format!("{} in the file: a text, a number or a truth is wanted", option.name))
        }
    };
    if let (true, Value::Array(values)) = (option.repeats, &value) {
        return values.iter().cloned().map(text).collect();
    }
    Ok(vec![text(value)?])
}

/// The first line of a file.
fn password(path: &Path) -> Result<String, String> {
    let text = read_file(path)?;
    let first = text.lines().next().filter(|line| !line.is_empty());
    first.map(str::to_owned).ok_or_else(|| format!("{} has no first line", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "a file of the user's, which is no data")]
fn read_file(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}
