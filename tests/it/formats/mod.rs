//! Directories of every format that was released, as `tests/fixtures` keeps them: this version
//! opens them and finds what they held.
//!
//! A fixture is written once, by the version that had its format:
//!
//! ```sh
//! KORA_WRITE_FIXTURES=1 cargo test -p kora-tests --test it formats::
//! ```
//!
//! writes those that are missing and touches no other. Those of a folder all hold the same, whose
//! dump stands beside them. Without the variable the same lines write into a folder of the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kora::{Clock, Command, Config, Database, Durability, Index, Progress, Update, inspect};
use serde_json::{Map, Value, json};

use crate::support::folder::{Folder, copy, names};
use crate::support::words;

mod declared; // typed documents, whose collections have schemas

/// The format that this version writes.
const FORMAT: &str = "format-1";
/// The same format, with what typed repositories declare.
const DECLARED: &str = "format-1-declared";
/// What all fixtures of a format hold.
const DUMP: &str = "data.jsonl";

/// When the fixtures were written, by their clock.
const NOW_MS: i64 = 1_700_000_000_000;

/// What a fixture is about: its name, whether snapshots are taken, how its database ended.
struct Fixture {
    format: &'static str,
    name: &'static str,
    has_snapshots: bool,
    end: End,
}

enum End {
    Closed,
    Killed,
    /// Killed, and of the last commit the last bytes never came.
    Torn,
}

