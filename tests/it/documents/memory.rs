//! What documents and indexes are counted to take: it goes when they go.

use std::time::Duration;

use kora::{Clock, Config, Database, Index, Update};
use serde_json::{Value, json};

fn document(number: usize) -> Value {
    json!({
        "mail": format!("person-{number}@example.org"),
        "city": format!("city {}", number % 50),
        "n": number,
        "tags": [number % 7, number % 11, format!("a tag that does not fit a key in place {number}")],
        "text": "x".repeat(number % 300),
    })
}

fn indexes() -> [Index; 6] {
    [
        Index::unique("mail"),
        Index::hash("city"),
        Index::sorted("n"),
        Index::sorted("city").and("n").named("both"),
        Index::array("tags"),
        Index::hash("text").only("n > 100"),
    ]
}

fn database() -> (Clock, Database) {
    let clock = Clock::manual(1_000);
    let config = Config { clock: clock.clone(), shard_count: 3, ..Config::default() };
    (clock, Database::open(config).expect("in memory"))
}

#[test]
fn memory_comes_back_when_documents_go() {
    let (clock, db) = database();
    let things = db.create_collection("things").expect("a new name");
    for index in indexes() {
        things.create_index(index).expect("a new index");
    }
    let empty = db.used_memory();
    let fill = || {
        for number in 0..3_000 {
            things.insert(&number.to_string(), &document(number)).expect("a new id");
        }
        assert_eq!(db.used_memory() - empty, things.used_memory());
        db.used_memory()
    };
    let full = fill();
    assert!(full - empty > 3_000 * 300, "{} bytes", full - empty);
    for number in 0..3_000 {
        things.delete(&number.to_string()).expect("a document");
    }
    assert_eq!((db.used_memory(), things.used_memory()), (empty, 0));
    // Again, by other ways to go.
    fill();
    assert_eq!(things.find("n >= 10").delete(), Ok(2_990));
    for number in 0..10 {
        things.expire(&number.to_string(), Duration::from_millis(5)).expect("a document");
    }
    clock.advance(Duration::from_millis(10));
    for number in 0..10 {
        things.insert(&number.to_string(), &document(number)).expect("the old one has expired");
    }
    assert_eq!(things.find("*").delete(), Ok(10));
    assert_eq!((db.used_memory(), things.used_memory()), (empty, 0));
    fill();
    db.drop_collection("things").expect("a collection");
    assert_eq!(db.used_memory(), empty);
}

#[test]
fn memory_comes_back_when_indexes_and_values_go() {
    let (_, db) = database();
    let things = db.create_collection("things").expect("a new name");
    for number in 0..2_000 {
        things.insert(&number.to_string(), &document(number)).expect("a new id");
    }
    let plain = things.used_memory();
    for index in indexes() {
        things.create_index(index).expect("the values fit");
    }
    assert!(things.used_memory() > plain + 2_000 * 100);
    for index in things.indexes() {
        things.drop_index(&index.name).expect("an index");
    }
    assert_eq!(things.used_memory(), plain);
    for number in 0..2_000 {
        let update = Update::new().set("text", "y".repeat(500)).expect("a value");
        things.update(&number.to_string(), &update).expect("a document");
        let update = Update::new().set("text", "x".repeat(number % 300)).expect("a value");
        things.update(&number.to_string(), &update).expect("a document");
    }
    assert_eq!(things.used_memory(), plain);
    assert_eq!(db.used_memory(), plain);
}
