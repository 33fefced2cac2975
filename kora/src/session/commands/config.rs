//! CONFIG: what the server is set to.

use std::collections::BTreeMap;

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Admin, Dangerous, Loading};
use crate::command::document::write_help;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec, find};
use crate::engine::Sweep;
use crate::error::{Error, Result};
use crate::session::Context;
use crate::session::settings::{self, SETTINGS};
use crate::text::pattern;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "CONFIG",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[],
        run: Run::Container,
        doc: Doc {
            since: "2.0.0",
            cost: "depends on the subcommand",
            summary: "Is about what the server is set to.",
            examples: &[],
        },
    },
    Spec {
        name: "CONFIG GET",
        arity: AtLeast(3),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(get),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n patterns",
            summary: "Returns the settings whose names fit a pattern, with their values.",
            examples: &[
                ("CONFIG GET databases", "1) \"databases\"\n2) \"16\""),
                ("CONFIG GET max* nosuch", "...\"maxclients\"\n..."),
            ],
        },
    },
    Spec {
        name: "CONFIG HELP",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(help),
        doc: Doc {
            since: "5.0.0",
            cost: "O(1)",
            summary: "Lists the subcommands.",
            examples: &[("CONFIG HELP", "...RESETSTAT...")],
        },
    },
    Spec {
        name: "CONFIG RESETSTAT",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Session(resetstat),
        doc: Doc {
            since: "2.0.0",
            cost: "O(1)",
            summary: "Has the counters of INFO begin anew.",
            examples: &[("CONFIG RESETSTAT", "OK"), ("INFO stats", "...keyspace_hits:0...")],
        },
    },
    Spec {
        name: "CONFIG SET",
        arity: AtLeast(4),
        keys: Keys::None,
        flags: &[Admin, Dangerous],
        run: Run::Server(set),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n settings",
            summary: "Changes settings: all that are given, or none if one of them cannot be.",
            examples: &[
                ("CONFIG SET timeout 300", "OK"),
                ("CONFIG GET timeout", "1) \"timeout\"\n2) \"300\""),
                (
                    "CONFIG SET databases 2",
                    "(error) ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config",
                ),
                (
                    "CONFIG SET nosuch 1",
                    "(error) ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'",
                ),
            ],
        },
    },
];

fn get(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let mut found = BTreeMap::new();
    for wanted in args.rest() {
        let wanted = wanted.to_ascii_lowercase();
        for setting in SETTINGS {
            if pattern::matches(&wanted, setting.name.as_bytes()) {
                found.insert(setting.name, (setting.get)(context));
            }
        }
    }
    reply.map(found.len());
    for (name, value) in found {
        reply.bytes(name.as_bytes());
        reply.bytes(value.as_bytes());
    }
    Ok(())
}

fn help(_: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let parent = find(b"CONFIG").expect("the command that is run is in the table");
    write_help(parent.spec, reply);
    Ok(())
}

fn resetstat(context: &mut Context<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    context.host.counters.reset();
    context.host.pace.reset(context.host.now());
    context.engine.forget_gone();
    context.host.statistics.reset();
    reply.ok();
    Ok(())
}

fn set(
    context: &mut Context<'_>,
    sweep: Sweep<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    if args.left() % 2 != 0 {
        return Err(Error::Syntax);
    }
    let mut changes = Vec::new();
    while args.left() > 0 {
        changes.push(settings::prepare(args.bytes()?, args.bytes()?)?);
    }
    for change in &changes {
        change.apply(context, sweep);
    }
    reply.ok();
    Ok(())
}
