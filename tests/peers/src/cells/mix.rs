//! Gets and sets over many keys: the main table. Every mix of reading and writing, both distributions, two value
//! sizes, one to eight threads.
//!
//! All peers of a group hold their keys at the same time and take turns. If all of them together would take
//! more memory than allowed, they are cut into groups that run one after the other.

use super::contest::Contest;
use super::store::{Store, Work};
use super::{Context, Family, Result, THREADS};
use crate::data::{Distribution, Streams, Values};
use crate::peers::Entry;
use crate::report::Target;
use crate::slot::Outcome;

pub(crate) const FAMILY: Family = Family { cells: names, run, one: Some(one) };

const MIXES: [Work; 5] =
    [Work::Get, Work::ChainedGet, Work::Mixed(10), Work::Mixed(50), Work::Read];
const VALUE_BYTES: [usize; 2] = [64, 1024];

/// Long enough that the steps of one slot do not repeat.
const STREAM_STEPS: usize = 1 << 20;

/// Beside key and value: table slots, allocator, the peer's own header. About what the hungriest takes.
const OVERHEAD_BYTES: usize = 160;

/// What the cells of a mix are held against.
fn target(work: Work) -> Target {
    match work {
        Work::Get | Work::ChainedGet | Work::Mixed(..=25) => {
            Target { rivals: &["dashmap", "kevy"], at_least: Some(1.3) }
        }
        Work::Mixed(_) => {
            Target { rivals: &["scc", "mutex-shards", "dashmap", "kevy"], at_least: Some(1.0) }
        }
        Work::Read => {
            Target { rivals: &["scc", "mutex-shards", "dashmap", "papaya"], at_least: None }
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
        let sizes = VALUE_BYTES.into_iter();
        let works = sizes.flat_map(|value_bytes| MIXES.map(|work| (value_bytes, work)));
        works.flat_map(|(value_bytes, work)| {
            [Distribution::Uniform, Distribution::Zipf].map(|how| Self { work, how, value_bytes })
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
    let blocks: Vec<_> = Block::all().filter(wanted).collect();
    if blocks.is_empty() {
        return Ok(());
    }
    let threads = context.thread_counts().iter().copied().max().unwrap_or(1);
    let uniform = streams(context, Distribution::Uniform, threads);
    let zipf = streams(context, Distribution::Zipf, threads);
    for value_bytes in VALUE_BYTES {
        let blocks: Vec<_> =
            blocks.iter().filter(|block| block.value_bytes == value_bytes).collect();
        if blocks.is_empty() {
            continue;
        }
        for peers in groups(context, value_bytes) {
            let group = Group::load(context, peers, value_bytes)?;
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

/// Cuts the peers into groups that fit into memory.
fn groups(context: &Context, value_bytes: usize) -> std::slice::Chunks<'_, &'static Entry> {
    let peer_bytes = context.options.keys as usize * (value_bytes + 16 + OVERHEAD_BYTES);
    context.peers.chunks((context.options.memory_bytes / peer_bytes).max(1))
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
            block.work.name(),
            block.how.name(),
            context.options.keys,
            block.value_bytes,
        );
        let mut contest = Contest::new(context, self.peers, title, target(block.work));
        for &threads in context.thread_counts() {
            if context.wants(&block.cell(threads)) {
                contest.row(threads, &|peer, slot| {
                    self.stores[peer].run(block.work, streams, &self.values, slot)
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
    Ok(group.stores[0].run(block.work, &streams, &group.values, &slot))
}
