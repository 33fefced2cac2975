//! The short way does what the doors do: the same random calls on two databases, one of which has to
//! take the doors because its effects are recorded and its strings are read by commands.

use std::time::Duration;

use bytes::Bytes;

use crate::clock::Clock;
use crate::cmd;
use crate::command::response::CommandResponse;
use crate::config::{Config, Eviction};
use crate::database::Database;
use crate::error::{Error, Result};
use crate::types::random::Random;

const KEYS: usize = 8;
const DATABASES: usize = 3;
const LENGTHS: [usize; 7] = [0, 1, 20, 44, 64, 2048, 2049];

/// Reads a string by the doors.
fn read(db: &Database, key: &str) -> Result<Option<Bytes>> {
    let response = db.execute(cmd!("GET", key))?;
    if let CommandResponse::Bulk(text) = response {
        return Ok(Some(text));
    }
    assert_eq!(response, CommandResponse::Nil);
    Ok(None)
}

/// What a call came to, and everything that the key's entry tells of itself.
fn told(db: &Database, key: &str, answer: Result<Option<Bytes>>) -> String {
    let encoding = db.object_encoding(key).unwrap();
    let deadline = db.execute(cmd!("PEXPIRETIME", key));
    let (idle, uses) = (db.object_idletime(key), db.object_freq(key));
    format!("{answer:?} {encoding:?} {deadline:?} {idle:?} {uses:?}")
}

fn play(random: &mut Random, eviction: Eviction) {
    let clock = Clock::manual(super::NOW_MS);
    let config = Config { eviction, clock: clock.clone(), ..Config::default() };
    let short = Database::open(config.clone()).unwrap();
    let doors = Database::open(Config { record_effects: true, ..config }).unwrap();
    for step in 0..4000 {
        let number = random.within(0..DATABASES);
        let pair = [&short, &doors].map(|db| db.select(number).unwrap());
        let key = format!("key:{}", random.within(0..KEYS));
        let text = vec![b'a'; LENGTHS[random.within(0..LENGTHS.len())]];
        let (ttl, kind) = (Duration::from_millis(random.next() % 50), random.within(0..16));
        // A use may count or not, by chance; the same chance for both.
        let chance = random.next();
        let [one, other] = pair.each_ref().map(|db| {
            crate::random::seed(chance);
            let answer = match kind {
                0..=3 => db.set(&key, &text).map(|()| None),
                4 => db.set(&key, "12345678901234567890").map(|()| None),
                5 => db.set(&key, "-17").map(|()| None),
                6 => db.setex(&key, ttl + Duration::from_millis(1), &text).map(|()| None),
                7 => db.append(&key, "tail").map(|_| None),
                8 => db.rpush(&key, ["an item"]).map(|_| None),
                9 => db.del([&key]).map(|_| None),
                10..=12 if std::ptr::eq(db, &pair[1]) => read(db, &key),
                10 | 11 => db.get(&key),
                12 => db.get_with(&key, |text| text.map(Bytes::copy_from_slice)),
                _ => Ok(None),
            };
            told(db, &key, answer)
        });
        assert_eq!(one, other, "step {step}: {kind} on {key} of database {number}, {eviction:?}");
        if kind > 12 {
            clock.advance(ttl);
        }
    }
    assert_eq!(short.digest(), doors.digest());
}

#[test]
fn the_short_way_does_what_the_doors_do() {
    let mut random = Random::from_environment();
    for eviction in [Eviction::None, Eviction::AllKeysLru, Eviction::AllKeysLfu] {
        (0..5).for_each(|_| play(&mut random, eviction));
    }
}

#[test]
fn a_panic_of_a_reader_is_its_own_error_and_lets_the_lease_go() {
    let db = Database::in_memory();
    db.set("key", "a plain string").unwrap();
    let panics = |_: Option<&[u8]>| -> usize { panic!("of the reader") };
    for key in ["key", "no such key"] {
        assert!(matches!(db.get_with(key, panics), Err(Error::Panicked { .. })), "{key}");
    }
    assert_eq!(db.get("key").unwrap().as_deref(), Some(&b"a plain string"[..]));
}
