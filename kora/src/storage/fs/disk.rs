//! The file system of a Unix, through std and a few calls that std does not have.
//!
//! It holds no policy: each method is one thing the system does, with what the trait promises of
//! it. The invariant is that nothing is promised on a guess. Where a file system is not known to
//! keep room that it gave, a region writes by system calls instead of a memory mapping, which a
//! full disk would answer with a signal.
#![expect(clippy::disallowed_methods, reason = "this is the module that touches files")]
#![expect(clippy::disallowed_types, reason = "this is the module that touches files")]

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process;
use std::sync::{Arc, OnceLock};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::mapped::{Mapped, Mapping};
use super::{File, Fs, Lock, Pages, Region, end_within, front_within};

/// Files and directories are for their owner alone.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// Zeros written at once where the file system cannot give room without; arbitrary.
const ZEROS: usize = 128 * 1024;
/// Zeros written at once ahead of use. Linux keeps what one call wrote in one piece, and writes
/// the piece when a byte of it is to be synced: 1 MiB takes 250 us, 16 KiB take 130 us and 4 KiB
/// no less, but three times as long to write ahead.
const ZEROS_AHEAD: usize = 16 * 1024;

/// The file system of this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disk;

impl Fs for Disk {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        match DirBuilder::new().mode(DIRECTORY_MODE).create(dir) {
            Ok(()) => sync_parent(dir),
            Err(error) if error.kind() == io::ErrorKind::NotFound && above(dir).is_some() => {
                // The one above makes its own name durable, so an end between any two calls
                // leaves at most one name that is not, and the next attempt comes by it.
                self.create_dir(above(dir).expect("it was there a moment ago"))?;
                DirBuilder::new().mode(DIRECTORY_MODE).create(dir)?;
                sync_parent(dir)
            }
            Err(_) if dir.is_dir() => match sync_parent(dir) {
                // Who may not read the directory above did not make this one.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
                synced => synced,
            },
            Err(error) => Err(error),
        }
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        // A name that is not text is nobody's who asks here, so it need not come back whole.
        let name = |entry: io::Result<fs::DirEntry>| {
            entry.map(|entry| entry.file_name().to_string_lossy().into_owned())
        };
        fs::read_dir(here(dir))?.map(name).collect()
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        open(path, OpenOptions::new().read(true).write(true).create_new(true))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        open(path, OpenOptions::new().read(true).write(true))
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        open(path, OpenOptions::new().read(true))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        fs::File::open(here(dir))?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE);
        let file = options.open(path)?;
        if !take_lock(&file, FlockOperation::NonBlockingLockExclusive)? {
            return Ok(None);
        }
        // In this order a file that was written before asks a full disk for nothing.
        let holder = format!("{}\n", process::id());
        file.write_all_at(holder.as_bytes(), 0)?;
        file.set_len(holder.len() as u64)?;
        Ok(Some(Box::new(Locked { _file: file })))
    }

    fn share_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        let file = OpenOptions::new().read(true).open(path)?;
        let is_taken = take_lock(&file, FlockOperation::NonBlockingLockShared)?;
        Ok(is_taken.then(|| Box::new(Locked { _file: file }) as Box<dyn Lock>))
    }
}

