//! Operations on lists: their records, and what they refuse.

use super::random_text;
use crate::keyspace::Key;
use crate::keyspace::effect::Record;
use crate::keyspace::read::write_image;
use crate::types::random::Random;
use crate::{ArgumentError, Bytes, Config, Database, Error, Place, PositionOptions, Side};

fn recording() -> Database {
    Database::open(Config { record_effects: true, ..Config::default() }).expect("it opens")
}

/// Every key's value as bytes.
fn digest(db: &Database, keys: &[&str]) -> Vec<Option<Vec<u8>>> {
    let image = |key: &&str| {
        let key = Key::new(key.as_bytes());
        let read = db.read(
            &key,
            |_| None,
            |keyspace| {
                Ok(keyspace.peek(&key).map(|entry| {
                    let mut image = Vec::new();
                    write_image(entry, &mut image);
                    image
                }))
            },
        );
        read.expect("it reads")
    };
    keys.iter().map(image).collect()
}

fn replayed(db: &Database) -> Database {
    let (again, log) = (recording(), db.engine().log().records());
    let mut rest = &log[..];
    while !rest.is_empty() {
        let (record, after) = Record::decode(rest).expect("a record");
        let key = Key::new(record.key);
        let replay =
            again.write(&key, |_| None, |keyspace| Ok(keyspace.replay(&key, record.effect)));
        assert_eq!(replay, Ok(Some(())), "{record:?}");
        rest = after;
    }
    again
}

/// Runs one random operation.
fn operate(db: &Database, random: &mut Random, keys: &[&str]) -> crate::Result<()> {
    let key = keys[random.within(0..keys.len())];
    let other = keys[random.within(0..keys.len())];
    let side = if random.one_in(2) { Side::Left } else { Side::Right };
    let (from, to) = (random.within(0..40), random.within(0..40));
    let (start, stop) = (i64::try_from(from).unwrap() - 20, i64::try_from(to).unwrap() - 20);
    let texts = [random_text(random), random_text(random)];
    match random.within(0..16) {
        0..=2 => db.lpush(key, &texts).map(drop),
        3..=5 => db.rpush(key, &texts).map(drop),
        6 => db.lpop(key).map(drop),
        7 => db.rpop_many(key, from).map(drop),
        8 => db.lset(key, start, &texts[0]),
        9 => db.linsert(key, Place::After, "aaa", &texts[0]).map(drop),
        10 => db.lrem(key, start % 3, "").map(drop),
        11 => db.ltrim(key, start, stop),
        12 => db.lmove(key, other, side, Side::Left).map(drop),
        13 => db.rpoplpush(key, other).map(drop),
        14 => db.lmpop([key, other], side, from + 1).map(drop),
        _ => db.lpushx(key, &texts).map(drop),
    }
}

/// Bytes that the database takes once its lists came and went.
fn emptied(db: &Database, keys: &[&str]) -> usize {
    for key in keys {
        db.rpush(key, ["last"]).unwrap();
        db.ltrim(key, 1, 0).unwrap();
    }
    db.used_memory()
}

#[test]
fn replaying_the_effects_gives_the_same_lists() {
    let mut random = Random::from_environment();
    let (db, keys) = (recording(), ["a", "b", "c"]);
    let empty = emptied(&db, &keys);
    for _ in 0..4000 {
        match operate(&db, &mut random, &keys) {
            Ok(()) | Err(Error::NoSuchKey | Error::Argument(ArgumentError::IndexOutOfRange)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let again = replayed(&db);
    assert_eq!(digest(&again, &keys), digest(&db, &keys));
    assert_eq!(emptied(&db, &keys), empty, "what came is accounted for when it goes");
}

#[test]
fn what_changes_nothing_leaves_no_record() {
    let db = recording();
    db.rpush("list", ["a", "b", "c"]).unwrap();
    db.rpush("single", ["a"]).unwrap();
    let before = db.engine().log().records().len();
    assert_eq!(db.lpop_many("list", 0), Ok(vec![]));
    assert_eq!(db.lset("list", -2, "b"), Ok(()));
    assert_eq!(db.lrem("list", 0, "x"), Ok(0));
    assert_eq!(db.ltrim("list", 0, -1), Ok(()));
    assert_eq!(db.linsert("list", Place::Before, "x", "y"), Ok(None));
    assert_eq!(db.lpushx("none", ["a"]), Ok(0));
    assert_eq!(db.lpush("none", Vec::<&str>::new()), Ok(0));
    assert_eq!(db.lmove("list", "list", Side::Left, Side::Left), Ok(Some(Bytes::from("a"))));
    assert_eq!(db.lmove("single", "single", Side::Left, Side::Right), Ok(Some(Bytes::from("a"))));
    assert_eq!(db.lmove("none", "list", Side::Left, Side::Right), Ok(None));
    assert_eq!(db.lmpop(["none", "none"], Side::Left, 3), Ok(None));
    assert_eq!(db.engine().log().records().len(), before);
    assert_eq!(db.lrange("list", 0, -1).unwrap(), ["a", "b", "c"]);
}

#[test]
fn an_element_stays_where_it_is_when_it_cannot_move() {
    let db = Database::in_memory();
    db.rpush("list", ["a", "b"]).unwrap();
    db.set("string", "x").unwrap();
    assert_eq!(db.lmove("list", "string", Side::Left, Side::Left), Err(Error::WrongType));
    assert_eq!(db.lmove("none", "string", Side::Left, Side::Left), Ok(None));
    assert_eq!(db.lrange("list", 0, -1).unwrap(), ["a", "b"]);

    let db = Database::open(Config { max_memory: Some(1), ..Config::default() }).unwrap();
    assert_eq!(db.rpush("list", ["a"]), Ok(1));
    assert_eq!(db.lmove("list", "other", Side::Left, Side::Left), Err(Error::OutOfMemory));
    assert_eq!(db.lset("list", 0, "b"), Err(Error::OutOfMemory));
    assert_eq!(db.lrange("list", 0, -1).unwrap(), ["a"]);
    assert_eq!(db.lpop("list"), Ok(Some(Bytes::from("a"))));
}

#[test]
fn options_of_a_position_say_which_matches() {
    let db = Database::in_memory();
    db.rpush("list", ["b", "a", "b", "c", "b"]).unwrap();
    let find = |options| db.lpos_with("list", "b", options);
    assert_eq!(db.lpos("list", "b"), Ok(Some(0)));
    assert_eq!(find(PositionOptions::new()), Ok(vec![0]));
    assert_eq!(find(PositionOptions::new().all().rank(2)), Ok(vec![2, 4]));
    assert_eq!(find(PositionOptions::new().count(2).rank(-1)), Ok(vec![4, 2]));
    assert_eq!(find(PositionOptions::new().all().max_len(3)), Ok(vec![0, 2]));
    assert_eq!(find(PositionOptions::new().rank(0)), Err(ArgumentError::RankZero.into()));
}
