//! From key to key and from database to database: the value, the deadline, the memory, and
//! nobody sees half of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{Over, with_clock};
use crate::config::Config;
use crate::database::Database;
use crate::error::{ArgumentError, Error};
use crate::keyspace::api::CopyOptions;
use crate::keyspace::api::expiry::Ttl;

const MINUTE: Duration = Duration::from_secs(60);

/// Values of every size class: integer, in the block, in a box.
fn values() -> [Vec<u8>; 4] {
    [b"12345".to_vec(), b"text".to_vec(), vec![b'x'; 2000], vec![b'y'; 50_000]]
}

#[test]
fn a_renamed_key_keeps_value_and_deadline() {
    for value in values() {
        let (db, _clock) = with_clock(Config::default());
        db.setex("source", MINUTE, &value).unwrap();
        for old in values() {
            db.set("destination", &old).unwrap();
            db.rename("source", "destination").unwrap();
            assert_eq!(db.get("source").unwrap(), None);
            assert_eq!(db.get("destination").unwrap().unwrap(), value);
            assert_eq!(db.ttl("destination").unwrap(), Ttl::In(MINUTE));
            db.rename("destination", "source").unwrap();
        }
        db.del("source").unwrap();
        assert_eq!(db.used_memory(), 0);
    }
}

#[test]
fn a_copy_shares_nothing_with_its_source() {
    for value in values() {
        let (db, _clock) = with_clock(Config::default());
        db.setex("source", MINUTE, &value).unwrap();
        assert!(db.copy("source", "copy").unwrap());
        assert!(!db.copy("source", "copy").unwrap());
        db.append("copy", "tail").unwrap();
        assert_eq!(db.get("source").unwrap().unwrap(), value);
        assert_eq!(db.ttl("copy").unwrap(), Ttl::In(MINUTE));
        assert!(db.copy_with("source", "copy", CopyOptions::new().replace()).unwrap());
        assert_eq!(db.get("copy").unwrap().unwrap(), value);
        assert!(db.copy_with("copy", "copy", CopyOptions::new().into_database(15)).unwrap());
        db.flushall().unwrap();
        assert_eq!(db.used_memory(), 0);
    }
}

#[test]
fn a_moved_key_is_in_one_database() {
    let (db, _clock) = with_clock(Config::default());
    let other = db.select(15).unwrap();
    db.setex("k", MINUTE, "v").unwrap();
    assert!(db.move_to("k", 15).unwrap());
    assert_eq!((db.dbsize().unwrap(), other.dbsize().unwrap()), (0, 1));
    assert_eq!(other.ttl("k").unwrap(), Ttl::In(MINUTE));
    db.set("k", "w").unwrap();
    assert!(!other.move_to("k", 0).unwrap());
    assert_eq!(other.get("k").unwrap().unwrap(), "v");
}

#[test]
fn places_that_are_none_are_refused() {
    let db = Database::in_memory();
    db.set("k", "v").unwrap();
    let same = Err(Error::Argument(ArgumentError::SameObject));
    let index = Err(Error::Argument(ArgumentError::DatabaseIndex));
    assert_eq!(db.copy("k", "k"), same);
    assert_eq!(db.copy_with("k", "k", CopyOptions::new().into_database(0).replace()), same);
    assert_eq!(db.copy_with("k", "l", CopyOptions::new().into_database(16)), index);
    assert_eq!(db.move_to("k", 0), same);
    assert_eq!(db.move_to("k", 16), index);
    assert_eq!(db.swapdb(0, 256), Err(Error::Argument(ArgumentError::DatabaseIndex)));
    assert_eq!(db.dbsize().unwrap(), 1);
}

/// Runs `change` again and again while another thread looks.
pub(super) fn while_changing(
    db: &Database,
    change: impl Fn(&Database, usize) + Sync,
    look: impl Fn(usize),
) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            (0..).take_while(|_| !over.load(Ordering::Relaxed)).for_each(|i| change(db, i));
        });
        let _over = Over(&over);
        (0..1000).for_each(look);
    });
}

#[test]
fn a_key_on_its_way_is_always_in_one_place() {
    let db = Database::in_memory();
    db.set("a", "v").unwrap();
    let names = ["a", "b", "c", "d"];
    let rename = |db: &Database, i: usize| db.rename(names[i % 4], names[(i + 1) % 4]).unwrap();
    while_changing(&db, rename, |_| assert_eq!(db.exists(names).unwrap(), 1));
}

#[test]
fn databases_change_places_whole() {
    let db = Database::in_memory();
    let keys: Vec<String> = (0..50).map(|i| format!("key:{i}")).collect();
    for (number, value) in [(0, "a"), (1, "b")] {
        let pairs: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), value)).collect();
        db.select(number).unwrap().mset(pairs).unwrap();
    }
    let used = db.used_memory();
    let swap = |db: &Database, _: usize| db.swapdb(1, 0).unwrap();
    while_changing(&db, swap, |_| {
        let seen = db.mget(&keys).unwrap();
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
    });
    assert_eq!(db.used_memory(), used);
}

#[test]
fn a_swap_with_an_unused_database_moves_deadlines_too() {
    let (db, clock) = with_clock(Config::default());
    db.setex("k", MINUTE, "v").unwrap();
    db.swapdb(0, 9).unwrap();
    let ninth = db.select(9).unwrap();
    assert_eq!((db.dbsize().unwrap(), ninth.dbsize().unwrap()), (0, 1));
    clock.advance(MINUTE);
    super::until("the key is removed where it went", || ninth.dbsize().unwrap() == 0);
    db.swapdb(3, 3).unwrap();
    assert_eq!(db.used_memory(), 0);
}

#[test]
fn a_database_is_emptied_in_one_step() {
    let db = Database::in_memory();
    let keys: Vec<String> = (0..50).map(|i| format!("key:{i}")).collect();
    let pairs: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "v")).collect();
    let change = |db: &Database, i: usize| match i % 3 {
        0 => db.flushdb().unwrap(),
        1 => db.mset(&pairs).unwrap(),
        _ => drop(db.execute(crate::cmd!("FLUSHALL", "ASYNC")).unwrap()),
    };
    while_changing(&db, change, |_| {
        let there = db.exists(&keys).unwrap();
        assert!(there == 0 || there == keys.len(), "{there} of {} keys", keys.len());
    });
    db.flushall().unwrap();
    assert_eq!(db.used_memory(), 0);
}