/// Whether a lock was free.
fn take_lock(file: &fs::File, how: FlockOperation) -> io::Result<bool> {
    match flock(file, how) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The directory that holds the name of `path`; none above the root and the working directory.
fn above(path: &Path) -> Option<&Path> {
    path.parent().filter(|_| path.file_name().is_some())
}

/// A path to open: the empty one means the working directory.
fn here(dir: &Path) -> &Path {
    if dir.as_os_str().is_empty() { Path::new(".") } else { dir }
}

fn sync_parent(dir: &Path) -> io::Result<()> {
    above(dir).map_or(Ok(()), |parent| Disk.sync_dir(parent))
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<Arc<dyn File>> {
    Ok(Arc::new(DiskFile::new(options.mode(FILE_MODE).open(path)?)))
}

/// The lock belongs to the open file and ends with it.
#[derive(Debug)]
struct Locked {
    _file: fs::File,
}

impl Lock for Locked {}

#[derive(Debug)]
struct DiskFile {
    file: fs::File,
    /// What the file is mapped to, once it is.
    map: OnceLock<Arc<Mapping>>,
}

impl DiskFile {
    fn new(file: fs::File) -> DiskFile {
        DiskFile { file, map: OnceLock::new() }
    }
}

impl File for DiskFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, at)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, at)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        if len == 0 || take_room(&self.file, len)? {
            return Ok(());
        }
        write_zeros(&self.file, 0, len, ZEROS)
    }

    fn write_ahead(&self, from: u64, len: u64) -> io::Result<()> {
        forget(&self.file, from, len);
        write_zeros(&self.file, from, len, ZEROS_AHEAD)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn sync_range(&self, from: u64, to: u64) -> io::Result<()> {
        match self.map.get() {
            Some(map) => map.sync(from, to),
            None => self.sync(),
        }
    }

    fn region(
        self: Arc<Self>,
        from: usize,
        len: usize,
        pages: Pages,
    ) -> io::Result<Box<dyn Region>> {
        let found = self.file.metadata()?;
        if found.len() < len as u64 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("a region of {len} bytes in a file of {}", found.len()),
            ));
        }
        // A file that was copied with holes has lost the room it was given.
        let is_whole = found.blocks().saturating_mul(512) >= len as u64;
        if len > 0 && is_whole && keeps_room(&self.file)? {
            let mapped = Mapped::new(self.file.as_fd(), from, len, pages)?;
            // A second region of the file would sync by the first: the pages are the same.
            self.map.get_or_init(|| Arc::clone(mapped.mapping()));
            return Ok(Box::new(mapped));
        }
        Ok(Box::new(Written { file: self, front: from, len }))
    }
}

