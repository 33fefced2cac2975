//! Documents in part: DOC.UPDATE; and all that satisfy a condition: DOC.UPDATEWHERE, DOC.DELWHERE.
//!
//! The conditions have commands of their own because any word can be an id: a word in an id's
//! place that meant something else would let an id from outside change every document.

use crate::command::Flag::{DenyOom, Write};
use crate::command::{Args, Arity, Doc, Keys, Reply, Run, Spec};
use crate::document::commands::{SINCE, words};
use crate::document::form::ValueRef;
use crate::document::ops::{self, Step};
use crate::engine::collections::{Query, Scope};
use crate::error::{DocumentError, Error, Result};
use crate::query::Condition;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "DOC.UPDATE",
        arity: Arity::written(
            "collection id clause [clause ...] [IF condition], each clause one of \
             SET path json, UNSET path, ADD path number, PUSH path json, PULL path json",
        ),
        keys: Keys::None,
        flags: &[Write, DenyOom],
        run: Run::Documents(update),
        doc: Doc {
            since: SINCE,
            cost: "O(n) for n bytes of the document and each clause",
            summary: "Changes a document at paths in one step, if it satisfies a condition, and says whether it is there and did.",
            examples: &[
                ("DOC.CREATE carts", "OK"),
                ("DOC.SET carts 7 '{\"total\":0,\"items\":[]}'", "OK"),
                (
                    "DOC.UPDATE carts 7 PUSH items '\"pen\"' ADD total 3 SET owner.name '\"ann\"'",
                    "(integer) 1",
                ),
                ("DOC.UPDATE carts 7 UNSET owner IF 'total > 3'", "(integer) 0"),
                (
                    "DOC.GET carts 7",
                    "\"{\\\"total\\\":3,\\\"items\\\":[\\\"pen\\\"],\\\"owner\\\":{\\\"name\\\":\\\"ann\\\"}}\"",
                ),
                ("DOC.UPDATE carts 7 ADD items 1", "(error) ERR items: not a number but an array"),
                ("DOC.UPDATE carts 8 ADD total 1", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "DOC.UPDATEWHERE",
        arity: Arity::written(
            "collection condition clause [clause ...], the clauses those of DOC.UPDATE",
        ),
        keys: Keys::None,
        flags: &[Write, DenyOom],
        run: Run::Query(update_where),
        doc: Doc {
            since: SINCE,
            cost: "That of DOC.FIND, and of DOC.UPDATE for each document",
            summary: "Changes the documents that satisfy a condition, each in a step of its own, and counts them.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.MSET users ann '{\"age\":17}' bob '{\"age\":40}'", "OK"),
                ("DOC.UPDATEWHERE users 'age >= 18' SET adult true", "(integer) 1"),
                ("DOC.GET users bob", "\"{\\\"age\\\":40,\\\"adult\\\":true}\""),
            ],
        },
    },
    Spec {
        name: "DOC.DELWHERE",
        arity: Arity::written("collection condition"),
        keys: Keys::None,
        flags: &[Write],
        run: Run::Query(delete_where),
        doc: Doc {
            since: SINCE,
            cost: "That of DOC.FIND, and of DOC.DEL for each document",
            summary: "Removes the documents that satisfy a condition, each in a step of its own, and counts them.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.MSET users ann '{\"age\":17}' bob '{\"age\":40}'", "OK"),
                ("DOC.DELWHERE users 'age < 18'", "(integer) 1"),
                ("DOC.MGET users ann bob", "1) (nil)\n2) \"{\\\"age\\\":40}\""),
            ],
        },
    },
];

fn update(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let id = args.bytes()?;
    let steps = read_steps(args)?;
    let condition = if args.option("IF") { words::condition(args)? } else { Condition::All };
    args.end()?;
    reply.truth(ops::change(scope, &collection, id, &condition, &steps)?);
    Ok(())
}

fn update_where(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let query = Query { condition: words::condition(args)?, ..Query::default() };
    let steps = read_steps(args)?;
    args.end()?;
    let count = ops::change_all(scope, &collection, &query, &steps)?;
    reply.count(usize::try_from(count).unwrap_or(usize::MAX));
    Ok(())
}

fn delete_where(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let query = Query { condition: words::condition(args)?, ..Query::default() };
    let count = ops::delete_all(scope, &collection, &query)?;
    reply.count(usize::try_from(count).unwrap_or(usize::MAX));
    Ok(())
}

/// Clauses up to a word that begins none; at least one.
fn read_steps(args: &mut Args<'_>) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    while let Some(step) = read_step(args)? {
        steps.push(step);
    }
    if steps.is_empty() { Err(Error::Syntax) } else { Ok(steps) }
}

fn read_step(args: &mut Args<'_>) -> Result<Option<Step>> {
    let step = if args.option("SET") {
        Step::Set(words::path(args)?, words::value(args)?)
    } else if args.option("UNSET") {
        Step::Unset(words::path(args)?)
    } else if args.option("ADD") {
        let (path, number) = (words::path(args)?, words::value(args)?);
        let number = ValueRef::new(&number).and_then(ValueRef::as_number);
        Step::Add(path, number.ok_or_else(|| Error::document(DocumentError::NotANumber))?)
    } else if args.option("PUSH") {
        Step::Push(words::path(args)?, words::value(args)?)
    } else if args.option("PULL") {
        Step::Pull(words::path(args)?, words::value(args)?)
    } else {
        return Ok(None);
    };
    Ok(Some(step))
}
