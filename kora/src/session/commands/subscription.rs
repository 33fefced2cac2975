//! SUBSCRIBE and its kin: what a connection listens to.

use crate::command::Arity::AtLeast;
use crate::command::Flag::{Listening, Loading};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::{ArgumentError, Result};
use crate::pubsub::broker::Family;
use crate::session::Context;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "PSUBSCRIBE",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Loading, Listening],
        run: Run::Session(psubscribe),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n patterns",
            summary: "Listens to all channels that patterns fit.",
            examples: &[("PSUBSCRIBE news.*", "1) \"psubscribe\"\n2) \"news.*\"\n3) (integer) 1")],
        },
    },
    Spec {
        name: "PUNSUBSCRIBE",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Loading, Listening],
        run: Run::Session(punsubscribe),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n patterns",
            summary: "Listens no longer for patterns: those that are named, or all.",
            examples: &[("PUNSUBSCRIBE", "1) \"punsubscribe\"\n2) (nil)\n3) (integer) 0")],
        },
    },
    Spec {
        name: "SSUBSCRIBE",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Loading, Listening],
        run: Run::Session(ssubscribe),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n) for n shard channels",
            summary: "Listens to shard channels.",
            examples: &[("SSUBSCRIBE orders", "1) \"ssubscribe\"\n2) \"orders\"\n3) (integer) 1")],
        },
    },
    Spec {
        name: "SUBSCRIBE",
        arity: AtLeast(2),
        keys: Keys::None,
        flags: &[Loading, Listening],
        run: Run::Session(subscribe),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n channels",
            summary: "Listens to channels.",
            examples: &[
                ("SUBSCRIBE news", "1) \"subscribe\"\n2) \"news\"\n3) (integer) 1"),
                (
                    "GET a",
                    "(error) ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
                ),
                ("PING", "1) \"pong\"\n2) \"\""),
            ],
        },
    },
    Spec {
        name: "SUNSUBSCRIBE",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Loading, Listening],
        run: Run::Session(sunsubscribe),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n) for n shard channels",
            summary: "Listens to shard channels no longer: those that are named, or all.",
            examples: &[(
                "SUNSUBSCRIBE orders",
                "1) \"sunsubscribe\"\n2) \"orders\"\n3) (integer) 0",
            )],
        },
    },
    Spec {
        name: "UNSUBSCRIBE",
        arity: AtLeast(1),
        keys: Keys::None,
        flags: &[Loading, Listening],
        run: Run::Session(unsubscribe),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n channels",
            summary: "Listens to channels no longer: those that are named, or all.",
            examples: &[
                ("SUBSCRIBE news", "1) \"subscribe\"\n2) \"news\"\n3) (integer) 1"),
                ("UNSUBSCRIBE news", "1) \"unsubscribe\"\n2) \"news\"\n3) (integer) 0"),
                ("GET a", "(nil)"),
            ],
        },
    },
];

fn psubscribe(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    add(context, Family::Pattern, b"psubscribe", args, reply)
}

fn ssubscribe(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    if context.session.is_executing {
        return Err(ArgumentError::SsubscribeInExec.into());
    }
    add(context, Family::Shard, b"ssubscribe", args, reply)
}

fn subscribe(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    add(context, Family::Channel, b"subscribe", args, reply)
}

fn punsubscribe(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    remove(context, Family::Pattern, b"punsubscribe", args, reply)
}

fn sunsubscribe(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    remove(context, Family::Shard, b"sunsubscribe", args, reply)
}

fn unsubscribe(context: &mut Context<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    remove(context, Family::Channel, b"unsubscribe", args, reply)
}

/// Says that a connection listens, or no longer, and to how many names it does.
fn tell(
    context: &Context<'_>,
    family: Family,
    word: &[u8],
    name: Option<&[u8]>,
    reply: &mut Reply,
) {
    reply.push(3);
    reply.bytes(word);
    match name {
        Some(name) => reply.bytes(name),
        None => reply.nil(),
    }
    reply.count(context.session.subscriptions.counted_with(family));
}

fn add(
    context: &mut Context<'_>,
    family: Family,
    word: &[u8],
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    for name in args.rest() {
        context.session.subscribe(context.engine, family, name);
        tell(context, family, word, Some(name), reply);
    }
    Ok(())
}

fn remove(
    context: &mut Context<'_>,
    family: Family,
    word: &[u8],
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let mut names: Vec<Box<[u8]>> = args.rest().map(Box::from).collect();
    if names.is_empty() {
        names = context.session.subscriptions.names(family);
    }
    if names.is_empty() {
        tell(context, family, word, None, reply);
    }
    for name in names {
        context.session.unsubscribe(context.engine, family, &name);
        tell(context, family, word, Some(&name), reply);
    }
    Ok(())
}
