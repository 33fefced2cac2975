//! The state of a simulated machine, and what each call does to it.
//!
//! Everything here happens under the one lock of [`Simulated`](super::Simulated). Whether a call
//! works at all is decided before, except where one that fails leaves a trace: a write leaves a
//! part of its bytes, and a sync that failed leaves pages that nobody will write.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use super::calls::{Call, Calls, Fate};
use super::content::{Content, Inode};
use super::dice::Dice;
use super::names::{Directory, Number};

/// What of a torn copy in memory arrives as a whole.
const WORD: u64 = 8;

#[derive(Clone, Debug)]
pub(super) struct Machine {
    /// All files that ever were. One that has lost its name stays, for those who have it open,
    /// and because a power loss may give the name back.
    pub(super) inodes: Vec<Inode>,
    pub(super) directories: BTreeMap<PathBuf, Directory>,
    pub(super) locks: BTreeSet<Number>,
    /// How many share a lock.
    pub(super) shared_locks: BTreeMap<Number, usize>,
    pub(super) capacity: Option<u64>,
    /// The last write, unless it was synced or cut off since.
    pub(super) last_write: Option<LastWrite>,
    pub(super) calls: Calls,
    /// The machines that stopped in the middle of each step, when they are kept.
    pub(super) film: Option<Vec<Machine>>,
    dice: Dice,
}

/// A write, and what it replaced.
#[derive(Clone, Debug)]
pub(super) struct LastWrite {
    pub(super) number: Number,
    pub(super) at: u64,
    pub(super) before: Vec<u8>,
}

/// How a write that does not come to its end leaves its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tear {
    /// A system call: the first so many.
    Front,
    /// A copy in memory, whose order is the processor's: these words and not those.
    Words,
}

impl Machine {
    pub(super) fn new(seed: u64) -> Machine {
        let roots = ["", "/"].map(|root| (PathBuf::from(root), Directory::default()));
        Machine {
            inodes: Vec::new(),
            directories: BTreeMap::from(roots),
            locks: BTreeSet::new(),
            shared_locks: BTreeMap::new(),
            capacity: None,
            last_write: None,
            calls: Calls::default(),
            film: None,
            dice: Dice::new(seed),
        }
    }

    /// Counts a call and says what becomes of it. `leave` does to a machine that stops in the
    /// middle of the call what is left of it then.
    pub(super) fn next(
        &mut self,
        call: Call,
        path: &Arc<Path>,
        leave: impl FnOnce(&mut Machine),
    ) -> Fate {
        if self.film.is_some() && !self.calls.is_dead() {
            let mut film = self.film.take().expect("it was there a moment ago");
            let mut stopped = self.clone();
            stopped.dice = Dice::new(self.dice.next());
            stopped.calls.crash_at(0);
            stopped.calls.next(call, path);
            leave(&mut stopped);
            film.push(stopped);
            self.film = Some(film);
        }
        self.calls.next(call, path)
    }

    pub(super) fn create_dir(&mut self, dir: &Path) -> io::Result<()> {
        if dir.ancestors().any(|above| self.find(above).is_ok()) {
            return Err(Errno::NOTDIR.into());
        }
        for above in dir.ancestors() {
            self.directories.entry(above.to_owned()).or_default();
        }
        Ok(())
    }

