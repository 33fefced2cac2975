//! The commands on strings.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{DenyOom, Fast, ReadOnly, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::deadline::{TIME_OPTIONS, TimeUnit};
use crate::keyspace::write::Expiry;
use crate::keyspace::{Key, Keyspace};
use crate::text::integer::parse_i64;
use crate::types::string::ops::{self, Condition};
use crate::types::string::value::Str;

pub(crate) mod lcs;
pub(crate) mod number;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "GET",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(get),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Returns the string of a key.",
            examples: &[
                ("SET greeting hello", "OK"),
                ("GET greeting", "\"hello\""),
                ("GET missing", "(nil)"),
            ],
        },
    },
    Spec {
        name: "SET",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom],
        run: Run::Key(set),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Gives a key a string, whatever it held, with an expiry or under a condition if wanted.",
            examples: &[
                ("SET name ann", "OK"),
                ("SET name bob NX", "(nil)"),
                ("SET name bob XX GET", "\"ann\""),
                ("SET name eve EX 60", "OK"),
                ("TTL name", "(integer) 60"),
            ],
        },
    },
    Spec {
        name: "SETNX",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(setnx),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Gives a string to a key that is not there.",
            examples: &[("SETNX k a", "(integer) 1"), ("SETNX k b", "(integer) 0")],
        },
    },
    Spec {
        name: "SETEX",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write, DenyOom],
        run: Run::Key(setex),
        doc: Doc {
            since: "2.0.0",
            cost: "O(1)",
            summary: "Gives a key a string that expires after so many seconds.",
            examples: &[("SETEX code 60 1234", "OK"), ("TTL code", "(integer) 60")],
        },
    },
    Spec {
        name: "PSETEX",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write, DenyOom],
        run: Run::Key(psetex),
        doc: Doc {
            since: "2.6.0",
            cost: "O(1)",
            summary: "Gives a key a string that expires after so many milliseconds.",
            examples: &[("PSETEX code 60000 1234", "OK"), ("TTL code", "(integer) 60")],
        },
    },
    Spec {
        name: "GETSET",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(getset),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Gives a key a string and returns the one it held.",
            examples: &[("GETSET k a", "(nil)"), ("GETSET k b", "\"a\"")],
        },
    },
    Spec {
        name: "GETDEL",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(getdel),
        doc: Doc {
            since: "6.2.0",
            cost: "O(1)",
            summary: "Removes a key and returns its string.",
            examples: &[("SET k a", "OK"), ("GETDEL k", "\"a\""), ("GETDEL k", "(nil)")],
        },
    },
    Spec {
        name: "GETEX",
        arity: AtLeast(2),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(getex),
        doc: Doc {
            since: "6.2.0",
            cost: "O(1)",
            summary: "Returns the string of a key and sets or clears its expiry.",
            examples: &[
                ("SET k a", "OK"),
                ("GETEX k EX 60", "\"a\""),
                ("TTL k", "(integer) 60"),
                ("GETEX k PERSIST", "\"a\""),
                ("TTL k", "(integer) -1"),
            ],
        },
    },
    Spec {
        name: "MGET",
        arity: AtLeast(2),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[ReadOnly, Fast],
        run: Run::Together(mget),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n keys",
            summary: "Returns the strings of several keys as of one moment.",
            examples: &[("MSET a 1 b 2", "OK"), ("MGET a b c", "1) \"1\"\n2) \"2\"\n3) (nil)")],
        },
    },
    Spec {
        name: "MSET",
        arity: AtLeast(3),
        keys: Keys::Range { first: 1, tail: 0, step: 2 },
        flags: &[Write, DenyOom],
        run: Run::Together(mset),
        doc: Doc {
            since: "1.0.1",
            cost: "O(n) for n keys",
            summary: "Gives several keys their strings in one step.",
            examples: &[("MSET a 1 b 2", "OK"), ("GET b", "\"2\"")],
        },
    },
    Spec {
        name: "MSETNX",
        arity: AtLeast(3),
        keys: Keys::Range { first: 1, tail: 0, step: 2 },
        flags: &[Write, DenyOom],
        run: Run::Together(msetnx),
        doc: Doc {
            since: "1.0.1",
            cost: "O(n) for n keys",
            summary: "Gives several keys their strings in one step if none of them is there.",
            examples: &[
                ("MSETNX a 1 b 2", "(integer) 1"),
                ("MSETNX b 3 c 4", "(integer) 0"),
                ("GET c", "(nil)"),
            ],
        },
    },
    Spec {
        name: "APPEND",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(append),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n bytes appended, amortised",
            summary: "Appends to a string and returns its length.",
            examples: &[("APPEND k ab", "(integer) 2"), ("APPEND k c", "(integer) 3")],
        },
    },
    Spec {
        name: "STRLEN",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(strlen),
        doc: Doc {
            since: "2.2.0",
            cost: "O(1)",
            summary: "Returns the length of a string in bytes.",
            examples: &[("SET k hello", "OK"), ("STRLEN k", "(integer) 5")],
        },
    },
    Spec {
        name: "GETRANGE",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(getrange),
        doc: Doc {
            since: "2.4.0",
            cost: "O(n) for n bytes returned",
            summary: "Returns the bytes between two positions, both included.",
            examples: &[("SET k hello", "OK"), ("GETRANGE k 1 -2", "\"ell\"")],
        },
    },
    Spec {
        name: "SUBSTR",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(getrange),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n bytes returned",
            summary: "Is the old name of GETRANGE.",
            examples: &[("SET k hello", "OK"), ("SUBSTR k 0 0", "\"h\"")],
        },
    },
    Spec {
        name: "SETRANGE",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write, DenyOom],
        run: Run::Key(setrange),
        doc: Doc {
            since: "2.2.0",
            cost: "O(n) for n bytes written, and the zeros before them",
            summary: "Writes bytes at an offset, zeros before it where there is nothing.",
            examples: &[
                ("SETRANGE k 2 ab", "(integer) 4"),
                ("GET k", "\"\\x00\\x00ab\""),
                ("SETRANGE k 0 \"\"", "(integer) 4"),
            ],
        },
    },
];

