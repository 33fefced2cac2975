//! All that Kora asks of a file system, as one small trait.
//!
//! Nothing else in the crate touches a file (`clippy.toml` forbids it), so that one simulated
//! disk can stand in for the real one and crash, lose, tear and fail at every call. What the
//! trait promises is what a disk promises and no more: bytes are durable after
//! [`File::sync`], names after [`Fs::sync_dir`], and nothing before.

mod disk;
mod mapped;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod simulated;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub(crate) use disk::Disk;

/// A file system.
pub(crate) trait Fs: Debug + Send + Sync {
    /// Makes a directory and those above it that are missing, for the owner alone, and makes
    /// their names durable, also where an earlier process made them and ended too soon.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;

    /// The names in a directory, in any order.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// Makes a new file for the owner alone, to read and write; an error when the name is taken.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn File>>;

    /// Opens a file to read and write.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>>;

    /// Opens a file to read.
    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn File>>;

    /// Gives a file another name in its directory, in place of a file that has it. Durable
    /// after [`Fs::sync_dir`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a name away. Durable after [`Fs::sync_dir`]. Who has the file open keeps it.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Takes the lock that a file stands for, making the file if it is not there; `None` when
    /// somebody has it, be it another holder in this process. It is free again when the answer
    /// is dropped, or its process ends.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>>;

    /// Shares a lock with others who only read, and changes nothing; `None` when somebody has it
    /// for himself, who is kept out meanwhile.
    fn share_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>>;
}

/// A lock that is held. Who holds it alone wrote their process id into its file.
pub(crate) trait Lock: Debug + Send + Sync {}

/// An open file. All of its methods may be called by several threads at once.
pub(crate) trait File: Debug + Send + Sync {
    /// Bytes in the file.
    fn len(&self) -> io::Result<u64>;

    /// Fills `buffer` from `at` on; [`io::ErrorKind::UnexpectedEof`] when the file ends before.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()>;

    /// Writes all of `bytes` at `at`, growing the file as needed. After an error any part of
    /// them may have been written.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;

    /// Takes room on the disk for a new file of `len` bytes, all zero, so that writing inside
    /// it cannot meet a full disk.
    fn allocate(&self, len: u64) -> io::Result<()>;

    /// Returns when all that was written, through a [`Region`] too, is durable. After an error
    /// nobody can say what is: it is not to be called again.
    fn sync(&self) -> io::Result<()>;

    /// The same of the bytes from `from` to `to`, and of the file's length. What else was written
    /// may be left: pages of a region that nobody has written to yet stay as they are, so that
    /// writing to them goes on without the system.
    fn sync_range(&self, from: u64, to: u64) -> io::Result<()>;

    /// Writes zeros from `from` to `len`, where the file has only zeros, so that a sync of a few
    /// bytes there is as cheap as can be: the file system has nothing left to note about them,
    /// and keeps them in small pieces in memory, for it writes the whole piece then.
    fn write_ahead(&self, from: u64, len: u64) -> io::Result<()>;

    /// The bytes from `from` to `len`, which were allocated, as a region to write to; an error
    /// when the file is shorter. While it is in use the file is not to be cut off.
    ///
    /// Its pages are touched, so that writing to them needs no system: of a whole file at once, else
    /// 2 MiB at a time. The next [`File::sync`] would write them all, [`File::sync_range`] only
    /// those that it is asked for.
    fn region(
        self: Arc<Self>,
        from: usize,
        len: usize,
        pages: Pages,
    ) -> io::Result<Box<dyn Region>>;
}

/// In what pieces the system is to keep a region in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pages {
    /// As they are: after [`File::write_ahead`] small, for regions that are synced all the time.
    Small,
    /// As large as can be: a third of the work to make a region ready, but a sync of one byte
    /// writes 2 MiB.
    Large,
}

/// A part of a file that is written often and in small pieces. What was written outlives the
/// process at once, and is durable after [`File::sync`]. It has one writer at a time, so that no
/// two copies can meet in the same bytes, who goes from its front to its back.
pub(crate) trait Region: Debug + Send {
    /// Copies `bytes` to `at`, a place of the file. Cannot fail where the region is a memory
    /// mapping.
    ///
    /// # Panics
    /// When the bytes do not fit the region, or lie before what was written last.
    fn write(&mut self, at: usize, bytes: &[u8]) -> io::Result<()>;
}

/// Where bytes end that are written at `at`.
///
/// # Panics
/// When that is behind the end of a region of `len` bytes.
#[inline]
fn end_within(len: usize, at: usize, bytes: &[u8]) -> usize {
    let end = at.checked_add(bytes.len()).filter(|end| *end <= len);
    end.unwrap_or_else(|| panic!("{} bytes at {at} leave a region of {len}", bytes.len()))
}

/// Makes sure that `at` is not before the front of a region, where the last write ended.
///
/// # Panics
/// When it is.
#[inline]
fn front_within(front: usize, at: usize) {
    assert!(at >= front, "bytes at {at} lie before the front of a region, {front}");
}