    pub(super) fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let found = self.directories.get(dir).ok_or(Errno::NOENT)?;
        let below = self.directories.keys().filter(|path| path.parent() == Some(dir));
        let below = below.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
        Ok(found.names().cloned().chain(below).collect())
    }

    /// The names of the files in a directory.
    pub(super) fn files(&self, dir: &Path) -> Vec<String> {
        self.directories.get(dir).into_iter().flat_map(Directory::names).cloned().collect()
    }

    pub(super) fn find(&self, path: &Path) -> io::Result<Number> {
        let (dir, name) = split(path)?;
        let dir = self.directories.get(dir).ok_or(Errno::NOENT)?;
        Ok(dir.find(name).ok_or(Errno::NOENT)?)
    }

    fn directory_of<'p>(&mut self, path: &'p Path) -> io::Result<(&mut Directory, &'p str)> {
        let (dir, name) = split(path)?;
        Ok((self.directories.get_mut(dir).ok_or(Errno::NOENT)?, name))
    }

    pub(super) fn create(&mut self, path: &Path) -> io::Result<Number> {
        if self.find(path).is_ok() || self.directories.contains_key(path) {
            return Err(Errno::EXIST.into());
        }
        let number = self.inodes.len();
        let (dir, name) = self.directory_of(path)?;
        dir.add(name, number);
        self.inodes.push(Inode::default());
        Ok(number)
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.find(from)?;
        if self.directories.contains_key(to) {
            return Err(Errno::ISDIR.into());
        }
        let (source, from_name) = split(from)?;
        let (target, to_name) = split(to)?;
        if source != target {
            return Err(Errno::XDEV.into());
        }
        if from_name != to_name {
            self.directory_of(from)?.0.rename(from_name, to_name);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.find(path)?;
        let (dir, name) = self.directory_of(path)?;
        dir.remove(name);
        Ok(())
    }

    pub(super) fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        self.directories.get_mut(dir).ok_or(Errno::NOENT)?.sync();
        Ok(())
    }

    /// The file of a lock, if it was free.
    pub(super) fn lock(&mut self, path: &Path) -> io::Result<Option<Number>> {
        let number = self.find(path).or_else(|_| self.create(path))?;
        if self.shared_locks.contains_key(&number) || !self.locks.insert(number) {
            return Ok(None);
        }
        // Whatever the process is called here, it is called so every time.
        self.inodes[number].set_len(0);
        self.put(number, b"1\n", 0);
        Ok(Some(number))
    }

    /// The file of a lock, if nobody has it alone.
    pub(super) fn share_lock(&mut self, path: &Path) -> io::Result<Option<Number>> {
        let number = self.find(path)?;
        if self.locks.contains(&number) {
            return Ok(None);
        }
        *self.shared_locks.entry(number).or_default() += 1;
        Ok(Some(number))
    }

    /// One who shared a lock has gone.
    pub(super) fn unshare_lock(&mut self, number: Number) {
        if let Some(count) = self.shared_locks.get_mut(&number) {
            *count -= 1;
            if *count == 0 {
                self.shared_locks.remove(&number);
            }
        }
    }

    pub(super) fn content(&self, number: Number) -> &Content {
        self.inodes[number].now()
    }

    pub(super) fn read(&self, number: Number, buffer: &mut [u8], at: u64) -> io::Result<()> {
        let content = self.content(number);
        let end = at.checked_add(buffer.len() as u64).ok_or(Errno::INVAL)?;
        if end > content.len() && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        content.read(buffer, at);
        Ok(())
    }

    pub(super) fn write(
        &mut self,
        number: Number,
        bytes: &[u8],
        at: u64,
        (fate, tear): (Fate, Tear),
    ) -> io::Result<()> {
        if fate == Fate::Dead {
            return fate.answer();
        }
        let end = at.checked_add(bytes.len() as u64).ok_or(Errno::INVAL)?;
        let missing = end.saturating_sub(self.end_max(number));
        let missing = usize::try_from(missing).map_or(bytes.len(), |count| count.min(bytes.len()));
        let fits = &bytes[..bytes.len() - missing];
        if fate != Fate::Works {
            self.put_torn(number, fits, at, tear);
            return fate.answer();
        }
        self.put(number, fits, at);
        if missing == 0 { Ok(()) } else { Err(Errno::NOSPC.into()) }
    }

    fn put(&mut self, number: Number, bytes: &[u8], at: u64) {
        if bytes.is_empty() {
            return;
        }
        // One buffer for all, as there is one for each write of a run.
        let mut before = self.last_write.take().map_or_else(Vec::new, |last| last.before);
        before.clear();
        before.resize(bytes.len(), 0);
        let inode = &mut self.inodes[number];
        inode.now().read(&mut before, at);
        inode.write(bytes, at);
        self.last_write = Some(LastWrite { number, at, before });
    }

    fn put_torn(&mut self, number: Number, bytes: &[u8], at: u64, tear: Tear) {
        if tear == Tear::Front || self.dice.coin() {
            let count = self.dice.part_of(bytes.len());
            return self.put(number, &bytes[..count], at);
        }
        let mut torn = vec![0; bytes.len()];
        self.content(number).read(&mut torn, at);
        let mut arrives = self.dice.coin();
        for (place, (old, new)) in (at..).zip(torn.iter_mut().zip(bytes)) {
            if place % WORD == 0 {
                arrives = self.dice.coin();
            }
            if arrives {
                *old = *new;
            }
        }
        self.put(number, &torn, at);
    }

    pub(super) fn set_len(&mut self, number: Number, len: u64) -> io::Result<()> {
        if len > self.content(number).len() && len > self.end_max(number) {
            return Err(Errno::NOSPC.into());
        }
        self.forget_write(number);
        self.inodes[number].set_len(len);
        Ok(())
    }

    pub(super) fn sync(&mut self, number: Number, fate: Fate) -> io::Result<()> {
        match fate {
            Fate::Works => {
                self.forget_write(number);
                self.inodes[number].sync();
            }
            Fate::Fails(_) => self.inodes[number].fail_sync(&mut self.dice),
            Fate::Crashes | Fate::Dead => {}
        }
        fate.answer()
    }

    /// Syncs the bytes between two places.
    pub(super) fn sync_range(
        &mut self,
        number: Number,
        from: u64,
        to: u64,
        fate: Fate,
    ) -> io::Result<()> {
        match fate {
            Fate::Works => {
                self.forget_write(number);
                self.inodes[number].sync_range(from, to);
            }
            Fate::Fails(_) => self.inodes[number].fail_sync(&mut self.dice),
            Fate::Crashes | Fate::Dead => {}
        }
        fate.answer()
    }

    fn forget_write(&mut self, number: Number) {
        self.last_write.take_if(|last| last.number == number);
    }

    /// How long a file may become. A length is room taken, whether there are pages or not.
    fn end_max(&self, number: Number) -> u64 {
        let room = |capacity: u64| capacity.saturating_sub(self.used());
        self.capacity
            .map_or(u64::MAX, |capacity| self.content(number).len().saturating_add(room(capacity)))
    }

    /// Bytes taken by files that have a name.
    pub(super) fn used(&self) -> u64 {
        let numbers = self.directories.values().flat_map(Directory::numbers);
        numbers.map(|number| self.content(number).len()).sum()
    }

    /// Puts a file there as if it had always been, and makes its directory durable.
    pub(super) fn settle(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let (dir, _) = split(path)?;
        self.create_dir(dir)?;
        let number = self.find(path).or_else(|_| self.create(path))?;
        let mut content = Content::default();
        content.write(bytes, 0, |_| ());
        self.forget_write(number);
        self.inodes[number] = Inode::of(content);
        self.sync_dir(dir)
    }
}

/// The directory and the name of a file.
fn split(path: &Path) -> io::Result<(&Path, &str)> {
    let name = path.file_name().and_then(|name| name.to_str());
    Ok(path.parent().zip(name).ok_or(Errno::INVAL)?)
}
