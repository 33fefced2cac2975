//! Documents by id: DOC.SET, DOC.INSERT, DOC.MSET, DOC.GET, DOC.MGET, DOC.EXISTS and DOC.DEL.

use crate::command::Flag::{DenyOom, Fast, ReadOnly, Write};
use crate::command::{Args, Arity, Doc, Keys, Reply, Run, Spec};
use crate::document::commands::{SINCE, words};
use crate::document::form::Form;
use crate::document::ops::{self, Deadline, Mode};
use crate::engine::collections::Scope;
use crate::error::{Error, Result};
use crate::keyspace::deadline::TIME_OPTIONS;
use crate::query::Path;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "DOC.SET",
        arity: Arity::written(
            "collection id json [EX seconds | PX milliseconds | EXAT unix-seconds | PXAT unix-milliseconds | KEEPTTL | PERSIST]",
        ),
        keys: Keys::None,
        flags: &[Write, DenyOom, Fast],
        run: Run::Documents(set),
        doc: Doc {
            since: SINCE,
            cost: "O(n) for n bytes of JSON, and O(log m) an index of m documents",
            summary: "Writes a document, whether one is there or not; one that is keeps its time to live unless an option says otherwise.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.SET users ann '{\"name\":\"Ann\",\"age\":31}' EX 60", "OK"),
                ("DOC.SET users ann '{\"name\":\"Ann\",\"age\":32}'", "OK"),
                ("DOC.TTL users ann", "(integer) 60"),
                ("DOC.SET users ann '{\"name\":\"Ann\",\"age\":33}' PERSIST", "OK"),
                ("DOC.TTL users ann", "(integer) -1"),
                ("DOC.SET users bob [1]", "(error) ERR a document is an object, not an array"),
                ("DOC.SET users bob '{\"age\":}'", "(error) ERR line 1, column 8: expected value"),
            ],
        },
    },
    Spec {
        name: "DOC.INSERT",
        arity: Arity::written("collection id json"),
        keys: Keys::None,
        flags: &[Write, DenyOom, Fast],
        run: Run::Documents(insert),
        doc: Doc {
            since: SINCE,
            cost: "O(n) for n bytes of JSON, and O(log m) an index of m documents",
            summary: "Adds a document and returns its id, a new ULID where the id is *; an error when there is one of this id.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.INSERT users ann '{\"name\":\"Ann\"}'", "\"ann\""),
                (
                    "DOC.INSERT users ann '{\"name\":\"Anna\"}'",
                    "(error) ERR the document is there already",
                ),
                ("DOC.INSERT users * '{\"name\":\"Bob\"}'", "\"01...\""),
            ],
        },
    },
    Spec {
        name: "DOC.MSET",
        arity: Arity::written("collection id json [id json ...]"),
        keys: Keys::None,
        flags: &[Write, DenyOom],
        run: Run::Documents(mset),
        doc: Doc {
            since: SINCE,
            cost: "O(n) for n bytes of JSON, and O(log m) a document and index of m documents",
            summary: "Writes documents as DOC.SET does, all of them in one step or none.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.CREATEINDEX users email unique email", "(integer) 1"),
                ("DOC.MSET users ann '{\"email\":\"a@x\"}' bob '{\"email\":\"b@x\"}'", "OK"),
                (
                    "DOC.MSET users cid '{\"email\":\"c@x\"}' dan '{\"email\":\"a@x\"}'",
                    "(error) ERR unique index 'email': the value belongs to document ann",
                ),
                ("DOC.EXISTS users ann bob cid dan", "(integer) 2"),
            ],
        },
    },
    Spec {
        name: "DOC.GET",
        arity: Arity::written("collection id [path ...]"),
        keys: Keys::None,
        flags: &[ReadOnly, Fast],
        run: Run::Documents(get),
        doc: Doc {
            since: SINCE,
            cost: "O(n) for n bytes of the document",
            summary: "Returns a document as JSON, or an array of the values at paths of it, each as JSON and nil where nothing is.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.SET users ann '{\"name\":\"Ann\",\"address\":{\"city\":\"Accra\"}}'", "OK"),
                (
                    "DOC.GET users ann",
                    "\"{\\\"name\\\":\\\"Ann\\\",\\\"address\\\":{\\\"city\\\":\\\"Accra\\\"}}\"",
                ),
                ("DOC.GET users ann address.city age", "1) \"\\\"Accra\\\"\"\n2) (nil)"),
                ("DOC.GET users bob", "(nil)"),
            ],
        },
    },
    Spec {
        name: "DOC.MGET",
        arity: Arity::written("collection id [id ...]"),
        keys: Keys::None,
        flags: &[ReadOnly],
        run: Run::Documents(mget),
        doc: Doc {
            since: SINCE,
            cost: "O(n) for n bytes of the documents",
            summary: "Returns documents as JSON, as they are at one moment, and nil where there is none.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.MSET users ann '{\"age\":31}' bob '{\"age\":25}'", "OK"),
                (
                    "DOC.MGET users bob cid ann",
                    "1) \"{\\\"age\\\":25}\"\n2) (nil)\n3) \"{\\\"age\\\":31}\"",
                ),
            ],
        },
    },
    Spec {
        name: "DOC.EXISTS",
        arity: Arity::written("collection id [id ...]"),
        keys: Keys::None,
        flags: &[ReadOnly, Fast],
        run: Run::Documents(exists),
        doc: Doc {
            since: SINCE,
            cost: "O(n) for n ids",
            summary: "Counts the documents that are there, one that is named twice twice.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.SET users ann {}", "OK"),
                ("DOC.EXISTS users ann bob", "(integer) 1"),
                ("DOC.EXISTS users ann ann", "(integer) 2"),
            ],
        },
    },
    Spec {
        name: "DOC.DEL",
        arity: Arity::written("collection id [id ...]"),
        keys: Keys::None,
        flags: &[Write],
        run: Run::Documents(del),
        doc: Doc {
            since: SINCE,
            cost: "O(log m) a document and index of m documents",
            summary: "Removes documents in one step and counts those that were there.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.MSET users ann {} bob {}", "OK"),
                ("DOC.DEL users ann cid", "(integer) 1"),
                ("DOC.EXISTS users ann bob", "(integer) 1"),
            ],
        },
    },
];

