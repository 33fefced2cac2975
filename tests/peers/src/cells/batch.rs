//! A hundred gets at once: MGET and pipelines against as many single gets, one thread, many keys.
//!
//! A step is a hundred keys here; the table shows nanoseconds a key.

use super::contest::rounds;
use super::store::{load, look};
use super::{Context, Family, Result};
use crate::data::{Distribution, Streams, Values};
use crate::peers::{Batch, Entry, Session};
use crate::report::{JUDGED, Table, digits, held, percentiles, ratio, step_ns};
use crate::slot::{Outcome, Slot};

pub(crate) const FAMILY: Family = Family { cells: names, run, one: Some(one) };

/// Keys of one call.
const BATCH: usize = 100;
const STREAM_STEPS: usize = 1 << 20;
const VALUE_BYTES: usize = 64;

/// How many times faster than single gets Kora's MGET and pipeline are to be.
const GAIN: f64 = 2.5;

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
    let gains = ["MGET", "pipeline"].map(|way| format!("{way} gain, {JUDGED} >= {GAIN}x"));
    let [mget, pipeline] = &gains;
    let head = ["peer", "single", "MGET", "pipeline", mget, pipeline];
    let mut table = Table::new(&title, &head);
    // The ways take turns as the peers do, since it is the ways that are compared.
    let entrants: Vec<_> = WAYS.iter().flat_map(|_| peers.iter().copied()).collect();
    let run = |entrant: usize, slot: &Slot| {
        stores[entrant % peers.len()].run(WAYS[entrant / peers.len()], &streams, slot)
    };
    let rates = rounds(context, &entrants, 1, &run, &mut table);
    for (number, peer) in peers.iter().enumerate() {
        let rates = [0, 1, 2].map(|way| &rates[way * peers.len() + number]);
        let [single, mget, pipeline] = rates;
        let time = |rates: &Vec<f64>| step_ns(rates).map(|ns| digits(ns / BATCH as f64));
        let gain = |rates: &Vec<f64>| {
            let gain = ratio(rates, single)?;
            let met = (peer.name == JUDGED).then_some(gain >= GAIN);
            Some(held(format!("{}x", digits(gain)), met))
        };
        let mut row = vec![peer.name.to_owned()];
        let figures = rates.map(time).into_iter().chain([mget, pipeline].map(gain));
        row.extend(figures.map(|figure| figure.unwrap_or_else(|| "-".into())));
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
