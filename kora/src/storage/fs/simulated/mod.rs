//! A machine with a disk that loses, tears, fills and fails as told, and the same way again for
//! the same seed.
//!
//! It keeps every file and every directory twice: as the system has it, and as the disk does.
//! What a call changed is the system's until a sync of that file or that directory;
//! [`Simulated::restart`] says what is left of it. Each call of the traits is a numbered step at
//! which the machine can crash or the disk fail. Nothing here is faster or kinder than a real
//! disk may be, and no promise is kept beyond those of the traits.

mod calls;
mod content;
mod dice;
mod machine;
mod names;
mod restart;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use rustix::io::Errno;

pub use calls::{Call, FaultKind};
pub use restart::{Keep, Restart};

use super::{File, Fs, Lock, Pages, Region, end_within, front_within};
use calls::Fate;
use machine::{Machine, Tear};
use names::Number;

/// A simulated machine. Its clones are the same machine.
#[derive(Clone)]
pub struct Simulated {
    machine: Arc<Mutex<Machine>>,
}

impl Simulated {
    /// A machine with an empty disk. The seed decides what is left of a call that fails.
    pub fn new(seed: u64) -> Simulated {
        Simulated::of(Machine::new(seed))
    }

    fn of(machine: Machine) -> Simulated {
        Simulated { machine: Arc::new(Mutex::new(machine)) }
    }

    /// A new machine with the disk of this one, which may be alive or dead and stays as it is.
    /// Locks are free, steps count from zero, and no fault is planned; the capacity is the same.
    pub fn restart(&self, how: Restart) -> Simulated {
        Simulated::of(self.machine.lock().restarted(how))
    }

    /// The number of the next step.
    pub fn steps(&self) -> u64 {
        self.machine.lock().calls.done()
    }

    /// How many calls of a kind there were, with those that failed.
    pub fn count(&self, call: Call) -> u64 {
        self.machine.lock().calls.count(call)
    }

    /// The last steps, one a line, for the message of a test that fails.
    pub fn trace(&self) -> String {
        self.machine.lock().calls.trace()
    }

    /// Stops the machine in the middle of a step. That call and all later ones fail; a write
    /// leaves a part of its bytes, and any other call leaves nothing.
    pub fn crash_at(&self, step: u64) {
        self.machine.lock().calls.crash_at(step);
    }

    /// From now on keeps, for each step, the machine that stopped in the middle of it, as
    /// [`Simulated::crash_at`] would have stopped it: one run shows all its crashes.
    pub fn film(&self) {
        self.machine.lock().film = Some(Vec::new());
    }

    /// The machines that were kept, with the numbers of their steps; keeps no more.
    pub fn take_film(&self) -> Vec<(u64, Simulated)> {
        let film = self.machine.lock().film.take().unwrap_or_default();
        film.into_iter().map(|machine| (machine.calls.done() - 1, Simulated::of(machine))).collect()
    }

    /// Whether the machine has stopped.
    pub fn is_dead(&self) -> bool {
        self.machine.lock().calls.is_dead()
    }

    /// Lets one step fail. A write leaves a part of its bytes. A sync leaves a part of what it
    /// should have made durable, and the system never tries the rest again.
    pub fn fail_at(&self, step: u64, kind: FaultKind) {
        self.machine.lock().calls.fail(kind, step, step);
    }

    /// Lets a step and all later ones fail, until [`Simulated::heal`].
    pub fn fail_from(&self, step: u64, kind: FaultKind) {
        self.machine.lock().calls.fail(kind, step, u64::MAX);
    }

    /// Takes all faults away. What failed has failed.
    pub fn heal(&self) {
        self.machine.lock().calls.heal();
    }

    /// Bounds what all files together may be long; `None` for no bound.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.machine.lock().capacity = bytes;
    }

    /// How long all files together are.
    pub fn used(&self) -> u64 {
        self.machine.lock().used()
    }

    /// The files of a directory, in their order. No step, as the methods below.
    pub fn files(&self, dir: impl AsRef<Path>) -> Vec<String> {
        self.machine.lock().files(dir.as_ref())
    }

    /// What the system has of a file.
    ///
    /// # Panics
    /// When there is no such file.
    pub fn read_file(&self, path: impl AsRef<Path>) -> Vec<u8> {
        let machine = self.machine.lock();
        let content = machine.content(machine.find(path.as_ref()).expect("a file of that name"));
        let mut bytes = vec![0; usize::try_from(content.len()).expect("a file that fits")];
        content.read(&mut bytes, 0);
        bytes
    }

    /// Puts a file there, or in place of another, as if it had been durable for long; with it the
    /// names of its directory are.
    ///
    /// # Panics
    /// When no file can have that path.
    pub fn write_file(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        self.machine.lock().settle(path.as_ref(), bytes).expect("a path for a file");
    }

    /// Turns one bit of a file, in the system and on the disk.
    ///
    /// # Panics
    /// When there is no such file, or no such bit.
    pub fn flip(&self, path: impl AsRef<Path>, bit: u64) {
        let mut machine = self.machine.lock();
        let number = machine.find(path.as_ref()).expect("a file of that name");
        assert!(bit / 8 < machine.content(number).len(), "the file ends before bit {bit}");
        machine.inodes[number].flip(bit);
    }

    /// Makes a step of a call that leaves nothing when it fails.
    fn step(&self, call: Call, path: &Path) -> io::Result<MutexGuard<'_, Machine>> {
        let mut machine = self.machine.lock();
        machine.next(call, &Arc::from(path), |_| ()).answer()?;
        Ok(machine)
    }

    fn locked(&self, number: Number, is_shared: bool) -> Box<dyn Lock> {
        Box::new(SimulatedLock { machine: self.clone(), number, is_shared })
    }

    fn handle(&self, number: Number, path: &Path, is_writable: bool) -> Arc<dyn File> {
        let machine = self.clone();
        Arc::new(SimulatedFile { machine, number, path: Arc::from(path), is_writable })
    }
}

