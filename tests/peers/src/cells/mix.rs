//! Gets and sets over many keys: the main table. Every mix of reading and writing, both distributions, two value
//! sizes, one to eight threads; fewer mixes and peers with the longer values.
//!
//! All peers of a group hold their keys at the same time and take turns. If all of them together would take
//! more memory than allowed, they are cut into groups that run one after the other.

use super::contest::{Contest, Goals};
use super::store::{Store, Work};
use super::{Context, Family, Result, THREADS};
use crate::data::{Distribution, Streams, Values};
use crate::peers::Entry;
use crate::report::Target;
use crate::slot::Outcome;

pub(crate) const FAMILY: Family = Family { cells: names, run, one: Some(one) };

/// Values of one length, and what is measured with them.
struct Size {
    bytes: usize,
    works: &'static [Work],
    /// Who takes part if the command line does not say; all without it.
    peers: Option<&'static [&'static str]>,
}

const SIZES: [Size; 2] = [
    Size {
        bytes: 64,
        works: &[Work::Read, Work::Get, Work::ChainedGet, Work::Mixed(10), Work::Mixed(50)],
        peers: None,
    },
    Size {
        bytes: 1024,
        works: &[Work::Read, Work::Get, Work::Mixed(50)],
        peers: Some(&["kora", "dashmap", "dashmap-tuned", "kevy", "scc", "mutex-shards"]),
    },
];

/// Long enough that the steps of one slot do not repeat.
const STREAM_STEPS: usize = 1 << 20;

/// Beside key and value: table slots, allocator, the peer's own header. About what the hungriest takes.
const OVERHEAD_BYTES: usize = 160;

/// The most that a hundredth of the reads may wait, in nanoseconds.
const P99_MAX_NS: u64 = 5_000;

/// What the cells of a mix are held against.
fn goals(work: Work) -> Goals {
    let faster = Target { rivals: &["dashmap", "kevy"], at_least: Some(1.3) };
    match work {
        Work::Read => Goals { rate: faster, p99_max_ns: Some(P99_MAX_NS) },
        Work::Get | Work::Mixed(..=25) => Goals { rate: faster, p99_max_ns: None },
        Work::ChainedGet => Goals { rate: Target { at_least: None, ..faster }, p99_max_ns: None },
        Work::Mixed(_) => {
            let rivals = &["scc", "mutex-shards", "dashmap", "kevy"];
            let rate = Target { rivals, at_least: Some(1.0) };
            Goals { rate, p99_max_ns: Some(P99_MAX_NS) }
        }
    }
}

/// Cells that differ in their threads only: a table.
#[derive(Clone, Copy)]
struct Block {
    work: Work,
    how: Distribution,
    value_bytes: usize,
}

impl Block {
    fn all() -> impl Iterator<Item = Self> {
        SIZES.iter().flat_map(Self::of)
    }

    fn of(size: &'static Size) -> impl Iterator<Item = Self> {
        size.works.iter().flat_map(|&work| {
            let distributions = [Distribution::Uniform, Distribution::Zipf];
            distributions.map(|how| Self { work, how, value_bytes: size.bytes })
        })
    }

    fn cell(self, threads: usize) -> String {
        format!("{}/{}/{}/{threads}", self.work.name(), self.how.name(), self.value_bytes)
    }
}

fn names() -> Vec<String> {
    Block::all().flat_map(|block| THREADS.map(|threads| block.cell(threads))).collect()
}

fn run(context: &Context) -> Result<()> {
    let wanted =
        |block: &Block| context.thread_counts().iter().any(|&n| context.wants(&block.cell(n)));
    if !Block::all().any(|block| wanted(&block)) {
        return Ok(());
    }
    let threads = context.thread_counts().iter().copied().max().unwrap_or(1);
    let uniform = streams(context, Distribution::Uniform, threads);
    let zipf = streams(context, Distribution::Zipf, threads);
    for size in &SIZES {
        let blocks: Vec<_> = Block::of(size).filter(wanted).collect();
        if blocks.is_empty() {
            continue;
        }
        let peers = peers(context, size);
        for peers in peers.chunks(group_size(context, size.bytes)) {
            let group = Group::load(context, peers, size.bytes)?;
            for block in &blocks {
                let streams = if block.how == Distribution::Zipf { &zipf } else { &uniform };
                group.measure(context, block, streams);
            }
        }
    }
    Ok(())
}

