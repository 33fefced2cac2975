//! Memory that is full: who leaves, who stays, who is refused.

use std::time::Duration;

use super::with_clock;
use crate::clock::Clock;
use crate::config::{Config, Eviction};
use crate::database::Database;
use crate::error::{ArgumentError, Error};

const LIMIT: usize = 1 << 20;
/// What a stripe may hold back from the account comes to a sixteenth of the limit in all; what
/// the last writer wrote comes on top.
const HELD_MAX: usize = LIMIT + LIMIT / 16 + 4096;
const HOUR: Duration = Duration::from_secs(3600);

const ALL_KEYS: [Eviction; 3] =
    [Eviction::AllKeysLru, Eviction::AllKeysLfu, Eviction::AllKeysRandom];
const VOLATILE: [Eviction; 4] =
    [Eviction::VolatileLru, Eviction::VolatileLfu, Eviction::VolatileRandom, Eviction::VolatileTtl];

fn limited(eviction: Eviction) -> (Database, Clock) {
    with_clock(Config { max_memory: Some(LIMIT), eviction, ..Config::default() })
}

#[test]
fn every_policy_keeps_memory_under_its_limit() {
    for policy in ALL_KEYS.into_iter().chain(VOLATILE) {
        let (db, _clock) = limited(policy);
        for i in 0..25_000 {
            db.setex(format!("key:{i}"), HOUR, "value").unwrap();
            if i % 1000 == 0 {
                let used = db.used_memory();
                assert!(used <= HELD_MAX, "{policy:?} holds {used} bytes");
            }
        }
        let used = db.used_memory();
        assert!(used <= HELD_MAX, "{policy:?} holds {used} bytes");
        assert!(used > LIMIT / 2, "{policy:?} holds only {used} bytes");
        assert!(db.get("key:24999").unwrap().is_some(), "{policy:?} took what just came");
    }
}

#[test]
fn keys_that_do_not_expire_are_not_for_volatile_policies() {
    for policy in VOLATILE {
        let (db, _clock) = limited(policy);
        let stays: Vec<String> = (0..3000).map(|i| format!("stays:{i}")).collect();
        for key in &stays {
            db.set(key, "value").unwrap();
        }
        for i in 0..14_000 {
            db.setex(format!("goes:{i}"), HOUR, "value").unwrap();
        }
        assert_eq!(db.exists(&stays).unwrap(), stays.len(), "{policy:?}");
    }
}

/// Luck alone would not find one key in a thousand, and memory would be called full.
#[test]
fn the_last_key_that_may_leave_is_found() {
    for policy in VOLATILE {
        // Large enough that a key with a deadline is one of hundreds in its stripe.
        let config = Config { max_memory: Some(8 * LIMIT), eviction: policy, ..Config::default() };
        let (db, _clock) = with_clock(config);
        let few: Vec<String> = (0..200).map(|i| format!("few:{i}")).collect();
        for (i, key) in few.iter().enumerate() {
            db.setex(key, HOUR * u32::try_from(i + 1).unwrap(), "value").unwrap();
        }
        let refused = (0..).find_map(|i| db.set(format!("key:{i}"), "value").err());
        assert_eq!(refused, Some(Error::OutOfMemory));
        assert_eq!(db.exists(&few).unwrap(), 0, "{policy:?} says no and has keys to evict");
    }
}

/// How many of some keys are left.
fn left(db: &Database, name: &str, count: usize) -> usize {
    db.exists((0..count).map(|i| format!("{name}:{i}")).collect::<Vec<_>>()).unwrap()
}

/// Half of the keys is made dear to the policy, then new ones take half of the room. How many
/// cheap and dear keys had to leave.
fn evicted(policy: Eviction, endear: impl Fn(&Database, &str)) -> (usize, usize) {
    const HALF: usize = 4000;
    let (db, clock) = limited(policy);
    for i in 0..HALF {
        db.setex(format!("cheap:{i}"), HOUR, "value").unwrap();
        db.setex(format!("dear:{i}"), HOUR, "value").unwrap();
    }
    assert_eq!(left(&db, "cheap", HALF) + left(&db, "dear", HALF), 2 * HALF, "all fit at first");
    clock.advance(Duration::from_secs(60));
    (0..HALF).for_each(|i| endear(&db, &format!("dear:{i}")));
    let mut new = 0;
    while left(&db, "cheap", HALF) + left(&db, "dear", HALF) > 2 * HALF - 2000 {
        for _ in 0..500 {
            let key = format!("new:{new}");
            db.setex(&key, HOUR, "value").unwrap();
            endear(&db, &key);
            new += 1;
        }
    }
    (HALF - left(&db, "cheap", HALF), HALF - left(&db, "dear", HALF))
}

