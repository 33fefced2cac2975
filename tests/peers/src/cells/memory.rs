//! Memory: bytes an item, as the growth of the process that holds them.
//!
//! Each peer loads each set of data in a fresh process (this program again, with a hidden word), so that no other
//! data fills holes in its heap. Redis loads the same; beside its resident growth stands the growth of its
//! own count, `used_memory`.

use std::fmt::Display;
use std::process::Command;

use super::{Context, Family, Result};
use crate::data::{Values, key, numbered};
use crate::peers::{Entry, Structures};
use crate::process::resident_bytes;
use crate::redis::Redis;
use crate::report::{JUDGED, Table, held};

pub(crate) const FAMILY: Family = Family { cells: names, run, one: None };

/// What is loaded. The sizes are those at which Redis 7.0 takes about 105 B a field of a large hash and 126 B
/// a member of a large sorted set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Data {
    Strings,
    Hash,
    SortedSet,
    SmallHashes,
}

const ALL: [Data; 4] = [Data::Strings, Data::Hash, Data::SortedSet, Data::SmallHashes];

/// What Kora is to take at most of what Redis counts for itself.
const SHARE: f64 = 0.75;

/// Items that are given to a peer in one call.
const BATCH: u32 = 100;
const FIELDS: u32 = 10;

impl Data {
    fn cell(self) -> &'static str {
        match self {
            Self::Strings => "memory/strings",
            Self::Hash => "memory/hash",
            Self::SortedSet => "memory/zset",
            Self::SmallHashes => "memory/small-hashes",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Strings => "a string: key 16 B, value 64 B",
            Self::Hash => "a field of one hash: field 16 B, value 16 B",
            Self::SortedSet => "a member of one zset: 16 B, integer score",
            Self::SmallHashes => "a hash of 10 fields: key 16 B, field 8 B, value 16 B",
        }
    }

    fn items(self) -> u32 {
        match self {
            Self::Strings | Self::Hash | Self::SortedSet => 500_000,
            Self::SmallHashes => 100_000,
        }
    }

    fn serves(self, peer: &Entry) -> bool {
        self == Self::Strings || peer.structures.is_some()
    }
}

fn names() -> Vec<String> {
    ALL.map(|data| data.cell().to_owned()).into()
}

fn run(context: &Context) -> Result<()> {
    let wanted: Vec<_> = ALL.into_iter().filter(|data| context.wants(data.cell())).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let of_peers = context.peers.iter().map(|peer| peer.name);
    let head = ["bytes for"].into_iter().chain(of_peers);
    let head = head.chain(["redis used", "redis rss"]);
    let verdict_head = format!("{JUDGED}/redis used <= {SHARE}x");
    let head = head.chain([&verdict_head[..]]);
    let mut table = Table::new("memory", &head.collect::<Vec<_>>());
    for data in wanted {
        let mut note = |who: &str, error: &dyn Display| table.note(format!("{who}: {error}"));
        let mut row = vec![data.title().to_owned()];
        let mut ours = None;
        for peer in context.peers.iter() {
            let measured = data.serves(peer).then(|| in_a_child(peer, data));
            let grown =
                measured.and_then(|grown| grown.map_err(|error| note(peer.name, &error)).ok());
            if peer.name == JUDGED {
                ours = grown;
            }
            row.push(shown(grown));
        }
        let redis = in_redis(data).map_err(|error| note("redis-server", &error)).ok();
        row.extend([shown(redis.map(|(used, _)| used)), shown(redis.map(|(_, rss)| rss))]);
        row.push(verdict(ours, redis.map(|(used, _)| used)));
        table.row(&row);
    }
    Ok(())
}

fn shown(bytes: Option<f64>) -> String {
    bytes.map_or_else(|| "-".into(), |bytes| format!("{bytes:.0}"))
}

/// Kora's growth beside what Redis counts for itself.
fn verdict(ours: Option<f64>, redis: Option<f64>) -> String {
    let Some((ours, redis)) = ours.zip(redis) else {
        return "-".into();
    };
    held(format!("{:.2}x", ours / redis), Some(ours <= SHARE * redis))
}

/// The hidden word that makes this program load one set of data and print how much it grew.
pub(crate) const CHILD: &str = "memory-of";