fn streams(context: &Context, how: Distribution, threads: usize) -> Streams {
    Streams::new(context.options.keys, how, STREAM_STEPS, threads, context.options.seed)
}

/// The peers that take part with values of that size.
fn peers(context: &Context, size: &Size) -> Vec<&'static Entry> {
    let peers = context.peers.iter().copied();
    match size.peers {
        Some(names) if context.options.peers.is_empty() => {
            peers.filter(|peer| names.contains(&peer.name)).collect()
        }
        Some(_) | None => peers.collect(),
    }
}

/// How many peers fit into memory together.
fn group_size(context: &Context, value_bytes: usize) -> usize {
    let peer_bytes = context.options.keys as usize * (value_bytes + 16 + OVERHEAD_BYTES);
    (context.options.memory_bytes / peer_bytes).max(1)
}

/// Peers that are loaded at the same time.
struct Group<'a> {
    peers: &'a [&'static Entry],
    stores: Vec<Box<dyn Store>>,
    values: Values,
}

impl<'a> Group<'a> {
    fn load(context: &Context, peers: &'a [&'static Entry], value_bytes: usize) -> Result<Self> {
        let values = Values::new(value_bytes, context.options.seed);
        let mut stores = Vec::new();
        for peer in peers {
            eprintln!("loading {}: {} keys of {value_bytes} B", peer.name, context.options.keys);
            let store = (peer.store)(context.options.keys as usize);
            store.load(context.options.keys, &values);
            let checked = store.check(context.options.keys, &values);
            checked.map_err(|error| format!("{}: {error}", peer.name))?;
            stores.push(store);
        }
        Ok(Self { peers, stores, values })
    }

    fn measure(&self, context: &Context, block: &Block, streams: &Streams) {
        let title = format!(
            "{}, {}, {} keys, values of {} B",
            block.work.title(self.peers, &self.stores),
            block.how.name(),
            context.options.keys,
            block.value_bytes,
        );
        let mut contest = Contest::new(context, self.peers, title, goals(block.work));
        for &threads in context.thread_counts() {
            if context.wants(&block.cell(threads)) {
                contest.row(threads, &|peer, slot| {
                    Some(self.stores[peer].run(block.work, streams, &self.values, slot))
                });
            }
        }
        contest.finish();
    }
}

fn one(context: &Context, peer: &'static Entry, cell: &str) -> Result<Option<Outcome>> {
    let mut cells = Block::all().flat_map(|block| THREADS.map(|threads| (block, threads)));
    let named = cells.find(|(block, threads)| block.cell(*threads) == cell);
    let (block, threads) = named.ok_or("no such cell")?;
    let peers = [peer];
    let group = Group::load(context, &peers, block.value_bytes)?;
    let streams = streams(context, block.how, threads);
    let slot = context.counting(threads, 0);
    Ok(Some(group.stores[0].run(block.work, &streams, &group.values, &slot)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::ROSTER;
    use crate::report::JUDGED;

    #[test]
    fn every_named_peer_exists() {
        let sizes = SIZES.iter().filter_map(|size| size.peers);
        let rivals = Block::all().map(|block| goals(block.work).rate.rivals);
        for name in sizes.chain(rivals).flatten() {
            let exists = ROSTER.iter().any(|peer| peer.name == *name);
            assert!(exists || *name == JUDGED, "{name} is no peer");
        }
    }

    #[test]
    fn the_peers_of_long_values_share_a_group_by_default() {
        let (_, options) = crate::args::parse(std::iter::empty(), None).expect("a line");
        let context = Context { options, peers: ROSTER.iter().collect() };
        for size in &SIZES {
            assert!(peers(&context, size).len() <= group_size(&context, size.bytes));
        }
    }
}
