//! The commands that look at members one by one: scores, ranks, counts, random choices, scans.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{Fast, ReadOnly};
use crate::command::scan::{self, ScanWords};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::Keyspace;
use crate::text::double::write_f64;
use crate::types::zset::Zset;
use crate::types::zset::commands::bounds::By;
use crate::types::zset::commands::{reply_named, reply_scored};
use crate::types::zset::ops::{self, named, scored};
use crate::types::zset::range::Direction;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "ZCARD",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(zcard),
        doc: Doc {
            since: "1.2.0",
            cost: "O(1)",
            summary: "Returns the number of members.",
            examples: &[("ZADD board 1 ann 2 bob", "(integer) 2"), ("ZCARD board", "(integer) 2")],
        },
    },
    Spec {
        name: "ZSCORE",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(zscore),
        doc: Doc {
            since: "1.2.0",
            cost: "O(1)",
            summary: "Returns the score of a member.",
            examples: &[
                ("ZADD board 1.5 ann", "(integer) 1"),
                ("ZSCORE board ann", "\"1.5\""),
                ("ZSCORE board eve", "(nil)"),
            ],
        },
    },
    Spec {
        name: "ZMSCORE",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(zmscore),
        doc: Doc {
            since: "6.2.0",
            cost: "O(n) for n members asked for",
            summary: "Returns the scores of several members.",
            examples: &[
                ("ZADD board 1 ann 2 bob", "(integer) 2"),
                ("ZMSCORE board bob eve", "1) \"2\"\n2) (nil)"),
            ],
        },
    },
    Spec {
        name: "ZRANK",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(zrank),
        doc: Doc {
            since: "2.0.0",
            cost: "O(log n)",
            summary: "Returns how many members come before a member, and its score if wanted.",
            examples: &[
                ("ZADD board 1 ann 2 bob", "(integer) 2"),
                ("ZRANK board bob", "(integer) 1"),
                ("ZRANK board bob WITHSCORE", "1) (integer) 1\n2) \"2\""),
                ("ZRANK board eve", "(nil)"),
            ],
        },
    },
    Spec {
        name: "ZREVRANK",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(zrevrank),
        doc: Doc {
            since: "2.0.0",
            cost: "O(log n)",
            summary: "Returns how many members come after a member, and its score if wanted.",
            examples: &[
                ("ZADD board 1 ann 2 bob", "(integer) 2"),
                ("ZREVRANK board bob", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "ZCOUNT",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(zcount),
        doc: Doc {
            since: "2.0.0",
            cost: "O(log n)",
            summary: "Returns the number of members with scores in a range.",
            examples: &[
                ("ZADD board 1 ann 2 bob 3 eve", "(integer) 3"),
                ("ZCOUNT board (1 +inf", "(integer) 2"),
            ],
        },
    },
    Spec {
        name: "ZLEXCOUNT",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(zlexcount),
        doc: Doc {
            since: "2.8.9",
            cost: "O(log n)",
            summary: "Returns the number of members between two names, where all scores are equal.",
            examples: &[
                ("ZADD names 0 ann 0 bob 0 eve", "(integer) 3"),
                ("ZLEXCOUNT names [b +", "(integer) 2"),
            ],
        },
    },
    Spec {
        name: "ZRANDMEMBER",
        arity: AtLeast(2),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(zrandmember),
        doc: Doc {
            since: "6.2.0",
            cost: "O(k log n) for k members returned",
            summary: "Returns random members: one, several different ones, or as many as a negative count says with repetition.",
            examples: &[
                ("ZADD board 1 ann", "(integer) 1"),
                ("ZRANDMEMBER board", "\"ann\""),
                ("ZRANDMEMBER board 5 WITHSCORES", "1) \"ann\"\n2) \"1\""),
                ("ZRANDMEMBER board -2", "1) \"ann\"\n2) \"ann\""),
            ],
        },
    },
    Spec {
        name: "ZSCAN",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(zscan),
        doc: Doc {
            since: "2.8.0",
            cost: "O(n) for n members looked at",
            summary: "Returns some members with their scores, and a cursor to go on with; 0 is the beginning and the end.",
            examples: &[
                ("ZADD board 1 ann 2 bob", "(integer) 2"),
                ("ZSCAN board 0 MATCH a*", "1) \"0\"\n2) 1) \"ann\"\n   2) \"1\""),
            ],
        },
    },
];

fn zcard(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(ops::zcard(keyspace, &args.key()?)?);
    Ok(())
}

fn reply_score(reply: &mut Reply, score: Option<f64>) {
    match score {
        Some(score) => reply.double(score),
        None => reply.nil(),
    }
}

fn zscore(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply_score(reply, ops::zscore(keyspace, &args.key()?, args.bytes()?)?);
    Ok(())
}

fn zmscore(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, members) = (args.key()?, args.rest().collect::<Vec<_>>());
    let scores = ops::zmscore(keyspace, &key, &members)?;
    reply.array(scores.len());
    scores.into_iter().for_each(|score| reply_score(reply, score));
    Ok(())
}

fn zrank(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    rank(keyspace, args, reply, (Direction::Ascending, "zrank"))
}

fn zrevrank(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    rank(keyspace, args, reply, (Direction::Descending, "zrevrank"))
}

fn rank(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    (direction, command): (Direction, &'static str),
) -> Result<()> {
    let (key, member) = (args.key()?, args.bytes()?);
    if args.left() > 1 {
        return Err(Error::WrongArity { command: command.into() });
    }
    let with_score = args.option("WITHSCORE");
    args.end()?;
    match ops::rank(keyspace, &key, member, direction)? {
        Some((rank, score)) if with_score => {
            reply.array(2);
            reply.count(rank);
            reply.double(score);
        }
        Some((rank, _)) => reply.count(rank),
        None if with_score => reply.nil_array(),
        None => reply.nil(),
    }
    Ok(())
}

fn zcount(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    count(keyspace, args, reply, By::Score)
}

fn zlexcount(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    count(keyspace, args, reply, By::Lex)
}

fn count(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    by: By,
) -> Result<()> {
    let (key, span) = (args.key()?, by.span(args.bytes()?, args.bytes()?)?);
    reply.count(ops::count(keyspace, &key, span)?);
    Ok(())
}

fn zrandmember(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    if args.left() == 0 {
        reply.optional(ops::random_member(keyspace, &key, named)?);
        return Ok(());
    }
    let count = args.integer()?;
    if count == i64::MIN {
        return Err(ArgumentError::RandomCountOutOfRange.into());
    }
    let with_scores = args.option("WITHSCORES");
    args.end()?;
    if !with_scores {
        reply_named(reply, ops::random_members(keyspace, &key, count, named)?);
        return Ok(());
    }
    // Redis counts two replies for each member here, and only here.
    if count.unsigned_abs() > i64::MAX.unsigned_abs() / 2 {
        return Err(ArgumentError::ValueOutOfRange.into());
    }
    reply_scored(reply, ops::random_members(keyspace, &key, count, scored)?);
    Ok(())
}

fn zscan(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    let is_there = || Ok(keyspace.read::<Zset>(&key)?.is_some());
    let Some(words) = ScanWords::read_if(args, is_there)? else {
        scan::answer_nothing(reply);
        return Ok(());
    };
    let asked = (words.pattern, words.count);
    let (next, found) = ops::scan(keyspace, &key, words.cursor, asked, scored)?;
    scan::answer(reply, next, 2 * found.len());
    for (member, score) in found {
        reply.bulk(member);
        // Text in every protocol, unlike other scores.
        let mut text = Vec::new();
        write_f64(&mut text, score);
        reply.bulk(text.into());
    }
    Ok(())
}
