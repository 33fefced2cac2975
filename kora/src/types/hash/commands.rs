//! The commands on hashes.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{DenyOom, Fast, ReadOnly, Write};
use crate::command::scan::{self, ScanWords};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::Keyspace;
use crate::types::hash::ops;
use crate::types::hash::value::{Hash, HashView, Pair};
use crate::types::packed::Element;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "HSET",
        arity: AtLeast(4),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(hset),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n fields",
            summary: "Gives fields their values and returns how many fields are new.",
            examples: &[
                ("HSET user name ann age 30", "(integer) 2"),
                ("HSET user age 31", "(integer) 0"),
                ("HGET user age", "\"31\""),
            ],
        },
    },
    Spec {
        name: "HSETNX",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(hsetnx),
        doc: Doc {
            since: "2.0.0",
            cost: "O(1)",
            summary: "Gives a field a value if the field is not there.",
            examples: &[
                ("HSETNX user name ann", "(integer) 1"),
                ("HSETNX user name bob", "(integer) 0"),
                ("HGET user name", "\"ann\""),
            ],
        },
    },
    Spec {
        name: "HMSET",
        arity: AtLeast(4),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(hmset),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n fields",
            summary: "Gives fields their values.",
            examples: &[("HMSET user name ann age 30", "OK"), ("HLEN user", "(integer) 2")],
        },
    },
    Spec {
        name: "HGET",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(hget),
        doc: Doc {
            since: "2.0.0",
            cost: "O(1)",
            summary: "Returns the value of a field.",
            examples: &[
                ("HSET user name ann", "(integer) 1"),
                ("HGET user name", "\"ann\""),
                ("HGET user age", "(nil)"),
                ("HGET missing name", "(nil)"),
            ],
        },
    },
    Spec {
        name: "HMGET",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(hmget),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n fields",
            summary: "Returns the values of several fields.",
            examples: &[
                ("HSET user name ann age 30", "(integer) 2"),
                ("HMGET user age city name", "1) \"30\"\n2) (nil)\n3) \"ann\""),
            ],
        },
    },
    Spec {
        name: "HGETALL",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(hgetall),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n fields in the hash",
            summary: "Returns every field with its value.",
            examples: &[
                ("HSET user name ann age 30", "(integer) 2"),
                ("HGETALL user", "1) \"name\"\n2) \"ann\"\n3) \"age\"\n4) \"30\""),
                ("HGETALL missing", "(empty array)"),
            ],
        },
    },
    Spec {
        name: "HDEL",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(hdel),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n fields",
            summary: "Removes fields, and the key with the last of them; returns how many fields were there.",
            examples: &[
                ("HSET user name ann age 30", "(integer) 2"),
                ("HDEL user age city", "(integer) 1"),
                ("HDEL user name", "(integer) 1"),
                ("HLEN user", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "HEXISTS",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(hexists),
        doc: Doc {
            since: "2.0.0",
            cost: "O(1)",
            summary: "Tells whether a field is there.",
            examples: &[
                ("HSET user name ann", "(integer) 1"),
                ("HEXISTS user name", "(integer) 1"),
                ("HEXISTS user age", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "HLEN",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(hlen),
        doc: Doc {
            since: "2.0.0",
            cost: "O(1)",
            summary: "Returns how many fields there are.",
            examples: &[
                ("HSET user name ann age 30", "(integer) 2"),
                ("HLEN user", "(integer) 2"),
                ("HLEN missing", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "HSTRLEN",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(hstrlen),
        doc: Doc {
            since: "3.2.0",
            cost: "O(1)",
            summary: "Returns the length of a field's value in bytes.",
            examples: &[
                ("HSET user name ann", "(integer) 1"),
                ("HSTRLEN user name", "(integer) 3"),
                ("HSTRLEN user age", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "HKEYS",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(hkeys),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n fields in the hash",
            summary: "Returns every field.",
            examples: &[
                ("HSET user name ann age 30", "(integer) 2"),
                ("HKEYS user", "1) \"name\"\n2) \"age\""),
            ],
        },
    },
    Spec {
        name: "HVALS",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(hvals),
        doc: Doc {
            since: "2.0.0",
            cost: "O(n) for n fields in the hash",
            summary: "Returns the value of every field.",
            examples: &[
                ("HSET user name ann age 30", "(integer) 2"),
                ("HVALS user", "1) \"ann\"\n2) \"30\""),
            ],
        },
    },
    Spec {
        name: "HINCRBY",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(hincrby),
        doc: Doc {
            since: "2.0.0",
            cost: "O(1)",
            summary: "Adds to the integer of a field; a missing field counts as 0.",
            examples: &[
                ("HINCRBY stock apples 5", "(integer) 5"),
                ("HINCRBY stock apples -2", "(integer) 3"),
                ("HSET stock apples many", "(integer) 0"),
                ("HINCRBY stock apples 1", "(error) ERR hash value is not an integer"),
            ],
        },
    },
    Spec {
        name: "HINCRBYFLOAT",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(hincrbyfloat),
        doc: Doc {
            since: "2.6.0",
            cost: "O(1)",
            summary: "Adds to the number of a field, in 80-bit floating point.",
            examples: &[
                ("HINCRBYFLOAT tank level 10.5", "\"10.5\""),
                ("HINCRBYFLOAT tank level -0.1", "\"10.4\""),
                ("HINCRBYFLOAT tank level 1.0e1", "\"20.4\""),
            ],
        },
    },
    Spec {
        name: "HRANDFIELD",
        arity: AtLeast(2),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(hrandfield),
        doc: Doc {
            since: "6.2.0",
            cost: "O(n) for n fields returned, or in the hash if many of them are asked for",
            summary: "Returns fields chosen at random: one, so many different ones, or so many that may repeat if the count is negative.",
            examples: &[
                ("HSET coin side heads", "(integer) 1"),
                ("HRANDFIELD coin", "\"side\""),
                ("HRANDFIELD coin 5 WITHVALUES", "1) \"side\"\n2) \"heads\""),
                ("HRANDFIELD coin -2", "1) \"side\"\n2) \"side\""),
                ("HRANDFIELD missing", "(nil)"),
            ],
        },
    },
    Spec {
        name: "HSCAN",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(hscan),
        doc: Doc {
            since: "2.8.0",
            cost: "O(n) for n fields looked at",
            summary: "Returns some fields with their values, and a cursor to go on with; 0 is the beginning and the end.",
            examples: &[
                ("HSET user name ann age 30", "(integer) 2"),
                ("HSCAN user 0 MATCH n*", "1) \"0\"\n2) 1) \"name\"\n   2) \"ann\""),
            ],
        },
    },
];

fn hset(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, pairs) = (args.key()?, pairs(args, "hset")?);
    reply.count(ops::set_many(keyspace, &key, &pairs)?);
    Ok(())
}

fn hmset(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, pairs) = (args.key()?, pairs(args, "hmset")?);
    ops::set_many(keyspace, &key, &pairs)?;
    reply.ok();
    Ok(())
}

/// The words that are left as fields with their values.
fn pairs<'a>(args: &mut Args<'a>, command: &str) -> Result<Vec<(&'a [u8], &'a [u8])>> {
    if args.left() % 2 != 0 {
        return Err(Error::WrongArity { command: command.into() });
    }
    (0..args.left() / 2).map(|_| Ok((args.bytes()?, args.bytes()?))).collect()
}

fn hsetnx(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, field, value) = (args.key()?, args.bytes()?, args.bytes()?);
    reply.truth(ops::setnx(keyspace, &key, field, value)?);
    Ok(())
}

fn hget(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.optional(ops::get(keyspace, &args.key()?, args.bytes()?)?);
    Ok(())
}

fn hmget(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let view = keyspace.read::<Hash>(&args.key()?)?;
    reply.array(args.left());
    for field in args.rest() {
        let value = view.and_then(|view| view.get(field));
        reply.optional(value.map(Element::to_bytes));
    }
    Ok(())
}

fn hgetall(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    whole(keyspace, args, reply, Reply::map, |reply, (field, value)| {
        reply.element(field);
        reply.element(value);
    })
}

fn hkeys(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    whole(keyspace, args, reply, Reply::array, |reply, (field, _)| reply.element(field))
}

fn hvals(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    whole(keyspace, args, reply, Reply::array, |reply, (_, value)| reply.element(value))
}

/// Answers with something of every field.
fn whole(
    keyspace: &mut Keyspace<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    announce: impl FnOnce(&mut Reply, usize),
    give: impl Fn(&mut Reply, Pair<'_>),
) -> Result<()> {
    let view = keyspace.read::<Hash>(&args.key()?)?;
    announce(reply, view.map_or(0, HashView::len));
    if let Some(view) = view {
        view.each(|pair| give(reply, pair));
    }
    Ok(())
}

fn hdel(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, fields) = (args.key()?, args.rest().collect::<Vec<_>>());
    reply.count(ops::del(keyspace, &key, &fields)?);
    Ok(())
}

fn hexists(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.truth(ops::exists(keyspace, &args.key()?, args.bytes()?)?);
    Ok(())
}

fn hlen(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(ops::len(keyspace, &args.key()?)?);
    Ok(())
}

fn hstrlen(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(ops::strlen(keyspace, &args.key()?, args.bytes()?)?);
    Ok(())
}

fn hincrby(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, field, by) = (args.key()?, args.bytes()?, args.integer()?);
    reply.integer(ops::incrby(keyspace, &key, field, by)?);
    Ok(())
}

fn hincrbyfloat(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, field, by) = (args.key()?, args.bytes()?, args.bytes()?);
    reply.bulk(ops::incrbyfloat_text(keyspace, &key, field, by)?);
    Ok(())
}

fn hrandfield(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    if args.left() == 0 {
        let picked = ops::pick(keyspace, &key)?;
        reply.optional(picked.map(|(field, _)| field.to_bytes()));
        return Ok(());
    }
    let count = args.integer()?;
    if count == i64::MIN {
        return Err(ArgumentError::RandomCountOutOfRange.into());
    }
    let with_values = args.option("WITHVALUES");
    args.end()?;
    if with_values && count.unsigned_abs() > i64::MAX as u64 / 2 {
        return Err(ArgumentError::ValueOutOfRange.into());
    }
    let picked = ops::pick_many(keyspace, &key, count)?;
    if with_values {
        reply.pairs(picked.len());
    } else {
        reply.array(picked.len());
    }
    for (field, value) in picked {
        reply.element(field);
        if with_values {
            reply.element(value);
        }
    }
    Ok(())
}

fn hscan(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    let is_there = || Ok(keyspace.read::<Hash>(&key)?.is_some());
    let Some(words) = ScanWords::read_if(args, is_there)? else {
        scan::answer_nothing(reply);
        return Ok(());
    };
    let (next, found) = ops::scan(keyspace, &key, words.cursor, words.pattern, words.count)?;
    scan::answer(reply, next, 2 * found.len());
    for (field, value) in found {
        reply.element(field);
        reply.element(value);
    }
    Ok(())
}
