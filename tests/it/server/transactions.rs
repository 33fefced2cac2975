//! MULTI and EXEC beside the process's own calls: one step, one record, documents too.

use std::thread;

use kora::testing::{Keep, Restart, SimulatedDisk};
use kora::{Clock, Config, Database, Durability, ServerConfig, cmd};

use crate::support::Target;
use crate::support::reply::Reply;
use crate::support::served::Served;
use crate::support::words::command;

fn ok() -> Reply {
    Reply::Status("OK".to_owned())
}

fn say(target: &mut dyn Target, lines: &[&str]) -> Vec<Reply> {
    lines.iter().map(|line| target.run(&command(line))).collect()
}

/// What EXEC answers after these lines.
fn exec(target: &mut dyn Target, lines: &[&str]) -> Reply {
    assert_eq!(target.run(&command("MULTI")), ok());
    for line in lines {
        assert_eq!(target.run(&command(line)), Reply::Status("QUEUED".to_owned()), "{line}");
    }
    target.run(&command("EXEC"))
}

/// Clients and the process move money; whoever looks, by either door, sees all of it.
#[test]
fn nobody_sees_half_of_a_transaction() {
    const ACCOUNTS: usize = 5;
    const MOVES: usize = 300;
    let served =
        Served::with(Config::default(), ServerConfig { threads: 2, ..ServerConfig::default() });
    let db = &served.database;
    for account in 0..ACCOUNTS {
        db.set(format!("account:{account}"), "100").expect("there is memory");
    }
    let keys: Vec<String> = (0..ACCOUNTS).map(|account| format!("account:{account}")).collect();
    thread::scope(|scope| {
        for client in 0..3 {
            let mut connection = served.connect();
            scope.spawn(move || {
                for step in 0..MOVES {
                    let (from, to) = ((client + step) % ACCOUNTS, (client * step + 1) % ACCOUNTS);
                    let lines =
                        [format!("DECRBY account:{from} 7"), format!("INCRBY account:{to} 7")];
                    exec(&mut connection, &[&lines[0], &lines[1]]);
                }
            });
        }
        scope.spawn(|| {
            for step in 0..MOVES {
                let moved = db.transaction(|tx| {
                    tx.decrby(format!("account:{}", step % ACCOUNTS), 3)?;
                    tx.incrby(format!("account:{}", (step + 2) % ACCOUNTS), 3)
                });
                moved.expect("nobody is faster each time");
            }
        });
        for _ in 0..MOVES {
            let balances = db.mget(&keys).expect("strings");
            let balance = |text: Option<kora::Bytes>| -> i64 {
                let text = text.expect("every account is there");
                std::str::from_utf8(&text).expect("digits").parse().expect("a number")
            };
            assert_eq!(balances.into_iter().map(balance).sum::<i64>(), 100 * 5);
        }
    });
}

#[test]
fn who_counts_with_watch_loses_no_count() {
    const CLIENTS: usize = 4;
    const COUNTS: usize = 60;
    let served =
        Served::with(Config::default(), ServerConfig { threads: 2, ..ServerConfig::default() });
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let mut connection = served.connect();
            scope.spawn(move || {
                let mut counted = 0;
                while counted < COUNTS {
                    let replies = say(&mut connection, &["WATCH count", "GET count"]);
                    let found = replies[1].bytes().map_or(0, |text| {
                        std::str::from_utf8(text).expect("digits").parse::<i64>().expect("a number")
                    });
                    let done = exec(&mut connection, &[&format!("SET count {}", found + 1)]);
                    counted += usize::from(done == Reply::Array(vec![ok()]));
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..COUNTS {
                served.database.incr("count").expect("a number");
            }
        });
    });
    let expected = (CLIENTS + 1) * COUNTS;
    assert_eq!(served.database.get("count"), Ok(Some(expected.to_string().into())));
}

#[test]
fn what_expires_while_it_is_watched_has_changed() {
    let clock = Clock::manual(1_700_000_000_000);
    let config = Config { clock: clock.clone(), without_keeper: true, ..Config::default() };
    let served = Served::with(config, ServerConfig::default());
    let mut connection = served.connect();
    let later = || clock.advance(std::time::Duration::from_millis(20));
    // It was there, and nobody removes it but time.
    say(&mut connection, &["SET k v PX 10", "WATCH k"]);
    later();
    assert_eq!(exec(&mut connection, &["SET done 1"]), Reply::NilArray);
    // It had expired already, and goes.
    say(&mut connection, &["SET k v PX 10"]);
    later();
    say(&mut connection, &["WATCH k", "DEL k"]);
    assert_eq!(exec(&mut connection, &["SET done 1"]), Reply::Array(vec![ok()]));
    // It had expired already, and comes back.
    say(&mut connection, &["SET k v PX 10"]);
    later();
    say(&mut connection, &["WATCH k", "SET k w"]);
    assert_eq!(exec(&mut connection, &["SET done 2"]), Reply::NilArray);
    // It had expired already, and its database is emptied.
    say(&mut connection, &["SET k v PX 10"]);
    later();
    say(&mut connection, &["WATCH k", "FLUSHALL"]);
    assert_eq!(exec(&mut connection, &["SET done 3"]), Reply::Array(vec![ok()]));
}

