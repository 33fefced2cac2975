//! A hundred gets at once: MGET and pipelines against as many single gets, one thread, many keys.
//!
//! A step is a hundred keys here; the table shows nanoseconds a key.

use super::contest::rounds;
use super::store::{load, look};
use super::{Context, Family, Result};
use crate::data::{Distribution, Streams, Values};
use crate::peers::{Batch, Entry, Session};
use crate::report::{Table, digits, median, percentiles};
use crate::slot::{Outcome, Slot};

pub(crate) const FAMILY: Family = Family { cells: names, run, one: Some(one) };

/// Keys of one call.
const BATCH: usize = 100;
const STREAM_STEPS: usize = 1 << 20;
const VALUE_BYTES: usize = 64;

/// How the hundred keys are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// One get after the other.
    Single,
    /// One call for all.
    Mget,
    /// Single gets sent together.
    Pipeline,
}

const WAYS: [Way; 3] = [Way::Single, Way::Mget, Way::Pipeline];

impl Way {
    fn cell(self) -> &'static str {
        match self {
            Self::Single => "batch/single",
            Self::Mget => "batch/mget",
            Self::Pipeline => "batch/pipeline",
        }
    }
}

/// A store with batches behind one door.
pub(crate) trait Batching: Send + Sync {
    /// Puts the first `keys` keys in.
    fn load(&self, keys: u32, values: &Values);

    /// Runs one slot; `None` if the peer has no such way.
    fn run(&self, way: Way, streams: &Streams, slot: &Slot) -> Option<Outcome>;
}

impl<P: Batch> Batching for P {
    fn load(&self, keys: u32, values: &Values) {
        load(self, keys, values);
    }

    fn run(&self, way: Way, streams: &Streams, slot: &Slot) -> Option<Outcome> {
        if way == Way::Pipeline && !P::PIPELINES {
            return None;
        }
        Some(slot.run(|thread| {
            let (mut session, stream) = (self.session(), streams.thread(thread));
            move |position| {
                let keys: [&[u8]; BATCH] =
                    std::array::from_fn(|place| &stream.at(position * BATCH + place).key[..]);
                let mut sum = 0;
                let mut see = |value: &[u8]| sum += look(value);
                let found = match way {
                    Way::Single => keys
                        .iter()
                        .filter_map(|key| session.get(key).map(|value| see(value.as_ref())))
                        .count(),
                    Way::Mget => self.get_many(&keys, &mut see),
                    Way::Pipeline => self.pipeline(&keys, &mut see),
                };
                (found == BATCH).then_some(sum)
            }
        }))
    }
}

fn names() -> Vec<String> {
    WAYS.map(|way| way.cell().to_owned()).into()
}

fn streams(context: &Context) -> Streams {
    let seed = context.options.seed;
    Streams::new(context.options.keys, Distribution::Uniform, STREAM_STEPS, 1, seed)
}

fn run(context: &Context) -> Result<()> {
    let able = context.able(|peer| peer.batch);
    if able.is_empty() || !WAYS.iter().any(|way| context.wants(way.cell())) {
        return Ok(());
    }
    let (streams, values) = (streams(context), Values::new(VALUE_BYTES, context.options.seed));
    let load = |open: fn() -> Box<dyn Batching>| {
        let store = open();
        store.load(context.options.keys, &values);
        store
    };
    let stores: Vec<_> = able.iter().map(|(_, open)| load(*open)).collect();
    let peers: Vec<_> = able.iter().map(|(peer, _)| *peer).collect();
    let title = format!(
        "{BATCH} gets at once, uniform, {} keys, values of {VALUE_BYTES} B: ns a key",
        context.options.keys
    );
    let head = ["peer", "single", "MGET", "pipeline", "single/MGET", "single/pipe"];
    let mut table = Table::new(&title, &head);
    let [single, mget, pipeline] = WAYS.map(|way| {
        let run = |peer: usize, slot: &Slot| stores[peer].run(way, &streams, slot);
        rounds(context, &peers, 1, &run, &mut table)
    });
    for (number, peer) in peers.iter().enumerate() {
        let rates = [&single, &mget, &pipeline].map(|rounds| median(&rounds[number]));
        let [single, mget, pipeline] = rates;
        let shown = |figure: f64| if figure.is_normal() { digits(figure) } else { "-".into() };
        let mut row = vec![peer.name.to_owned()];
        row.extend([single, mget, pipeline].map(|rate| shown(1e9 / rate / BATCH as f64)));
        row.extend([mget, pipeline].map(|rate| shown(rate / single)));
        table.row(&row);
    }
    drop(table);

    let title = format!("{BATCH} gets at once: ns a call of all, p50/p99/p99.9");
    let table = Table::new(&title, &["peer", "single", "MGET", "pipeline"]);
    for (peer, store) in peers.iter().zip(&stores) {
        let mut row = vec![peer.name.to_owned()];
        row.extend(WAYS.map(|way| {
            let outcome = store.run(way, &streams, &context.timing(1));
            outcome.map_or_else(|| "-".into(), |outcome| percentiles(&outcome.latency))
        }));
        table.row(&row);
    }
    Ok(())
}

fn one(context: &Context, peer: &'static Entry, name: &str) -> Result<Option<Outcome>> {
    let way = WAYS.into_iter().find(|way| way.cell() == name).ok_or("no such cell")?;
    let Some(open) = peer.batch else {
        return Ok(None);
    };
    let store = open();
    store.load(context.options.keys, &Values::new(VALUE_BYTES, context.options.seed));
    Ok(store.run(way, &streams(context), &context.counting(1, 0)))
}
