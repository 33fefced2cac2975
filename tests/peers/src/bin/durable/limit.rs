//! The limit of writes that wait for the disk: group commit with nothing around it.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Condvar, Mutex};
use std::time::Instant;

use crate::{Result, TURN};

const RAW_LEN: u64 = 32 << 20;
/// About what a SET of this size takes in Kora's log.
pub(crate) const RECORD_BYTES: usize = 128;

/// The limit: the least that lets several callers share a sync. Who finds nobody syncing writes
/// what all have left by one pwrite into blocks that are there, and syncs; the others wait.
pub(crate) struct GroupCommit {
    pub(crate) file: fs::File,
    state: Mutex<Pending>,
    synced: Condvar,
}

#[derive(Default)]
struct Pending {
    records: Vec<u8>,
    /// The number of the batch that collects, and of the last that is durable.
    collects: u64,
    durable: u64,
    is_syncing: bool,
    at: u64,
}

impl GroupCommit {
    pub(crate) fn new(path: &Path) -> Result<GroupCommit> {
        let file =
            OpenOptions::new().create(true).truncate(true).read(true).write(true).open(path)?;
        file.write_all_at(&vec![0; usize::try_from(RAW_LEN)?], 0)?;
        file.sync_data()?;
        let state = Mutex::new(Pending { collects: 1, ..Pending::default() });
        Ok(GroupCommit { file, state, synced: Condvar::new() })
    }

    pub(crate) fn commit(&self, record: &[u8]) {
        let mut state = self.state.lock().expect("no panic");
        state.records.extend_from_slice(record);
        let batch = state.collects;
        while state.durable < batch {
            if state.is_syncing {
                state = self.synced.wait(state).expect("no panic");
                continue;
            }
            state.is_syncing = true;
            let (records, taken) = (std::mem::take(&mut state.records), state.collects);
            let at = state.at;
            state.collects += 1;
            state.at = (at + records.len() as u64) % (RAW_LEN - (1 << 20));
            drop(state);
            self.file.write_all_at(&records, at).expect("room");
            self.file.sync_data().expect("a disk");
            state = self.state.lock().expect("no panic");
            state.is_syncing = false;
            state.durable = taken;
            self.synced.notify_all();
        }
    }
}

/// Records a second when a batch of them is one write into blocks that are there, and one sync.
pub(crate) fn raw_rate(file: &fs::File, batch: usize) -> f64 {
    let records = vec![7_u8; RECORD_BYTES * batch];
    let (start, mut count, mut at) = (Instant::now(), 0_u64, 0_u64);
    while start.elapsed() < TURN {
        file.write_all_at(&records, at).expect("room");
        file.sync_data().expect("a disk");
        at = (at + records.len() as u64) % (RAW_LEN - (1 << 20));
        count += batch as u64;
    }
    count as f64 / start.elapsed().as_secs_f64()
}
