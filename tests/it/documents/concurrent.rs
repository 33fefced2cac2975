//! Many threads on one collection: unique values stay unique, an index that is built meanwhile is
//! whole, a collection may go at any time, and nobody waits for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use kora::testing::{Restart, SimulatedDisk};
use kora::{Collection, Config, Database, DocumentError, Error, Index, Update};
use serde_json::{Value, json};

use crate::support::dice::{self, Dice};

/// Longer than any of these tests takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a test on a thread of its own, and fails with a message if it does not end.
fn watched(test: impl FnOnce(u64) + Send + 'static) {
    let seed = dice::seed();
    let (done, end) = channel();
    let run = thread::spawn(move || {
        test(seed);
        done.send(()).expect("the watchdog waits");
    });
    match end.recv_timeout(PATIENCE) {
        Ok(()) | Err(RecvTimeoutError::Disconnected) => {}
        Err(RecvTimeoutError::Timeout) => {
            panic!("KORA_SEED={seed}: no end after {PATIENCE:?}: somebody waits for ever")
        }
    }
    if run.join().is_err() {
        panic!("KORA_SEED={seed} finds this again, or nearly");
    }
}

fn is_document_error(error: &Error, is_it: impl Fn(&DocumentError) -> bool) -> bool {
    matches!(error, Error::Document(error) if is_it(error))
}

fn config(disk: &SimulatedDisk, shard_count: usize) -> Config {
    Config {
        shard_count,
        data_dir: Some("data".into()),
        disk: Some(disk.clone()),
        without_keeper: true,
        log_segment_bytes: 1 << 20,
        ..Config::default()
    }
}

/// One random change of documents that fight for few unique values.
fn fight(users: &Collection, dice: &mut Dice) {
    let id = format!("{}", dice.below(60));
    let mail = format!("mail {}", dice.below(40));
    let document = json!({"mail": mail, "n": dice.below(100), "by": [mail, dice.below(3)]});
    let outcome = match dice.below(6) {
        0 | 1 => users.insert(&id, &document),
        2 => users.save(&id, &document),
        3 => {
            let update = Update::new().set("mail", &mail).expect("a value").add("n", 1);
            users.update(&id, &update).map(drop)
        }
        4 => users.update(&id, &Update::new().unset("mail")).map(drop),
        _ => users.delete(&id).map(drop),
    };
    if let Err(error) = outcome {
        let is_expected = is_document_error(&error, |error| {
            matches!(error, DocumentError::NotUnique(_) | DocumentError::DocumentExists)
        });
        assert!(is_expected, "{error:?}");
    }
}

/// Every value has one document in all, and the index finds it.
fn assert_unique(users: &Collection) {
    let all = users.find("mail EXISTS").order_by("n").documents().expect("a query");
    let mut owners = BTreeMap::new();
    for row in &all {
        let value: Value = row.decode().expect("a document");
        let mail = value["mail"].as_str().expect("a string").to_owned();
        let other = owners.insert(mail.clone(), row.id().to_owned());
        assert_eq!(other, None, "{mail} is {}'s too", row.id());
    }
    for number in 0..40 {
        let mail = format!("mail {number}");
        let found = users.find(&format!("mail = '{mail}'")).ids().expect("a query");
        assert_eq!(found, owners.get(&mail).into_iter().cloned().collect::<Vec<_>>(), "{mail}");
    }
}

