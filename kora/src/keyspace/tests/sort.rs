//! Sorting by what other keys hold: the typed methods, and nobody changes the weights meanwhile.

use bytes::Bytes;

use super::transfer::while_changing;
use crate::database::Database;
use crate::error::{ArgumentError, Error};
use crate::keyspace::ops::sort::SortOptions;
use crate::types::random::Random;

fn texts(answers: &[Option<Bytes>]) -> Vec<&str> {
    fn text(answer: &Option<Bytes>) -> &str {
        answer.as_deref().map_or("-", |bytes| std::str::from_utf8(bytes).unwrap())
    }
    answers.iter().map(text).collect()
}

/// Three users and what is known of them.
fn team() -> Database {
    let db = Database::in_memory();
    db.rpush("team", ["1", "2", "3"]).unwrap();
    db.mset([("points:1", "30"), ("points:2", "10"), ("points:3", "20")]).unwrap();
    db.hset_many("user:1", [("name", "eve"), ("city", "Accra")]).unwrap();
    db.hset_many("user:2", [("name", "bob")]).unwrap();
    db.hset_many("user:3", [("name", "ann"), ("city", "Lima")]).unwrap();
    db
}

#[test]
fn options_are_those_of_redis() {
    let (db, new) = (team(), SortOptions::new);
    let sort = |options: SortOptions<'_>| db.sort_with("team", options).unwrap();
    assert_eq!(texts(&sort(new())), ["1", "2", "3"]);
    assert_eq!(texts(&sort(new().descending())), ["3", "2", "1"]);
    assert_eq!(texts(&sort(new().limit(1, 1))), ["2"]);
    assert_eq!(texts(&sort(new().limit(1, -1))), ["2", "3"]);
    assert_eq!(texts(&sort(new().limit(-5, 2))), ["1", "2"]);
    assert_eq!(texts(&sort(new().limit(3, 1))), [""; 0]);
    assert_eq!(texts(&sort(new().by("points:*"))), ["2", "3", "1"]);
    assert_eq!(texts(&sort(new().by("points:*").descending().limit(0, 2))), ["1", "3"]);
    let by_name = || new().by("user:*->name").alphabetical();
    assert_eq!(texts(&sort(by_name())), ["3", "2", "1"]);
    let answers = sort(by_name().get("#").get("user:*->city").get("points:*"));
    assert_eq!(texts(&answers), ["3", "Lima", "20", "2", "-", "10", "1", "Accra", "30"]);
    assert_eq!(texts(&sort(new().by("none").descending())), ["3", "2", "1"]);
    // A pattern without a star, and an arrow without a field, lead nowhere.
    assert_eq!(texts(&sort(new().get("points:1").get("user:*->"))), ["-"; 6]);
}

#[test]
fn what_cannot_be_sorted_is_refused_and_stores_nothing() {
    let db = team();
    let weight = Error::Argument(ArgumentError::SortWeight);
    let by_name = || SortOptions::new().by("user:*->name");
    assert_eq!(db.sort_with("team", by_name()), Err(weight.clone()));
    assert_eq!(db.sort_store("team", "kept", by_name()), Err(weight));
    assert_eq!(db.sort("points:1"), Err(Error::WrongType));
    assert_eq!(db.sort("missing").unwrap().len(), 0);
    assert_eq!(db.exists("kept").unwrap(), 0);
}

#[test]
fn the_answer_is_stored_over_whatever_was_there() {
    let db = team();
    db.set("kept", "text").unwrap();
    let cities = || SortOptions::new().by("points:*").get("user:*->city");
    assert_eq!(db.sort_store("team", "kept", cities()).unwrap(), 3);
    assert_eq!(db.lrange("kept", 0, -1).unwrap(), ["", "Lima", "Accra"]);
    assert_eq!(db.sort_store("team", "team", SortOptions::new().limit(1, 5)).unwrap(), 2);
    assert_eq!(db.lrange("team", 0, -1).unwrap(), ["2", "3"]);
    assert_eq!(db.sort_store("missing", "kept", cities()).unwrap(), 0);
    assert_eq!(db.exists("kept").unwrap(), 0);
}

/// The first few of many are found without sorting the rest.
#[test]
fn a_limit_cuts_the_whole_order() {
    let mut random = Random::from_environment();
    let db = Database::in_memory();
    let mut numbers: Vec<i64> = (0..500).map(|_| random.within(0..200) as i64 - 100).collect();
    db.rpush("numbers", numbers.iter().map(i64::to_string).collect::<Vec<_>>()).unwrap();
    numbers.sort_unstable();
    for _ in 0..50 {
        let (offset, count) = (random.within(0..600), random.within(0..600));
        let options = SortOptions::new().limit(offset as i64, count as i64);
        let expected: Vec<String> =
            numbers.iter().skip(offset).take(count).map(i64::to_string).collect();
        assert_eq!(texts(&db.sort_with("numbers", options).unwrap()), expected);
    }
}

#[test]
fn weights_are_of_one_moment() {
    let db = Database::in_memory();
    let ids: Vec<String> = (0..20).map(|i| i.to_string()).collect();
    db.rpush("ids", &ids).unwrap();
    let weights = |turn: usize| {
        let weight = |i: usize| if turn % 2 == 0 { i } else { 20 - i };
        (0..20).map(|i| (format!("weight:{i}"), weight(i).to_string())).collect::<Vec<_>>()
    };
    db.mset(weights(0)).unwrap();
    let backwards: Vec<String> = ids.iter().rev().cloned().collect();
    while_changing(
        &db,
        |db, i| db.mset(weights(i)).unwrap(),
        |_| {
            let sorted = db.sort_with("ids", SortOptions::new().by("weight:*")).unwrap();
            let sorted = texts(&sorted);
            assert!(sorted == ids || sorted == backwards, "{sorted:?}");
        },
    );
}
