//! What is known of connections, and how they end.

use std::io::{Read, Write};

use kora::{Config, ServerConfig};

use crate::support::Target;
use crate::support::redis::Connection;
use crate::support::reply::Reply;
use crate::support::served::Served;
use crate::support::words::command;

fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(reply.bytes().expect("a text")).into_owned()
}

fn ok() -> Reply {
    Reply::Status("OK".to_owned())
}

fn id(connection: &mut Connection) -> i64 {
    let reply = connection.run(&command("CLIENT ID"));
    let Reply::Integer(id) = reply else { panic!("{reply}") };
    id
}

#[test]
fn every_connection_is_listed() {
    let served =
        Served::with(Config::default(), ServerConfig { threads: 3, ..ServerConfig::default() });
    let mut connections: Vec<Connection> = (0..5).map(|_| served.connect()).collect();
    for (nth, connection) in connections.iter_mut().enumerate() {
        assert_eq!(connection.run(&command(&format!("CLIENT SETNAME number-{nth}"))), ok());
        assert_eq!(connection.run(&command(&format!("SELECT {nth}"))), ok());
    }
    let list = text(&connections[0].run(&command("CLIENT LIST")));
    assert_eq!(list.lines().count(), 5, "{list}");
    for (nth, line) in list.lines().enumerate() {
        assert!(line.contains(&format!(" name=number-{nth} ")), "{line}");
        assert!(line.contains(&format!(" db={nth} ")), "{line}");
        let command = if nth == 0 { "client|list" } else { "select" };
        assert!(line.contains(&format!(" cmd={command} ")), "{line}");
    }
    let second = id(&mut connections[1]);
    let list = text(&connections[0].run(&command(&format!("CLIENT LIST ID {second} 99999"))));
    assert!(list.starts_with(&format!("id={second} ")) && list.lines().count() == 1, "{list}");
    let info = text(&connections[1].run(&command("CLIENT INFO")));
    assert!(info.starts_with(&format!("id={second} ")), "{info}");
    let info = text(&connections[0].run(&command("INFO clients")));
    assert!(info.contains("connected_clients:5\r\n"), "{info}");
}

#[test]
fn a_killed_connection_ends() {
    let served =
        Served::with(Config::default(), ServerConfig { threads: 2, ..ServerConfig::default() });
    let (mut killer, mut victim, mut socket) =
        (served.connect(), served.connect(), served.socket());
    socket.write_all(b"CLIENT SETNAME third\r\n").expect("it is connected");
    socket.read_exact(&mut [0; 5]).expect("it is answered");
    let victim_id = id(&mut victim);
    let kill = format!("CLIENT KILL ID {victim_id} SKIPME no");
    assert_eq!(killer.run(&command(&kill)), Reply::Integer(1));
    while text(&killer.run(&command("CLIENT LIST"))).contains(&format!("id={victim_id} ")) {
        std::thread::yield_now();
    }
    assert_eq!(killer.run(&command(&kill)), Reply::Integer(0));
    // All others; what asked stays.
    assert_eq!(killer.run(&command("CLIENT KILL TYPE normal")), Reply::Integer(1));
    assert_eq!(socket.read(&mut [0; 1]).expect("it was closed in order"), 0);
    assert_eq!(killer.run(&command("PING")), Reply::Status("PONG".to_owned()));
}

#[test]
fn answers_are_left_out_as_asked() {
    let served = Served::start();
    let told = served.told(
        b"CLIENT REPLY SKIP\r\nSET a 1\r\nINCR a\r\nCLIENT REPLY OFF\r\nINCR a\r\nGET a\r\nNOSUCH\r\n\
          CLIENT REPLY ON\r\nGET a\r\nQUIT\r\n",
    );
    assert_eq!(told, ":2\r\n+OK\r\n$1\r\n3\r\n+OK\r\n");
}

#[test]
fn nothing_behind_quit_is_done() {
    let served = Served::start();
    assert_eq!(served.told(b"SET a 1\r\nQUIT\r\nSET a 2\r\n"), "+OK\r\n+OK\r\n");
    assert_eq!(served.database.get("a"), Ok(Some("1".into())));
}

#[test]
fn reset_makes_a_connection_new() {
    let served = Served::start();
    let mut connection = served.connect();
    connection.speak_resp3();
    for line in ["SELECT 3", "CLIENT SETNAME somebody"] {
        assert_eq!(connection.run(&command(line)), ok());
    }
    assert_eq!(connection.raw("RESET"), "+RESET\r\n");
    assert_eq!(connection.raw("GET missing"), "$-1\r\n");
    assert_eq!(connection.raw("CLIENT GETNAME"), "$-1\r\n");
    assert!(text(&connection.run(&command("CLIENT INFO"))).contains(" db=0 "));
}

/// A pipeline sees its own SELECT, and every reply stands in its place.
#[test]
fn a_pipeline_is_done_in_order() {
    let served = Served::start();
    let mut connection = served.connect();
    let mut lines = Vec::new();
    for round in 0..300 {
        let number = round % 16;
        lines.extend([
            format!("SELECT {number}"),
            format!("INCR in-{number}"),
            format!("ECHO {round}"),
            "DBSIZE".to_owned(),
        ]);
    }
    let commands: Vec<_> = lines.iter().map(|line| command(line)).collect();
    let replies = connection.run_all(&commands);
    for (round, replies) in replies.chunks(4).enumerate() {
        let count = i64::try_from(round / 16 + 1).expect("few rounds");
        let expected =
            [ok(), Reply::Integer(count), Reply::bulk(round.to_string()), Reply::Integer(1)];
        assert_eq!(replies, expected, "round {round}");
    }
}
