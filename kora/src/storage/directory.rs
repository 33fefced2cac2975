//! A data directory: its lock, its manifest, and the names in it.
//!
//! ```text
//! LOCK                       held as long as the database is open
//! MANIFEST                   which snapshots there are
//! log-<sequence>             segments of the log, 16 hexadecimal digits
//! snapshot-<sequence>        snapshots
//! *.tmp                      what is not finished yet
//! ```
//!
//! The manifest is replaced in one step: written beside, synced, renamed, and the directory
//! synced. A directory without one was never finished.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::error::{Error, Locked, Result};
use crate::mutation::{self, Mutation};
use crate::random;
use crate::storage::failure::{At, damaged};
use crate::storage::format::manifest::{GENERATIONS, Generation, Invalid, Manifest};
use crate::storage::format::segment::HEADER_LEN;
use crate::storage::format::{Lsn, Seal};
use crate::storage::fs::{Fs, Lock};
use crate::storage::log::segment;

const LOCK: &str = "LOCK";
const MANIFEST: &str = "MANIFEST";
const TEMPORARY: &str = ".tmp";
const SNAPSHOT: &str = "snapshot-";
const LOG: &str = "log-";

/// A manifest longer than this is none.
const MANIFEST_LEN_MAX: u64 = 4096;

/// A data directory that this process has.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) fs: Arc<dyn Fs>,
    pub(crate) path: PathBuf,
    pub(crate) seal: Seal,
    manifest: Mutex<Manifest>,
    /// The number that no snapshot has had yet, not even one that could not be finished: the
    /// manifest on the disk may name it.
    next_snapshot: AtomicU64,
    /// None where somebody took the file away, as a copy may: then nobody can have it either.
    _lock: Option<Box<dyn Lock>>,
}

/// What a file of a directory is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    Lock,
    Manifest,
    Segment(u64),
    Snapshot(u64),
    /// Not finished when somebody stopped.
    Temporary,
    /// Not one of Kora's.
    Strange,
}

impl FileKind {
    pub(crate) fn of(name: &str) -> FileKind {
        match (sequence(name, LOG), sequence(name, SNAPSHOT)) {
            _ if name == LOCK => FileKind::Lock,
            _ if name == MANIFEST => FileKind::Manifest,
            (Some(number), _) => FileKind::Segment(number),
            (_, Some(number)) => FileKind::Snapshot(number),
            (None, None) if name.ends_with(TEMPORARY) => FileKind::Temporary,
            (None, None) => FileKind::Strange,
        }
    }
}

/// The number in a name such as `log-000000000000002a`.
fn sequence(name: &str, prefix: &str) -> Option<u64> {
    let digits = name.strip_prefix(prefix).filter(|digits| digits.len() == 16)?;
    u64::from_str_radix(digits, 16).ok()
}

impl Directory {
    /// Takes the directory, and makes it first when there is none; `segment_bytes` is the size
    /// of its first segment then.
    pub(crate) fn open(fs: Arc<dyn Fs>, path: &Path, segment_bytes: u64) -> Result<Directory> {
        fs.create_dir(path).at("create", path)?;
        let lock = path.join(LOCK);
        let Some(lock) = fs.lock(&lock).at("lock", &lock)? else {
            return Err(locked(&*fs, path, &lock));
        };
        let names = fs.list(path).at("list", path)?;
        let is_new = !names.iter().any(|name| name == MANIFEST);
        let manifest = if is_new {
            make(&fs, path, &names, segment_bytes)?
        } else {
            read_manifest(&*fs, &path.join(MANIFEST))?
        };
        let seal = Seal::new(manifest.id);
        let directory = Directory::of(fs, path, seal, manifest, Some(lock));
        if !is_new {
            directory.remove_leftovers(&names)?;
            if !mutation::is_made(Mutation::FoundNameNotSynced) {
                // Whoever gave the manifest its name may have ended before that was durable.
                directory.sync()?;
            }
        }
        Ok(directory)
    }

    /// Looks at a directory and changes nothing in it; who would change it is kept out meanwhile.
    pub(crate) fn open_read(fs: Arc<dyn Fs>, path: &Path) -> Result<Directory> {
        let lock = share_lock(&*fs, path)?;
        let manifest = read_manifest(&*fs, &path.join(MANIFEST))?;
        let seal = Seal::new(manifest.id);
        Ok(Directory::of(fs, path, seal, manifest, lock))
    }

