//! The commands on sets.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{DenyOom, Fast, ReadOnly, Write};
use crate::command::scan::{self, ScanWords};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::engine::Transaction;
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::Keyspace;
use crate::types::packed::Element;
use crate::types::set::ops;
use crate::types::set::value::Set;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "SADD",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, DenyOom, Fast],
        run: Run::Key(sadd),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n members",
            summary: "Adds members to a set and returns how many were not there.",
            examples: &[
                ("SADD tags a b", "(integer) 2"),
                ("SADD tags b c", "(integer) 1"),
                ("SMEMBERS tags", "1) \"a\"\n2) \"b\"\n3) \"c\""),
            ],
        },
    },
    Spec {
        name: "SREM",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(srem),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n members",
            summary: "Removes members from a set and returns how many were there.",
            examples: &[
                ("SADD tags a b", "(integer) 2"),
                ("SREM tags b c", "(integer) 1"),
                ("SREM tags a", "(integer) 1"),
                ("EXISTS tags", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "SMEMBERS",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(smembers),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n members",
            summary: "Returns all members of a set.",
            examples: &[
                ("SADD primes 3 5 2", "(integer) 3"),
                ("SMEMBERS primes", "1) \"2\"\n2) \"3\"\n3) \"5\""),
                ("SMEMBERS missing", "(empty array)"),
            ],
        },
    },
    Spec {
        name: "SISMEMBER",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(sismember),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Says whether a set has a member.",
            examples: &[
                ("SADD tags a", "(integer) 1"),
                ("SISMEMBER tags a", "(integer) 1"),
                ("SISMEMBER tags b", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "SMISMEMBER",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(smismember),
        doc: Doc {
            since: "6.2.0",
            cost: "O(n) for n members asked for",
            summary: "Says for each of several members whether a set has it.",
            examples: &[
                ("SADD tags a", "(integer) 1"),
                ("SMISMEMBER tags a b", "1) (integer) 1\n2) (integer) 0"),
            ],
        },
    },
    Spec {
        name: "SCARD",
        arity: Exactly(2),
        keys: Keys::At(1),
        flags: &[ReadOnly, Fast],
        run: Run::Key(scard),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Returns how many members a set has.",
            examples: &[
                ("SADD tags a b", "(integer) 2"),
                ("SCARD tags", "(integer) 2"),
                ("SCARD missing", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "SPOP",
        arity: AtLeast(2),
        keys: Keys::At(1),
        flags: &[Write, Fast],
        run: Run::Key(spop),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n members removed; up to the size of the set if they are many",
            summary: "Removes random members from a set and returns them.",
            examples: &[
                ("SADD tags a", "(integer) 1"),
                ("SPOP tags", "\"a\""),
                ("SPOP tags", "(nil)"),
                ("SADD tags 1 2", "(integer) 2"),
                ("SPOP tags 5", "1) \"1\"\n2) \"2\""),
            ],
        },
    },
    Spec {
        name: "SRANDMEMBER",
        arity: AtLeast(2),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(srandmember),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n members returned; up to the size of the set if they are many",
            summary: "Returns random members of a set: different ones, or for a negative count any.",
            examples: &[
                ("SADD tags a", "(integer) 1"),
                ("SRANDMEMBER tags", "\"a\""),
                ("SRANDMEMBER tags 3", "1) \"a\""),
                ("SRANDMEMBER tags -3", "1) \"a\"\n2) \"a\"\n3) \"a\""),
            ],
        },
    },
    Spec {
        name: "SSCAN",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(sscan),
        doc: Doc {
            since: "2.8.0",
            cost: "O(n) for n members looked at",
            summary: "Returns some members of a set and a cursor to go on with.",
            examples: &[
                ("SADD tags a b", "(integer) 2"),
                ("SSCAN tags 0", "1) \"0\"\n2) 1) \"a\"\n   2) \"b\""),
                ("SSCAN tags 0 MATCH b*", "1) \"0\"\n2) 1) \"b\""),
            ],
        },
    },
    Spec {
        name: "SMOVE",
        arity: Exactly(4),
        keys: Keys::Two(1),
        flags: &[Write, Fast],
        run: Run::Together(smove),
        doc: Doc {
            since: "1.0.0",
            cost: "O(1)",
            summary: "Moves a member from one set to another in one step.",
            examples: &[
                ("SADD todo a b", "(integer) 2"),
                ("SMOVE todo done a", "(integer) 1"),
                ("SMEMBERS done", "1) \"a\""),
                ("SMOVE todo done c", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "SINTER",
        arity: AtLeast(2),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[ReadOnly],
        run: Run::Together(sinter),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n members of the smallest set times the number of sets",
            summary: "Returns the members that all of several sets have.",
            examples: &[
                ("SADD a 1 2 3", "(integer) 3"),
                ("SADD b 2 3 4", "(integer) 3"),
                ("SINTER a b", "1) \"2\"\n2) \"3\""),
                ("SINTER a missing", "(empty array)"),
            ],
        },
    },
    Spec {
        name: "SINTERCARD",
        arity: AtLeast(3),
        keys: Keys::Counted { at: 1 },
        flags: &[ReadOnly],
        run: Run::Together(sintercard),
        doc: Doc {
            since: "7.0.0",
            cost: "O(n) for n members of the smallest set times the number of sets",
            summary: "Counts the members that all of several sets have, up to a limit if wanted.",
            examples: &[
                ("SADD a 1 2 3", "(integer) 3"),
                ("SADD b 2 3 4", "(integer) 3"),
                ("SINTERCARD 2 a b", "(integer) 2"),
                ("SINTERCARD 2 a b LIMIT 1", "(integer) 1"),
            ],
        },
    },
    Spec {
        name: "SINTERSTORE",
        arity: AtLeast(3),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[Write, DenyOom],
        run: Run::Together(sinterstore),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n members of the smallest set times the number of sets",
            summary: "Stores the members that all of several sets have and returns their number.",
            examples: &[
                ("SADD a 1 2 3", "(integer) 3"),
                ("SADD b 2 3 4", "(integer) 3"),
                ("SINTERSTORE both a b", "(integer) 2"),
                ("SMEMBERS both", "1) \"2\"\n2) \"3\""),
            ],
        },
    },
    Spec {
        name: "SUNION",
        arity: AtLeast(2),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[ReadOnly],
        run: Run::Together(sunion),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n members of all sets",
            summary: "Returns the members that any of several sets has.",
            examples: &[
                ("SADD a 1 2", "(integer) 2"),
                ("SADD b 3", "(integer) 1"),
                ("SUNION a b missing", "1) \"1\"\n2) \"2\"\n3) \"3\""),
            ],
        },
    },
    Spec {
        name: "SUNIONSTORE",
        arity: AtLeast(3),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[Write, DenyOom],
        run: Run::Together(sunionstore),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n members of all sets",
            summary: "Stores the members that any of several sets has and returns their number.",
            examples: &[
                ("SADD a 1 2", "(integer) 2"),
                ("SADD b 3", "(integer) 1"),
                ("SUNIONSTORE any a b", "(integer) 3"),
                ("SUNIONSTORE any missing", "(integer) 0"),
                ("EXISTS any", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "SDIFF",
        arity: AtLeast(2),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[ReadOnly],
        run: Run::Together(sdiff),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n members of all sets",
            summary: "Returns the members of the first set that none of the others has.",
            examples: &[
                ("SADD a 1 2 3", "(integer) 3"),
                ("SADD b 2", "(integer) 1"),
                ("SDIFF a b", "1) \"1\"\n2) \"3\""),
            ],
        },
    },
    Spec {
        name: "SDIFFSTORE",
        arity: AtLeast(3),
        keys: Keys::Range { first: 1, tail: 0, step: 1 },
        flags: &[Write, DenyOom],
        run: Run::Together(sdiffstore),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n members of all sets",
            summary: "Stores the members of the first set that none of the others has and returns their number.",
            examples: &[
                ("SADD a 1 2 3", "(integer) 3"),
                ("SADD b 2", "(integer) 1"),
                ("SDIFFSTORE rest a b", "(integer) 2"),
                ("SMEMBERS rest", "1) \"1\"\n2) \"3\""),
            ],
        },
    },
];

fn sadd(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, members) = (args.key()?, args.rest().collect::<Vec<_>>());
    reply.count(ops::add(keyspace, &key, &members)?);
    Ok(())
}

fn srem(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, members) = (args.key()?, args.rest().collect::<Vec<_>>());
    reply.count(ops::remove(keyspace, &key, &members)?);
    Ok(())
}

