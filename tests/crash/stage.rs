//! One life of a database: opened on a disk, given a history, and what may be found of it later.
//!
//! The timeline says for each step of the disk which states a crash there may leave. It is taken
//! from the run itself: the digest after every command, and what was acknowledged or known to be
//! durable when.

use std::fmt::Display;
use std::ops::Range;
use std::rc::Rc;

use kora::testing::{Restart, SimulatedDisk};
use kora::{Clock, Command, CommandResponse, Config, Database, Durability, Error, Health};

use crate::deeds::Deed;
use crate::history::{DATABASES, Step};

/// When clocks begin.
const NOW_MS: i64 = 1_700_000_000_000;

/// A small database on a simulated disk that does nothing in the background.
pub(crate) fn config(disk: &SimulatedDisk, durability: Durability) -> Config {
    Config {
        data_dir: Some("data".into()),
        disk: Some(disk.clone()),
        without_keeper: true,
        log_segment_bytes: 4 << 10,
        shard_count: 1,
        database_count: DATABASES,
        clock: Clock::manual(NOW_MS),
        durability,
        ..Config::default()
    }
}

/// The states that may be found, as digests.
#[derive(Clone, Debug)]
pub(crate) struct Allowed {
    states: Rc<Vec<u64>>,
    long: Rc<Vec<Long>>,
    pub(crate) from: usize,
    to: usize,
}

/// A deed of several steps: what it came to, and when it was done.
#[derive(Clone, Debug)]
pub(crate) struct Long {
    deed: Deed,
    end: usize,
    now_ms: i64,
}

impl Allowed {
    pub(crate) fn only(state: u64) -> Allowed {
        Allowed { states: Rc::new(vec![state]), long: Rc::default(), from: 0, to: 0 }
    }

    /// Whether a deed of several steps was interrupted on this disk: done again, it comes to what it
    /// came to.
    pub(crate) fn is_within_a_deed(&self, disk: &SimulatedDisk) -> bool {
        let may_be = |long: &&Long| (self.from + 1..=self.to).contains(&long.end);
        self.long.iter().filter(may_be).any(|long| {
            let disk = disk.restart(Restart::Killed);
            let clock = Clock::manual(long.now_ms);
            let config = Config { clock, ..config(&disk, Durability::Os) };
            let Ok(db) = Database::open(config) else { return false };
            // What it answers it has answered before, and what it does is looked at.
            drop(long.deed.run(&db));
            db.digest_with_expired() == self.states[long.end]
        })
    }

    /// The last of them that this is.
    pub(crate) fn find(&self, state: u64) -> Option<usize> {
        (self.from..=self.to).rev().find(|at| self.states[*at] == state)
    }

    /// What to say when it is none of them.
    pub(crate) fn complain(&self, state: u64) -> String {
        let elsewhere = match self.states.iter().rposition(|other| *other == state) {
            Some(at) => format!("it is state {at}"),
            None => "it never was a state".to_owned(),
        };
        let (from, to) = (self.from, self.to);
        format!("what is found is not one of the states {from} to {to}: {elsewhere}")
    }
}

/// What was true from a step of the disk on.
#[derive(Clone, Copy, Debug)]
struct Mark {
    step: u64,
    /// The last state that was acknowledged.
    done: usize,
    /// The last state that is known to be durable.
    durable: usize,
    /// The last state of all: a command that failed may have changed something.
    last: usize,
}

/// What a life left behind, step by step.
#[derive(Debug)]
pub(crate) struct Timeline {
    pub(crate) states: Rc<Vec<u64>>,
    long: Rc<Vec<Long>>,
    marks: Vec<Mark>,
    /// Steps of what failed and changed nothing: what it would have come to nobody has seen.
    unseen: Vec<Range<u64>>,
}

impl Timeline {
    /// Whether a crash in this step may leave a state that never was, rightly.
    pub(crate) fn is_unseen(&self, step: u64) -> bool {
        self.unseen.iter().any(|steps| steps.contains(&step))
    }

    /// What a crash in the middle of this step may leave; `None` while the database was opened.
    pub(crate) fn allowed(&self, step: u64, power_loss: bool) -> Option<Allowed> {
        let after = self.marks.partition_point(|mark| mark.step <= step);
        let mark = self.marks[after.checked_sub(1)?];
        let from = if power_loss { mark.durable } else { mark.done };
        let to = (mark.last + 1).min(self.states.len() - 1);
        let (states, long) = (Rc::clone(&self.states), Rc::clone(&self.long));
        Some(Allowed { states, long, from, to })
    }
}

