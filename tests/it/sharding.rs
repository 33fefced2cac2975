//! Several keys in one step, wherever they live: no reader sees half of it, on any number of
//! shards and through both surfaces.
//!
//! Writers and readers run against each other for a number of rounds; what must hold holds in
//! every one of them. The keys of a step have random stripes, so that each run meets others.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use kora::{Bytes, Command, CommandResponse, Config, Database, Error, cmd};

use crate::support::awaiting::block_on;

/// Shard counts at both ends and between.
const SHARD_COUNTS: [usize; 4] = [1, 2, 3, 8];
/// Steps of each writer.
const ROUNDS: usize = 400;
/// Keys of one step.
const KEYS: usize = 12;

fn memory(shard_count: usize) -> Database {
    Database::open(Config { shard_count, ..Config::default() }).expect("a valid configuration")
}

fn keys(prefix: &str) -> Vec<String> {
    (0..KEYS).map(|n| format!("{prefix}:{n}")).collect()
}

/// Runs writers, and meanwhile readers again and again until the writers are done.
fn race(writers: &[&(dyn Fn() + Sync)], readers: &[&(dyn Fn() + Sync)]) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for read in readers {
            let done = &done;
            scope.spawn(move || {
                while !done.load(Ordering::Acquire) {
                    read();
                }
                read();
            });
        }
        let writers: Vec<_> = writers.iter().map(|write| scope.spawn(write)).collect();
        let ends: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Release);
        ends.into_iter().for_each(|end| end.expect("a writer does not panic"));
    });
}

/// All values of a step are the same.
fn assert_whole(values: &[Option<Bytes>]) {
    assert_eq!(values.len(), KEYS);
    assert!(values.iter().all(|value| *value == values[0]), "half a step: {values:?}");
}

#[test]
fn readers_see_all_of_mset_or_nothing() {
    for shards in SHARD_COUNTS {
        let db = memory(shards);
        let (forth, back) = (keys("k"), keys("k").into_iter().rev().collect::<Vec<_>>());
        let write = |keys: &[String], by: &str| {
            for round in 0..ROUNDS {
                let value = format!("{by}:{round}");
                db.mset(keys.iter().map(|key| (key, &value)).collect::<Vec<_>>()).expect("room");
            }
        };
        let asynchronous = db.asynchronous();
        race(
            // Opposite orders would wait for each other for ever, were leases taken as named.
            &[&|| write(&forth, "forth"), &|| write(&back, "back")],
            &[&|| assert_whole(&db.mget(&forth).expect("strings")), &|| {
                assert_whole(&block_on(asynchronous.mget(&back)).expect("strings"))
            }],
        );
    }
}

#[test]
fn one_of_several_msetnx_wins_whole() {
    for shards in SHARD_COUNTS {
        let db = memory(shards);
        for round in 0..ROUNDS / 10 {
            let keys = keys(&format!("round:{round}"));
            let wins: Vec<AtomicBool> = (0..3).map(|_| AtomicBool::new(false)).collect();
            let write = |by: usize| {
                let by_text = by.to_string();
                let pairs: Vec<_> = keys.iter().map(|key| (key, &by_text)).collect();
                wins[by].store(db.msetnx(&pairs).expect("room"), Ordering::Release);
            };
            race(
                &[&|| write(0), &|| write(1), &|| write(2)],
                &[&|| assert_whole(&db.mget(&keys).expect("strings"))],
            );
            let winners = wins.iter().enumerate().filter(|(_, won)| won.load(Ordering::Acquire));
            let winners: Vec<String> = winners.map(|(by, _)| by.to_string()).collect();
            assert_eq!(winners.len(), 1, "one wins");
            assert_eq!(db.get(&keys[0]), Ok(Some(winners[0].clone().into())));
        }
    }
}

fn run(db: &Database, words: &[&str]) -> CommandResponse {
    let command = Command::from_words(words);
    db.execute(command).unwrap_or_else(|error| panic!("{words:?}: {error}"))
}

