//! Kora in process as a [`Target`], and the only place where the rig meets its API.
//!
//! A response becomes the reply that a RESP2 client would get: maps, pairs and sets are flat
//! arrays, a double is a bulk string. Its printed form must read back as that same reply, which is
//! checked on every call.

use kora::{Clock, Command, CommandResponse, Config, Database};

use super::Target;
use super::reply::Reply;

/// An empty database of its own.
#[derive(Debug)]
pub(crate) struct KoraTarget {
    database: Database,
}

impl KoraTarget {
    pub(crate) fn with_shards(shard_count: usize) -> Self {
        Self::open(Config { shard_count, ..Config::default() })
    }

    /// With its effects recorded; its clock stands still and nothing is removed in the background, so
    /// that none comes by itself.
    pub(crate) fn recording() -> Self {
        let clock = Clock::manual(1_700_000_000_000);
        Self::open(Config {
            shard_count: 2,
            clock,
            record_effects: true,
            without_keeper: true,
            ..Config::default()
        })
    }

    fn open(config: Config) -> Self {
        let database = Database::open(config).expect("a database in memory opens");
        Self { database }
    }

    /// How many bytes record what has changed so far.
    pub(crate) fn recorded(&self) -> usize {
        self.database.effects().len()
    }
}

impl KoraTarget {
    fn select(&mut self, number: &[u8]) -> Reply {
        let number = std::str::from_utf8(number).ok().and_then(|text| text.parse().ok());
        match self.database.select(number.expect("scripts select by number")) {
            Ok(database) => {
                self.database = database;
                Reply::Status("OK".to_owned())
            }
            Err(error) => Reply::Error(error.wire()),
        }
    }
}

impl Target for KoraTarget {
    fn run(&mut self, words: &[Vec<u8>]) -> Reply {
        // SELECT belongs to a connection; in process it is another handle.
        if let [name, number] = words {
            if name.eq_ignore_ascii_case(b"SELECT") {
                return self.select(number);
            }
        }
        match self.database.execute(Command::from_words(words)) {
            Ok(response) => checked_reply(response),
            Err(error) => Reply::Error(error.wire()),
        }
    }
}

fn checked_reply(response: CommandResponse) -> Reply {
    let printed = response.to_string();
    let reply = reply(response);
    let shown = reply.clone().printed();
    assert_eq!(Reply::parse(&printed), Ok(shown), "the response prints as\n{printed}");
    reply
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum may grow, and this would say so")]
fn reply(response: CommandResponse) -> Reply {
    match response {
        CommandResponse::Nil => Reply::Nil,
        CommandResponse::NilArray => Reply::NilArray,
        CommandResponse::Status(text) => Reply::Status(text.to_string()),
        CommandResponse::Integer(value) => Reply::Integer(value),
        double @ CommandResponse::Double(_) => Reply::bulk(double.to_string().trim_matches('"')),
        CommandResponse::Bulk(bytes) => Reply::bulk(bytes),
        CommandResponse::Array(items) | CommandResponse::Set(items) => {
            Reply::Array(items.into_iter().map(reply).collect())
        }
        CommandResponse::Map(pairs) | CommandResponse::Pairs(pairs) => {
            let flat = pairs.into_iter().flat_map(|(left, right)| [left, right]);
            Reply::Array(flat.map(reply).collect())
        }
        CommandResponse::Error(error) => Reply::Error(error.wire()),
        other => panic!("the rig does not know {other:?}"),
    }
}
