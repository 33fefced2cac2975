//! The commands on what is inside of lists: by index, and by what an element is.

use crate::command::Arity::{AtLeast, Exactly};
use crate::command::Flag::{DenyOom, ReadOnly, Write};
use crate::command::{Args, Doc, Keys, Reply, Run, Spec};
use crate::error::{ArgumentError, Error, Result};
use crate::keyspace::Keyspace;
use crate::types::list::ops::{self, Inserted, Place, Search};
use crate::types::list::value::List;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "LRANGE",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(lrange),
        doc: Doc {
            since: "1.0.0",
            cost: "O(s+n) for n elements returned, s nodes from the nearer end",
            summary: "Returns the elements between two indexes, both included.",
            examples: &[
                ("RPUSH letters a b c d", "(integer) 4"),
                ("LRANGE letters 1 -2", "1) \"b\"\n2) \"c\""),
                ("LRANGE letters 4 9", "(empty array)"),
            ],
        },
    },
    Spec {
        name: "LINDEX",
        arity: Exactly(3),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(lindex),
        doc: Doc {
            since: "1.0.0",
            cost: "O(s) for s nodes from the nearer end",
            summary: "Returns the element at an index.",
            examples: &[
                ("RPUSH letters a b c", "(integer) 3"),
                ("LINDEX letters 1", "\"b\""),
                ("LINDEX letters -1", "\"c\""),
                ("LINDEX letters 3", "(nil)"),
            ],
        },
    },
    Spec {
        name: "LSET",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write, DenyOom],
        run: Run::Key(lset),
        doc: Doc {
            since: "1.0.0",
            cost: "O(s) for s nodes from the nearer end",
            summary: "Gives the element at an index another text.",
            examples: &[
                ("RPUSH letters a b", "(integer) 2"),
                ("LSET letters -1 c", "OK"),
                ("LINDEX letters 1", "\"c\""),
                ("LSET letters 2 d", "(error) ERR index out of range"),
                ("LSET missing 0 a", "(error) ERR no such key"),
            ],
        },
    },
    Spec {
        name: "LINSERT",
        arity: Exactly(5),
        keys: Keys::At(1),
        flags: &[Write, DenyOom],
        run: Run::Key(linsert),
        doc: Doc {
            since: "2.2.0",
            cost: "O(n) for n elements up to the pivot",
            summary: "Puts an element before or behind the first one that is the pivot.",
            examples: &[
                ("RPUSH letters a c", "(integer) 2"),
                ("LINSERT letters BEFORE c b", "(integer) 3"),
                ("LINSERT letters AFTER x y", "(integer) -1"),
                ("LINSERT missing AFTER x y", "(integer) 0"),
                ("LRANGE letters 0 -1", "1) \"a\"\n2) \"b\"\n3) \"c\""),
            ],
        },
    },
    Spec {
        name: "LREM",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write],
        run: Run::Key(lrem),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n elements",
            summary: "Removes the first so many equal elements; the last, if the count is negative; all, if it is 0.",
            examples: &[
                ("RPUSH letters a b a b a", "(integer) 5"),
                ("LREM letters -2 a", "(integer) 2"),
                ("LREM letters 0 b", "(integer) 2"),
                ("LRANGE letters 0 -1", "1) \"a\""),
            ],
        },
    },
    Spec {
        name: "LTRIM",
        arity: Exactly(4),
        keys: Keys::At(1),
        flags: &[Write],
        run: Run::Key(ltrim),
        doc: Doc {
            since: "1.0.0",
            cost: "O(n) for n elements removed",
            summary: "Removes all elements but those between two indexes, both included.",
            examples: &[
                ("RPUSH recent a b c d", "(integer) 4"),
                ("LTRIM recent 0 1", "OK"),
                ("LRANGE recent 0 -1", "1) \"a\"\n2) \"b\""),
                ("LTRIM recent 5 9", "OK"),
                ("EXISTS recent", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "LPOS",
        arity: AtLeast(3),
        keys: Keys::At(1),
        flags: &[ReadOnly],
        run: Run::Key(lpos),
        doc: Doc {
            since: "6.0.6",
            cost: "O(n) for n elements compared",
            summary: "Finds the indexes of an element.",
            examples: &[
                ("RPUSH letters a b c b", "(integer) 4"),
                ("LPOS letters b", "(integer) 1"),
                ("LPOS letters b RANK -1", "(integer) 3"),
                ("LPOS letters b COUNT 0", "1) (integer) 1\n2) (integer) 3"),
                ("LPOS letters b MAXLEN 1", "(nil)"),
            ],
        },
    },
];

fn lrange(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, start, stop) = (args.key()?, args.integer()?, args.integer()?);
    match ops::elements(keyspace, &key, start, stop)? {
        Some((count, elements)) => reply.elements(count, elements),
        None => reply.array(0),
    }
    Ok(())
}

fn lindex(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    // As in Redis, the key is looked at before the number is read.
    match keyspace.read::<List>(&key)? {
        None => reply.nil(),
        Some(_) => reply.optional(ops::lindex(keyspace, &key, args.integer()?)?),
    }
    Ok(())
}

fn lset(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    // As in Redis, the key is looked at before the number is read.
    keyspace.glance::<List>(&key)?.ok_or(Error::NoSuchKey)?;
    let (index, text) = (args.integer()?, args.bytes()?);
    ops::lset(keyspace, &key, index, text)?;
    reply.ok();
    Ok(())
}

fn linsert(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let key = args.key()?;
    let place = if args.option("BEFORE") {
        Place::Before
    } else if args.option("AFTER") {
        Place::After
    } else {
        return Err(Error::Syntax);
    };
    let (pivot, text) = (args.bytes()?, args.bytes()?);
    match ops::insert(keyspace, &key, place, pivot, text)? {
        Inserted::NoList => reply.integer(0),
        Inserted::NoPivot => reply.integer(-1),
        Inserted::Len(len) => reply.count(len),
    }
    Ok(())
}

fn lrem(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, count, text) = (args.key()?, args.integer()?, args.bytes()?);
    reply.count(ops::lrem(keyspace, &key, count, text)?);
    Ok(())
}

fn ltrim(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, start, stop) = (args.key()?, args.integer()?, args.integer()?);
    ops::ltrim(keyspace, &key, start, stop)?;
    reply.ok();
    Ok(())
}

fn lpos(keyspace: &mut Keyspace<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let (key, text) = (args.key()?, args.bytes()?);
    let (mut search, mut many) = (Search::FIRST, false);
    while args.left() > 0 {
        if args.left() > 1 && args.option("RANK") {
            search.rank = args.integer()?;
            search.check_rank()?;
        } else if args.left() > 1 && args.option("COUNT") {
            search.count = args.count(ArgumentError::CountNegative)?;
            many = true;
        } else if args.left() > 1 && args.option("MAXLEN") {
            search.len_max = args.count(ArgumentError::MaxLenNegative)?;
        } else {
            return Err(Error::Syntax);
        }
    }
    let found = ops::positions(keyspace, &key, text, search)?;
    match found.first() {
        _ if many => {
            reply.array(found.len());
            found.into_iter().for_each(|index| reply.count(index));
        }
        Some(index) => reply.count(*index),
        None => reply.nil(),
    }
    Ok(())
}
