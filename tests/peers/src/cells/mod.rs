//! The cells: what is measured. A family is a set of cells that share their data; it prints its tables as it goes.

pub(crate) mod batch;
pub(crate) mod cached;
pub(crate) mod contest;
pub(crate) mod counter;
pub(crate) mod expiry;
pub(crate) mod memory;
pub(crate) mod mix;
pub(crate) mod store;

use std::time::Duration;

use crate::args::Options;
use crate::peers::Entry;
use crate::slot::{Length, Outcome, Slot};

/// Anything that stops a run.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Cells that share their data.
pub(crate) struct Family {
    /// Names of all its cells.
    pub cells: fn() -> Vec<String>,
    /// Measures those cells that are wanted and prints them.
    pub run: fn(&Context) -> Result<()>,
    /// Runs one cell of one peer for a profiler: `None` if the peer cannot do it.
    pub one: Option<One>,
}

/// Runs a cell by its name.
pub(crate) type One = fn(&Context, &'static Entry, &str) -> Result<Option<Outcome>>;

/// All families in the order in which they run: the short ones first.
pub(crate) const FAMILIES: &[Family] =
    &[cached::FAMILY, counter::FAMILY, batch::FAMILY, memory::FAMILY, expiry::FAMILY, mix::FAMILY];

/// What a run was asked for.
pub(crate) struct Context {
    /// The command line.
    pub options: Options,
    /// The peers that take part.
    pub peers: Vec<&'static Entry>,
}

impl Context {
    /// Whether a cell is to be run.
    pub(crate) fn wants(&self, cell: &str) -> bool {
        self.options.only.is_empty() || self.options.only.iter().any(|part| cell.contains(part))
    }

    /// The peers that take part and have some ability.
    pub(crate) fn able<T>(
        &self,
        ability: impl Fn(&Entry) -> Option<T>,
    ) -> Vec<(&'static Entry, T)> {
        self.peers.iter().filter_map(|peer| ability(peer).map(|has| (*peer, has))).collect()
    }

    /// The thread counts of the cells; a quick run leaves out those above the number of processors.
    pub(crate) fn thread_counts(&self) -> &'static [usize] {
        if self.options.quick { &THREADS[..2] } else { &THREADS }
    }

    /// The slot in which steps are counted.
    pub(crate) fn counting(&self, threads: usize, round: u32) -> Slot {
        let length = match self.options.steps {
            Some(steps) => Length::Steps(steps),
            None => time(self.options.slot),
        };
        // Far enough apart that two rounds share few steps, whatever the rate.
        let start = round as usize * 200_003;
        Slot { threads, length, start, timed: false }
    }

    /// The slot in which each step is timed.
    pub(crate) fn timing(&self, threads: usize) -> Slot {
        Slot { threads, length: time(self.options.slot), start: 100_003, timed: true }
    }
}

/// Four and eight are more than the processors of the machines we have, on purpose.
pub(crate) const THREADS: [usize; 4] = [1, 2, 4, 8];

fn time(measured: Duration) -> Length {
    Length::Time { warm_up: measured / 8, measured }
}
