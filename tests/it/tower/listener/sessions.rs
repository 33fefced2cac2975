//! What layers mean to a session: transactions, channels, waits, passwords, and its end.

use std::future::{Future, poll_fn};
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use kora::{CommandResponse, Error, ServerConfig, cmd};
use kora_tower::{LayerCommands, SessionService};
use tower::layer::layer_fn;
use tower::{Service, ServiceBuilder, service_fn};

use super::served;
use crate::support::Target;
use crate::support::redis::Connection;
use crate::support::reply::Reply;
use crate::support::served::Served;
use crate::support::words::command;

fn bulk(text: &str) -> Reply {
    Reply::Bulk(text.into())
}

fn error(text: &str) -> Reply {
    Reply::Error(text.into())
}

fn ok() -> Reply {
    Reply::Status("OK".into())
}

/// A server that refuses the commands of these names.
fn refusing(names: &'static [&'static [u8]]) -> Served {
    let layer = layer_fn(move |mut session: SessionService| {
        service_fn(move |command: kora::Command| {
            let refused = names.contains(&command.name());
            let answer = (!refused).then(|| session.call(command));
            async move {
                match answer {
                    Some(answer) => answer.await,
                    None => Err(Error::refused("NOPERM", "not today")),
                }
            }
        })
    });
    served(ServerConfig::default().layer(layer))
}

#[track_caller]
fn says(client: &mut Connection, lines: &[(&str, Reply)]) {
    for (line, expected) in lines {
        assert_eq!(&client.run(&command(line)), expected, "{line}");
    }
}

#[test]
fn what_a_layer_refuses_spoils_the_transaction() {
    let served = refusing(&[b"DEL"]);
    let queued = || Reply::Status("QUEUED".into());
    let spoiled = "EXECABORT Transaction discarded because of previous errors.";
    let lines = [
        ("MULTI", ok()),
        ("SET a 1", queued()),
        ("DEL a", error("NOPERM not today")),
        ("SET a 2", queued()),
        ("EXEC", error(spoiled)),
        ("GET a", Reply::Nil),
        ("SET a 3", ok()),
    ];
    says(&mut served.connect(), &lines);
}

#[test]
fn a_refused_exec_has_ended_the_transaction() {
    let served = refusing(&[b"EXEC"]);
    let why = "EXECABORT Transaction discarded because of: NOPERM not today";
    let lines = [
        ("WATCH a", ok()),
        ("MULTI", ok()),
        ("SET a 1", Reply::Status("QUEUED".into())),
        ("EXEC", error(why)),
        ("EXEC", error("NOPERM not today")),
        ("GET a", Reply::Nil),
        ("DISCARD", error("ERR DISCARD without MULTI")),
    ];
    says(&mut served.connect(), &lines);
}

/// What a layer was told of those whose commands it has seen.
type Seen = Arc<Mutex<Vec<String>>>;

fn seeing(options: ServerConfig) -> (Served, Seen) {
    let seen = Seen::default();
    let notes = Arc::clone(&seen);
    let note = move |command: kora::Command| {
        let caller = command.caller().expect("a client has sent it");
        let name = String::from_utf8_lossy(command.name()).into_owned();
        notes.lock().unwrap_or_else(PoisonError::into_inner).push(format!(
            "{name} {} {:?} '{}' {} {} {}",
            caller.id(),
            caller.user(),
            caller.name(),
            caller.database(),
            caller.protocol(),
            caller.is_in_transaction()
        ));
        command
    };
    (served(options.layer(ServiceBuilder::new().map_request(note))), seen)
}

