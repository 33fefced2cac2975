//! Sound directories, directories with one bit turned, and what is rescued of them.

mod documents;
mod page;

use std::path::Path;
use std::sync::Arc;

use crate::config::{Config, Durability};
use crate::database::Database;
use crate::error::{Error, Result};
use crate::inspect::check::{CheckReport, check_on};
use crate::inspect::dump::dump_on;
use crate::inspect::salvage::{AtDamage, SalvageReport, salvage_on};
use crate::storage::fs::Fs;
use crate::storage::fs::simulated::{Keep, Restart, Simulated};
use crate::types::random::Random;

const DIR: &str = "data";

fn open_at(disk: &Simulated, dir: &str) -> Result<Database> {
    Database::open(Config {
        data_dir: Some(dir.into()),
        disk: Some(disk.clone()),
        without_keeper: true,
        log_segment_bytes: 4 << 10,
        shard_count: 1,
        durability: Durability::Os,
        ..Config::default()
    })
}

fn open(disk: &Simulated) -> Database {
    open_at(disk, DIR).expect("the directory is sound")
}

fn fs(disk: &Simulated) -> Arc<dyn Fs> {
    Arc::new(disk.clone())
}

fn check(disk: &Simulated) -> CheckReport {
    check_on(&fs(disk), Path::new(DIR)).expect("it can be looked at")
}

fn dump(disk: &Simulated) -> String {
    let mut out = Vec::new();
    dump_on(fs(disk), Path::new(DIR), &mut out).expect("it can be read");
    String::from_utf8(out).expect("JSON is text")
}

fn salvage(disk: &Simulated, at_damage: AtDamage) -> (SalvageReport, Database) {
    let rescued = salvage_on(&fs(disk), Path::new(DIR), Path::new("new"), at_damage);
    let rescued = rescued.expect("there is something to rescue");
    (rescued, open_at(disk, "new").expect("what was rescued opens"))
}

fn everything(disk: &Simulated) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| (name.clone(), disk.read_file(Path::new(DIR).join(name)));
    disk.files(DIR).into_iter().map(read).collect()
}

/// Writes a round of keys of all types, and notes the digest after each.
fn write(db: &Database, round: usize, digests: &mut Vec<u64>) {
    for i in 0..10 {
        let command = match i % 5 {
            0 => format!("SET string:{i} {}", "x".repeat(10 * round + i)),
            1 => format!("RPUSH list:{i} {round}"),
            2 => format!("SADD set:{i} {round}"),
            3 => format!("HSET hash:{i} field:{round} {round}"),
            _ => format!("ZADD zset:{i} {round} member:{round}"),
        };
        db.execute(crate::Command::from_words(command.split(' '))).expect("room");
        digests.push(db.digest());
    }
}

/// A disk with two snapshots and a log, whose database was closed or killed, and the digest after
/// each write.
fn written(is_killed: bool) -> (Simulated, Vec<u64>) {
    let (disk, mut digests) = (Simulated::new(1), Vec::new());
    let db = open(&disk);
    for round in 0..4 {
        write(&db, round, &mut digests);
        if round == 1 || round == 2 {
            db.snapshot().expect("the disk is sound");
        }
    }
    if is_killed {
        return (disk.restart(Restart::Killed), digests);
    }
    drop(db);
    (disk, digests)
}

#[test]
fn a_sound_directory_is_sound_and_stays_as_it_is() {
    for is_killed in [false, true] {
        let (disk, digests) = written(is_killed);
        let before = everything(&disk);
        let report = check(&disk);
        assert_eq!(report.problems, []);
        assert_eq!((report.snapshots, report.entries), (2, Some(10)));
        assert_eq!(report.commits, 40, "nothing was retired: the log is needed from its start");
        assert_eq!(report.torn_bytes, 0);
        let lines = dump(&disk);
        assert_eq!(lines.lines().count(), 10);
        assert!(everything(&disk) == before, "not a byte has changed");
        assert_eq!(open(&disk).digest(), *digests.last().expect("there are some"));
        assert_eq!(dump(&disk), lines, "opening changes no data");
    }
}

