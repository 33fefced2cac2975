//! The same data from both sides, where a server listens, and its end.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use kora::{Address, Config, Database, Durability, Error, ServerConfig};

use crate::support::Target;
use crate::support::folder::Folder;
use crate::support::reply::Reply;
use crate::support::served::Served;
use crate::support::words::command;

#[test]
fn both_sides_see_each_others_writes() {
    let served = Served::start();
    let mut connection = served.connect();
    for n in 0..100 {
        assert_eq!(connection.run(&command("INCR n")), Reply::Integer(2 * n + 1));
        assert_eq!(served.database.incr("n"), Ok(2 * n + 2));
    }
    let users = served.database.create_collection("users").expect("a new collection");
    let ann = serde_json::json!({"name": "ann", "age": 30});
    users.insert("1", &ann).expect("a new document");
    let found = connection.run(&command("DOC.FIND users 'age >= 30' IDS"));
    assert_eq!(found, Reply::Array(vec![Reply::bulk("1")]));
    assert_eq!(connection.run(&command("DOC.DEL users 1")), Reply::Integer(1));
    assert_eq!(users.get::<serde_json::Value>("1"), Ok(None));
    let third = served.database.select(3).expect("there are sixteen");
    third.set("k", "v").expect("there is memory");
    assert_eq!(connection.raw("SELECT 3"), "+OK\r\n");
    assert_eq!(connection.run(&command("GET k")), Reply::bulk("v"));
}

#[test]
fn both_kinds_of_sockets_are_served() {
    let served = Served::start();
    assert_eq!(served.told(b"SET a 1\r\nQUIT\r\n"), "+OK\r\n+OK\r\n");
    let mut socket = served.tcp();
    socket.write_all(b"GET a\r\nQUIT\r\n").expect("it is connected");
    let mut answers = String::new();
    socket.read_to_string(&mut answers).expect("it is answered and closed");
    assert_eq!(answers, "$1\r\n1\r\n+OK\r\n");
}

/// A client that sends no more is still answered.
#[test]
fn a_half_closed_connection_is_answered() {
    let served = Served::start();
    let mut socket = served.socket();
    socket.write_all(b"SET a 1\r\nGET a\r\n").expect("it is connected");
    socket.shutdown(std::net::Shutdown::Write).expect("it is connected");
    let mut answers = String::new();
    socket.read_to_string(&mut answers).expect("it is answered and closed");
    assert_eq!(answers, "+OK\r\n$1\r\n1\r\n");
}

/// And with more than its socket holds: it takes its time, and gets everything.
#[test]
fn a_half_closed_connection_is_answered_to_the_end() {
    const ANSWERS: usize = 20;
    let served = Served::start();
    let value = vec![b'x'; 1 << 20];
    served.database.set("k", &value).expect("there is memory");
    let mut socket = served.socket();
    socket.write_all(&b"GET k\r\n".repeat(ANSWERS)).expect("it is connected");
    socket.shutdown(std::net::Shutdown::Write).expect("it is connected");
    // Others have their turn meanwhile, and the end of what it sends is met.
    served.connect().run_all(&vec![command("PING"); 1000]);
    let mut answers = Vec::new();
    socket.read_to_end(&mut answers).expect("it is answered and closed");
    assert_eq!(answers.len(), ANSWERS * ("$1048576\r\n".len() + value.len() + 2));
}

#[test]
fn large_values_come_and_go_whole() {
    let served = Served::start();
    let value: Vec<u8> =
        (0..20_000_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
    let mut connection = served.connect();
    let words = [b"SET".to_vec(), b"large".to_vec(), value.clone()];
    assert_eq!(connection.run(&words), Reply::Status("OK".to_owned()));
    assert_eq!(connection.run(&command("GET large")), Reply::Bulk(value));
}

/// More answers than any socket holds, of which the client takes none before it has sent all.
#[test]
fn a_long_pipeline_is_not_stuck() {
    let served = Served::start();
    served.database.set("k", vec![b'x'; 1_000]).expect("there is memory");
    let commands = vec![command("GET k"); 50_000];
    let replies = served.connect().run_all(&commands);
    assert!(replies.iter().all(|reply| *reply == Reply::bulk([b'x'; 1_000])));
    assert_eq!(replies.len(), commands.len());
}

#[test]
fn a_server_that_ends_answers_what_was_sent() {
    let served = Served::start();
    let mut sockets: Vec<_> = (0..10).map(|_| served.socket()).collect();
    for socket in &mut sockets {
        socket.write_all(&b"INCR n\r\n".repeat(100)).expect("it is connected");
    }
    // Whoever is not accepted yet is not served: the last of them is when it is answered.
    let mut first = [0; 4];
    sockets.last_mut().expect("there are ten").read_exact(&mut first).expect("it is answered");
    let Served { database, server, .. } = served;
    server.shutdown();
    for socket in &mut sockets {
        let mut answers = Vec::new();
        socket.read_to_end(&mut answers).expect("it was closed in order");
    }
    assert_eq!(database.get("n"), Ok(Some("1000".into())));
}

#[test]
fn a_socket_that_is_left_behind_is_replaced_and_no_other() {
    let folder = Folder::new();
    let path = folder.join("socket");
    let db = Database::in_memory();
    let options =
        ServerConfig { addresses: vec![Address::Unix(path.clone())], ..ServerConfig::default() };
    drop(UnixListener::bind(&path).expect("a free path"));
    let server = db.server(options.clone()).expect("nobody answers there");
    let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "others may not come");
    assert!(matches!(db.server(options.clone()), Err(Error::Listen(_))), "somebody answers there");
    server.shutdown();
    assert!(!path.exists(), "it goes with its server");
    std::fs::write(&path, "something else").expect("a free path");
    assert!(matches!(db.server(options), Err(Error::Listen(_))), "it is no socket");
}

/// Where writes wait for the disk, an answer is sent when the disk has it.
#[test]
fn answers_wait_for_the_disk_where_writes_do() {
    let folder = Folder::new();
    let config = Config {
        data_dir: Some(folder.join("data")),
        durability: Durability::Always,
        ..Config::default()
    };
    let served = Served::with(config.clone(), ServerConfig::default());
    let commands: Vec<_> = (0..500).map(|n| command(&format!("RPUSH list {n}"))).collect();
    let replies = served.connect().run_all(&commands);
    assert_eq!(replies.last(), Some(&Reply::Integer(500)));
    drop(served);
    let db = Database::open(config).expect("it opens again");
    assert_eq!(db.llen("list"), Ok(500));
}
