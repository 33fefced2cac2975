//! COMMAND and its subcommands: the table, asked over the wire.

pub(crate) mod connection;
pub(crate) mod time;

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::Loading;
use crate::command::dispatch::Call;
use crate::command::document::{categories, write_access, write_docs, write_help, write_info};
use crate::command::words::Words;
use crate::command::{
    Args, Doc, Flag, Keys, Listed, Reply, Run, Spec, all, find, find_piped, find_sub, top,
};
use crate::error::{ArgumentError, Error, Result};
use crate::text::pattern;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "COMMAND",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(command),
        doc: Doc {
            since: "2.8.13",
            cost: "O(n) for n commands",
            summary: "Describes every command.",
            examples: &[("COMMAND", "... \"get\"\n ...")],
        },
    },
    Spec {
        name: "COMMAND COUNT",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(count),
        doc: Doc {
            since: "2.8.13",
            cost: "O(n) for n commands",
            summary: "Counts the commands, subcommands left out.",
            examples: &[("COMMAND COUNT", "(integer) ...")],
        },
    },
    Spec {
        name: "COMMAND DOCS",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(docs),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n) for n commands",
            summary: "Says what commands do, since when, and at what cost.",
            examples: &[
                (
                    "COMMAND DOCS get",
                    "1) \"get\"\n2) 1) \"summary\"\n   2) \"Returns the string of a key.\"\n   3) \"since\"\n   4) \"1.0.0\"\n   5) \"group\"\n   6) \"string\"\n   7) \"complexity\"\n   8) \"O(1)\"",
                ),
                ("COMMAND DOCS nosuch", "(empty array)"),
            ],
        },
    },
    Spec {
        name: "COMMAND GETKEYS",
        arity: AtLeast(4),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(getkeys),
        doc: Doc {
            since: "2.8.13",
            cost: "O(n) for n words",
            summary: "Returns the keys among the words of a command.",
            examples: &[
                ("COMMAND GETKEYS MSET a 1 b 2", "1) \"a\"\n2) \"b\""),
                ("COMMAND GETKEYS COMMAND COUNT", "(error) ERR The command has no key arguments"),
            ],
        },
    },
    Spec {
        name: "COMMAND GETKEYSANDFLAGS",
        arity: AtLeast(4),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(getkeys_and_flags),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n) for n words",
            summary: "Returns the keys among the words of a command, each with what becomes of it.",
            examples: &[(
                "COMMAND GETKEYSANDFLAGS GET k",
                "1) 1) \"k\"\n   2) 1) RO\n      2) access",
            )],
        },
    },
    Spec {
        name: "COMMAND HELP",
        arity: Exactly(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(help),
        doc: Doc {
            since: "5.0.0",
            cost: "O(1)",
            summary: "Lists the subcommands.",
            examples: &[("COMMAND HELP", "...COUNT\n...")],
        },
    },
    Spec {
        name: "COMMAND INFO",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(info),
        doc: Doc {
            since: "2.8.13",
            cost: "O(n) for n commands",
            summary: "Describes commands: arity, flags, where the keys stand, ACL categories, subcommands.",
            examples: &[
                (
                    "COMMAND INFO strlen",
                    "1)  1) \"strlen\"\n    2) (integer) 2\n    3) 1) readonly\n       2) fast\n    4) (integer) 1\n ...",
                ),
                ("COMMAND INFO nosuch", "1) (nil)"),
            ],
        },
    },
    Spec {
        name: "COMMAND LIST",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Loading],
        run: Run::Table(list),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n) for n commands",
            summary: "Lists the names of commands and subcommands: all, those of an ACL category, or those that a pattern fits.",
            examples: &[
                ("COMMAND LIST FILTERBY PATTERN getr*", "1) \"getrange\""),
                ("COMMAND LIST FILTERBY ACLCAT nosuch", "(empty array)"),
            ],
        },
    },
];

