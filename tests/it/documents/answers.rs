//! Collections through the typed door: documents, queries beside brute force, unique values, and what
//! a directory brings back.

use kora::testing::{Restart, SimulatedDisk};
use kora::{Config, Database, DocumentError, Error, Index, Update};
use serde_json::{Value, json};

fn people(db: &Database, count: u64) -> kora::Collection {
    let people = db.create_collection("people").expect("a new name");
    for i in 0..count {
        let person = json!({
            "name": format!("person {i}"),
            "email": format!("p{i}@example.org"),
            "city": format!("city {}", i % 7),
            "age": i % 80,
            "score": (i * 7919) % 1000,
            "tags": [format!("t{}", i % 5), format!("t{}", i % 3)],
        });
        people.insert(&format!("{i:05}"), &person).expect("a new id");
    }
    people
}

fn index(people: &kora::Collection) {
    for index in [
        Index::unique("email"),
        Index::hash("city"),
        Index::sorted("age"),
        Index::array("tags"),
        Index::sorted("score"),
    ] {
        assert!(people.create_index(index).expect("the values fit"));
    }
}

const QUERIES: &[&str] = &[
    "*",
    "city = 'city 3'",
    "city = 'city 3' AND age BETWEEN 20 AND 30",
    "age > 75",
    "age >= 10 AND age < 12 OR score < 20",
    "tags CONTAINS 't1'",
    "tags CONTAINS ALL ('t1', 't2')",
    "NOT city = 'city 1' AND age = 5",
    "email = 'p77@example.org'",
    "email = 'p77@example.org' AND city = 'city 1'",
    "name STARTS WITH 'person 12'",
    "city IN ('city 1', 'city 2') AND NOT age IN (1, 2, 3)",
    "missing IS MISSING AND age = 1",
    "age = 30.0",
    "city = 3",
];

#[test]
fn indexes_change_no_answer() {
    let (plain, indexed) = (Database::in_memory(), Database::in_memory());
    let (plain, indexed) = (people(&plain, 500), people(&indexed, 500));
    index(&indexed);
    for query in QUERIES {
        for order in ["", "score DESC", "age, name DESC", "missing, score"] {
            let ask = |people: &kora::Collection| {
                let found = people.find(*query).order_by(order);
                let mut all = found.ids().expect(query);
                if order.is_empty() {
                    all.sort_unstable();
                }
                let few = found.clone().limit(7).offset(2).ids().expect(query);
                assert!(few.iter().all(|id| all.contains(id)), "{query}");
                (found.count().expect(query), if order.is_empty() { vec![] } else { few }, all)
            };
            assert_eq!(ask(&plain), ask(&indexed), "{query} ORDER BY {order}");
        }
    }
}

/// Long values that begin alike, and many that are equal: what an index tells of a value at a glance
/// does not tell them apart.
#[test]
fn values_that_begin_alike_are_told_apart() {
    let (plain, indexed) = (Database::in_memory(), Database::in_memory());
    let (plain, indexed) = (people(&plain, 700), people(&indexed, 700));
    index(&indexed);
    assert!(indexed.create_index(Index::sorted("name")).expect("the values fit"));
    let bounds = ["person 1", "person 12", "person 123", "person 5", "person 699", "person"];
    let mut queries = vec!["city = 'city 3'".to_owned(), "city IN ('city 1', 'city 2')".to_owned()];
    for low in bounds {
        queries
            .extend(["<", "<=", ">", ">="].map(|comparison| format!("name {comparison} '{low}'")));
        queries.extend(bounds.map(|high| format!("name > '{low}' AND name <= '{high}'")));
        queries.push(format!("city = 'city 4' AND name >= '{low}'"));
    }
    for query in &queries {
        for order in ["name", "name DESC", "age", "age DESC", "score DESC", "age DESC, name"] {
            for limit in [1, 5, 60] {
                let ask = |people: &kora::Collection| {
                    people.find(query.as_str()).order_by(order).limit(limit).ids().expect(query)
                };
                assert_eq!(ask(&indexed), ask(&plain), "{query} ORDER BY {order} LIMIT {limit}");
            }
        }
    }
}

#[test]
fn pages_are_the_whole_in_parts() {
    let db = Database::in_memory();
    let people = people(&db, 300);
    index(&people);
    for (query, order) in
        [("age > 10", "score"), ("*", "score DESC, name"), ("city = 'city 2'", "")]
    {
        let all: Vec<Value> = people.find(query).order_by(order).page().expect(query).items;
        let whole: Vec<Value> = if order.is_empty() {
            people.find(query).limit(1000).page().expect(query).items
        } else {
            people.find(query).order_by(order).all().expect(query)
        };
        assert!(whole.starts_with(&all), "{query}");
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let mut find = people.find(query).order_by(order).limit(13);
            if let Some(cursor) = cursor {
                find = find.after(cursor);
            }
            let page = find.page::<Value>().expect(query);
            seen.extend(page.items);
            let Some(next) = page.next else { break };
            cursor = Some(next);
        }
        assert_eq!(seen, whole, "{query}");
    }
}

