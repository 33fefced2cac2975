//! Documents that expire: DOC.EXPIRE, DOC.PEXPIRE, DOC.PERSIST, DOC.TTL and DOC.PTTL.
//!
//! As EXPIRE and its kin do for keys.

use crate::command::Flag::{Fast, ReadOnly, Write};
use crate::command::{Args, Arity, Doc, Keys, Reply, Run, Spec};
use crate::document::commands::{SINCE, words};
use crate::document::ops;
use crate::engine::collections::Scope;
use crate::error::{Error, Result};
use crate::keyspace::deadline::TimeUnit;

/// What a time to live is without an end, and without a document.
const NEVER: i64 = -1;
const NO_DOCUMENT: i64 = -2;

const SET_COST: &str = "O(log n) for n documents that expire";

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "DOC.EXPIRE",
        arity: Arity::written("collection id seconds"),
        keys: Keys::None,
        flags: &[Write, Fast],
        run: Run::Documents(expire),
        doc: Doc {
            since: SINCE,
            cost: SET_COST,
            summary: "Lets a document expire after so many seconds, none of them removes it, and says whether it was there.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.SET users ann {}", "OK"),
                ("DOC.EXPIRE users ann 60", "(integer) 1"),
                ("DOC.TTL users ann", "(integer) 60"),
                ("DOC.EXPIRE users ann 0", "(integer) 1"),
                ("DOC.EXPIRE users ann 60", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "DOC.PEXPIRE",
        arity: Arity::written("collection id milliseconds"),
        keys: Keys::None,
        flags: &[Write, Fast],
        run: Run::Documents(pexpire),
        doc: Doc {
            since: SINCE,
            cost: SET_COST,
            summary: "Lets a document expire after so many milliseconds.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.SET users ann {}", "OK"),
                ("DOC.PEXPIRE users ann 1500", "(integer) 1"),
                ("DOC.PTTL users ann", "(integer) 1500"),
            ],
        },
    },
    Spec {
        name: "DOC.PERSIST",
        arity: Arity::written("collection id"),
        keys: Keys::None,
        flags: &[Write, Fast],
        run: Run::Documents(persist),
        doc: Doc {
            since: SINCE,
            cost: SET_COST,
            summary: "Lets a document live until it is removed, and says whether it would have expired.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.SET users ann {} EX 60", "OK"),
                ("DOC.PERSIST users ann", "(integer) 1"),
                ("DOC.PERSIST users ann", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "DOC.TTL",
        arity: Arity::written("collection id"),
        keys: Keys::None,
        flags: &[ReadOnly, Fast],
        run: Run::Documents(ttl),
        doc: Doc {
            since: SINCE,
            cost: "O(1)",
            summary: "Returns the seconds until a document expires, -1 if it does not, -2 if there is none.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.SET users ann {}", "OK"),
                ("DOC.TTL users ann", "(integer) -1"),
                ("DOC.TTL users bob", "(integer) -2"),
            ],
        },
    },
    Spec {
        name: "DOC.PTTL",
        arity: Arity::written("collection id"),
        keys: Keys::None,
        flags: &[ReadOnly, Fast],
        run: Run::Documents(pttl),
        doc: Doc {
            since: SINCE,
            cost: "O(1)",
            summary: "Returns the milliseconds until a document expires, -1 if it does not, -2 if there is none.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.SET users ann {} PX 1500", "OK"),
                ("DOC.PTTL users ann", "(integer) 1500"),
            ],
        },
    },
];

fn expire(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    expire_in(scope, args, reply, TimeUnit::Seconds, "doc.expire")
}

fn pexpire(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    expire_in(scope, args, reply, TimeUnit::Millis, "doc.pexpire")
}

fn expire_in(
    scope: &mut Scope<'_, '_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    unit: TimeUnit,
    command: &'static str,
) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let (id, time) = (args.bytes()?, args.integer()?);
    let at = unit.deadline(time, scope.now_ms()).ok_or(Error::InvalidExpireTime { command })?;
    reply.truth(ops::set_deadline(scope, &collection, id, at)?);
    Ok(())
}

fn persist(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    reply.truth(ops::persist(scope, &collection, args.bytes()?)?);
    Ok(())
}

fn ttl(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    // Half a second counts as one, as in TTL.
    answer_left(scope, args, reply, |ms| ms / 1000 + i64::from(ms % 1000 >= 500))
}

fn pttl(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    answer_left(scope, args, reply, |ms| ms)
}

fn answer_left(
    scope: &mut Scope<'_, '_>,
    args: &mut Args<'_>,
    reply: &mut Reply,
    in_unit: impl FnOnce(i64) -> i64,
) -> Result<()> {
    let collection = words::collection(scope, args)?;
    reply.integer(match ops::deadline(scope, &collection, args.bytes()?)? {
        None => NO_DOCUMENT,
        Some(None) => NEVER,
        Some(Some(deadline)) => in_unit((deadline - scope.now_ms()).max(0)),
    });
    Ok(())
}
