//! A region of a file as memory: an append is a copy into the page cache, which outlives the
//! process.
//!
//! Only writing goes by the mapping. What is read is read by system calls: a file that somebody
//! cut off is then an error, where a mapping would answer with a signal.
//!
//! A write can be answered with a signal too, if the page behind it cannot be had. The caller
//! maps only files whose room is taken and on file systems that keep it, and every page is made
//! writable at once, so that this is an error while there is still somebody to tell. What is
//! left is somebody who cuts off a locked file, a file system that turned read-only after an
//! error of the disk, and a shared copy (`cp --reflink`) of the file on a disk that is then full.
//! Such a signal ends the process as `kill -9` does, and what was written before is kept as then.
#![expect(unsafe_code, reason = "a copy into a mapping costs a tenth of a system call")]

use std::io;
use std::os::fd::BorrowedFd;
use std::ptr;
use std::sync::Arc;

use memmap2::{MmapOptions, MmapRaw};

use super::{Region, end_within};

/// A shared, writable mapping of the first bytes of a file. The pages live as long as it does,
/// whether the file is still open or not.
#[derive(Debug)]
pub(super) struct Mapping {
    /// Raw, since other processes may see the bytes too: nobody is ever given a reference.
    map: MmapRaw,
}

impl Mapping {
    /// Maps the first `len` bytes of a file that has them.
    pub(super) fn new(file: BorrowedFd<'_>, len: usize) -> io::Result<Mapping> {
        let map = MmapOptions::new().len(len).map_raw(&file)?;
        prefault(&map)?;
        Ok(Mapping { map })
    }

    /// Syncs the pages of these bytes, as msync(2) with MS_SYNC does: on Linux that is an
    /// fdatasync of a part of the file.
    pub(super) fn sync(&self, from: u64, to: u64) -> io::Result<()> {
        let len = self.map.len();
        let within = |at: u64| usize::try_from(at).unwrap_or(len).min(len);
        let (from, to) = (within(from), within(to));
        self.map.flush_range(from, to.saturating_sub(from))
    }
}

/// The one who writes to a mapping.
#[derive(Debug)]
pub(super) struct Mapped {
    mapping: Arc<Mapping>,
}

impl Mapped {
    /// Of a mapping that nobody else writes to.
    pub(super) fn new(mapping: Arc<Mapping>) -> Mapped {
        Mapped { mapping }
    }
}

/// Makes all pages present and writable: the first write to a page costs 300 ns if this was not
/// done, and 30 ns if it was. MAP_POPULATE would not do, it only reads pages of a shared mapping.
#[cfg(target_os = "linux")]
fn prefault(map: &MmapRaw) -> io::Result<()> {
    or_unknown(map.advise(memmap2::Advice::PopulateWrite))
}

#[cfg(not(target_os = "linux"))]
fn prefault(_map: &MmapRaw) -> io::Result<()> {
    Ok(())
}

/// Kernels before Linux 5.14 do not know the advice; there each page comes when it is needed.
#[cfg(target_os = "linux")]
fn or_unknown(advised: io::Result<()>) -> io::Result<()> {
    match advised {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        advised => advised,
    }
}

impl Region for Mapped {
    fn write(&mut self, at: usize, bytes: &[u8]) -> io::Result<()> {
        let map = &self.mapping.map;
        end_within(map.len(), at, bytes);
        let to = map.as_mut_ptr().wrapping_add(at);
        // SAFETY: `to` and the end of the bytes are within the mapping, which `self` keeps; it is
        // writable. `bytes` is no part of it, since it is never lent. No other thread of this
        // process writes through it, since `self` is borrowed mutably.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn only_an_unknown_advice_is_forgiven() {
        assert!(or_unknown(Ok(())).is_ok());
        assert!(or_unknown(Err(Errno::INVAL.into())).is_ok());
        assert!(or_unknown(Err(Errno::FAULT.into())).is_err());
    }
}
