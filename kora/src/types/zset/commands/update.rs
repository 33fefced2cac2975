//! ZADD and ZINCRBY.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{DenyOom, Fast, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::Keyspace;
use crate::types::zset::ops::{self, ZAddOptions};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "ZADD",
        arity: AtLeast(4),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(zadd),
        doc: Doc {
            since: "1.2.0",
            cost: "O(log n) for each member",
            summary: "Gives members scores, under conditions if wanted, and returns how many members are new.",
            examples: &[
                ("ZADD board 10 ann 20 bob", "(integer) 2"),
                ("ZADD board GT CH 15 ann 15 bob", "(integer) 1"),
                ("ZADD board INCR 1 ann", "\"16\""),
                ("ZADD board NX INCR 1 ann", "(nil)"),
            ],
        },
    },
    Spec {
        name: "ZINCRBY",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(zincrby),
        doc: Doc {
            since: "1.2.0",
            cost: "O(log n)",
            summary: "Adds to the score of a member; a missing member counts as 0.",
            examples: &[("ZINCRBY board 2.5 ann", "\"2.5\""), ("ZINCRBY board -1 ann", "\"1.5\"")],
        },
    },
];

/// The options of ZADD, and whether it is to increment.
fn options(args: &mut Args<'_>) -> (ZAddOptions, bool) {
    let (mut options, mut increments) = (ZAddOptions::new(), false);
    loop {
        if args.option("NX") {
            options = options.only_if_absent();
        } else if args.option("XX") {
            options = options.only_if_present();
        } else if args.option("GT") {
            options = options.only_if_greater();
        } else if args.option("LT") {
            options = options.only_if_less();
        } else if args.option("CH") {
            options = options.count_changes();
        } else if args.option("INCR") {
            increments = true;
        } else {
            return (options, increments);
        }
    }
}

fn zadd(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    let (options, increments) = options(args);
    if args.left() == 0 || args.left() % 2 != 0 {
        return Err(Error::Syntax);
    }
    options.check()?;
    if increments && args.left() > 2 {
        return Err(ArgumentError::IncrOfMany.into());
    }
    let pairs = (0..args.left() / 2).map(|_| Ok((args.double()?, args.bytes()?)));
    let scored = pairs.collect::<Result<Vec<_>>>()?;
    match scored[..] {
        [(by, member)] if increments => {
            match ops::zincrby_with(keyspace, &key, by, member, options)? {
                Some(score) => reply.double(score),
                None => reply.nil(),
            }
        }
        _ => reply.count(ops::zadd_with(keyspace, &key, &scored, options)?),
    }
    Ok(())
}

fn zincrby(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    // Redis reads ZADD's options here too; one in the increment's place leaves no pair.
    if ["NX", "XX", "GT", "LT", "CH", "INCR"].iter().any(|option| args.option(option)) {
        return Err(Error::Syntax);
    }
    let (by, member) = (args.double()?, args.bytes()?);
    reply.double(ops::zincrby(keyspace, &key, by, member)?);
    Ok(())
}