#[test]
fn a_command_knows_who_has_sent_it() {
    let (served, seen) = seeing(ServerConfig::default());
    let mut client = served.connect();
    for line in ["HELLO 3", "CLIENT SETNAME ann", "SELECT 3", "MULTI", "NOSUCH a", "GET", "PING"] {
        client.run(&command(line));
    }
    served.connect().run(&command("PING"));
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let ann = "1 Some(\"default\") 'ann'";
    assert_eq!(
        *seen,
        [
            "HELLO 1 Some(\"default\") '' 0 2 false".to_owned(),
            "CLIENT 1 Some(\"default\") '' 0 3 false".to_owned(),
            format!("SELECT {ann} 0 3 false"),
            format!("MULTI {ann} 3 3 false"),
            format!("NOSUCH {ann} 3 3 true"),
            format!("GET {ann} 3 3 true"),
            format!("PING {ann} 3 3 true"),
            "PING 2 Some(\"default\") '' 0 2 false".to_owned(),
        ]
    );
    assert!(cmd!("PING").caller().is_none());
}

#[test]
fn strangers_reach_a_layer_with_what_strangers_may_say() {
    let password = Some("secret".to_owned());
    let (served, seen) = seeing(ServerConfig { password, ..ServerConfig::default() });
    let lines = [
        ("GET a", error("NOAUTH Authentication required.")),
        ("AUTH wrong", error("WRONGPASS invalid username-password pair or user is disabled.")),
        ("AUTH secret", ok()),
        ("GET a", Reply::Nil),
    ];
    says(&mut served.connect(), &lines);
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let known = "Some(\"default\") '' 0 2 false";
    assert_eq!(
        *seen,
        ["AUTH 1 None '' 0 2 false", "AUTH 1 None '' 0 2 false", &format!("GET 1 {known}")]
    );
}

#[test]
fn a_layer_cannot_let_a_stranger_in_by_making_another_command() {
    let layer = ServiceBuilder::new().map_request(|_| cmd!("GET", "a"));
    let password = Some("secret".to_owned());
    let served = served(ServerConfig { password, ..ServerConfig::default() }.layer(layer));
    served.database.set("a", "private").expect("room");
    let refused = error("NOAUTH Authentication required.");
    assert_eq!(served.connect().run(&command("AUTH wrong")), refused);
}

/// A server whose layer holds some commands back until the test lets them go.
fn holding(name: &'static [u8]) -> (Served, Receiver<()>, Sender<()>) {
    let ((came, has_come), (let_go, may_go)) = (channel(), channel::<()>());
    let may_go = Arc::new(Mutex::new(may_go));
    let layer = layer_fn(move |mut session: SessionService| {
        let (came, may_go) = (came.clone(), Arc::clone(&may_go));
        service_fn(move |command: kora::Command| {
            let is_held = command.name() == name;
            let answer = session.call(command);
            let (came, may_go) = (came.clone(), Arc::clone(&may_go));
            async move {
                let answer = answer.await;
                if is_held {
                    wait_elsewhere(move || {
                        // Neither is an error when the test is over.
                        came.send(()).ok();
                        may_go.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
                    })
                    .await;
                }
                answer
            }
        })
    });
    (served(ServerConfig::default().layer(layer)), has_come, let_go)
}

/// Waits on another thread, and not on the one that serves.
fn wait_elsewhere(wait: impl FnOnce() + Send + 'static) -> impl Future<Output = ()> + Send {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    thread::spawn(move || {
        wait();
        sender.send(())
    });
    async { receiver.await.expect("the thread ends") }
}

#[test]
fn a_client_that_waits_for_a_layer_does_not_keep_others_waiting() {
    let (served, has_come, let_go) = holding(b"INCR");
    let (mut slow, mut other) = (served.connect(), served.connect());
    slow.say(&command("INCR n"));
    slow.say(&command("GET n"));
    has_come.recv().expect("the layer has it");
    assert_eq!(other.run(&command("GET n")), bulk("1"));
    let_go.send(()).expect("the layer waits");
    assert_eq!([slow.raw_reply(), slow.raw_reply()], [":1\r\n", "$1\r\n1\r\n"]);
}

