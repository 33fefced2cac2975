//! The commands that take members out: by name, by range, from an end.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Fast, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::Keyspace;
use crate::types::zset::commands::bounds::By;
use crate::types::zset::commands::reply_scored;
use crate::types::zset::ops::{self, ScoreEnd};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "ZREM",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(zrem),
        doc: Doc {
            since: "1.2.0",
            cost: "O(log n) for each member",
            summary: "Removes members and returns how many were there.",
            examples: &[
                ("ZADD board 1 ann 2 bob", "(integer) 2"),
                ("ZREM board ann eve", "(integer) 1"),
            ],
        },
    },
    Spec {
        name: "ZREMRANGEBYRANK",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write],
        run: Run::Key(zremrangebyrank),
        doc: Doc {
            since: "2.0.0",
            cost: "O(log n + k) for k members removed",
            summary: "Removes the members in a range of ranks and returns their number.",
            examples: &[
                ("ZADD board 1 ann 2 bob 3 eve", "(integer) 3"),
                ("ZREMRANGEBYRANK board 0 -2", "(integer) 2"),
                ("ZRANGE board 0 -1", "1) \"eve\""),
            ],
        },
    },
    Spec {
        name: "ZREMRANGEBYSCORE",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write],
        run: Run::Key(zremrangebyscore),
        doc: Doc {
            since: "1.2.0",
            cost: "O(log n + k) for k members removed",
            summary: "Removes the members with scores in a range and returns their number.",
            examples: &[
                ("ZADD board 1 ann 2 bob 3 eve", "(integer) 3"),
                ("ZREMRANGEBYSCORE board -inf (3", "(integer) 2"),
            ],
        },
    },
    Spec {
        name: "ZREMRANGEBYLEX",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write],
        run: Run::Key(zremrangebylex),
        doc: Doc {
            since: "2.8.9",
            cost: "O(log n + k) for k members removed",
            summary: "Removes the members between two names, where all scores are equal, and returns their number.",
            examples: &[
                ("ZADD names 0 ann 0 bob 0 eve", "(integer) 3"),
                ("ZREMRANGEBYLEX names [bob +", "(integer) 2"),
            ],
        },
    },
    Spec {
        name: "ZPOPMIN",
        arity: AtLeast(2),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(zpopmin),
        doc: Doc {
            since: "5.0.0",
            cost: "O(log n + k) for k members removed",
            summary: "Removes the members with the lowest scores and returns them.",
            examples: &[
                ("ZADD jobs 1 ann 2 bob", "(integer) 2"),
                ("ZPOPMIN jobs", "1) \"ann\"\n2) \"1\""),
                ("ZPOPMIN missing", "(empty array)"),
            ],
        },
    },
    Spec {
        name: "ZPOPMAX",
        arity: AtLeast(2),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(zpopmax),
        doc: Doc {
            since: "5.0.0",
            cost: "O(log n + k) for k members removed",
            summary: "Removes the members with the highest scores and returns them.",
            examples: &[
                ("ZADD jobs 1 ann 2 bob", "(integer) 2"),
                ("ZPOPMAX jobs 5", "1) \"bob\"\n2) \"2\"\n3) \"ann\"\n4) \"1\""),
            ],
        },
    },
    Spec {
        name: "ZMPOP",
        arity: AtLeast(4),
        keys: Keys::Counted { at: 1 },
        flags: &[Write],
        run: Run::Together(zmpop),
        doc: Doc {
            since: "7.0.0",
            cost: "O(k) for k keys, O(log n + m) for m members removed",
            summary: "Removes the members with the lowest or highest scores from the first sorted set that is there.",
            examples: &[
                ("ZADD low 1 ann 2 bob", "(integer) 2"),
                ("ZMPOP 2 high low MIN", "1) \"low\"\n2) 1) 1) \"ann\"\n      2) \"1\""),
                ("ZMPOP 1 high MAX", "(nil)"),
            ],
        },
    },
];

fn zrem(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, members) = (args.key()?, args.rest().collect::<Vec<_>>());
    reply.count(ops::zrem(keyspace, &key, &members)?);
    Ok(())
}

fn remove_span(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    by: By,
) -> Result<()> {
    let (key, span) = (args.key()?, by.span(args.bytes()?, args.bytes()?)?);
    reply.count(ops::remove_span(keyspace, &key, span)?);
    Ok(())
}

fn zremrangebyrank(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    remove_span(keyspace, args, reply, By::Rank)
}

fn zremrangebyscore(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    remove_span(keyspace, args, reply, By::Score)
}

fn zremrangebylex(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    remove_span(keyspace, args, reply, By::Lex)
}

fn zpopmin(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    pop(keyspace, args, reply, ScoreEnd::Lowest)
}

fn zpopmax(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    pop(keyspace, args, reply, ScoreEnd::Highest)
}

fn pop(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    end: ScoreEnd,
) -> Result<()> {
    let key = args.key()?;
    if args.left() > 1 {
        return Err(Error::Syntax);
    }
    if args.left() == 1 {
        let count = args.count(ArgumentError::ValueNotPositive)?;
        reply_scored(reply, ops::pop(keyspace, &key, end, count)?);
        return Ok(());
    }
    // Without a count RESP3 has no pairs either.
    let popped = ops::pop(keyspace, &key, end, 1)?;
    reply.array(2 * popped.len());
    for (member, score) in popped {
        reply.bulk(member);
        reply.double(score);
    }
    Ok(())
}

/// The next word as a number greater than 0.
fn positive(args: &mut Args<'_>, error: ArgumentError) -> Result<usize> {
    match args.count(error)? {
        0 => Err(error.into()),
        count => Ok(count),
    }
}

fn zmpop(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key_count = positive(args, ArgumentError::NumkeysNotPositive)?;
    let keys = args.take_keys(key_count)?;
    let (end, count) = end_and_count(args)?;
    match ops::zmpop(transaction, &keys, end, count)? {
        Some(popped) => write_popped(popped, reply),
        None => reply.nil_array(),
    }
    Ok(())
}

/// From which end, and how many, as ZMPOP and its kin end.
pub(super) fn end_and_count(args: &mut Args<'_>) -> Result<(ScoreEnd, usize)> {
    let end = if args.option("MIN") {
        ScoreEnd::Lowest
    } else if args.option("MAX") {
        ScoreEnd::Highest
    } else {
        return Err(Error::Syntax);
    };
    let count = if args.left() > 1 && args.option("COUNT") {
        positive(args, ArgumentError::CountNotPositive)?
    } else {
        1
    };
    args.end()?;
    Ok((end, count))
}

/// A key, and what was taken from it.
pub(super) fn write_popped((key, popped): ops::Popped, reply: &mut Reply) {
    reply.array(2);
    reply.bulk(key);
    reply.array(popped.len());
    for (member, score) in popped {
        reply.array(2);
        reply.bulk(member);
        reply.double(score);
    }
}