/// A database that plays a history.
pub(crate) struct Player {
    pub(crate) db: Database,
    disk: SimulatedDisk,
    pub(crate) clock: Clock,
    waits: bool,
    states: Vec<u64>,
    long: Vec<Long>,
    marks: Vec<Mark>,
    /// What the disk could not do.
    pub(crate) failures: Vec<(String, Error)>,
    unseen: Vec<Range<u64>>,
    /// Whether the disk has failed, and may hold more than memory does.
    is_over: bool,
    /// A database in memory that does what this one does.
    twin: Option<Database>,
    /// Where the two differed.
    pub(crate) wrong: Option<String>,
}

impl Player {
    pub(crate) fn open(disk: &SimulatedDisk, durability: Durability) -> Result<Player, Error> {
        let config = config(disk, durability);
        let (clock, waits) = (config.clock.clone(), durability == Durability::Always);
        let db = Database::open(config)?;
        let states = vec![db.digest_with_expired()];
        let marks = vec![Mark { step: disk.steps(), done: 0, durable: 0, last: 0 }];
        Ok(Player {
            db,
            disk: disk.clone(),
            clock,
            waits,
            states,
            long: Vec::new(),
            marks,
            failures: Vec::new(),
            unseen: Vec::new(),
            is_over: false,
            twin: None,
            wrong: None,
        })
    }

    /// From here on a database in memory does what this one does, and is compared.
    pub(crate) fn follow(&mut self) {
        let config = Config {
            clock: self.clock.clone(),
            shard_count: 1,
            database_count: DATABASES,
            without_keeper: true,
            ..Config::default()
        };
        self.twin = Some(Database::open(config).expect("it is in memory"));
    }

    /// The state now.
    pub(crate) fn state(&self) -> u64 {
        *self.states.last().expect("the first is always there")
    }

    pub(crate) fn play(&mut self, step: &Step) {
        match step {
            Step::Run { number, words, durable } => self.run(*number, words, *durable),
            Step::Do { deed, durable } => self.act(deed, *durable),
            Step::Advance(ms) => self.clock.advance(std::time::Duration::from_millis(*ms)),
            Step::Expire => self.expire(),
            Step::Sync => {
                let synced = self.db.sync();
                self.settle(synced, "sync");
            }
            Step::Keep => {
                self.db.keep();
                let is_durable = self.db.health() == Health::Good;
                self.mark(is_durable, is_durable);
            }
            Step::Snapshot(meanwhile) => self.snapshot(meanwhile),
        }
    }

    fn run(&mut self, number: usize, words: &[Vec<u8>], durable: bool) {
        let db = self.db.select(number).expect("histories know how many there are");
        let db = if durable { db.durable() } else { db };
        let answer = db.execute(Command::from_words(words));
        let has_changed = self.look();
        self.compare(number, words, &answer, has_changed);
        let failed = answer.err().filter(is_of_disk);
        self.settle_write(&crate::support::words::line(words), durable, has_changed, failed);
    }

    fn act(&mut self, deed: &Deed, durable: bool) {
        let db = if durable { self.db.durable() } else { self.db.clone() };
        let first = self.disk.steps();
        let failed = deed.run(&db).err().filter(is_of_disk);
        let has_changed = self.look();
        if deed.has_steps() && self.disk.steps() != first {
            let (end, now_ms) = (self.states.len() - 1, self.clock.now_ms());
            self.long.push(Long { deed: deed.clone(), end, now_ms });
        }
        if failed.is_some() && !has_changed {
            if matches!(self.db.health(), Health::Failed(_)) {
                self.imagine(deed);
            } else {
                self.unseen.push(first..self.disk.steps());
            }
        }
        if let Some(twin) = &self.twin {
            if failed.is_none() || has_changed {
                // What it answers is in its documents.
                drop(deed.run(twin));
                if twin.digest_with_expired() != self.state() && twin.digest() != self.db.digest() {
                    self.wrong.get_or_insert(format!("{deed}: in memory it is something else"));
                }
            }
        }
        self.settle_write(deed, durable, has_changed, failed);
    }