fn get(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.string(keyspace.read::<Str>(&args.key()?)?);
    Ok(())
}

/// The options of SET and GETEX that are about expiry. The number stays unread: Redis looks at
/// every option before it reads one.
#[derive(Default)]
struct TimeWords<'a> {
    time: Option<(TimeUnit, &'a [u8])>,
    /// KEEPTTL or PERSIST, whichever the command has.
    other: bool,
}

impl<'a> TimeWords<'a> {
    /// Passes an option about expiry, `other` among them, if the next words are one.
    fn read(&mut self, args: &mut Args<'a>, other: &str) -> Result<bool> {
        if self.time.is_none() && args.option(other) {
            self.other = true;
            return Ok(true);
        }
        for (name, unit) in TIME_OPTIONS {
            let fits = !self.other && self.time.is_none_or(|(chosen, _)| chosen == unit);
            if fits && args.left() > 1 && args.option(name) {
                self.time = Some((unit, args.bytes()?));
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The expiry that the words ask for; without any, `default`.
    fn expiry(
        &self,
        now: i64,
        command: &'static str,
        other: Expiry,
        default: Expiry,
    ) -> Result<Expiry> {
        match self.time {
            Some((unit, number)) => {
                let number = parse_i64(number).ok_or(Error::NotAnInteger)?;
                unit.positive_deadline(number, now, command).map(Expiry::At)
            }
            None if self.other => Ok(other),
            None => Ok(default),
        }
    }
}

/// SET's options, as they are read.
#[derive(Default)]
struct SetWords<'a> {
    time: TimeWords<'a>,
    condition: Condition,
    get: bool,
}

impl<'a> SetWords<'a> {
    fn read(args: &mut Args<'a>) -> Result<SetWords<'a>> {
        let mut words = SetWords::default();
        while args.left() > 0 {
            if words.condition != Condition::Present && args.option("NX") {
                words.condition = Condition::Absent;
            } else if words.condition != Condition::Absent && args.option("XX") {
                words.condition = Condition::Present;
            } else if args.option("GET") {
                words.get = true;
            } else if !words.time.read(args, "KEEPTTL")? {
                return Err(Error::Syntax);
            }
        }
        Ok(words)
    }
}

fn set(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, value) = (args.key()?, args.bytes()?);
    if args.left() == 0 {
        ops::set(keyspace, &key, value)?;
        reply.ok();
        return Ok(());
    }
    let words = SetWords::read(args)?;
    let expiry = words.time.expiry(keyspace.now(), "set", Expiry::Keep, Expiry::Never)?;
    let outcome = ops::set_with(keyspace, &key, value, expiry, words.condition, words.get)?;
    match (words.get, outcome.written) {
        (true, _) => reply.optional(outcome.old),
        (false, true) => reply.ok(),
        (false, false) => reply.nil(),
    }
    Ok(())
}

fn setnx(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.truth(ops::setnx(keyspace, &args.key()?, args.bytes()?)?);
    Ok(())
}

fn setex(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    set_expiring(keyspace, args, reply, TimeUnit::Seconds, "setex")
}

fn psetex(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    set_expiring(keyspace, args, reply, TimeUnit::Millis, "psetex")
}

fn set_expiring(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    unit: TimeUnit,
    command: &'static str,
) -> Result<()> {
    let (key, time, value) = (args.key()?, args.integer()?, args.bytes()?);
    let deadline = unit.positive_deadline(time, keyspace.now(), command)?;
    ops::set_with(keyspace, &key, value, Expiry::At(deadline), Condition::Always, false)?;
    reply.ok();
    Ok(())
}

fn getset(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.optional(ops::getset(keyspace, &args.key()?, args.bytes()?)?);
    Ok(())
}

fn getdel(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.optional(ops::getdel(keyspace, &args.key()?)?);
    Ok(())
}

fn getex(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    let mut words = TimeWords::default();
    while args.left() > 0 {
        if !words.read(args, "PERSIST")? {
            return Err(Error::Syntax);
        }
    }
    if keyspace.read::<Str>(&key)?.is_none() {
        reply.nil();
        return Ok(());
    }
    let expiry = words.expiry(keyspace.now(), "getex", Expiry::Never, Expiry::Keep)?;
    reply.optional(ops::getex(keyspace, &key, expiry)?);
    Ok(())
}

fn mget(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let values = ops::mget(transaction, &args.rest_keys()?)?;
    reply.array(values.len());
    values.into_iter().for_each(|value| reply.optional(value));
    Ok(())
}

/// The words that are left as keys with their values.
fn pairs<'a>(args: &mut Args<'a>, command: &str) -> Result<Vec<(Key<'a>, &'a [u8])>> {
    if args.left() % 2 != 0 {
        return Err(Error::WrongArity { command: command.into() });
    }
    let mut pairs = Vec::with_capacity(args.left() / 2);
    while args.left() > 0 {
        pairs.push((args.key()?, args.bytes()?));
    }
    Ok(pairs)
}

fn mset(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    ops::mset(transaction, &pairs(args, "mset")?)?;
    reply.ok();
    Ok(())
}

fn msetnx(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.truth(ops::msetnx(transaction, &pairs(args, "msetnx")?)?);
    Ok(())
}

fn append(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(ops::append(keyspace, &args.key()?, args.bytes()?)?);
    Ok(())
}

fn strlen(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(ops::strlen(keyspace, &args.key()?)?);
    Ok(())
}

fn getrange(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, start, end) = (args.key()?, args.integer()?, args.integer()?);
    reply.bulk(ops::getrange(keyspace, &key, start, end)?);
    Ok(())
}

fn setrange(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, offset, part) = (args.key()?, args.integer()?, args.bytes()?);
    let offset = usize::try_from(offset).map_err(|_negative| ArgumentError::OffsetOutOfRange)?;
    reply.count(ops::setrange(keyspace, &key, offset, part)?);
    Ok(())
}
