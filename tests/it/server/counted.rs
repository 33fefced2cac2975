//! What INFO counts, against what was done and against a real redis-server.

use std::time::Duration;

use kora::testing::SimulatedDisk;
use kora::{Clock, Config, ServerConfig};

use crate::support::Target;
use crate::support::redis::{Connection, Redis};
use crate::support::served::Served;
use crate::support::words::command;

/// A field of INFO that is a number.
fn field(connection: &mut Connection, name: &str) -> i64 {
    let info = connection.run(&command("INFO everything"));
    let info = String::from_utf8_lossy(info.bytes().expect("a text")).into_owned();
    let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{name} in {info}"))
}

/// Commands that look for keys, one after the other.
const LINES: &[&str] = &[
    "SET s 1",
    "GET s",
    "GET missing",
    "MGET s missing s",
    "STRLEN s",
    "GETRANGE s 0 1",
    "APPEND s 2",
    "INCR s",
    "GETDEL missing",
    "GETEX s PERSIST",
    "GETSET s 5",
    "SET s 6 GET",
    "SETNX s 7",
    "LCS s missing",
    "EXISTS s missing s",
    "TYPE s",
    "TYPE missing",
    "TTL s",
    "PTTL missing",
    "EXPIRETIME s",
    "OBJECT ENCODING s",
    "OBJECT IDLETIME missing",
    "EXPIRE s 100",
    "EXPIRE missing 100",
    "PERSIST s",
    "TOUCH s missing",
    "COPY s t",
    "COPY missing t",
    "RENAME t u",
    "DEL u missing",
    "UNLINK missing",
    "RPUSH l 1 2 3",
    "LLEN l",
    "LRANGE l 0 -1",
    "LRANGE missing 0 -1",
    "LINDEX l 0",
    "LPOS l 2",
    "LSET l 0 x",
    "LPOP l",
    "LPOP missing",
    "LMOVE l l LEFT RIGHT",
    "LMPOP 2 missing l LEFT",
    "BLPOP l 1",
    "SORT missing",
    "SADD a 1 2 3",
    "SADD b 2 3",
    "SCARD a",
    "SMEMBERS a",
    "SISMEMBER a 1",
    "SMISMEMBER missing 1",
    "SRANDMEMBER a",
    "SINTER a b",
    "SINTERCARD 2 a missing",
    "SUNION a missing",
    "SDIFF a b",
    "SUNIONSTORE c a b",
    "SMOVE a b 1",
    "SPOP missing",
    "SSCAN a 0",
    "HSET h f 1",
    "HGET h f",
    "HGET missing f",
    "HMGET h f g",
    "HGETALL h",
    "HLEN h",
    "HEXISTS h g",
    "HSTRLEN h f",
    "HKEYS h",
    "HRANDFIELD h",
    "HINCRBY h f 1",
    "HSCAN h 0",
    "HDEL missing f",
    "ZADD z 1 a 2 b",
    "ZADD y 1 a",
    "ZCARD z",
    "ZSCORE z a",
    "ZMSCORE missing a",
    "ZRANK z a",
    "ZRANGE z 0 -1",
    "ZRANGEBYSCORE missing 0 1",
    "ZCOUNT z 0 1",
    "ZLEXCOUNT z - +",
    "ZRANDMEMBER z",
    "ZINTER 2 z y",
    "ZUNIONSTORE x 2 z y",
    "ZRANGESTORE w z 0 -1",
    "ZINTERCARD 2 z missing",
    "ZDIFF 2 z missing",
    "ZPOPMIN missing",
    "ZSCAN z 0",
    "ZINCRBY z 1 a",
    "SET f 1.5",
    "INCRBYFLOAT f 1",
    "SETRANGE s 0 x",
    "GETEX missing",
    "GETDEL f",
    "MSETNX m 1 n 2",
    "RENAMENX m o",
    "HINCRBYFLOAT h f 1",
    "HSETNX h f 1",
    "HSCAN missing 0",
    "SSCAN missing 0",
    "ZSCAN missing 0",
    "LINDEX missing 0",
    "LSET missing 0 x",
    "LINSERT l BEFORE 2 x",
    "LREM l 1 x",
    "LTRIM l 0 5",
    "LPUSHX missing x",
    "SINTERSTORE d a b",
    "SDIFFSTORE d a b",
    "SPOP a",
    "ZADD z XX INCR 1 a",
    "ZDIFFSTORE d 2 z y",
    "ZREMRANGEBYSCORE z 0 1",
    "ZREVRANGE z 0 -1",
    "BZPOPMIN z 1",
    "SCAN 0",
    "KEYS *",
    "DBSIZE",
    "RANDOMKEY",
];