#[test]
fn an_open_database_keeps_others_out() {
    let (disk, _) = written(false);
    let db = open(&disk);
    let looked = check_on(&fs(&disk), Path::new(DIR));
    assert!(matches!(looked, Err(Error::Locked(_))), "{looked:?}");
    drop(db);
    assert!(check(&disk).is_sound());
}

#[test]
fn what_a_crash_leaves_is_named_and_no_problem() {
    let (disk, _) = written(true);
    disk.write_file("data/snapshot-00000000000000ff", b"whole, but never named");
    disk.write_file("data/snapshot-0000000000000100.tmp", b"begun");
    disk.write_file("data/notes.txt", b"somebody's");
    let report = check(&disk);
    assert_eq!(report.problems, []);
    let names: Vec<&str> = report.leftovers.iter().map(|leftover| &*leftover.file).collect();
    let expected = ["notes.txt", "snapshot-00000000000000ff", "snapshot-0000000000000100.tmp"];
    assert_eq!(names, expected);
}

#[test]
fn a_torn_end_is_no_problem() {
    let disk = Simulated::new(1);
    let db = open(&disk);
    write(&db, 0, &mut Vec::new());
    db.sync().expect("the disk is sound");
    write(&db, 1, &mut Vec::new());
    let mut torn = 0;
    for seed in 0..20 {
        let lost = disk.restart(Restart::PowerLoss { seed, keep: Keep::Torn });
        let report = check(&lost);
        assert_eq!(report.problems, [], "seed {seed}");
        let (db, lines) = (open(&lost.restart(Restart::Killed)), dump(&lost));
        let found = db.open_report().expect("it is on disk");
        assert_eq!(report.torn_bytes, found.bytes_dropped, "seed {seed}");
        assert_eq!(report.entries, db.dbsize().ok().map(|count| count as u64));
        assert_eq!(lines.lines().count(), db.dbsize().expect("it counts"));
        torn += u64::from(report.torn_bytes > 0);
    }
    assert!(torn > 0, "some of them are torn");
}

/// Turns one bit after the other, chosen at random: what is sound opens as it was, and what does
/// not open is not sound.
#[test]
fn a_turned_bit_is_found_or_of_no_consequence() {
    let mut random = Random::from_environment();
    let (disk, digests) = written(false);
    let whole = *digests.last().expect("there are some");
    let (mut found, mut opened) = (0, 0);
    for _ in 0..300 {
        let files = disk.files(DIR);
        let name = &files[random.within(0..files.len())];
        let path = format!("{DIR}/{name}");
        let bytes = disk.read_file(&path);
        if name == "LOCK" {
            continue;
        }
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
        let end = if random.within(0..4) > 0 { used } else { bytes.len() };
        let bit = random.within(0..end * 8) as u64;
        let damaged = disk.restart(Restart::Killed);
        damaged.flip(&path, bit);
        let report = check(&damaged);
        if report.is_sound() {
            let db = open_at(&damaged, DIR).unwrap_or_else(|e| panic!("{name}, bit {bit}: {e}"));
            // Behind the end, or in a file made ahead of use, is nothing of anybody's.
            assert_eq!(db.digest(), whole, "{name}, bit {bit}");
            opened += 1;
        } else {
            let says = |problem: &Error| problem.to_string().contains(name.as_str());
            assert!(report.problems.iter().any(says), "{name}, bit {bit}: {:?}", report.problems);
            found += 1;
        }
    }
    assert!(found > 100 && opened > 0, "{found} found, {opened} of no consequence");
}

#[test]
fn a_damaged_snapshot_costs_nothing() {
    let (disk, digests) = written(false);
    disk.flip("data/snapshot-0000000000000002", 8 * 100);
    let report = check(&disk);
    assert_eq!(report.entries, None);
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
    assert!(matches!(open_at(&disk, DIR), Err(Error::Damaged(_))));
    for at_damage in [AtDamage::Stop, AtDamage::GoOn] {
        let disk = disk.restart(Restart::Killed);
        let (rescued, db) = salvage(&disk, at_damage);
        assert_eq!(db.digest(), *digests.last().expect("there are some"));
        assert_eq!((rescued.entries, rescued.commits_left_out), (10, 0));
        assert_eq!(rescued.damage.len(), 1);
    }
}

