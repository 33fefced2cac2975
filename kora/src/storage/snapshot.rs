//! Snapshots: every entry of the database, slice by slice, in one file.
//!
//! A snapshot is written beside the log while the database serves, and is exact together with
//! the log from its start to its end. It counts only when the manifest names it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::mutation::{self, Mutation};
use crate::storage::Directory;
use crate::storage::failure::{At, damaged};
use crate::storage::format::manifest::Generation;
use crate::storage::format::snapshot::{BLOCK_HEADER_LEN, BlockHeader, HEADER_LEN, Header, Totals};
use crate::storage::format::{Lsn, Seal};
use crate::storage::fs::File;

/// Bytes collected before they are written, and read at once.
const BUFFER_BYTES: usize = 1 << 20;
/// Bytes written before they are synced, so that no one sync has much to do.
const SYNC_BYTES: u64 = 16 << 20;

/// A snapshot that is being written.
#[derive(Debug)]
pub(crate) struct Writer {
    directory: Arc<Directory>,
    file: Arc<dyn File>,
    path: PathBuf,
    header: Header,
    buffer: Vec<u8>,
    at: u64,
    synced: u64,
    totals: Totals,
}

impl Writer {
    /// Begins a snapshot; replay of the log will begin at `start`.
    pub(crate) fn create(directory: Arc<Directory>, start: Lsn, taken_at: i64) -> Result<Writer> {
        let sequence = directory.next_snapshot();
        let path = directory.snapshot_path(sequence);
        let temporary = Directory::temporary(&path);
        let names = directory.fs.list(&directory.path).at("list", &directory.path)?;
        if names.iter().any(|name| Some(name.as_ref()) == temporary.file_name()) {
            // One that was given up and could not be removed.
            directory.fs.remove(&temporary).at("remove", &temporary)?;
        }
        let file = directory.fs.create(&temporary).at("create", &temporary)?;
        let header = Header { sequence, start, taken_at };
        let buffer = header.encode(directory.seal).to_vec();
        let (at, synced, totals) = (0, 0, Totals::default());
        Ok(Writer { directory, file, path, header, buffer, at, synced, totals })
    }

    /// Adds a slice that was taken at `lsn`.
    pub(crate) fn add(&mut self, entries: &[u8], count: u32, lsn: Lsn) -> Result<()> {
        self.totals.entries += u64::from(count);
        self.totals.blocks += 1;
        self.put_block(entries, count, lsn);
        if self.buffer.len() >= BUFFER_BYTES { self.write() } else { Ok(()) }
    }

    fn put_block(&mut self, bytes: &[u8], count: u32, lsn: Lsn) {
        let header = BlockHeader::encode(bytes, lsn, count, self.directory.seal);
        self.buffer.extend_from_slice(&header);
        self.buffer.extend_from_slice(bytes);
    }

    fn write(&mut self) -> Result<()> {
        let temporary = Directory::temporary(&self.path);
        self.file.write_at(&self.buffer, self.at).at("write", &temporary)?;
        self.at += self.buffer.len() as u64;
        self.buffer.clear();
        if self.at - self.synced >= SYNC_BYTES {
            self.file.sync().at("sync", &temporary)?;
            self.synced = self.at;
        }
        Ok(())
    }

    /// Ends the snapshot at `end`, up to which the log is durable, and makes it the newest.
    pub(crate) fn finish(&mut self, end: Lsn) -> Result<Finished> {
        let totals = self.totals;
        self.put_block(&totals.encode(), 0, end);
        self.write()?;
        let temporary = Directory::temporary(&self.path);
        if !mutation::is_made(Mutation::SnapshotNotSynced) {
            self.file.sync().at("sync", &temporary)?;
        }
        let fs = &self.directory.fs;
        fs.rename(&temporary, &self.path).at("rename", &temporary)?;
        self.directory.sync()?;
        let Header { sequence, start, taken_at } = self.header;
        self.directory.add_snapshot(Generation { sequence, start, end, taken_at })?;
        Ok(Finished { entries: totals.entries, bytes: self.at })
    }

    /// Gives the snapshot up, unless it has its name: the manifest on the disk may know it then.
    pub(crate) fn discard(self) -> Result<()> {
        let temporary = Directory::temporary(&self.path);
        self.directory.fs.remove(&temporary).at("remove", &temporary)
    }
}

/// A snapshot that was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finished {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

