//! DOC.CREATEINDEX, DOC.DROPINDEX and DOC.INDEXES.

use crate::command::Flag::{DenyOom, NoMulti, ReadOnly, Write};
use crate::command::{Args, Arity, Doc, Keys, Reply, Run, Spec};
use crate::document::collection::definition::{IndexDefinition, IndexKind};
use crate::document::commands::{SINCE, words};
use crate::engine::Sweep;
use crate::engine::collections::IndexState;
use crate::error::{DocumentError, Error, Result};
use crate::query::{Condition, Path};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "DOC.CREATEINDEX",
        arity: Arity::written(
            "collection index hash|sorted|array|unique path [path ...] [WHERE condition]",
        ),
        keys: Keys::None,
        flags: &[Write, DenyOom, NoMulti],
        run: Run::Sweep(create_index),
        doc: Doc {
            since: SINCE,
            cost: "O(n log n) for n documents, while others read and write",
            summary: "Makes an index, of all documents or of those that satisfy a condition, and says whether it was not there yet.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.CREATEINDEX users by_age sorted age", "(integer) 1"),
                ("DOC.CREATEINDEX users by_age sorted age", "(integer) 0"),
                (
                    "DOC.CREATEINDEX users by_age hash age",
                    "(error) ERR there is another index 'by_age'",
                ),
                (
                    "DOC.CREATEINDEX users by_place sorted country city WHERE 'age >= 18'",
                    "(integer) 1",
                ),
                (
                    "DOC.CREATEINDEX users by_name fast name",
                    "(error) ERR no kind of index 'fast': hash, sorted, array or unique",
                ),
            ],
        },
    },
    Spec {
        name: "DOC.DROPINDEX",
        arity: Arity::written("collection index"),
        keys: Keys::None,
        flags: &[Write, NoMulti],
        run: Run::Sweep(drop_index),
        doc: Doc {
            since: SINCE,
            cost: "O(n) for n values in the index",
            summary: "Drops an index and says whether it was there.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.CREATEINDEX users by_age sorted age", "(integer) 1"),
                ("DOC.DROPINDEX users by_age", "(integer) 1"),
                ("DOC.DROPINDEX users by_age", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "DOC.INDEXES",
        arity: Arity::written("collection"),
        keys: Keys::None,
        flags: &[ReadOnly],
        run: Run::Sweep(indexes),
        doc: Doc {
            since: SINCE,
            cost: "O(n) for n indexes",
            summary: "Describes the indexes of a collection: name, kind, paths, condition, and how far one has come that is being made.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                (
                    "DOC.CREATEINDEX users by_city hash address.city WHERE 'age >= 18'",
                    "(integer) 1",
                ),
                (
                    "DOC.INDEXES users",
                    "1)  1) \"name\"\n    2) \"by_city\"\n    3) \"kind\"\n    4) \"hash\"\n    5) \"paths\"\n    6) 1) \"address.city\"\n    7) \"condition\"\n    8) \"age >= 18\"\n    9) \"state\"\n   10) \"ready\"",
                ),
            ],
        },
    },
];

fn create_index(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection_of(sweep.engine(), args)?;
    let name = words::name(args)?.into();
    let kind = read_kind(args)?;
    let mut paths = vec![words::path(args)?];
    // Last but one it is the option; a path of that name stands in backticks there.
    while args.left() > 0 && !(args.left() == 2 && is_where(args)) {
        paths.push(words::path(args)?);
    }
    let condition = if args.option("WHERE") { words::condition(args)? } else { Condition::All };
    let definition = IndexDefinition { name, kind, paths, condition };
    reply.truth(sweep.engine().create_index(&collection, &definition)?);
    Ok(())
}

fn is_where(args: &Args<'_>) -> bool {
    args.peek().is_some_and(|word| word.eq_ignore_ascii_case(b"WHERE"))
}

fn read_kind(args: &mut Args<'_>) -> Result<IndexKind> {
    let word = crate::command::dispatch::shown(args.bytes()?);
    IndexKind::from_word(&word)
        .ok_or_else(|| Error::document(DocumentError::NoSuchIndexKind { kind: word }))
}

fn drop_index(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection_of(sweep.engine(), args)?;
    reply.truth(sweep.engine().drop_index(&collection, words::name(args)?)?);
    Ok(())
}

fn indexes(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let indexes = words::collection_of(sweep.engine(), args)?.indexes();
    reply.array(indexes.len());
    indexes.iter().for_each(|index| write_index(index, reply));
    Ok(())
}

fn write_index(index: &IndexState, reply: &mut Reply) {
    let IndexState { definition, progress } = index;
    reply.map(if progress.is_some() { 7 } else { 5 });
    let text = |name: &str, value: String, reply: &mut Reply| {
        reply.bytes(name.as_bytes());
        reply.bulk(value.into());
    };
    text("name", definition.name.to_string(), reply);
    text("kind", definition.kind.to_string(), reply);
    reply.bytes(b"paths");
    reply.array(definition.paths.len());
    definition.paths.iter().map(Path::to_string).for_each(|path| reply.bulk(path.into()));
    reply.bytes(b"condition");
    let condition = (!definition.is_whole()).then(|| definition.condition.to_string());
    reply.optional(condition.map(Into::into));
    let state = if progress.is_some() { "building" } else { "ready" };
    text("state", state.to_owned(), reply);
    if let Some((done, all)) = *progress {
        for (name, count) in [("indexed", done), ("documents", all)] {
            reply.bytes(name.as_bytes());
            reply.count(usize::try_from(count).unwrap_or(usize::MAX));
        }
    }
}