#[test]
fn unique_values_stay_unique_among_eight_writers_and_after_a_kill() {
    watched(|seed| {
        let disk = SimulatedDisk::new(1);
        let db = Database::open(config(&disk, 4)).expect("the disk is sound");
        let users = db.create_collection("users").expect("a new name");
        users.create_index(Index::unique("mail")).expect("a new index");
        users.create_index(Index::sorted("n")).expect("a new index");
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let readers = [0, 1].map(|number| {
                let (users, is_over) = (&users, &is_over);
                scope.spawn(move || {
                    let mut dice = Dice::new(seed ^ 0xFFFF ^ number);
                    while !is_over.load(Ordering::Acquire) {
                        let mail = format!("mail {}", dice.below(40));
                        let ids = users.find(&format!("mail = '{mail}'")).documents();
                        let rows = ids.expect("a query");
                        assert!(rows.len() <= 1);
                        for row in rows {
                            let value: Value = row.decode().expect("a document");
                            assert_eq!(value["mail"], json!(mail));
                        }
                    }
                })
            });
            let writers: Vec<_> = (0..8)
                .map(|number| {
                    let users = &users;
                    scope.spawn(move || {
                        let mut dice = Dice::new(seed.wrapping_add(number));
                        (0..1_500).for_each(|_| fight(users, &mut dice));
                    })
                })
                .collect();
            let ends: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
            is_over.store(true, Ordering::Release);
            ends.into_iter().for_each(|end| end.expect("a writer"));
            readers.into_iter().for_each(|reader| reader.join().expect("a reader"));
        });
        assert_unique(&users);
        let digest = db.digest();
        let again = Database::open(config(&disk.restart(Restart::Killed), 3)).expect("sound");
        assert_eq!(again.digest(), digest);
        assert_unique(&again.collection("users").expect("it is there"));
    });
}

/// The answers of an index beside those of a pass over all documents.
fn assert_index(things: &Collection, brute: &Collection) {
    for value in 0..30 {
        for query in [
            format!("a = {value}"),
            format!("a >= {value}"),
            format!("t CONTAINS {value}"),
            format!("u = 'u{value}'"),
            format!("a = {value} AND b = {}", value % 7),
        ] {
            let ids = |collection: &Collection| {
                let mut ids = collection.find(&query).ids().expect("a query");
                ids.sort_unstable();
                ids
            };
            assert_eq!(ids(things), ids(brute), "{query}");
            let count = things.count(&query).expect("a query");
            assert_eq!(count, ids(brute).len() as u64, "{query}");
        }
    }
}

#[test]
fn an_index_built_among_writers_is_whole() {
    watched(|seed| {
        for round in 0..4 {
            build_among_writers(seed ^ round);
        }
    });
}

fn build_among_writers(seed: u64) {
    let db = Database::open(Config { shard_count: 3, ..Config::default() }).expect("in memory");
    let things = db.create_collection("things").expect("a new name");
    let document = |dice: &mut Dice| {
        let number = dice.below(1 << 40);
        let tags: Vec<_> = (0..dice.below(4)).map(|_| dice.below(30)).collect();
        json!({"a": dice.below(30), "b": dice.below(7), "t": tags, "u": format!("u{number}")})
    };
    let mut dice = Dice::new(seed);
    for id in 0..2_000 {
        things.insert(&id.to_string(), &document(&mut dice)).expect("a new id");
    }
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 1..5 {
            let (things, is_over) = (&things, &is_over);
            scope.spawn(move || {
                let mut dice = Dice::new(seed.wrapping_add(number));
                while !is_over.load(Ordering::Acquire) {
                    let id = dice.below(4_000).to_string();
                    if dice.percent(60) {
                        things.save(&id, &document(&mut dice)).expect("no value meets another");
                    } else {
                        things.delete(&id).expect("a collection");
                    }
                }
            });
        }
        let mut sorted = Index::sorted("a").named("ab");
        sorted = sorted.and("b");
        let indexes = [
            Index::hash("a"),
            sorted,
            Index::array("t"),
            Index::unique("u"),
            Index::sorted("b").only("a > 3"),
        ];
        for index in indexes {
            things.create_index(index).expect("values that do not meet");
        }
        is_over.store(true, Ordering::Release);
    });
    let copy = db.create_collection("copy").expect("a new name");
    for row in things.find("*").documents().expect("a query") {
        copy.insert(row.id(), &row.decode::<Value>().expect("a document")).expect("a new id");
    }
    assert_eq!(things.len(), copy.len());
    assert_index(&things, &copy);
    for number in 0..4_000 {
        let id = number.to_string();
        let Some(value) = copy.get::<Value>(&id).expect("a collection") else { continue };
        let query = format!("u = {}", value["u"]);
        assert_eq!(things.find(&query).ids().expect("a query"), [id], "{query}");
    }
    // What the indexes hold goes with the documents.
    things.find("*").delete().expect("a query");
    things.indexes().iter().for_each(|index| drop(things.drop_index(&index.name)));
    assert_index(&things, &db.create_collection("empty").expect("a new name"));
}

