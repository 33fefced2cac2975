//! DOC.FIND, DOC.COUNT and DOC.EXPLAIN.

use std::time::Duration;

use crate::command::Flag::ReadOnly;
use crate::command::{Args, Arity, Doc, Keys, Reply, Run, Spec};
use crate::document::commands::{SINCE, words};
use crate::document::ops;
use crate::document::plan::rows::Row;
use crate::engine::collections::{Query, Scope};
use crate::error::{ArgumentError, Error, Result};
use crate::query::{Condition, parse_order};

const FIND_COST: &str =
    "O(n) for n documents that the indexes bring, and O(n log m) to sort them for m rows";

/// The cursor before the first page and behind the last one, as in SCAN.
const NO_CURSOR: &str = "0";

pub(crate) const COMMANDS: &[Spec] = &[
    Spec {
        name: "DOC.FIND",
        arity: Arity::written(
            "collection condition [ORDER BY path [ASC | DESC], ...] [LIMIT rows] [OFFSET rows] \
             [AFTER cursor] [SELECT path, ...] [IDS] [TIMEOUT milliseconds]",
        ),
        keys: Keys::None,
        flags: &[ReadOnly],
        run: Run::Query(find),
        doc: Doc {
            since: SINCE,
            cost: FIND_COST,
            summary: "Returns the documents that satisfy a condition, each as its id and its JSON, or pages of them where AFTER gives a cursor, 0 for the first.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                (
                    "DOC.MSET users ann '{\"city\":\"Accra\",\"age\":31}' bob '{\"city\":\"Accra\",\"age\":45}' cid '{\"city\":\"Oslo\",\"age\":30}'",
                    "OK",
                ),
                (
                    "DOC.FIND users 'city = \"Accra\" AND age >= 30' ORDER BY age DESC LIMIT 20",
                    "1) \"bob\"\n2) \"{\\\"city\\\":\\\"Accra\\\",\\\"age\\\":45}\"\n3) \"ann\"\n4) \"{\\\"city\\\":\\\"Accra\\\",\\\"age\\\":31}\"",
                ),
                (
                    "DOC.FIND users * ORDER BY city, age DESC IDS",
                    "1) \"bob\"\n2) \"ann\"\n3) \"cid\"",
                ),
                (
                    "DOC.FIND users 'age < 40' ORDER BY age LIMIT 1 AFTER 0 SELECT city",
                    "1) \"c2ef2a6830813e636964\"\n2) 1) \"cid\"\n   2) \"{\\\"city\\\":\\\"Oslo\\\"}\"",
                ),
                (
                    "DOC.FIND users 'age => 30'",
                    "(error) ERR expected an operator after age but found \"=>\" (at column 5); did you mean >=?",
                ),
            ],
        },
    },
    Spec {
        name: "DOC.COUNT",
        arity: Arity::written("collection [condition]"),
        keys: Keys::None,
        flags: &[ReadOnly],
        run: Run::Query(count),
        doc: Doc {
            since: SINCE,
            cost: "O(1) where indexes decide, else O(n) for n documents that they bring",
            summary: "Counts the documents that satisfy a condition, or all.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.MSET users ann '{\"age\":31}' bob '{\"age\":25}'", "OK"),
                ("DOC.COUNT users", "(integer) 2"),
                ("DOC.COUNT users 'age > 30'", "(integer) 1"),
            ],
        },
    },
    Spec {
        name: "DOC.EXPLAIN",
        arity: Arity::written(
            "collection condition [ORDER BY path [ASC | DESC], ...] [LIMIT rows] [OFFSET rows] \
             [AFTER cursor] [SELECT path, ...] [IDS] [TIMEOUT milliseconds]",
        ),
        keys: Keys::None,
        flags: &[ReadOnly],
        run: Run::Query(explain),
        doc: Doc {
            since: SINCE,
            cost: FIND_COST,
            summary: "Runs a query as DOC.FIND does and tells how, instead of what it found.",
            examples: &[
                ("DOC.CREATE users", "OK"),
                ("DOC.CREATEINDEX users by_city hash city", "(integer) 1"),
                (
                    "DOC.MSET users ann '{\"city\":\"Accra\",\"age\":31}' bob '{\"city\":\"Oslo\",\"age\":25}'",
                    "OK",
                ),
                (
                    "DOC.EXPLAIN users 'city = \"Accra\" AND age > 30' ORDER BY age",
                    "1) access: index by_city\n2) filter: each document\n3) order: sorted\n4) documents examined: 1\n5) rows returned: 1\n6) time: ...",
                ),
                (
                    "DOC.EXPLAIN users *",
                    "1) access: all documents\n2) filter: none\n3) order: none\n4) documents examined: 2\n5) rows returned: 2\n6) time: ...",
                ),
            ],
        },
    },
];

