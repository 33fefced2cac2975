//! The commands that make one sorted set of several: unions, intersections and differences.

use crate::command::Arity::AtLeast;
use crate::command::Flag::{DenyOom, ReadOnly, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::Key;
use crate::types::zset::aggregate::Aggregate;
use crate::types::zset::commands::{reply_named, reply_scored};
use crate::types::zset::ops::{self, Combination, Weighted, named, scored};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "ZUNION",
        arity: AtLeast(3),
        keys: Keys::Counted { at: 1 },
        flags: &[ReadOnly],
        run: Run::Together(zunion),
        doc: Doc {
            since: "6.2.0",
            cost: "O(n log n) for n members in all sets",
            summary: "Returns the members that any of several sets has, their scores weighted and aggregated.",
            examples: &[
                ("ZADD a 1 ann 2 bob", "(integer) 2"),
                ("ZADD b 10 bob", "(integer) 1"),
                ("ZUNION 2 a b WITHSCORES", "1) \"ann\"\n2) \"1\"\n3) \"bob\"\n4) \"12\""),
                (
                    "ZUNION 2 a b WEIGHTS 1 2 AGGREGATE MAX WITHSCORES",
                    "1) \"ann\"\n2) \"1\"\n3) \"bob\"\n4) \"20\"",
                ),
            ],
        },
    },
    Spec {
        name: "ZUNIONSTORE",
        arity: AtLeast(4),
        keys: Keys::CountedInto { destination: 1 },
        flags: &[Write, DenyOom],
        run: Run::Together(zunionstore),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n log n) for n members in all sets",
            summary: "Stores the members that any of several sets has and returns their number.",
            examples: &[
                ("ZADD a 1 ann 2 bob", "(integer) 2"),
                ("ZADD b 10 bob", "(integer) 1"),
                ("ZUNIONSTORE c 2 a b", "(integer) 2"),
                ("ZSCORE c bob", "\"12\""),
            ],
        },
    },
    Spec {
        name: "ZINTER",
        arity: AtLeast(3),
        keys: Keys::Counted { at: 1 },
        flags: &[ReadOnly],
        run: Run::Together(zinter),
        doc: Doc {
            since: "6.2.0",
            cost: "O(n m + k log k) for m sets, n members in the smallest, k in the result",
            summary: "Returns the members that all of several sets have, their scores weighted and aggregated.",
            examples: &[
                ("ZADD a 1 ann 2 bob", "(integer) 2"),
                ("ZADD b 10 bob", "(integer) 1"),
                ("ZINTER 2 a b WITHSCORES", "1) \"bob\"\n2) \"12\""),
            ],
        },
    },
    Spec {
        name: "ZINTERSTORE",
        arity: AtLeast(4),
        keys: Keys::CountedInto { destination: 1 },
        flags: &[Write, DenyOom],
        run: Run::Together(zinterstore),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n m + k log k) for m sets, n members in the smallest, k in the result",
            summary: "Stores the members that all of several sets have and returns their number.",
            examples: &[
                ("ZADD a 1 ann 2 bob", "(integer) 2"),
                ("ZADD b 10 bob", "(integer) 1"),
                ("ZINTERSTORE c 2 a b AGGREGATE MIN", "(integer) 1"),
                ("ZSCORE c bob", "\"2\""),
            ],
        },
    },
    Spec {
        name: "ZINTERCARD",
        arity: AtLeast(3),
        keys: Keys::Counted { at: 1 },
        flags: &[ReadOnly],
        run: Run::Together(zintercard),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n m) for m sets, n members in the smallest",
            summary: "Returns how many members all of several sets have, counted up to a limit.",
            examples: &[
                ("ZADD a 1 ann 2 bob 3 eve", "(integer) 3"),
                ("ZADD b 1 bob 2 eve", "(integer) 2"),
                ("ZINTERCARD 2 a b", "(integer) 2"),
                ("ZINTERCARD 2 a b LIMIT 1", "(integer) 1"),
            ],
        },
    },
    Spec {
        name: "ZDIFF",
        arity: AtLeast(3),
        keys: Keys::Counted { at: 1 },
        flags: &[ReadOnly],
        run: Run::Together(zdiff),
        doc: Doc {
            since: "6.2.0",
            cost: "O(n m + k log k) for m sets, n members in the first, k in the result",
            summary: "Returns the members of the first set that none of the others has.",
            examples: &[
                ("ZADD a 1 ann 2 bob", "(integer) 2"),
                ("ZADD b 10 bob", "(integer) 1"),
                ("ZDIFF 2 a b WITHSCORES", "1) \"ann\"\n2) \"1\""),
            ],
        },
    },
    Spec {
        name: "ZDIFFSTORE",
        arity: AtLeast(4),
        keys: Keys::CountedInto { destination: 1 },
        flags: &[Write, DenyOom],
        run: Run::Together(zdiffstore),
        doc: Doc {
            since: "6.2.0",
            cost: "O(n m + k log k) for m sets, n members in the first, k in the result",
            summary: "Stores the members of the first set that none of the others has and returns their number.",
            examples: &[
                ("ZADD a 1 ann 2 bob", "(integer) 2"),
                ("ZADD b 10 bob", "(integer) 1"),
                ("ZDIFFSTORE c 2 a b", "(integer) 1"),
                ("ZRANGE c 0 -1", "1) \"ann\""),
            ],
        },
    },
];