/// Whether the file system gave room by itself.
#[cfg(target_os = "linux")]
fn take_room(file: &fs::File, len: u64) -> io::Result<bool> {
    use rustix::fs::{FallocateFlags, fallocate};

    match rustix::io::retry_on_intr(|| fallocate(file, FallocateFlags::empty(), 0, len)) {
        Ok(()) => Ok(true),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Elsewhere the calls differ in what they promise; written zeros do not.
#[cfg(not(target_os = "linux"))]
fn take_room(_file: &fs::File, _len: u64) -> io::Result<bool> {
    Ok(false)
}

/// Has the system forget what it keeps of these bytes, as far as it is on the disk: recovery has
/// read them in large pieces. It is a hint, and where it is not taken a sync writes more.
#[cfg(target_os = "linux")]
fn forget(file: &fs::File, from: u64, to: u64) {
    let len = std::num::NonZeroU64::new(to.saturating_sub(from));
    let _hint = rustix::fs::fadvise(file, from, len, rustix::fs::Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn forget(_file: &fs::File, _from: u64, _to: u64) {}

/// Writes zeros from `from` to `len` in pieces that end at multiples of `piece`.
fn write_zeros(file: &fs::File, from: u64, len: u64, piece: usize) -> io::Result<()> {
    let zeros = vec![0; piece];
    let mut at = from;
    while at < len {
        let part = piece - usize::try_from(at % piece as u64).unwrap_or(0);
        let part = usize::try_from(len - at).map_or(part, |left| left.min(part));
        file.write_all_at(&zeros[..part], at)?;
        at += part as u64;
    }
    Ok(())
}

/// Whether a page of the file that has its room can be written to for ever.
///
/// Of the file systems of Linux these are known to; their numbers are those of statfs(2). Not so
/// those that write every change to a new place (btrfs, zfs, bcachefs), nor those that ask
/// somebody else first (NFS, FUSE). overlayfs does not say which one is below it, so it counts as
/// unknown: a container keeps its data in a volume, and a volume has a number of its own.
#[cfg(target_os = "linux")]
fn keeps_room(file: &fs::File) -> io::Result<bool> {
    const EXT2_TO_4: u32 = 0xef53;
    const F2FS: u32 = 0xf2f5_2010;
    const TMPFS: u32 = 0x0102_1994;
    const XFS: u32 = 0x5846_5342;

    let found = rustix::fs::fstatfs(file)?.f_type;
    // The field's width and sign depend on the machine; the numbers have 32 bits.
    #[expect(clippy::cast_possible_truncation, reason = "the low 32 bits are the number")]
    #[expect(clippy::cast_sign_loss, reason = "the low 32 bits are the number")]
    let number = found as u32;
    Ok([EXT2_TO_4, F2FS, TMPFS, XFS].contains(&number))
}

#[cfg(not(target_os = "linux"))]
fn keeps_room(_file: &fs::File) -> io::Result<bool> {
    Ok(false)
}

/// A region that writes with a system call each time. About ten times slower than a mapping, and
/// a full disk is an error.
#[derive(Debug)]
struct Written {
    file: Arc<DiskFile>,
    /// Nothing before this is written any more.
    front: usize,
    len: usize,
}

impl Region for Written {
    fn write(&mut self, at: usize, bytes: &[u8]) -> io::Result<()> {
        let end = end_within(self.len, at, bytes);
        front_within(self.front, at);
        self.file.file.write_all_at(bytes, at as u64)?;
        self.front = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::fs::tests::Directory;
    use crate::types::random::Random;

    fn new_file(directory: &Directory, name: &str) -> Arc<DiskFile> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        Arc::new(DiskFile::new(options.open(directory.path().join(name)).unwrap()))
    }

    fn content(file: &DiskFile) -> Vec<u8> {
        let mut content = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
        file.read_at(&mut content, 0).unwrap();
        content
    }

    #[test]
    fn a_mapped_region_writes_what_its_twin_writes() {
        let directory = Directory::new();
        let mut random = Random::from_environment();
        let len = 3 * 4096 + 17;
        let files = ["mapped", "written"].map(|name| new_file(&directory, name));
        files.iter().for_each(|file| file.allocate(len as u64).unwrap());
        let mut regions: [Box<dyn Region>; 2] = [
            Box::new(Mapped::new(files[0].file.as_fd(), 0, len, Pages::Small).unwrap()),
            Box::new(Written { file: Arc::clone(&files[1]), front: 0, len }),
        ];
        let mut end = 0;
        for _ in 0..500 {
            let at = random.within(end..len.min(end + 30) + 1);
            end = random.within(at..len.min(at + 60) + 1);
            let bytes: Vec<u8> = (at..end).map(|_| random.next().to_le_bytes()[3]).collect();
            regions.iter_mut().for_each(|region| region.write(at, &bytes).unwrap());
        }
        assert!(content(&files[0]) == content(&files[1]));
        assert!(content(&files[0]).iter().any(|byte| *byte != 0));
        assert_eq!(content(&files[0]).len(), len);
    }

    #[test]
    fn windows_are_left_behind_and_unmapped_by_a_sync() {
        const WINDOW: usize = 64 << 10;
        let mut random = Random::from_environment();
        for from in [0, 1, WINDOW - 1, WINDOW, 2 * WINDOW + 77, 5 * WINDOW] {
            check_windows(&mut random, WINDOW, from);
        }
    }

    fn check_windows(random: &mut Random, window: usize, from: usize) {
        let directory = Directory::new();
        let file = new_file(&directory, "file");
        let len = 5 * window + 4096 + 17;
        file.allocate(len as u64).unwrap();
        let mut mapped =
            Mapped::with_windows(file.file.as_fd(), from, len, Pages::Small, window).unwrap();
        let mapping = Arc::clone(mapped.mapping());
        let (mut model, mut at) = (vec![0; len], from);
        while at < len {
            let end = random.within(at..len.min(at + 3 * window) + 1);
            let bytes: Vec<u8> = (at..end).map(|_| random.next().to_le_bytes()[3]).collect();
            mapped.write(at, &bytes).unwrap();
            model[at..end].copy_from_slice(&bytes);
            if random.within(0..4) == 0 {
                mapping.sync(at as u64, end as u64).unwrap();
                assert_eq!(mapping.left(), 0);
            }
            at = end + usize::from(end == at);
        }
        assert!(content(&file) == model);
        drop(mapped);
        assert!(mapping.left() > 0);
        mapping.sync(0, len as u64).unwrap();
        assert!(content(&file) == model);
    }

    #[test]
    fn a_mapped_region_outlives_its_file() {
        let directory = Directory::new();
        let file = new_file(&directory, "file");
        file.allocate(8192).unwrap();
        let again = Disk.open_read(&directory.path().join("file")).unwrap();
        let mut region = Mapped::new(file.file.as_fd(), 0, 8192, Pages::Small).unwrap();
        drop(file);
        region.write(8190, b"ab").unwrap();
        let mut found = [0; 2];
        again.read_at(&mut found, 8190).unwrap();
        assert_eq!(&found, b"ab");
    }

    #[test]
    fn room_is_taken_by_zeros_where_nothing_else_takes_it() {
        let directory = Directory::new();
        let file = new_file(&directory, "file");
        let len = 2 * ZEROS + 5;
        write_zeros(&file.file, 0, len as u64, ZEROS).unwrap();
        assert!(content(&file) == vec![0; len]);
    }

    #[test]
    fn a_file_that_has_its_room_is_mapped_where_it_keeps_it() {
        let directory = Directory::new();
        let file = new_file(&directory, "whole");
        file.allocate(1 << 20).unwrap();
        let kind = if keeps_room(&file.file).unwrap() { "Mapped" } else { "Written" };
        let region = file.region(0, 1 << 20, Pages::Small).unwrap();
        assert!(format!("{region:?}").starts_with(kind), "{region:?}");
    }

    #[test]
    fn a_file_with_holes_is_not_mapped() {
        let directory = Directory::new();
        let (len, file) = (1 << 20, new_file(&directory, "holes"));
        file.file.set_len(len).unwrap();
        let mut region = Arc::clone(&file).region(0, 1 << 20, Pages::Small).unwrap();
        assert!(format!("{region:?}").starts_with("Written"), "{region:?}");
        region.write(4096, b"in a hole").unwrap();
        let mut found = [0; 9];
        file.read_at(&mut found, 4096).unwrap();
        assert_eq!(&found, b"in a hole");
    }

    #[test]
    fn files_and_directories_are_for_their_owner() {
        let directory = Directory::new();
        let (inner, mode) = (directory.path().join("a/b"), |path: &Path| {
            fs::metadata(path).unwrap().mode() & 0o777
        });
        Disk.create_dir(&inner).unwrap();
        Disk.create(&inner.join("file")).unwrap();
        Disk.lock(&inner.join("lock")).unwrap().unwrap();
        assert_eq!(mode(&directory.path().join("a")), DIRECTORY_MODE);
        assert_eq!(mode(&inner), DIRECTORY_MODE);
        assert_eq!(mode(&inner.join("file")), FILE_MODE);
        assert_eq!(mode(&inner.join("lock")), FILE_MODE);
    }

    #[test]
    fn a_lock_names_its_holder() {
        let directory = Directory::new();
        let path = directory.path().join("LOCK");
        fs::write(&path, "4194304 and more, left by somebody else").unwrap();
        let _lock = Disk.lock(&path).unwrap().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", process::id()));
    }

    #[test]
    fn directories_above_end_somewhere() {
        let above = |path| above(Path::new(path)).map(|above| above.to_str().unwrap());
        assert_eq!(above("/"), None);
        assert_eq!(above(""), None);
        assert_eq!(above("a"), Some(""));
        assert_eq!(above("/a/b/"), Some("/a"));
    }
}
