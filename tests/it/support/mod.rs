//! What the tests share: how to speak to an engine, how to judge what it says.
//!
//! Nothing here tests; the modules beside this folder do. Every engine (Kora in process, a real
//! `redis-server`) is reached through [`Target`], so a test says what is asked and what must come
//! back, and never how an engine is called.

pub(crate) mod reply;
pub(crate) mod words;

pub(crate) mod judge;
pub(crate) mod script;

pub(crate) mod exceptions;
pub(crate) mod kora_target;
pub(crate) mod redis;
pub(crate) mod served;
pub(crate) mod talk;

pub(crate) mod dice;
pub(crate) mod duel;
pub(crate) mod grammar;
pub(crate) mod history;
pub(crate) mod picks;

pub(crate) mod awaiting;

pub(crate) mod folder;
pub(crate) mod program;

use reply::Reply;
use words::Words;

/// An engine that takes commands and answers them, one connection's worth of it.
pub(crate) trait Target {
    /// Runs one command.
    fn run(&mut self, words: &[Vec<u8>]) -> Reply;

    /// Runs commands in order; a target behind a socket sends them together.
    fn run_all(&mut self, commands: &[Words]) -> Vec<Reply> {
        commands.iter().map(|words| self.run(words)).collect()
    }
}
