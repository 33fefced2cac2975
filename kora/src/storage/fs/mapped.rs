//! A region of a file as memory: an append is a copy into the page cache, which outlives the
//! process.
//!
//! Only writing goes by the mapping. What is read is read by system calls: a file that somebody
//! cut off is then an error, where a mapping would answer with a signal.
//!
//! A region is mapped in windows, and the writer leaves each behind for good. A sync unmaps what
//! was left behind before it writes it out: of a page that is still mapped the system takes away
//! the right to write first, and tells all processors so by an interrupt, page by page. With
//! windows that is at most one window's pages a sync, however much was written since the last.
//!
//! A write can be answered with a signal too, if the page behind it cannot be had. The caller
//! maps only files whose room is taken and on file systems that keep it, and every page is made
//! writable at once, so that this is an error while there is still somebody to tell. What is
//! left is somebody who cuts off a locked file, a file system that turned read-only after an
//! error of the disk, and a shared copy (`cp --reflink`) of the file on a disk that is then full.
//! Such a signal ends the process as `kill -9` does, and what was written before is kept as then.
#![expect(unsafe_code, reason = "a copy into a mapping costs a tenth of a system call")]

use std::io;
use std::mem;
use std::os::fd::BorrowedFd;
use std::ptr;
use std::sync::Arc;

use memmap2::{MmapOptions, MmapRaw};
use parking_lot::Mutex;

use super::{Pages, Region, end_within, front_within};
use crate::map::prefetch::prefetch;

/// Bytes of a window: what one page of the large kind has; few enough pages of the small kind
/// that a sync's interrupts are few.
const WINDOW_BYTES: usize = 2 << 20;

/// How far ahead of the front lines are fetched, a small frame's length: nobody has read them
/// since the system cleared them, and a writer who has to wait for them does it under the lock
/// of the log.
const FETCH_AHEAD: usize = 128;
/// Bytes of a cache line.
const LINE_BYTES: usize = 64;

/// What a sync needs to know of a region. The pages live as long as the windows do, whether the
/// file is still open or not.
#[derive(Debug)]
pub(super) struct Mapping {
    /// The whole region, to name ranges of it to the system. None of its pages is ever touched,
    /// so it stands in the way of no sync.
    view: MmapRaw,
    /// Windows that nobody writes to any more.
    left: Mutex<Vec<MmapRaw>>,
}

impl Mapping {
    /// Syncs the pages of these bytes, as msync(2) with MS_SYNC does: on Linux that is an
    /// fdatasync of a part of the file.
    pub(super) fn sync(&self, from: u64, to: u64) -> io::Result<()> {
        drop(mem::take(&mut *self.left.lock()));
        let len = self.view.len();
        let within = |at: u64| usize::try_from(at).unwrap_or(len).min(len);
        let (from, to) = (within(from), within(to));
        self.view.flush_range(from, to.saturating_sub(from))
    }

    /// Windows that are still mapped, though nobody writes to them any more.
    #[cfg(test)]
    pub(super) fn left(&self) -> usize {
        self.left.lock().len()
    }
}

/// The one who writes to a mapping, from the front to the back.
#[derive(Debug)]
pub(super) struct Mapped {
    mapping: Arc<Mapping>,
    /// The windows from the present one on, the last first.
    windows: Vec<MmapRaw>,
    /// How many of the last of these windows, in the order of the file, are not ready.
    unready: usize,
    /// Bytes of a window.
    window_bytes: usize,
    /// Where the present window begins.
    start: usize,
    /// Nothing before this is written any more.
    front: usize,
}

impl Mapped {
    /// Maps the bytes from `from` to `len` of a file that has them. Nobody else maps them to
    /// write while this one does.
    pub(super) fn new(
        file: BorrowedFd<'_>,
        from: usize,
        len: usize,
        pages: Pages,
    ) -> io::Result<Mapped> {
        Mapped::with_windows(file, from, len, pages, WINDOW_BYTES)
    }

