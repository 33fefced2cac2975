//! PING and ECHO: is anybody there?

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Fast, Loading};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::{Error, Result};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "ECHO",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading, Fast],
        run: Run::Table(echo),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Returns its argument.",
            examples: &[("ECHO hello", "\"hello\"")],
        },
    },
    Spec {
        name: "PING",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Loading, Fast],
        run: Run::Table(ping),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Answers PONG, or its argument.",
            examples: &[
                ("PING", "PONG"),
                ("PING hello", "\"hello\""),
                ("PING a b", "(error) ERR wrong number of arguments for 'ping' command"),
            ],
        },
    },
];

fn echo(args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.bytes(args.bytes()?);
    Ok(())
}

fn ping(args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    match args.left() {
        0 => reply.status("PONG"),
        1 => reply.bytes(args.bytes()?),
        _ => return Err(Error::WrongArity { command: "ping".into() }),
    }
    Ok(())
}