    /// What a failed disk may have of something that was not done: nobody will write any more, and
    /// the twin need not go on.
    fn imagine(&mut self, deed: &Deed) {
        let Some(twin) = self.twin.take() else { return };
        drop(deed.run(&twin));
        // In the place of what it is in memory, which comes after.
        self.states.pop();
        self.states.push(twin.digest_with_expired());
        self.look();
        self.is_over = true;
    }

    /// What holds after something that may have written.
    fn settle_write(
        &mut self,
        what: &impl Display,
        durable: bool,
        has_changed: bool,
        failed: Option<Error>,
    ) {
        // One that changed nothing waits for nothing.
        let is_durable = (durable || self.waits) && has_changed && failed.is_none();
        self.mark(failed.is_none() && has_changed, is_durable);
        if let Some(error) = failed {
            self.failed(what, error);
        }
    }

    /// Has the twin do the same. A command that failed has done everything or nothing.
    fn compare(
        &mut self,
        number: usize,
        words: &[Vec<u8>],
        answer: &kora::Result<CommandResponse>,
        has_changed: bool,
    ) {
        let Some(twin) = &self.twin else { return };
        let has_failed = answer.as_ref().is_err_and(is_of_disk);
        if has_failed && !has_changed {
            return;
        }
        let twin = twin.select(number).expect("it has as many");
        let expected = twin.execute(Command::from_words(words));
        let is_wrong = !has_failed && expected != *answer;
        let is_same = twin.digest_with_expired() == self.state();
        if is_wrong || (!is_same && twin.digest() != self.db.digest()) {
            let line = crate::support::words::line(words);
            self.wrong.get_or_insert(format!("{line}: {answer:?}, and in memory {expected:?}"));
        }
    }

    /// Looks at the state; whether it is another than the last.
    fn look(&mut self) -> bool {
        let (before, state) = (self.state(), self.db.digest_with_expired());
        self.states.push(state);
        state != before
    }

    fn expire(&mut self) {
        let (db, mut steps) = (self.db.clone(), self.disk.steps());
        db.expire_due(|| {
            // A commit for each stripe that had something due.
            if self.disk.steps() != steps {
                let has_changed = self.look();
                let is_recorded = self.db.health() == Health::Good;
                self.mark(has_changed && is_recorded, false);
                steps = self.disk.steps();
            }
        });
        let has_changed = self.look();
        let is_recorded = self.db.health() == Health::Good;
        self.mark(has_changed && is_recorded, false);
    }

    fn snapshot(&mut self, meanwhile: &[(usize, Step)]) {
        let (db, mut slices, mut next) = (self.db.clone(), 0, 0);
        let taken = db.snapshot_while(|| {
            while meanwhile.get(next).is_some_and(|(at, _)| *at <= slices) {
                self.play(&meanwhile[next].1);
                next += 1;
            }
            slices += 1;
        });
        self.settle(taken.map(drop), "snapshot");
    }

    fn settle(&mut self, result: Result<(), Error>, what: &str) {
        match result {
            Ok(()) => self.mark(true, true),
            Err(error) => self.failed(&what, error),
        }
    }

    fn failed(&mut self, what: &impl Display, error: Error) {
        let failure = format!("{what}: {error}");
        self.failures.push((failure, error));
    }

    /// Notes what holds from here on; whether the last state was acknowledged, and is durable.
    fn mark(&mut self, is_done: bool, is_durable: bool) {
        let last = self.states.len() - 1;
        let before = *self.marks.last().expect("the first is always there");
        // A state that was there before is as good as it was then.
        let is_done = is_done || !self.is_over && self.states[before.done] == self.states[last];
        let done = if is_done { last } else { before.done };
        let durable = if is_durable { last } else { before.durable };
        self.marks.push(Mark { step: self.disk.steps(), done, durable, last });
    }

    /// Closes the database.
    pub(crate) fn end(self) -> Timeline {
        let Player { db, states, long, marks, unseen, .. } = self;
        drop(db);
        Timeline { states: Rc::new(states), long: Rc::new(long), marks, unseen }
    }
}

/// Whether an error is about the disk, and none that Redis could answer.
pub(crate) fn is_of_disk(error: &Error) -> bool {
    matches!(error, Error::Io(_) | Error::DiskFull | Error::Damaged(_))
        || matches!(error, Error::Panicked { .. } | Error::Closed)
}
