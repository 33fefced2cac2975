//! Few keys, one thread: everything is in the processor's cache, so what is measured is instructions.

use super::contest::Contest;
use super::store::{Store, Work};
use super::{Context, Family, Result};
use crate::data::{Distribution, Streams, Values};
use crate::peers::Entry;
use crate::report::Target;
use crate::slot::Outcome;

pub(crate) const FAMILY: Family = Family { cells: names, run, one: Some(one) };

const KEYS: u32 = 10_000;
const VALUE_BYTES: usize = 64;
const WORKS: [Work; 4] = [Work::Get, Work::ChainedGet, Work::Mixed(100), Work::Read];

/// Short, so that the steps stay in the cache as well.
const STREAM_STEPS: usize = 1 << 14;

const TARGET: Target = Target { rivals: &["dashmap", "kevy"], at_least: None };

fn cell(work: Work) -> String {
    format!("cached/{}", work.name())
}

fn names() -> Vec<String> {
    WORKS.map(cell).into()
}

fn streams(context: &Context) -> Streams {
    Streams::new(KEYS, Distribution::Uniform, STREAM_STEPS, 1, context.options.seed)
}

fn load(peer: &Entry, values: &Values) -> Result<Box<dyn Store>> {
    let store = (peer.store)(KEYS as usize);
    store.load(KEYS, values);
    store.check(KEYS, values).map_err(|error| format!("{}: {error}", peer.name))?;
    Ok(store)
}

fn run(context: &Context) -> Result<()> {
    let works: Vec<_> = WORKS.into_iter().filter(|&work| context.wants(&cell(work))).collect();
    if works.is_empty() {
        return Ok(());
    }
    let (streams, values) = (streams(context), Values::new(VALUE_BYTES, context.options.seed));
    let stores = context.peers.iter().map(|peer| load(peer, &values));
    let stores = stores.collect::<Result<Vec<_>>>()?;
    for work in works {
        let title = format!("cached: {}, uniform, {KEYS} keys, {VALUE_BYTES} B", work.name());
        let mut contest = Contest::new(context, &context.peers, title, TARGET);
        contest.row(1, &|peer, slot| stores[peer].run(work, &streams, &values, slot));
        contest.finish();
    }
    Ok(())
}

fn one(context: &Context, peer: &'static Entry, name: &str) -> Result<Option<Outcome>> {
    let work = WORKS.into_iter().find(|&work| cell(work) == name).ok_or("no such cell")?;
    let values = Values::new(VALUE_BYTES, context.options.seed);
    let store = load(peer, &values)?;
    Ok(store.run(work, &streams(context), &values, &context.counting(1, 0)))
}
