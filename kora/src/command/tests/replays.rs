//! What the examples change is there again after the process was killed, and after the power was
//! gone, from the log alone and from a snapshot.

use super::{config, each, holds, run_all};
use crate::command::Spec;
use crate::config::{Config, Durability};
use crate::database::Database;
use crate::testing::{Keep, Restart, SimulatedDisk};

fn open(disk: &SimulatedDisk, shards: usize) -> Database {
    let config = Config {
        disk: Some(disk.clone()),
        data_dir: Some("data".into()),
        durability: Durability::Always,
        log_segment_bytes: 4 << 10,
        without_keeper: true,
        record_effects: false,
        ..config(shards)
    };
    Database::open(config).expect("the disk is sound")
}

/// Runs the examples of an entry, with a snapshot after some of them.
fn check(spec: &Spec, snapshot_after: Option<usize>) -> Vec<String> {
    let disk = SimulatedDisk::new(1);
    let db = open(&disk, 1);
    for (at, (line, _)) in spec.doc.examples.iter().enumerate() {
        run_all(&db, [*line]);
        if snapshot_after == Some(at) {
            db.snapshot().expect("the disk is sound");
        }
    }
    let ways = [Restart::Killed, Restart::PowerLoss { seed: 1, keep: Keep::Nothing }];
    let lost = ways.into_iter().filter(|how| {
        // What unique values take depends on how many partitions they are spread over.
        let (again, spread) = (open(&disk.restart(*how), 1), open(&disk.restart(*how), 4));
        again.digest_with_expired() != db.digest_with_expired()
            || again.used_memory() != db.used_memory()
            || spread.digest_with_expired() != db.digest_with_expired()
    });
    lost.map(|how| format!("{how:?}, snapshot after line {snapshot_after:?}")).collect()
}

#[test]
fn examples_come_back_from_the_log() {
    holds(&each(|spec| check(spec, None)));
}

#[test]
fn examples_come_back_from_a_snapshot_and_the_log_after_it() {
    holds(&each(|spec| {
        let count = spec.doc.examples.len();
        let after = [0, count / 2, count.saturating_sub(1)].into_iter().filter(|at| *at < count);
        after.flat_map(|at| check(spec, Some(at))).collect()
    }));
}