#[test]
fn a_unique_value_has_one_document() {
    let db = Database::in_memory();
    let people = people(&db, 20);
    index(&people);
    let taken = json!({"email": "p3@example.org"});
    let refused = people.insert("new", &taken);
    let Err(Error::Document(error)) = refused else { panic!("{refused:?}") };
    assert!(matches!(&*error, DocumentError::NotUnique(violation) if violation.id == "00003"));
    assert!(!people.exists("new").expect("a collection"));
    people.delete("00003").expect("a document");
    people.insert("new", &taken).expect("it is free now");
    assert!(
        people
            .update("00004", &Update::new().set("email", "p3@example.org").expect("a value"))
            .is_err()
    );
    assert!(
        people
            .update("00004", &Update::new().set("email", "other").expect("a value"))
            .expect("free")
    );
    assert_eq!(people.find("email = 'other'").ids().expect("a query"), ["00004"]);
    assert_eq!(people.find("email = 'p4@example.org'").count(), Ok(0));
    // Documents without the value do not meet.
    people.insert("a", &json!({"email": null})).expect("null is no value");
    people.insert("b", &json!({})).expect("missing is no value");
    people.insert("c", &json!({})).expect("missing is no value");
}

#[test]
fn a_document_is_found_by_its_unique_value_by_every_method() {
    let db = Database::in_memory();
    let things = db.create_collection("things").expect("a new name");
    let values = [json!(30), json!(30.5), json!("text"), json!(""), json!(true), json!(u64::MAX)];
    for (at, value) in values.iter().enumerate() {
        things.insert(&at.to_string(), &json!({"key": value, "at": at})).expect("a new id");
    }
    things.insert("list", &json!({"key": [31, 32]})).expect("a new id");
    things.insert("null", &json!({"key": null})).expect("a new id");
    things.create_index(Index::unique("key")).expect("each value is there once");
    let by_key = things.find("key = ?");
    let ids = |find: &kora::Find| {
        let ids = find.ids().expect("a query");
        let all = find.all::<Value>().expect("a query");
        let first = find.first::<Value>().expect("a query");
        assert_eq!(all.len(), ids.len());
        assert_eq!(first.as_ref(), all.first());
        ids
    };
    for (value, id) in [
        (kora::Parameter::from(30.0), "0"),
        (30.5.into(), "1"),
        ("text".into(), "2"),
        ("".into(), "3"),
        (true.into(), "4"),
        (u64::MAX.into(), "5"),
        (vec![31, 32].into(), "list"),
        (None::<i64>.into(), "null"),
    ] {
        let find = by_key.bind([value]);
        assert_eq!((ids(&find), find.count()), (vec![id.to_owned()], Ok(1)));
    }
    assert_eq!(ids(&things.find("key = 'text'")), ["2"]);
    for nothing in [
        by_key.bind(["other"]),
        by_key.bind([31]),
        by_key.bind(["text"]).limit(0),
        by_key.bind(["text"]).offset(1),
        things.find("key = ?").offset(1).bind(["text"]),
        things.find("key = ? AND at = ?").bind(("text", 1)),
    ] {
        assert!(ids(&nothing).is_empty(), "{nothing:?}");
    }
    let part = by_key.bind(["text"]).select("at").first::<Value>().expect("a query");
    assert_eq!(part, Some(json!({"at": 2})));
    let page = by_key.bind(["text"]).page::<Value>().expect("a query");
    assert_eq!((page.items.len(), page.next), (1, None));
    let bound_twice = by_key.bind(["text"]).bind(["other"]);
    assert!(bound_twice.first::<Value>().is_err(), "no value is left open");
    assert!(by_key.first::<Value>().is_err(), "its value is open");
    assert!(by_key.bind([f64::NAN]).first::<Value>().is_err());
    db.drop_collection("things").expect("it is there");
    assert!(by_key.bind(["text"]).first::<Value>().is_err(), "the collection is gone");
}

#[test]
fn a_transaction_may_swap_unique_values_and_not_double_them() {
    let db = Database::in_memory();
    let people = people(&db, 20);
    index(&people);
    let double = |with: Update| {
        let with = &with;
        db.transaction(|tx| {
            let mut people = tx.collection("people")?;
            people.update("00001", with)?;
            people.insert("new", &json!({"email": "p1@example.org"}))
        })
    };
    // The document that has the value changes too, and keeps it.
    let refused = double(Update::new().add("age", 1));
    let Err(Error::Document(error)) = refused else { panic!("{refused:?}") };
    assert!(matches!(&*error, DocumentError::NotUnique(violation) if violation.id == "00001"));
    assert!(!people.exists("new").expect("a collection"));
    double(Update::new().unset("email")).expect("the value is given up");
    assert_eq!(people.find("email = 'p1@example.org'").ids().expect("a query"), ["new"]);
    let email = |number| Update::new().set("email", format!("p{number}@example.org"));
    let swap = db.transaction(|tx| {
        let mut people = tx.collection("people")?;
        people.update("00002", &email(3)?)?;
        people.update("00003", &email(2)?)
    });
    assert_eq!(swap, Ok(true));
    assert_eq!(people.find("email = 'p2@example.org'").ids().expect("a query"), ["00003"]);
    assert_eq!(people.find("email = 'p3@example.org'").ids().expect("a query"), ["00002"]);
}

