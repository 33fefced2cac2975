//! Many commands in one go.
//!
//! A run of commands that each work on one key takes the leases of all their stripes at once
//! and prefetches every slot and block before the first command runs: the memory's latency
//! is paid once for the run instead of once a command. Replies, and the order in which others
//! can see the effects, are those of the commands one after another.

use smallvec::SmallVec;

use crate::command::args::PlacedKey;
use crate::command::dispatch::Call;
use crate::command::{Flag, Reply, Run, Spec};
use crate::engine::{Engine, Transaction};
use crate::error::{Error, Result};

/// Commands that share one taking of leases: enough to hide latency, few enough to hold
/// the leases for some 10 us.
pub(crate) const BATCH_MAX: usize = 128;

/// Where the answers of several commands go, in order.
pub(crate) trait Answers {
    /// What the next command answers with.
    fn reply(&mut self) -> &mut Reply;

    /// Ends the answer of a command, whose entry this is if it has one; one that failed gave none,
    /// or a part of one.
    fn end(&mut self, spec: Option<&'static Spec>, result: Result<()>);

    /// The place behind the answers so far.
    fn mark(&self) -> usize;

    /// Takes answers back.
    fn rewind(&mut self, mark: usize);
}

/// Runs commands as they come; those of one key each wait for more of them.
#[derive(Debug)]
pub(crate) struct Batches<'a, A> {
    engine: &'a Engine,
    /// The numbered database that they run on.
    number: u8,
    /// Without an allocation as long as it is one command, as with clients that wait for each answer.
    waiting: SmallVec<[(Call<'a>, PlacedKey<'a>); 1]>,
    answers: A,
}

impl<'a, A: Answers> Batches<'a, A> {
    pub(crate) fn new(engine: &'a Engine, number: u8, answers: A) -> Batches<'a, A> {
        Batches { engine, number, waiting: SmallVec::new(), answers }
    }

    /// Runs a command, at once or when more have come.
    #[inline]
    pub(crate) fn push(&mut self, call: Result<Call<'a>>) {
        match call {
            Ok(call) if matches!(call.spec.run, Run::Key(_)) => {
                if let Some(placed) = call.key() {
                    self.engine.prefetch_lease(&placed.1);
                    self.waiting.push((call, placed));
                }
                if self.waiting.len() == BATCH_MAX {
                    self.flush();
                }
            }
            Ok(call) => {
                self.flush();
                let result = call.answer(self.engine, self.number, self.answers.reply());
                self.answers.end(Some(call.spec), result);
            }
            Err(error) => {
                self.flush();
                self.answers.end(None, Err(error));
            }
        }
    }

    /// Runs what waits, and gives back where the answers went.
    pub(crate) fn finish(mut self) -> A {
        self.flush();
        self.answers
    }

    /// The answers so far.
    #[cfg(feature = "server")]
    pub(crate) fn answers(&self) -> &A {
        &self.answers
    }

    /// Runs what waits; what comes then is run on another numbered database, perhaps.
    #[cfg(feature = "server")]
    pub(crate) fn alone(&mut self) -> &mut A {
        self.flush();
        &mut self.answers
    }

    /// Chooses the numbered database of what comes.
    #[cfg(feature = "server")]
    pub(crate) fn select(&mut self, number: u8) {
        debug_assert!(self.waiting.is_empty(), "what waits is for the one before");
        self.number = number;
    }

    /// Runs what waits.
    fn flush(&mut self) {
        match &self.waiting[..] {
            [] => {}
            [(call, placed)] => {
                let reply = self.answers.reply();
                let result = call.answer_on(self.engine, self.number, placed, reply);
                self.answers.end(Some(call.spec), result);
                self.waiting.clear();
            }
            _ => self.flush_together(),
        }
    }

    fn flush_together(&mut self) {
        let Batches { engine, number, waiting, answers } = self;
        if engine.is_observed() {
            // Who waits for what one of them gives a key is served before the next one runs.
            for (call, placed) in waiting.drain(..) {
                let result = call.answer_on(engine, *number, &placed, answers.reply());
                answers.end(Some(call.spec), result);
            }
            return;
        }
        if waiting.iter().any(|(call, _)| call.spec.is(Flag::DenyOom)) {
            engine.make_room();
        }
        let has_writes = waiting.iter().any(|(call, _)| call.spec.is(Flag::Write));
        let writes = if has_writes { engine.admit_writes() } else { Ok(()) };
        let (keys, mark) = (waiting.iter().map(|(_, (_, key))| key), answers.mark());
        let result = engine.together(*number, keys.clone(), |transaction| {
            transaction.prefetch(keys.clone());
            run_held(transaction, waiting, &writes, answers);
            Ok(())
        });
        if let Err(error) = result {
            answers.rewind(mark);
            for (call, _) in waiting.iter() {
                answers.end(Some(call.spec), Err::<(), Error>(error.clone()));
            }
        }
        waiting.clear();
    }
}

/// Runs commands of one key each as one step; `writes` says whether those that write may run.
fn run_held(
    transaction: &mut Transaction<'_>,
    batch: &[(Call<'_>, PlacedKey<'_>)],
    writes: &Result<()>,
    answers: &mut impl Answers,
) {
    for (call, placed) in batch {
        let result = match writes {
            Err(error) if call.spec.is(Flag::Write) => Err(error.clone()),
            _ => call.run_on(&mut transaction.keyspace(&placed.1), placed, answers.reply()),
        };
        answers.end(Some(call.spec), result);
    }
}
