//! A contest: some peers, rows of cells, two tables. Peers take turns round by round (A B C, A B C, ..), so that
//! what disturbs the machine for a second disturbs all of them; then each is timed once.

use super::Context;
use crate::peers::Entry;
use crate::report::{JUDGED, Rounds, Table, Target, millions, percentiles, verdict};
use crate::slot::{Outcome, Slot};

/// A contest under way.
pub(crate) struct Contest<'a> {
    context: &'a Context,
    peers: &'a [&'static Entry],
    title: String,
    target: Target,
    rates: Table,
    latencies: Vec<Vec<String>>,
}

impl<'a> Contest<'a> {
    /// Prints the head of the first table.
    pub(crate) fn new(
        context: &'a Context,
        peers: &'a [&'static Entry],
        title: String,
        target: Target,
    ) -> Self {
        let judging: &[&str] =
            if judges(peers) { &["kora/best", "target", "verdict"] } else { &[] };
        let rates = Table::new(&format!("{title}: M steps/s"), &head(peers, judging));
        Self { context, peers, title, target, rates, latencies: Vec::new() }
    }

    /// Measures a cell and prints its row. `run` gives the peer of that number one slot.
    pub(crate) fn row(&mut self, threads: usize, run: &Run<'_>) {
        let rounds = rounds(self.context, self.peers, threads, run, &mut self.rates);
        let names: Vec<_> = self.peers.iter().map(|peer| peer.name).collect();
        let mut row = vec![threads.to_string()];
        row.extend(rounds.iter().map(|rates| millions(rates)));
        if judges(self.peers) {
            row.extend(verdict(&names, &rounds, self.target));
        }
        self.rates.row(&row);

        let slot = self.context.timing(threads);
        let mut row = vec![threads.to_string()];
        row.extend(self.peers.iter().enumerate().map(|(number, peer)| {
            let outcome = if threads > peer.threads_max { None } else { run(number, &slot) };
            outcome.map_or_else(|| "-".into(), |outcome| percentiles(&outcome.latency))
        }));
        self.latencies.push(row);
    }

    /// Prints the second table.
    pub(crate) fn finish(self) {
        drop(self.rates);
        let title = format!("{}: ns, p50/p99/p99.9", self.title);
        let table = Table::new(&title, &head(self.peers, &[]));
        self.latencies.iter().for_each(|row| table.row(row));
    }
}

/// Gives the peer of that number one slot; `None` if it cannot do the work.
pub(crate) type Run<'a> = dyn Fn(usize, &Slot) -> Option<Outcome> + 'a;

fn judges(peers: &[&'static Entry]) -> bool {
    peers.iter().any(|peer| peer.name == JUDGED)
}

fn head(peers: &[&'static Entry], more: &[&'static str]) -> Vec<&'static str> {
    let names = peers.iter().map(|peer| peer.name);
    ["threads"].into_iter().chain(names).chain(more.iter().copied()).collect()
}

/// The rates of each peer, one a round; none for a peer that cannot do it or serves fewer threads.
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
            if threads > peer.threads_max {
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
