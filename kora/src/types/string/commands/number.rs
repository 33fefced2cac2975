//! The commands on strings that are numbers.

use crate::command::Arity::Exactly;
use crate::command::Flag::{DenyOom, Fast, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::Result;
use crate::keyspace::Keyspace;
use crate::types::string::ops;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "INCR",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(incr),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Adds one to an integer; a missing key counts as 0.",
            examples: &[("INCR visits", "(integer) 1"), ("INCR visits", "(integer) 2")],
        },
    },
    Spec {
        name: "DECR",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(decr),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Takes one from an integer; a missing key counts as 0.",
            examples: &[("DECR stock", "(integer) -1")],
        },
    },
    Spec {
        name: "INCRBY",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(incrby),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Adds to an integer; a missing key counts as 0.",
            examples: &[("INCRBY visits 10", "(integer) 10")],
        },
    },
    Spec {
        name: "DECRBY",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(decrby),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Takes from an integer; a missing key counts as 0.",
            examples: &[("DECRBY stock 3", "(integer) -3")],
        },
    },
    Spec {
        name: "INCRBYFLOAT",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(incrbyfloat),
        doc: Doc {
            since: "2.6.0",
            cost: "O(1)",
            summary: "Adds to a number, in 80-bit floating point.",
            examples: &[("INCRBYFLOAT t 0.1", "\"0.1\""), ("INCRBYFLOAT t 0.2", "\"0.3\"")],
        },
    },
];

fn incr(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.integer(ops::incr(keyspace, &args.key()?)?);
    Ok(())
}

fn decr(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.integer(ops::decr(keyspace, &args.key()?)?);
    Ok(())
}

fn incrby(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.integer(ops::incrby(keyspace, &args.key()?, args.integer()?)?);
    Ok(())
}

fn decrby(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.integer(ops::decrby(keyspace, &args.key()?, args.integer()?)?);
    Ok(())
}

fn incrbyfloat(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.bulk(ops::incrbyfloat_text(keyspace, &args.key()?, args.bytes()?)?);
    Ok(())
}
