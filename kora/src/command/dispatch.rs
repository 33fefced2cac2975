//! From words to an answer: find the entry, check the arity, take the leases, run.

#[cfg(feature = "server")]
use std::cell::RefCell;

use crate::command::args::{Args, PlacedKey};
use crate::command::reply::Reply;
use crate::command::response::CommandResponse;
use crate::command::words::Words;
use crate::command::{Flag, Listed, Run, Spec, find, find_sub};
use crate::engine::attempt::Attempt;
use crate::engine::collections::Scope;
use crate::engine::{Engine, catch};
#[cfg(feature = "server")]
use crate::engine::{Sweep, Transaction};
#[cfg(feature = "server")]
use crate::error::ConnectionError;
use crate::error::{Error, Result, UnknownCommand, UnknownSubcommand};
use crate::keyspace::{Key, Keyspace};
#[cfg(feature = "server")]
use crate::session::Context;

/// A command whose entry was found and whose arity was checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) spec: &'static Spec,
    pub(crate) words: Words<'a>,
    /// How many of the words are the name.
    name_words: usize,
}

impl<'a> Call<'a> {
    /// A call of an entry that was found and whose arity fits.
    pub(crate) fn new(spec: &'static Spec, words: Words<'a>) -> Call<'a> {
        Call { spec, words, name_words: spec.name_words() }
    }

    /// Finds the entry for some words.
    pub(crate) fn find(words: Words<'a>) -> Result<Call<'a>> {
        let name = words.get(0).unwrap_or_default();
        let listed = find(name).ok_or_else(|| unknown(name, words))?;
        Call::of_listed(listed, words)
    }

    /// As [`Call::find`], for commands that come one after the other and are often the same: `last` is
    /// the entry of the one before, and then of this one.
    // A call costs 60 instructions a command, and the compiler makes one when there are two callers.
    #[inline(always)]
    pub(crate) fn find_again(words: Words<'a>, last: &mut Option<Listed>) -> Result<Call<'a>> {
        let name = words.get(0).unwrap_or_default();
        let is_it = |last: &Listed| name.eq_ignore_ascii_case(last.spec.name.as_bytes());
        if !last.as_ref().is_some_and(is_it) {
            *last = find(name);
        }
        let listed = last.ok_or_else(|| unknown(name, words))?;
        Call::of_listed(listed, words)
    }

    #[inline(always)]
    fn of_listed(listed: Listed, words: Words<'a>) -> Result<Call<'a>> {
        let Listed { mut spec, has_subcommands, .. } = listed;
        let mut name_words = 1;
        if has_subcommands {
            if let Some(sub) = words.get(1) {
                spec = find_sub(spec, sub).ok_or_else(|| unknown_sub(spec, sub))?.spec;
                name_words = 2;
            }
        }
        spec.check_arity(words.len())?;
        Ok(Call { spec, words, name_words })
    }

    /// The command's keys, hashed, with their positions.
    pub(crate) fn keys(&self) -> Vec<PlacedKey<'a>> {
        // Hardly a command has fewer keys than half of its words.
        let mut keys = Vec::with_capacity(self.words.len());
        self.spec.keys.positions(self.words, |at| {
            keys.extend(self.words.get(at).map(|bytes| (at, Key::new(bytes))));
        });
        keys
    }

    /// The one key of a command that runs on one.
    pub(crate) fn key(&self) -> Option<PlacedKey<'a>> {
        let mut found = None;
        self.spec.keys.positions(self.words, |at| {
            found = found.or_else(|| self.words.get(at).map(|bytes| (at, Key::new(bytes))));
        });
        found
    }

    /// A cursor over the arguments, some of which are keys that were hashed.
    pub(crate) fn args_of<'k>(&self, keys: &'k [PlacedKey<'k>]) -> Args<'k>
    where
        'a: 'k,
    {
        Args::new(self.words, self.name_words, keys)
    }

    fn args(&self, keys: &'a [PlacedKey<'a>]) -> Args<'a> {
        Args::new(self.words, self.name_words, keys)
    }

    /// Evicts when the command may need memory, and refuses it when none can be had, or when what
    /// it writes could not be recorded: whatever its arguments are, as Redis does.
    #[inline]
    fn admit(&self, engine: &Engine) -> Result<()> {
        if self.spec.is(Flag::DenyOom) {
            engine.admit()?;
        }
        if self.spec.is(Flag::Write) { engine.admit_writes() } else { Ok(()) }
    }

    /// Runs the command; the answer is a value.
    pub(crate) fn run(&self, engine: &Engine, number: u8) -> Result<CommandResponse> {
        if let Some(waits) = self.waits() {
            self.admit(engine)?;
            return self.wait(waits, engine, number);
        }
        let mut reply = Reply::value();
        self.answer(engine, number, &mut reply)?;
        Ok(reply.take_response())
    }

    /// Runs the command.
    pub(crate) fn answer(&self, engine: &Engine, number: u8, reply: &mut Reply) -> Result<()> {
        self.admit(engine)?;
        self.answer_admitted(engine, number, reply)
    }

    /// Runs the command, whatever the memory's state; what it changes is still refused by the
    /// write door when there is no room for it.
    pub(crate) fn answer_admitted(
        &self,
        engine: &Engine,
        number: u8,
        reply: &mut Reply,
    ) -> Result<()> {
        match self.spec.run {
            Run::Key(run) => {
                let placed = [self.key().ok_or(Error::Syntax)?];
                let call = Call { ..*self };
                engine.on(number, &placed[0].1, |keyspace| {
                    run(keyspace, &mut call.args(&placed), reply)
                })
            }
            Run::Together(run) => {
                let placed = self.keys();
                let call = Call { ..*self };
                engine.together(number, placed.iter().map(|(_, key)| key), |transaction| {
                    run(transaction, &mut call.args(&placed), reply)
                })
            }
            Run::Wait(waits) => {
                reply.whole(self.wait(waits, engine, number)?);
                Ok(())
            }
            Run::Sweep(run) => catch(|| run(engine.sweep(number), &mut self.args(&[]), reply)),
            Run::Documents(run) | Run::Query(run) => {
                catch(|| run(&mut engine.documents(), &mut self.args(&[]), reply))
            }
            Run::Channels(run) => catch(|| run(engine.broker(), &mut self.args(&[]), reply)),
            Run::Table(run) => catch(|| run(&mut self.args(&[]), reply)),
            #[cfg(feature = "server")]
            Run::Session(_) | Run::Server(_) => Err(ConnectionError::NoConnection.into()),
            Run::Container => Err(Error::WrongArity { command: self.spec.wire_name().into() }),
        }
    }

    /// Runs a command of one key, which was found already.
    pub(crate) fn answer_on(
        &self,
        engine: &Engine,
        number: u8,
        placed: &'a PlacedKey<'a>,
        reply: &mut Reply,
    ) -> Result<()> {
        self.admit(engine)?;
        let run = self.run_on_key();
        let mut args = self.args(std::slice::from_ref(placed));
        engine.on(number, &placed.1, |keyspace| run(keyspace, &mut args, reply))
    }

    /// Runs a command that is about a connection.
    #[cfg(feature = "server")]
    pub(crate) fn answer_session(
        &self,
        run: fn(&mut Context<'_>, &mut Args<'_>, &mut Reply) -> Result<()>,
        context: &mut Context<'_>,
        reply: &mut Reply,
    ) -> Result<()> {
        catch(|| run(context, &mut self.args(&[]), reply))
    }

    /// Runs a command that is about a server and its data, which are as `sweep` sees them.
    #[cfg(feature = "server")]
    pub(crate) fn answer_server(
        &self,
        run: fn(&mut Context<'_>, Sweep<'_>, &mut Args<'_>, &mut Reply) -> Result<()>,
        context: &mut Context<'_>,
        sweep: Sweep<'_>,
        reply: &mut Reply,
    ) -> Result<()> {
        catch(|| run(context, sweep, &mut self.args(&[]), reply))
    }

    /// Runs the command in a transaction, where it sees and changes copies.
    pub(crate) fn run_in(&self, attempt: &mut Attempt<'_>) -> Result<CommandResponse> {
        let mut reply = Reply::value();
        self.answer_in(attempt, &mut reply)?;
        Ok(reply.take_response())
    }

    /// As [`Call::run_in`], whatever the answer becomes.
    pub(crate) fn answer_in(&self, attempt: &mut Attempt<'_>, reply: &mut Reply) -> Result<()> {
        match self.spec.run {
            Run::Key(run) => {
                let placed = [self.key().ok_or(Error::Syntax)?];
                attempt.on(&placed[0].1, |keyspace| run(keyspace, &mut self.args(&placed), reply))
            }
            Run::Together(run) => {
                let placed = self.keys();
                attempt.together(placed.iter().map(|(_, key)| key), |transaction| {
                    run(transaction, &mut self.args(&placed), reply)
                })
            }
            Run::Wait(waits) => {
                let placed = self.keys();
                attempt.together(placed.iter().map(|(_, key)| key), |transaction| {
                    self.attempt_once(waits, transaction, reply)
                })
            }
            Run::Table(run) => catch(|| run(&mut self.args(&[]), reply)),
            Run::Documents(run) | Run::Query(run) => {
                let mut scope = Scope::Attempt(attempt);
                catch(|| run(&mut scope, &mut self.args(&[]), reply))
            }
            // What is published cannot be taken back.
            Run::Sweep(_) | Run::Channels(_) => Err(Error::NotInTransaction),
            #[cfg(feature = "server")]
            Run::Server(_) => Err(Error::NotInTransaction),
            #[cfg(feature = "server")]
            Run::Session(_) => Err(ConnectionError::NoConnection.into()),
            Run::Container => Err(Error::WrongArity { command: self.spec.wire_name().into() }),
        }
    }

    /// Runs the command as one step of a transaction that holds the leases of all its keys, and all
    /// leases if it is a [`Run::Sweep`].
    #[cfg(feature = "server")]
    pub(crate) fn answer_held(
        &self,
        engine: &Engine,
        transaction: &mut Transaction<'_>,
        reply: &mut Reply,
    ) -> Result<()> {
        match self.spec.run {
            Run::Key(_) => {
                let placed = self.key().ok_or(Error::Syntax)?;
                self.run_on(&mut transaction.keyspace(&placed.1), &placed, reply)
            }
            Run::Together(run) => {
                let placed = self.keys();
                catch(|| run(transaction, &mut self.args(&placed), reply))
            }
            Run::Sweep(run) => {
                let number = transaction.number();
                let held = RefCell::new(transaction);
                catch(|| run(engine.sweep_held(number, &held), &mut self.args(&[]), reply))
            }
            Run::Wait(waits) => self.attempt_once(waits, transaction, reply),
            Run::Channels(run) => catch(|| run(engine.broker(), &mut self.args(&[]), reply)),
            Run::Table(run) => catch(|| run(&mut self.args(&[]), reply)),
            Run::Documents(_) | Run::Query(_) => Err(Error::NotInTransaction),
            Run::Session(_) | Run::Server(_) => Err(ConnectionError::NoConnection.into()),
            Run::Container => Err(Error::WrongArity { command: self.spec.wire_name().into() }),
        }
    }

    /// As [`Call::answer`], for a client that wants nobody to see that it has used its keys. A
    /// command on the whole keyspace holds all leases here.
    #[cfg(feature = "server")]
    pub(crate) fn answer_without_trace(
        &self,
        engine: &Engine,
        number: u8,
        reply: &mut Reply,
    ) -> Result<()> {
        let placed = self.keys();
        if placed.is_empty() {
            return self.answer(engine, number, reply);
        }
        self.admit(engine)?;
        let work = |transaction: &mut Transaction<'_>| {
            self.answer_held_without_trace(engine, transaction, reply)
        };
        if matches!(self.spec.run, Run::Sweep(_)) {
            engine.everywhere(number, work)
        } else {
            engine.together(number, placed.iter().map(|(_, key)| key), work)
        }
    }

    /// As [`Call::answer_held`], and the keys were last used when they were before.
    #[cfg(feature = "server")]
    pub(crate) fn answer_held_without_trace(
        &self,
        engine: &Engine,
        transaction: &mut Transaction<'_>,
        reply: &mut Reply,
    ) -> Result<()> {
        let keys: Vec<Key<'_>> = self.keys().into_iter().map(|(_, key)| key).collect();
        transaction.without_trace(&keys, |transaction| self.answer_held(engine, transaction, reply))
    }

    /// Runs the command if its leases are free and it is not a long one.
    pub(crate) fn try_run(&self, engine: &Engine, number: u8) -> Option<Result<CommandResponse>> {
        if let Err(full) = self.admit(engine) {
            return Some(Err(full));
        }
        let mut reply = Reply::value();
        let call = Call { ..*self };
        let result = match self.spec.run {
            Run::Key(run) => {
                let placed = [self.key()?];
                engine.try_on(number, &placed[0].1, |keyspace| {
                    run(keyspace, &mut call.args(&placed), &mut reply)
                })?
            }
            Run::Together(run) => {
                let placed = self.keys();
                engine.try_together(number, placed.iter().map(|(_, key)| key), |transaction| {
                    run(transaction, &mut call.args(&placed), &mut reply)
                })?
            }
            #[cfg(feature = "server")]
            Run::Session(_) | Run::Server(_) => Err(ConnectionError::NoConnection.into()),
            Run::Documents(_) | Run::Channels(_) | Run::Table(_) | Run::Container => {
                self.answer_admitted(engine, number, &mut reply)
            }
            Run::Query(_) | Run::Sweep(_) | Run::Wait(_) => return None,
        };
        Some(result.map(|()| reply.take_response()))
    }

    /// What runs a command of one key.
    fn run_on_key(&self) -> fn(&mut Keyspace<'_>, &mut Args<'_>, &mut Reply) -> Result<()> {
        let Run::Key(run) = self.spec.run else {
            unreachable!("only commands of one key are run on its keyspace")
        };
        run
    }

    /// Runs a command of one key on its keyspace, the lease being held.
    pub(crate) fn run_on(
        &self,
        keyspace: &mut Keyspace<'_>,
        placed: &'a PlacedKey<'a>,
        reply: &mut Reply,
    ) -> Result<()> {
        let run = self.run_on_key();
        if self.spec.is(Flag::DenyOom) {
            keyspace.admit()?;
        }
        let mut args = self.args(std::slice::from_ref(placed));
        catch(|| run(keyspace, &mut args, reply))
    }
}

const SHOWN_LEN_MAX: usize = 128;

/// A word as errors show it: not much of it, and as in C up to its first NUL.
pub(crate) fn shown(word: &[u8]) -> String {
    let word = word.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(&word[..word.len().min(SHOWN_LEN_MAX)]).into_owned()
}

#[cold]
fn unknown_sub(command: &Spec, sub: &[u8]) -> Error {
    let unknown = UnknownSubcommand { command: command.name, subcommand: shown(sub) };
    Error::UnknownSubcommand(Box::new(unknown))
}

#[cold]
fn unknown(name: &[u8], words: Words<'_>) -> Error {
    let mut arguments = String::new();
    for word in words.from(1) {
        if arguments.len() >= SHOWN_LEN_MAX {
            break;
        }
        let room = SHOWN_LEN_MAX - arguments.len();
        arguments.push_str(&format!("'{}' ", shown(&word[..word.len().min(room)])));
    }
    Error::UnknownCommand(Box::new(UnknownCommand { name: shown(name), arguments }))
}
