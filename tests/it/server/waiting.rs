//! Commands that wait, between clients and the process itself; what ends a wait.

use std::pin::pin;
use std::thread;
use std::time::Duration;

use kora::testing::{Keep, Restart, SimulatedDisk};
use kora::{
    Bytes, CommandResponse, Config, Database, Durability, Error, ScoreEnd, ServerConfig, Side, cmd,
};

use crate::support::Target;
use crate::support::awaiting::{block_on, poll_once};
use crate::support::redis::Connection;
use crate::support::reply::Reply;
use crate::support::served::Served;
use crate::support::words::command;

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// Goes on when so many wait.
fn await_waiting(observer: &mut Connection, count: usize) {
    let expected = format!("blocked_clients:{count}");
    loop {
        let info = observer.run(&command("INFO clients"));
        let text = String::from_utf8_lossy(info.bytes().expect("a text")).into_owned();
        if text.lines().any(|line| line == expected) {
            return;
        }
        thread::yield_now();
    }
}

#[test]
fn both_sides_serve_each_other() {
    let served =
        Served::with(Config::default(), ServerConfig { threads: 2, ..ServerConfig::default() });
    let (db, mut observer) = (&served.database, served.connect());
    let mut client = served.connect();
    client.say(&command("BLPOP jobs 0"));
    await_waiting(&mut observer, 1);
    assert_eq!(db.rpush("jobs", ["one"]), Ok(1));
    assert_eq!(client.raw_reply(), "*2\r\n$4\r\njobs\r\n$3\r\none\r\n");
    thread::scope(|scope| {
        let thread = scope.spawn(|| db.brpop(["jobs", "more"], None));
        await_waiting(&mut observer, 1);
        assert_eq!(observer.run(&command("RPUSH more two")), Reply::Integer(1));
        assert_eq!(thread.join().expect("no panic"), Ok(Some((bytes("more"), bytes("two")))));
    });
    // By whatever door.
    let doors: [&dyn Fn(); 3] = [
        &|| drop(db.transaction(|tx| tx.rpush("jobs", ["x"]))),
        &|| drop(db.pipeline().push(cmd!("RPUSH", "jobs", "x")).push(cmd!("LPOP", "jobs")).run()),
        &|| drop(block_on(db.asynchronous().lpush("jobs", "x"))),
    ];
    for door in doors {
        client.say(&command("BLPOP jobs 0"));
        await_waiting(&mut observer, 1);
        door();
        assert_eq!(client.raw_reply(), "*2\r\n$4\r\njobs\r\n$1\r\nx\r\n");
    }
    assert_eq!(db.exists("jobs"), Ok(0));
}

#[test]
fn threads_and_futures_wait_as_clients_do() {
    let db = Database::in_memory();
    let none = Duration::from_millis(1);
    assert_eq!(db.blpop("q", none), Ok(None));
    assert_eq!(db.bzpopmin("q", none), Ok(None));
    assert_eq!(db.execute(cmd!("BLPOP", "q", "0.001")), Ok(CommandResponse::NilArray));
    assert_eq!(block_on(db.asynchronous().blpop("q", none)), Ok(None));
    assert_eq!(
        block_on(db.asynchronous().execute(cmd!("BRPOP", "q", "0.001"))),
        Ok(CommandResponse::NilArray)
    );
    db.set("s", "text").expect("there is memory");
    assert_eq!(db.blpop("s", None), Err(Error::WrongType));
    db.rpush("q", ["a", "b", "c", "d"]).expect("there is memory");
    assert_eq!(db.blpop(["none", "q"], None), Ok(Some((bytes("q"), bytes("a")))));
    assert_eq!(
        db.blmpop("q", Side::Right, 2, None),
        Ok(Some((bytes("q"), vec![bytes("d"), bytes("c")])))
    );
    assert_eq!(db.brpoplpush("q", "r", None), Ok(Some(bytes("b"))));
    assert_eq!(db.blmove("r", "q", Side::Left, Side::Left, None), Ok(Some(bytes("b"))));
    db.zadd("z", [(1.0, "m"), (2.0, "n")]).expect("there is memory");
    assert_eq!(db.bzpopmax("z", None), Ok(Some((bytes("z"), bytes("n"), 2.0))));
    assert_eq!(
        db.bzmpop("z", ScoreEnd::Lowest, 5, None),
        Ok(Some((bytes("z"), vec![(bytes("m"), 1.0)])))
    );

    let waiting = db.asynchronous();
    let mut first = pin!(waiting.blpop("later", None));
    let mut second = pin!(waiting.execute(cmd!("BLPOP", "later", 0)));
    assert!(poll_once(first.as_mut()).is_pending() && poll_once(second.as_mut()).is_pending());
    db.rpush("later", ["1", "2", "3"]).expect("there is memory");
    assert_eq!(block_on(first), Ok(Some((bytes("later"), bytes("1")))));
    let answer = block_on(second).expect("it is served");
    assert_eq!(answer.to_string(), "1) \"later\"\n2) \"2\"");
    assert_eq!(db.llen("later"), Ok(1));
    // In a transaction nobody waits.
    let at_once = db.transaction(|tx| tx.execute(cmd!("BLPOP", "nothing", 0)));
    assert_eq!(at_once, Ok(CommandResponse::NilArray));
}

