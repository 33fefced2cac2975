//! Rescuing what can be read of a directory that does not open, into a new one.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::engine::recovery::salvage::Salvaged;
use crate::engine::recovery::salvage::salvage as rescue;
use crate::engine::recovery::state::Counts;
use crate::error::{Error, Result};
use crate::inspect::{Seen, disk, look};
use crate::storage::Directory;
use crate::storage::failure::io_failure;
use crate::storage::fs::Fs;

/// Length of the new log's first segment, which holds nothing. Arbitrary: whoever opens the
/// directory makes the next one as long as they like.
const SEGMENT_BYTES: u64 = 64 << 10;

/// What [`salvage()`] does where something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtDamage {
    /// Stop: the result is a state that the database once had.
    Stop,
    /// Go on with what is whole behind it: more is rescued, but a value whose changes were lost
    /// in part may be one that it never had.
    GoOn,
}

/// What [`salvage()`] rescued, and what was lost.
///
/// ```no_run
/// use kora::inspect::{AtDamage, salvage};
///
/// let report = salvage("data", "rescued", AtDamage::Stop)?;
/// println!("{} keys, {} commits left out", report.entries, report.commits_left_out);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SalvageReport {
    /// Keys in the new directory, those that have expired among them.
    pub entries: u64,
    /// Collections in the new directory.
    pub collections: u64,
    /// Documents in the new directory, those that have expired among them.
    pub documents: u64,
    /// When the snapshot was taken that it begins with, in unix milliseconds; `None` without one.
    pub snapshot_taken_at: Option<i64>,
    /// Entries that came from it: keys, documents, collections and indexes.
    pub snapshot_entries: u64,
    /// Commits of the log that followed.
    pub commits_replayed: u64,
    /// Whole commits behind the first damage, which were left out.
    pub commits_left_out: u64,
    /// Changes that did not fit, because what they change was lost.
    pub changes_refused: u64,
    /// Everything that is not as it was written. Beyond damage also documents that share a unique
    /// value ([`DocumentError::NotUnique`](crate::DocumentError::NotUnique), with the collection
    /// before the index's name): both are kept.
    pub damage: Vec<Error>,
}

/// Rescues what can be read of a directory into a new one, which it makes.
///
/// It begins with the newest snapshot that is whole, or with the one before it, and replays the
/// log as far as it is whole, or beyond if asked. A lost manifest is done without. The old
/// directory is not changed.
///
/// Beyond damage, documents are kept whose collection's own record was lost: under its name where
/// another place still says it, else in a collection `lost-` and its number, without the indexes
/// that were lost with it.
///
/// # Errors
/// [`Error::Damaged`] when nothing can be rescued up to the damage. [`Error::Locked`] while a
/// database has the directory, [`Error::UnknownFormat`], and [`Error::Io`] or [`Error::DiskFull`]
/// when one cannot be read or the other cannot be written: what was begun is not to be used then.
/// `out_dir` must not be there yet, or be empty.
pub fn salvage(
    dir: impl AsRef<Path>,
    out_dir: impl AsRef<Path>,
    at_damage: AtDamage,
) -> Result<SalvageReport> {
    salvage_on(&disk(), dir.as_ref(), out_dir.as_ref(), at_damage)
}

pub(super) fn salvage_on(
    fs: &Arc<dyn Fs>,
    dir: &Path,
    out_dir: &Path,
    at_damage: AtDamage,
) -> Result<SalvageReport> {
    check_empty(&**fs, out_dir)?;
    let Seen { directory, manifest } = look(fs, dir)?;
    let rescued = rescue(&directory, at_damage == AtDamage::GoOn)?;
    let Salvaged { state, generation, mut damage, .. } = rescued;
    damage.splice(0..0, manifest);
    let new = Directory::open(Arc::clone(fs), out_dir, SEGMENT_BYTES)?;
    state.save(Arc::new(new))?;
    let Counts { entries, collections, documents } = state.counts();
    Ok(SalvageReport {
        entries,
        collections,
        documents,
        snapshot_taken_at: generation.map(|generation| generation.taken_at),
        snapshot_entries: rescued.snapshot_entries,
        commits_replayed: rescued.commits_replayed,
        commits_left_out: rescued.commits_left_out,
        changes_refused: rescued.records_refused,
        damage,
    })
}

/// Refuses a directory that has something in it.
fn check_empty(fs: &dyn Fs, dir: &Path) -> Result<()> {
    match fs.list(dir) {
        Ok(names) if names.is_empty() => Ok(()),
        Ok(_) => Err(io_failure("create", dir, &io::ErrorKind::AlreadyExists.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(io_failure("list", dir, &error)),
    }
}