const FIXTURES: &[Fixture] = &[
    Fixture { format: FORMAT, name: "closed", has_snapshots: false, end: End::Closed },
    Fixture { format: FORMAT, name: "killed", has_snapshots: false, end: End::Killed },
    Fixture { format: FORMAT, name: "snapshots", has_snapshots: true, end: End::Killed },
    Fixture { format: FORMAT, name: "torn", has_snapshots: true, end: End::Torn },
    Fixture { format: DECLARED, name: "killed", has_snapshots: false, end: End::Killed },
    Fixture { format: DECLARED, name: "snapshots", has_snapshots: true, end: End::Killed },
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn config(dir: &Path) -> Config {
    Config {
        data_dir: Some(dir.to_owned()),
        clock: Clock::manual(NOW_MS),
        log_segment_bytes: 32 << 10,
        shard_count: 1,
        without_keeper: true,
        durability: Durability::Always,
        ..Config::default()
    }
}

/// Values of all types in all their forms, changed in all ways, by the lines of redis-cli.
const LINES: &str = include_str!("../../fixtures/everything.txt");

/// Values that are too long to be written down.
fn fill_large(db: &Database) {
    db.set("string:large", "0123456789".repeat(1000)).expect("room");
    db.set("string:bytes", (0..=255).collect::<Vec<u8>>()).expect("room");
    db.set(b"\xff key", "a key that is no text").expect("room");
    for i in 0..700 {
        db.rpush("list:large", format!("element {i}, which is not short")).expect("a list");
        db.hset("hash:large", format!("field:{i}"), i.to_string()).expect("a hash");
        db.sadd("set:large", format!("member:{i}")).expect("a set");
        db.sadd("set:integers", (i * i).to_string()).expect("a set");
        let pair = [(f64::from(i % 100) / 4.0, format!("member:{i}"))];
        db.zadd("zset:large", pair).expect("a zset");
    }
}

/// Changes what is there.
fn change_large(db: &Database) {
    for line in [
        "LPUSH list:large first",
        "LINSERT list:large BEFORE \"element 300, which is not short\" inserted",
        "LSET list:large 350 set",
        "LREM list:large 1 \"element 500, which is not short\"",
        "LTRIM list:large 0 -50",
        "HDEL hash:large field:1 field:699",
        "HINCRBY hash:large field:2 40",
        "SREM set:large member:0 member:5",
        "SREM set:integers 4 9",
        "ZREM zset:large member:1",
        "ZREMRANGEBYRANK zset:large 10 19",
        "ZREMRANGEBYSCORE zset:large 3 4",
        "APPEND string:large tail",
        "SETRANGE string:large 5 XYZ",
    ] {
        run(db, line);
    }
}

/// Documents with every value in every form, and indexes of all kinds.
fn fill_documents(db: &Database) {
    let values = db.create_collection("values").expect("a new name");
    for (id, document) in documents() {
        values.insert(&id, &document).expect("a document");
    }
    let people = db.create_collection("people").expect("a new name");
    for index in [
        Index::unique("email"),
        Index::hash("city"),
        Index::sorted("city").and("age").named("place"),
        Index::array("tags").only("age >= 18 AND NOT city = 'city 3'"),
        Index::sorted("`odd name`.deep").named("odd"),
    ] {
        assert!(people.create_index(index).expect("no documents"));
    }
    for i in 0..100 {
        let person = json!({
            "email": format!("p{i}@example.org"),
            "city": format!("city {}", i % 7),
            "age": i,
            "tags": [format!("t{}", i % 5), i % 3],
            "odd name": {"deep": f64::from(i) / 8.0},
        });
        people.insert(&format!("p{i:02}"), &person).expect("a document");
    }
    let gone = db.create_collection("gone").expect("a new name");
    gone.insert("1", &json!({"left": true})).expect("a document");
    db.create_collection("empty").expect("a new name");
}

/// Each form of a value, of an array's and of an object's body.
fn documents() -> Vec<(String, Value)> {
    let integers: Vec<i64> =
        (0..8).flat_map(|bytes| [i64::MAX, i64::MIN].map(|end| end >> (8 * bytes))).collect();
    let fields = |count: u32| -> Value {
        (0..count).map(|i| (format!("field {i}"), json!(i))).collect::<Map<_, _>>().into()
    };
    let long = |len: usize| "long".repeat(len / 4);
    let documents = [
        ("nothing", json!({})),
        ("constants", json!({"null": null, "false": false, "true": true})),
        ("small integers", json!([0, 1, 63, 64, -1, -64])),
        ("integers", json!(integers)),
        ("large integers", json!([u64::MAX, (1_u64 << 63)])),
        ("floats", json!([0.5, -0.0, 0.1, 1e300, 5e-324, 3.0])),
        ("strings", json!(["", "a", "gr\u{fc}n", "\0\n", long(124), long(128), long(400)])),
        ("arrays", json!([[], [[]], [long(248), 1], [long(252), 2]])),
        ("8 fields", fields(8)),
        ("9 fields", fields(9)),
        ("300 fields", fields(300)),
        ("long names", json!({long(252): 1, long(256): 2})),
        ("a long array", json!([long(65_536), 3])),
    ];
    let named = |(id, value): (&str, Value)| {
        let document = if value.is_object() { value } else { json!({"is": value}) };
        (id.to_owned(), document)
    };
    documents.into_iter().map(named).collect()
}

/// Changes what is there, and whole collections.
fn change_documents(db: &Database) {
    let people = db.collection("people").expect("it was made");
    for i in (0..100).step_by(9) {
        let update = Update::new().add("age", 100).push("tags", "older").expect("a value");
        assert!(people.update(&format!("p{i:02}"), &update).expect("it fits"));
    }
    for id in ["p01", "p02"] {
        assert!(people.delete(id).expect("it is recorded"));
    }
    let one_day = Duration::from_secs(24 * 60 * 60);
    assert!(people.expire("p03", one_day).expect("it is there"));
    assert!(people.expire("p04", one_day).expect("it is there"));
    assert!(people.persist("p04").expect("it is there"));
    assert!(people.drop_index("city").expect("it is recorded"));
    assert!(people.create_index(Index::hash("age").named("city")).expect("the values fit"));
    assert!(db.drop_collection("gone").expect("it is recorded"));
    let gone = db.create_collection("gone").expect("the name is free");
    gone.insert("2", &json!({"back": true})).expect("a document");
}

fn run(db: &Database, line: &str) {
    let words = words::split(line).expect("the line is one of redis-cli");
    db.execute(Command::from_words(words)).unwrap_or_else(|error| panic!("{line}: {error}"));
}

fn run_all(mut db: Database, lines: &str) {
    for line in lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("SELECT ") {
            Some(number) => db = db.select(number.parse().expect("a number")).expect("few"),
            None => run(&db, line),
        }
    }
}