#[test]
fn lru_takes_what_was_not_used_for_long() {
    for policy in [Eviction::AllKeysLru, Eviction::VolatileLru] {
        let (cheap, dear) = evicted(policy, |db, key| drop(db.get(key).unwrap()));
        assert!(cheap > 5 * dear, "{policy:?} takes {cheap} cheap and {dear} dear keys");
    }
}

#[test]
fn lfu_takes_what_is_seldom_used() {
    for policy in [Eviction::AllKeysLfu, Eviction::VolatileLfu] {
        let (cheap, dear) = evicted(policy, |db, key| {
            (0..10).for_each(|_| drop(db.get(key).unwrap()));
        });
        assert!(cheap > 5 * dear, "{policy:?} takes {cheap} cheap and {dear} dear keys");
    }
}

#[test]
fn ttl_takes_what_expires_soonest() {
    let (soon, late) = evicted(Eviction::VolatileTtl, |db, key| {
        // A new key may have left before: where no cheap one is, it is what expires soonest.
        db.expire(key, 2 * HOUR).unwrap();
    });
    assert!(soon > 5 * late, "takes {soon} that expire soon and {late} that expire late");
}

#[test]
fn without_a_policy_what_needs_memory_is_refused_and_changes_nothing() {
    let (db, _clock) = limited(Eviction::None);
    let count = (0..).find(|i| db.set(format!("key:{i}"), "value").is_err()).unwrap();
    assert!(db.used_memory() <= HELD_MAX);
    let (digest, used) = (db.digest(), db.used_memory());

    let refused = Err(Error::OutOfMemory);
    assert_eq!(db.set("key:0", "other"), refused);
    assert_eq!(db.mset([("key:1", "other"), ("new", "value")]), refused);
    assert_eq!(db.append("key:2", "tail").map(drop), refused);
    assert_eq!(db.setrange("key:3", 100, "x").map(drop), refused);
    assert_eq!(db.incr("new").map(drop), refused);
    assert_eq!(db.copy("key:4", "new").map(drop), refused);
    assert_eq!((db.digest(), db.used_memory()), (digest, used));

    // What needs no memory goes on, and makes room.
    assert_eq!(db.get("key:0").unwrap().unwrap(), "value");
    db.rename("key:0", "new").unwrap();
    let keys: Vec<String> = (1..count / 2).map(|i| format!("key:{i}")).collect();
    assert_eq!(db.del(keys).unwrap(), count / 2 - 1);
    db.set("key:0", "value").unwrap();
}

/// A value as large as thousands of keys: whoever writes it, or next, evicts that many.
#[test]
fn room_is_made_for_large_values() {
    for policy in ALL_KEYS {
        let (db, _clock) = limited(policy);
        for i in 0..15_000 {
            db.set(format!("key:{i}"), "value").unwrap();
        }
        let large = vec![b'x'; LIMIT / 4];
        for i in 0..20 {
            db.set(format!("large:{i}"), &large).unwrap();
            let used = db.used_memory();
            assert!(used <= HELD_MAX + large.len(), "{policy:?} holds {used} bytes");
        }
    }
}

