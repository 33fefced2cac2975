//! MEMORY: what keys take.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Loading, ReadOnly};
use crate::command::document::write_help;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec, find};
use crate::error::{Error, Result};
use crate::keyspace::{Keyspace, ops};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "MEMORY",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[],
        run: Run::Container,
        doc: Doc {
            since: "4.0.0",
            cost: "depends on the subcommand",
            summary: "Tells about memory.",
            examples: &[],
        },
    },
    Spec {
        name: "MEMORY HELP",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(help),
        doc: Doc {
            since: "4.0.0",
            cost: "O(1)",
            summary: "Lists the subcommands.",
            examples: &[("MEMORY HELP", "...USAGE key...")],
        },
    },
    Spec {
        name: "MEMORY USAGE",
        arity: AtLeast(3),
        keys: Keys::At(2),
        flags: &[ReadOnly],
        run: Run::Key(usage),
        doc: Doc {
            since: "4.0.0",
            cost: "O(1)",
            summary: "Returns the bytes that a key takes with its value, as they count against the limit; SAMPLES changes nothing, since none is estimated.",
            examples: &[
                ("SET a 1", "OK"),
                ("MEMORY USAGE a", "(integer) ..."),
                ("MEMORY USAGE missing SAMPLES 5", "(nil)"),
                ("MEMORY USAGE a SAMPLES x", "(error) ERR value is not an integer or out of range"),
            ],
        },
    },
];

fn help(_: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let parent = find(b"MEMORY").expect("the command that is run is in the table");
    write_help(parent.spec, reply);
    Ok(())
}

fn usage(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    while args.left() > 0 {
        if !args.option("SAMPLES") {
            return Err(Error::Syntax);
        }
        if args.integer()? < 0 {
            return Err(Error::Syntax);
        }
    }
    match ops::memory_usage(keyspace, &key)? {
        Some(bytes) => reply.count(bytes),
        None => reply.nil(),
    }
    Ok(())
}
