//! OBJECT: what can be known about how a value is kept.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Loading, ReadOnly};
use crate::command::document::write_help;
use crate::command::{Args, Doc, Keys, Reply, Run, Spec, find};
use crate::error::Result;
use crate::keyspace::{Keyspace, ops};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "OBJECT",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[],
        run: Run::Container,
        doc: Doc {
            since: "2.2.3",
            cost: "depends on the subcommand",
            summary: "Tells about how a value is kept.",
            examples: &[],
        },
    },
    Spec {
        name: "OBJECT ENCODING",
        arity: Exactly(3),
        keys: Keys::At(2),
        flags: &[ReadOnly],
        run: Run::Key(encoding),
        doc: Doc {
            since: "2.2.3",
            cost: "O(1)",
            summary: "Names the form that a value has in memory.",
            examples: &[
                ("SET a 1", "OK"),
                ("OBJECT ENCODING a", "\"int\""),
                ("OBJECT ENCODING missing", "(nil)"),
            ],
        },
    },
    Spec {
        name: "OBJECT FREQ",
        arity: Exactly(3),
        keys: Keys::At(2),
        flags: &[ReadOnly],
        run: Run::Key(freq),
        doc: Doc {
            since: "4.0.0",
            cost: "O(1)",
            summary: "Returns how often a key is used, on a logarithmic scale, under an LFU eviction policy.",
            examples: &[("OBJECT FREQ missing", "(nil)")],
        },
    },
    Spec {
        name: "OBJECT HELP",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(help),
        doc: Doc {
            since: "6.2.0",
            cost: "O(1)",
            summary: "Lists the subcommands.",
            examples: &[("OBJECT HELP", "...ENCODING key...")],
        },
    },
    Spec {
        name: "OBJECT IDLETIME",
        arity: Exactly(3),
        keys: Keys::At(2),
        flags: &[ReadOnly],
        run: Run::Key(idletime),
        doc: Doc {
            since: "2.2.3",
            cost: "O(1)",
            summary: "Returns the seconds since a key was used, unless under an LFU eviction policy.",
            examples: &[("SET a 1", "OK"), ("OBJECT IDLETIME a", "(integer) 0")],
        },
    },
    Spec {
        name: "OBJECT REFCOUNT",
        arity: Exactly(3),
        keys: Keys::At(2),
        flags: &[ReadOnly],
        run: Run::Key(refcount),
        doc: Doc {
            since: "2.2.3",
            cost: "O(1)",
            summary: "Returns how many keys share a value, which is 1.",
            examples: &[("SET a 1", "OK"), ("OBJECT REFCOUNT a", "(integer) 1")],
        },
    },
];

fn encoding(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    match ops::object_encoding(keyspace, &args.key()?)? {
        Some(name) => reply.bytes(name.as_bytes()),
        None => reply.nil(),
    }
    Ok(())
}

fn freq(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    match ops::object_freq(keyspace, &args.key()?)? {
        Some(frequency) => reply.integer(frequency.into()),
        None => reply.nil(),
    }
    Ok(())
}

fn help(_: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let parent = find(b"OBJECT").expect("the command that is run is in the table");
    write_help(parent.spec, reply);
    Ok(())
}

fn idletime(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    match ops::object_idletime(keyspace, &args.key()?)? {
        Some(idle) => reply.integer(i64::try_from(idle.as_secs()).unwrap_or(i64::MAX)),
        None => reply.nil(),
    }
    Ok(())
}

/// Values are not shared between keys.
fn refcount(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    match keyspace.peek(&args.key()?) {
        Some(_) => reply.integer(1),
        None => reply.nil(),
    }
    Ok(())
}
