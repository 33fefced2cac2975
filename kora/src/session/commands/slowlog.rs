//! SLOWLOG: the commands that took long.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Admin, Dangerous, Loading};
use crate::command::document::write_help;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec, find};
use crate::error::{ArgumentError, Result};
use crate::session::Context;

/// Entries that SLOWLOG GET answers when it is not told how many, as in Redis.
const USUAL: usize = 10;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "SLOWLOG",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[],
        run: Run::Container,
        doc: Doc {
            since: "2.2.12",
            cost: "depends on the subcommand",
            summary: "Is about commands that took long.",
            examples: &[],
        },
    },
    Spec {
        name: "SLOWLOG GET",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(get),
        doc: Doc {
            since: "2.2.12",
            cost: "O(n) for n entries",
            summary: "Returns the newest of the commands that took long, 10 or as many as are asked for, -1 for all: number, unix seconds, microseconds, words, client and its name.",
            examples: &[
                ("CONFIG SET slowlog-log-slower-than 0", "OK"),
                ("SET a 1", "OK"),
                ("SLOWLOG GET 1", "...1) \"SET\"\n ...2) \"a\"..."),
                ("SLOWLOG GET -2", "(error) ERR count should be greater than or equal to -1"),
            ],
        },
    },
    Spec {
        name: "SLOWLOG HELP",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(help),
        doc: Doc {
            since: "6.2.0",
            cost: "O(1)",
            summary: "Lists the subcommands.",
            examples: &[("SLOWLOG HELP", "...RESET...")],
        },
    },
    Spec {
        name: "SLOWLOG LEN",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(len),
        doc: Doc {
            since: "2.2.12",
            cost: "O(1)",
            summary: "Counts the commands that took long and are kept.",
            examples: &[("SLOWLOG LEN", "(integer) 0")],
        },
    },
    Spec {
        name: "SLOWLOG RESET",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(reset),
        doc: Doc {
            since: "2.2.12",
            cost: "O(n) for n entries",
            summary: "Forgets the commands that took long.",
            examples: &[("SLOWLOG RESET", "OK")],
        },
    },
];

fn get(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let most = match args.left() {
        0 => USUAL,
        _ => match args.integer()? {
            -1 => usize::MAX,
            count => usize::try_from(count).map_err(|_negative| ArgumentError::SlowlogCount)?,
        },
    };
    args.end()?;
    let entries = context.host.statistics.slow(most);
    reply.array(entries.len());
    for entry in entries {
        reply.array(6);
        reply.integer(i64::try_from(entry.id).unwrap_or(i64::MAX));
        reply.integer(entry.at);
        reply.integer(i64::try_from(entry.took.as_micros()).unwrap_or(i64::MAX));
        reply.array(entry.words.len());
        entry.words.iter().for_each(|word| reply.bytes(word));
        reply.bytes(entry.address.as_bytes());
        reply.bytes(entry.name.as_bytes());
    }
    Ok(())
}

fn help(_: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let parent = find(b"SLOWLOG").expect("the command that is run is in the table");
    write_help(parent.spec, reply);
    Ok(())
}

fn len(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(context.host.statistics.slow_len());
    Ok(())
}

fn reset(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    context.host.statistics.forget_slow();
    reply.ok();
    Ok(())
}