#[test]
fn a_future_that_is_dropped_waits_no_longer() {
    let db = Database::in_memory();
    let waiting = db.asynchronous();
    {
        let mut dropped = pin!(waiting.blpop("q", Duration::from_secs(1000)));
        assert!(poll_once(dropped.as_mut()).is_pending());
    }
    db.rpush("q", ["kept"]).expect("there is memory");
    assert_eq!(db.lrange("q", 0, -1), Ok(vec![bytes("kept")]));
}

#[test]
fn whatever_is_pushed_is_taken_once() {
    const TAKERS: usize = 4;
    const PUSHES: usize = 500;
    let served =
        Served::with(Config::default(), ServerConfig { threads: 2, ..ServerConfig::default() });
    let db = &served.database;
    let taken: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..TAKERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut taken = 0;
                    while db.blpop(["a", "b"], None).expect("lists").is_some_and(|it| it.1 != "end")
                    {
                        taken += 1;
                    }
                    taken
                })
            })
            .collect();
        let clients: Vec<_> = (0..TAKERS)
            .map(|_| {
                let mut client = served.connect();
                scope.spawn(move || {
                    let mut taken = 0;
                    loop {
                        let Reply::Array(popped) = client.run(&command("BRPOP b a 0")) else {
                            panic!("an array")
                        };
                        if popped[1] == Reply::bulk("end") {
                            return taken;
                        }
                        taken += 1;
                    }
                })
            })
            .collect();
        for push in 0..PUSHES {
            let key = if push % 2 == 0 { "a" } else { "b" };
            db.rpush(key, ["x", "y"]).expect("there is memory");
        }
        while db.exists(["a", "b"]) != Ok(0) {
            thread::yield_now();
        }
        for _ in 0..2 * TAKERS {
            db.rpush("a", ["end"]).expect("there is memory");
        }
        let all = threads.into_iter().chain(clients);
        all.map(|taker| taker.join().expect("no panic")).sum()
    });
    assert_eq!(taken, 2 * PUSHES);
    assert_eq!(db.exists(["a", "b"]), Ok(0));
}

#[test]
fn a_wait_is_ended_by_somebody_else() {
    let served = Served::start();
    let (mut waiting, mut other) = (served.connect(), served.connect());
    let Reply::Integer(id) = waiting.run(&command("CLIENT ID")) else { panic!("a number") };
    for (how, expected) in [
        ("", "*-1\r\n"),
        ("TIMEOUT", "*-1\r\n"),
        ("ERROR", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"),
    ] {
        waiting.say(&command("BLPOP k 0"));
        await_waiting(&mut other, 1);
        let list = other.run(&command("CLIENT LIST"));
        let text = String::from_utf8_lossy(list.bytes().expect("a text")).into_owned();
        assert!(
            text.lines()
                .any(|line| line.starts_with(&format!("id={id} ")) && line.contains(" flags=b ")),
            "{text}"
        );
        assert_eq!(other.run(&command(&format!("CLIENT UNBLOCK {id} {how}"))), Reply::Integer(1));
        assert_eq!(waiting.raw_reply(), expected);
        assert_eq!(other.run(&command(&format!("CLIENT UNBLOCK {id}"))), Reply::Integer(0));
    }
    // Killed while it waits.
    waiting.say(&command("BLPOP k 0"));
    await_waiting(&mut other, 1);
    assert_eq!(other.run(&command(&format!("CLIENT KILL ID {id}"))), Reply::Integer(1));
    await_waiting(&mut other, 0);
    assert_eq!(other.run(&command("RPUSH k v")), Reply::Integer(1));
    assert_eq!(other.run(&command("LLEN k")), Reply::Integer(1));
}

#[test]
fn a_server_that_ends_leaves_nobody_waiting() {
    let served = Served::start();
    let (mut waiting, mut other) = (served.connect(), served.connect());
    waiting.say(&command("BLPOP k 0"));
    await_waiting(&mut other, 1);
    let db = served.database.clone();
    drop((served, other));
    assert_eq!(db.rpush("k", ["v"]), Ok(1));
    assert_eq!(db.llen("k"), Ok(1));
}

/// Who is served is told when the disk has it, and finds it gone after a loss of power.
#[test]
fn what_was_served_is_durable() {
    let open = |disk: &SimulatedDisk| {
        let config = Config {
            data_dir: Some("data".into()),
            disk: Some(disk.clone()),
            without_keeper: true,
            log_segment_bytes: 64 << 10,
            durability: Durability::Always,
            ..Config::default()
        };
        Database::open(config).expect("the disk is sound")
    };
    let disk = SimulatedDisk::new(1);
    let served = Served::of(open(&disk), ServerConfig::default());
    let (mut waiting, mut other) = (served.connect(), served.connect());
    waiting.say(&command("BLMOVE k taken LEFT RIGHT 0"));
    await_waiting(&mut other, 1);
    assert_eq!(other.run(&command("RPUSH k v")), Reply::Integer(1));
    assert_eq!(waiting.raw_reply(), "$1\r\nv\r\n");
    let again = open(&disk.restart(Restart::PowerLoss { seed: 1, keep: Keep::Nothing }));
    assert_eq!((again.exists("k"), again.lrange("taken", 0, -1)), (Ok(0), Ok(vec![bytes("v")])));
}
