//! Commands that wait for a sorted set to have something: BZPOPMIN, BZPOPMAX, BZMPOP.

use super::remove::{end_and_count, write_popped};
use crate::command::Arity::AtLeast;
use crate::command::Flag::{Blocking, Fast, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec, Waits};
use crate::engine::Transaction;
use crate::error::{ArgumentError, Result};
use crate::keyspace::Key;
use crate::types::zset::ops::{self, ScoreEnd};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "BZMPOP",
        arity: AtLeast(5),
        keys: Keys::Counted { at: 2 },
        flags: &[Write, Blocking],
        run: Run::Wait(&Waits {
            attempt: bzmpop,
            timeout: Some(1),
            waited: None,
            nothing: Reply::nil_array,
        }),
        doc: Doc {
            since: "7.0.0",
            cost: "O(k) for k keys, O(log n + m) for m members removed",
            summary: "Removes the members with the lowest or highest scores from the first sorted set that is there; waits for one, at most so many seconds, 0 for ever.",
            examples: &[
                ("ZADD low 1 ann 2 bob", "(integer) 2"),
                ("BZMPOP 0 2 high low MIN", "1) \"low\"\n2) 1) 1) \"ann\"\n      2) \"1\""),
                ("BZMPOP 0.001 1 high MAX", "(nil)"),
            ],
        },
    },
    Spec {
        name: "BZPOPMAX",
        arity: AtLeast(3),
        keys: Keys::Range { first: 1, tail: 1, step: 1 },
        flags: &[Write, Fast, Blocking],
        run: Run::Wait(&Waits {
            attempt: bzpopmax,
            timeout: None,
            waited: None,
            nothing: Reply::nil_array,
        }),
        doc: Doc {
            since: "5.0.0",
            cost: "O(log n)",
            summary: "Removes the member with the highest score from the first sorted set that is there; waits for one, at most so many seconds, 0 for ever.",
            examples: &[
                ("ZADD jobs 1 ann 2 bob", "(integer) 2"),
                ("BZPOPMAX urgent jobs 0", "1) \"jobs\"\n2) \"bob\"\n3) \"2\""),
                ("BZPOPMAX urgent 0.001", "(nil)"),
            ],
        },
    },
    Spec {
        name: "BZPOPMIN",
        arity: AtLeast(3),
        keys: Keys::Range { first: 1, tail: 1, step: 1 },
        flags: &[Write, Fast, Blocking],
        run: Run::Wait(&Waits {
            attempt: bzpopmin,
            timeout: None,
            waited: None,
            nothing: Reply::nil_array,
        }),
        doc: Doc {
            since: "5.0.0",
            cost: "O(log n)",
            summary: "Removes the member with the lowest score from the first sorted set that is there; waits for one, at most so many seconds, 0 for ever.",
            examples: &[
                ("ZADD jobs 1 ann 2 bob", "(integer) 2"),
                ("BZPOPMIN urgent jobs 0", "1) \"jobs\"\n2) \"ann\"\n3) \"1\""),
                ("BZPOPMIN urgent 0.001", "(nil)"),
            ],
        },
    },
];

fn bzpopmin(
    transaction: &mut Transaction<'_>,
    ready: Option<&Key<'_>>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<bool> {
    pop_one(transaction, ready, args, reply, ScoreEnd::Lowest)
}

fn bzpopmax(
    transaction: &mut Transaction<'_>,
    ready: Option<&Key<'_>>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<bool> {
    pop_one(transaction, ready, args, reply, ScoreEnd::Highest)
}

fn pop_one(
    transaction: &mut Transaction<'_>,
    ready: Option<&Key<'_>>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    end: ScoreEnd,
) -> Result<bool> {
    let keys = args.take_keys(args.left().saturating_sub(1))?;
    let Some((key, member, score)) = ops::bzpop(transaction, &keys, ready, end)? else {
        return Ok(false);
    };
    reply.array(3);
    reply.bulk(key);
    reply.bulk(member);
    reply.double(score);
    Ok(true)
}

fn bzmpop(
    transaction: &mut Transaction<'_>,
    ready: Option<&Key<'_>>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<bool> {
    args.bytes()?;
    let count = args.positive(ArgumentError::NumkeysNotPositive)?;
    let keys = args.take_keys(count)?;
    let (end, count) = end_and_count(args)?;
    let Some(popped) = ops::bzmpop(transaction, &keys, ready, end, count)? else {
        return Ok(false);
    };
    write_popped(popped, reply);
    Ok(true)
}
