//! SAVE, BGSAVE and LASTSAVE on a directory, and without one.

use std::time::Duration;

use kora::testing::SimulatedDisk;
use kora::{Clock, Config, Database, cmd};

const NOW_MS: i64 = 1_700_000_000_999;

fn open(disk: &SimulatedDisk, clock: &Clock, without_keeper: bool) -> Database {
    Database::open(Config {
        data_dir: Some("data".into()),
        disk: Some(disk.clone()),
        clock: clock.clone(),
        log_segment_bytes: 64 << 10,
        without_keeper,
        ..Config::default()
    })
    .expect("the disk is sound")
}

#[track_caller]
fn check(db: &Database, line: &str, expected: &str) {
    let answer = db.execute(kora::Command::from_words(line.split(' ')));
    let answer = answer.map_or_else(|error| error.wire(), |response| response.to_string());
    assert_eq!(answer, expected, "{line}");
}

#[test]
fn without_a_directory_there_is_nothing_to_save_to() {
    let db = Database::in_memory();
    for line in ["SAVE", "BGSAVE", "BGSAVE SCHEDULE", "LASTSAVE"] {
        check(&db, line, "ERR the database is in memory only");
    }
    assert_eq!(db.last_snapshot(), None);
}

#[test]
fn the_last_save_is_told_in_seconds() {
    let (disk, clock) = (SimulatedDisk::new(0), Clock::manual(NOW_MS));
    let db = open(&disk, &clock, true);
    check(&db, "LASTSAVE", "(integer) 1700000000");
    assert_eq!(db.last_snapshot(), None);
    clock.advance(Duration::from_secs(10));
    check(&db, "SAVE", "OK");
    check(&db, "LASTSAVE", "(integer) 1700000010");
    assert_eq!(db.last_snapshot(), Some(NOW_MS + 10_000));
    drop(db);
    clock.advance(Duration::from_secs(10));
    let db = open(&disk, &clock, true);
    check(&db, "LASTSAVE", "(integer) 1700000010");
    assert_eq!(db.last_snapshot(), Some(NOW_MS + 10_000));
}

#[test]
fn what_was_saved_is_not_replayed() {
    let (disk, clock) = (SimulatedDisk::new(0), Clock::manual(NOW_MS));
    let db = open(&disk, &clock, true);
    db.mset([("a", "1"), ("b", "2")]).expect("room");
    check(&db, "SAVE", "OK");
    db.set("c", "3").expect("room");
    drop(db);
    let report = open(&disk, &clock, true).open_report().expect("it is on disk");
    assert_eq!((report.snapshot_entries, report.commits_replayed), (2, 1));
}

/// Waits for a snapshot that the database's own threads take.
fn wait_for_snapshot(db: &Database, after: Option<i64>) {
    while db.last_snapshot() == after {
        std::thread::yield_now();
    }
}

#[test]
fn a_snapshot_in_the_background_is_taken() {
    let (disk, clock) = (SimulatedDisk::new(0), Clock::manual(NOW_MS));
    let db = open(&disk, &clock, false);
    db.set("a", "1").expect("room");
    check(&db, "BGSAVE", "Background saving started");
    wait_for_snapshot(&db, None);
    assert_eq!(db.last_snapshot(), Some(NOW_MS));
    drop(db);
    let report = open(&disk, &clock, true).open_report().expect("it is on disk");
    assert_eq!((report.snapshot_entries, report.commits_replayed), (1, 0));
}

#[test]
fn a_scheduled_snapshot_comes_after_the_one_that_was_asked_for() {
    let (disk, clock) = (SimulatedDisk::new(0), Clock::manual(NOW_MS));
    // Nobody begins it before it is called for.
    let db = open(&disk, &clock, true);
    db.set("a", "1").expect("room");
    check(&db, "BGSAVE", "Background saving started");
    check(&db, "BGSAVE", "ERR Background save already in progress");
    check(&db, "BGSAVE schedule", "Background saving scheduled");
    check(&db, "BGSAVE now", "ERR syntax error");
    assert_eq!(db.last_snapshot(), None);
    db.keep();
    wait_for_snapshot(&db, None);
    clock.advance(Duration::from_secs(1));
    // While the first runs out, its thread may still hold the turn.
    loop {
        match db.execute(cmd!("BGSAVE")) {
            Ok(response) => break assert_eq!(response.to_string(), "Background saving started"),
            Err(error) => assert_eq!(error, kora::Error::SnapshotInProgress),
        }
    }
    while db.last_snapshot() == Some(NOW_MS) {
        db.keep();
    }
    assert_eq!(db.last_snapshot(), Some(NOW_MS + 1000));
    assert_eq!(db.health(), kora::Health::Good);
}