/// A snapshot to read.
#[derive(Debug)]
pub(crate) struct Reader {
    file: Arc<dyn File>,
    path: PathBuf,
    seal: Seal,
    len: u64,
    at: u64,
    generation: Generation,
    seen: Totals,
    /// What was read last; blocks share it.
    buffer: Arc<Vec<u8>>,
    /// Where in the file the buffer begins.
    buffer_at: u64,
}

/// A slice of a snapshot.
#[derive(Debug)]
pub(crate) struct Block {
    /// `store` records: this part of a buffer, which other blocks may share.
    pub(crate) buffer: Arc<Vec<u8>>,
    pub(crate) entries: Range<usize>,
    pub(crate) count: u32,
    pub(crate) lsn: Lsn,
    /// Where in the file it begins.
    pub(crate) at: u64,
}

impl Reader {
    /// Opens a snapshot that the manifest names.
    pub(crate) fn open(directory: &Directory, generation: Generation) -> Result<Reader> {
        let path = directory.snapshot_path(generation.sequence);
        let file = directory.fs.open_read(&path).at("open", &path)?;
        let len = file.len().at("read", &path)?;
        let seal = directory.seal;
        let mut reader = Reader {
            file,
            path,
            seal,
            len,
            at: 0,
            generation,
            seen: Totals::default(),
            buffer: Arc::default(),
            buffer_at: 0,
        };
        let bytes = reader.take(HEADER_LEN)?;
        let bytes = reader.buffer[bytes].first_chunk().expect("as long as was asked for");
        let Generation { sequence, start, taken_at, .. } = generation;
        if Header::decode(bytes, seal) != Some(Header { sequence, start, taken_at }) {
            return Err(reader.damage(0, "the header of this snapshot"));
        }
        Ok(reader)
    }

    /// Bytes in the file.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Where the snapshot's file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The next slice; `None` after the last, when the footer fits them.
    pub(crate) fn next(&mut self) -> Result<Option<Block>> {
        let at = self.at;
        let bytes = self.take(BLOCK_HEADER_LEN)?;
        let bytes = self.buffer[bytes].first_chunk().expect("as long as was asked for");
        let damage = || self.damage(at, "a block with its checksum");
        let header = BlockHeader::decode(bytes).ok_or_else(damage)?;
        // Checked before so much memory is taken.
        let len = usize::try_from(header.len).ok().filter(|_| header.len <= self.len - self.at);
        let len = len.ok_or_else(damage)?;
        let entries = self.take(len)?;
        if !header.fits(&self.buffer[entries.clone()], self.seal) {
            return Err(self.damage(at, "a block with its checksum"));
        }
        if header.count == 0 {
            return self.end(&header, &self.buffer[entries], at).map(|()| None);
        }
        self.seen.entries += u64::from(header.count);
        self.seen.blocks += 1;
        let buffer = Arc::clone(&self.buffer);
        Ok(Some(Block { buffer, entries, count: header.count, lsn: header.lsn, at }))
    }

    fn end(&self, header: &BlockHeader, footer: &[u8], at: u64) -> Result<()> {
        let fits = Totals::decode(footer) == Some(self.seen)
            && header.lsn == self.generation.end
            && self.at == self.len;
        if fits { Ok(()) } else { Err(self.damage(at, "the footer of this snapshot")) }
    }

    /// Whether everything was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.len
    }

    /// The error of a snapshot that is not as it was written.
    pub(crate) fn damage(&self, at: u64, what: &'static str) -> crate::error::Error {
        damaged(&self.path, at, what)
    }

    /// Where in the buffer the next `len` bytes of the file are.
    fn take(&mut self, len: usize) -> Result<Range<usize>> {
        let left = self.len - self.at;
        if len as u64 > left {
            return Err(self.damage(self.at, "more of this snapshot"));
        }
        let mut start = usize::try_from(self.at - self.buffer_at).unwrap_or(usize::MAX);
        if start.checked_add(len).is_none_or(|end| end > self.buffer.len()) {
            let wanted = len.max(BUFFER_BYTES);
            let mut buffer = vec![0; usize::try_from(left).map_or(wanted, |left| left.min(wanted))];
            self.file.read_at(&mut buffer, self.at).at("read", &self.path)?;
            (self.buffer, self.buffer_at) = (Arc::new(buffer), self.at);
            start = 0;
        }
        self.at += len as u64;
        Ok(start..start + len)
    }
}
