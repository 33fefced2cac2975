//! The commands on keys, whatever they hold.

pub(crate) mod database;
pub(crate) mod expiry;
pub(crate) mod memory;
pub(crate) mod object;
pub(crate) mod scan;
pub(crate) mod snapshot;
pub(crate) mod sort;
pub(crate) mod transfer;

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Fast, ReadOnly, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Transaction;
use crate::error::Result;
use crate::keyspace::{Keyspace, ops};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "DEL",
        arity: AtLeast(2),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[Write],
        run: Run::Together(del),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n keys, and O(m) to free m elements",
            summary: "Removes keys in one step and returns how many were there.",
            examples: &[
                ("MSET a 1 b 2", "OK"),
                ("DEL a b c", "(integer) 2"),
                ("EXISTS a", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "UNLINK",
        arity: AtLeast(2),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[Write, Fast],
        run: Run::Together(unlink),
        doc: Doc {
            since: "4.0.0",
            cost: "O(n) for n keys; what is large is freed in the background",
            summary: "Removes keys as DEL does, and does not wait until their memory is free.",
            examples: &[("SET a 1", "OK"), ("UNLINK a b", "(integer) 1")],
        },
    },
    Spec {
        name: "EXISTS",
        arity: AtLeast(2),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[ReadOnly, Fast],
        run: Run::Together(exists),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n keys",
            summary: "Counts the keys that are there; one that is named twice counts twice.",
            examples: &[
                ("SET a 1", "OK"),
                ("EXISTS a", "(integer) 1"),
                ("EXISTS a missing a", "(integer) 2"),
            ],
        },
    },
    Spec {
        name: "TOUCH",
        arity: AtLeast(2),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[ReadOnly, Fast],
        run: Run::Together(touch),
        doc: Doc {
            since: "3.2.1",
            cost: "O(n) for n keys",
            summary: "Counts as a use of keys, so that they are evicted later, and returns how many are there.",
            examples: &[("SET a 1", "OK"), ("TOUCH a missing", "(integer) 1")],
        },
    },
    Spec {
        name: "TYPE",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(key_type),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Names the type of what a key holds.",
            examples: &[("SET a 1", "OK"), ("TYPE a", "string"), ("TYPE missing", "none")],
        },
    },
];

fn del(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(ops::del(transaction, &args.rest_keys()?)?);
    Ok(())
}

fn unlink(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(ops::unlink(transaction, &args.rest_keys()?)?);
    Ok(())
}

fn exists(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(ops::exists(transaction, &args.rest_keys()?)?);
    Ok(())
}

fn touch(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(ops::touch(transaction, &args.rest_keys()?)?);
    Ok(())
}

fn key_type(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let kind = ops::key_type(keyspace, &args.key()?)?;
    reply.status(kind.map_or("none", |kind| kind.name()));
    Ok(())
}