impl fmt::Debug for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulated").field("steps", &self.steps()).finish_non_exhaustive()
    }
}

impl Fs for Simulated {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        self.step(Call::CreateDir, dir)?.create_dir(dir)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.step(Call::List, dir)?.list(dir)
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let number = self.step(Call::Create, path)?.create(path)?;
        Ok(self.handle(number, path, true))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let number = self.step(Call::Open, path)?.find(path)?;
        Ok(self.handle(number, path, true))
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let number = self.step(Call::OpenRead, path)?.find(path)?;
        Ok(self.handle(number, path, false))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Call::Rename, to)?.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(Call::Remove, path)?.remove(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.step(Call::SyncDir, dir)?.sync_dir(dir)
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        let number = self.step(Call::Lock, path)?.lock(path)?;
        Ok(number.map(|number| self.locked(number, false)))
    }

    fn share_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        let number = self.step(Call::Lock, path)?.share_lock(path)?;
        Ok(number.map(|number| self.locked(number, true)))
    }
}

/// A lock of this machine; on the next one it holds nothing.
#[derive(Debug)]
struct SimulatedLock {
    machine: Simulated,
    number: Number,
    is_shared: bool,
}

impl Lock for SimulatedLock {}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        let mut machine = self.machine.machine.lock();
        if self.is_shared {
            machine.unshare_lock(self.number);
        } else {
            machine.locks.remove(&self.number);
        }
    }
}

#[derive(Debug)]
struct SimulatedFile {
    machine: Simulated,
    number: Number,
    path: Arc<Path>,
    is_writable: bool,
}

impl SimulatedFile {
    /// Makes a step of a call that leaves nothing when it fails.
    fn read_step(&self, call: Call) -> io::Result<MutexGuard<'_, Machine>> {
        let mut machine = self.machine.machine.lock();
        machine.next(call, &self.path, |_| ()).answer()?;
        Ok(machine)
    }

    /// The same, of one that only who may write can make.
    fn write_step(&self, call: Call) -> io::Result<MutexGuard<'_, Machine>> {
        let machine = self.read_step(call)?;
        self.check_writable()?;
        Ok(machine)
    }

    fn check_writable(&self) -> io::Result<()> {
        if self.is_writable { Ok(()) } else { Err(Errno::BADF.into()) }
    }

    /// Writes, or leaves a part of the bytes.
    fn write(&self, call: Call, bytes: &[u8], at: u64, tear: Tear) -> io::Result<()> {
        let mut machine = self.machine.machine.lock();
        let fate = machine.next(call, &self.path, |stopped| {
            // Its answer is that it crashed.
            drop(stopped.write(self.number, bytes, at, (Fate::Crashes, tear)));
        });
        machine.write(self.number, bytes, at, (fate, tear))
    }
}

impl File for SimulatedFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.read_step(Call::Len)?.content(self.number).len())
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        self.read_step(Call::ReadAt)?.read(self.number, buffer, at)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.check_writable()?;
        self.write(Call::WriteAt, bytes, at, Tear::Front)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        let mut machine = self.write_step(Call::Allocate)?;
        let len = len.max(machine.content(self.number).len());
        machine.set_len(self.number, len)
    }

    fn sync(&self) -> io::Result<()> {
        let mut machine = self.machine.machine.lock();
        let fate = machine.next(Call::Sync, &self.path, |_| ());
        machine.sync(self.number, fate)
    }

    fn sync_range(&self, from: u64, to: u64) -> io::Result<()> {
        let mut machine = self.machine.machine.lock();
        let fate = machine.next(Call::Sync, &self.path, |_| ());
        machine.sync_range(self.number, from, to, fate)
    }

    fn write_ahead(&self, from: u64, len: u64) -> io::Result<()> {
        let zeros = vec![0; usize::try_from(len.saturating_sub(from)).unwrap_or(usize::MAX)];
        self.write_at(&zeros, from)
    }

    fn region(
        self: Arc<Self>,
        from: usize,
        len: usize,
        _pages: Pages,
    ) -> io::Result<Box<dyn Region>> {
        let found = self.write_step(Call::Region)?.content(self.number).len();
        if found < len as u64 {
            return Err(Errno::INVAL.into());
        }
        Ok(Box::new(SimulatedRegion { file: self, front: from, len }))
    }
}

/// A region that a crash tears like memory, and that fails, if told to, like a system call: the
/// real one is either.
#[derive(Debug)]
struct SimulatedRegion {
    file: Arc<SimulatedFile>,
    /// Nothing before this is written any more.
    front: usize,
    len: usize,
}

impl Region for SimulatedRegion {
    fn write(&mut self, at: usize, bytes: &[u8]) -> io::Result<()> {
        let end = end_within(self.len, at, bytes);
        front_within(self.front, at);
        let found = self.file.machine.machine.lock().content(self.file.number).len();
        assert!(end as u64 <= found, "{} was cut off under its region", self.file.path.display());
        self.file.write(Call::RegionWrite, bytes, at as u64, Tear::Words)?;
        self.front = end;
        Ok(())
    }
}