    /// The same, where the manifest is lost: with another one that `guess` makes.
    pub(crate) fn open_lost(
        fs: Arc<dyn Fs>,
        path: &Path,
        guess: impl FnOnce(&dyn Fs, &[String]) -> Result<Option<(Seal, Vec<Generation>)>>,
    ) -> Result<Option<Directory>> {
        let lock = share_lock(&*fs, path)?;
        let names = fs.list(path).at("list", path)?;
        let guessed = guess(&*fs, &names)?;
        Ok(guessed.map(|(seal, snapshots)| {
            // The id itself is nowhere but in the manifest; the seal is all that is made of it.
            Directory::of(fs, path, seal, Manifest { id: 0, snapshots }, lock)
        }))
    }

    fn of(
        fs: Arc<dyn Fs>,
        path: &Path,
        seal: Seal,
        manifest: Manifest,
        lock: Option<Box<dyn Lock>>,
    ) -> Directory {
        let next_snapshot = manifest.snapshots.first().map_or(1, |last| last.sequence + 1);
        let next_snapshot = AtomicU64::new(next_snapshot);
        let (path, manifest) = (path.to_path_buf(), Mutex::new(manifest));
        Directory { fs, path, seal, manifest, next_snapshot, _lock: lock }
    }

    /// The names of all files.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        self.fs.list(&self.path).at("list", &self.path)
    }

    /// The snapshots, the newest first.
    pub(crate) fn generations(&self) -> Vec<Generation> {
        self.manifest.lock().snapshots.clone()
    }

    /// The path of a segment.
    pub(crate) fn log_path(&self, sequence: u64) -> PathBuf {
        self.path.join(format!("{LOG}{sequence:016x}"))
    }

    /// The path of a snapshot.
    pub(crate) fn snapshot_path(&self, sequence: u64) -> PathBuf {
        self.path.join(format!("{SNAPSHOT}{sequence:016x}"))
    }

    /// Bytes of a snapshot's file.
    pub(crate) fn snapshot_bytes(&self, generation: Generation) -> Result<u64> {
        let path = self.snapshot_path(generation.sequence);
        self.fs.open_read(&path).and_then(|file| file.len()).at("read", &path)
    }

    /// Where a file is written before it gets its name.
    pub(crate) fn temporary(path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(TEMPORARY);
        PathBuf::from(name)
    }

    /// The sequence numbers of the segments, ascending.
    pub(crate) fn segments(&self) -> Result<Vec<u64>> {
        let names = self.names()?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| sequence(name, LOG)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// A number for a snapshot.
    pub(crate) fn next_snapshot(&self) -> u64 {
        if mutation::is_made(Mutation::SnapshotNumberReused) {
            return self.generations().first().map_or(1, |last| last.sequence + 1);
        }
        self.next_snapshot.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes a finished snapshot the newest, and forgets the one before the last, with what
    /// attempts that failed have left.
    pub(crate) fn add_snapshot(&self, snapshot: Generation) -> Result<()> {
        let mut manifest = self.manifest.lock();
        let mut next = manifest.clone();
        next.snapshots.insert(0, snapshot);
        next.snapshots.truncate(GENERATIONS);
        if let Err(error) = prepare_manifest(&*self.fs, &self.path, &next) {
            // The manifest on the disk is the last one, so the snapshot need not keep its room.
            drop(self.fs.remove(&self.snapshot_path(snapshot.sequence)));
            return Err(error);
        }
        place_manifest(&*self.fs, &self.path)?;
        *manifest = next;
        drop(manifest);
        self.remove_leftovers(&self.fs.list(&self.path).at("list", &self.path)?)
    }

    /// The log is needed from here on; `None` when all of it is.
    pub(crate) fn needed_from(&self) -> Option<Lsn> {
        let manifest = self.manifest.lock();
        let oldest = manifest.snapshots.last().filter(|_| manifest.snapshots.len() == GENERATIONS);
        oldest.map(|snapshot| snapshot.start)
    }

    /// A directory's names become durable.
    pub(crate) fn sync(&self) -> Result<()> {
        self.fs.sync_dir(&self.path).at("sync", &self.path)
    }

    /// Removes what a crash or an error left: unfinished files, and snapshots that the manifest
    /// does not name.
    fn remove_leftovers(&self, names: &[String]) -> Result<()> {
        let named: Vec<u64> =
            self.manifest.lock().snapshots.iter().map(|snapshot| snapshot.sequence).collect();
        for name in names {
            let is_stray = sequence(name, SNAPSHOT).is_some_and(|number| !named.contains(&number));
            if is_stray || name.ends_with(TEMPORARY) {
                let path = self.path.join(name);
                self.fs.remove(&path).at("remove", &path)?;
            }
        }
        Ok(())
    }
}

fn locked(fs: &dyn Fs, path: &Path, lock: &Path) -> Error {
    let holder = || {
        let file = fs.open_read(lock).ok()?;
        let mut text = vec![0; usize::try_from(file.len().ok()?.min(16)).ok()?];
        file.read_at(&mut text, 0).ok()?;
        std::str::from_utf8(&text).ok()?.trim().parse().ok()
    };
    Error::Locked(Box::new(Locked { path: path.display().to_string(), pid: holder() }))
}

fn share_lock(fs: &dyn Fs, path: &Path) -> Result<Option<Box<dyn Lock>>> {
    let names = fs.list(path).at("list", path)?;
    if !names.iter().any(|name| name == LOCK) {
        return Ok(None);
    }
    let lock = path.join(LOCK);
    match fs.share_lock(&lock).at("lock", &lock)? {
        Some(shared) => Ok(Some(shared)),
        None => Err(locked(fs, path, &lock)),
    }
}

fn read_manifest(fs: &dyn Fs, path: &Path) -> Result<Manifest> {
    let file = fs.open_read(path).at("open", path)?;
    let len = file.len().at("read", path)?;
    if len > MANIFEST_LEN_MAX {
        return Err(damaged(path, MANIFEST_LEN_MAX, "a manifest is shorter"));
    }
    let mut bytes = vec![0; usize::try_from(len).expect("at most 4096")];
    file.read_at(&mut bytes, 0).at("read", path)?;
    Manifest::decode(&bytes).map_err(|invalid| match invalid {
        Invalid::Damaged => damaged(path, 0, "a manifest with its checksum"),
        Invalid::Version(version) => Error::UnknownFormat { version },
    })
}

/// Writes a manifest beside the present one.
fn prepare_manifest(fs: &dyn Fs, dir: &Path, manifest: &Manifest) -> Result<()> {
    let path = dir.join(MANIFEST);
    let temporary = Directory::temporary(&path);
    if fs
        .list(dir)
        .at("list", dir)?
        .iter()
        .any(|name| Path::new(name) == temporary.file_name().map_or(Path::new(""), Path::new))
    {
        fs.remove(&temporary).at("remove", &temporary)?;
    }
    let file = fs.create(&temporary).at("create", &temporary)?;
    file.write_at(&manifest.encode(), 0).at("write", &temporary)?;
    if mutation::is_made(Mutation::ManifestRenamedUnsynced) {
        return Ok(());
    }
    file.sync().at("sync", &temporary)
}

/// Puts the manifest that was written in the place of the present one. After an error either may
/// be the present one.
fn place_manifest(fs: &dyn Fs, dir: &Path) -> Result<()> {
    let path = dir.join(MANIFEST);
    let temporary = Directory::temporary(&path);
    fs.rename(&temporary, &path).at("rename", &temporary)?;
    if mutation::is_made(Mutation::ManifestNameNotSynced) {
        return Ok(());
    }
    fs.sync_dir(dir).at("sync", dir)
}

/// Makes a directory's first files. The manifest comes last: without it there is no database.
fn make(fs: &Arc<dyn Fs>, dir: &Path, names: &[String], segment_bytes: u64) -> Result<Manifest> {
    for name in names {
        let path = dir.join(name);
        if sequence(name, SNAPSHOT).is_some()
            || (sequence(name, LOG).is_some() && is_used(&**fs, &path)?)
        {
            return Err(damaged(&dir.join(MANIFEST), 0, "a manifest: there are data without one"));
        }
        if sequence(name, LOG).is_some() || name.ends_with(TEMPORARY) {
            fs.remove(&path).at("remove", &path)?;
        }
    }
    let manifest = Manifest { id: random::next(), snapshots: Vec::new() };
    let path = dir.join(format!("{LOG}{:016x}", 1));
    segment::create_first(&**fs, &path, Seal::new(manifest.id), segment_bytes)?;
    fs.sync_dir(dir).at("sync", dir)?;
    prepare_manifest(&**fs, dir, &manifest)?;
    place_manifest(&**fs, dir)?;
    Ok(manifest)
}

/// Whether a segment holds more than a header.
fn is_used(fs: &dyn Fs, path: &Path) -> Result<bool> {
    let bytes = segment::read(fs, path)?;
    Ok(bytes.get(HEADER_LEN..).is_some_and(|frames| frames.iter().any(|byte| *byte != 0)))
}
