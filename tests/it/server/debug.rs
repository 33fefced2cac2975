//! DEBUG, for tests of servers: where it is allowed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use kora::testing::SimulatedDisk;
use kora::{Clock, Config, ServerConfig};

use crate::support::Target;
use crate::support::folder::Folder;
use crate::support::redis::Connection;
use crate::support::reply::Reply;
use crate::support::script::Script;
use crate::support::served::Served;
use crate::support::words::command;

fn debugged(config: Config) -> Served {
    Served::with(config, ServerConfig { allows_debug: true, ..ServerConfig::default() })
}

/// On a disk that is none.
fn kept() -> Served {
    let (data_dir, disk) = (Some("data".into()), Some(SimulatedDisk::new(0)));
    debugged(Config { data_dir, disk, log_segment_bytes: 64 << 10, ..Config::default() })
}

fn field(connection: &mut Connection, name: &str) -> usize {
    let info = connection.raw_reply_to("INFO everything");
    let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{name} in {info}"))
}

/// What every script leaves behind is the same afterwards.
#[test]
fn a_reload_changes_nothing() {
    let served = kept();
    let mut connection = served.connect();
    for script in Script::all() {
        connection.reset();
        for step in &script.steps {
            connection.run(&step.words);
        }
        let before = served.database.digest();
        assert_eq!(connection.raw("DEBUG RELOAD"), "+OK\r\n");
        assert_eq!(served.database.digest(), before, "{script:?}");
    }
}

#[test]
fn a_reload_takes_no_memory() {
    let served = kept();
    let mut connection = served.connect();
    for n in 0..2000 {
        connection.say(&command(&format!("SET {n} {n} PX 100000000")));
        connection.raw_reply();
    }
    let before = field(&mut connection, "used_memory");
    assert_eq!(connection.raw("DEBUG RELOAD"), "+OK\r\n");
    let after = field(&mut connection, "used_memory");
    assert!(after.abs_diff(before) < before / 10, "{before} bytes became {after}");
    connection.reset();
    assert_eq!(field(&mut connection, "used_memory"), 0);
}

/// Nothing is lost that others write meanwhile, by whichever door, and nothing comes back.
#[test]
fn others_may_write_while_everything_is_reloaded() {
    const EACH: i64 = 3000;
    let folder = Folder::new();
    let served = debugged(Config { data_dir: Some(folder.join("data")), ..Config::default() });
    let (mut connection, is_done) = (served.connect(), AtomicBool::new(false));
    thread::scope(|scope| {
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let db = served.database.clone();
                scope.spawn(move || {
                    for n in 0..EACH {
                        assert_eq!(db.incr(format!("count-{writer}")), Ok(n + 1));
                        let added = db.rpush("list", [n.to_string()]).expect("there is room");
                        assert!(added > 0);
                        db.del([format!("gone-{writer}-{}", n - 1)]).expect("it is recorded");
                        db.set(format!("gone-{writer}-{n}"), "x").expect("there is room");
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let mut connection = served.connect();
            while !is_done.load(Ordering::Relaxed) {
                assert_eq!(connection.raw("DEBUG RELOAD"), "+OK\r\n");
            }
        });
        let joined: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        is_done.store(true, Ordering::Relaxed);
        assert!(joined.iter().all(Result::is_ok));
    });
    assert_eq!(connection.run(&command("LLEN list")), Reply::Integer(2 * EACH));
    assert_eq!(connection.run(&command("DBSIZE")), Reply::Integer(5));
    let before = served.database.digest();
    assert_eq!(connection.raw("DEBUG RELOAD"), "+OK\r\n");
    assert_eq!(served.database.digest(), before);
}

#[test]
fn what_cannot_be_done_is_refused() {
    let served = debugged(Config::default());
    let mut connection = served.connect();
    let refused = "-ERR the database is in memory only\r\n";
    assert_eq!(connection.raw_reply_to("DEBUG RELOAD"), refused);
    for unknown in ["CHANGE-REPL-ID", "JMAP", "SEGFAULT"] {
        let answer = connection.raw_reply_to(&format!("DEBUG {unknown}"));
        assert!(answer.starts_with("-ERR unknown subcommand"), "{answer}");
    }
    let served = Served::start();
    let mut connection = served.connect();
    for refused in ["RELOAD", "SET-ACTIVE-EXPIRE 0", "SLEEP 0", "QUICKLIST-PACKED-THRESHOLD 1"] {
        let answer = connection.raw_reply_to(&format!("DEBUG {refused}"));
        assert!(answer.starts_with("-ERR DEBUG command not allowed"), "{answer}");
    }
}

/// Without active expiry a key that is due is no key to those who read, and stays in memory until
/// somebody writes it.
#[test]
fn keys_that_are_due_can_be_left_to_who_meets_them() {
    let clock = Clock::manual(1_700_000_000_000);
    let served = debugged(Config { clock: clock.clone(), ..Config::default() });
    let mut connection = served.connect();
    assert_eq!(connection.raw("DEBUG SET-ACTIVE-EXPIRE 0"), "+OK\r\n");
    for n in 0..100 {
        connection.raw_reply_to(&format!("SET {n} x PX 10"));
    }
    clock.advance(Duration::from_millis(20));
    assert_eq!(connection.raw_reply_to("GET 7"), "$-1\r\n");
    assert_eq!(connection.raw_reply_to("INCR 8"), ":1\r\n");
    assert_eq!(field(&mut connection, "expired_keys"), 1);
    assert_eq!(connection.raw("DEBUG SET-ACTIVE-EXPIRE 1"), "+OK\r\n");
    while field(&mut connection, "expired_keys") < 100 {
        thread::yield_now();
    }
    assert_eq!(connection.raw_reply_to("DBSIZE"), ":1\r\n");
}