#[test]
fn access_is_told_by_the_stamp_of_the_policy() {
    let (db, clock) = limited(Eviction::VolatileLru);
    db.set("k", "v").unwrap();
    clock.advance(Duration::from_secs(100));
    assert_eq!(db.object_idletime("k").unwrap(), Some(Duration::from_secs(100)));
    // Looking at a key is not using it.
    db.exists("k").unwrap();
    db.ttl("k").unwrap();
    db.key_type("k").unwrap();
    db.keys("*").unwrap();
    assert_eq!(db.object_idletime("k").unwrap(), Some(Duration::from_secs(100)));
    db.rename("k", "l").unwrap();
    assert_eq!(db.object_idletime("l").unwrap(), Some(Duration::from_secs(100)));
    db.touch("l").unwrap();
    assert_eq!(db.object_idletime("l").unwrap(), Some(Duration::ZERO));
    assert_eq!(db.object_freq("l"), Err(Error::Argument(ArgumentError::LfuNotSelected)));
    assert_eq!(db.object_freq("missing").unwrap(), None);

    let (db, clock) = limited(Eviction::AllKeysLfu);
    db.set("k", "v").unwrap();
    assert_eq!(db.object_freq("k").unwrap(), Some(5));
    for _ in 0..1000 {
        db.get("k").unwrap();
    }
    let often = db.object_freq("k").unwrap().unwrap();
    assert!((6..60).contains(&often), "a thousand uses count as {often}");
    db.rename("k", "l").unwrap();
    assert_eq!(db.object_freq("l").unwrap(), Some(often));
    clock.advance(Duration::from_secs(60 * 3));
    assert_eq!(db.object_freq("l").unwrap(), Some(often - 3));
    assert_eq!(db.object_idletime("l"), Err(Error::Argument(ArgumentError::LfuSelected)));
}

/// A database without a limit that holds a number of keys which expire, and more than [`LIMIT`].
fn unlimited() -> (Database, Clock) {
    let (db, clock) = with_clock(Config::default());
    for i in 0..25_000 {
        db.setex(format!("key:{i}"), HOUR, "value").unwrap();
    }
    assert!(db.used_memory() > LIMIT);
    (db, clock)
}

#[test]
fn what_is_too_much_for_a_new_limit_goes_though_nobody_writes() {
    for policy in ALL_KEYS.into_iter().chain(VOLATILE) {
        let (db, _clock) = unlimited();
        db.set_memory_limit(Some(LIMIT), policy).unwrap();
        assert_eq!(db.memory_limit(), (Some(LIMIT), policy));
        while db.used_memory() > HELD_MAX {
            std::thread::yield_now();
        }
        assert!(db.used_memory() > LIMIT / 2, "{policy:?} holds only {}", db.used_memory());
    }
}

#[test]
fn a_limit_holds_from_the_next_write_on() {
    let (db, _clock) = unlimited();
    let held = db.dbsize().unwrap();
    db.set_memory_limit(Some(LIMIT), Eviction::None).unwrap();
    assert_eq!(db.set("more", "x"), Err(Error::OutOfMemory));
    assert_eq!(db.set("key:1", "eulav"), Err(Error::OutOfMemory), "though it takes no memory");
    assert_eq!(db.dbsize().unwrap(), held, "nothing goes by this policy");
    db.set_memory_limit(Some(LIMIT), Eviction::AllKeysRandom).unwrap();
    while db.used_memory() > HELD_MAX {
        std::thread::yield_now();
    }
    db.set("more", "x").unwrap();
    db.set_memory_limit(None, Eviction::None).unwrap();
    for i in 0..25_000 {
        db.setex(format!("key:{i}"), HOUR, "value").unwrap();
    }
    assert!(db.used_memory() > LIMIT);
    let refused = db.set_memory_limit(Some(0), Eviction::None);
    assert!(matches!(refused, Err(Error::InvalidConfig { .. })), "{refused:?}");
}

/// Limits and policies change while others write; in the end the last of them holds.
#[test]
fn limits_change_while_others_write() {
    let (db, _clock) = unlimited();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let db = db.clone();
            scope.spawn(move || {
                for i in 0..20_000 {
                    match db.setex(format!("{thread}:{i}"), HOUR, "value") {
                        Ok(()) | Err(Error::OutOfMemory) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
        for (round, policy) in ALL_KEYS.into_iter().chain(VOLATILE).cycle().take(70).enumerate() {
            let limit = (round % 3 != 0).then_some(LIMIT * (1 + round % 4));
            db.set_memory_limit(limit, policy).unwrap();
            db.set_memory_limit(limit, Eviction::None).unwrap();
        }
    });
    db.set_memory_limit(Some(LIMIT), Eviction::AllKeysLfu).unwrap();
    while db.used_memory() > HELD_MAX {
        std::thread::yield_now();
    }
}
