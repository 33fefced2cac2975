//! EXPIRE, TTL and their kin.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Fast, ReadOnly, Write};
use crate::command::dispatch::shown;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::Keyspace;
use crate::keyspace::deadline::TimeUnit;
use crate::keyspace::ops::expiry::{self, ExpireCondition};
use crate::text::integer::parse_i64;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "EXPIRE",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(expire),
        doc: Doc {
            since: "1.0.0",
            cost: "O(log n) for n keys that expire",
            summary: "Lets a key expire after so many seconds, under a condition if wanted.",
            examples: &[
                ("SET session ann", "OK"),
                ("EXPIRE session 60", "(integer) 1"),
                ("EXPIRE session 30 GT", "(integer) 0"),
                ("TTL session", "(integer) 60"),
                ("EXPIRE session 0", "(integer) 1"),
                ("EXPIRE session 60", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "PEXPIRE",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(pexpire),
        doc: Doc {
            since: "2.6.0",
            cost: "O(log n) for n keys that expire",
            summary: "Lets a key expire after so many milliseconds.",
            examples: &[
                ("SET session ann", "OK"),
                ("PEXPIRE session 60000", "(integer) 1"),
                ("TTL session", "(integer) 60"),
            ],
        },
    },
    Spec {
        name: "EXPIREAT",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(expireat),
        doc: Doc {
            since: "1.2.0",
            cost: "O(log n) for n keys that expire",
            summary: "Lets a key expire at a unix time in seconds; one that has passed removes it.",
            examples: &[
                ("SET session ann", "OK"),
                ("EXPIREAT session 33177117420", "(integer) 1"),
                ("EXPIRETIME session", "(integer) 33177117420"),
            ],
        },
    },
    Spec {
        name: "PEXPIREAT",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(pexpireat),
        doc: Doc {
            since: "2.6.0",
            cost: "O(log n) for n keys that expire",
            summary: "Lets a key expire at a unix time in milliseconds.",
            examples: &[
                ("SET session ann", "OK"),
                ("PEXPIREAT session 33177117420000", "(integer) 1"),
                ("PEXPIREAT session 1", "(integer) 1"),
                ("EXISTS session", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "PERSIST",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(persist),
        doc: Doc {
            since: "2.2.0",
            cost: "O(log n) for n keys that expire",
            summary: "Lets a key live until it is removed.",
            examples: &[
                ("SET session ann EX 60", "OK"),
                ("PERSIST session", "(integer) 1"),
                ("PERSIST session", "(integer) 0"),
                ("TTL session", "(integer) -1"),
            ],
        },
    },
    Spec {
        name: "TTL",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(ttl),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Returns how many seconds a key has to live: -1 when it does not expire, -2 when it is not there.",
            examples: &[
                ("SET session ann EX 60", "OK"),
                ("TTL session", "(integer) 60"),
                ("TTL missing", "(integer) -2"),
            ],
        },
    },
    Spec {
        name: "PTTL",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(pttl),
        doc: Doc {
            since: "2.6.0",
            cost: "O(1)",
            summary: "Returns how many milliseconds a key has to live: -1 when it does not expire, -2 when it is not there.",
            examples: &[
                ("SET session ann", "OK"),
                ("PTTL session", "(integer) -1"),
                ("PTTL missing", "(integer) -2"),
            ],
        },
    },
    Spec {
        name: "EXPIRETIME",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(expiretime),
        doc: Doc {
            since: "7.0.0",
            cost: "O(1)",
            summary: "Returns the unix time in seconds when a key expires: -1 when it does not, -2 when it is not there.",
            examples: &[
                ("SET session ann EXAT 33177117420", "OK"),
                ("EXPIRETIME session", "(integer) 33177117420"),
            ],
        },
    },
    Spec {
        name: "PEXPIRETIME",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(pexpiretime),
        doc: Doc {
            since: "7.0.0",
            cost: "O(1)",
            summary: "Returns the unix time in milliseconds when a key expires: -1 when it does not, -2 when it is not there.",
            examples: &[
                ("SET session ann PXAT 33177117420000", "OK"),
                ("PEXPIRETIME session", "(integer) 33177117420000"),
            ],
        },
    },
];

fn expire(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    expire_in(keyspace, args, reply, TimeUnit::Seconds, "expire")
}

fn pexpire(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    expire_in(keyspace, args, reply, TimeUnit::Millis, "pexpire")
}

fn expireat(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    expire_in(keyspace, args, reply, TimeUnit::UnixSeconds, "expireat")
}

fn pexpireat(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    expire_in(keyspace, args, reply, TimeUnit::UnixMillis, "pexpireat")
}

/// Redis reads the options before it looks at the time, and both before it looks for the key.
fn expire_in(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    unit: TimeUnit,
    command: &'static str,
) -> Result<()> {
    let (key, time) = (args.key()?, args.bytes()?);
    let condition = condition(args)?;
    let time = parse_i64(time).ok_or(Error::NotAnInteger)?;
    let deadline = unit.deadline(time, keyspace.now());
    let deadline = deadline.ok_or(Error::InvalidExpireTime { command })?;
    reply.truth(expiry::expire_at(keyspace, &key, deadline, condition)?);
    Ok(())
}

/// The words NX, XX, GT and LT, as far as they go together.
fn condition(args: &mut Args<'_>) -> Result<ExpireCondition> {
    let (mut nx, mut xx, mut gt, mut lt) = (false, false, false, false);
    while let Some(word) = args.peek() {
        let words = [("NX", &mut nx), ("XX", &mut xx), ("GT", &mut gt), ("LT", &mut lt)];
        let given = words.into_iter().find(|(name, _)| args.option(name));
        let (_, given) = given.ok_or_else(|| Error::UnsupportedOption { option: shown(word) })?;
        *given = true;
    }
    match (nx, xx, gt, lt) {
        (true, false, false, false) => Ok(ExpireCondition::IfNone),
        (true, ..) => Err(ArgumentError::NxWithXxGtLt.into()),
        (_, _, true, true) => Err(ArgumentError::GtWithLt.into()),
        (_, _, true, _) => Ok(ExpireCondition::IfLater),
        (_, true, _, true) => Ok(ExpireCondition::IfSomeAndSooner),
        (_, _, _, true) => Ok(ExpireCondition::IfSooner),
        (_, true, _, _) => Ok(ExpireCondition::IfSome),
        (false, false, false, false) => Ok(ExpireCondition::Always),
    }
}

fn persist(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.truth(expiry::persist(keyspace, &args.key()?)?);
    Ok(())
}

fn ttl(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer_deadline(keyspace, args, reply, |deadline, now| to_seconds(deadline - now))
}

fn pttl(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer_deadline(keyspace, args, reply, |deadline, now| deadline - now)
}

fn expiretime(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer_deadline(keyspace, args, reply, |deadline, _| to_seconds(deadline))
}

fn pexpiretime(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer_deadline(keyspace, args, reply, |deadline, _| deadline)
}

fn answer_deadline(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    of: impl FnOnce(i64, i64) -> i64,
) -> Result<()> {
    reply.integer(match expiry::deadline(keyspace, &args.key()?)? {
        None => -2,
        Some(None) => -1,
        Some(Some(deadline)) => of(deadline, keyspace.now()),
    });
    Ok(())
}

/// Milliseconds as Redis rounds them: half a second counts as one.
fn to_seconds(ms: i64) -> i64 {
    ms / 1000 + i64::from(ms % 1000 >= 500)
}