    /// As [`Mapped::new`], with windows of so many bytes, whole pages.
    pub(super) fn with_windows(
        file: BorrowedFd<'_>,
        from: usize,
        len: usize,
        pages: Pages,
        window_bytes: usize,
    ) -> io::Result<Mapped> {
        let view = MmapOptions::new().len(len).map_raw_read_only(&file)?;
        let first = from / window_bytes * window_bytes;
        let mut windows = Vec::new();
        for start in (first..len).step_by(window_bytes) {
            let window_len = window_bytes.min(len - start);
            let window = MmapOptions::new().offset(start as u64).len(window_len).map_raw(&file)?;
            if pages == Pages::Large {
                enlarge(&window)?;
            }
            // A whole file was made ahead of use. Who goes on in the middle of one is to begin
            // soon, and gets each window when it comes to it.
            if from == 0 || windows.is_empty() {
                prefault(&window)?;
            }
            windows.push(window);
        }
        windows.reverse();
        let unready = if from == 0 { 0 } else { windows.len().saturating_sub(1) };
        let mapping = Arc::new(Mapping { view, left: Mutex::default() });
        Ok(Mapped { mapping, windows, unready, window_bytes, start: first, front: from })
    }

    /// What a sync needs to know of it.
    pub(super) fn mapping(&self) -> &Arc<Mapping> {
        &self.mapping
    }

    /// Leaves the present window behind.
    #[cold]
    fn leave_window(&mut self) -> io::Result<()> {
        if let [.., next, _] = &self.windows[..] {
            if self.windows.len() <= self.unready + 1 {
                prefault(next)?;
                self.unready -= 1;
            }
        }
        let left = self.windows.pop().expect("the bytes fit the region, so a window has them");
        self.mapping.left.lock().push(left);
        self.start += self.window_bytes;
        Ok(())
    }
}

/// Whoever syncs next unmaps the windows: it takes a while, and who drops the region may hold a
/// lock.
impl Drop for Mapped {
    fn drop(&mut self) {
        self.mapping.left.lock().append(&mut self.windows);
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

/// Has the system take one page of 2 MiB for a window, where the file system can: that is made
/// ready in 0.3 ms, and 512 small ones in 0.9 ms, or in 5 ms when they lie in one large piece.
#[cfg(target_os = "linux")]
fn enlarge(map: &MmapRaw) -> io::Result<()> {
    or_unknown(map.advise(memmap2::Advice::HugePage))
}

#[cfg(not(target_os = "linux"))]
fn enlarge(_map: &MmapRaw) -> io::Result<()> {
    Ok(())
}

/// Kernels before Linux 5.14 do not know how to prefault, and there each page comes when it is
/// needed; a kernel without large pages does not know these.
#[cfg(target_os = "linux")]
fn or_unknown(advised: io::Result<()>) -> io::Result<()> {
    match advised {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        advised => advised,
    }
}

impl Region for Mapped {
    #[inline]
    fn write(&mut self, at: usize, bytes: &[u8]) -> io::Result<()> {
        end_within(self.mapping.view.len(), at, bytes);
        front_within(self.front, at);
        let (mut at, mut rest) = (at, bytes);
        while !rest.is_empty() {
            // Not below 0: a window is left only for bytes behind it, and `front` with them.
            let mut within = at - self.start;
            while within >= self.window_bytes {
                self.leave_window()?;
                within -= self.window_bytes;
            }
            let (part, later) = rest.split_at(rest.len().min(self.window_bytes - within));
            let window = self.windows.last().expect("the bytes fit the region");
            debug_assert!(within + part.len() <= window.len(), "the last window ends the region");
            let to = window.as_mut_ptr().wrapping_add(within);
            // SAFETY: `to` and the end of the part are within the window: each window has
            // `window_bytes` but for the last, which ends where the region does, and the bytes
            // fit the region. It is writable and `self` keeps it. `bytes` is no part of it, since
            // it is never lent. No other thread of this process writes through it, since `self`
            // is borrowed mutably.
            unsafe { ptr::copy_nonoverlapping(part.as_ptr(), to, part.len()) };
            let next = to.wrapping_add(part.len() + FETCH_AHEAD);
            prefetch(next);
            prefetch(next.wrapping_add(LINE_BYTES));
            (at, rest) = (at + part.len(), later);
        }
        self.front = at;
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
