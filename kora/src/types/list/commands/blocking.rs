//! Commands that wait for a list to have something: BLPOP, BRPOP, BLMPOP, BLMOVE, BRPOPLPUSH.

use super::ends::side;
use super::write;
use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Blocking, DenyOom, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec, Waits};
use crate::engine::Transaction;
use crate::error::{ArgumentError, Result};
use crate::keyspace::Key;
use crate::types::list::ops::{self, Side};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "BLMOVE",
        arity: Exactly(6),
        keys: Keys::Two(1),
        flags: &[Write, DenyOom, Blocking],
        run: Run::Wait(&Waits {
            attempt: blmove,
            timeout: None,
            waited: Some(1),
            nothing: Reply::nil,
        }),
        doc: Doc {
            since: "6.2.0",
            cost: "O(1)",
            summary: "Takes the element at one end of a list and adds it at one end of another, in one step; waits for the list, at most so many seconds, 0 for ever.",
            examples: &[
                ("RPUSH waiting a b", "(integer) 2"),
                ("BLMOVE waiting running LEFT RIGHT 0", "\"a\""),
                ("BLMOVE missing running LEFT RIGHT 0.001", "(nil)"),
            ],
        },
    },
    Spec {
        name: "BLMPOP",
        arity: AtLeast(5),
        keys: Keys::Counted { at: 2 },
        flags: &[Write, Blocking],
        run: Run::Wait(&Waits {
            attempt: blmpop,
            timeout: Some(1),
            waited: None,
            nothing: Reply::nil_array,
        }),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n+m) for n keys and m elements taken",
            summary: "Takes elements from one end of the first list that there is among some keys; waits for one, at most so many seconds, 0 for ever.",
            examples: &[
                ("RPUSH second a b c", "(integer) 3"),
                ("BLMPOP 0 2 first second LEFT COUNT 2", "1) \"second\"\n2) 1) \"a\"\n   2) \"b\""),
                ("BLMPOP 0.001 1 first RIGHT", "(nil)"),
            ],
        },
    },
    Spec {
        name: "BLPOP",
        arity: AtLeast(3),
        keys: Keys::Range { first: 1, tail: 1, step: 1 },
        flags: &[Write, Blocking],
        run: Run::Wait(&Waits {
            attempt: blpop,
            timeout: None,
            waited: None,
            nothing: Reply::nil_array,
        }),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n keys",
            summary: "Takes the first element of the first list that there is among some keys; waits for one, at most so many seconds, 0 for ever.",
            examples: &[
                ("RPUSH jobs a b", "(integer) 2"),
                ("BLPOP urgent jobs 0", "1) \"jobs\"\n2) \"a\""),
                ("BLPOP urgent 0.001", "(nil)"),
                ("BLPOP urgent -1", "(error) ERR timeout is negative"),
            ],
        },
    },
    Spec {
        name: "BRPOP",
        arity: AtLeast(3),
        keys: Keys::Range { first: 1, tail: 1, step: 1 },
        flags: &[Write, Blocking],
        run: Run::Wait(&Waits {
            attempt: brpop,
            timeout: None,
            waited: None,
            nothing: Reply::nil_array,
        }),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n keys",
            summary: "Takes the last element of the first list that there is among some keys; waits for one, at most so many seconds, 0 for ever.",
            examples: &[
                ("RPUSH jobs a b", "(integer) 2"),
                ("BRPOP urgent jobs 0", "1) \"jobs\"\n2) \"b\""),
                ("BRPOP urgent 0.001", "(nil)"),
            ],
        },
    },
    Spec {
        name: "BRPOPLPUSH",
        arity: Exactly(4),
        keys: Keys::Two(1),
        flags: &[Write, DenyOom, Blocking],
        run: Run::Wait(&Waits {
            attempt: brpoplpush,
            timeout: None,
            waited: Some(1),
            nothing: Reply::nil,
        }),
        doc: Doc {
            since: "2.2.0",
            cost: "O(1)",
            summary: "Takes the last element of a list and adds it at the head of another, in one step; waits for the list, at most so many seconds, 0 for ever.",
            examples: &[
                ("RPUSH ring a b c", "(integer) 3"),
                ("BRPOPLPUSH ring ring 0", "\"c\""),
                ("BRPOPLPUSH missing ring 0.001", "(nil)"),
            ],
        },
    },
];

fn blpop(
    transaction: &mut Transaction<'_>,
    ready: Option<&Key<'_>>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<bool> {
    pop_one(transaction, ready, args, reply, Side::Left)
}

fn brpop(
    transaction: &mut Transaction<'_>,
    ready: Option<&Key<'_>>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<bool> {
    pop_one(transaction, ready, args, reply, Side::Right)
}

fn pop_one(
    transaction: &mut Transaction<'_>,
    ready: Option<&Key<'_>>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    side: Side,
) -> Result<bool> {
    let keys = args.take_keys(args.left().saturating_sub(1))?;
    let Some((key, elements)) = ops::blmpop(transaction, &keys, ready, side, 1)? else {
        return Ok(false);
    };
    reply.array(2);
    reply.bulk(key);
    elements.into_iter().for_each(|element| reply.bulk(element));
    Ok(true)
}

fn blmpop(
    transaction: &mut Transaction<'_>,
    ready: Option<&Key<'_>>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<bool> {
    args.bytes()?;
    let count = args.positive(ArgumentError::NumkeysNotPositive)?;
    let (keys, side) = (args.take_keys(count)?, side(args)?);
    let mut count = 1;
    if args.left() > 1 && args.option("COUNT") {
        count = args.positive(ArgumentError::CountNotPositive)?;
    }
    args.end()?;
    let Some((key, elements)) = ops::blmpop(transaction, &keys, ready, side, count)? else {
        return Ok(false);
    };
    reply.array(2);
    reply.bulk(key);
    write(reply, elements);
    Ok(true)
}

fn blmove(
    transaction: &mut Transaction<'_>,
    ready: Option<&Key<'_>>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<bool> {
    let (source, destination) = (args.key()?, args.key()?);
    let (from, to) = (side(args)?, side(args)?);
    let moved = ops::blmove(transaction, [source, destination], ready, from, to)?;
    let is_done = moved.is_some();
    moved.into_iter().for_each(|element| reply.bulk(element));
    Ok(is_done)
}

fn brpoplpush(
    transaction: &mut Transaction<'_>,
    ready: Option<&Key<'_>>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<bool> {
    let keys = [args.key()?, args.key()?];
    let moved = ops::blmove(transaction, keys, ready, Side::Right, Side::Left)?;
    let is_done = moved.is_some();
    moved.into_iter().for_each(|element| reply.bulk(element));
    Ok(is_done)
}