#[test]
fn an_index_may_go_while_queries_use_it() {
    watched(|seed| {
        let db = Database::open(Config { shard_count: 2, ..Config::default() }).expect("in memory");
        let things = db.create_collection("things").expect("a new name");
        for id in 0..6_000 {
            let document = json!({"a": id, "b": id % 10, "u": id, "c": [id % 10]});
            things.insert(&id.to_string(), &document).expect("a new id");
        }
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for number in 0..3 {
                let (things, is_over) = (&things, &is_over);
                scope.spawn(move || {
                    let mut dice = Dice::new(seed.wrapping_add(number));
                    while !is_over.load(Ordering::Acquire) {
                        let a = dice.below(6_000);
                        let found = things.find(&format!("u = {a}")).ids().expect("a query");
                        assert_eq!(found, [a.to_string()]);
                        let count = things.find(&format!("u = {a} AND b < 10")).count();
                        assert_eq!(count, Ok(1));
                        let rows = things.find("b >= 0").order_by("a DESC").limit(3_000).ids();
                        let expected: Vec<_> =
                            (3_000..6_000).rev().map(|id: i32| id.to_string()).collect();
                        assert_eq!(rows.expect("a query"), expected);
                        assert_eq!(things.count("c CONTAINS 3 AND b = 3"), Ok(600));
                    }
                });
            }
            let mut dice = Dice::new(!seed);
            for _ in 0..60 {
                let create = [
                    Index::unique("u"),
                    Index::sorted("a"),
                    Index::sorted("b"),
                    Index::hash("b").named("hb"),
                    Index::array("c"),
                ];
                things.create_index(dice.pick(&create).clone()).expect("an index");
                if dice.percent(70) {
                    let name = ["u", "a", "b", "hb", "c"][dice.below(5)];
                    things.drop_index(name).expect("an index");
                }
            }
            is_over.store(true, Ordering::Release);
        });
    });
}

