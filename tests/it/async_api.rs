//! The asynchronous surface: its futures go anywhere, a dropped one is no half call, and it has
//! the methods of the synchronous one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use kora::{AsyncDatabase, Bytes, Config, Database, GetExpiry, Result, SetOptions, cmd};

use crate::support::awaiting::{Boxed, Busy, block_on, poll_once};

fn memory() -> AsyncDatabase {
    let config = Config { shard_count: 2, ..Config::default() };
    Database::open(config).expect("a valid configuration").asynchronous()
}

fn is_sendable<T: Send>(future: T) -> T {
    future
}

/// Compiles only while handles and futures may be handed to another thread, whatever kind of
/// method they come from.
#[test]
fn futures_go_to_other_threads() {
    fn is_shareable<T: Send + Sync + Clone + 'static>() {}
    is_shareable::<Database>();
    is_shareable::<AsyncDatabase>();
    let db = memory();
    let key = String::from("k");
    block_on(async {
        is_sendable(db.set(&key, b"v")).await?;
        is_sendable(db.set_with("k", "v", SetOptions::new())).await?;
        is_sendable(db.getex(&key, GetExpiry::In(Duration::from_secs(1)))).await?;
        is_sendable(db.mset([("a", "1"), ("b", "2")])).await?;
        is_sendable(db.mget(vec!["a", "b"])).await?;
        is_sendable(db.lcs("a", "b")).await?;
        is_sendable(db.execute(cmd!("GET", "k"))).await
    })
    .expect("each of them succeeds");
}

#[test]
fn a_future_runs_on_the_thread_that_polls_it() {
    let db = memory();
    let calls: Vec<Boxed<Result<i64>>> = (0..8)
        .map(|_| {
            let db = db.clone();
            Box::pin(async move { db.incr("n").await }) as Boxed<Result<i64>>
        })
        .collect();
    std::thread::scope(|scope| {
        for call in calls {
            scope.spawn(|| block_on(call).expect("an integer"));
        }
    });
    assert_eq!(block_on(db.get("n")), Ok(Some(Bytes::from_static(b"8"))));
}

#[test]
fn a_future_that_was_never_polled_does_nothing() {
    let db = memory();
    drop(db.set("k", "v"));
    drop(db.execute(cmd!("SET", "k", "v")));
    drop(db.mset([("k", "v")]));
    assert_eq!(block_on(db.get("k")), Ok(None));
}

/// Once queued, a call belongs to the engine: giving up the future gives up the answer alone.
#[test]
fn a_future_that_is_dropped_while_queued_is_done_whole() {
    // One shard has one queue, so that what is queued last is also done last.
    let config = Config { shard_count: 1, ..Config::default() };
    let db = Database::open(config).expect("a valid configuration").asynchronous();
    let busy = Busy::new(db.synchronous(), "a");
    {
        let mut one = pin!(db.set("a", "1"));
        assert!(poll_once(one.as_mut()).is_pending());
        let mut several = pin!(db.mset([("b", "2"), ("a", "2"), ("c", "2")]));
        assert!(poll_once(several.as_mut()).is_pending());
        let mut command = pin!(db.execute(cmd!("APPEND", "a", "3")));
        assert!(poll_once(command.as_mut()).is_pending());
    }
    let mut last = pin!(db.mget(["a", "b", "c"]));
    assert!(poll_once(last.as_mut()).is_pending());
    busy.let_go();
    let text = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
    assert_eq!(block_on(last), Ok(vec![text("23"), text("2"), text("2")]));
}

#[test]
fn errors_and_panics_come_back_from_the_queue() {
    let db = memory();
    block_on(db.set("a", "text")).expect("room");
    let busy = Busy::new(db.synchronous(), "a");
    let mut wrong = pin!(db.incr("a"));
    let mut unknown = pin!(db.execute(cmd!("INCRBY", "a", "many")));
    assert!(poll_once(wrong.as_mut()).is_pending() && poll_once(unknown.as_mut()).is_pending());
    busy.let_go();
    assert_eq!(block_on(wrong), Err(kora::Error::NotAnInteger));
    assert_eq!(block_on(unknown), Err(kora::Error::NotAnInteger));
}

#[test]
fn both_surfaces_speak_to_one_database() {
    let db = memory();
    block_on(db.set("k", "v")).expect("room");
    assert_eq!(db.synchronous().get("k"), Ok(Some(Bytes::from_static(b"v"))));
    let third = db.select(3).expect("there are sixteen");
    block_on(third.set("k", "third")).expect("room");
    assert_eq!(third.synchronous().number(), 3);
    assert_eq!(block_on(db.strlen("k")), Ok(1));
}

/// Methods of one surface alone, and why the other has none of that name.
const ONE_SIDED: &[(&str, &str)] = &[
    ("asynchronous", "leads to the other surface"),
    ("synchronous", "leads to the other surface"),
    ("open", "a handle is opened, then viewed"),
    ("in_memory", "a handle is opened, then viewed"),
    ("scan_all", "an iterator; await `scan` in a loop instead"),
    ("number", "`synchronous().number()`: nothing to wait for"),
    ("used_memory", "`synchronous().used_memory()`: nothing to wait for"),
    ("memory_limit", "`synchronous().memory_limit()`: nothing to wait for"),
    ("set_memory_limit", "`synchronous().set_memory_limit()`: nothing to wait for"),
    ("get_with", "borrows from the stripe, which cannot be held while awaiting"),
    ("last_snapshot", "`synchronous().last_snapshot()`: nothing to wait for"),
    ("open_report", "`synchronous().open_report()`: nothing to wait for"),
    ("health", "`synchronous().health()`: nothing to wait for"),
    ("snapshot_in_background", "`synchronous().snapshot_in_background()`: nothing to wait for"),
    ("into_execution", "a future with a name; without one the call is `execute`"),
    ("pipeline", "a batch is one call, and does not wait between its commands"),
];

/// The typed methods come from one declaration each and cannot differ; those written by hand are
/// compared here, in the text of the crate.
#[test]
fn both_surfaces_have_the_same_methods() {
    let one = methods("database.rs", "impl Database {");
    let mut other = methods("asynchronous.rs", "impl AsyncDatabase {");
    other.extend(methods("execution.rs", "impl AsyncDatabase {"));
    assert!(one.contains("execute") && other.contains("execute"), "the text is read");
    let found: BTreeSet<&str> = one.symmetric_difference(&other).map(String::as_str).collect();
    let listed: BTreeSet<&str> = ONE_SIDED.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, listed, "methods of one surface alone, and those that are listed");
}

/// The names of the public methods in an `impl` block that stands at the margin.
fn methods(file: &str, head: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kora/src").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let inside = text.lines().skip_while(|line| *line != head).take_while(|line| *line != "}");
    let names = inside.filter_map(|line| {
        let line = line.strip_prefix("    pub ")?;
        let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
        Some(name.split(['(', '<']).next()?.to_owned())
    });
    names.collect()
}