#[test]
fn a_lost_manifest_costs_nothing() {
    for is_gone in [false, true] {
        let (disk, digests) = written(true);
        if is_gone {
            disk.remove(Path::new("data/MANIFEST")).expect("it is there");
        } else {
            disk.write_file("data/MANIFEST", &[0; 80]);
        }
        let report = check(&disk);
        assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
        assert!(report.problems[0].to_string().contains("MANIFEST"));
        assert_eq!((report.snapshots, report.commits), (2, 40), "the rest was looked at");
        let (_, db) = salvage(&disk, AtDamage::Stop);
        assert_eq!(db.digest(), *digests.last().expect("there are some"));
    }
}

/// Where the frame of a key's last change begins: behind it stands its record.
fn place_of(disk: &Simulated, key: &str) -> (String, u64) {
    let logs = disk.files(DIR).into_iter().filter(|name| name.starts_with("log-"));
    let mut found = logs.filter_map(|name| {
        let bytes = disk.read_file(format!("{DIR}/{name}"));
        let at = bytes.windows(key.len()).rposition(|part| part == key.as_bytes())?;
        Some((name, at as u64))
    });
    found.next_back().expect("the key is in the log")
}

#[test]
fn a_damaged_log_is_rescued_up_to_the_damage_or_beyond() {
    let (disk, digests) = written(false);
    let (name, at) = place_of(&disk, "set:2");
    disk.flip(format!("{DIR}/{name}"), 8 * at);
    assert!(matches!(open_at(&disk, DIR), Err(Error::Damaged(_))));
    let report = check(&disk);
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);

    let whole = disk.restart(Restart::Killed);
    let (rescued, db) = salvage(&whole, AtDamage::Stop);
    assert_eq!(db.digest(), digests[31], "the last round up to its third write");
    assert_eq!(rescued.commits_left_out, 7);

    let whole = disk.restart(Restart::Killed);
    let (rescued, db) = salvage(&whole, AtDamage::GoOn);
    assert_eq!((rescued.commits_left_out, rescued.changes_refused), (0, 0));
    assert_eq!(db.scard("set:2"), Ok(3), "one change is lost");
    assert_eq!(db.scard("set:7"), Ok(4), "and no other");
}

#[test]
fn a_lost_segment_is_a_gap() {
    let disk = Simulated::new(1);
    let (db, mut digests) = (open(&disk), Vec::new());
    (0..20).for_each(|round| write(&db, round, &mut digests));
    drop(db);
    disk.remove(Path::new("data/log-0000000000000002")).expect("there are several");
    let report = check(&disk);
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
    assert!(report.problems[0].to_string().contains("log-0000000000000001"));
    let (rescued, db) = salvage(&disk.restart(Restart::Killed), AtDamage::Stop);
    let kept = usize::try_from(rescued.commits_replayed).expect("few");
    assert_eq!(db.digest(), digests[kept - 1]);
    let (beyond, _) = salvage(&disk.restart(Restart::Killed), AtDamage::GoOn);
    assert!(beyond.commits_replayed > rescued.commits_replayed);
    assert_eq!(beyond.commits_left_out, 0);
}

#[test]
fn a_segment_without_its_header_is_read_beyond_damage() {
    let disk = Simulated::new(1);
    let (db, mut digests) = (open(&disk), Vec::new());
    (0..20).for_each(|round| write(&db, round, &mut digests));
    db.sync().expect("the disk is sound");
    write(&db, 20, &mut digests);
    drop(db);
    disk.flip("data/log-0000000000000002", 8 * 20);
    let report = check(&disk);
    assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
    assert!(report.problems[0].to_string().contains("log-0000000000000002 is damaged at byte 0"));
    let (rescued, db) = salvage(&disk, AtDamage::GoOn);
    assert_eq!(db.digest(), *digests.last().expect("there are some"), "no frame was lost");
    assert_eq!(rescued.commits_left_out, 0);
}