#[test]
fn a_collection_may_go_while_others_use_it() {
    watched(|seed| {
        let disk = SimulatedDisk::new(1);
        let db = Database::open(config(&disk, 2)).expect("the disk is sound");
        let before = db.used_memory();
        let is_over = AtomicBool::new(false);
        let refused = AtomicU64::new(0);
        thread::scope(|scope| {
            for number in 0..4 {
                let (db, is_over, refused) = (&db, &is_over, &refused);
                scope.spawn(move || {
                    let mut dice = Dice::new(seed.wrapping_add(number));
                    while !is_over.load(Ordering::Acquire) {
                        if let Err(error) = use_briefly(db, &mut dice) {
                            let is_expected = is_document_error(&error, |error| {
                                matches!(
                                    error,
                                    DocumentError::NoSuchCollection { .. }
                                        | DocumentError::CollectionExists { .. }
                                )
                            });
                            assert!(is_expected, "{error:?}");
                            refused.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
            for _ in 0..300 {
                db.create_collection("things").map(drop).unwrap_or_default();
                thread::yield_now();
                db.drop_collection("things").expect("it is recorded");
            }
            is_over.store(true, Ordering::Release);
        });
        db.drop_collection("things").expect("it is recorded");
        assert!(refused.into_inner() > 0, "nobody met a drop");
        assert_eq!(db.used_memory(), before);
        let again = Database::open(config(&disk.restart(Restart::Killed), 2)).expect("sound");
        assert_eq!((again.digest(), again.collections()), (db.digest(), vec![]));
    });
}

/// Uses the collection of this moment in every way.
fn use_briefly(db: &Database, dice: &mut Dice) -> kora::Result<()> {
    if dice.percent(10) {
        db.create_collection("things")?;
    }
    let things = db.collection("things")?;
    let kinds = [Index::hash("a"), Index::sorted("b"), Index::unique("u").only("a > 3")];
    for _ in 0..30 {
        let id = dice.below(200).to_string();
        match dice.below(12) {
            0..=4 => things.save(&id, &json!({"a": dice.below(9), "b": dice.below(9), "u": id}))?,
            5 => drop(things.delete(&id)?),
            6 => drop(things.update(&id, &Update::new().add("a", 1))?),
            7 => drop(things.find("a > 3").order_by("b").documents()?),
            8 => drop(things.count("a = 3 AND u = '7'")?),
            9 => drop(things.find("b < 2").delete()?),
            10 => drop(things.create_index(dice.pick(&kinds).clone())?),
            _ => drop(things.drop_index(["a", "b", "u"][dice.below(3)])?),
        }
        things.indexes();
        things.used_memory();
    }
    Ok(())
}

/// Every document has `pair: [n, n]` and `n`, and belongs to one of two halves that never change.
#[test]
fn queries_among_writers_return_what_was_so_at_some_moment() {
    watched(|seed| {
        let db = Database::open(Config { shard_count: 2, ..Config::default() }).expect("in memory");
        let things = db.create_collection("things").expect("a new name");
        let document = |n: usize, id: usize| json!({"n": n, "pair": [n, n], "half": id % 2});
        for id in 0..5_000 {
            things.insert(&id.to_string(), &document(id, id)).expect("a new id");
        }
        things.create_index(Index::sorted("n")).expect("an index");
        things.create_index(Index::hash("half")).expect("an index");
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for number in 0..2 {
                let (things, is_over) = (&things, &is_over);
                scope.spawn(move || {
                    let mut dice = Dice::new(seed.wrapping_add(number));
                    while !is_over.load(Ordering::Acquire) {
                        let id = dice.below(5_000);
                        let new = document(dice.below(5_000), id);
                        things.save(&id.to_string(), &new).expect("nothing forbids it");
                        if id >= 4_000 && dice.percent(30) {
                            things.delete(&id.to_string()).expect("a collection");
                        }
                    }
                });
            }
            let mut dice = Dice::new(!seed);
            for _ in 0..40 {
                check_moment(&things, &mut dice);
            }
            is_over.store(true, Ordering::Release);
        });
    });
}

fn check_moment(things: &Collection, dice: &mut Dice) {
    let half = dice.below(2);
    let order = *dice.pick(&["", "n", "n DESC"]);
    let query = *dice.pick(&["n >= 100 AND half = ", "half = ", "n < 4900 AND half = "]);
    let query = format!("{query}{half}");
    let find = things.find(&query).order_by(order);
    let limit = *dice.pick(&[usize::MAX, 2_000, 50]);
    let rows = find.limit(limit).documents().expect("a query");
    let ids: BTreeSet<_> = rows.iter().map(kora::Document::id).collect();
    assert_eq!(ids.len(), rows.len(), "{query} ORDER BY {order}: a document comes twice");
    let mut last = None;
    for row in &rows {
        let value: Value = row.decode().expect("a document");
        let n = value["n"].as_u64().expect("a number");
        assert_eq!(value["pair"], json!([n, n]), "a document is torn");
        let is_in = !query.contains("n >=") || n >= 100;
        assert!(is_in && (!query.contains("n <") || n < 4_900), "{query}: {value}");
        assert_eq!(value["half"], json!(half));
        let is_in_order = match (order, last) {
            ("n", Some(last)) => last <= n,
            ("n DESC", Some(last)) => last >= n,
            _ => true,
        };
        assert!(is_in_order, "{query} ORDER BY {order}: {n} after {last:?}");
        last = Some(n);
    }
    // Half of 4,000 documents are never removed.
    if limit > 3_000 && !query.contains("n ") {
        assert!(rows.len() >= 2_000, "{query} ORDER BY {order}: {} rows", rows.len());
    }
}