/// Writes a fixture.
fn write(fixture: &Fixture, folder: &Path) {
    let work = Folder::new();
    let (dir, to) = (work.join("data"), folder.join(fixture.name));
    let db = Database::open(config(&dir)).expect("the disk is sound");
    let snapshot = || {
        if fixture.has_snapshots {
            db.snapshot().expect("the disk is sound");
        }
    };
    if fixture.format == DECLARED {
        declared::fill(&db);
        snapshot();
        declared::change(&db);
    } else {
        fill_large(&db);
        fill_documents(&db);
        snapshot();
        run_all(db.clone(), LINES);
        snapshot();
        change_large(&db);
        change_documents(&db);
    }
    match fixture.end {
        End::Closed => drop(db),
        End::Killed => {
            copy(&dir, &to);
            drop(db);
        }
        End::Torn => {
            run(&db, "SET torn off");
            copy(&dir, &to);
            drop(db);
            tear(&to);
        }
    }
    if !to.exists() {
        copy(&dir, &to);
    }
    // A process that is gone has no lock.
    fs::remove_file(to.join("LOCK")).expect("it was copied");
}

/// Takes the end of the last commit away.
fn tear(dir: &Path) {
    let last = names(dir).into_iter().rfind(|name| name.starts_with("log-"));
    let path = dir.join(last.expect("there is a log"));
    let mut bytes = fs::read(&path).expect("it was copied");
    let end = bytes.iter().rposition(|byte| *byte != 0).expect("it has frames");
    bytes[end - 2..=end].fill(0);
    fs::write(&path, bytes).expect("it can be written");
}

fn dump(dir: &Path) -> String {
    let mut out = Vec::new();
    inspect::dump(dir, &mut out).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    String::from_utf8(out).expect("JSON is text")
}

