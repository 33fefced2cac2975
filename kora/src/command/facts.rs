//! What the command table knows of a command, for layers around the engine: spans, audits, retries.
//!
//! Nothing is run.

use smallvec::SmallVec;

use crate::command::command::Command;
use crate::command::dispatch::Call;
use crate::command::{Arity, Flag};
use crate::error::Result;
#[cfg(feature = "server")]
use crate::session::commands::connection::is_secret;

/// What the command table knows of a command; see [`Command::facts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandFacts<'c> {
    /// Its name as the table has it, in upper case; a subcommand's with its parent: `SET`,
    /// `OBJECT ENCODING`.
    pub name: &'static str,
    /// The group that COMMAND DOCS has it in: `string`, `document`, `connection`.
    pub group: &'static str,
    /// Whether it may change data. One that does not can be run again without harm.
    pub is_write: bool,
    /// Whether it may wait for others to do something.
    pub is_blocking: bool,
    /// Whether there is a password among its words: they are not for logs.
    pub has_secret: bool,
    /// What it is about, first of all.
    pub subject: Option<Subject<'c>>,
}

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'c> {
    /// A key: its first.
    Key(&'c [u8]),
    /// A collection, by name.
    Collection(&'c [u8]),
}

impl Subject<'_> {
    /// The name of the collection, or of the key's family: what stands before the first colon, as
    /// in `cart:17`. A key without one is of no family: it may be as secret as a session's.
    ///
    /// ```
    /// use kora::Subject;
    ///
    /// assert_eq!(Subject::Key(b"cart:17").family(), Some("cart"));
    /// assert_eq!(Subject::Key(b"f81d4fae7dec").family(), None);
    /// assert_eq!(Subject::Collection(b"users").family(), Some("users"));
    /// ```
    pub fn family(&self) -> Option<&str> {
        let name = match self {
            Subject::Collection(name) => Some(*name),
            Subject::Key(key) => {
                key.iter().position(|byte| *byte == b':').and_then(|end| key.get(..end))
            }
        };
        name.and_then(|name| std::str::from_utf8(name).ok())
    }
}

impl Command {
    /// What the command table knows of the command.
    ///
    /// ```
    /// use kora::{Subject, cmd};
    ///
    /// let command = cmd!("set", "cart:17", "pen", "EX", 60);
    /// let facts = command.facts()?;
    /// assert_eq!((facts.name, facts.is_write), ("SET", true));
    /// assert_eq!(facts.subject, Some(Subject::Key(b"cart:17")));
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownCommand`](crate::Error::UnknownCommand),
    /// [`Error::WrongArity`](crate::Error::WrongArity): what running it would say.
    pub fn facts(&self) -> Result<CommandFacts<'_>> {
        let call = Call::find(self.words()?)?;
        let Call { spec, words, .. } = call;
        let mut subject = None;
        spec.keys.positions(words, |at| {
            subject = subject.or_else(|| words.get(at).map(Subject::Key));
        });
        if let Arity::Written { words: written, .. } = spec.arity {
            if written.starts_with("collection") {
                subject = words.get(1).map(Subject::Collection);
            }
        }
        Ok(CommandFacts {
            name: spec.name,
            group: spec.listed().group,
            is_write: spec.is(Flag::Write),
            is_blocking: spec.is(Flag::Blocking),
            has_secret: has_secret(&call),
            subject,
        })
    }

    /// The keys of the command, in order: all words that name one, wherever they stand.
    ///
    /// Collections, channels and patterns are none; neither is what an answer may name.
    ///
    /// ```
    /// let command = kora::cmd!("ZUNIONSTORE", "sum", 2, "a", "b", "WEIGHTS", 1, 2);
    /// assert_eq!(command.keys()?.collect::<Vec<_>>(), [&b"sum"[..], b"a", b"b"]);
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Command::facts`].
    pub fn keys(&self) -> Result<impl Iterator<Item = &[u8]>> {
        let words = self.words()?;
        Ok(self.key_positions()?.into_iter().filter_map(move |at| words.get(at)))
    }

    /// The command with other keys in the places of its own: how tenants are kept apart.
    ///
    /// ```
    /// use kora::{Command, cmd};
    ///
    /// let command = cmd!("SORT", "scores", "LIMIT", 0, 9, "STORE", "best");
    /// let command = command.map_keys(|key| [b"acme:", key].concat())?;
    /// let expected = cmd!("SORT", "acme:scores", "LIMIT", 0, 9, "STORE", "acme:best");
    /// assert!(command.iter().eq(expected.iter()));
    /// # Ok::<(), kora::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Command::facts`].
    pub fn map_keys<K: AsRef<[u8]>>(&self, mut map: impl FnMut(&[u8]) -> K) -> Result<Command> {
        let positions = self.key_positions()?;
        Ok(self.with_words(|at, word| positions.contains(&at).then(|| map(word))))
    }

