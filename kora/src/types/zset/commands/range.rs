//! ZRANGE and the commands that it stands for: members by rank, score or name.

use crate::command::Arity::AtLeast;
use crate::command::Flag::{DenyOom, ReadOnly, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::Keyspace;
use crate::types::zset::commands::bounds::By;
use crate::types::zset::ops;
use crate::types::zset::range::{Direction, Limit, Query};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "ZRANGE",
        arity: AtLeast(4),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(zrange),
        doc: Doc {
            since: "1.2.0",
            cost: "O(log n + k) for k members returned",
            summary: "Returns the members in a range of ranks, scores or names, in order or in reverse.",
            examples: &[
                ("ZADD board 1 ann 2 bob 3 eve", "(integer) 3"),
                ("ZRANGE board 0 1", "1) \"ann\"\n2) \"bob\""),
                ("ZRANGE board (1 +inf BYSCORE LIMIT 0 1 WITHSCORES", "1) \"bob\"\n2) \"2\""),
                ("ZRANGE board 0 0 REV", "1) \"eve\""),
            ],
        },
    },
    Spec {
        name: "ZRANGESTORE",
        arity: AtLeast(5),
        keys: Keys::Two(1),
        flags: &[Write, DenyOom],
        run: Run::Together(zrangestore),
        doc: Doc {
            since: "6.2.0",
            cost: "O(log n + k) for k members stored",
            summary: "Stores the members in a range of another sorted set and returns their number.",
            examples: &[
                ("ZADD board 1 ann 2 bob 3 eve", "(integer) 3"),
                ("ZRANGESTORE top board 0 1 REV", "(integer) 2"),
                ("ZRANGE top 0 -1", "1) \"bob\"\n2) \"eve\""),
            ],
        },
    },
    Spec {
        name: "ZREVRANGE",
        arity: AtLeast(4),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(zrevrange),
        doc: Doc {
            since: "1.2.0",
            cost: "O(log n + k) for k members returned",
            summary: "Returns the members in a range of ranks, counted and ordered from the highest score.",
            examples: &[
                ("ZADD board 1 ann 2 bob 3 eve", "(integer) 3"),
                ("ZREVRANGE board 0 1", "1) \"eve\"\n2) \"bob\""),
            ],
        },
    },
    Spec {
        name: "ZRANGEBYSCORE",
        arity: AtLeast(4),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(zrangebyscore),
        doc: Doc {
            since: "1.0.5",
            cost: "O(log n + k) for k members returned",
            summary: "Returns the members with scores in a range.",
            examples: &[
                ("ZADD board 1 ann 2 bob 3 eve", "(integer) 3"),
                ("ZRANGEBYSCORE board (1 3", "1) \"bob\"\n2) \"eve\""),
            ],
        },
    },
    Spec {
        name: "ZREVRANGEBYSCORE",
        arity: AtLeast(4),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(zrevrangebyscore),
        doc: Doc {
            since: "2.2.0",
            cost: "O(log n + k) for k members returned",
            summary: "Returns the members with scores in a range, which is given and returned from its upper end.",
            examples: &[
                ("ZADD board 1 ann 2 bob 3 eve", "(integer) 3"),
                ("ZREVRANGEBYSCORE board +inf 2", "1) \"eve\"\n2) \"bob\""),
            ],
        },
    },
    Spec {
        name: "ZRANGEBYLEX",
        arity: AtLeast(4),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(zrangebylex),
        doc: Doc {
            since: "2.8.9",
            cost: "O(log n + k) for k members returned",
            summary: "Returns the members between two names, where all scores are equal.",
            examples: &[
                ("ZADD names 0 ann 0 bob 0 eve", "(integer) 3"),
                ("ZRANGEBYLEX names - (eve", "1) \"ann\"\n2) \"bob\""),
            ],
        },
    },
    Spec {
        name: "ZREVRANGEBYLEX",
        arity: AtLeast(4),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(zrevrangebylex),
        doc: Doc {
            since: "2.8.9",
            cost: "O(log n + k) for k members returned",
            summary: "Returns the members between two names, given and returned from the last to the first.",
            examples: &[
                ("ZADD names 0 ann 0 bob 0 eve", "(integer) 3"),
                ("ZREVRANGEBYLEX names + [bob", "1) \"eve\"\n2) \"bob\""),
            ],
        },
    },
];