/// How many keys that a line looks for are there, and how many are not.
fn lookups(connection: &mut Connection, line: &str) -> (i64, i64) {
    assert_eq!(connection.raw("CONFIG RESETSTAT"), "+OK\r\n");
    connection.run(&command(line));
    (field(connection, "keyspace_hits"), field(connection, "keyspace_misses"))
}

#[test]
fn keys_that_were_looked_for_are_counted_as_by_redis() {
    let Some(redis) = Redis::start() else { return };
    let served = Served::start();
    let (mut oracle, mut subject) = (redis.connect(), served.connect());
    let mut differs = Vec::new();
    for line in LINES {
        let (told, counted) = (lookups(&mut oracle, line), lookups(&mut subject, line));
        if told != counted {
            differs.push(format!("{line}: {told:?} by Redis, {counted:?} here"));
        }
    }
    assert!(differs.is_empty(), "hits and misses:\n{}", differs.join("\n"));
}

/// The process's own reads are not those of clients.
#[test]
fn the_process_itself_looks_for_nothing() {
    let served = Served::start();
    let mut connection = served.connect();
    let db = &served.database;
    db.set("k", "v").expect("there is memory");
    for _ in 0..100 {
        assert_eq!(db.get("k"), Ok(Some("v".into())));
        assert_eq!(db.strlen("missing"), Ok(0));
    }
    assert_eq!(field(&mut connection, "keyspace_hits"), 0);
    assert_eq!(field(&mut connection, "keyspace_misses"), 0);
    connection.run_all(&vec![command("GET k"); 500]);
    connection.run_all(&vec![command("GET missing"); 50]);
    assert_eq!(field(&mut connection, "keyspace_hits"), 500);
    assert_eq!(field(&mut connection, "keyspace_misses"), 50);
}

#[test]
fn keys_that_go_by_themselves_are_counted() {
    let clock = Clock::manual(1_700_000_000_000);
    let config = Config { clock: clock.clone(), shard_count: 2, ..Config::default() };
    let served = Served::with(config, ServerConfig::default());
    let mut connection = served.connect();
    for n in 0..300 {
        connection.raw_reply_to(&format!("SET {n} x PX {}", 1 + n % 10));
    }
    clock.advance(Duration::from_millis(5));
    // By a write that meets it, or by the shard's thread.
    connection.raw_reply_to("INCR 3");
    while field(&mut connection, "expired_keys") < 150 {
        std::thread::yield_now();
    }
    assert_eq!(field(&mut connection, "expired_keys"), 150);
    assert_eq!(field(&mut connection, "evicted_keys"), 0);
    assert_eq!(connection.raw("CONFIG RESETSTAT"), "+OK\r\n");
    assert_eq!(field(&mut connection, "expired_keys"), 0);
    let filled = field(&mut connection, "used_memory");
    let line = format!("CONFIG SET maxmemory-policy allkeys-random maxmemory {}", filled / 2);
    assert_eq!(connection.raw(&line), "+OK\r\n");
    while field(&mut connection, "used_memory") > filled / 2 {
        std::thread::yield_now();
    }
    let left = served.database.dbsize().expect("it counts");
    let evicted = field(&mut connection, "evicted_keys");
    assert_eq!(usize::try_from(evicted).map(|gone| gone + left), Ok(151));
    let peak = field(&mut connection, "used_memory_peak");
    assert!(peak >= filled, "{peak} of {filled}");
}

#[test]
fn connections_and_what_they_listen_to_are_counted() {
    let options = ServerConfig { max_clients: 3, ..ServerConfig::default() };
    let served = Served::with(Config::default(), options);
    let mut connections: Vec<Connection> = (0..3).map(|_| served.connect()).collect();
    for (connection, line) in
        connections.iter_mut().zip(["PING", "SUBSCRIBE a b", "PSUBSCRIBE c* d* e*"])
    {
        connection.raw_reply_to(line);
    }
    drop(served.told(b"PING\r\n"));
    let asking = &mut connections[0];
    let _inside = served.database.subscribe("b").expect("it listens");
    for (name, expected) in [
        ("connected_clients", 3),
        ("maxclients", 3),
        ("total_connections_received", 3),
        ("rejected_connections", 1),
        ("pubsub_channels", 2),
        ("pubsub_patterns", 3),
        ("pubsubshard_channels", 0),
        ("blocked_clients", 0),
    ] {
        assert_eq!(field(asking, name), expected, "{name}");
    }
    // Eight times INFO, and three before.
    assert_eq!(field(asking, "total_commands_processed"), 11);
    assert!(field(asking, "instantaneous_ops_per_sec") > 0);
    assert!(field(asking, "total_net_input_bytes") > 0);
}