fn set(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let (id, form) = (args.bytes()?, words::document(args)?);
    let deadline = read_deadline(scope, args)?;
    args.end()?;
    ops::put(scope, &collection, id, &form, Mode::Save, deadline)?;
    reply.ok();
    Ok(())
}

/// What is said about the deadline, if anything is.
fn read_deadline(scope: &Scope<'_, '_>, args: &mut Args<'_>) -> Result<Deadline> {
    if args.option("PERSIST") {
        return Ok(Deadline::At(None));
    }
    for (option, unit) in TIME_OPTIONS {
        if args.option(option) {
            let at = unit.positive_deadline(args.integer()?, scope.now_ms(), "doc.set")?;
            return Ok(Deadline::At(Some(at)));
        }
    }
    // The word says what holds without it, too.
    args.option("KEEPTTL");
    Ok(Deadline::Keep)
}

fn insert(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let id = args.bytes()?;
    let form = words::document(args)?;
    let new = (id == b"*").then(|| ops::new_id(scope.now_ms()));
    let id = new.as_ref().map_or(id, |new| new.as_bytes());
    ops::put(scope, &collection, id, &form, Mode::Insert, Deadline::At(None))?;
    reply.bytes(id);
    Ok(())
}

fn mset(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    if args.left() % 2 != 0 {
        return Err(Error::WrongArity { command: "doc.mset".into() });
    }
    let (mut ids, mut forms) = (Vec::new(), Vec::<Form>::new());
    while args.left() > 0 {
        ids.push(args.bytes()?);
        forms.push(words::document(args)?);
    }
    ops::put_all(scope, &collection, &ids, &forms)?;
    reply.ok();
    Ok(())
}

fn get(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let id = args.bytes()?;
    let paths: Vec<Path> = (0..args.left()).map(|_| words::path(args)).collect::<Result<_>>()?;
    let Some(form) = ops::get(scope, &collection, id)? else {
        reply.nil();
        return Ok(());
    };
    if paths.is_empty() {
        reply.bulk(ops::json(&form)?.into());
        return Ok(());
    }
    reply.array(paths.len());
    for path in &paths {
        reply.optional(ops::json_at(&form, path)?.map(Into::into));
    }
    Ok(())
}

fn mget(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let ids: Vec<&[u8]> = args.rest().collect();
    let forms = ops::get_all(scope, &collection, &ids)?;
    reply.array(forms.len());
    for form in forms {
        reply.optional(form.map(|form| ops::json(&form)).transpose()?.map(Into::into));
    }
    Ok(())
}

fn exists(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let ids: Vec<&[u8]> = args.rest().collect();
    reply.count(ops::count_of(scope, &collection, &ids)?);
    Ok(())
}

fn del(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let ids: Vec<&[u8]> = args.rest().collect();
    reply.count(ops::remove_all(scope, &collection, &ids)?);
    Ok(())
}
