//! Clients that others wrote: redis-cli and redis-benchmark of Debian, and redis-rs.

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use redis::{AsyncCommands as _, Commands};

use crate::support::served::Served;

/// Runs a program of Redis against a server; nothing when there is none.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn run(program: &str, served: &Served, words: &[&str]) -> Option<String> {
    let port = served.server.port().expect("it listens at a port").to_string();
    let mut command = Command::new(program);
    command.args(["-p", &port]).args(words).stdin(Stdio::null());
    match command.output() {
        Ok(output) => {
            assert!(output.status.success(), "{program} {words:?}: {output:?}");
            let text = String::from_utf8(output.stdout).expect("text");
            Some(text)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: no {program}");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

#[test]
fn redis_cli_works() {
    let served = Served::start();
    served.database.rpush("list", ["a", "b"]).expect("there is memory");
    let Some(text) = run("redis-cli", &served, &["--no-raw", "LRANGE", "list", "0", "-1"]) else {
        return;
    };
    assert_eq!(text, "1) \"a\"\n2) \"b\"\n");
    let text = run("redis-cli", &served, &["-3", "--no-raw", "HSET", "h", "f", "v"]);
    assert_eq!(text.as_deref(), Some("(integer) 1\n"));
    let text = run("redis-cli", &served, &["-3", "--no-raw", "HGETALL", "h"]);
    assert_eq!(text.as_deref(), Some("1# \"f\" => \"v\"\n"));
    let text = run("redis-cli", &served, &["-n", "3", "DBSIZE"]);
    assert_eq!(text.as_deref(), Some("0\n"));
    let text = run("redis-cli", &served, &["--scan"]).expect("it is there");
    assert_eq!(text.lines().count(), 2, "{text}");
    let text = run("redis-cli", &served, &["INFO"]).expect("it is there");
    assert!(text.contains("redis_version:7.0") && text.contains("db0:keys=2"), "{text}");
}

#[test]
fn redis_benchmark_runs() {
    let served = Served::start();
    let tests = "ping_inline,ping_mbulk,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange_100,mset";
    let words = ["-q", "-n", "500", "-c", "5", "-P", "4", "-t", tests];
    let Some(text) = run("redis-benchmark", &served, &words) else { return };
    assert!(!text.contains("WARNING") && !text.contains("rror"), "{text}");
    assert!(text.contains("MSET") && text.contains("LRANGE_100"), "{text}");
}

#[test]
fn redis_rs_works_in_both_protocols() -> redis::RedisResult<()> {
    let served = Served::start();
    let address = served.server.local_addr().expect("it listens at a port");
    for protocol in ["", "?protocol=resp3"] {
        let client = redis::Client::open(format!("redis://{address}/2{protocol}"))?;
        let mut connection = client.get_connection()?;
        let () = connection.set("greeting", "hello")?;
        let greeting: String = connection.get("greeting")?;
        assert_eq!(greeting, "hello");
        let missing: Option<String> = connection.get("missing")?;
        assert_eq!(missing, None);
        let () = connection.hset_multiple("user", &[("name", "ann"), ("city", "Accra")])?;
        let user: std::collections::BTreeMap<String, String> = connection.hgetall("user")?;
        assert_eq!(user["city"], "Accra");
        let () = connection.zadd_multiple("board", &[(1.5, "a"), (2.5, "b")])?;
        let board: Vec<(String, f64)> = connection.zrange_withscores("board", 0, -1)?;
        assert_eq!(board, [("a".to_owned(), 1.5), ("b".to_owned(), 2.5)]);
        let counts: (i64, i64) = redis::pipe().incr("a", 1).incr("a", 2).query(&mut connection)?;
        assert_eq!(counts, (1, 3));
        let refused: redis::RedisResult<i64> = connection.incr("greeting", 1);
        assert!(refused.is_err());
        let () = redis::cmd("FLUSHDB").query(&mut connection)?;
    }
    Ok(())
}

/// Many tasks share one connection, and each has the replies to what it asked.
#[test]
fn redis_rs_works_awaited_by_many_tasks() -> redis::RedisResult<()> {
    let served = Served::start();
    let address = served.server.local_addr().expect("it listens at a port");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = redis::Client::open(format!("redis://{address}/"))?;
        let connection = client.get_multiplexed_async_connection().await?;
        let count = |task: usize| {
            let mut connection = connection.clone();
            async move {
                for nth in 1..=100 {
                    let counted: i64 = connection.incr(format!("task-{task}"), 1).await?;
                    assert_eq!(counted, nth);
                }
                Ok::<(), redis::RedisError>(())
            }
        };
        let tasks: Vec<_> = (0..50).map(|task| tokio::spawn(count(task))).collect();
        for task in tasks {
            task.await.expect("no task panics")?;
        }
        Ok::<(), redis::RedisError>(())
    })?;
    assert_eq!(served.database.mget(["task-0", "task-49"]), Ok(vec![Some("100".into()); 2]));
    Ok(())
}

/// One process holds the database: programs see its writes, it sees theirs, and they each other's.
#[test]
fn a_process_and_its_clients_share_the_data() -> redis::RedisResult<()> {
    let served = Served::start();
    let db = &served.database;
    let address = served.server.local_addr().expect("it listens at a port");
    let mut connection = redis::Client::open(format!("redis://{address}/"))?.get_connection()?;
    db.set("from", "the process").expect("there is memory");
    let users = db.create_collection("users").expect("a new collection");
    users.insert("ann", &serde_json::json!({"age": 30})).expect("a new document");
    let from: String = connection.get("from")?;
    assert_eq!(from, "the process");
    let () = connection.set("from", "redis-rs")?;
    let mut set = redis::cmd("DOC.SET");
    let () = set.arg("users").arg("bob").arg("{\"age\":40}").query(&mut connection)?;
    assert_eq!(db.get("from"), Ok(Some("redis-rs".into())));
    assert_eq!(users.get("bob"), Ok(Some(serde_json::json!({"age": 40}))));
    let Some(found) = run("redis-cli", &served, &["DOC.FIND", "users", "age >= 30", "IDS"]) else {
        return Ok(());
    };
    assert_eq!(found, "ann\nbob\n");
    run("redis-cli", &served, &["DOC.DEL", "users", "ann"]);
    assert_eq!(users.get::<serde_json::Value>("ann"), Ok(None));
    assert_eq!(run("redis-cli", &served, &["GET", "from"]).as_deref(), Some("redis-rs\n"));
    let told = run("redis-cli", &served, &["SET", "from", "redis-cli"]);
    assert_eq!(told.as_deref(), Some("OK\n"));
    let from: String = connection.get("from")?;
    assert_eq!((from.as_str(), db.get("from")), ("redis-cli", Ok(Some("redis-cli".into()))));
    Ok(())
}