fn smembers(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let Some(set) = keyspace.read::<Set>(&args.key()?)? else {
        reply.set(0);
        return Ok(());
    };
    reply.set(set.len());
    set.each(|member| reply.element(member));
    Ok(())
}

fn sismember(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.truth(ops::contains(keyspace, &args.key()?, args.bytes()?)?);
    Ok(())
}

fn smismember(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, members) = (args.key()?, args.rest().collect::<Vec<_>>());
    let are_there = ops::contains_each(keyspace, &key, &members)?;
    reply.array(are_there.len());
    are_there.into_iter().for_each(|is_there| reply.truth(is_there));
    Ok(())
}

fn scard(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.count(ops::len(keyspace, &args.key()?)?);
    Ok(())
}

fn spop(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    match args.left() {
        0 => reply.optional(ops::pop(keyspace, &key)?),
        1 => {
            let count = args.count(ArgumentError::ValueNotPositive)?;
            let popped = ops::pop_many(keyspace, &key, count)?;
            reply.set(popped.len());
            popped.into_iter().for_each(|member| reply.bulk(member));
        }
        _ => return Err(Error::Syntax),
    }
    Ok(())
}

fn srandmember(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    match args.left() {
        0 => reply.optional(ops::pick(keyspace, &key)?.map(Element::to_bytes)),
        1 => {
            let count = args.integer()?;
            if count == i64::MIN {
                return Err(ArgumentError::RandomCountOutOfRange.into());
            }
            let members = ops::pick_many(keyspace, &key, count)?;
            reply.array(members.len());
            members.into_iter().for_each(|member| reply.element(member));
        }
        _ => return Err(Error::Syntax),
    }
    Ok(())
}