/// What is asked for, and in what form.
#[derive(Debug, Default)]
struct Request {
    query: Query,
    /// Whether the answer is a page with a cursor.
    is_page: bool,
    ids_only: bool,
}

fn find(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let request = Request::read(args)?;
    if !request.is_page {
        let rows = scope.find(&collection, &request.query)?.rows;
        return request.write(&rows, reply);
    }
    let page = ops::page(scope, &collection, &request.query)?;
    reply.array(2);
    reply.bytes(page.next.as_deref().unwrap_or(NO_CURSOR).as_bytes());
    request.write(&page.rows, reply)
}

fn count(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let condition = if args.left() > 0 { words::condition(args)? } else { Condition::All };
    args.end()?;
    let query = Query { condition, ..Query::default() };
    let count = scope.count(&collection, &query)?;
    reply.count(usize::try_from(count).unwrap_or(usize::MAX));
    Ok(())
}

fn explain(scope: &mut Scope<'_, '_>, args: &mut Args<'_>, reply: &mut Reply) -> Result<()> {
    let collection = words::collection(scope, args)?;
    let Request { mut query, is_page, .. } = Request::read(args)?;
    if is_page {
        query.is_page = true;
        query.limit = query.limit.or(Some(ops::PAGE_ROWS));
    }
    query.is_explained = true;
    let lines = scope.find(&collection, &query)?.explain.lines();
    reply.array(lines.len());
    lines.into_iter().for_each(|line| reply.status(line));
    Ok(())
}

impl Request {
    fn read(args: &mut Args<'_>) -> Result<Request> {
        let mut request = Request::default();
        request.query.condition = words::condition(args)?;
        while args.left() > 0 {
            request.read_option(args)?;
        }
        Ok(request)
    }

    fn read_option(&mut self, args: &mut Args<'_>) -> Result<()> {
        let query = &mut self.query;
        if args.option("ORDER") {
            if !args.option("BY") {
                return Err(Error::Syntax);
            }
            query.order = parse_order(&list(args)?).map_err(Error::query)?;
        } else if args.option("LIMIT") {
            query.limit = Some(args.count(ArgumentError::LimitNegative)?);
        } else if args.option("OFFSET") {
            query.offset = args.count(ArgumentError::OffsetOutOfRange)?;
        } else if args.option("AFTER") {
            let cursor = words::text(args)?;
            self.is_page = true;
            query.after = (cursor != NO_CURSOR).then(|| ops::decode_cursor(cursor)).transpose()?;
        } else if args.option("SELECT") {
            query.selection = ops::selection(&list(args)?)?;
        } else if args.option("IDS") {
            self.ids_only = true;
        } else if args.option("TIMEOUT") {
            let ms = args.positive(ArgumentError::TimeoutOutOfRange)?;
            query.timeout = Some(Duration::from_millis(ms as u64));
        } else {
            return Err(Error::Syntax);
        }
        Ok(())
    }

    fn write(&self, rows: &[Row], reply: &mut Reply) -> Result<()> {
        if self.ids_only {
            reply.array(rows.len());
            rows.iter().for_each(|row| reply.bytes(row.id()));
            return Ok(());
        }
        reply.pairs(rows.len());
        for row in rows {
            reply.bytes(row.id());
            reply.bulk(ops::json(row.form())?.into());
        }
        Ok(())
    }
}

/// A list of paths, in one word or in several: it goes on up to the next option, and behind a comma
/// in any case.
fn list(args: &mut Args<'_>) -> Result<String> {
    const OPTIONS: [&str; 7] = ["ORDER", "LIMIT", "OFFSET", "AFTER", "SELECT", "IDS", "TIMEOUT"];
    let is_option =
        |word: &[u8]| OPTIONS.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
    let mut list = words::text(args)?.to_owned();
    while args.peek().is_some_and(|word| list.trim_end().ends_with(',') || !is_option(word)) {
        list.push(' ');
        list.push_str(words::text(args)?);
    }
    Ok(list)
}
