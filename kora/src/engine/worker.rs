//! A shard's thread: queued tasks, and keys that are due.
//!
//! Idle, it sleeps until a message comes. While its stripes hold keys with a deadline it also
//! wakes [`TICK`] by tick. Removing what is due goes in slices of [`SLICE`] keys a lease
//! and takes at most [`BUDGET`] in a row, so that neither a lease nor a core is held for long
//! when a million keys are due at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::clock::Stopwatch;
use crate::engine::{Engine, Message, Task, catch};
use crate::error::{Error, Result};
use crate::keyspace::Job;

/// How often a shard looks for keys that are due, as Redis's default `hz` 10.
const TICK: Duration = Duration::from_millis(100);
/// How often the first shard brings the coarse clock up to date.
const CLOCK_TICK: Duration = Duration::from_secs(1);
/// Keys removed under one lease: about 5 us.
const SLICE: usize = 16;
/// Work in a row before the thread lets others have its core.
pub(super) const BUDGET: Duration = Duration::from_micros(250);
/// The pause after a budget, three times as long: a quarter of a core at most.
pub(super) const PAUSE: Duration = Duration::from_micros(750);

/// A shard's thread, to be joined.
pub(crate) type Worker = JoinHandle<()>;

pub(super) fn start(
    engine: &Arc<Engine>,
    shard: usize,
    queue: Receiver<Message>,
    expires: bool,
) -> Result<Worker> {
    let engine = Arc::clone(engine);
    std::thread::Builder::new()
        .name(format!("kora-shard-{shard}"))
        .spawn(move || {
            let (clock, alarms) = (Stopwatch::start(), BTreeMap::new());
            let (engine, queue) = (&*engine, &queue);
            let alarm_count = 0;
            Loop { engine, shard, queue, expires, cursor: 0, clock, alarms, alarm_count }.run();
        })
        .map_err(|source| Error::Thread { kind: source.kind() })
}

struct Loop<'e> {
    engine: &'e Engine,
    shard: usize,
    queue: &'e Receiver<Message>,
    /// Whether it removes keys that are due.
    expires: bool,
    /// Where in the shard's stripes the search for due keys goes on.
    cursor: usize,
    clock: Stopwatch,
    /// Tasks for later, by when they are due on the clock, and in the order in which they came.
    alarms: BTreeMap<(Duration, u64), Task>,
    alarm_count: u64,
}

impl Loop<'_> {
    fn run(&mut self) {
        // Keys that came from the disk may be due already.
        let mut wait = self.expire();
        loop {
            if self.shard == 0 {
                self.engine.shared.clock.tick();
                wait = Some(wait.map_or(CLOCK_TICK, |wait: Duration| wait.min(CLOCK_TICK)));
            }
            if let Some(next) = self.ring_alarms() {
                wait = Some(wait.map_or(next, |wait| wait.min(next)));
            }
            let message = match wait {
                None => self.queue.recv().map_err(RecvTimeoutError::from),
                Some(wait) => self.queue.recv_timeout(wait),
            };
            match message {
                Ok(Message::Run(task)) => self.do_task(task),
                Ok(Message::After(time, task)) => {
                    let due = self.clock.elapsed().saturating_add(time);
                    self.alarm_count += 1;
                    self.alarms.insert((due, self.alarm_count), task);
                }
                Ok(Message::Wake) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return self.drain(),
            }
            if self.queue.is_empty() {
                wait = self.expire();
            }
        }
    }

    /// Does what is due; how long it is until the next of it.
    fn ring_alarms(&mut self) -> Option<Duration> {
        loop {
            let first = self.alarms.first_entry()?;
            let left = first.key().0.saturating_sub(self.clock.elapsed());
            if !left.is_zero() {
                return Some(left);
            }
            let task = first.remove();
            self.do_task(task);
        }
    }

    /// A task's own panic was caught where its reply is made; this one guards the thread.
    fn do_task(&self, task: Task) {
        drop(catch(|| {
            task(self.engine);
            Ok(())
        }));
    }

    /// Does what was queued before the stop, so that every caller gets its reply.
    fn drain(&self) {
        for message in self.queue.try_iter() {
            match message {
                Message::Run(task) => self.do_task(task),
                Message::After(..) | Message::Wake | Message::Stop => {}
            }
        }
    }

    /// Removes keys that are due, for at most a budget of time. Returns how long to wait
    /// before the next look; `None` when no key has a deadline.
    fn expire(&mut self) -> Option<Duration> {
        if !self.expires || !self.engine.shared.expires_actively.load(Ordering::Acquire) {
            return None;
        }
        if self.engine.admit_writes().is_err() {
            // What cannot be recorded stays; readers do not see it. There may be room later.
            return Some(TICK);
        }
        let stripes = self.engine.stripes_of(self.shard);
        let watches = &self.engine.shards[self.shard].watches_deadlines;
        if !watches.swap(false, Ordering::AcqRel) {
            return None;
        }
        let work = Stopwatch::start();
        let mut deadlines = false;
        loop {
            // An error is kept by the log, which tells every writer; nobody asked for this one.
            let (more, left) = self.engine.expire_documents(self.shard).unwrap_or((false, true));
            deadlines |= left;
            if work.elapsed() > BUDGET {
                watches.store(true, Ordering::Release);
                return Some(if more { PAUSE } else { PAUSE.min(TICK) });
            }
            if !more {
                break;
            }
        }
        for _ in 0..stripes.len() {
            let at = stripes.start + self.cursor % stripes.len();
            loop {
                let (more, left) = self.engine.expire_slice(at);
                deadlines |= left;
                if work.elapsed() > BUDGET {
                    watches.store(true, Ordering::Release);
                    return Some(if more { PAUSE } else { PAUSE.min(TICK) });
                }
                if !more {
                    break;
                }
            }
            self.cursor = self.cursor.wrapping_add(1);
        }
        if deadlines {
            watches.store(true, Ordering::Release);
        }
        watches.load(Ordering::Acquire).then_some(TICK)
    }
}

impl Engine {
    /// Has the shards' threads remove keys that are due, or leave them to those who meet them.
    #[cfg(feature = "server")]
    pub(crate) fn set_active_expiry(&self, is_on: bool) {
        self.shared.expires_actively.store(is_on, Ordering::Release);
        for shard in &self.shards {
            shard.watches_deadlines.store(true, Ordering::Release);
            // Fails only while the database shuts down, when nothing needs to expire.
            drop(shard.queue.send(Message::Wake));
        }
    }

    /// Removes at most a slice of due keys from a stripe. Whether more may be due, and whether
    /// any key of it has a deadline.
    pub(crate) fn expire_slice(&self, at: usize) -> (bool, bool) {
        let mut stripe = self.stripes[at].0.lock();
        if !stripe.has_deadlines() {
            return (false, false);
        }
        let job = Job::new(&self.shared);
        let mut gone = Vec::new();
        for number in stripe.numbers() {
            if stripe.is_used(number) {
                gone.extend(stripe.keyspace(number, &job).expire(SLICE - gone.len()));
            }
        }
        let left = stripe.has_deadlines();
        // An error is kept by the log, which tells every writer; nobody asked for this one.
        drop(self.leave(job, stripe, at));
        (gone.len() == SLICE, left)
    }
}
