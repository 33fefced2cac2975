//! Channels between clients and the process itself, and clients that do not listen to what they asked
//! for.

use std::io::{Read, Write};
use std::time::Duration;

use kora::{Clock, Config, ServerConfig};

use crate::support::Target;
use crate::support::awaiting::block_on;
use crate::support::reply::Reply;
use crate::support::served::Served;
use crate::support::words::command;

fn message(channel: &str, payload: &str) -> String {
    format!(
        "*3\r\n$7\r\nmessage\r\n${}\r\n{channel}\r\n${}\r\n{payload}\r\n",
        channel.len(),
        payload.len()
    )
}

#[test]
fn both_sides_hear_each_other() {
    let served =
        Served::with(Config::default(), ServerConfig { threads: 3, ..ServerConfig::default() });
    let mut inside = served.database.subscribe("news").expect("it listens");
    let mut awaiting =
        block_on(served.database.asynchronous().psubscribe("n*")).expect("it listens");
    let (mut one, mut other) = (served.connect(), served.connect());
    for connection in [&mut one, &mut other] {
        connection.say(&command("SUBSCRIBE news"));
        connection.raw_reply();
    }
    assert_eq!(served.database.publish("news", "from inside"), Ok(4));
    let mut speaker = served.connect();
    assert_eq!(speaker.run(&command("PUBLISH news outside")), Reply::Integer(4));
    for connection in [&mut one, &mut other] {
        assert_eq!(connection.raw_reply(), message("news", "from inside"));
        assert_eq!(connection.raw_reply(), message("news", "outside"));
    }
    assert_eq!([inside.recv().payload, inside.recv().payload], ["from inside", "outside"]);
    assert_eq!(block_on(awaiting.recv()).payload, "from inside");
    assert_eq!(block_on(awaiting.recv()).pattern.as_deref(), Some(&b"n*"[..]));
    // Who has gone is counted no more.
    drop((inside, awaiting, one));
    while speaker.run(&command("PUBLISH news x")) != Reply::Integer(1) {
        std::thread::yield_now();
    }
}

#[test]
fn messages_of_one_come_in_order() {
    const MESSAGES: usize = 2000;
    let served = Served::start();
    let mut listener = served.connect();
    listener.say(&command("SUBSCRIBE c"));
    listener.raw_reply();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..MESSAGES {
                assert_eq!(served.database.publish("c", number.to_string()), Ok(1));
            }
        });
        for number in 0..MESSAGES {
            assert_eq!(listener.raw_reply(), message("c", &number.to_string()));
        }
    });
}

#[test]
fn a_client_that_takes_no_messages_is_closed() {
    let options = ServerConfig { max_unsent_message_bytes: 64 << 10, ..ServerConfig::default() };
    let served = Served::with(Config::default(), options);
    let mut slow = served.socket();
    slow.write_all(b"SUBSCRIBE c\r\n").expect("it is connected");
    slow.read_exact(&mut [0; 4]).expect("it is answered");
    let payload = "x".repeat(10_000);
    while served.database.publish("c", &payload) != Ok(0) {
        std::thread::yield_now();
    }
    assert_eq!(
        served.connect().run(&command("PUBSUB NUMSUB c")),
        Reply::Array(vec![Reply::bulk("c"), Reply::Integer(0)])
    );
}

#[test]
fn listeners_are_a_kind_of_client() {
    let served = Served::start();
    let (mut asking, mut listening) = (served.connect(), served.connect());
    listening.say(&command("SUBSCRIBE a b"));
    listening.raw_reply();
    listening.raw_reply();
    listening.say(&command("PSUBSCRIBE c*"));
    listening.raw_reply();
    let reply = asking.run(&command("CLIENT LIST TYPE pubsub"));
    let text = String::from_utf8_lossy(reply.bytes().expect("a text")).into_owned();
    assert!(text.lines().count() == 1 && text.contains(" flags=P "), "{text}");
    assert!(text.contains(" sub=2 psub=1 ssub=0 "), "{text}");
    let reply = asking.run(&command("CLIENT LIST TYPE normal"));
    let text = String::from_utf8_lossy(reply.bytes().expect("a text")).into_owned();
    assert!(text.lines().count() == 1 && text.contains(" flags=N "), "{text}");
    assert_eq!(asking.run(&command("CLIENT KILL TYPE pubsub")), Reply::Integer(1));
    while served.database.publish("a", "x") != Ok(0) {
        std::thread::yield_now();
    }
}

/// What a transaction over documents publishes, it publishes once, and only when it has happened.
#[test]
fn what_is_published_in_a_transaction_is_published_once() {
    let served = Served::start();
    let mut connection = served.connect();
    let mut listener = served.database.subscribe("done").expect("it listens");
    for line in [
        "DOC.CREATE jobs",
        "MULTI",
        "PUBLISH done one",
        "DOC.SET jobs 1 '{}'",
        "PUBLISH done two",
        "INCR jobs",
    ] {
        connection.run(&command(line));
    }
    let Reply::Array(answers) = connection.run(&command("EXEC")) else { panic!("an array") };
    assert_eq!([&answers[0], &answers[2], &answers[3]], [&Reply::Integer(1); 3]);
    assert_eq!(answers.len(), 4);
    assert_eq!([listener.recv().payload, listener.recv().payload], ["one", "two"]);
    connection.run(&command("WATCH jobs"));
    served.database.incr("jobs").expect("a number");
    for line in ["MULTI", "DOC.GET jobs 1", "PUBLISH done three"] {
        connection.run(&command(line));
    }
    assert_eq!(connection.run(&command("EXEC")), Reply::NilArray);
    assert_eq!(listener.try_recv(), None);
}

#[test]
fn the_end_of_a_key_is_published() {
    let clock = Clock::manual(1_700_000_000_000);
    let config = Config {
        clock: clock.clone(),
        keyspace_events: "Ex".parse().expect("letters"),
        max_memory: None,
        ..Config::default()
    };
    let served = Served::with(config, ServerConfig::default());
    let mut events = served.database.subscribe("__keyevent@0__:expired").expect("it listens");
    let mut connection = served.connect();
    connection.run(&command("SET k v PX 10"));
    clock.advance(Duration::from_millis(20));
    // By the shard's thread, or by this.
    connection.run(&command("DEL k"));
    assert_eq!(events.recv().payload, "k");
    assert_eq!(events.try_recv(), None);
}
