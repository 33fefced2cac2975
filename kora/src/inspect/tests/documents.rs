//! The same for documents: every fact about a collection is checked, dumped and rescued.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::{DIR, check, dump, everything, fs, open, open_at, place_of, salvage};
use crate::database::Database;
use crate::document::form::value_from_json;
use crate::engine::recovery::state::State;
use crate::error::{DocumentError, Error};
use crate::inspect::dump::dump_on;
use crate::inspect::salvage::salvage_on;
use crate::inspect::{AtDamage, SalvageReport};
use crate::keyspace::effect::{CollectionChange, Effect, Record};
use crate::storage::fs::simulated::{Restart, Simulated};
use crate::storage::snapshot::Writer;
use crate::storage::{Directory, Lsn};
use crate::types::random::Random;
use crate::{Collection, Index, Update};

fn dump_of(disk: &Simulated, dir: &str) -> String {
    let mut out = Vec::new();
    dump_on(fs(disk), Path::new(dir), &mut out).expect("it can be read");
    String::from_utf8(out).expect("JSON is text")
}

/// What a running database would have dumped, had it been killed now.
fn dump_now(disk: &Simulated) -> String {
    dump(&disk.restart(Restart::Killed))
}

/// Rescues a directory; the report, what the new one holds, and its database.
fn rescued(disk: &Simulated, at_damage: AtDamage) -> (SalvageReport, String, Database) {
    let disk = disk.restart(Restart::Killed);
    let (report, db) = salvage(&disk, at_damage);
    drop(db);
    let lines = dump_of(&disk, "new");
    (report, lines, open_at(&disk, "new").expect("what was rescued opens"))
}

fn people(db: &Database) -> Collection {
    let people = db.create_collection("people").expect("a new name");
    people.create_index(Index::unique("email")).expect("no documents");
    people.create_index(Index::sorted("city").and("age").named("place")).expect("no documents");
    people.create_index(Index::array("tags").only("age >= 18")).expect("no documents");
    people
}

/// Writes a round of changes of documents and of collections, and notes the dump after each.
fn write(disk: &Simulated, db: &Database, round: u64, dumps: &mut Vec<String>) {
    let people = db.collection("people").unwrap_or_else(|_| people(db));
    for i in 0..4 {
        let (id, age) = (format!("p{i}"), 16 + round * 2 + i);
        let person = json!({"email": format!("{id}@{round}"), "age": age, "tags": ["a", i]});
        people.save(&id, &person).expect("room");
        dumps.push(dump_now(disk));
    }
    people.delete(&format!("p{}", round % 4)).expect("it is recorded");
    dumps.push(dump_now(disk));
    let name = format!("round{round}");
    db.create_collection(&name).expect("a new name").insert("1", &json!({})).expect("room");
    dumps.push(dump_now(disk));
    let older = round.checked_sub(2).map(|round| format!("round{round}"));
    older.map(|name| db.drop_collection(&name).expect("it is recorded"));
    people.drop_index("place").expect("it is recorded");
    dumps.push(dump_now(disk));
}

/// A disk with two snapshots and a log, and the dump after each write.
fn written() -> (Simulated, Vec<String>) {
    let (disk, mut dumps) = (Simulated::new(1), Vec::new());
    let db = open(&disk);
    for round in 0..4 {
        write(&disk, &db, round, &mut dumps);
        if round == 1 || round == 2 {
            db.snapshot().expect("the disk is sound");
        }
    }
    drop(db);
    (disk, dumps)
}

#[test]
fn a_sound_directory_with_documents_is_sound_and_stays_as_it_is() {
    let (disk, dumps) = written();
    let before = everything(&disk);
    let report = check(&disk);
    assert_eq!(report.problems, []);
    assert_eq!((report.entries, report.collections, report.documents), (Some(0), Some(3), Some(5)));
    assert_eq!(dump(&disk), *dumps.last().expect("there are some"));
    assert!(everything(&disk) == before, "not a byte has changed");
    drop(open(&disk));
    assert_eq!(dump(&disk), *dumps.last().expect("there are some"), "opening changes no data");
}

/// Fields whose order is not that of their names.
#[derive(Serialize)]
struct Deep {
    z: u8,
    a: Value,
    n: u64,
}

