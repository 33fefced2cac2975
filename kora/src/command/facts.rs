//! What the command table knows of a command, for layers around the engine: spans, audits, retries.
//!
//! Nothing is run, and nothing is copied.

use crate::command::command::Command;
use crate::command::dispatch::Call;
use crate::command::{Arity, Flag};
use crate::error::Result;

/// What the command table knows of a command; see [`Command::facts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandFacts<'c> {
    /// Its name as the table has it, in upper case; a subcommand's with its parent: `SET`,
    /// `OBJECT ENCODING`.
    pub name: &'static str,
    /// Whether it may change data. One that does not can be run again without harm.
    pub is_write: bool,
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
        let Call { spec, words, .. } = Call::find(self.words()?)?;
        let mut subject = None;
        spec.keys.positions(words, |at| {
            subject = subject.or_else(|| words.get(at).map(Subject::Key));
        });
        if let Arity::Written { words: written, .. } = spec.arity {
            if written.starts_with("collection") {
                subject = words.get(1).map(Subject::Collection);
            }
        }
        Ok(CommandFacts { name: spec.name, is_write: spec.is(Flag::Write), subject })
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
            cmd!("DOC.CREATEINDEX", "users", "hash", "city"),
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
    fn what_is_no_command_has_no_facts() {
        assert!(matches!(cmd!("NOPE").facts(), Err(Error::UnknownCommand(_))));
        assert!(matches!(cmd!("GET").facts(), Err(Error::WrongArity { .. })));
        assert_eq!(cmd!("OBJECT", "ENCODING", "k").facts().unwrap().name, "OBJECT ENCODING");
    }
}