/// What a command leaves to its words.
#[derive(Clone, Copy)]
struct Grammar {
    /// What the bounds are, unless the words may say.
    by: Option<By>,
    /// The direction, unless the words may say.
    direction: Option<Direction>,
    /// Whether there may be scores in the answer.
    answers: bool,
}

/// The words of a range as they are read.
struct RangeWords<'a> {
    query: Query<'a>,
    with_scores: bool,
}

impl<'a> RangeWords<'a> {
    fn read(args: &mut Args<'a>, grammar: Grammar) -> Result<RangeWords<'a>> {
        let (first, second) = (args.bytes()?, args.bytes()?);
        let Grammar { mut by, mut direction, answers } = grammar;
        let (mut offset, mut count, mut with_scores) = (0, -1, false);
        while args.left() > 0 {
            if answers && args.option("WITHSCORES") {
                with_scores = true;
            } else if args.left() > 2 && args.option("LIMIT") {
                (offset, count) = (args.integer()?, args.integer()?);
            } else if direction.is_none() && args.option("REV") {
                direction = Some(Direction::Descending);
            } else if by.is_none() && args.option("BYLEX") {
                by = Some(By::Lex);
            } else if by.is_none() && args.option("BYSCORE") {
                by = Some(By::Score);
            } else {
                return Err(Error::Syntax);
            }
        }
        let (by, direction) = (by.unwrap_or(By::Rank), direction.unwrap_or(Direction::Ascending));
        // As in Redis, a count of -1 is as good as no LIMIT.
        if by == By::Rank && count != -1 {
            return Err(ArgumentError::LimitOfRanks.into());
        }
        if by == By::Lex && with_scores {
            return Err(ArgumentError::ScoresOfLex.into());
        }
        let is_from_above = by != By::Rank && direction == Direction::Descending;
        let (min, max) = if is_from_above { (second, first) } else { (first, second) };
        let query = Query { span: by.span(min, max)?, direction, limit: limit(offset, count) };
        Ok(RangeWords { query, with_scores })
    }
}

/// LIMIT: a negative offset leaves nothing, a negative count everything.
fn limit(offset: i64, count: i64) -> Limit {
    let Ok(skip) = usize::try_from(offset) else { return Limit::first(0) };
    usize::try_from(count).map_or(Limit::NONE, Limit::first).skip(skip)
}

fn answer(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    (by, direction): (Option<By>, Option<Direction>),
) -> Result<()> {
    let key = args.key()?;
    let words = RangeWords::read(args, Grammar { by, direction, answers: true })?;
    if !words.with_scores {
        match ops::members(keyspace, &key, &words.query)? {
            None => reply.array(0),
            Some((count, members)) => reply.elements(count, members),
        }
        return Ok(());
    }
    match ops::pairs(keyspace, &key, &words.query)? {
        None => reply.array(0),
        Some((count, pairs)) => {
            reply.pairs(count);
            pairs.for_each(|(member, score)| {
                reply.element(member);
                reply.double(score);
            });
        }
    }
    Ok(())
}

fn zrange(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer(keyspace, args, reply, (None, None))
}

fn zrevrange(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer(keyspace, args, reply, (Some(By::Rank), Some(Direction::Descending)))
}

fn zrangebyscore(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    answer(keyspace, args, reply, (Some(By::Score), Some(Direction::Ascending)))
}

fn zrevrangebyscore(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    answer(keyspace, args, reply, (Some(By::Score), Some(Direction::Descending)))
}

fn zrangebylex(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer(keyspace, args, reply, (Some(By::Lex), Some(Direction::Ascending)))
}

fn zrevrangebylex(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    answer(keyspace, args, reply, (Some(By::Lex), Some(Direction::Descending)))
}

fn zrangestore(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let (destination, source) = (args.key()?, args.key()?);
    let words = RangeWords::read(args, Grammar { by: None, direction: None, answers: false })?;
    reply.count(ops::store_range(transaction, &destination, &source, &words.query)?);
    Ok(())
}