/// Bytes an item.
fn in_a_child(peer: &Entry, data: Data) -> Result<f64> {
    let program = std::env::current_exe()?;
    let output = Command::new(program).args([CHILD, peer.name, data.cell()]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8(output.stderr)?.trim().into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse::<f64>()? / f64::from(data.items()))
}

/// What the child does: loads and returns the growth in bytes.
pub(crate) fn child(peer: &Entry, cell: &str) -> Result<u64> {
    let data = ALL.into_iter().find(|data| data.cell() == cell).ok_or("no such cell")?;
    let before = resident_bytes("self")?;
    let grown = if data == Data::Strings {
        let store = (peer.store)(data.items() as usize);
        store.load(data.items(), &Values::new(64, 1));
        resident_bytes("self")?.saturating_sub(before)
    } else {
        let structures = peer.structures.ok_or("it has no structures")?();
        fill(data, &mut Sink::Peer(&*structures))?;
        resident_bytes("self")?.saturating_sub(before)
    };
    Ok(grown)
}

/// Bytes an item, as Redis counts them and as its process grew.
fn in_redis(data: Data) -> Result<(f64, f64)> {
    let mut redis = Redis::start()?;
    let (used, resident) = (redis.used_memory()?, resident_bytes(&redis.process())?);
    if data == Data::Strings {
        let values = Values::new(64, 1);
        for number in 0..data.items() {
            redis.send(&[b"SET", &key(number), values.of(number)])?;
        }
    } else {
        fill(data, &mut Sink::Redis(&mut redis))?;
    }
    let used = redis.used_memory()?.saturating_sub(used);
    let resident = resident_bytes(&redis.process())?.saturating_sub(resident);
    let of_item = |bytes: u64| bytes as f64 / f64::from(data.items());
    Ok((of_item(used), of_item(resident)))
}

/// Who takes the structures.
enum Sink<'a> {
    Peer(&'a dyn Structures),
    Redis(&'a mut Redis),
}

impl Sink<'_> {
    fn hash(&mut self, key: &[u8], fields: &[(&[u8], &[u8])]) -> Result<()> {
        match self {
            Self::Peer(peer) => peer.hash(key, fields)?,
            Self::Redis(redis) => {
                let words = fields.iter().flat_map(|(field, value)| [*field, *value]);
                redis.send(&[&b"HSET"[..], key].into_iter().chain(words).collect::<Vec<_>>())?;
            }
        }
        Ok(())
    }

    fn sorted_set(&mut self, key: &[u8], members: &[(f64, &[u8])]) -> Result<()> {
        match self {
            Self::Peer(peer) => peer.sorted_set(key, members)?,
            Self::Redis(redis) => {
                for (score, member) in members {
                    redis.send(&[b"ZADD", key, score.to_string().as_bytes(), member])?;
                }
            }
        }
        Ok(())
    }
}

fn fill(data: Data, sink: &mut Sink<'_>) -> Result<()> {
    let values = Values::new(16, 1);
    let batches = (0..data.items()).step_by(BATCH as usize);
    match data {
        Data::Strings => return Err("strings are no structure".into()),
        Data::Hash => {
            for first in batches {
                let names = named(first, BATCH, |at| numbered(*b"field-0000000000", at).to_vec());
                sink.hash(b"hash", &fields(&names, first, &values))?;
            }
        }
        Data::SortedSet => {
            for first in batches {
                let names = named(first, BATCH, |at| numbered(*b"member-000000000", at).to_vec());
                let scored = names.iter().zip(first..).map(|(name, at)| (f64::from(at), &name[..]));
                sink.sorted_set(b"zset", &scored.collect::<Vec<_>>())?;
            }
        }
        Data::SmallHashes => {
            let names = named(0, FIELDS, |at| numbered(*b"field-00", at).to_vec());
            for number in 0..data.items() {
                sink.hash(&key(number), &fields(&names, number, &values))?;
            }
        }
    }
    Ok(())
}

fn named(first: u32, count: u32, name: impl Fn(u32) -> Vec<u8>) -> Vec<Vec<u8>> {
    (first..first + count).map(name).collect()
}

/// Pairs names with values.
fn fields<'a>(names: &'a [Vec<u8>], first: u32, values: &'a Values) -> Vec<(&'a [u8], &'a [u8])> {
    names.iter().zip(first..).map(|(name, at)| (&name[..], values.of(at))).collect()
}
