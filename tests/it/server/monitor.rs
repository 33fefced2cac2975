//! MONITOR: what is shown of the commands of others, against a real redis-server.

use std::io::{Read, Write};

use kora::{Config, ServerConfig};

use crate::support::Target;
use crate::support::redis::{Connection, Redis};
use crate::support::reply::Reply;
use crate::support::served::Served;
use crate::support::words::command;

/// What a client says, of every kind that is shown or is not.
const LINES: &[&str] = &[
    r#"SET k "a b\n\x01\"\\\xff""#,
    "get K",
    "SELECT 3",
    "NOSUCH k",
    "GET",
    "LPUSH l a b",
    "INCR l",
    "CONFIG GET databases",
    "CLIENT SETNAME somebody",
    "CLIENT LIST",
    "CLIENT PAUSE 0",
    "AUTH a b",
    "AUTH default secret",
    "HELLO 2",
    "HELLO 3 AUTH default secret SETNAME x",
    "HELLO 2",
    "MULTI",
    "SET a 1",
    "SELECT 5",
    "GET l",
    "ECHO x",
    "PUBLISH c x",
    "EXEC",
    "MULTI",
    "GET",
    "EXEC",
    "MULTI",
    "DISCARD",
    "WATCH a",
    "BLPOP missing 0.001",
    "SUBSCRIBE c",
    "PING",
    "GET k",
    "UNSUBSCRIBE",
    "MONITOR x",
    "FLUSHALL",
    "SELECT 0",
];

fn line(connection: &mut Connection) -> String {
    let line = connection.raw_reply();
    assert!(line.starts_with('+') && line.ends_with("\r\n"), "{line:?}");
    line
}

/// What is shown of a command, without when and by whom: `[3 "GET" "k"`.
fn shown(line: &str) -> String {
    let (when, rest) = line.trim_end().split_once(' ').expect("a time stands first");
    let digits = when.strip_prefix('+').expect("a line of MONITOR").split_once('.');
    let (seconds, micros) = digits.expect("seconds and parts of one");
    assert!(micros.len() == 6 && seconds.len() == 10, "{line}");
    let (number, rest) = rest.split_once(' ').expect("a database stands second");
    let (origin, words) = rest.split_once("] ").expect("an address stands third");
    assert!(origin.starts_with("unix:"), "{line}");
    format!("{number} {words}")
}

/// What somebody who watches is shown of all lines.
fn shown_of_lines(connect: &dyn Fn() -> Connection) -> Vec<String> {
    let (mut watching, mut speaking) = (connect(), connect());
    assert_eq!(watching.raw_reply_to("MONITOR"), "+OK\r\n");
    for line in LINES {
        speaking.raw_reply_to(line);
    }
    speaking.raw_reply_to("ECHO the-end");
    let mut lines = Vec::new();
    loop {
        let line = shown(&line(&mut watching));
        if line.contains("the-end") {
            return lines;
        }
        lines.push(line);
    }
}

#[test]
fn commands_are_shown_as_by_redis() {
    let Some(redis) = Redis::start() else { return };
    let served = Served::start();
    let told = shown_of_lines(&|| redis.connect());
    let answered = shown_of_lines(&|| served.connect());
    assert!(told.len() > 20, "{told:#?}");
    assert_eq!(told, answered);
}