/// Fails with the first line that differs, not with all of them.
#[track_caller]
fn check_same(found: &str, expected: &str, what: &str) {
    let pairs = found.lines().zip(expected.lines());
    let different = pairs.filter(|(found, expected)| found != expected);
    if let Some((found, expected)) = different.into_iter().next() {
        let cut = |line: &str| line.chars().take(300).collect::<String>();
        panic!("{what}\nfound    {}\nexpected {}", cut(found), cut(expected));
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{what}");
}

#[test]
fn this_version_writes_what_its_fixtures_hold() {
    let writes = std::env::var_os("KORA_WRITE_FIXTURES").is_some_and(|value| value == "1");
    for fixture in FIXTURES {
        let (kept, folder) = (root().join(fixture.format), Folder::new());
        write(fixture, &folder.join("new"));
        let found = dump(&folder.join("new").join(fixture.name));
        if writes && !kept.join(fixture.name).exists() {
            copy(&folder.join("new").join(fixture.name), &kept.join(fixture.name));
        }
        if writes && !kept.join(DUMP).exists() {
            fs::write(kept.join(DUMP), &found).expect("the tree can be written");
        }
        check_same(&found, &expected(&kept), &format!("{} {}", fixture.format, fixture.name));
    }
}

fn expected(format: &Path) -> String {
    let path = format.join(DUMP);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every fixture of every format, with what it holds.
fn kept() -> Vec<(PathBuf, String)> {
    let formats = names(&root()).into_iter().filter(|name| name.starts_with("format-"));
    let kept = formats.flat_map(|format| {
        let (folder, dump) = (root().join(&format), expected(&root().join(format)));
        names(&folder).into_iter().map(move |name| (folder.join(name), dump.clone()))
    });
    let kept: Vec<_> = kept.filter(|(path, _)| path.is_dir()).collect();
    assert!(kept.len() >= FIXTURES.len());
    kept
}

#[test]
fn every_fixture_is_sound_and_holds_what_it_held() {
    for (kept, expected) in kept() {
        let what = kept.display().to_string();
        let report = inspect::check(&kept).expect(&what);
        assert_eq!(report.problems, [], "{what}");
        assert_eq!(report.torn_bytes > 0, what.ends_with("torn"), "{what}");
        check_same(&dump(&kept), &expected, &what);
    }
}

#[test]
fn opening_tells_how_far_it_has_come() {
    for (kept, _) in kept() {
        let (folder, what) = (Folder::new(), kept.display().to_string());
        copy(&kept, &folder.join("data"));
        let told = Arc::new(Mutex::new(Vec::new()));
        let teller = Arc::clone(&told);
        let on_progress = Progress::new(move |done, all| {
            teller.lock().expect("nobody panics").push((done, all));
        });
        let config = Config { on_progress, ..config(&folder.join("data")) };
        drop(Database::open(config).unwrap_or_else(|error| panic!("{what}: {error}")));
        let told = told.lock().expect("nobody panics");
        let ends = told.iter().filter(|(done, all)| done == all).count();
        let files = if what.ends_with("snapshots") || what.ends_with("torn") { 2 } else { 1 };
        // A snapshot begins with its header.
        assert!(told[0].0 <= 64 && ends == files, "{what}: {told:?}");
        assert!(told.len() < 8, "{what}: not for each of hundreds of commits: {told:?}");
    }
}

#[test]
fn every_fixture_opens_and_goes_on() {
    // The last line of a key, if it is there.
    const LATER: &str =
        r#"{"database":15,"key":"~later","type":"string","expires_at":null,"value":"1"}"#;
    for (kept, expected) in kept() {
        let (folder, what) = (Folder::new(), kept.display().to_string());
        let dir = folder.join("data");
        copy(&kept, &dir);
        let db = Database::open(config(&dir)).unwrap_or_else(|error| panic!("{what}: {error}"));
        let found = db.open_report().expect("it has a directory");
        assert_eq!(found.bytes_dropped > 0, what.ends_with("torn"), "{what}");
        db.select(15).expect("few").set("~later", "1").expect("room");
        let digest = db.digest();
        drop(db);
        let (keys, documents) = expected.split_at(expected.find("{\"collection\"").expect("some"));
        let lines = format!("{keys}{LATER}\n{documents}");
        check_same(&dump(&dir), &lines, &what);
        let db = Database::open(config(&dir)).expect("it was closed");
        db.snapshot().expect("the disk is sound");
        drop(db);
        check_same(&dump(&dir), &lines, &what);
        let db = Database::open(config(&dir)).expect("it was closed");
        assert_eq!(db.digest(), digest, "{what}");
        match what.contains(DECLARED) {
            true => declared::check(&db),
            false => check_indexes(&db),
        }
    }
}

/// The indexes of the fixtures were built, and hold again.
#[track_caller]
fn check_indexes(db: &Database) {
    let people = db.collection("people").expect("it was made");
    let mut names: Vec<_> = people.indexes().into_iter().map(|index| index.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["city", "email", "odd", "place", "tags"]);
    for (query, count) in [
        ("email = 'p50@example.org'", 1),
        ("city = 'city 2' AND age BETWEEN 10 AND 30", 3),
        ("age >= 18 AND NOT city = 'city 3' AND tags CONTAINS 'older'", 11),
        ("age = 109", 1),
        ("`odd name`.deep < 1", 6),
    ] {
        assert_eq!(people.count(query), Ok(count), "{query}");
    }
    let taken = people.insert("new", &json!({"email": "p50@example.org"}));
    assert!(taken.is_err(), "unique values are held to");
}
