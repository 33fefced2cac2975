//! The commands on the ends of lists: pushing, popping, moving from one list to another, and how
//! long a list is.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{DenyOom, Fast, ReadOnly, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::{Key, Keyspace};
use crate::types::list::commands::write;
use crate::types::list::ops::{self, Side};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "LPUSH",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(lpush),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n elements, amortised",
            summary: "Adds elements at the head of a list, one after the other, and returns its length.",
            examples: &[
                ("LPUSH letters a", "(integer) 1"),
                ("LPUSH letters b c", "(integer) 3"),
                ("LRANGE letters 0 -1", "1) \"c\"\n2) \"b\"\n3) \"a\""),
            ],
        },
    },
    Spec {
        name: "RPUSH",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(rpush),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n elements, amortised",
            summary: "Adds elements at the tail of a list and returns its length.",
            examples: &[
                ("RPUSH letters a b", "(integer) 2"),
                ("LRANGE letters 0 -1", "1) \"a\"\n2) \"b\""),
            ],
        },
    },
    Spec {
        name: "LPUSHX",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(lpushx),
        doc: Doc {
            since: "2.2.0",
            cost: "O(n) for n elements, amortised",
            summary: "Adds elements at the head of a list that is there.",
            examples: &[
                ("LPUSHX letters a", "(integer) 0"),
                ("EXISTS letters", "(integer) 0"),
                ("RPUSH letters b", "(integer) 1"),
                ("LPUSHX letters a", "(integer) 2"),
            ],
        },
    },
    Spec {
        name: "RPUSHX",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(rpushx),
        doc: Doc {
            since: "2.2.0",
            cost: "O(n) for n elements, amortised",
            summary: "Adds elements at the tail of a list that is there.",
            examples: &[
                ("RPUSHX letters a", "(integer) 0"),
                ("RPUSH letters a", "(integer) 1"),
                ("RPUSHX letters b", "(integer) 2"),
            ],
        },
    },
    Spec {
        name: "LPOP",
        arity: AtLeast(2),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(lpop),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n elements taken",
            summary: "Takes the first element of a list, or the first so many.",
            examples: &[
                ("RPUSH queue a b c", "(integer) 3"),
                ("LPOP queue", "\"a\""),
                ("LPOP queue 5", "1) \"b\"\n2) \"c\""),
                ("LPOP queue", "(nil)"),
            ],
        },
    },
    Spec {
        name: "RPOP",
        arity: AtLeast(2),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(rpop),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n elements taken",
            summary: "Takes the last element of a list, or the last so many, the last one first.",
            examples: &[
                ("RPUSH stack a b c", "(integer) 3"),
                ("RPOP stack", "\"c\""),
                ("RPOP stack 5", "1) \"b\"\n2) \"a\""),
                ("RPOP stack", "(nil)"),
            ],
        },
    },
    Spec {
        name: "LLEN",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(llen),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Returns how many elements a list has.",
            examples: &[
                ("RPUSH letters a b", "(integer) 2"),
                ("LLEN letters", "(integer) 2"),
                ("LLEN missing", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "LMOVE",
        arity: Exactly(5),
        keys: Keys::Two(1),
        flags: &[Write, DenyOom],
        run: Run::Together(lmove),
        doc: Doc {
            since: "6.2.0",
            cost: "O(1)",
            summary: "Takes the element at one end of a list and adds it at one end of another, in one step.",
            examples: &[
                ("RPUSH waiting a b", "(integer) 2"),
                ("LMOVE waiting running LEFT RIGHT", "\"a\""),
                ("LRANGE running 0 -1", "1) \"a\""),
                ("LMOVE missing running LEFT RIGHT", "(nil)"),
            ],
        },
    },
    Spec {
        name: "RPOPLPUSH",
        arity: Exactly(3),
        keys: Keys::Two(1),
        flags: &[Write, DenyOom],
        run: Run::Together(rpoplpush),
        doc: Doc {
            since: "1.2.0",
            cost: "O(1)",
            summary: "Takes the last element of a list and adds it at the head of another, in one step.",
            examples: &[
                ("RPUSH ring a b c", "(integer) 3"),
                ("RPOPLPUSH ring ring", "\"c\""),
                ("LRANGE ring 0 -1", "1) \"c\"\n2) \"a\"\n3) \"b\""),
            ],
        },
    },
    Spec {
        name: "LMPOP",
        arity: AtLeast(4),
        keys: Keys::Counted { at: 1 },
        flags: &[Write],
        run: Run::Together(lmpop),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n+m) for n keys and m elements taken",
            summary: "Takes elements from one end of the first list that there is among some keys.",
            examples: &[
                ("RPUSH second a b c", "(integer) 3"),
                ("LMPOP 2 first second LEFT COUNT 2", "1) \"second\"\n2) 1) \"a\"\n   2) \"b\""),
                ("LMPOP 1 first RIGHT", "(nil)"),
            ],
        },
    },
];

fn lpush(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    push(keyspace, args, reply, ops::lpush)
}

fn rpush(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    push(keyspace, args, reply, ops::rpush)
}

fn lpushx(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    push(keyspace, args, reply, ops::lpushx)
}

fn rpushx(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    push(keyspace, args, reply, ops::rpushx)
}

/// How one of the four commands that push does it.
type Push = fn(&mut Keyspace<'_>, &Key<'_>, &[&[u8]]) -> Result<usize>;

fn push(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    push: Push,
) -> Result<()> {
    let (key, elements) = (args.key()?, args.rest().collect::<Vec<_>>());
    reply.count(push(keyspace, &key, &elements)?);
    Ok(())
}

fn lpop(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    pop(keyspace, args, reply, Side::Left, "lpop")
}

fn rpop(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    pop(keyspace, args, reply, Side::Right, "rpop")
}

fn pop(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    side: Side,
    command: &str,
) -> Result<()> {
    if args.left() > 2 {
        return Err(Error::WrongArity { command: command.into() });
    }
    let key = args.key()?;
    if args.left() == 0 {
        reply.optional(ops::pop(keyspace, &key, side)?);
        return Ok(());
    }
    let count = args.count(ArgumentError::ValueNotPositive)?;
    match ops::pop_many(keyspace, &key, side, count)? {
        Some(elements) => write(reply, elements),
        None => reply.nil_array(),
    }
    Ok(())
}

fn llen(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(ops::llen(keyspace, &args.key()?)?);
    Ok(())
}

pub(super) fn side(args: &mut Args<'_>) -> Result<Side> {
    if args.option("LEFT") {
        Ok(Side::Left)
    } else if args.option("RIGHT") {
        Ok(Side::Right)
    } else {
        Err(Error::Syntax)
    }
}

fn lmove(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (source, destination) = (args.key()?, args.key()?);
    let (from, to) = (side(args)?, side(args)?);
    reply.optional(ops::lmove(transaction, source, destination, from, to)?);
    Ok(())
}

fn rpoplpush(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let (source, destination) = (args.key()?, args.key()?);
    reply.optional(ops::rpoplpush(transaction, source, destination)?);
    Ok(())
}

fn lmpop(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let count = args.positive(ArgumentError::NumkeysNotPositive)?;
    let (keys, side) = (args.take_keys(count)?, side(args)?);
    let mut count = 1;
    if args.left() > 1 && args.option("COUNT") {
        count = args.positive(ArgumentError::CountNotPositive)?;
    }
    args.end()?;
    match ops::lmpop(transaction, &keys, side, count)? {
        Some((key, elements)) => {
            reply.array(2);
            reply.bulk(key);
            write(reply, elements);
        }
        None => reply.nil_array(),
    }
    Ok(())
}
