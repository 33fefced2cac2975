//! SORT and SORT_RO.

use crate::command::Arity::AtLeast;
use crate::command::Flag::{Dangerous, DenyOom, ReadOnly, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Sweep;
use crate::error::{Error, Result};
use crate::keyspace::ops::sort::{self, SortOptions};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "SORT",
        arity: AtLeast(2),
        keys: Keys::AtAndOption(1, "STORE"),
        flags: &[Write, DenyOom, Dangerous],
        run: Run::Sweep(sort),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n + m log m) for m of n elements returned",
            summary: "Returns the elements of a list, set or sorted set in order, or what other keys hold about them, or stores that as a list.",
            examples: &[
                ("RPUSH ids 3 1 2", "(integer) 3"),
                ("SORT ids", "1) \"1\"\n2) \"2\"\n3) \"3\""),
                ("MSET age:1 40 age:2 20 age:3 30", "OK"),
                (
                    "SORT ids BY age:* LIMIT 0 2 GET # GET age:*",
                    "1) \"2\"\n2) \"20\"\n3) \"3\"\n4) \"30\"",
                ),
                ("SORT ids DESC STORE sorted", "(integer) 3"),
                ("LRANGE sorted 0 -1", "1) \"3\"\n2) \"2\"\n3) \"1\""),
            ],
        },
    },
    Spec {
        name: "SORT_RO",
        arity: AtLeast(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Dangerous],
        run: Run::Sweep(sort_ro),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n + m log m) for m of n elements returned",
            summary: "Is SORT without STORE.",
            examples: &[
                ("RPUSH names b c a", "(integer) 3"),
                ("SORT_RO names ALPHA LIMIT 0 1", "1) \"a\""),
                ("SORT_RO names", "(error) ERR One or more scores can't be converted into double"),
            ],
        },
    },
];

fn sort(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    run(sweep, args, reply, true)
}

fn sort_ro(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    run(sweep, args, reply, false)
}

fn run(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply, may_store: bool) -> Result<()> {
    let (key, mut options, mut destination) = (args.bytes()?, SortOptions::new(), None);
    while args.left() > 0 {
        if args.option("ASC") {
            options.descending = false;
        } else if args.option("DESC") {
            options.descending = true;
        } else if args.option("ALPHA") {
            options.alphabetical = true;
        } else if args.left() > 2 && args.option("LIMIT") {
            options.limit = Some((args.integer()?, args.integer()?));
        } else if may_store && args.left() > 1 && args.option("STORE") {
            destination = Some(args.bytes()?);
        } else if args.left() > 1 && args.option("BY") {
            options.by = Some(args.bytes()?);
        } else if args.left() > 1 && args.option("GET") {
            options.get.push(args.bytes()?);
        } else {
            return Err(Error::Syntax);
        }
    }
    if let Some(destination) = destination {
        reply.count(sort::sort_store(sweep, key, destination, &options)?);
        return Ok(());
    }
    let answers = sort::sort(sweep, key, &options)?;
    reply.array(answers.len());
    answers.into_iter().for_each(|answer| reply.optional(answer));
    Ok(())
}