/// A number and so many keys. What the keys hold is looked at before the words behind them, as in
/// Redis.
fn keys<'a>(
    transaction: &Transaction<'_>,
    args: &mut Args<'a>,
    command: &'static str,
) -> Result<Vec<Key<'a>>> {
    let count = args.integer()?;
    let count = usize::try_from(count).ok().filter(|count| *count > 0);
    let keys = args.take_keys(count.ok_or(Error::NoInputKeys { command })?)?;
    ops::check_operands(transaction, &keys)?;
    Ok(keys)
}

/// What a command combines, and whether it answers scores.
struct Words<'a> {
    keys: Vec<Weighted<'a>>,
    combination: Combination,
    with_scores: bool,
}

impl<'a> Words<'a> {
    /// Reads keys and options; `answers` says that there may be scores in the answer.
    fn read(
        transaction: &Transaction<'_>,
        args: &mut Args<'a>,
        (combination, command): (Combination, &'static str),
        answers: bool,
    ) -> Result<Words<'a>> {
        let keys = keys(transaction, args, command)?;
        let mut keys: Vec<Weighted<'a>> = keys.into_iter().map(|key| (key, 1.0)).collect();
        let (mut combination, mut with_scores) = (combination, false);
        while args.left() > 0 {
            let aggregates = !matches!(combination, Combination::Difference);
            if aggregates && args.left() > keys.len() && args.option("WEIGHTS") {
                for (_, weight) in &mut keys {
                    let read = args.double();
                    *weight = read.map_err(|_not_a_float| ArgumentError::WeightNotAFloat)?;
                }
            } else if aggregates && args.left() > 1 && args.option("AGGREGATE") {
                combination = combination.with(aggregate(args)?);
            } else if answers && args.option("WITHSCORES") {
                with_scores = true;
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(Words { keys, combination, with_scores })
    }
}

fn aggregate(args: &mut Args<'_>) -> Result<Aggregate> {
    if args.option("SUM") {
        Ok(Aggregate::Sum)
    } else if args.option("MIN") {
        Ok(Aggregate::Min)
    } else if args.option("MAX") {
        Ok(Aggregate::Max)
    } else {
        Err(Error::Syntax)
    }
}

const UNION: Combination = Combination::Union(Aggregate::Sum);
const INTERSECTION: Combination = Combination::Intersection(Aggregate::Sum);

fn answer(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    asked: (Combination, &'static str),
) -> Result<()> {
    let words = Words::read(transaction, args, asked, true)?;
    if words.with_scores {
        let found = ops::combine(transaction, &words.keys, words.combination, scored)?;
        reply_scored(reply, found);
    } else {
        reply_named(reply, ops::combine(transaction, &words.keys, words.combination, named)?);
    }
    Ok(())
}

fn store(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    asked: (Combination, &'static str),
) -> Result<()> {
    let destination = args.key()?;
    let words = Words::read(transaction, args, asked, false)?;
    let stored = ops::combine_into(transaction, &destination, &words.keys, words.combination)?;
    reply.count(stored);
    Ok(())
}

fn zunion(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer(transaction, args, reply, (UNION, "zunion"))
}

fn zinter(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer(transaction, args, reply, (INTERSECTION, "zinter"))
}

fn zdiff(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer(transaction, args, reply, (Combination::Difference, "zdiff"))
}

fn zunionstore(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    store(transaction, args, reply, (UNION, "zunionstore"))
}

fn zinterstore(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    store(transaction, args, reply, (INTERSECTION, "zinterstore"))
}

fn zdiffstore(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    store(transaction, args, reply, (Combination::Difference, "zdiffstore"))
}

fn zintercard(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let keys = keys(transaction, args, "zintercard")?;
    let mut limit = 0;
    while args.left() > 0 {
        if args.left() < 2 || !args.option("LIMIT") {
            return Err(Error::Syntax);
        }
        limit = args.count(ArgumentError::LimitNegative)?;
    }
    reply.count(ops::zintercard(transaction, &keys, limit)?);
    Ok(())
}
