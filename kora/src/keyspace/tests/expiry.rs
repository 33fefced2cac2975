//! Keys that expire: absent at once, freed in slices, and never by mistake.

use std::time::Duration;

use super::{NOW_MS, until, with_clock};
use crate::config::Config;
use crate::database::Database;
use crate::error::Error;
use crate::keyspace::Key;
use crate::keyspace::api::expiry::{ExpireTime, Ttl};
use crate::keyspace::ops::expiry::ExpireCondition;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_key_is_absent_to_every_reader_from_its_deadline_on() {
    let (db, clock) = with_clock(Config::default());
    db.setex("k", SECOND, "v").unwrap();
    clock.advance(Duration::from_millis(999));
    assert_eq!(db.ttl("k").unwrap(), Ttl::In(Duration::from_millis(1)));
    assert_eq!(db.exists("k").unwrap(), 1);

    clock.advance(Duration::from_millis(1));
    assert_eq!(db.get("k").unwrap(), None);
    assert_eq!(db.exists("k").unwrap(), 0);
    assert_eq!(db.touch("k").unwrap(), 0);
    assert_eq!(db.key_type("k").unwrap(), None);
    assert_eq!(db.ttl("k").unwrap(), Ttl::Missing);
    assert_eq!(db.expiretime("k").unwrap(), ExpireTime::Missing);
    assert_eq!(db.object_encoding("k").unwrap(), None);
    assert_eq!(db.keys("*").unwrap().len(), 0);
    assert_eq!(db.keys("k").unwrap().len(), 0);
    assert_eq!(db.randomkey().unwrap(), None);
    assert_eq!(db.scan_all(Default::default()).count(), 0);
    assert_eq!(db.rename("k", "other"), Err(Error::NoSuchKey));
    assert!(!db.copy("k", "other").unwrap());
    assert!(!db.move_to("k", 1).unwrap());
    assert!(!db.persist("k").unwrap());
    assert!(!db.expire("k", SECOND).unwrap());
    assert_eq!(db.del("k").unwrap(), 0);
}

#[test]
fn what_has_expired_is_no_obstacle() {
    let (db, clock) = with_clock(Config::default());
    db.set("source", "v").unwrap();
    for key in ["renamed", "copied", "moved"] {
        db.setex(key, SECOND, "old").unwrap();
        db.select(1).unwrap().setex(key, SECOND, "old").unwrap();
    }
    clock.advance(SECOND);
    assert!(db.copy("source", "copied").unwrap());
    assert!(db.copy("source", "moved").unwrap());
    assert!(db.move_to("moved", 1).unwrap());
    assert!(db.renamenx("source", "renamed").unwrap());
    assert_eq!(db.ttl("renamed").unwrap(), Ttl::Forever);
    assert_eq!(db.ttl("copied").unwrap(), Ttl::Forever);
    assert_eq!(db.select(1).unwrap().ttl("moved").unwrap(), Ttl::Forever);
}

#[test]
fn memory_of_expired_keys_comes_back_by_itself() {
    let (db, clock) = with_clock(Config::default());
    let third = db.select(3).unwrap();
    for i in 0..1000 {
        db.setex(format!("short:{i}"), SECOND, "value").unwrap();
        third.setex(format!("short:{i}"), SECOND, "value").unwrap();
    }
    db.setex("long", 60 * SECOND, "value").unwrap();
    clock.advance(2 * SECOND);
    until("only what has not expired is left", || db.dbsize().unwrap() == 1);
    until("the other databases are empty", || third.dbsize().unwrap() == 0);
    db.del("long").unwrap();
    assert_eq!(db.used_memory(), 0);
}

#[test]
fn a_deadline_goes_where_the_last_writer_put_it() {
    let (db, clock) = with_clock(Config::default());
    for key in ["persisted", "later", "overwritten", "kept", "renamed"] {
        db.setex(key, SECOND, "1").unwrap();
    }
    db.persist("persisted").unwrap();
    db.expire("later", 3 * SECOND).unwrap();
    db.set("overwritten", "2").unwrap();
    db.incr("kept").unwrap();
    db.rename("renamed", "other").unwrap();
    // The other key is made to expire by the shard, which proves that the shard was there.
    clock.advance(SECOND);
    until("what is due has gone", || db.dbsize().unwrap() == 3);
    let mut left = db.keys("*").unwrap();
    left.sort();
    assert_eq!(left, ["later", "overwritten", "persisted"]);
}

