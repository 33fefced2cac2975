//! DBSIZE, FLUSHDB, FLUSHALL and SWAPDB.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Dangerous, Fast, ReadOnly, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::{Freeing, Sweep};
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::ops::database;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "DBSIZE",
        arity: Exactly(1),
        keys: Keys::None,
        flags: &[ReadOnly, Fast],
        run: Run::Sweep(dbsize),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Counts the keys of the database.",
            examples: &[("MSET a 1 b 2", "OK"), ("DBSIZE", "(integer) 2")],
        },
    },
    Spec {
        name: "FLUSHDB",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Write, Dangerous],
        run: Run::Sweep(flushdb),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) to free n keys; O(1) with ASYNC",
            summary: "Removes every key of the database in one step.",
            examples: &[("MSET a 1 b 2", "OK"), ("FLUSHDB", "OK"), ("DBSIZE", "(integer) 0")],
        },
    },
    Spec {
        name: "FLUSHALL",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Write, Dangerous],
        run: Run::Sweep(flushall),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) to free n keys; O(1) with ASYNC",
            summary: "Removes every key of every database in one step.",
            examples: &[
                ("MSET a 1 b 2", "OK"),
                ("FLUSHALL ASYNC", "OK"),
                ("DBSIZE", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "SWAPDB",
        arity: Exactly(3),
        keys: Keys::None,
        flags: &[Write, Fast, Dangerous],
        run: Run::Sweep(swapdb),
        doc: Doc {
            since: "4.0.0",
            cost: "O(1)",
            summary: "Lets two databases change places in one step.",
            examples: &[("SET a 1", "OK"), ("SWAPDB 0 1", "OK"), ("EXISTS a", "(integer) 0")],
        },
    },
];

fn dbsize(sweep: Sweep<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(database::dbsize(sweep)?);
    Ok(())
}

fn flushdb(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    sweep.clear(freeing(args)?)?;
    reply.ok();
    Ok(())
}

fn flushall(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    sweep.clear_all(freeing(args)?)?;
    reply.ok();
    Ok(())
}

/// The word SYNC or ASYNC, if one is given.
fn freeing(args: &mut Args<'_>) -> Result<Freeing> {
    let freeing = if args.option("ASYNC") {
        Freeing::Later
    } else {
        // Without a word it is SYNC, as with Redis's default `lazyfree-lazy-user-flush no`.
        args.option("SYNC");
        Freeing::AtOnce
    };
    args.end()?;
    Ok(freeing)
}

fn swapdb(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let a = args.int().map_err(|_range| ArgumentError::FirstDatabaseIndex)?;
    let b = args.int().map_err(|_range| ArgumentError::SecondDatabaseIndex)?;
    match (usize::try_from(a), usize::try_from(b)) {
        (Ok(a), Ok(b)) => database::swapdb(sweep, a, b)?,
        _ => return Err(Error::Argument(ArgumentError::DatabaseIndex)),
    }
    reply.ok();
    Ok(())
}