/// Who watches is shown what it does itself, works on no data, and is a client like others again
/// after RESET.
#[test]
fn who_watches_is_a_client_of_its_own_kind() {
    let served = Served::start();
    let mut watching = served.connect();
    watching.run(&command("HELLO 3"));
    assert_eq!(watching.raw_reply_to("MONITOR"), "+OK\r\n");
    assert_eq!(watching.raw_reply_to("PING"), "+PONG\r\n");
    assert_eq!(shown(&line(&mut watching)), r#"[0 "PING""#);
    for refused in ["GET k", "SET k 1", "PUBLISH a b", "DBSIZE", "DOC.LIST"] {
        let answer = watching.raw_reply_to(refused);
        assert_eq!(answer, "-ERR Replica can't interact with the keyspace\r\n", "{refused}");
    }
    let mut asking = served.connect();
    let info = asking.run(&command("CLIENT LIST ID 1"));
    let info = String::from_utf8_lossy(info.bytes().expect("a text")).into_owned();
    assert!(info.contains(" flags=O "), "{info}");
    // What it is shown comes behind its own answers, in one pipeline too.
    watching.say(&command("ECHO one"));
    watching.say(&command("RESET"));
    watching.say(&command("GET k"));
    assert_eq!(watching.raw_reply(), "$3\r\none\r\n");
    assert_eq!(shown(&line(&mut watching)), r#"[0 "ECHO" "one""#);
    assert_eq!(watching.raw_reply(), "+RESET\r\n");
    assert_eq!(watching.raw_reply(), "$-1\r\n");
    assert_eq!(asking.run(&command("SET k 1")), Reply::Status("OK".to_owned()));
    assert_eq!(watching.raw_reply_to("GET k"), "$1\r\n1\r\n");
}

/// Every thread's connections are shown, each in its own order; one that leaves is not missed.
#[test]
fn all_threads_are_shown() {
    const EACH: usize = 500;
    let served =
        Served::with(Config::default(), ServerConfig { threads: 3, ..ServerConfig::default() });
    let mut watching: Vec<Connection> = (0..2).map(|_| served.connect()).collect();
    for connection in &mut watching {
        assert_eq!(connection.raw_reply_to("MONITOR"), "+OK\r\n");
    }
    std::thread::scope(|scope| {
        for speaker in 0..4 {
            let mut connection = served.connect();
            scope.spawn(move || {
                let lines: Vec<_> =
                    (0..EACH).map(|n| command(&format!("APPEND {speaker} {n}"))).collect();
                connection.run_all(&lines);
            });
        }
        let mut next = [0; 4];
        for _ in 0..4 * EACH {
            let words = shown(&line(&mut watching[0]));
            let mut words = words.split('"').skip(3).step_by(2);
            let speaker: usize = words.next().and_then(|word| word.parse().ok()).expect("a key");
            assert_eq!(words.next(), Some(next[speaker].to_string().as_str()));
            next[speaker] += 1;
        }
        assert_eq!(next, [EACH; 4]);
    });
    drop(watching);
    let mut last = served.connect();
    while last.raw_reply_to("CLIENT LIST").contains(" flags=O ") {
        std::thread::yield_now();
    }
}

#[test]
fn who_watches_and_takes_nothing_is_closed() {
    let options = ServerConfig { max_unsent_message_bytes: 64 << 10, ..ServerConfig::default() };
    let served = Served::with(Config::default(), options);
    let mut slow = served.socket();
    slow.write_all(b"MONITOR\r\n").expect("it is connected");
    slow.read_exact(&mut [0; 5]).expect("it is answered");
    let (mut speaking, payload) = (served.connect(), "x".repeat(10_000));
    loop {
        assert_eq!(speaking.run(&command(&format!("ECHO {payload}"))), Reply::bulk(&payload));
        if speaking.raw_reply_to("INFO clients").contains("connected_clients:1\r\n") {
            break;
        }
    }
}

/// What is asked of a slow log or a monitor never has a password in it.
#[test]
fn passwords_are_shown_nowhere() {
    let options = ServerConfig { password: Some("old-secret".into()), ..ServerConfig::default() };
    let served = Served::with(Config::default(), options);
    let (mut watching, mut speaking) = (served.connect(), served.connect());
    assert_eq!(watching.raw_reply_to("AUTH old-secret"), "+OK\r\n");
    assert_eq!(watching.raw_reply_to("CONFIG SET slowlog-log-slower-than 0"), "+OK\r\n");
    assert_eq!(watching.raw_reply_to("MONITOR"), "+OK\r\n");
    for line in [
        "AUTH wrong-secret",
        "AUTH default old-secret",
        "HELLO 3 AUTH default old-secret SETNAME me",
        "CONFIG SET timeout 0 requirepass new-secret",
        "ECHO the-end",
    ] {
        speaking.raw_reply_to(line);
    }
    let mut lines = String::new();
    while !lines.contains("the-end") {
        lines.push_str(&line(&mut watching));
    }
    let log = speaking.raw_reply_to("SLOWLOG GET -1");
    for text in [lines, log] {
        assert!(text.contains("(redacted)") && !text.contains("secret"), "{text}");
    }
}
