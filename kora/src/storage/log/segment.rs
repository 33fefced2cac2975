//! A segment: one preallocated file of the log.
//!
//! It is made ahead of use, so that a full disk shows while it is made and not while a frame
//! is written. Until its header is written it is no part of the log.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::mutation::{self, Mutation};
use crate::storage::failure::At;
use crate::storage::format::segment::{HEADER_LEN, Header};
use crate::storage::format::{Lsn, Seal};
use crate::storage::fs::{File, Fs, Pages, Region};

/// A segment's file, open to write.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) file: Arc<dyn File>,
    pub(crate) path: PathBuf,
    pub(crate) sequence: u64,
    pub(super) region: Box<dyn Region>,
    pub(super) len: usize,
    /// What comes before is durable.
    pub(super) synced_at: usize,
}

/// A part of a segment that is not durable yet.
#[derive(Clone, Debug)]
pub(super) struct Unsynced {
    pub(super) file: Arc<dyn File>,
    pub(super) path: PathBuf,
    from: u64,
    to: u64,
}

impl Unsynced {
    /// Returns when it is durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_range(self.from, self.to)
    }
}

impl Segment {
    /// Makes a segment of `len` bytes. With `written` its zeros are on the disk too, which
    /// makes every later sync cheaper: the file system has nothing left to note about it.
    pub(super) fn create(
        fs: &dyn Fs,
        path: PathBuf,
        sequence: u64,
        len: usize,
        written: bool,
    ) -> Result<Segment> {
        let file = fs.create(&path).at("create", &path)?;
        let made = Segment::fill(&*file, &path, len, written).and_then(|()| {
            file.sync().at("sync", &path)?;
            let dir = path.parent().unwrap_or(Path::new("."));
            if !mutation::is_made(Mutation::SegmentNameNotSynced) {
                fs.sync_dir(dir).at("sync", dir)?;
            }
            Arc::clone(&file).region(0, len, pages(written)).at("map", &path)
        });
        match made {
            Ok(region) => Ok(Segment { file, path, sequence, region, len, synced_at: 0 }),
            Err(error) => {
                // What could not be made must not keep what room there is; that it cannot be
                // removed either adds nothing to the error.
                drop(fs.remove(&path));
                Err(error)
            }
        }
    }

    fn fill(file: &dyn File, path: &Path, len: usize, written: bool) -> Result<()> {
        file.allocate(len as u64).at("allocate", path)?;
        if written { file.write_ahead(0, len as u64).at("write", path) } else { Ok(()) }
    }

    /// What was written before `at` and is not durable yet.
    pub(super) fn unsynced(&self, at: usize) -> Unsynced {
        let (file, path) = (Arc::clone(&self.file), self.path.clone());
        Unsynced { file, path, from: self.synced_at as u64, to: at as u64 }
    }

    /// Opens a segment that has frames, to go on writing at `at`; what comes before is durable.
    /// With `written` the rest is written as [`Segment::create`] does.
    pub(super) fn open(
        fs: &dyn Fs,
        path: PathBuf,
        sequence: u64,
        at: usize,
        written: bool,
    ) -> Result<Segment> {
        let file = fs.open(&path).at("open", &path)?;
        let len = usize::try_from(file.len().at("open", &path)?).unwrap_or(usize::MAX);
        if written {
            file.write_ahead(at as u64, len as u64).at("write", &path)?;
            file.sync().at("sync", &path)?;
        }
        let region = Arc::clone(&file).region(at, len, pages(written)).at("map", &path)?;
        Ok(Segment { file, path, sequence, region, len, synced_at: at })
    }
}

/// What was written ahead is synced all the time.
fn pages(written: bool) -> Pages {
    if written { Pages::Small } else { Pages::Large }
}

/// Makes the first segment of a new directory, durable but for its name.
pub(crate) fn create_first(fs: &dyn Fs, path: &Path, seal: Seal, len: u64) -> Result<()> {
    let file = fs.create(path).at("create", path)?;
    file.allocate(len).at("allocate", path)?;
    let header = Header { sequence: 1, first: Lsn::FIRST };
    file.write_at(&header.encode(seal), 0).at("write", path)?;
    file.sync().at("sync", path)
}

/// The bytes of a segment.
pub(crate) fn read(fs: &dyn Fs, path: &Path) -> Result<Vec<u8>> {
    let file = fs.open_read(path).at("open", path)?;
    let len = usize::try_from(file.len().at("read", path)?).unwrap_or(usize::MAX);
    let mut bytes = vec![0; len];
    file.read_at(&mut bytes, 0).at("read", path)?;
    Ok(bytes)
}

/// What a segment's header says; `None` when there is no valid one.
pub(crate) fn read_header(fs: &dyn Fs, path: &Path, seal: Seal) -> Result<Option<Header>> {
    let file = fs.open_read(path).at("open", path)?;
    if file.len().at("read", path)? < HEADER_LEN as u64 {
        return Ok(None);
    }
    let mut bytes = [0; HEADER_LEN];
    file.read_at(&mut bytes, 0).at("read", path)?;
    Ok(Header::decode(&bytes, seal))
}
