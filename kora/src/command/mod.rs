//! The command table: what a command is, and where all of them are.
//!
//! A command is one [`Spec`] beside its function, in `commands.rs` of its family's folder.
//! Everything else (lookup, arity errors, routing, COMMAND, docs/commands.md, the tests
//! over the table) is computed from it. Nothing here knows a command by name.

pub(crate) mod args;
pub(crate) mod batch;
#[expect(clippy::module_inception, reason = "a command as a value, among what runs it")]
pub(crate) mod command;
pub(crate) mod commands;
pub(crate) mod dispatch;
pub(crate) mod document;
pub(crate) mod facts;
pub(crate) mod keys;
pub(crate) mod pipeline;
pub(crate) mod reply;
pub(crate) mod response;
pub(crate) mod scan;
pub(crate) mod syntax;
pub(crate) mod wait;
pub(crate) mod words;

#[cfg(all(test, feature = "server"))]
mod page;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use hashbrown::HashMap;

use crate::engine::collections::Scope;
use crate::engine::{Sweep, Transaction};
use crate::error::{Error, Result};
use crate::keyspace::{Key, Keyspace};
use crate::pubsub::broker::Broker;
#[cfg(feature = "server")]
use crate::session::Context;

pub(crate) use args::Args;
pub(crate) use keys::Keys;
pub(crate) use reply::Reply;

/// One command, whole. There is no other place that knows a command exists.
#[derive(Debug)]
pub(crate) struct Spec {
    /// Upper-case wire name. A subcommand carries its parent: `"OBJECT ENCODING"`.
    pub(crate) name: &'static str,
    /// How many words; the name's own count, as in Redis.
    pub(crate) arity: Arity,
    /// Where the keys stand among the words.
    pub(crate) keys: Keys,
    /// Facts that others act on: admission, ACL categories, COMMAND INFO.
    pub(crate) flags: &'static [Flag],
    /// How and where it runs.
    pub(crate) run: Run,
    /// What COMMAND DOCS and docs/commands.md say. The examples are tests.
    pub(crate) doc: Doc,
}

/// How many words a command may have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arity {
    /// Just so many.
    Exactly(usize),
    /// So many or more.
    AtLeast(usize),
    /// As the words say that follow the name; see [`Arity::written`].
    Written {
        /// The words, as they are described to people.
        words: &'static str,
        /// How many there are at least, the name's included.
        least: usize,
        /// Whether there may be more.
        is_open: bool,
    },
}

impl Arity {
    /// That of a command which Redis does not have, by what is written behind its name:
    /// `collection id [path ...]`. What stands in brackets may be left out; a comma ends the words
    /// and begins a remark.
    pub(crate) const fn written(words: &'static str) -> Arity {
        let bytes = words.as_bytes();
        let (mut least, mut is_open, mut at, mut was_space) = (1, false, 0, true);
        while at < bytes.len() && bytes[at] != b',' && !is_open {
            is_open = bytes[at] == b'[';
            let is_space = bytes[at] == b' ';
            least += (was_space && !is_space && !is_open) as usize;
            was_space = is_space;
            at += 1;
        }
        Arity::Written { words, least, is_open }
    }

    /// How many words there are at least, and whether there may be more.
    pub(crate) fn bounds(self) -> (usize, bool) {
        match self {
            Arity::Exactly(words) => (words, false),
            Arity::AtLeast(words) => (words, true),
            Arity::Written { least, is_open, .. } => (least, is_open),
        }
    }
}

/// A fact about a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flag {
    /// May change data. Exactly the commands without `ReadOnly`, `Loading` and `Admin`.
    Write,
    /// Reads data and changes none.
    ReadOnly,
    /// Refused when memory is at its limit.
    DenyOom,
    /// O(1) or O(log n).
    Fast,
    /// Can stall a database or empty it: not for everyone.
    Dangerous,
    /// Concerns the server or the connection, not data; may run before data is loaded.
    Loading,
    /// Runs the server: changes no data, and is not for everyone.
    Admin,
    /// Waits, unless there is something at once.
    Blocking,
    /// Is refused in MULTI.
    NoMulti,
    /// Tells others something without changing data: it waits while writes are paused.
    Tells,
    /// Runs before the client has said who it is.
    #[cfg(feature = "server")]
    NoAuth,
    /// Runs on a connection that listens, and speaks RESP2.
    Listening,
    /// Runs at once in MULTI, and does not wait for EXEC.
    #[cfg(feature = "server")]
    AtOnce,
}

