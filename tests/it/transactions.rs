//! Transactions: all or nothing, one after the other, over keys and documents.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use kora::testing::{Keep, Restart, SimulatedDisk};
use kora::{Config, Database, Durability, Error, Index, Update, cmd};
use serde_json::{Value, json};

fn number(value: Option<kora::Bytes>) -> i64 {
    value.map_or(0, |text| std::str::from_utf8(&text).expect("digits").parse().expect("a number"))
}

#[test]
fn money_moves_and_none_is_made() {
    const ACCOUNTS: u64 = 6;
    let db = Database::open(Config { shard_count: 4, ..Config::default() }).expect("a database");
    let accounts = db.create_collection("accounts").expect("a new name");
    for i in 0..ACCOUNTS {
        db.set(format!("account:{i}"), "100").expect("room");
        accounts.insert(&i.to_string(), &json!({"balance": 100})).expect("room");
    }
    let total = || {
        db.transaction(|tx| {
            let mut sum = 0;
            for i in 0..ACCOUNTS {
                sum += number(tx.get(format!("account:{i}"))?);
            }
            let all = tx.collection("accounts")?.find::<Value>("*", "", None)?;
            Ok(sum + all.iter().filter_map(|(_, it)| it["balance"].as_i64()).sum::<i64>())
        })
        .expect("reading alone always ends")
    };
    let moved = AtomicU64::new(0);
    thread::scope(|scope| {
        for worker in 0..4_u64 {
            let (db, moved) = (&db, &moved);
            scope.spawn(move || {
                for step in 0..200_u64 {
                    let (from, to) =
                        ((worker + step) % ACCOUNTS, (worker * 5 + step * 3) % ACCOUNTS);
                    let done = db.transaction(|tx| {
                        let has = number(tx.get(format!("account:{from}"))?);
                        if has < 7 {
                            return Ok(());
                        }
                        tx.decrby(format!("account:{from}"), 7)?;
                        let gets = Update::new().add("balance", 7);
                        tx.collection("accounts")?.update(&to.to_string(), &gets)?;
                        // And back from another document to another key.
                        let mut accounts = tx.collection("accounts")?;
                        let other = from.to_string();
                        let has: Option<Value> = accounts.get(&other)?;
                        if has.is_some_and(|has| has["balance"].as_i64() >= Some(3)) {
                            accounts.update(&other, &Update::new().add("balance", -3))?;
                            tx.incrby(format!("account:{to}"), 3)?;
                        }
                        Ok(())
                    });
                    match done {
                        Ok(()) => moved.fetch_add(1, Ordering::Relaxed),
                        Err(Error::Conflict) => 0,
                        Err(error) => panic!("{error}"),
                    };
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..50 {
                assert_eq!(total(), 200 * i64::try_from(ACCOUNTS).expect("small"));
            }
        });
    });
    assert!(moved.load(Ordering::Relaxed) > 0);
    assert_eq!(total(), 200 * i64::try_from(ACCOUNTS).expect("small"));
}

/// Each looks at both and takes one away only if two are there: one after the other, one stays.
#[test]
fn writes_do_not_skew() {
    for round in 0..100 {
        let db = Database::in_memory();
        db.mset([("a", "on"), ("b", "on")]).expect("room");
        thread::scope(|scope| {
            for mine in ["a", "b"] {
                let db = &db;
                scope.spawn(move || {
                    db.transaction(|tx| {
                        if tx.exists(["a", "b"])? == 2 {
                            tx.del(mine)?;
                        }
                        Ok(())
                    })
                    .expect("two can always end");
                });
            }
        });
        assert_eq!(db.exists(["a", "b"]), Ok(1), "round {round}");
    }
}

/// Each adds a document if there are fewer than ten: ten there are.
#[test]
fn what_was_not_there_counts_too() {
    let db = Database::in_memory();
    let seats = db.create_collection("seats").expect("a new name");
    thread::scope(|scope| {
        for worker in 0..4 {
            let db = &db;
            scope.spawn(move || {
                for step in 0..10 {
                    let taken = db.transaction(|tx| {
                        let mut seats = tx.collection("seats")?;
                        let taken = seats.find::<Value>("*", "", None)?.len();
                        if taken < 10 {
                            seats.insert(&format!("{worker}-{step}"), &json!({}))?;
                        }
                        Ok(())
                    });
                    assert!(matches!(taken, Ok(()) | Err(Error::Conflict)), "{taken:?}");
                }
            });
        }
    });
    assert_eq!(seats.len(), Ok(10));
}

#[test]
fn an_error_undoes_everything() {
    let db = Database::in_memory();
    let people = db.create_collection("people").expect("a new name");
    people.create_index(Index::unique("email")).expect("it is empty");
    people.insert("1", &json!({"email": "a"})).expect("free");
    db.rpush("list", ["x"]).expect("room");
    let digest = db.digest();
    let refused: Result<(), Error> = db.transaction(|tx| {
        tx.set("new", "value")?;
        tx.rpush("list", ["y"])?;
        assert_eq!(tx.llen("list"), Ok(2), "it sees its own writes");
        tx.incr("list").map(drop)
    });
    assert_eq!(refused, Err(Error::WrongType));
    let taken = db.transaction(|tx| {
        tx.set("new", "value")?;
        tx.collection("people")?.insert("2", &json!({"email": "a"}))
    });
    assert!(matches!(taken, Err(Error::Document(_))), "{taken:?}");
    assert_eq!(db.transaction(|tx| tx.execute(cmd!("FLUSHALL"))), Err(Error::NotInTransaction));
    assert_eq!((db.digest(), people.len()), (digest, Ok(1)));
}

#[test]
fn values_change_hands_in_one_step() {
    let db = Database::in_memory();
    let people = db.create_collection("people").expect("a new name");
    people.create_index(Index::unique("email")).expect("it is empty");
    for (id, email) in [("1", "a"), ("2", "b")] {
        people.insert(id, &json!({"email": email})).expect("free");
    }
    db.transaction(|tx| {
        let mut people = tx.collection("people")?;
        people.save("1", &json!({"email": "b"}))?;
        people.save("2", &json!({"email": "a"}))?;
        assert_eq!(people.find::<Value>("email = 'b'", "", None)?[0].0, "1");
        Ok(())
    })
    .expect("nobody else has them");
    assert_eq!(people.find("email = 'a'").ids(), Ok(vec!["2".to_owned()]));
    assert!(people.insert("3", &json!({"email": "b"})).is_err());
    let twice = db.transaction(|tx| {
        let mut people = tx.collection("people")?;
        people.insert("4", &json!({"email": "c"}))?;
        people.insert("5", &json!({"email": "c"}))
    });
    assert!(matches!(twice, Err(Error::Document(_))), "{twice:?}");
    people.insert("4", &json!({"email": "c"})).expect("nobody got it");
}

#[test]
fn a_transaction_survives_whole_or_not_at_all() {
    let open = |disk: &SimulatedDisk| {
        Database::open(Config {
            data_dir: Some("data".into()),
            disk: Some(disk.clone()),
            without_keeper: true,
            log_segment_bytes: 64 << 10,
            durability: Durability::Always,
            ..Config::default()
        })
    };
    let run = |db: &Database| {
        db.create_collection("orders")?;
        for i in 0..5 {
            db.transaction(|tx| {
                tx.incr("stock")?;
                tx.collection("orders")?.insert(&i.to_string(), &json!({"n": i}))?;
                tx.rpush("log", [format!("{i}")]).map(drop)
            })?;
        }
        Ok::<(), Error>(())
    };
    let whole = SimulatedDisk::new(1);
    let db = open(&whole).expect("the disk is sound");
    let begin = whole.steps();
    run(&db).expect("the disk is sound");
    let end = whole.steps();
    assert!(end > begin + 10);
    for step in begin..end {
        let disk = SimulatedDisk::new(step);
        let db = open(&disk).expect("the disk is sound");
        disk.crash_at(step);
        drop(run(&db));
        drop(db);
        for keep in [Keep::Nothing, Keep::All, Keep::Random, Keep::Torn] {
            let again = open(&disk.restart(Restart::PowerLoss { seed: step, keep }));
            let again = again.unwrap_or_else(|error| panic!("step {step}, {keep:?}: {error}"));
            let stock = number(again.get("stock").expect("a string"));
            let log = again.llen("log").expect("a list");
            let orders = again.collection("orders").map_or(Ok(0), |orders| orders.len());
            let orders = orders.expect("it counts");
            assert_eq!((stock, i64::try_from(log)), (stock, Ok(stock)), "step {step}, {keep:?}");
            assert_eq!(i64::try_from(orders), Ok(stock), "step {step}, {keep:?}");
        }
    }
}
