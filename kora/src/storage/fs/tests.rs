//! What the traits promise, asked of both file systems by the same functions.
//!
//! Each takes a file system and an empty directory. What only a crash can show is asked of the
//! simulated disk alone, in `simulated/tests.rs`.
#![expect(clippy::disallowed_methods, reason = "the real disk needs a directory for tests")]

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::simulated::Simulated;
use super::{Disk, File, Fs, Pages};

/// An empty directory of the real disk, gone at the end of the test.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new() -> Directory {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("kora-fs-{}-{count}", process::id()));
        std::fs::create_dir(&path).unwrap();
        Directory(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let removed = std::fs::remove_dir_all(&self.0);
        assert!(removed.is_ok() || thread::panicking(), "{}: {removed:?}", self.0.display());
    }
}

fn on_the_disk(ask: fn(&dyn Fs, &Path)) {
    let directory = Directory::new();
    ask(&Disk, directory.path());
}

fn on_the_simulated_disk(ask: fn(&dyn Fs, &Path)) {
    let (machine, directory) = (Simulated::new(0), Path::new("/data"));
    machine.create_dir(directory).unwrap();
    ask(&machine, directory);
}

/// Each function is a test on each file system.
macro_rules! asked_of_both {
    ($($name:ident),+ $(,)?) => {
        mod disk {
            $(#[test] fn $name() { super::on_the_disk(super::$name); })+
        }
        mod simulated {
            $(#[test] fn $name() { super::on_the_simulated_disk(super::$name); })+
        }
    };
}

asked_of_both! {
    directories_are_made_with_those_above,
    a_file_is_no_directory,
    a_new_name_is_new,
    names_are_listed,
    what_is_missing_is_not_found,
    bytes_are_read_where_they_were_written,
    reading_ends_where_the_file_does,
    a_hole_is_zero,
    room_is_zero_and_can_be_written,
    a_region_writes_into_its_file,
    a_region_is_written_from_its_front_to_its_back,
    a_region_fits_its_file,
    bytes_beyond_a_region_are_refused,
    a_region_outlives_its_handle,
    handles_see_the_same_file,
    who_opened_to_read_cannot_write,
    renaming_replaces,
    a_removed_file_lives_while_it_is_open,
    a_lock_has_one_holder,
    a_lock_goes_with_its_holder,
    a_lock_is_shared_by_those_who_read,
    threads_share_a_file,
}

fn content(fs: &dyn Fs, path: &Path) -> Vec<u8> {
    let file = fs.open_read(path).unwrap();
    let mut content = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
    file.read_at(&mut content, 0).unwrap();
    content
}

fn create_with(fs: &dyn Fs, path: &Path, bytes: &[u8]) -> Arc<dyn File> {
    let file = fs.create(path).unwrap();
    file.write_at(bytes, 0).unwrap();
    file
}

fn sorted(names: io::Result<Vec<String>>) -> Vec<String> {
    let mut names = names.unwrap();
    names.sort_unstable();
    names
}

#[track_caller]
fn check_kind<T>(answer: io::Result<T>, kind: ErrorKind) {
    assert_eq!(answer.err().map(|error| error.kind()), Some(kind));
}

fn directories_are_made_with_those_above(fs: &dyn Fs, dir: &Path) {
    let deep = dir.join("a/b/c");
    fs.create_dir(&deep).unwrap();
    fs.create_dir(&deep).unwrap();
    fs.create_dir(dir).unwrap();
    create_with(fs, &deep.join("file"), b"x").sync().unwrap();
    fs.sync_dir(&deep).unwrap();
    assert_eq!(sorted(fs.list(dir)), ["a"]);
    assert_eq!(sorted(fs.list(&dir.join("a/b/"))), ["c"]);
    assert_eq!(sorted(fs.list(&deep)), ["file"]);
}

fn a_file_is_no_directory(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    fs.create(&path).unwrap();
    assert!(fs.create_dir(&path).is_err());
    assert!(fs.create_dir(&path.join("below")).is_err());
    assert!(fs.list(&path).is_err());
    assert!(fs.create(&path.join("below")).is_err());
}

fn a_new_name_is_new(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    create_with(fs, &path, b"first");
    check_kind(fs.create(&path), ErrorKind::AlreadyExists);
    fs.create_dir(&dir.join("dir")).unwrap();
    check_kind(fs.create(&dir.join("dir")), ErrorKind::AlreadyExists);
    assert_eq!(content(fs, &path), b"first");
}

fn names_are_listed(fs: &dyn Fs, dir: &Path) {
    assert_eq!(sorted(fs.list(dir)), [""; 0]);
    ["b", "a", "c"].iter().for_each(|name| _ = fs.create(&dir.join(name)).unwrap());
    fs.remove(&dir.join("b")).unwrap();
    fs.rename(&dir.join("c"), &dir.join("d")).unwrap();
    assert_eq!(sorted(fs.list(dir)), ["a", "d"]);
}

fn what_is_missing_is_not_found(fs: &dyn Fs, dir: &Path) {
    let (path, below) = (dir.join("none"), dir.join("none/below"));
    check_kind(fs.open(&path), ErrorKind::NotFound);
    check_kind(fs.open_read(&path), ErrorKind::NotFound);
    check_kind(fs.remove(&path), ErrorKind::NotFound);
    check_kind(fs.rename(&path, &dir.join("other")), ErrorKind::NotFound);
    check_kind(fs.list(&path), ErrorKind::NotFound);
    check_kind(fs.sync_dir(&path), ErrorKind::NotFound);
    check_kind(fs.create(&below), ErrorKind::NotFound);
    check_kind(fs.lock(&below), ErrorKind::NotFound);
}

fn bytes_are_read_where_they_were_written(fs: &dyn Fs, dir: &Path) {
    let file = create_with(fs, &dir.join("file"), &[7; 10_000]);
    file.write_at(b"middle", 4093).unwrap();
    file.write_at(b"", 20_000).unwrap();
    assert_eq!(file.len().unwrap(), 10_000);
    let mut found = [0; 8];
    file.read_at(&mut found, 4092).unwrap();
    assert_eq!(&found, b"\x07middle\x07");
    file.sync().unwrap();
    file.read_at(&mut found, 4092).unwrap();
    assert_eq!(&found, b"\x07middle\x07");
}

fn reading_ends_where_the_file_does(fs: &dyn Fs, dir: &Path) {
    let file = create_with(fs, &dir.join("file"), b"12345");
    file.read_at(&mut [0; 5], 0).unwrap();
    file.read_at(&mut [], 99).unwrap();
    check_kind(file.read_at(&mut [0; 6], 0), ErrorKind::UnexpectedEof);
    check_kind(file.read_at(&mut [0; 1], 5), ErrorKind::UnexpectedEof);
    check_kind(file.read_at(&mut [0; 1], 1 << 40), ErrorKind::UnexpectedEof);
}

fn a_hole_is_zero(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    create_with(fs, &path, b"a").write_at(b"b", 9000).unwrap();
    let found = content(fs, &path);
    assert_eq!((found.len(), found[0], found[9000]), (9001, b'a', b'b'));
    assert!(found[1..9000].iter().all(|byte| *byte == 0));
}

fn room_is_zero_and_can_be_written(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    let file = fs.create(&path).unwrap();
    file.allocate(0).unwrap();
    assert_eq!(file.len().unwrap(), 0);
    file.allocate(300_001).unwrap();
    assert!(content(fs, &path) == vec![0; 300_001]);
    file.write_at(b"end", 299_998).unwrap();
    assert_eq!(file.len().unwrap(), 300_001);
    assert_eq!(&content(fs, &path)[299_997..], b"\0end");
}

fn a_region_writes_into_its_file(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    let file = fs.create(&path).unwrap();
    file.allocate(3 * 4096 + 100).unwrap();
    let mut region = Arc::clone(&file).region(0, 3 * 4096 + 50, Pages::Small).unwrap();
    region.write(0, b"start").unwrap();
    region.write(4090, b"over the edge").unwrap();
    region.write(3 * 4096 + 47, b"end").unwrap();
    file.sync().unwrap();
    file.write_at(b"by the file", 4080).unwrap();
    region.write(3 * 4096 + 50, b"").unwrap();
    // It goes on where another one ended.
    let mut other = file.region(4084, 8192, Pages::Small).unwrap();
    other.write(4084, b"REGION").unwrap();
    other.write(8190, b"!!").unwrap();
    let mut expected = vec![0; 3 * 4096 + 100];
    let writes: [(usize, &[u8]); 5] = [
        (0, b"start"),
        (4090, b"over the edge"),
        (3 * 4096 + 47, b"end"),
        (4080, b"by tREGIONe"),
        (8190, b"!!"),
    ];
    for (at, bytes) in writes {
        expected[at..at + bytes.len()].copy_from_slice(bytes);
    }
    assert!(content(fs, &path) == expected);
}

fn a_region_is_written_from_its_front_to_its_back(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    let file = fs.create(&path).unwrap();
    file.allocate(8192).unwrap();
    for (front, at) in [(100, 99), (4096, 4095), (1, 0)] {
        let mut region = Arc::clone(&file).region(front, 8192, Pages::Small).unwrap();
        let write = std::panic::AssertUnwindSafe(|| region.write(at, b"x"));
        assert!(std::panic::catch_unwind(write).is_err(), "{at} before {front}");
    }
    let mut region = file.region(0, 8192, Pages::Small).unwrap();
    region.write(10, b"front").unwrap();
    let write = std::panic::AssertUnwindSafe(|| region.write(14, b"x"));
    assert!(std::panic::catch_unwind(write).is_err());
    assert_eq!(&content(fs, &path)[..20], b"\0\0\0\0\0\0\0\0\0\0front\0\0\0\0\0");
}

fn a_region_fits_its_file(fs: &dyn Fs, dir: &Path) {
    let file = fs.create(&dir.join("file")).unwrap();
    file.allocate(5000).unwrap();
    check_kind(Arc::clone(&file).region(0, 5001, Pages::Small), ErrorKind::InvalidInput);
    Arc::clone(&file).region(0, 5000, Pages::Small).unwrap().write(4999, b"x").unwrap();
    file.region(0, 0, Pages::Small).unwrap().write(0, b"").unwrap();
}

fn bytes_beyond_a_region_are_refused(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    let file = fs.create(&path).unwrap();
    file.allocate(8192).unwrap();
    for (at, len) in [(4095, 2), (4097, 0), (0, 4097), (usize::MAX, 2)] {
        let mut region = Arc::clone(&file).region(0, 4096, Pages::Small).unwrap();
        let write = std::panic::AssertUnwindSafe(|| region.write(at, &vec![1; len]));
        assert!(std::panic::catch_unwind(write).is_err(), "{len} bytes at {at}");
    }
    assert!(content(fs, &path) == [0; 8192], "nothing of them was written");
}

fn a_region_outlives_its_handle(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    let file = fs.create(&path).unwrap();
    file.allocate(4096).unwrap();
    let mut region = Arc::clone(&file).region(0, 4096, Pages::Small).unwrap();
    drop(file);
    region.write(10, b"late").unwrap();
    assert_eq!(&content(fs, &path)[10..14], b"late");
    fs.remove(&path).unwrap();
    region.write(14, b"too late").unwrap();
}

fn handles_see_the_same_file(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    let (one, other) = (create_with(fs, &path, b"one"), fs.open(&path).unwrap());
    other.write_at(b"other", 0).unwrap();
    assert_eq!(one.len().unwrap(), 5);
    let mut found = [0; 5];
    one.read_at(&mut found, 0).unwrap();
    assert_eq!(&found, b"other");
}

fn who_opened_to_read_cannot_write(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    create_with(fs, &path, b"content");
    let file = fs.open_read(&path).unwrap();
    assert!(file.write_at(b"x", 0).is_err());
    assert!(file.allocate(100).is_err());
    assert_eq!(content(fs, &path), b"content");
}

fn renaming_replaces(fs: &dyn Fs, dir: &Path) {
    let (new, old) = (dir.join("file.tmp"), dir.join("file"));
    create_with(fs, &old, b"old");
    let file = create_with(fs, &new, b"new");
    fs.rename(&new, &old).unwrap();
    fs.sync_dir(dir).unwrap();
    assert_eq!(sorted(fs.list(dir)), ["file"]);
    assert_eq!(content(fs, &old), b"new");
    file.write_at(b"NEW", 0).unwrap();
    fs.rename(&old, &old).unwrap();
    assert_eq!(content(fs, &old), b"NEW");
}

fn a_removed_file_lives_while_it_is_open(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    let old = create_with(fs, &path, b"old");
    fs.remove(&path).unwrap();
    create_with(fs, &path, b"another");
    let mut found = [0; 3];
    old.read_at(&mut found, 0).unwrap();
    assert_eq!(&found, b"old");
    assert_eq!(old.len().unwrap(), 3);
    assert_eq!(content(fs, &path), b"another");
}

fn a_lock_has_one_holder(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("LOCK");
    let lock = fs.lock(&path).unwrap().unwrap();
    assert!(fs.lock(&path).unwrap().is_none());
    assert!(fs.lock(&dir.join("OTHER")).unwrap().is_some());
    let holder = String::from_utf8(content(fs, &path)).unwrap();
    assert!(holder.trim_end().parse::<u32>().is_ok(), "{holder:?} is a process");
    drop(lock);
    assert!(fs.lock(&path).unwrap().is_some());
}

fn a_lock_goes_with_its_holder(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("LOCK");
    thread::scope(|scope| {
        let lock = fs.lock(&path).unwrap().unwrap();
        scope.spawn(|| assert!(fs.lock(&path).unwrap().is_none())).join().unwrap();
        scope.spawn(move || drop(lock)).join().unwrap();
        assert!(fs.lock(&path).unwrap().is_some());
    });
}

fn a_lock_is_shared_by_those_who_read(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("LOCK");
    check_kind(fs.share_lock(&path), ErrorKind::NotFound);
    let lock = fs.lock(&path).unwrap().unwrap();
    assert!(fs.share_lock(&path).unwrap().is_none());
    drop(lock);
    let before = content(fs, &path);
    let (one, other) = (fs.share_lock(&path).unwrap().unwrap(), fs.share_lock(&path).unwrap());
    drop(one);
    assert!(fs.lock(&path).unwrap().is_none(), "the other one still reads");
    assert_eq!(content(fs, &path), before, "who only reads leaves no name");
    drop(other.unwrap());
    assert!(fs.lock(&path).unwrap().is_some());
}

fn threads_share_a_file(fs: &dyn Fs, dir: &Path) {
    let path = dir.join("file");
    let file = fs.create(&path).unwrap();
    thread::scope(|scope| {
        for thread in 0..4_u8 {
            let file = &file;
            scope.spawn(move || {
                for round in 0..50 {
                    let at = 1000 * (4 * round + u64::from(thread));
                    file.write_at(&[thread + 1; 1000], at).unwrap();
                    file.sync().unwrap();
                }
            });
        }
    });
    let found = content(fs, &path);
    assert_eq!(found.len(), 200_000);
    let mut writers = (1..=4).cycle();
    for piece in found.chunks(1000) {
        assert!(piece == [writers.next().unwrap(); 1000]);
    }
}