#[test]
fn two_damaged_snapshots_leave_the_log() {
    let (disk, digests) = written(false);
    disk.flip("data/snapshot-0000000000000001", 8 * 100);
    disk.flip("data/snapshot-0000000000000002", 8 * 100);
    let (rescued, db) = salvage(&disk, AtDamage::Stop);
    assert_eq!((rescued.snapshot_taken_at, rescued.commits_replayed), (None, 40));
    assert_eq!(db.digest(), *digests.last().expect("there are some"));
}

#[test]
fn nothing_is_made_up_where_nothing_is_left() {
    let (disk, _) = written(false);
    for number in 1..=2 {
        disk.flip(format!("data/snapshot-000000000000000{number}"), 8 * 100);
    }
    for name in disk.files(DIR).into_iter().filter(|name| name.starts_with("log-")) {
        disk.remove(&Path::new(DIR).join(name)).expect("it is there");
    }
    let rescued = salvage_on(&fs(&disk), Path::new(DIR), Path::new("new"), AtDamage::Stop);
    assert!(matches!(rescued, Err(Error::Damaged(_))), "{rescued:?}");
    assert!(!disk.files("").contains(&"new".to_owned()), "nothing was made");
    let (rescued, db) = salvage(&disk, AtDamage::GoOn);
    let count = db.dbsize().expect("it counts") as u64;
    assert!(count == rescued.entries && count < 10, "{rescued:?}");
}

#[test]
fn what_is_there_is_not_written_over() {
    let (disk, _) = written(false);
    disk.write_file("new/file", b"mine");
    let rescued = salvage_on(&fs(&disk), Path::new(DIR), Path::new("new"), AtDamage::Stop);
    assert!(matches!(rescued, Err(Error::Io(_))), "{rescued:?}");
    assert_eq!(disk.files("new"), ["file"]);
}

#[test]
fn a_directory_that_was_never_finished_holds_nothing() {
    let whole = Simulated::new(0);
    drop(open(&whole));
    let mut unfinished = 0;
    for step in 0..whole.steps() {
        let disk = Simulated::new(0);
        disk.crash_at(step);
        assert!(open_at(&disk, DIR).is_err() || disk.is_dead());
        let disk = disk.restart(Restart::PowerLoss { seed: step, keep: Keep::Random });
        match check_on(&fs(&disk), Path::new(DIR)) {
            Ok(report) => assert_eq!(report.problems, [], "step {step}"),
            Err(Error::Io(_)) => unfinished += 1,
            Err(error) => panic!("step {step}: {error}"),
        }
    }
    assert!(unfinished > 0);
}

#[test]
fn lines_say_everything_and_compare() {
    let disk = Simulated::new(1);
    let db = open(&disk);
    for line in [
        "SET b text",
        "SET \u{fc} 12 PXAT 4102444800000",
        "RPUSH l b a b 7",
        "SADD s 10 9 b a",
        "SADD i 10 9",
        "HSET h g 1 f 2",
        "ZADD z 2.5 b 1 a inf c -inf d -0.125 e",
    ] {
        db.execute(crate::Command::from_words(line.split(' '))).expect(line);
    }
    db.select(9).expect("there are sixteen").set(b"\xff\0", "\"\n").expect("room");
    drop(db);
    let expected = r#"{"database":0,"key":"b","type":"string","expires_at":null,"value":"text"}
{"database":0,"key":"h","type":"hash","expires_at":null,"value":[["f","2"],["g","1"]]}
{"database":0,"key":"i","type":"set","expires_at":null,"value":["10","9"]}
{"database":0,"key":"l","type":"list","expires_at":null,"value":["b","a","b","7"]}
{"database":0,"key":"s","type":"set","expires_at":null,"value":["10","9","a","b"]}
{"database":0,"key":"z","type":"zset","expires_at":null,"value":[["d","-inf"],["e",-0.125],["a",1],["b",2.5],["c","inf"]]}
{"database":0,"key":"ü","type":"string","expires_at":4102444800000,"value":"12"}
{"database":9,"key":{"base64":"/wA="},"type":"string","expires_at":null,"value":"\"\n"}
"#;
    assert_eq!(dump(&disk), expected);
    for line in expected.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("a line is JSON");
    }
}
