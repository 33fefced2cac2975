//! A contest: some peers, rows of cells, two tables. Peers take turns round by round (A B C, A B C, ..), so that
//! what disturbs the machine for a second disturbs all of them; then each is timed once.

use super::Context;
use crate::peers::Entry;
use crate::report::{JUDGED, Rounds, Table, Target, held, millions, nanoseconds, percentiles};
use crate::slot::{Outcome, Slot};

/// What Kora's figures of a table are held against.
#[derive(Clone, Copy)]
pub(crate) struct Goals {
    /// Its rate.
    pub rate: Target,
    /// Its p99, if there is a most for it.
    pub p99_max_ns: Option<u64>,
}

/// Ratios that every table has beside its own: to a DashMap that does not have its defaults, and to the crate of
/// the same name.
const EVERYWHERE: [Target; 2] = [
    Target { rivals: &["dashmap-tuned"], at_least: None },
    Target { rivals: &["kora-embedded"], at_least: Some(30.0) },
];

/// A contest under way.
pub(crate) struct Contest<'a> {
    context: &'a Context,
    peers: &'a [&'static Entry],
    names: Vec<&'static str>,
    title: String,
    targets: Vec<Target>,
    p99_max_ns: Option<u64>,
    rates: Table,
    latencies: Vec<Vec<String>>,
}

impl<'a> Contest<'a> {
    /// Prints the head of the first table.
    pub(crate) fn new(
        context: &'a Context,
        peers: &'a [&'static Entry],
        title: String,
        goals: Goals,
    ) -> Self {
        let names: Vec<_> = peers.iter().map(|peer| peer.name).collect();
        let targets = [goals.rate].into_iter().chain(EVERYWHERE);
        let targets: Vec<_> = targets.filter(|target| target.concerns(&names)).collect();
        let p99_max_ns = goals.p99_max_ns.filter(|_| names.contains(&JUDGED));
        let ratios = targets.iter().map(|target| target.head());
        let rates = Table::new(&format!("{title}: M steps/s"), &head(&names, ratios));
        Self { context, peers, names, title, targets, p99_max_ns, rates, latencies: Vec::new() }
    }

    /// Measures a cell, prints its row and returns its rates. `run` gives the peer of that number one slot.
    pub(crate) fn row(&mut self, threads: usize, run: &Run<'_>) -> Rounds {
        let rounds = rounds(self.context, self.peers, threads, run, &mut self.rates);
        let mut row = vec![threads.to_string()];
        row.extend(rounds.iter().map(|rates| millions(rates)));
        row.extend(self.targets.iter().map(|target| target.cell(&self.names, &rounds)));
        self.rates.row(&row);
        self.latencies.push(self.waits(threads, run));
        rounds
    }

    /// Times each peer and gives the row of the second table.
    fn waits(&self, threads: usize, run: &Run<'_>) -> Vec<String> {
        let slot = self.context.timing(threads);
        let (mut row, mut verdict) = (vec![threads.to_string()], "-".to_owned());
        for (number, peer) in self.peers.iter().enumerate() {
            let outcome = if threads > peer.threads_max { None } else { run(number, &slot) };
            row.push(
                outcome
                    .as_ref()
                    .map_or_else(|| "-".into(), |outcome| percentiles(&outcome.latency)),
            );
            if let (JUDGED, Some(outcome), Some(most)) = (peer.name, &outcome, self.p99_max_ns) {
                let p99 = outcome.latency.value_at_quantile(0.99);
                verdict = held(nanoseconds(p99), Some(p99 <= most));
            }
        }
        row.extend(self.p99_max_ns.map(|_| verdict));
        row
    }

    /// Prints the second table.
    pub(crate) fn finish(self) {
        drop(self.rates);
        let title = format!("{}: ns, p50/p99/p99.9", self.title);
        let most = self.p99_max_ns.map(|most| format!("{JUDGED} p99 <= {}", nanoseconds(most)));
        let table = Table::new(&title, &head(&self.names, most.into_iter()));
        self.latencies.iter().for_each(|row| table.row(row));
    }
}

/// Gives the peer of that number one slot; `None` if it cannot do the work.
pub(crate) type Run<'a> = dyn Fn(usize, &Slot) -> Option<Outcome> + 'a;

fn head(peers: &[&str], more: impl Iterator<Item = String>) -> Vec<String> {
    let names = peers.iter().map(|name| (*name).to_owned());
    ["threads".to_owned()].into_iter().chain(names).chain(more).collect()
}

/// The rates of each peer, one for each round in which it takes part; none for a peer that cannot do it or serves
/// fewer threads.
/// A cache may drop what it was given; the table says so, since such a row is not what it seems.
pub(crate) fn rounds(
    context: &Context,
    peers: &[&'static Entry],
    threads: usize,
    run: &Run<'_>,
    table: &mut Table,
) -> Rounds {
    let mut rounds: Rounds = vec![Vec::new(); peers.len()];
    for round in 0..context.options.rounds {
        let slot = context.counting(threads, round);
        for (number, (peer, rates)) in peers.iter().zip(&mut rounds).enumerate() {
            if threads > peer.threads_max || round >= peer.rounds_max {
                continue;
            }
            let Some(outcome) = run(number, &slot) else { continue };
            rates.push(outcome.rate());
            let (misses, steps) = (outcome.misses, outcome.steps);
            if misses > 0 {
                let name = peer.name;
                table.note(format!("{name}, {threads} threads: {misses} of {steps} steps missed"));
            }
        }
    }
    rounds
}