#[test]
fn lines_say_everything_of_documents() {
    let disk = Simulated::new(1);
    let db = open(&disk);
    db.set("zebra", "a key").expect("room");
    let others = db.create_collection("others").expect("a new name");
    let people = people(&db);
    let deep = Deep { z: 1, a: json!([null, true, -0.5, {"b": "\"\n"}]), n: u64::MAX };
    people.insert("grün", &deep).expect("room");
    people.insert("ann", &json!({"email": "a@b", "tags": []})).expect("room");
    let before = db.engine().now_ms() + 60_000;
    people.expire("ann", Duration::from_secs(60)).expect("it is there");
    let after = db.engine().now_ms() + 60_000;
    others.insert("1", &json!({})).expect("room");
    drop((others, people, db));
    let lines = dump(&disk);
    let (_, at) = lines.split_once("\"ann\",\"expires_at\":").expect("it expires");
    let (at, _) = at.split_once(',').expect("a number");
    let rest = lines.replace(at, "SOON");
    let at: i64 = at.parse().expect("a number");
    assert!((before..=after).contains(&at), "{before} {at} {after}");
    let expected = r#"{"database":0,"key":"zebra","type":"string","expires_at":null,"value":"a key"}
{"collection":"others","indexes":[]}
{"collection":"others","id":"1","expires_at":null,"document":{}}
{"collection":"people","indexes":[{"name":"email","kind":"unique","paths":["email"],"condition":null},{"name":"place","kind":"sorted","paths":["city","age"],"condition":null},{"name":"tags","kind":"array","paths":["tags"],"condition":"age >= 18"}]}
{"collection":"people","id":"ann","expires_at":SOON,"document":{"email":"a@b","tags":[]}}
{"collection":"people","id":"grün","expires_at":null,"document":{"z":1,"a":[null,true,-0.5,{"b":"\"\n"}],"n":18446744073709551615}}
"#;
    assert_eq!(rest, expected);
    for line in lines.lines() {
        serde_json::from_str::<Value>(line).expect("a line is JSON");
    }
}

/// Turns one bit after the other, chosen at random: what is sound opens as it was, and what does
/// not open is not sound.
#[test]
fn a_turned_bit_in_documents_is_found_or_of_no_consequence() {
    let mut random = Random::from_environment();
    let (disk, dumps) = written();
    let (mut found, mut opened) = (0, 0);
    for _ in 0..200 {
        let files: Vec<_> = disk.files(DIR).into_iter().filter(|name| name != "LOCK").collect();
        let name = &files[random.within(0..files.len())];
        let path = format!("{DIR}/{name}");
        let bytes = disk.read_file(&path);
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
        let end = if random.within(0..4) > 0 { used } else { bytes.len() };
        let bit = random.within(0..end * 8) as u64;
        let damaged = disk.restart(Restart::Killed);
        damaged.flip(&path, bit);
        let report = check(&damaged);
        if report.is_sound() {
            drop(open_at(&damaged, DIR).unwrap_or_else(|e| panic!("{name}, bit {bit}: {e}")));
            assert_eq!(dump(&damaged), *dumps.last().expect("some"), "{name}, bit {bit}");
            opened += 1;
        } else {
            let says = |problem: &Error| problem.to_string().contains(name.as_str());
            assert!(report.problems.iter().any(says), "{name}, bit {bit}: {:?}", report.problems);
            found += 1;
        }
    }
    assert!(found > 60 && opened > 0, "{found} found, {opened} of no consequence");
}

#[test]
fn a_sound_directory_is_rescued_whole() {
    let (disk, dumps) = written();
    for at_damage in [AtDamage::Stop, AtDamage::GoOn] {
        let (report, lines, db) = rescued(&disk, at_damage);
        assert_eq!(lines, *dumps.last().expect("there are some"));
        assert_eq!((report.collections, report.documents), (3, 5));
        assert_eq!((report.changes_refused, &report.damage[..]), (0, &[][..]));
        let people = db.collection("people").expect("it was rescued");
        assert_eq!(people.count("email = 'p1@3'"), Ok(1));
        let taken = people.insert("new", &json!({"email": "p1@3"}));
        assert!(taken.is_err(), "the unique index holds again");
        assert_eq!(db.create_collection("later").expect("a new name").len(), Ok(0));
    }
}

#[test]
fn documents_are_rescued_up_to_the_damage_or_beyond() {
    let (disk, dumps) = written();
    let (name, at) = place_of(&disk, "p1@3");
    disk.flip(format!("{DIR}/{name}"), 8 * at);
    assert!(matches!(open_at(&disk, DIR), Err(Error::Damaged(_))));
    assert_eq!(check(&disk).problems.len(), 1);

    let (report, lines, _) = rescued(&disk, AtDamage::Stop);
    assert_eq!(lines, dumps[21], "the last round up to its first write");
    assert!(report.commits_left_out > 0);

    let (report, lines, _) = rescued(&disk, AtDamage::GoOn);
    assert_eq!((report.commits_left_out, report.changes_refused), (0, 0));
    let last = dumps.last().expect("there are some");
    assert_eq!(lines, last.replace("p1@3", "p1@2").replace("\"age\":23,", "\"age\":21,"));
}

