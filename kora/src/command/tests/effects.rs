//! What the examples change: exactly what the flags say, all of it recorded, and the records
//! alone lead to the same state.

use super::{SHARD_COUNTS, each, holds, memory, own_scenes, run, run_all};
use crate::command::{Flag, all};
use crate::database::Database;

#[test]
fn write_commands_record_effects_and_others_change_nothing() {
    holds(&each(|spec| {
        let (mut complaints, mut wrote) = (Vec::new(), false);
        for (before, line) in own_scenes(spec) {
            let db = memory(1);
            run_all(&db, before);
            let (effects, digest) = (db.effects().len(), db.digest());
            drop(run(&db, line));
            let has_grown = db.effects().len() > effects;
            let has_changed = db.digest() != digest;
            wrote |= has_grown;
            if has_changed && !has_grown {
                complaints.push(format!("{line}: the change is not recorded"));
            }
            if has_grown && !spec.is(Flag::Write) {
                complaints.push(format!("{line}: records an effect without being a Write"));
            }
        }
        if spec.is(Flag::Write) && !wrote {
            complaints.push("is a Write, but no example of it records an effect".to_owned());
        }
        complaints
    }));
}

#[test]
fn recorded_effects_lead_to_the_same_state() {
    for shards in SHARD_COUNTS {
        holds(&each(|spec| {
            let db = memory(shards);
            let mut complaints = Vec::new();
            for (line, _) in spec.doc.examples {
                drop(run(&db, line));
                let again = memory(shards);
                if let Err(error) = again.replay(&db.effects()) {
                    complaints.push(format!("{line}: replay fails: {error}"));
                } else if again.digest() != db.digest() {
                    complaints.push(format!("{line}: replay leads elsewhere"));
                }
            }
            complaints
        }));
    }
}

#[test]
fn the_effects_of_all_examples_together_lead_to_the_same_state() {
    for shards in SHARD_COUNTS {
        let db = memory(shards);
        all().for_each(|spec| run_all(&db, spec.doc.examples.iter().map(|(line, _)| *line)));
        let (effects, digest, used) = (db.effects(), db.digest(), db.used_memory());
        drop_collections(&db);
        for replaying in SHARD_COUNTS {
            let again = memory(replaying);
            let count = again.replay(&effects).expect("whole records");
            assert!(count > 0);
            assert_eq!(again.digest(), digest, "from {shards} shards to {replaying}");
            if replaying == shards {
                assert_eq!(again.used_memory(), used, "the account follows the data");
            }
            // A collection is cut into as many parts as there are shards, each with tables of its
            // own.
            drop_collections(&again);
            assert_eq!(again.used_memory(), db.used_memory(), "the account follows the data");
        }
    }
}

fn drop_collections(db: &Database) {
    for name in db.collections() {
        assert_eq!(db.drop_collection(&name), Ok(true));
    }
}

#[test]
fn records_that_are_cut_or_do_not_fit_are_refused() {
    use crate::error::Error::CorruptRecord;

    let db = memory(1);
    run_all(&db, ["SET k v", "APPEND k w"]);
    let effects = db.effects();
    let first = memory(1);
    run_all(&first, ["SET k v"]);
    let at = first.effects().len();
    assert_eq!(memory(1).replay(&effects[..effects.len() - 1]), Err(CorruptRecord { at }));
    assert_eq!(memory(1).replay(b"no record"), Err(CorruptRecord { at: 0 }));
    assert_eq!(memory(1).replay(&effects), Ok(2));

    let fifteenth = db.select(15).expect("there are sixteen databases");
    run_all(&fifteenth, ["SET k v"]);
    let few = crate::config::Config { database_count: 15, ..super::config(1) };
    let few = crate::database::Database::open(few).expect("the configuration is valid");
    assert_eq!(few.replay(&db.effects()), Err(CorruptRecord { at: effects.len() }));
}

/// The words of the nth element.
type Words = fn(usize) -> String;

/// A value has one digest, however it came to be and in whatever form it is kept.
#[test]
fn the_digest_does_not_know_encodings() {
    let digest = |command: &str, numbers: Vec<usize>, words: Words| {
        let db = memory(1);
        for n in numbers {
            run(&db, &format!("{command} k {}", words(n))).expect("the line is valid");
        }
        db.digest()
    };
    let kinds: [(&str, Words); 4] = [
        ("SADD", |n| format!("{n}")),
        ("SADD", |n| format!("member:{n}")),
        ("HSET", |n| format!("field:{n} {n}")),
        ("ZADD", |n| format!("{} member:{n}", n % 7)),
    ];
    for (command, words) in kinds {
        let (forth, back) = ((0..1_000).collect(), (0..1_000).rev().collect());
        assert_eq!(digest(command, forth, words), digest(command, back, words), "{command}");
    }
    // A large table from which all but a few are gone, against a packed run that was never large.
    for (add, words, remove) in [
        ("SADD", kinds[1].1, "SREM k member:"),
        ("HSET", kinds[2].1, "HDEL k field:"),
        ("ZADD", kinds[3].1, "ZREM k member:"),
    ] {
        let db = memory(1);
        (0..1_000).for_each(|n| drop(run(&db, &format!("{add} k {}", words(n)))));
        (10..1_000).for_each(|n| drop(run(&db, &format!("{remove}{n}"))));
        assert_eq!(db.digest(), digest(add, (0..10).collect(), words), "{add}");
    }
}

/// Two ways to one value, or to two.
#[test]
fn the_digest_knows_which_order_means_something() {
    let digest = |line: &str| {
        let db = memory(1);
        run(&db, line).expect("the line is valid");
        db.digest()
    };
    assert_eq!(digest("HSET k a 1 b 2"), digest("HSET k b 2 a 1"));
    assert_ne!(digest("HSET k a 1 b 2"), digest("HSET k a 2 b 1"));
    assert_eq!(digest("SADD k a b 1"), digest("SADD k 1 b a"));
    assert_ne!(digest("SADD k a b"), digest("SADD k a c"));
    assert_eq!(digest("ZADD k 1 a 1 b"), digest("ZADD k 1 b 1 a"));
    assert_ne!(digest("ZADD k 1 a 2 b"), digest("ZADD k 2 a 1 b"));
    assert_ne!(digest("RPUSH k a b"), digest("RPUSH k b a"));
    assert_ne!(digest("RPUSH k a"), digest("SADD k a"));
    assert_ne!(digest("SET k 1"), digest("SET j 1"));
    assert_ne!(digest("SETEX k 10 1"), digest("SETEX k 11 1"));
}

/// What documents and indexes take is given back with their collection.
#[test]
fn a_collection_gives_its_memory_back() {
    for shards in SHARD_COUNTS {
        holds(&each(|spec| {
            let db = memory(shards);
            run_all(&db, spec.doc.examples.iter().map(|(line, _)| *line));
            let had_any = !db.collections().is_empty();
            drop_collections(&db);
            let left = if had_any { db.used_memory() } else { 0 };
            (left != 0).then(|| format!("{left} bytes are left")).into_iter().collect()
        }));
    }
}
