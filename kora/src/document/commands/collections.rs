//! DOC.CREATE, DOC.DROP, DOC.LIST and DOC.INFO: collections as a whole.

use crate::command::Flag::{DenyOom, Fast, NoMulti, ReadOnly, Write};
use crate::command::{Args, Arity, Doc, Keys, Reply, Run, Spec};
use crate::document::commands::{SINCE, words};
use crate::engine::Sweep;
use crate::engine::collections::Query;
use crate::error::Result;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "DOC.CREATE",
        arity: Arity::written("collection"),
        keys: Keys::None,
        flags: &[Write, DenyOom, Fast, NoMulti],
        run: Run::Sweep(create),
        doc: Doc {
            since: SINCE,
            cost: "O(log n) for n collections",
            summary: "Makes a collection; an error when there is one of this name.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.CREATE users", "(error) ERR the collection 'users' is there already"),
                ("DOC.CREATE \"two words\"", "(error) ERR a name has 1 to 128 bytes and no spaces"),
            ],
        },
    },
    Spec {
        name: "DOC.DROP",
        arity: Arity::written("collection"),
        keys: Keys::None,
        flags: &[Write, NoMulti],
        run: Run::Sweep(drop_collection),
        doc: Doc {
            since: SINCE,
            cost: "O(log n) for n collections; a shard's thread frees the memory",
            summary: "Drops a collection with its documents and indexes, and says whether it was there.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.DROP users", "(integer) 1"),
                ("DOC.DROP users", "(integer) 0"),
            ],
        },
    },
    Spec {
        name: "DOC.LIST",
        arity: Arity::written(""),
        keys: Keys::None,
        flags: &[ReadOnly],
        run: Run::Sweep(list),
        doc: Doc {
            since: SINCE,
            cost: "O(n) for n collections",
            summary: "Returns the names of all collections in order, whichever numbered database is selected.",
            examples: &[
                ("DOC.LIST", "(empty array)"),
                ("DOC.CREATE users", "OK"),
                ("DOC.CREATE orders", "OK"),
                ("DOC.LIST", "1) \"orders\"\n2) \"users\""),
            ],
        },
    },
    Spec {
        name: "DOC.INFO",
        arity: Arity::written("collection"),
        keys: Keys::None,
        flags: &[ReadOnly],
        run: Run::Sweep(info),
        doc: Doc {
            since: SINCE,
            cost: "O(1)",
            summary: "Returns how many documents, bytes of memory, partitions and indexes a collection has.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.SET users ann '{\"age\":31}'", "OK"),
                (
                    "DOC.INFO users",
                    "1) \"documents\"\n2) (integer) 1\n3) \"bytes\"\n4) (integer) ...\n5) \"partitions\"\n6) (integer) ...\n7) \"indexes\"\n8) (integer) 0",
                ),
                ("DOC.INFO orders", "(error) ERR no such collection 'orders'"),
            ],
        },
    },
];

fn create(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    sweep.engine().create_collection(words::name(args)?)?;
    reply.ok();
    Ok(())
}

fn drop_collection(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    reply.truth(sweep.engine().drop_collection(words::name(args)?)?);
    Ok(())
}

fn list(sweep: Sweep<'_>, _: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let all = sweep.engine().all_collections();
    reply.array(all.len());
    all.iter().for_each(|collection| reply.bytes(collection.name().as_bytes()));
    Ok(())
}

fn info(sweep: Sweep<'_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection_of(sweep.engine(), args)?;
    let documents = sweep.engine().count(&collection, &Query::default())?;
    let facts = [
        ("documents", usize::try_from(documents).unwrap_or(usize::MAX)),
        ("bytes", collection.heap_bytes()),
        ("partitions", collection.partition_count()),
        ("indexes", collection.indexes().len()),
    ];
    reply.map(facts.len());
    for (name, count) in facts {
        reply.bytes(name.as_bytes());
        reply.count(count);
    }
    Ok(())
}