/// How and where a command runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    /// On the stripe of its one key.
    Key(fn(&mut Keyspace<'_>, &mut Args<'_>, &mut Reply) -> Result<()>),
    /// On the stripes of all its keys, as one step.
    Together(fn(&mut Transaction<'_>, &mut Args<'_>, &mut Reply) -> Result<()>),
    /// On the stripes of all its keys, as one step; waits until one of them has what it wants.
    Wait(&'static Waits),
    /// On the numbered database as a whole, or on collections as such, with the leases that it
    /// takes as it goes: in slices, or all of them for what must be one step.
    Sweep(fn(Sweep<'_>, &mut Args<'_>, &mut Reply) -> Result<()>),
    /// On documents whose ids are known: in place, with the leases that it takes as it goes, none
    /// of them for long.
    Documents(fn(&mut Scope<'_, '_>, &mut Args<'_>, &mut Reply) -> Result<()>),
    /// On whatever documents a query finds: in slices, as a sweep.
    Query(fn(&mut Scope<'_, '_>, &mut Args<'_>, &mut Reply) -> Result<()>),
    /// On channels.
    Channels(fn(&Broker, &mut Args<'_>, &mut Reply) -> Result<()>),
    /// On the command table alone.
    Table(fn(&mut Args<'_>, &mut Reply) -> Result<()>),
    /// On a connection and its server: from elsewhere it is refused.
    #[cfg(feature = "server")]
    Session(fn(&mut Context<'_>, &mut Args<'_>, &mut Reply) -> Result<()>),
    /// The same, and on all data as a whole, as a sweep.
    #[cfg(feature = "server")]
    Server(fn(&mut Context<'_>, Sweep<'_>, &mut Args<'_>, &mut Reply) -> Result<()>),
    /// Not by itself: it only has subcommands.
    Container,
}

/// How a command waits for keys.
#[derive(Debug)]
pub(crate) struct Waits {
    /// Does it with all keys, or with one that has changed; false, and no answer, when there is
    /// nothing for it.
    pub(crate) attempt:
        fn(&mut Transaction<'_>, Option<&Key<'_>>, &mut Args<'_>, &mut Reply) -> Result<bool>,
    /// Which word says how long it waits; the last if there is no number.
    pub(crate) timeout: Option<usize>,
    /// It waits for the first so many of its keys; for all if there is no number.
    pub(crate) waited: Option<usize>,
    /// What it answers where nobody may wait, and there is nothing.
    pub(crate) nothing: fn(&mut Reply),
}

/// What is said about a command.
#[derive(Debug)]
pub(crate) struct Doc {
    /// The version of Redis that has it, whose grammar and replies it follows; the version of Kora
    /// where Redis has none.
    pub(crate) since: &'static str,
    /// How its cost grows.
    pub(crate) cost: &'static str,
    /// One sentence, third person, full stop.
    pub(crate) summary: &'static str,
    /// Lines, each run on what the ones before it left, and the replies as redis-cli prints
    /// them; `...` in a reply stands for what differs from run to run, or is left out.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read by tests, one of which writes the docs")
    )]
    pub(crate) examples: &'static [(&'static str, &'static str)],
}

/// The commands of one folder.
#[derive(Debug)]
pub(crate) struct Family {
    /// What the family is about, as COMMAND DOCS names the group.
    pub(crate) group: &'static str,
    pub(crate) commands: &'static [Spec],
}

/// Every family, in the order of docs/commands.md. A static: an entry has one address.
pub(crate) static FAMILIES: &[Family] = &[
    Family { group: "generic", commands: crate::keyspace::commands::COMMANDS },
    Family { group: "generic", commands: crate::keyspace::commands::expiry::COMMANDS },
    Family { group: "generic", commands: crate::keyspace::commands::transfer::COMMANDS },
    Family { group: "generic", commands: crate::keyspace::commands::scan::COMMANDS },
    Family { group: "generic", commands: crate::keyspace::commands::sort::COMMANDS },
    Family { group: "generic", commands: crate::keyspace::commands::object::COMMANDS },
    Family { group: "server", commands: crate::keyspace::commands::memory::COMMANDS },
    Family { group: "string", commands: crate::types::string::commands::COMMANDS },
    Family { group: "string", commands: crate::types::string::commands::number::COMMANDS },
    Family { group: "string", commands: crate::types::string::commands::lcs::COMMANDS },
    Family { group: "hash", commands: crate::types::hash::commands::COMMANDS },
    Family { group: "list", commands: crate::types::list::commands::ends::COMMANDS },
    Family { group: "list", commands: crate::types::list::commands::inside::COMMANDS },
    Family { group: "list", commands: crate::types::list::commands::blocking::COMMANDS },
    Family { group: "set", commands: crate::types::set::commands::COMMANDS },
    Family { group: "sorted-set", commands: crate::types::zset::commands::update::COMMANDS },
    Family { group: "sorted-set", commands: crate::types::zset::commands::read::COMMANDS },
    Family { group: "sorted-set", commands: crate::types::zset::commands::range::COMMANDS },
    Family { group: "sorted-set", commands: crate::types::zset::commands::remove::COMMANDS },
    Family { group: "sorted-set", commands: crate::types::zset::commands::combine::COMMANDS },
    Family { group: "sorted-set", commands: crate::types::zset::commands::blocking::COMMANDS },
    Family { group: "document", commands: crate::document::commands::collections::COMMANDS },
    Family { group: "document", commands: crate::document::commands::documents::COMMANDS },
    Family { group: "document", commands: crate::document::commands::update::COMMANDS },
    Family { group: "document", commands: crate::document::commands::query::COMMANDS },
    Family { group: "document", commands: crate::document::commands::indexes::COMMANDS },
    Family { group: "document", commands: crate::document::commands::expiry::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "connection", commands: crate::session::commands::connection::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "connection", commands: crate::session::commands::client::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "connection", commands: crate::session::commands::pause::COMMANDS },
    Family { group: "connection", commands: commands::connection::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "pubsub", commands: crate::session::commands::subscription::COMMANDS },
    Family { group: "pubsub", commands: crate::pubsub::commands::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "transactions", commands: crate::session::commands::transaction::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "server", commands: crate::session::commands::config::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "server", commands: crate::session::commands::server::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "server", commands: crate::session::commands::debug::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "server", commands: crate::session::commands::latency::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "server", commands: crate::session::commands::memory::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "server", commands: crate::session::commands::monitor::COMMANDS },
    #[cfg(feature = "server")]
    Family { group: "server", commands: crate::session::commands::slowlog::COMMANDS },
    Family { group: "server", commands: commands::COMMANDS },
    Family { group: "server", commands: commands::time::COMMANDS },
    Family { group: "server", commands: crate::keyspace::commands::database::COMMANDS },
    Family { group: "server", commands: crate::keyspace::commands::snapshot::COMMANDS },
];

/// The longest name, so that looking one up needs no allocation.
pub(crate) const NAME_LEN_MAX: usize = 32;

/// An entry, with what follows from the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    pub(crate) spec: &'static Spec,
    /// The group of its family.
    pub(crate) group: &'static str,
    /// Its place among all entries.
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "a server counts by it"))]
    pub(crate) place: usize,
    /// Whether others are subcommands of it. Found once: every call asks.
    pub(crate) has_subcommands: bool,
}

static TABLE: LazyLock<HashMap<&'static [u8], Listed, ahash::RandomState>> = LazyLock::new(|| {
    let of_family = |family: &'static Family| family.commands.iter().map(|s| (family.group, s));
    let listed = FAMILIES.iter().flat_map(of_family).enumerate().map(|(place, (group, spec))| {
        let has_subcommands = subcommands(spec).next().is_some();
        (spec.name.as_bytes(), Listed { spec, group, place, has_subcommands })
    });
    listed.collect()
});

/// Every command and subcommand, family by family.
pub(crate) fn all() -> impl Iterator<Item = &'static Spec> {
    FAMILIES.iter().flat_map(|family| family.commands)
}

/// The commands that are no subcommands, as they are listed.
pub(crate) fn top() -> impl Iterator<Item = Listed> {
    all().filter(|spec| spec.parent().is_none()).map(Spec::listed)
}

/// The subcommands of a command.
pub(crate) fn subcommands(parent: &Spec) -> impl Iterator<Item = &'static Spec> {
    let parent = parent.name;
    all().filter(move |spec| spec.parent() == Some(parent))
}

/// The command with this name, in any case.
#[inline]
pub(crate) fn find(name: &[u8]) -> Option<Listed> {
    find_joined(&[name])
}

/// The subcommand of `parent` with this name, in any case.
pub(crate) fn find_sub(parent: &Spec, name: &[u8]) -> Option<Listed> {
    find_joined(&[parent.name.as_bytes(), b" ", name])
}

/// The command with this name, in any case; a subcommand behind `|`.
pub(crate) fn find_piped(name: &[u8]) -> Option<Listed> {
    match name.iter().position(|byte| *byte == b'|') {
        None => find(name),
        Some(at) => find_joined(&[&name[..at], b" ", &name[at + 1..]]),
    }
}

fn find_joined(parts: &[&[u8]]) -> Option<Listed> {
    let (mut folded, mut len) = ([0; NAME_LEN_MAX], 0);
    for part in parts {
        let place = folded.get_mut(len..len + part.len())?;
        place.copy_from_slice(part);
        place.make_ascii_uppercase();
        len += part.len();
    }
    TABLE.get(&folded[..len]).copied()
}

impl Spec {
    /// Whether it is Kora's own: Redis has none of this name.
    #[cfg(test)]
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.arity, Arity::Written { .. })
    }

    /// Whether the command has a flag.
    pub(crate) fn is(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }

    /// The entry with what follows from the others.
    pub(crate) fn listed(&self) -> Listed {
        TABLE[self.name.as_bytes()]
    }

    /// The command that this is a subcommand of.
    pub(crate) fn parent(&self) -> Option<&'static str> {
        self.name.split_once(' ').map(|(parent, _)| parent)
    }

    /// How many words the name has.
    pub(crate) fn name_words(&self) -> usize {
        if self.parent().is_some() { 2 } else { 1 }
    }

    /// The name as Redis writes it in errors: lower case, `|` before a subcommand.
    pub(crate) fn wire_name(&self) -> String {
        self.name.to_ascii_lowercase().replace(' ', "|")
    }

    /// An error when `words` are too few or too many.
    #[inline]
    pub(crate) fn check_arity(&self, words: usize) -> Result<()> {
        let fits = match self.arity {
            Arity::Exactly(n) => words == n,
            Arity::AtLeast(n) => words >= n,
            Arity::Written { least, is_open, .. } => words == least || is_open && words > least,
        };
        if fits { Ok(()) } else { Err(Error::WrongArity { command: self.wire_name().into() }) }
    }
}
