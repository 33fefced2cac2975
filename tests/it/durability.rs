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

/// Every eighth byte of a torn tail was taken for the start of a frame and its checksum computed,
/// so that opening took a minute for each megabyte of small numbers.
#[test]
fn a_torn_tail_of_numbers_is_no_work() {
    let disk = SimulatedDisk::new(1);
    let small = config(&disk, Durability::Os);
    let db = Database::open(Config { log_segment_bytes: 16 << 20, ..small }).expect("it is sound");
    db.set("before", "1").expect("room");
    let numbers = 1_000_000_u64.to_le_bytes().repeat(1 << 20);
    db.set("numbers", numbers).expect("room");
    let killed = disk.restart(Restart::Killed);
    killed.flip("data/log-0000000000000001", 8 * 1024);
    let again = open(&killed);
    assert_eq!(again.dbsize(), Ok(1));
    assert!(again.open_report().expect("it is on disk").bytes_dropped > 8 << 20);
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

/// What an opening left that had written the new directory's manifest and not yet renamed it was
/// removed twice, so the directory never opened again.
#[test]
fn the_first_opening_may_stop_at_any_step() {
    let whole = SimulatedDisk::new(1);
    whole.film();
    drop(open(&whole));
    let film = whole.take_film();
    assert!(film.len() > 10);
    for (step, stopped) in film {
        for keep in [Keep::Nothing, Keep::All] {
            let disk = stopped.restart(Restart::PowerLoss { seed: step, keep });
            let again = Database::open(config(&disk, Durability::Os));
            assert!(again.is_ok(), "stopped at step {step}: {again:?}");
        }
    }
}

/// A process that was killed between the renaming of the first manifest and the sync of that name
/// left a directory that served, and after a power loss had data but no manifest.
#[test]
fn a_name_that_a_killed_process_left_is_made_durable() {
    let whole = SimulatedDisk::new(1);
    whole.film();
    drop(open(&whole));
    for (step, stopped) in whole.take_film() {
        let disk = stopped.restart(Restart::Killed);
        let db = Database::open(config(&disk, Durability::Always)).expect("it was only killed");
        db.set("key", "1").expect("room");
        let lost = disk.restart(Restart::PowerLoss { seed: step, keep: Keep::Nothing });
        let again = Database::open(config(&lost, Durability::Os));
        let again = again.unwrap_or_else(|error| panic!("stopped at step {step}: {error}"));
        assert_eq!(again.dbsize(), Ok(1), "stopped at step {step}");
    }
}

/// After a write to the log had failed, a sync said that everything was durable, because all that
/// was in the log was.
#[test]
fn nothing_is_durable_that_could_not_be_written() {
    let disk = SimulatedDisk::new(1);
    let db = open(&disk);
    disk.fail_at(disk.steps(), FaultKind::Io);
    assert!(matches!(db.set("key", "1"), Err(Error::Io(_))));
    assert!(matches!(db.sync(), Err(Error::Io(_))));
}

/// What a full disk refused waits in memory to be written. A snapshot took it along, and the log
/// had it once more behind the snapshot: the list came back longer than it was.
#[test]
fn a_snapshot_has_nothing_that_the_log_has_yet_to_get() {
    let disk = SimulatedDisk::new(1);
    let db = open(&disk);
    db.rpush("list", ["first"]).expect("room");
    disk.fail_from(disk.steps(), FaultKind::NoSpace);
    assert_eq!(db.rpush("list", ["second"]), Err(Error::DiskFull));
    assert_eq!(db.snapshot(), Err(Error::DiskFull));
    disk.heal();
    db.snapshot().expect("there is room again");
    let again = open(&disk.restart(Restart::Killed));
    assert_eq!(again.lrange("list", 0, -1), db.lrange("list", 0, -1));
    assert_eq!(again.llen("list"), Ok(2));
}

/// Closing waited for the snapshot that was being taken, and then for the thread that may begin
/// another: that one had the directory after the close.
#[test]
fn who_closes_a_directory_may_open_it_again() {
    let disk = SimulatedDisk::new(1);
    for round in 0..30 {
        let config = Config {
            without_keeper: false,
            database_count: 1,
            snapshot_log_bytes: 4 << 10,
            ..config(&disk, Durability::Os)
        };
        let db = Database::open(config).unwrap_or_else(|error| panic!("round {round}: {error}"));
        for i in 0..60 {
            db.set(format!("key:{i}"), "x".repeat(200)).expect("room");
        }
    }
}

/// A snapshot that met a full disk kept the room it had taken, which the log was waiting for.
#[test]
fn a_snapshot_that_fails_gives_its_room_back() {
    let disk = SimulatedDisk::new(1);
    let db = open(&disk);
    db.set("key", "x".repeat(1_000)).expect("room");
    let used = disk.used();
    disk.set_capacity(Some(used + 500));
    assert_eq!(db.snapshot(), Err(Error::DiskFull));
    assert_eq!(disk.used(), used);
}

/// Records were refused like new data when the directory held more than the memory allowed.
#[test]
fn a_directory_opens_in_less_memory_than_its_data_take() {
    let disk = SimulatedDisk::new(1);
    let db = open(&disk);
    for i in 0..100 {
        db.rpush(format!("list:{i}"), ["x".repeat(100)]).expect("room");
        db.rpush(format!("list:{i}"), ["y".repeat(100)]).expect("room");
    }
    db.snapshot().expect("the disk is sound");
    db.rpush("list:1", ["more"]).expect("room");
    let digest = db.digest();
    drop(db);
    let small = Config { max_memory: Some(1_000), ..config(&disk, Durability::Os) };
    let again = Database::open(small).expect("it is not damaged");
    assert_eq!(again.digest(), digest);
    assert_eq!(again.set("new", "x"), Err(Error::OutOfMemory));
}

/// What a transaction wanted to do and a full disk refused was written when there was room again,
/// though the transaction had not happened.
#[test]
fn what_was_refused_and_not_done_is_not_written_later() {
    let disk = SimulatedDisk::new(1);
    let db = open(&disk);
    db.create_collection("things").expect("room");
    disk.fail_at(disk.steps(), FaultKind::NoSpace);
    let refused = db.transaction(|tx| {
        tx.collection("things")?.save("1", &serde_json::json!({}))?;
        tx.set("key", "1")
    });
    assert_eq!(refused, Err(Error::DiskFull));
    db.set("after", "1").expect("there is room again");
    disk.fail_at(disk.steps(), FaultKind::NoSpace);
    assert_eq!(db.create_collection("others").map(drop), Err(Error::DiskFull));
    db.set("after", "2").expect("there is room again");
    assert_eq!(db.health(), Health::Good);
    let again = open(&disk.restart(Restart::Killed));
    assert_eq!(again.digest(), db.digest());
    assert_eq!((again.dbsize(), again.get("key")), (Ok(1), Ok(None)));
}