fn command(_: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.array(top().count());
    top().for_each(|listed| write_info(listed, reply));
    Ok(())
}

fn count(_: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(top().count());
    Ok(())
}

fn help(_: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let parent = find(b"COMMAND").expect("the command that is run is in the table");
    write_help(parent.spec, reply);
    Ok(())
}

fn info(args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    if args.left() == 0 {
        return command(args, reply);
    }
    reply.array(args.left());
    for name in args.rest() {
        match find_piped(name) {
            Some(listed) => write_info(listed, reply),
            None => reply.nil_array(),
        }
    }
    Ok(())
}

fn docs(args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let listed: Vec<Listed> = if args.left() == 0 {
        top().collect()
    } else {
        args.rest().filter_map(find_piped).collect()
    };
    reply.map(listed.len());
    listed.into_iter().for_each(|listed| write_docs(listed, reply));
    Ok(())
}

/// Which names COMMAND LIST is asked for.
enum Filter<'a> {
    All,
    Category(&'a [u8]),
    Pattern(Vec<u8>),
    /// Kora has no modules.
    Module,
}

impl<'a> Filter<'a> {
    fn read(args: &mut Args<'a>) -> Result<Filter<'a>> {
        if args.left() == 0 {
            return Ok(Filter::All);
        }
        if args.left() != 3 || !args.option("FILTERBY") {
            return Err(Error::Syntax);
        }
        if args.option("MODULE") {
            return Ok(Filter::Module);
        }
        if args.option("ACLCAT") {
            return Ok(Filter::Category(args.bytes()?));
        }
        if args.option("PATTERN") {
            return Ok(Filter::Pattern(args.bytes()?.to_ascii_lowercase()));
        }
        Err(Error::Syntax)
    }

    fn lets(&self, spec: &Spec) -> bool {
        match self {
            Filter::All => true,
            Filter::Category(wanted) => categories(spec.listed())
                .iter()
                .any(|category| category.as_bytes()[1..].eq_ignore_ascii_case(wanted)),
            Filter::Pattern(pattern) => pattern::matches(pattern, spec.wire_name().as_bytes()),
            Filter::Module => false,
        }
    }
}

fn list(args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let filter = Filter::read(args)?;
    let specs: Vec<&Spec> = all().filter(|spec| filter.lets(spec)).collect();
    reply.array(specs.len());
    specs.iter().for_each(|spec| reply.bytes(spec.wire_name().as_bytes()));
    Ok(())
}

/// The entry that some words call, and that has keys among them.
fn call_with_keys(words: Words<'_>) -> Result<Call<'_>> {
    let invalid = ArgumentError::InvalidCommand;
    let listed = find(words.get(0).unwrap_or_default()).ok_or(invalid)?;
    let spec = match words.get(1) {
        Some(sub) if listed.has_subcommands => find_sub(listed.spec, sub).ok_or(invalid)?.spec,
        _ => listed.spec,
    };
    if matches!(spec.keys, Keys::None) {
        return Err(ArgumentError::CommandWithoutKeys.into());
    }
    spec.check_arity(words.len()).map_err(|_arity| ArgumentError::InvalidCommandArguments)?;
    if !spec.keys.fit(words) {
        return Err(ArgumentError::InvalidCommandKeys.into());
    }
    Ok(Call::new(spec, words))
}

fn getkeys(args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let keys = call_with_keys(args.rest_command())?.keys();
    reply.array(keys.len());
    keys.iter().for_each(|(_, key)| reply.bytes(key.bytes()));
    Ok(())
}

fn getkeys_and_flags(args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let call = call_with_keys(args.rest_command())?;
    let (keys, writes) = (call.keys(), call.spec.is(Flag::Write));
    reply.array(keys.len());
    for (nth, (_, key)) in keys.iter().enumerate() {
        reply.array(2);
        reply.bytes(key.bytes());
        write_access(call.spec.keys.access(nth, writes), reply);
    }
    Ok(())
}
