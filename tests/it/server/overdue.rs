//! Writers that meet keys whose time is over: they remove them, which is counted and told.
//!
//! Nobody else removes them here. Who only reads such a key, or does nothing since it is not there,
//! leaves it where it is, other than with Redis; only who counts what expires can tell.

use kora::{Config, ServerConfig};

use crate::support::Target;
use crate::support::redis::{Connection, Redis};
use crate::support::reply::Reply;
use crate::support::served::Served;
use crate::support::words::command;

/// Commands that write the key `a`, which is due.
const LINES: &[&str] = &[
    "SET a 2",
    "SET a 2 EX 100",
    "SET a 2 KEEPTTL",
    "SET a text",
    "SET a 2 NX",
    "GETSET a 2",
    "SETEX a 100 x",
    "SETNX a 1",
    "MSET a 2 other 1",
    "MSETNX a 1 b 2",
    "APPEND a x",
    "SETRANGE a 0 x",
    "INCR a",
    "INCRBYFLOAT a 1",
    "HSET a f v",
    "LPUSH a 1",
    "RPOPLPUSH list a",
    "SORT list STORE a",
    "SADD a 1",
    "SMOVE set a 1",
    "SUNIONSTORE a set",
    "ZADD a 1 x",
    "ZRANGESTORE a zset 0 -1",
    "ZUNIONSTORE a 1 zset",
    "RENAME string a",
    "RENAMENX string a",
    "RENAME a b",
    "COPY string a",
    "COPY string a REPLACE",
    "MOVE a 1",
    "DEL a",
    "UNLINK a",
];

/// A server, asked and listened to.
struct Heard {
    asking: Connection,
    listening: Connection,
}

impl Heard {
    fn new(mut asking: Connection, mut listening: Connection) -> Heard {
        for line in ["DEBUG SET-ACTIVE-EXPIRE 0", "CONFIG SET notify-keyspace-events EA"] {
            assert_eq!(asking.run(&command(line)), Reply::Status("OK".to_owned()), "{line}");
        }
        listening.raw_reply_to("PSUBSCRIBE __keyevent@*");
        Heard { asking, listening }
    }

    fn say(&mut self, line: &str) -> Reply {
        self.asking.run(&command(line))
    }

    fn expired(&mut self) -> i64 {
        let info = self.say("INFO stats");
        let info = String::from_utf8_lossy(info.bytes().expect("a text")).into_owned();
        let line = info.lines().find_map(|line| line.strip_prefix("expired_keys:"));
        line.and_then(|digits| digits.parse().ok()).expect("a number")
    }

    /// Everything that happened until now.
    fn told(&mut self) -> Vec<String> {
        self.say("SET mark 1");
        let messages = std::iter::from_fn(|| {
            let message = self.listening.raw_reply();
            (!message.contains("mark")).then_some(message)
        });
        messages.collect()
    }

    /// What a line answers when `a` is due, how many keys it removes for that, and what is told.
    fn meet(&mut self, line: &str) -> (Reply, i64, Vec<String>) {
        self.say("FLUSHALL");
        for line in ["SET string x", "RPUSH list 1 2", "SADD set 1 2", "ZADD zset 1 x"] {
            self.say(line);
        }
        self.say("SET a 1 PX 1");
        self.say("SET later 1 PX 1");
        while self.say("EXISTS later") == Reply::Integer(1) {
            std::thread::yield_now();
        }
        self.told();
        let before = self.expired();
        let answer = self.say(line);
        (answer, self.expired() - before, self.told())
    }
}

#[test]
fn who_writes_a_key_that_is_due_removes_it_first() {
    let Some(redis) = Redis::start_with(&["--enable-debug-command", "yes"]) else { return };
    let options = ServerConfig { allows_debug: true, ..ServerConfig::default() };
    let served = Served::with(Config::default(), options);
    let mut oracle = Heard::new(redis.connect(), redis.connect());
    let mut subject = Heard::new(served.connect(), served.connect());
    let met = LINES.iter().map(|line| (line, subject.meet(line), oracle.meet(line)));
    let problems: Vec<_> = met.filter(|(_, answered, told)| answered != told).collect();
    assert!(problems.is_empty(), "{} differ:\n{problems:#?}", problems.len());
}