#[test]
fn a_message_does_not_come_before_the_client_is_told_that_it_listens() {
    let (served, has_come, let_go) = holding(b"SUBSCRIBE");
    let mut client = served.connect();
    client.say(&command("SUBSCRIBE news"));
    has_come.recv().expect("it listens");
    assert_eq!(served.database.publish("news", "first"), Ok(1));
    // Another turn of the same thread, which has been told of the message before.
    assert_eq!(served.connect().run(&command("PING")), Reply::Status("PONG".into()));
    let_go.send(()).expect("the layer waits");
    assert_eq!(client.raw_reply(), "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
    assert_eq!(client.raw_reply(), "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nfirst\r\n");
}

#[test]
fn who_goes_takes_the_command_along() {
    let (dropped, is_dropped) = channel::<()>();
    let (came, has_come) = channel::<()>();
    let layer = layer_fn(move |mut session: SessionService| {
        let (dropped, came) = (dropped.clone(), came.clone());
        service_fn(move |command: kora::Command| {
            let (dropped, answer) = (dropped.clone(), session.call(command));
            // The test may have seen enough.
            came.send(()).ok();
            async move {
                let _kept = dropped;
                answer.await
            }
        })
    });
    let served = served(ServerConfig::default().layer(layer));
    let mut client = served.connect();
    client.say(&command("BLPOP jobs 0"));
    has_come.recv().expect("the layer has it");
    drop(client);
    drop(has_come);
    let Served { database, server, .. } = served;
    // The layer itself ends with the server, and whatever it has begun before that.
    server.shutdown();
    assert!(is_dropped.recv().is_err());
    assert_eq!(database.rpush("jobs", ["one"]), Ok(1));
    assert_eq!(database.llen("jobs"), Ok(1));
}

#[test]
fn what_is_under_way_is_answered_before_the_end() {
    let (served, has_come, let_go) = holding(b"INCR");
    let mut client = served.socket();
    client.write_all(b"INCR n\r\nINCR n\r\nGET n\r\n").expect("it reads");
    has_come.recv().expect("the layer has it");
    let Served { server, .. } = served;
    let ending = thread::spawn(move || server.shutdown());
    for _ in 0..2 {
        let_go.send(()).expect("the layer waits");
    }
    let mut answers = String::new();
    client.read_to_string(&mut answers).expect("text");
    assert_eq!(answers, ":1\r\n:2\r\n$1\r\n2\r\n");
    ending.join().expect("no panic");
}

#[test]
fn a_layer_may_ask_twice_and_after_the_answer() {
    let layer = layer_fn(|mut session: SessionService| {
        service_fn(move |command: kora::Command| {
            let (first, second) = (session.call(command.clone()), session.call(command));
            let third = session.call(cmd!("INCR", "others"));
            async move {
                let (first, second) = (first.await?, second.await?);
                thread::spawn(move || crate::support::awaiting::block_on(third));
                Ok::<_, Error>(CommandResponse::Array(vec![first, second]))
            }
        })
    });
    let served = served(ServerConfig::default().layer(layer));
    let mut client = served.connect();
    let both = Reply::Array(vec![Reply::Integer(1), Reply::Integer(2)]);
    assert_eq!(client.run(&command("INCR n")), both);
    while served.database.exists("others") == Ok(0) {
        thread::yield_now();
    }
}

#[test]
fn a_command_whose_future_is_not_polled_is_not_run() {
    let layer = layer_fn(|mut session: SessionService| {
        service_fn(move |command: kora::Command| {
            drop(session.call(cmd!("SET", "never", "1")));
            let mut waiting = Some(Box::pin(session.call(cmd!("BLPOP", "jobs", "0"))));
            let answer = session.call(command);
            async move {
                // Asked once, so that it waits; and then given up.
                poll_fn(|context| {
                    let asked = waiting.take().map(|mut asked| asked.as_mut().poll(context));
                    assert!(asked.is_none_or(|asked| asked.is_pending()));
                    std::task::Poll::Ready(())
                })
                .await;
                answer.await
            }
        })
    });
    let served = served(ServerConfig::default().layer(layer));
    assert_eq!(served.connect().run(&command("INCR n")), Reply::Integer(1));
    assert_eq!(served.database.exists("never"), Ok(0));
    assert_eq!(served.database.rpush("jobs", ["one"]), Ok(1));
    assert_eq!(served.database.llen("jobs"), Ok(1));
}

#[test]
fn a_layer_that_panics_ends_its_connection_alone() {
    let layer = ServiceBuilder::new().map_request(|command: kora::Command| {
        assert_ne!(command.name(), b"BOOM", "as it was asked to");
        command
    });
    let served = served(ServerConfig::default().layer(layer));
    let mut other = served.connect();
    assert_eq!(other.run(&command("INCR n")), Reply::Integer(1));
    let told = served.told(b"BOOM\r\nINCR n\r\n");
    assert!(
        told.starts_with("-ERR internal error: ") && told.contains("as it was asked to"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
    assert_eq!(other.run(&command("INCR n")), Reply::Integer(2));
}

#[test]
fn answers_of_layers_are_replies_whatever_is_in_them() {
    let layer = layer_fn(|_session: SessionService| {
        service_fn(async |command: kora::Command| {
            let pair = |n| (CommandResponse::Integer(n), CommandResponse::Array(vec![]));
            match command.name() {
                b"STATUS" => Ok(CommandResponse::Status("two\r\nlines".into())),
                b"PAIRS" => Ok(CommandResponse::Pairs(vec![pair(1), pair(2)])),
                _ => Err(Error::refused("ERR", "two\r\nlines")),
            }
        })
    });
    let served = served(ServerConfig::default().layer(layer));
    let mut client = served.connect();
    let mut told = |line| {
        client.say(&command(line));
        client.raw_reply()
    };
    assert_eq!(told("STATUS"), "+two  lines\r\n");
    assert_eq!(told("PAIRS"), "*4\r\n:1\r\n*0\r\n:2\r\n*0\r\n");
    assert_eq!(told("OTHER"), "-ERR two  lines\r\n");
}

#[test]
fn a_pause_holds_what_layers_have_let_through() {
    let (served, seen) = seeing(ServerConfig::default());
    let (mut client, mut other) = (served.connect(), served.connect());
    assert_eq!(other.run(&command("CLIENT PAUSE 100000 WRITE")), ok());
    client.say(&command("SET a 1"));
    let has_come = || {
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().any(|line| line.starts_with("SET"))
    };
    while !has_come() {
        thread::yield_now();
    }
    assert_eq!(other.run(&command("GET a")), Reply::Nil);
    assert_eq!(other.run(&command("CLIENT UNPAUSE")), ok());
    assert_eq!(client.raw_reply(), "+OK\r\n");
    assert_eq!(other.run(&command("GET a")), bulk("1"));
}

#[test]
fn who_watches_is_shown_commands_as_layers_have_made_them() {
    let tenant = |command: kora::Command| command.map_keys(|key| [b"acme:", key].concat());
    let layer = ServiceBuilder::new().filter(tenant);
    let served = served(ServerConfig::default().layer(layer));
    let (mut watching, mut client) = (served.connect(), served.connect());
    assert_eq!(watching.run(&command("MONITOR")), ok());
    let lines = [("WATCH a", ok()), ("MULTI", ok()), ("SET a 1", Reply::Status("QUEUED".into()))];
    says(&mut client, &lines);
    assert_eq!(client.run(&command("EXEC")), Reply::Array(vec![ok()]));
    assert_eq!(
        client.run(&command("BLPOP a b 0")),
        error("WRONGTYPE Operation against a key holding the wrong kind of value")
    );
    let shown: Vec<String> = (0..4).map(|_| watching.raw_reply()).collect();
    for (line, wanted) in shown.iter().zip([r#""WATCH" "acme:a""#, r#""MULTI""#, "", ""]) {
        assert!(line.trim_end().ends_with(wanted), "{shown:?}");
    }
    assert!(shown.iter().any(|line| line.contains(r#""SET" "acme:a" "1""#)), "{shown:?}");
    assert_eq!(served.database.get("acme:a").expect("a string").as_deref(), Some(&b"1"[..]));
    // What another has changed is seen by the names that the layer has made.
    says(&mut client, &[("WATCH a", ok()), ("MULTI", ok())]);
    served.database.set("acme:a", "2").expect("room");
    says(&mut client, &[("GET a", Reply::Status("QUEUED".into())), ("EXEC", Reply::NilArray)]);
}
