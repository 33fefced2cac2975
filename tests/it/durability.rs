//! What a directory promises, through the public doors: reopening, snapshots, killing, and a disk
//! that fails.

use kora::testing::{Call, FaultKind, Keep, Restart, SimulatedDisk};
use kora::{Config, Database, Durability, Error, Health, cmd};

/// A small database on a simulated disk, without a thread of its own, so that every run makes the
/// same steps.
fn config(disk: &SimulatedDisk, durability: Durability) -> Config {
    Config {
        data_dir: Some("data".into()),
        disk: Some(disk.clone()),
        without_keeper: true,
        log_segment_bytes: 4 << 10,
        shard_count: 1,
        durability,
        ..Config::default()
    }
}

fn open(disk: &SimulatedDisk) -> Database {
    Database::open(config(disk, Durability::Os)).expect("the disk is sound")
}

#[test]
fn everything_comes_back_whatever_it_is() {
    let disk = SimulatedDisk::new(1);
    let db = open(&disk);
    for words in ["SET s text", "RPUSH l a b c", "HSET h f 1 g 2", "SADD z 1 2 3", "ZADD o 1 a 2 b"]
    {
        db.execute(kora::Command::from_words(words.split(' '))).expect(words);
    }
    db.select(3).expect("there are sixteen").set("other", "7").expect("room");
    db.expire("s", std::time::Duration::from_secs(1000)).expect("a key");
    let digest = db.digest();
    drop(db);
    let again = open(&disk.restart(Restart::Killed));
    assert_eq!(again.digest(), digest);
    let report = again.open_report().expect("it is on disk");
    assert_eq!((report.commits_replayed, report.bytes_dropped), (7, 0));
}

#[test]
fn a_snapshot_takes_the_place_of_the_log() {
    let disk = SimulatedDisk::new(1);
    let db = open(&disk);
    for round in 0..6 {
        for i in 0..300 {
            db.set(format!("key:{i}"), format!("{round}")).expect("room");
        }
        assert_eq!(db.snapshot().expect("the disk is sound").entries, 300);
    }
    db.set("last", "1").expect("room");
    let digest = db.digest();
    let segments = disk.files("data").iter().filter(|name| name.starts_with("log-")).count();
    drop(db);
    let again = open(&disk);
    assert_eq!(again.digest(), digest);
    let report = again.open_report().expect("it is on disk");
    assert_eq!((report.snapshot_entries, report.commits_replayed), (300, 1));
    assert!(segments < 20, "{segments} segments are left");
}

#[test]
fn writes_that_wait_are_there_after_a_power_loss() {
    let disk = SimulatedDisk::new(1);
    let db = Database::open(config(&disk, Durability::Always)).expect("the disk is sound");
    for i in 0..50 {
        db.set(format!("key:{i}"), i.to_string()).expect("room");
        let lost = disk.restart(Restart::PowerLoss { seed: i, keep: Keep::Nothing });
        let again = open(&lost);
        assert_eq!(again.dbsize().expect("it counts"), usize::try_from(i).expect("small") + 1);
    }
    db.relaxed().set("relaxed", "1").expect("room");
    let lost = disk.restart(Restart::PowerLoss { seed: 0, keep: Keep::Nothing });
    assert_eq!(open(&lost).get("relaxed"), Ok(None));
    db.sync().expect("the disk is sound");
    let lost = disk.restart(Restart::PowerLoss { seed: 0, keep: Keep::Nothing });
    assert!(open(&lost).get("relaxed").expect("a string").is_some());
}

#[test]
fn a_full_disk_refuses_writes_and_heals() {
    let disk = SimulatedDisk::new(1);
    let db = open(&disk);
    disk.set_capacity(Some(disk.used() + (16 << 10)));
    let mut written = 0;
    let refused = loop {
        match db.set(format!("key:{written}"), "x".repeat(100)) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused, Error::DiskFull);
    assert_eq!(db.health(), Health::DiskFull);
    assert!(db.get("key:0").expect("reading goes on").is_some());
    assert_eq!(db.execute(cmd!("DEL", "key:0")), Err(Error::DiskFull));
    assert_eq!(db.dbsize(), Ok(written));
    disk.set_capacity(None);
    db.set("more", "1").expect("there is room again");
    assert_eq!(db.health(), Health::Good);
    let digest = db.digest();
    assert_eq!(open(&disk.restart(Restart::Killed)).digest(), digest);
}

#[test]
fn a_failed_sync_stops_writing_and_reading_goes_on() {
    let disk = SimulatedDisk::new(1);
    let db = Database::open(config(&disk, Durability::Always)).expect("the disk is sound");
    db.set("before", "1").expect("room");
    // A write copies a header and a payload, then it waits for the sync.
    disk.fail_at(disk.steps() + 2, FaultKind::Io);
    let syncs = disk.count(Call::Sync);
    assert!(matches!(db.set("unsure", "1"), Err(Error::Io(_))));
    assert!(matches!(db.set("refused", "1"), Err(Error::Io(_))));
    assert!(matches!(db.sync(), Err(Error::Io(_))));
    assert_eq!(disk.count(Call::Sync), syncs + 1, "nobody tries a sync again");
    assert_eq!(db.get("refused"), Ok(None));
    assert!(matches!(db.health(), Health::Failed(Error::Io(_))));
    assert!(db.get("before").expect("reading goes on").is_some());
    let lost = disk.restart(Restart::PowerLoss { seed: 3, keep: Keep::Random });
    assert!(open(&lost).get("before").expect("a string").is_some());
}

#[test]
fn a_directory_has_one_owner() {
    let disk = SimulatedDisk::new(1);
    let db = open(&disk);
    let second = Database::open(config(&disk, Durability::Os));
    assert!(matches!(second, Err(Error::Locked(_))), "{second:?}");
    drop(db);
    open(&disk);
}