/// Many keys with one deadline are removed a few to a lease, so readers and writers go on, and
/// none of the memory is forgotten.
#[test]
fn a_million_keys_that_expire_at_once_leave_in_slices() {
    let count = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };
    let (db, clock) = with_clock(Config { shard_count: 2, ..Config::default() });
    for i in 0..count {
        db.setex(format!("key:{i}"), 60 * SECOND, "value").unwrap();
    }
    db.set("steady", "1").unwrap();
    assert_eq!(db.dbsize().unwrap(), count + 1);
    clock.advance(60 * SECOND);
    until("the last of them is removed", || {
        assert_eq!(db.get(format!("key:{}", count / 2)).unwrap(), None);
        db.incr("steady").unwrap();
        db.dbsize().unwrap() == 1
    });
    assert!(db.incr("steady").unwrap() > 2);
    db.del("steady").unwrap();
    assert_eq!(db.used_memory(), 0);
}

#[test]
fn a_slice_removes_no_more_than_it_may() {
    // Without a shard's thread in between: the keyspace itself.
    let (db, clock) = with_clock(Config::default());
    let stripe = Key::new(b"key:0").stripe();
    let keys: Vec<String> = (0..100_000).map(|i| format!("key:{i}")).collect();
    let keys: Vec<&String> =
        keys.iter().filter(|key| Key::new(key.as_bytes()).stripe() == stripe).collect();
    assert!(keys.len() > 20, "a stripe has about a hundred of them");
    db.engine()
        .on(0, &Key::new(b"key:0"), |keyspace| {
            for key in &keys {
                let expiry = crate::keyspace::write::Expiry::At(NOW_MS + 1000);
                keyspace.store_string(&Key::new(key.as_bytes()), b"v", expiry);
            }
            clock.advance(SECOND);
            // The job's time is that of its first look at the clock.
            assert_eq!(keyspace.now(), NOW_MS + 1000);
            for left in (0..=keys.len()).rev().step_by(7).skip(1) {
                assert_eq!(keyspace.expire(7).len(), 7);
                assert_eq!(keyspace.reader().len(), left);
                assert_eq!(keyspace.deadline_count(), left);
            }
            let rest = keyspace.reader().len();
            assert_eq!(keyspace.expire(7).len(), rest);
            assert_eq!(keyspace.expire(7).len(), 0);
            Ok(())
        })
        .unwrap();
    assert_eq!(db.used_memory(), 0);
}

#[test]
fn conditions_are_those_of_redis() {
    use ExpireCondition::{Always, IfLater, IfNone, IfSome, IfSomeAndSooner, IfSooner};

    // The condition; whether it lets a deadline pass on a key without one, after a sooner one,
    // the same, a later one.
    let cases = [
        (Always, [true, true, true, true]),
        (IfNone, [true, false, false, false]),
        (IfSome, [false, true, true, true]),
        (IfLater, [false, true, false, false]),
        (IfSooner, [true, false, false, true]),
        (IfSomeAndSooner, [false, false, false, true]),
    ];
    for (condition, expected) in cases {
        let passes = [None, Some(5), Some(10), Some(15)].map(|old| {
            let (db, _clock) = with_clock(Config::default());
            db.set("k", "v").unwrap();
            if let Some(seconds) = old {
                db.expire("k", seconds * SECOND).unwrap();
            }
            let passed = db.expire_with("k", 10 * SECOND, condition).unwrap();
            let now = db.ttl("k").unwrap().remaining();
            assert_eq!(now, if passed { Some(10 * SECOND) } else { old.map(|old| old * SECOND) });
            passed
        });
        assert_eq!(passes, expected, "{condition:?}");
    }
}

#[test]
fn a_time_that_has_passed_removes_the_key() {
    let remove: [fn(&Database) -> bool; 4] = [
        |db| db.expire("k", Duration::ZERO).unwrap(),
        |db| db.expire_at("k", NOW_MS).unwrap(),
        |db| db.expire_at("k", i64::MIN).unwrap(),
        |db| db.expire_at_with("k", 1, ExpireCondition::IfSooner).unwrap(),
    ];
    for remove in remove {
        let (db, _clock) = with_clock(Config::default());
        db.set("k", "v").unwrap();
        assert!(remove(&db));
        assert_eq!(db.dbsize().unwrap(), 0);
        assert!(!remove(&db));
    }
    let (db, _clock) = with_clock(Config::default());
    db.set("k", "v").unwrap();
    assert!(!db.expire_at_with("k", 1, ExpireCondition::IfLater).unwrap());
    assert_eq!(db.expire("k", Duration::MAX), Err(Error::InvalidExpireTime { command: "expire" }));
    assert_eq!(db.ttl("k").unwrap(), Ttl::Forever);
}
