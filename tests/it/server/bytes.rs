//! Replies as they stand on the wire, against those of a real redis-server, in RESP2 and RESP3.

use crate::support::redis::Redis;
use crate::support::served::Served;

/// Lines whose replies are of every kind that there is; nothing in them is chosen at random.
const LINES: &[&str] = &[
    "SET s hello",
    "GET s",
    "GET missing",
    "MGET s missing",
    "STRLEN s",
    "SET n 10",
    "INCR n",
    "INCRBYFLOAT n 0.5",
    "GETRANGE s 1 -2",
    "SET s \"\"",
    "GET s",
    "RPUSH l a b c",
    "LRANGE l 0 -1",
    "LRANGE l 5 9",
    "LPOP l 2",
    "LPOP missing 2",
    "LPOP missing",
    "LPOS l missing",
    "LMPOP 1 missing LEFT",
    "LMPOP 1 l LEFT",
    "SADD t one",
    "SMEMBERS t",
    "SMEMBERS missing",
    "SMISMEMBER t one two",
    "SPOP missing",
    "SPOP missing 1",
    "SINTER t missing",
    "HSET h f v",
    "HGETALL h",
    "HGETALL missing",
    "HKEYS h",
    "HMGET h f g",
    "HRANDFIELD h 1 WITHVALUES",
    "HRANDFIELD missing",
    "HINCRBYFLOAT h d 1.5",
    "ZADD z 1 a 2.5 b 3 c",
    "ZRANGE z 0 -1",
    "ZRANGE z 0 -1 WITHSCORES",
    "ZRANGEBYSCORE z 2 3 WITHSCORES",
    "ZSCORE z b",
    "ZSCORE z missing",
    "ZMSCORE z a missing",
    "ZINCRBY z 0.5 a",
    "ZADD z INCR 1 a",
    "ZADD z NX INCR 1 a",
    "ZPOPMIN z",
    "ZPOPMIN z 1",
    "ZPOPMIN missing",
    "ZMPOP 1 z MAX",
    "ZMPOP 1 missing MIN",
    "ZRANDMEMBER missing 1 WITHSCORES",
    "ZADD z inf top",
    "ZRANGE z 0 -1 WITHSCORES",
    "ZRANK z missing",
    "ZDIFF 1 z WITHSCORES",
    "TYPE s",
    "TYPE missing",
    "TTL s",
    "EXISTS s l missing",
    "OBJECT ENCODING n",
    "OBJECT ENCODING missing",
    "SCAN 0 COUNT 1000 MATCH s",
    "HSCAN h 0 MATCH f",
    "KEYS s",
    "DBSIZE",
    "LCS s n IDX",
    "SORT missing",
    "RENAME missing other",
    "INCR s",
    "GET l",
    "SET",
    "SET s v EX 0",
    "SET s v PX",
    "NOSUCH a b",
    "OBJECT NOSUCH s",
    "CONFIG NOSUCH s",
    "CLIENT NOSUCH",
    "PING",
    "PING a",
    "PING a b",
    "ECHO \"a b\\r\\n\"",
    "SELECT 1",
    "DBSIZE",
    "SELECT 0",
    "SELECT 16",
    "SELECT -1",
    "SELECT x",
    "SELECT 99999999999",
    "AUTH secret",
    "AUTH default secret",
    "AUTH nobody secret",
    "AUTH a b c",
    "HELLO 1",
    "HELLO x",
    "HELLO 3 NOSUCH",
    "HELLO 3 AUTH default",
    "HELLO 3 SETNAME",
    "HELLO 3 AUTH nobody secret",
    "HELLO 3 SETNAME \"a b\"",
    "CLIENT GETNAME",
    "CLIENT SETNAME me",
    "CLIENT GETNAME",
    "CLIENT SETNAME \"a b\"",
    "CLIENT SETNAME \"\"",
    "CLIENT GETNAME",
    "CLIENT KILL nowhere:1",
    "CLIENT KILL ID 0",
    "CLIENT KILL ID 99999",
    "CLIENT KILL TYPE nosuch",
    "CLIENT KILL TYPE pubsub",
    "CLIENT KILL SKIPME maybe",
    "CLIENT LIST ID 99999",
    "CLIENT LIST ID x",
    "CLIENT LIST TYPE master",
    "CLIENT LIST TYPE nosuch",
    "CLIENT LIST nosuch",
    "CLIENT REPLY maybe",
    "CLIENT REPLY ON",
    "CLIENT NO-EVICT on",
    "CLIENT NO-EVICT off",
    "CLIENT NO-EVICT maybe",
    "CONFIG GET databases",
    "CONFIG GET nosuch",
    "CONFIG GET save",
    "CONFIG GET appendonly",
    "CONFIG SET databases 3",
    "CONFIG SET nosuch 3",
    "CONFIG SET timeout",
    "CONFIG SET timeout 10 maxclients",
    "CONFIG SET timeout 10 maxclients 100",
    "CONFIG GET timeout",
    "CONFIG GET maxclients",
    "CONFIG RESETSTAT",
    "INFO nosuch",
    "COMMAND GETKEYS SET k v",
    "RESET",
    "PING",
    "QUIT now",
];

#[test]
fn replies_are_the_bytes_of_redis() {
    let Some(redis) = Redis::start() else { return };
    check(&redis, &Served::start());
}

/// Says all lines to both.
pub(crate) fn check(redis: &Redis, served: &Served) {
    for protocol in ["HELLO 2", "HELLO 3"] {
        let (mut oracle, mut subject) = (redis.connect(), served.connect());
        oracle.reset();
        subject.reset();
        let mut problems = Vec::new();
        // The last line closes the connection.
        let (_, lines) = LINES.split_last().expect("there are lines");
        for line in lines {
            if *line == "RESET" || *line == LINES[0] {
                oracle.raw(protocol);
                subject.raw(protocol);
            }
            let (told, answered) = (oracle.raw(line), subject.raw(line));
            if told != answered {
                problems.push(format!("> {line}\nRedis: {told:?}\nKora:  {answered:?}"));
            }
        }
        assert!(problems.is_empty(), "{protocol}\n{}", problems.join("\n"));
    }
}
