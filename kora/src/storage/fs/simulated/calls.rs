//! The calls to a simulated machine: their numbers, what becomes of them, and the last of them.
//!
//! Each call is one step, numbered from zero. A test lets a run go through, asks how many steps
//! it had, and then breaks the machine at each of them in turn. It knows nothing of files.

use std::collections::VecDeque;
use std::fmt::Write;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustix::io::Errno;

/// How many steps are remembered for a message; arbitrary.
const RECENT: usize = 64;

/// What may be asked of a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Making a directory.
    CreateDir,
    /// Listing a directory.
    List,
    /// Making a file.
    Create,
    /// Opening a file to write.
    Open,
    /// Opening a file to read.
    OpenRead,
    /// Giving a file another name.
    Rename,
    /// Taking a name away.
    Remove,
    /// Syncing a directory.
    SyncDir,
    /// Taking a lock.
    Lock,
    /// Asking for a file's length.
    Len,
    /// Reading.
    ReadAt,
    /// Writing.
    WriteAt,
    /// Taking room for a file.
    Allocate,
    /// Syncing a file.
    Sync,
    /// Mapping a file.
    Region,
    /// Writing into a mapping.
    RegionWrite,
}

const KINDS: usize = Call::RegionWrite as usize + 1;

impl Call {
    /// Whether a full disk can be the answer. A sync is among them: some file systems look for
    /// room no earlier.
    fn needs_room(self) -> bool {
        match self {
            Call::CreateDir | Call::Create | Call::Rename | Call::Lock | Call::WriteAt => true,
            Call::Allocate | Call::Sync | Call::Region | Call::RegionWrite => true,
            Call::List | Call::Open | Call::OpenRead | Call::Remove | Call::SyncDir => false,
            Call::Len | Call::ReadAt => false,
        }
    }
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The disk cannot read or write.
    Io,
    /// The disk is full. Calls that need no room do not notice.
    NoSpace,
}

impl FaultKind {
    fn meets(self, call: Call) -> bool {
        self == FaultKind::Io || call.needs_room()
    }

    fn error(self) -> io::Error {
        match self {
            FaultKind::Io => Errno::IO.into(),
            FaultKind::NoSpace => Errno::NOSPC.into(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Fault {
    kind: FaultKind,
    first: u64,
    last: u64,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Works,
    Fails(FaultKind),
    /// The machine stops in the middle of it.
    Crashes,
    /// The machine had stopped before.
    Dead,
}

impl Fate {
    pub(super) fn answer(self) -> io::Result<()> {
        match self {
            Fate::Works => Ok(()),
            Fate::Fails(kind) => Err(kind.error()),
            Fate::Crashes | Fate::Dead => Err(io::Error::other("the simulated machine crashed")),
        }
    }
}

#[derive(Clone, Debug)]
struct Line {
    step: u64,
    call: Call,
    path: Arc<Path>,
    fate: Fate,
}

/// The calls since the machine started, and what is planned for those to come.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    done: u64,
    counts: [u64; KINDS],
    recent: VecDeque<Line>,
    faults: Vec<Fault>,
    crash: Option<u64>,
    is_dead: bool,
}

impl Calls {
    /// Counts a call and says what becomes of it.
    pub(super) fn next(&mut self, call: Call, path: &Arc<Path>) -> Fate {
        if self.is_dead {
            return Fate::Dead;
        }
        let step = self.done;
        let hit = |fault: &&Fault| (fault.first..=fault.last).contains(&step);
        let fault = self.faults.iter().filter(hit).find(|fault| fault.kind.meets(call));
        let fate = match fault {
            _ if self.crash.is_some_and(|crash| step >= crash) => Fate::Crashes,
            Some(fault) => Fate::Fails(fault.kind),
            None => Fate::Works,
        };
        self.is_dead = fate == Fate::Crashes;
        self.done += 1;
        self.counts[call as usize] += 1;
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Line { step, call, path: Arc::clone(path), fate });
        fate
    }

    pub(super) fn done(&self) -> u64 {
        self.done
    }

    pub(super) fn count(&self, call: Call) -> u64 {
        self.counts[call as usize]
    }

    pub(super) fn is_dead(&self) -> bool {
        self.is_dead
    }

    pub(super) fn crash_at(&mut self, step: u64) {
        self.crash = Some(step);
    }

    pub(super) fn fail(&mut self, kind: FaultKind, first: u64, last: u64) {
        self.faults.push(Fault { kind, first, last });
    }

    pub(super) fn heal(&mut self) {
        self.faults.clear();
    }

    /// The last steps, one a line.
    pub(super) fn trace(&self) -> String {
        self.recent.iter().fold(String::new(), |mut text, line| {
            let Line { step, call, path, fate } = line;
            let ending = if *fate == Fate::Works { String::new() } else { format!(" {fate:?}") };
            writeln!(text, "step {step}: {call:?} {}{ending}", path.display())
                .expect("a string takes everything");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(calls: &mut Calls, kinds: &[Call]) -> Vec<Fate> {
        let path: Arc<Path> = Arc::from(Path::new("f"));
        kinds.iter().map(|call| calls.next(*call, &path)).collect()
    }

    #[test]
    fn faults_meet_their_steps() {
        use Fate::{Crashes, Dead, Fails, Works};
        let mut calls = Calls::default();
        calls.fail(FaultKind::Io, 1, 1);
        calls.fail(FaultKind::NoSpace, 2, u64::MAX);
        calls.crash_at(5);
        let kinds = [Call::Len, Call::Len, Call::Sync, Call::Len, Call::WriteAt, Call::Sync];
        let full = Fails(FaultKind::NoSpace);
        assert_eq!(
            fates(&mut calls, &kinds),
            [Works, Fails(FaultKind::Io), full, Works, full, Crashes]
        );
        assert_eq!(fates(&mut calls, &[Call::Len]), [Dead]);
        assert_eq!((calls.done(), calls.count(Call::Len)), (6, 3), "the dead count nothing");
    }

    #[test]
    fn the_last_steps_are_told() {
        let mut calls = Calls::default();
        calls.fail(FaultKind::Io, 99, 99);
        fates(&mut calls, &[Call::Len; 100]);
        let trace = calls.trace();
        assert_eq!(trace.lines().count(), RECENT);
        assert!(trace.starts_with("step 36: Len f\n"), "{trace}");
        assert!(trace.ends_with("step 99: Len f Fails(Io)\n"), "{trace}");
    }
}
