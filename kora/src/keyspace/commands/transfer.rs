//! RENAME, COPY and MOVE.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{DenyOom, Fast, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::ops::transfer::{self, CopyTo};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "RENAME",
        arity: Exactly(3),
        keys: Keys::Two(1),
        flags: &[Write],
        run: Run::Together(rename),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1), and O(m) to free m elements that the new key held",
            summary: "Gives the value and the expiry of a key to another key.",
            examples: &[
                ("SET a 1", "OK"),
                ("RENAME a b", "OK"),
                ("GET b", "\"1\""),
                ("RENAME a c", "(error) ERR no such key"),
            ],
        },
    },
    Spec {
        name: "RENAMENX",
        arity: Exactly(3),
        keys: Keys::Two(1),
        flags: &[Write, Fast],
        run: Run::Together(renamenx),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Renames a key if the new name is free.",
            examples: &[
                ("MSET a 1 b 2", "OK"),
                ("RENAMENX a b", "(integer) 0"),
                ("RENAMENX a c", "(integer) 1"),
            ],
        },
    },
    Spec {
        name: "COPY",
        arity: AtLeast(3),
        keys: Keys::Two(1),
        flags: &[Write, DenyOom],
        run: Run::Together(copy),
        doc: Doc {
            since: "6.2.0",
            cost: "O(n) for n elements",
            summary: "Copies the value and the expiry of a key to another key, into another database if wanted.",
            examples: &[
                ("MSET a 1 b 2", "OK"),
                ("COPY a b", "(integer) 0"),
                ("COPY a b REPLACE", "(integer) 1"),
                ("GET b", "\"1\""),
                ("COPY a a DB 1", "(integer) 1"),
            ],
        },
    },
    Spec {
        name: "MOVE",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Together(move_to),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Moves a key to another database if that has no such key.",
            examples: &[
                ("SET a 1", "OK"),
                ("MOVE a 1", "(integer) 1"),
                ("EXISTS a", "(integer) 0"),
                ("MOVE a 1", "(integer) 0"),
            ],
        },
    },
];

fn rename(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    transfer::rename(transaction, args.key()?, args.key()?)?;
    reply.ok();
    Ok(())
}

fn renamenx(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    reply.truth(transfer::renamenx(transaction, args.key()?, args.key()?)?);
    Ok(())
}

fn copy(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (source, destination) = (args.key()?, args.key()?);
    let mut to = CopyTo { number: transaction.number(), replace: false };
    while args.left() > 0 {
        if args.option("REPLACE") {
            to.replace = true;
        } else if args.left() > 1 && args.option("DB") {
            to.number = database(transaction, args)?;
        } else {
            return Err(Error::Syntax);
        }
    }
    reply.truth(transfer::copy(transaction, source, destination, to)?);
    Ok(())
}

fn move_to(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let (key, number) = (args.key()?, database(transaction, args)?);
    reply.truth(transfer::move_to(transaction, key, number)?);
    Ok(())
}

/// The next word as the number of a database.
fn database(transaction: &Transaction<'_>, args: &mut Args<'_>) -> Result<u8> {
    let number = usize::try_from(args.int()?).ok();
    let number = number.and_then(|number| transaction.database(number));
    number.ok_or_else(|| ArgumentError::DatabaseIndex.into())
}
