//! Commands that wait: BLPOP and its kin, from whichever door.
//!
//! An entry says how it attempts what it does, and which word is the time. A caller of this process
//! sleeps or awaits; what a connection does is the session's matter.

use std::time::Duration;

use crate::command::dispatch::Call;
use crate::command::reply::Reply;
use crate::command::response::CommandResponse;
use crate::command::words::{Span, Words};
use crate::command::{Run, Waits};
use crate::engine::blocking::{Slot, WaitOp};
use crate::engine::waiters::WaitKeys;
use crate::engine::{Engine, Transaction, catch};
use crate::error::{ArgumentError, Result};
use crate::keyspace::Key;
use crate::text::double::parse_f64;

/// Words that outlive the buffer they came in.
#[derive(Clone, Debug)]
pub(crate) struct OwnedWords {
    buffer: Vec<u8>,
    spans: Vec<Span>,
}

impl OwnedWords {
    pub(crate) fn of(words: Words<'_>) -> OwnedWords {
        let mut owned = OwnedWords { buffer: Vec::new(), spans: Vec::new() };
        words.append_to(&mut owned.buffer, &mut owned.spans);
        owned
    }

    /// The words.
    pub(crate) fn words(&self) -> Words<'_> {
        Words::new(&self.buffer, &self.spans)
    }
}

/// Reads how long to wait, in seconds; 0 for as long as it takes.
pub(crate) fn timeout(word: &[u8]) -> Result<Option<Duration>> {
    const MS_PER_SECOND: f64 = 1000.0;
    let seconds = parse_f64(word).ok_or(ArgumentError::WaitNotAFloat)?;
    if seconds < 0.0 {
        return Err(ArgumentError::WaitNegative.into());
    }
    // Redis counts whole milliseconds, and rounds up.
    let seconds = (seconds * MS_PER_SECOND).ceil() / MS_PER_SECOND;
    let time = Duration::try_from_secs_f64(seconds);
    let time = time.map_err(|_overflow| ArgumentError::WaitOutOfRange)?;
    if time.as_secs() > u64::from(u32::MAX) * 1000 {
        return Err(ArgumentError::WaitOutOfRange.into());
    }
    Ok((!time.is_zero()).then_some(time))
}

impl<'a> Call<'a> {
    /// How the command waits, if it does.
    pub(crate) fn waits(&self) -> Option<&'static Waits> {
        if let Run::Wait(waits) = self.spec.run { Some(waits) } else { None }
    }

    /// How long the command waits.
    pub(crate) fn time(&self, waits: &Waits) -> Result<Option<Duration>> {
        let at = waits.timeout.unwrap_or(self.words.len() - 1);
        timeout(self.words.get(at).unwrap_or_default())
    }

    /// Tries it with all of its keys, or with one that has changed.
    pub(crate) fn attempt(
        &self,
        waits: &Waits,
        transaction: &mut Transaction<'_>,
        ready: Option<&Key<'_>>,
        reply: &mut Reply,
    ) -> Result<bool> {
        let placed = self.keys();
        catch(|| (waits.attempt)(transaction, ready, &mut self.args_of(&placed), reply))
    }

    /// Tries it once, where nobody may wait.
    pub(crate) fn attempt_once(
        &self,
        waits: &Waits,
        transaction: &mut Transaction<'_>,
        reply: &mut Reply,
    ) -> Result<()> {
        self.time(waits)?;
        if !self.attempt(waits, transaction, None, reply)? {
            (waits.nothing)(reply);
        }
        Ok(())
    }

    /// The keys that it waits for.
    pub(crate) fn wait_keys<'k>(
        &self,
        waits: &Waits,
        number: u8,
        keys: &'k [Key<'k>],
    ) -> WaitKeys<'k> {
        WaitKeys { number, keys, waited: waits.waited.unwrap_or(keys.len()) }
    }

    /// What is done with the keys: with all of them, or with one that has changed.
    pub(crate) fn wait_op(&self, waits: &'static Waits) -> impl WaitOp<CommandResponse> + use<> {
        let (spec, owned) = (self.spec, OwnedWords::of(self.words));
        move |transaction: &mut Transaction<'_>, ready: Option<&Key<'_>>| {
            let mut reply = Reply::value();
            let call = Call::new(spec, owned.words());
            let is_done = call.attempt(waits, transaction, ready, &mut reply)?;
            Ok(is_done.then(|| reply.take_response()))
        }
    }

    /// Runs it on this thread, which sleeps as long as it waits.
    pub(crate) fn wait(
        &self,
        waits: &'static Waits,
        engine: &Engine,
        number: u8,
    ) -> Result<CommandResponse> {
        let (time, slot) = (self.time(waits)?, Slot::new());
        let keys: Vec<Key<'_>> = self.keys().into_iter().map(|(_, key)| key).collect();
        let on = self.wait_keys(waits, number, &keys);
        let mut found = engine.begin_to_wait(on, self.wait_op(waits), &slot)?;
        if found.is_none() {
            found = engine.wait(&slot).sleep(time)?;
        }
        Ok(found.unwrap_or(CommandResponse::NilArray))
    }
}
