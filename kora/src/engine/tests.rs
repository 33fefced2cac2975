//! Sweeps while others write: cursors miss nothing that stays, and name nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;

use crate::arguments::ScanOptions;
use crate::clock::Clock;
use crate::config::Config;
use crate::database::Database;
use crate::keyspace::tests::{Over, until};
use crate::keyspace::{Key, STRIPES};
use crate::types::random::Random;

/// The keys of one whole pass, in the order in which they came.
fn pass(db: &Database, count: usize) -> Vec<Bytes> {
    let (mut cursor, mut found) = (0, Vec::new());
    loop {
        let (next, keys) = db.scan(cursor, ScanOptions::new().count(count)).unwrap();
        assert!(i64::try_from(next).is_ok(), "clients keep cursors as signed integers");
        found.extend(keys);
        cursor = next;
        if cursor == 0 {
            return found;
        }
    }
}

fn stays(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("stays:{i}")).collect()
}

#[track_caller]
fn check_pass(found: &[Bytes], stays: &[String]) {
    let once: BTreeSet<&Bytes> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "a key is named twice");
    let missed = stays.iter().find(|key| !once.contains(&Bytes::from((*key).clone())));
    assert_eq!(missed, None, "a key is missed that was there all the while");
}

#[test]
fn a_pass_names_every_key_once() {
    let db = Database::in_memory();
    assert_eq!(pass(&db, 10).len(), 0);
    let mut count = 0;
    for size in [1, 2, 10, 100, 20_000] {
        let keys = stays(size);
        let pairs: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "v")).collect();
        db.mset(pairs).unwrap();
        for step in [1, 10, 1000, usize::MAX] {
            let found = pass(&db, step);
            check_pass(&found, &keys);
            assert_eq!(found.len(), size);
            count += found.len();
        }
    }
    assert!(count > 0);
}

/// The one test that the others lean on: writers make the index grow and shrink, so that leaves
/// are cut and buckets move, while passes with steps of every size go on.
#[test]
fn passes_are_exact_while_others_insert_and_remove() {
    let mut random = Random::from_environment();
    let db = Database::in_memory();
    let keys = stays(2000);
    for key in &keys {
        db.set(key, "v").unwrap();
    }
    let (over, waves) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let wave = waves.fetch_add(1, Ordering::Relaxed);
                let come: Vec<String> = (0..20_000).map(|i| format!("comes:{wave}:{i}")).collect();
                come.iter().for_each(|key| db.set(key, "v").unwrap());
                assert_eq!(db.del(&come).unwrap(), come.len());
            }
        });
        let _over = Over(&over);
        while waves.load(Ordering::Relaxed) < 6 {
            check_pass(&pass(&db, random.within(1..2000)), &keys);
        }
    });
    assert_eq!(pass(&db, 100).len(), keys.len());
}

#[test]
fn passes_are_exact_while_keys_expire() {
    let mut random = Random::from_environment();
    let clock = Clock::manual(1_700_000_000_000);
    let db = Database::open(Config { clock: clock.clone(), ..Config::default() }).unwrap();
    let keys = stays(2000);
    for key in &keys {
        db.set(key, "v").unwrap();
    }
    for wave in 0..3 {
        for i in 0..6000 {
            let ttl = Duration::from_millis(random.within(1..1000) as u64);
            db.setex(format!("goes:{wave}:{i}"), ttl, "v").unwrap();
        }
        let mut left = usize::MAX;
        while left > keys.len() {
            clock.advance(Duration::from_millis(random.within(0..200) as u64));
            let found = pass(&db, random.within(1..2000));
            check_pass(&found, &keys);
            // What has expired is named no more, removed or not.
            assert!(found.len() <= left);
            left = found.len();
        }
    }
    until("what has expired is removed", || db.dbsize().unwrap() == keys.len());
}

#[test]
fn each_numbered_database_has_its_own_keys() {
    let db = Database::in_memory();
    let other = db.select(15).unwrap();
    db.mset([("a", "1"), ("b", "2")]).unwrap();
    other.mset([("b", "3"), ("c", "4"), ("d", "5")]).unwrap();
    assert_eq!((pass(&db, 1).len(), pass(&other, 1).len()), (2, 3));
    assert_eq!((db.dbsize().unwrap(), other.dbsize().unwrap()), (2, 3));
    other.flushdb().unwrap();
    assert_eq!((pass(&db, 1).len(), pass(&other, 1).len()), (2, 0));
    other.flushall().unwrap();
    assert_eq!(db.dbsize().unwrap(), 0);
}

#[test]
fn a_random_key_is_any_live_key() {
    let clock = Clock::manual(1_700_000_000_000);
    let db = Database::open(Config { clock: clock.clone(), ..Config::default() }).unwrap();
    assert_eq!(db.randomkey().unwrap(), None);
    for i in 0..10_000 {
        db.setex(format!("dead:{i}"), Duration::from_millis(1), "v").unwrap();
    }
    let keys = stays(20);
    for key in &keys {
        db.set(key, "v").unwrap();
    }
    clock.advance(Duration::from_millis(1));
    let draw = || db.randomkey().unwrap().expect("there are live keys");
    let drawn: BTreeSet<Bytes> = (0..500).map(|_| draw()).collect();
    assert!(drawn.iter().all(|key| key.starts_with(b"stays:")), "{drawn:?}");

    until("only live keys are left", || db.dbsize().unwrap() == keys.len());
    let mut drawn = BTreeMap::new();
    (0..4000).for_each(|_| *drawn.entry(draw()).or_insert(0) += 1);
    // 200 draws of each are expected; two keys may share a stripe and its draws.
    assert_eq!(drawn.len(), keys.len());
    assert!(drawn.values().all(|draws| (20..800).contains(draws)), "{drawn:?}");
}

/// Leases are taken stripe by stripe in ascending order, so callers that want all stripes, some
/// or one never wait for each other in a circle.
#[test]
fn steps_on_all_stripes_some_and_one_go_on_together() {
    let db = Database::in_memory();
    let keys: Vec<String> = (0..64).map(|i| format!("key:{i}")).collect();
    let stripes: BTreeSet<usize> =
        keys.iter().map(|key| Key::new(key.as_bytes()).stripe()).collect();
    assert!(stripes.len() > 32 && stripes.len() < STRIPES);
    thread::scope(|scope| {
        for worker in 0..4 {
            let (db, keys) = (&db, &keys);
            scope.spawn(move || {
                for i in 0..300 {
                    match (worker + i) % 4 {
                        0 => db.swapdb(0, 1 + i % 15).unwrap(),
                        1 => drop(db.del(&keys[i % 32..]).unwrap()),
                        2 => {
                            db.mset(keys.iter().map(|key| (key, "v")).collect::<Vec<_>>()).unwrap()
                        }
                        _ => drop(db.copy(&keys[i % 64], &keys[(i + 1) % 64]).unwrap()),
                    }
                }
            });
        }
    });
    db.flushall().unwrap();
    assert_eq!(db.used_memory(), 0);
}
