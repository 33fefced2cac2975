//! DEBUG: what tests of servers ask for. Refused unless
//! [`ServerConfig::allows_debug`](crate::ServerConfig::allows_debug) says otherwise.

use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Admin, Dangerous, Loading, NoMulti};
use crate::command::document::write_help;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec, find};
use crate::engine::Sweep;
use crate::error::{ArgumentError, ConnectionError, Error, Result};
use crate::keyspace::{Key, read};
use crate::session::Context;
use crate::text::{pattern, size};
use crate::types::list::threshold::THRESHOLD;

/// Nobody is stopped for longer: 10 minutes.
const SLEEP_MAX: f64 = 600.0;

/// The longest text that STRINGMATCH-LEN makes, 16 MiB.
const TEXT_LEN_MAX: usize = 16 << 20;

/// The highest QUICKLIST-PACKED-THRESHOLD, Redis's: 4 GiB but for one MiB.
const PACKED_THRESHOLD_MAX: usize = 4095 << 20;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "DEBUG",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[],
        run: Run::Container,
        doc: Doc {
            since: "1.0.0",
            cost: "depends on the subcommand",
            summary: "Is for tests of servers, where it is allowed.",
            examples: &[],
        },
    },
    Spec {
        name: "DEBUG HELP",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(help),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Lists the subcommands.",
            examples: &[("DEBUG HELP", "...SLEEP arg...")],
        },
    },
    Spec {
        name: "DEBUG OBJECT",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Server(object),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n bytes of the value",
            summary: "Tells how a value is kept.",
            examples: &[
                ("SET a 1", "OK"),
                ("DEBUG OBJECT a", "...encoding:int serializedlength:..."),
                ("DEBUG OBJECT missing", "(error) ERR no such key"),
            ],
        },
    },
    Spec {
        name: "DEBUG QUICKLIST-PACKED-THRESHOLD",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(set_packed_threshold),
        doc: Doc {
            since: "7.0.0",
            cost: "O(1)",
            summary: "Has elements that come to lists stand alone from so many bytes on, or with 0 if nothing fits beside them; in all databases of the process.",
            examples: &[
                ("DEBUG QUICKLIST-PACKED-THRESHOLD 0", "OK"),
                (
                    "DEBUG QUICKLIST-PACKED-THRESHOLD 4gb",
                    "(error) ERR argument must be a memory value bigger than 1 and smaller than 4gb",
                ),
            ],
        },
    },
    Spec {
        name: "DEBUG RELOAD",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Admin, Dangerous, NoMulti],
        run: Run::Session(reload),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n bytes of keys and values, and everybody waits for it",
            summary: "Takes a snapshot, and takes what the directory holds in place of all keys in memory.",
            examples: &[
                ("HSET h f v", "(integer) 1"),
                ("DEBUG RELOAD", "OK"),
                ("HGETALL h", "1) \"f\"\n2) \"v\""),
            ],
        },
    },
    Spec {
        name: "DEBUG SET-ACTIVE-EXPIRE",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(set_active_expire),
        doc: Doc {
            since: "3.0.0",
            cost: "O(n) for n shards",
            summary: "Has keys that are due removed by themselves, or with 0 when somebody meets them only.",
            examples: &[
                ("DEBUG SET-ACTIVE-EXPIRE 0", "OK"),
                ("DEBUG SET-ACTIVE-EXPIRE 1", "OK"),
                (
                    "DEBUG SET-ACTIVE-EXPIRE x",
                    "(error) ERR value is not an integer or out of range",
                ),
            ],
        },
    },
    Spec {
        name: "DEBUG SLEEP",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(sleep),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Stops the thread that serves the connection, and with it others that it serves, for some seconds.",
            examples: &[
                ("DEBUG SLEEP 0", "OK"),
                ("DEBUG SLEEP x", "(error) ERR value is not a valid float"),
            ],
        },
    },
    Spec {
        name: "DEBUG STRINGMATCH-LEN",
        arity: Exactly(4),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(match_len),
        doc: Doc {
            since: "6.2.0",
            cost: "O(n * m) for a text of n bytes and a pattern of m",
            summary: "Says whether a pattern fits so many letters a.",
            examples: &[("DEBUG STRINGMATCH-LEN 3 a*a", "(integer) 1")],
        },
    },
];

fn help(_: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let parent = find(b"DEBUG").expect("the command that is run is in the table");
    write_help(parent.spec, reply);
    Ok(())
}

fn admit(context: &Context<'_>) -> Result<()> {
    if context.host.facts.allows_debug { Ok(()) } else { Err(ConnectionError::NoDebug.into()) }
}

fn object(
    context: &mut Context<'_>,
    sweep: Sweep<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    admit(context)?;
    let key = Key::new(args.bytes()?);
    let line = sweep.on(&key, |keyspace| {
        let entry = keyspace.peek(&key).ok_or(Error::NoSuchKey)?;
        let mut image = Vec::new();
        read::write_image(entry, &mut image);
        let (encoding, len) = (read::encoding(entry), image.len());
        Ok(format!("Value refcount:1 encoding:{encoding} serializedlength:{len}"))
    })?;
    reply.status(line);
    Ok(())
}

fn set_packed_threshold(
    context: &mut Context<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    admit(context)?;
    // A number without digits is none, as in Redis.
    let len = size::parse_size(&[b"0", args.bytes()?].concat());
    let len = len.filter(|len| *len <= PACKED_THRESHOLD_MAX);
    THRESHOLD.set(NonZeroUsize::new(len.ok_or(ArgumentError::PackedThreshold)?));
    reply.ok();
    Ok(())
}

fn reload(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    admit(context)?;
    context.engine.reload()?;
    reply.ok();
    Ok(())
}

fn set_active_expire(
    context: &mut Context<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    admit(context)?;
    context.engine.set_active_expiry(args.integer()? != 0);
    reply.ok();
    Ok(())
}

fn sleep(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    admit(context)?;
    let seconds = args.double()?;
    if !(0.0..=SLEEP_MAX).contains(&seconds) {
        return Err(ArgumentError::ValueOutOfRange.into());
    }
    let (wanted, begun) = (Duration::from_secs_f64(seconds), Stopwatch::start());
    while let Some(left) = wanted.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
        thread::park_timeout(left);
    }
    reply.ok();
    Ok(())
}

fn match_len(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    admit(context)?;
    let len = args.count(ArgumentError::ValueOutOfRange)?;
    if len > TEXT_LEN_MAX {
        return Err(ArgumentError::ValueOutOfRange.into());
    }
    reply.truth(pattern::matches(args.bytes()?, &vec![b'a'; len]));
    Ok(())
}