    /// Where its keys stand among its words.
    fn key_positions(&self) -> Result<SmallVec<[usize; 4]>> {
        let Call { spec, words, .. } = Call::find(self.words()?)?;
        let mut positions = SmallVec::new();
        spec.keys.positions(words, |at| positions.push(at));
        Ok(positions)
    }

    /// The first word of the command, as it was given: in any case, and perhaps no command's.
    pub fn name(&self) -> &[u8] {
        self.all_words().get(0).unwrap_or_default()
    }

    /// The words of the command, its name first, as they were given.
    ///
    /// ```
    /// let command = kora::cmd!("SET", "k", 1);
    /// assert_eq!(command.iter().collect::<Vec<_>>(), [&b"SET"[..], b"k", b"1"]);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.all_words().from(0)
    }
}

#[cfg(feature = "server")]
fn has_secret(call: &Call<'_>) -> bool {
    (0..call.words.len()).any(|at| is_secret(call, at))
}

/// Commands with passwords are those of connections.
#[cfg(not(feature = "server"))]
fn has_secret(_: &Call<'_>) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd;
    use crate::error::Error;

    #[test]
    fn a_command_of_documents_is_about_its_collection() {
        for command in [
            cmd!("DOC.FIND", "users", "age > 3"),
            cmd!("DOC.CREATE", "users"),
            cmd!("DOC.SET", "users", "ann", "{}"),
            cmd!("DOC.CREATEINDEX", "users", "city", "hash", "city"),
        ] {
            let subject = command.facts().unwrap().subject;
            assert_eq!(subject, Some(Subject::Collection(b"users")), "{command:?}");
        }
    }

    #[test]
    fn a_command_of_several_keys_is_about_the_first() {
        let command = cmd!("ZUNIONSTORE", "top:all", 2, "a", "b");
        assert_eq!(command.facts().unwrap().subject, Some(Subject::Key(b"top:all")));
        assert_eq!(cmd!("DBSIZE").facts().unwrap().subject, None);
        assert!(!cmd!("GET", "k").facts().unwrap().is_write);
    }

    #[test]
    fn keys_are_found_wherever_they_stand_and_nothing_else_is_changed() {
        for (command, mapped) in [
            (cmd!("mset", "a", 1, "b", 2), cmd!("mset", "t:a", 1, "t:b", 2)),
            (cmd!("BLPOP", "a", "b", 0), cmd!("BLPOP", "t:a", "t:b", 0)),
            (cmd!("RENAME", "a", "b"), cmd!("RENAME", "t:a", "t:b")),
            (cmd!("ZINTER", 1, "a", "WITHSCORES"), cmd!("ZINTER", 1, "t:a", "WITHSCORES")),
            (cmd!("OBJECT", "ENCODING", "a"), cmd!("OBJECT", "ENCODING", "t:a")),
            (cmd!("PING", "a"), cmd!("PING", "a")),
            (cmd!("DOC.GET", "users", "a"), cmd!("DOC.GET", "users", "a")),
        ] {
            let found = command.map_keys(|key| [b"t:", key].concat()).unwrap();
            assert!(found.iter().eq(mapped.iter()), "{command:?}: {found:?}");
        }
        assert!(cmd!("NOPE").map_keys(<[u8]>::to_vec).is_err());
    }

    #[test]
    fn what_is_no_command_has_no_facts() {
        assert!(matches!(cmd!("NOPE").facts(), Err(Error::UnknownCommand(_))));
        assert!(matches!(cmd!("GET").facts(), Err(Error::WrongArity { .. })));
        assert_eq!(cmd!("OBJECT", "ENCODING", "k").facts().unwrap().name, "OBJECT ENCODING");
    }
}
