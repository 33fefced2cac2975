//! Few keys, one thread: everything is in the processor's cache, so what is measured is instructions.

use super::contest::{Contest, Goals};
use super::store::{Store, Work};
use super::{Context, Family, Result};
use crate::data::{Distribution, Streams, Values};
use crate::peers::Entry;
use crate::report::{JUDGED, Rounds, Table, Target, digits, held, step_ns};
use crate::slot::{Outcome, Slot};

pub(crate) const FAMILY: Family = Family { cells: names, run, one: Some(one) };

const KEYS: u32 = 10_000;
const VALUE_BYTES: usize = 64;
const WORKS: [Work; 4] = [Work::Get, Work::ChainedGet, Work::Mixed(100), Work::Read];

/// Short, so that the steps stay in the cache as well.
const STREAM_STEPS: usize = 1 << 14;

const GOALS: Goals =
    Goals { rate: Target { rivals: &["dashmap", "kevy"], at_least: None }, p99_max_ns: None };

/// The most nanoseconds that a step of Kora is to take.
fn most_ns(work: Work) -> Option<f64> {
    match work {
        Work::Get | Work::Read => Some(100.0),
        Work::Mixed(_) => Some(200.0),
        Work::ChainedGet => None,
    }
}

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
    let mut measured = Vec::new();
    for work in works {
        let what = work.title(&context.peers, &stores);
        let title = format!("cached: {what}, uniform, {KEYS} keys, {VALUE_BYTES} B");
        let mut contest = Contest::new(context, &context.peers, title, GOALS);
        let run = |peer: usize, slot: &Slot| Some(stores[peer].run(work, &streams, &values, slot));
        measured.push((work, contest.row(1, &run)));
        contest.finish();
    }
    summarise(context, &measured);
    Ok(())
}

/// Prints the rates once more as the time of a step, with the verdicts on Kora's.
fn summarise(context: &Context, measured: &[(Work, Rounds)]) {
    let names = context.peers.iter().map(|peer| peer.name);
    let head: Vec<_> = ["step"].into_iter().chain(names).chain(["kora of most"]).collect();
    let title = format!("cached: ns a step, uniform, {KEYS} keys, {VALUE_BYTES} B, one thread");
    let table = Table::new(&title, &head);
    for (work, rounds) in measured {
        let times: Vec<_> = rounds.iter().map(|rates| step_ns(rates)).collect();
        let shown = |time: &Option<f64>| time.map_or_else(|| "-".into(), digits);
        let ours = context.peers.iter().zip(&times).find(|(peer, _)| peer.name == JUDGED);
        let ours = ours.and_then(|(_, time)| *time);
        let verdict = ours
            .zip(most_ns(*work))
            .map(|(ours, most)| held(format!("{} of {most}", digits(ours)), Some(ours <= most)));
        let mut row = vec![work.name()];
        row.extend(times.iter().map(shown));
        row.push(verdict.unwrap_or_else(|| "-".into()));
        table.row(&row);
    }
}

fn one(context: &Context, peer: &'static Entry, name: &str) -> Result<Option<Outcome>> {
    let work = WORKS.into_iter().find(|&work| cell(work) == name).ok_or("no such cell")?;
    let values = Values::new(VALUE_BYTES, context.options.seed);
    let store = load(peer, &values)?;
    Ok(Some(store.run(work, &streams(context), &values, &context.counting(1, 0))))
}