fn sscan(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    let is_there = || keyspace.read::<Set>(&key).map(|set| set.is_some());
    let Some(words) = ScanWords::read_if(args, is_there)? else {
        scan::answer_nothing(reply);
        return Ok(());
    };
    let (next, found) = ops::scan(keyspace, &key, words.cursor, words.pattern, words.count)?;
    scan::answer(reply, next, found.len());
    found.into_iter().for_each(|member| reply.element(member));
    Ok(())
}

fn smove(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (source, destination, member) = (args.key()?, args.key()?, args.bytes()?);
    reply.truth(ops::move_member(transaction, source, destination, member)?);
    Ok(())
}

/// Answers with a set of members.
fn answer(reply: &mut Reply, members: Vec<Element<'_>>) {
    reply.set(members.len());
    members.into_iter().for_each(|member| reply.element(member));
}

fn sinter(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer(reply, ops::intersection(transaction, &args.rest_keys()?)?);
    Ok(())
}

fn sintercard(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let count = args.count(ArgumentError::NumkeysNotPositive)?;
    if count == 0 {
        return Err(ArgumentError::NumkeysNotPositive.into());
    }
    if count > args.left() {
        return Err(ArgumentError::NumkeysTooLarge.into());
    }
    let (keys, mut limit) = (args.take_keys(count)?, 0);
    while args.left() > 1 && args.option("LIMIT") {
        limit = args.count(ArgumentError::LimitNegative)?;
    }
    args.end()?;
    reply.count(ops::intersection_len(transaction, &keys, limit)?);
    Ok(())
}

fn sinterstore(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let (destination, keys) = (args.key()?, args.rest_keys()?);
    reply.count(ops::store_intersection(transaction, destination, &keys)?);
    Ok(())
}

fn sunion(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer(reply, ops::union(transaction, &args.rest_keys()?)?);
    Ok(())
}

fn sunionstore(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let (destination, keys) = (args.key()?, args.rest_keys()?);
    reply.count(ops::store_union(transaction, destination, &keys)?);
    Ok(())
}

fn sdiff(transaction: &mut Transaction<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer(reply, ops::difference(transaction, &args.rest_keys()?)?);
    Ok(())
}

fn sdiffstore(
    transaction: &mut Transaction<'_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
) -> Result<()> {
    let (destination, keys) = (args.key()?, args.rest_keys()?);
    reply.count(ops::store_difference(transaction, destination, &keys)?);
    Ok(())
}