/// A value that wanders between three keys is at one of them at any time.
#[test]
fn a_renamed_key_is_never_missing_and_never_double() {
    for shards in SHARD_COUNTS {
        let db = memory(shards);
        db.set("a", "wanderer").expect("room");
        let moves = AtomicUsize::new(0);
        let write = |from: &str, to: &str| {
            for _ in 0..ROUNDS {
                match db.execute(cmd!("RENAME", from, to)) {
                    Ok(_) => {
                        moves.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => assert_eq!(error, Error::NoSuchKey, "the key is elsewhere"),
                }
            }
        };
        let read = || {
            let values = db.mget(["a", "b", "c"]).expect("strings");
            assert_eq!(values.iter().flatten().count(), 1, "{values:?}");
        };
        race(
            &[&|| write("a", "b"), &|| write("b", "c"), &|| write("c", "a"), &|| write("b", "a")],
            &[&read],
        );
        assert!(moves.into_inner() > 0);
    }
}

/// A member that moves between two sets is in exactly one of them at any time.
#[test]
fn a_moved_member_is_in_one_set() {
    for shards in SHARD_COUNTS {
        let db = memory(shards);
        run(&db, &["SADD", "a", "wanderer", "settler"]);
        run(&db, &["SADD", "b", "settler"]);
        let write = |from: &str, to: &str| {
            for _ in 0..ROUNDS {
                run(&db, &["SMOVE", from, to, "wanderer"]);
            }
        };
        let read = || {
            let (both, any) = (run(&db, &["SINTER", "a", "b"]), run(&db, &["SUNION", "a", "b"]));
            let only =
                |name: &'static str| CommandResponse::Bulk(Bytes::from_static(name.as_bytes()));
            assert_eq!(both, CommandResponse::Set(vec![only("settler")]));
            let CommandResponse::Set(any) = any else { panic!("SUNION answers {any}") };
            assert!(any.len() == 2 && any.contains(&only("wanderer")), "{any:?}");
        };
        race(&[&|| write("a", "b"), &|| write("b", "a")], &[&read]);
    }
}

/// What goes from one list to another is in neither twice: the number of elements stays.
#[test]
fn elements_that_go_from_list_to_list_stay_as_many() {
    for shards in SHARD_COUNTS {
        let db = memory(shards);
        run(&db, &["RPUSH", "a", "1", "2", "3", "4", "5", "6"]);
        let write = |from: &str, to: &str| {
            for _ in 0..ROUNDS {
                run(&db, &["LMOVE", from, to, "LEFT", "RIGHT"]);
            }
        };
        race(&[&|| write("a", "b"), &|| write("b", "c"), &|| write("c", "a")], &[]);
        let lens = ["a", "b", "c"].map(|key| run(&db, &["LLEN", key]));
        let len = |answer: &CommandResponse| {
            let CommandResponse::Integer(len) = answer else { panic!("LLEN answers {answer}") };
            *len
        };
        assert_eq!(lens.iter().map(len).sum::<i64>(), 6);
    }
}

#[test]
fn numbered_databases_hold_keys_of_their_own() {
    let db = memory(3);
    let databases: Vec<Database> = (0..16).map(|n| db.select(n).expect("there are 16")).collect();
    thread::scope(|scope| {
        for db in &databases {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    db.incrby("same", i64::try_from(db.number()).expect("small"))
                        .expect("integers");
                }
            });
        }
    });
    for (number, db) in databases.iter().enumerate() {
        let sum = (number * ROUNDS).to_string();
        assert_eq!(db.get("same"), Ok(Some(sum.into())), "database {number}");
        assert_eq!(db.mget(["same", "other"]).expect("strings")[1], None);
    }
    assert!(db.select(16).is_err(), "there are sixteen");
}

/// The data does not depend on how it is cut.
#[test]
fn every_number_of_shards_holds_the_same() {
    let digests: Vec<u64> = (1..=8)
        .map(|shards| {
            let db = memory(shards);
            for n in 0..500 {
                db.set(format!("key:{}", n % 200), n.to_string()).expect("room");
                db.select(n % 16).and_then(|db| db.append("tail", "x")).expect("room");
            }
            db.digest()
        })
        .collect();
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
}

/// Readers of one key, writers of many, batches and sweeps meet on the same stripes; all end, and
/// the effects that were recorded lead to the same state.
#[test]
fn what_is_recorded_under_contention_can_be_replayed() {
    for shards in SHARD_COUNTS {
        let config = Config { shard_count: shards, record_effects: true, ..Config::default() };
        let db = Database::open(config).expect("a valid configuration");
        let keys = keys("k");
        let write = |by: usize| {
            for round in 0..ROUNDS {
                let key = &keys[(round * 7 + by) % KEYS];
                db.append(key, "x").expect("room");
                let value = round.to_string();
                let pairs: Vec<_> = keys.iter().skip(by).map(|key| (key, &value)).collect();
                if round % 5 == by {
                    db.mset(&pairs).expect("room");
                }
                db.pipeline().push(cmd!("SETRANGE", key, 3, "y")).push(cmd!("GETDEL", key)).run();
            }
        };
        race(
            &[&|| write(0), &|| write(1), &|| write(2)],
            &[&|| {
                db.strlen("k:0").expect("a string");
            }],
        );
        let again = memory(1);
        again.replay(&db.effects()).expect("whole records");
        assert_eq!(again.digest(), db.digest());
    }
}
