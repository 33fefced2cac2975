//! CLIENT NO-TOUCH: a client whose commands leave it unknown that keys were used.

use std::time::Duration;

use kora::{Clock, Config, Eviction, ServerConfig};

use crate::support::redis::Connection;
use crate::support::served::Served;

/// A server whose clock stands, with a key of every type.
fn served(eviction: Eviction) -> (Served, Clock) {
    let clock = Clock::manual(1_700_000_000_000);
    let config = Config { clock: clock.clone(), eviction, ..Config::default() };
    let served = Served::with(config, ServerConfig::default());
    let mut connection = served.connect();
    for line in ["SET s 1", "RPUSH l 1 2 3", "SADD t 1 2", "ZADD z 1 a", "HSET h f 1"] {
        connection.raw_reply_to(line);
    }
    for line in ["SET by_2 1", "HSET by_3 f 2", "SET got_1 x", "HSET got_3 f y"] {
        connection.raw_reply_to(line);
    }
    (served, clock)
}

/// Commands that use a key of these, alone or with others, reading or writing.
const USES: &[(&str, &str)] = &[
    ("GET s", "s"),
    ("MGET s s", "s"),
    ("GETEX s PERSIST", "s"),
    ("APPEND s 2", "s"),
    ("SET s 7", "s"),
    ("INCR s", "s"),
    ("LRANGE l 0 -1", "l"),
    ("LPUSH l 0", "l"),
    ("BLPOP l 1", "l"),
    ("SORT l", "l"),
    ("SORT l BY by_*", "by_2"),
    ("SORT_RO l BY by_*->f GET #", "by_3"),
    ("SORT l BY nosort GET # GET got_*", "got_1"),
    ("SORT l GET got_* GET got_*->f STORE sorted", "got_3"),
    ("SMEMBERS t", "t"),
    ("SINTERCARD 2 t t", "t"),
    ("ZADD z 2 b", "z"),
    ("ZRANGE z 0 -1", "z"),
    ("HGETALL h", "h"),
    ("HINCRBY h f 1", "h"),
];

fn idle(asking: &mut Connection, key: &str) -> String {
    asking.raw_reply_to(&format!("OBJECT IDLETIME {key}"))
}

/// Says a line, as one command or as a transaction of one.
fn say(connection: &mut Connection, line: &str, in_multi: bool) {
    let lines = if in_multi { vec!["MULTI", line, "EXEC"] } else { vec![line] };
    for line in lines {
        let answer = connection.raw_reply_to(line);
        assert!(!answer.starts_with('-'), "{line}: {answer}");
    }
}

#[test]
fn who_leaves_no_trace_is_not_seen_to_use_keys() {
    for in_multi in [false, true] {
        for (line, key) in USES {
            let (served, clock) = served(Eviction::None);
            let (mut asking, mut silent) = (served.connect(), served.connect());
            assert_eq!(silent.raw_reply_to("CLIENT NO-TOUCH ON"), "+OK\r\n");
            clock.advance(Duration::from_secs(100));
            say(&mut silent, line, in_multi);
            assert_eq!(idle(&mut asking, key), ":100\r\n", "{line}");
            // Others are seen, and so is the same client afterwards.
            assert_eq!(silent.raw_reply_to("CLIENT NO-TOUCH OFF"), "+OK\r\n");
            say(&mut silent, line, in_multi);
            assert_eq!(idle(&mut asking, key), ":0\r\n", "{line}");
        }
    }
}

#[test]
fn what_it_makes_is_new_and_what_it_touches_is_touched() {
    let (served, clock) = served(Eviction::None);
    let mut silent = served.connect();
    assert_eq!(silent.raw_reply_to("CLIENT NO-TOUCH ON"), "+OK\r\n");
    clock.advance(Duration::from_secs(100));
    assert_eq!(silent.raw_reply_to("SUNIONSTORE made t"), ":2\r\n");
    assert_eq!(idle(&mut silent, "made"), ":0\r\n");
    assert_eq!(silent.raw_reply_to("TOUCH s"), ":1\r\n");
    assert_eq!(idle(&mut silent, "s"), ":0\r\n");
    assert_eq!(silent.raw_reply_to("RESET"), "+RESET\r\n");
    assert_eq!(
        silent.raw_reply_to("GET l"),
        "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
    );
    assert_eq!(idle(&mut silent, "l"), ":0\r\n");
}

/// How often keys are used is not counted either, where that decides what is evicted.
#[test]
fn frequencies_stay_as_they_are() {
    let (served, _clock) = served(Eviction::AllKeysLfu);
    let mut silent = served.connect();
    assert_eq!(silent.raw_reply_to("CLIENT NO-TOUCH ON"), "+OK\r\n");
    for _ in 0..200 {
        silent.raw_reply_to("GET s");
    }
    assert_eq!(silent.raw_reply_to("OBJECT FREQ s"), ":5\r\n");
    assert_eq!(silent.raw_reply_to("CLIENT NO-TOUCH OFF"), "+OK\r\n");
    for _ in 0..200 {
        silent.raw_reply_to("GET s");
    }
    assert_ne!(silent.raw_reply_to("OBJECT FREQ s"), ":5\r\n");
}