/// The mean of all keys that expire, by a clock that is turned by hand; whatever happens to them.
#[test]
fn the_time_that_keys_have_left_is_told_exactly() {
    let clock = Clock::manual(1_700_000_000_000);
    let (data_dir, disk) = (Some("data".into()), Some(SimulatedDisk::new(0)));
    let segments = Config { log_segment_bytes: 64 << 10, ..Config::default() };
    let config = Config { clock: clock.clone(), data_dir, disk, ..segments };
    let options = ServerConfig { allows_debug: true, ..ServerConfig::default() };
    let served = Served::with(config, options);
    let mut connection = served.connect();
    let mut told = |lines: &[&str]| -> String {
        for line in lines {
            let answer = connection.raw_reply_to(line);
            assert!(!answer.starts_with('-'), "{line}: {answer}");
        }
        let info = connection.run(&command("INFO keyspace"));
        let info = String::from_utf8_lossy(info.bytes().expect("a text")).into_owned();
        info.lines().skip(1).collect::<Vec<_>>().join(" ")
    };
    let begin = ["SET a 1 PX 100000", "SET b 1 PX 400000", "SET c 1"];
    assert_eq!(told(&begin), "db0:keys=3,expires=2,avg_ttl=250000");
    clock.advance(Duration::from_millis(7));
    let other = ["SELECT 1", "RPUSH d 1", "PEXPIRE d 60001"];
    let now = "db0:keys=3,expires=2,avg_ttl=249993 db1:keys=1,expires=1,avg_ttl=60001";
    assert_eq!(told(&other), now);
    assert_eq!(told(&["DEBUG RELOAD"]), now);
    let swapped = "db0:keys=1,expires=1,avg_ttl=60001 db1:keys=3,expires=2,avg_ttl=249993";
    assert_eq!(told(&["SWAPDB 0 1"]), swapped);
    assert_eq!(told(&["FLUSHDB"]), "db0:keys=1,expires=1,avg_ttl=60001");
    let longer = ["SELECT 0", "PEXPIRE d 9000000000000000", "SET e 1 PX 1"];
    assert_eq!(told(&longer), "db0:keys=2,expires=2,avg_ttl=4500000000000000");
    clock.advance(Duration::from_millis(1));
    assert_eq!(told(&["SET e 2"]), "db0:keys=2,expires=1,avg_ttl=8999999999999999");
    assert_eq!(told(&["PERSIST d", "DEL e"]), "db0:keys=1,expires=0,avg_ttl=0");
    let stuck = ["DEBUG SET-ACTIVE-EXPIRE 0", "SET f 1 PX 1"];
    assert_eq!(told(&stuck), "db0:keys=2,expires=1,avg_ttl=1");
    clock.advance(Duration::from_millis(2));
    assert_eq!(told(&[]), "db0:keys=2,expires=1,avg_ttl=0");
}

/// A key that is due is removed by whoever writes it, and counted, where that is a step among others
/// too.
#[test]
fn keys_that_expire_inside_a_transaction_are_counted() {
    let clock = Clock::manual(1_700_000_000_000);
    let options = ServerConfig { allows_debug: true, ..ServerConfig::default() };
    let served = Served::with(Config { clock: clock.clone(), ..Config::default() }, options);
    let (mut connection, db) = (served.connect(), &served.database);
    connection.raw_reply_to("DEBUG SET-ACTIVE-EXPIRE 0");
    connection.raw_reply_to("DOC.CREATE users");
    let mut due = |expected: i64| {
        assert_eq!(field(&mut connection, "expired_keys"), expected);
        for line in ["FLUSHALL", "SET a 1 PX 10", "SET b 1 PX 10", "SET c 1 PX 10"] {
            connection.raw_reply_to(line);
        }
        clock.advance(Duration::from_millis(20));
    };
    due(0);
    let counted = db.transaction(|tx| Ok((tx.incr("a")?, tx.rpush("b", ["x"])?)));
    assert_eq!(counted, Ok((1, 1)));
    due(2);
    let read = db.transaction(|tx| Ok((tx.get("a")?, tx.get("b")?)));
    assert_eq!(read, Ok((None, None)));
    let undone: kora::Result<()> =
        db.transaction(|tx| tx.incr("a").and(Err(kora::Error::NoSuchKey)));
    assert_eq!(undone, Err(kora::Error::NoSuchKey));
    // Who only reads, and who changes nothing in the end, removes nothing.
    due(2);
    for line in ["MULTI", "DOC.SET users ann '{}'", "DEL a", "INCR b"] {
        connection.raw_reply_to(line);
    }
    assert_eq!(connection.raw_reply_to("EXEC"), "*3\r\n+OK\r\n:0\r\n:1\r\n");
    assert_eq!(field(&mut connection, "expired_keys"), 4);
    // It comes and goes in one transaction.
    let spent = db.transaction(|tx| {
        tx.execute(kora::cmd!("SET", "d", "1", "PX", "5"))?;
        clock.advance(Duration::from_millis(10));
        tx.incr("d")
    });
    assert_eq!((spent, field(&mut connection, "expired_keys")), (Ok(1), 5));
}