#[test]
fn a_damaged_snapshot_costs_no_document() {
    let (disk, dumps) = written();
    disk.flip("data/snapshot-0000000000000002", 8 * 100);
    assert_eq!(check(&disk).problems.len(), 1);
    for at_damage in [AtDamage::Stop, AtDamage::GoOn] {
        let (_, lines, _) = rescued(&disk, at_damage);
        assert_eq!(lines, *dumps.last().expect("there are some"));
    }
}

/// A directory whose only snapshot has these blocks, behind a log without a frame.
fn with_blocks(blocks: &[&[Record<'_>]]) -> Simulated {
    let disk = Simulated::new(1);
    drop(open(&disk));
    let directory = Directory::open(fs(&disk), Path::new(DIR), 4 << 10).expect("it is sound");
    let mut writer = Writer::create(Arc::new(directory), Lsn::FIRST, 0).expect("room");
    for records in blocks {
        let mut slice = Vec::new();
        records.iter().for_each(|record| record.encode(&mut slice));
        writer.add(&slice, u32::try_from(records.len()).expect("few"), Lsn::FIRST).expect("room");
    }
    writer.finish(Lsn::FIRST).expect("room");
    disk
}

fn change(collection: u32, change: CollectionChange<'_>) -> Record<'_> {
    Record { database: 0, key: b"", effect: Effect::Collection { collection, change } }
}

fn put<'r>(collection: u32, id: &'r str, form: &'r [u8]) -> Record<'r> {
    let effect = Effect::PutDocument { collection, deadline: None, form };
    Record { database: 0, key: id.as_bytes(), effect }
}

fn form(text: &str) -> Box<[u8]> {
    value_from_json(text.as_bytes()).expect("it is JSON")
}

fn unique_email() -> Vec<u8> {
    let mut bytes = Vec::new();
    Index::unique("email").into_definition().expect("a path").encode(&mut bytes);
    bytes
}

#[test]
fn whole_bytes_that_are_no_documents_are_problems() {
    let (create, index) = (change(7, CollectionChange::Create("c")), unique_email());
    let object = form(r#"{"email":"a"}"#);
    let too_long = "x".repeat(1025);
    let sound = [create, change(7, CollectionChange::AddIndex(&index)), put(7, "id", &object)];
    let disk = with_blocks(&[&sound]);
    assert_eq!(check(&disk).problems, []);
    drop(open(&disk));
    let cut = &index[1..];
    for wrong in [
        put(7, "id", b"\x00"),
        put(7, "id", &form("[1]")),
        put(7, "id", &object[..object.len() - 1]),
        put(7, "", &object),
        put(7, &too_long, &object),
        put(8, "id", &object),
        change(8, CollectionChange::AddIndex(&index)),
        change(7, CollectionChange::AddIndex(cut)),
        change(7, CollectionChange::AddIndex(b"")),
    ] {
        let disk = with_blocks(&[&[create, wrong]]);
        let report = check(&disk);
        assert_eq!(report.problems.len(), 1, "{wrong:?}: {:?}", report.problems);
        assert!(report.problems[0].to_string().contains("snapshot-"), "{:?}", report.problems);
        assert_eq!((report.collections, report.documents), (None, None), "{wrong:?}");
        assert!(matches!(open_at(&disk, DIR), Err(Error::Damaged(_))), "{wrong:?}");
    }
    for wrong in [
        change(7, CollectionChange::Drop),
        change(7, CollectionChange::DropIndex("email")),
        Record { database: 0, key: b"id", effect: Effect::RemoveDocument { collection: 7 } },
    ] {
        assert!(!check(&with_blocks(&[&[create, wrong]])).is_sound(), "no entry: {wrong:?}");
    }
}

#[test]
fn whole_commits_that_are_no_documents_are_problems() {
    let disk = Simulated::new(1);
    let db = open(&disk);
    db.create_collection("c").expect("a new name");
    let mut bytes = Vec::new();
    put(1, "id", b"\x00").encode(&mut bytes);
    db.engine().log().append(&bytes).expect("the disk is sound");
    drop(db);
    let report = check(&disk);
    assert!(report.problems[0].to_string().contains("log-"), "{:?}", report.problems);
    assert!(matches!(open_at(&disk, DIR), Err(Error::Damaged(_))));
    let (report, lines, _) = rescued(&disk, AtDamage::Stop);
    assert_eq!((report.changes_refused, &*lines), (1, "{\"collection\":\"c\",\"indexes\":[]}\n"));
}

#[test]
fn documents_outlive_the_record_of_their_collection() {
    let (object, index) = (form(r#"{"email":"a"}"#), unique_email());
    let lost = [change(3, CollectionChange::Create("gone"))];
    let taken = [change(4, CollectionChange::Create("lost-3")), put(4, "a", &object)];
    let left = [put(3, "b", &object), change(3, CollectionChange::AddIndex(&index))];
    let disk = with_blocks(&[&lost, &taken, &left]);
    disk.flip("data/snapshot-0000000000000001", 8 * (64 + 24));
    let stopped = salvage_on(&fs(&disk), Path::new(DIR), Path::new("new"), AtDamage::Stop);
    assert!(matches!(stopped, Err(Error::Damaged(_))), "the log never said it: {stopped:?}");
    let (report, lines, db) = rescued(&disk, AtDamage::GoOn);
    assert_eq!((report.collections, report.documents, report.changes_refused), (2, 2, 0));
    let expected = r#"{"collection":"lost-3","indexes":[]}
{"collection":"lost-3","id":"a","expires_at":null,"document":{"email":"a"}}
{"collection":"lost-3-","indexes":[{"name":"email","kind":"unique","paths":["email"],"condition":null}]}
{"collection":"lost-3-","id":"b","expires_at":null,"document":{"email":"a"}}
"#;
    assert_eq!(lines, expected);
    let next = db.create_collection("gone").expect("a new name");
    assert_eq!(next.len(), Ok(0), "its number is a new one");
}

#[test]
fn a_collection_is_called_as_another_place_says() {
    let disk = Simulated::new(1);
    let db = open(&disk);
    let people = people(&db);
    people.insert("ann", &json!({"email": "a"})).expect("room");
    db.snapshot().expect("the disk is sound");
    people.insert("bob", &json!({"email": "b"})).expect("room");
    drop((people, db));
    let whole = dump(&disk);
    // The commit that made the collection is lost, and so is the snapshot's first block.
    let (log, at) = ("data/log-0000000000000001", 64 + 24);
    disk.flip(log, 8 * at);
    let (_, lines, _) = rescued(&disk, AtDamage::GoOn);
    assert_eq!(lines, whole, "the snapshot has all of it");
    disk.flip("data/snapshot-0000000000000001", 8 * (64 + 24 + 11));
    let (report, lines, _) = rescued(&disk, AtDamage::GoOn);
    assert_eq!(report.documents, 2, "{report:?}");
    assert_eq!(lines.lines().filter(|line| line.contains("\"lost-1\",\"id\":")).count(), 2);
}

#[test]
fn a_unique_value_that_two_documents_have_is_told() {
    let disk = Simulated::new(1);
    let db = open(&disk);
    let people = people(&db);
    people.insert("ann", &json!({"email": "first"})).expect("room");
    people.update("ann", &Update::new().set("email", "later").expect("text")).expect("room");
    people.insert("bob", &json!({"email": "first"})).expect("it is free");
    drop((people, db));
    let (name, at) = place_of(&disk, "later");
    disk.flip(format!("{DIR}/{name}"), 8 * at);
    let (report, _, db) = rescued(&disk, AtDamage::GoOn);
    let Some(Error::Document(violation)) = report.damage.last() else { panic!("{report:?}") };
    let DocumentError::NotUnique(violation) = &**violation else { panic!("{violation:?}") };
    assert_eq!((&*violation.index, &*violation.id), ("people.email", "ann, bob"));
    assert_eq!(db.collection("people").expect("there").len(), Ok(2), "both are kept");
}

/// While a snapshot is taken a collection is dropped, and another gets its name: the slices know
/// nothing of the first, and the log does.
#[test]
fn what_was_dropped_while_a_snapshot_was_taken_is_no_damage() {
    let disk = Simulated::new(1);
    let db = open(&disk);
    let people = people(&db);
    people.insert("ann", &json!({"email": "a"})).expect("room");
    people.delete("ann").expect("it is recorded");
    people.drop_index("email").expect("it is recorded");
    db.drop_collection("people").expect("it is recorded");
    let others = db.create_collection("people").expect("the name is free");
    others.insert("bob", &json!({"email": "a"})).expect("room");
    let end = db.engine().disk().expect("it has a directory").end();
    drop((people, others, db));
    let lines = dump(&disk);
    {
        let directory = Directory::open(fs(&disk), Path::new(DIR), 4 << 10).expect("sound");
        let (state, _) = State::read(&directory, None).expect("the log is sound");
        let directory = Arc::new(directory);
        let mut writer = Writer::create(directory, Lsn::FIRST, 0).expect("room");
        state
            .collections(|collection| {
                let mut slice = Vec::new();
                let count = collection.write_definition(&mut slice);
                writer.add(&slice, count, end)
            })
            .expect("room");
        writer.finish(end).expect("room");
    }
    let report = check(&disk);
    assert_eq!(report.problems, []);
    assert_eq!((report.snapshots, report.collections), (1, Some(1)));
    assert_eq!(dump(&disk), lines);
    for at_damage in [AtDamage::Stop, AtDamage::GoOn] {
        let (report, rescued, _) = rescued(&disk, at_damage);
        assert_eq!((rescued, report.changes_refused), (lines.clone(), 0));
    }
}