#[test]
fn an_index_that_values_violate_is_not_made() {
    let db = Database::in_memory();
    let people = people(&db, 20);
    let refused = people.create_index(Index::unique("city"));
    let Err(Error::Document(error)) = refused else { panic!("{refused:?}") };
    assert!(matches!(*error, DocumentError::NotUnique(_)), "{error}");
    assert!(people.indexes().is_empty());
    people.insert("more", &json!({"city": "city 1"})).expect("no index forbids it");
}

/// What an index that was given up had taken was given back twice as often as it was taken.
#[test]
fn an_index_that_is_given_up_leaves_the_account_as_it_was() {
    let db = Database::in_memory();
    let people = people(&db, 20);
    people.save("many", &json!({"tags": (0..5000).collect::<Vec<_>>()})).expect("no index");
    let used = db.used_memory();
    for index in [Index::unique("city"), Index::array("tags")] {
        people.create_index(index).expect_err("the values do not fit");
        assert_eq!(db.used_memory(), used);
        assert_eq!(db.used_memory(), people.used_memory());
    }
}

#[test]
fn many_documents_are_changed_and_counted_once_each() {
    let db = Database::in_memory();
    let people = people(&db, 200);
    index(&people);
    let older = Update::new().add("age", 1).set("email", json!(null)).expect("a value");
    assert_eq!(people.find("age < 40").update(&older), Ok(120));
    assert_eq!(people.find("age = 40").count(), Ok(5));
    assert_eq!(people.find("*").delete(), Ok(200));
    assert_eq!(people.len(), Ok(0));
}

#[test]
fn values_that_are_arrays_or_objects_are_not_held_to_be_unique() {
    let db = Database::in_memory();
    let people = db.create_collection("people").expect("a new name");
    people.create_index(Index::unique("email")).expect("no document");
    people.insert("a", &json!({"email": ["a@x"]})).expect("an array is no value of an index");
    people.insert("b", &json!({"email": ["b@x"]})).expect("nor is this one");
    people.insert("c", &json!({"email": {"home": "c@x"}})).expect("nor an object");
    assert_eq!(people.find("email = ['b@x']").ids().expect("a query"), ["b"]);
}

#[test]
fn what_needs_memory_is_refused_without() {
    let config = Config { max_memory: Some(1 << 20), ..Config::default() };
    let db = Database::open(config).expect("a valid configuration");
    let people = people(&db, 20);
    db.set("filler", vec![b'x'; 2 << 20]).expect("there was room when it was asked for");
    assert_eq!(people.save("00001", &json!({})), Err(Error::OutOfMemory));
    assert_eq!(people.update("00001", &Update::new().unset("age")), Err(Error::OutOfMemory));
    assert_eq!(people.create_index(Index::hash("city")), Err(Error::OutOfMemory));
    assert_eq!(db.create_collection("more").err(), Some(Error::OutOfMemory));
    assert_eq!(people.expire("00002", std::time::Duration::from_secs(9)), Ok(true));
    assert_eq!(people.delete("00001"), Ok(true));
}

#[test]
fn collections_come_back_with_their_indexes() {
    let disk = SimulatedDisk::new(1);
    let open = |disk: &SimulatedDisk| {
        Database::open(Config {
            data_dir: Some("data".into()),
            disk: Some(disk.clone()),
            without_keeper: true,
            log_segment_bytes: 1 << 20,
            ..Config::default()
        })
        .expect("the disk is sound")
    };
    let db = open(&disk);
    let collection = people(&db, 200);
    index(&collection);
    db.snapshot().expect("the disk is sound");
    collection.delete("00007").expect("a document");
    collection
        .update("00008", &Update::new().set("city", "moved").expect("a value").add("age", 1000))
        .expect("a document");
    db.create_collection("gone").expect("a new name");
    db.drop_collection("gone").expect("it is there");
    let ask = |db: &Database| {
        let people = db.collection("people").expect("it is there");
        let answers: Vec<_> = QUERIES
            .iter()
            .map(|query| {
                let mut ids = people.find(*query).ids().expect(query);
                ids.sort_unstable();
                ids
            })
            .collect();
        (answers, people.find("city = 'moved'").all::<Value>().expect("a query"), people.indexes())
    };
    let before = ask(&db);
    drop(collection);
    drop(db);
    let again = open(&disk.restart(Restart::Killed));
    assert_eq!(ask(&again), before);
    assert_eq!(again.collections(), ["people"]);
    let refused = again
        .collection("people")
        .expect("it is there")
        .insert("x", &json!({"email": "p5@example.org"}));
    assert!(refused.is_err(), "unique holds after a restart");
}