#[test]
fn changes_by_the_process_itself_are_seen() {
    let served = Served::start();
    let (mut connection, db) = (served.connect(), &served.database);
    let changes: [&dyn Fn() -> kora::Result<()>; 4] = [
        &|| db.set("k", "1").map(drop),
        &|| db.pipeline().push(cmd!("INCR", "k")).push(cmd!("GET", "k")).run().remove(0).map(drop),
        &|| db.transaction(|tx| tx.incr("k").map(drop)),
        &|| db.flushall(),
    ];
    for change in changes {
        say(&mut connection, &["WATCH k"]);
        change().expect("there is memory");
        assert_eq!(exec(&mut connection, &["PING"]), Reply::NilArray);
    }
    say(&mut connection, &["WATCH k"]);
    db.transaction(|tx| tx.get("k").map(drop)).expect("nobody writes");
    assert_eq!(exec(&mut connection, &[]), Reply::Array(Vec::new()));
}

#[test]
fn documents_and_keys_change_in_one_step() {
    let served = Served::start();
    let mut connection = served.connect();
    let made =
        say(&mut connection, &["DOC.CREATE users", "DOC.CREATEINDEX users by_email unique email"]);
    assert!(!made.iter().any(|reply| matches!(reply, Reply::Error(_))), "{made:?}");
    let done = exec(
        &mut connection,
        &[
            "DOC.INSERT users ann '{\"email\": \"ann@x.org\"}'",
            "INCR users",
            "SELECT 1",
            "INCR users",
            "SELECT 0",
            "DOC.COUNT users",
            "LPUSH users x",
        ],
    );
    let Reply::Array(answers) = done else { panic!("{done}") };
    let numbers = [&answers[1], &answers[3], &answers[5]];
    assert_eq!(numbers, [&Reply::Integer(1); 3]);
    assert!(matches!(answers[6], Reply::Error(_)), "{}", answers[6]);
    // A unique value that is taken: nothing of it happens.
    let refused =
        exec(&mut connection, &["INCR users", "DOC.INSERT users eve '{\"email\": \"ann@x.org\"}'"]);
    assert!(matches!(refused, Reply::Error(_)), "{refused}");
    let counted = say(&mut connection, &["GET users", "DOC.COUNT users"]);
    assert_eq!(counted, [Reply::bulk("1"), Reply::Integer(1)]);
    // What is about a collection itself is no step.
    say(&mut connection, &["MULTI"]);
    let refused = Reply::Error("ERR Command not allowed inside a transaction".to_owned());
    assert_eq!(connection.run(&command("DOC.DROP users")), refused);
    say(&mut connection, &["DISCARD", "WATCH users"]);
    served.database.incr("users").expect("a number");
    assert_eq!(exec(&mut connection, &["DOC.DEL users ann"]), Reply::NilArray);
    assert_eq!(connection.run(&command("DOC.COUNT users")), Reply::Integer(1));
}

/// Power is lost at every step of the disk: what EXEC did is there as a whole or not at all.
#[test]
fn the_log_has_one_record_of_a_transaction() {
    let open = |disk: &SimulatedDisk| {
        Database::open(Config {
            data_dir: Some("data".into()),
            disk: Some(disk.clone()),
            without_keeper: true,
            log_segment_bytes: 64 << 10,
            durability: Durability::Always,
            ..Config::default()
        })
    };
    let play = |db: Database| {
        let served = Served::of(db, ServerConfig::default());
        let lines = "MULTI\r\nINCR stock\r\nSELECT 1\r\nLPUSH log x\r\nSELECT 0\r\nEXEC\r\n";
        served.told((lines.repeat(3) + "QUIT\r\n").as_bytes());
    };
    let whole = SimulatedDisk::new(1);
    let db = open(&whole).expect("the disk is sound");
    let begin = whole.steps();
    play(db);
    let end = whole.steps();
    assert!(end > begin);
    for step in begin..end {
        let disk = SimulatedDisk::new(step);
        let db = open(&disk).expect("the disk is sound");
        disk.crash_at(step);
        play(db);
        for keep in [Keep::Nothing, Keep::All, Keep::Torn] {
            let again = open(&disk.restart(Restart::PowerLoss { seed: step, keep }));
            let again = again.unwrap_or_else(|error| panic!("step {step}, {keep:?}: {error}"));
            let stock = again.get("stock").expect("a string").map_or(0, |text| text[0] - b'0');
            let log = again.select(1).expect("it is there").llen("log").expect("a list");
            assert_eq!(usize::from(stock), log, "step {step}, {keep:?}");
        }
    }
}
