//! What Tower asks of whoever calls a service: it is ready before it is called, dropped when it has
//! failed to become so, given up when nobody waits, and its errors are passed on.
//!
//! `tower_test`'s services panic when they are called before they are ready.

use std::sync::mpsc::channel;
use std::thread;

use kora::{Command, CommandResponse, Database, Error, ServerConfig, cmd};
use kora_tower::{KoraService, LayerCommands, SessionService, TraceCommandsLayer};
use tower::layer::layer_fn;
use tower::{Layer, Service};
use tower_test::mock::{self, Mock};

use super::served;
use crate::support::Target;
use crate::support::awaiting::{block_on, poll_once};
use crate::support::reply::Reply;
use crate::support::words::command;

type Mocked = Mock<Command, CommandResponse>;
type Handle = mock::Handle<Command, CommandResponse>;

/// A server whose connections have the mocks of the handles that this sends.
fn mocked() -> (crate::support::served::Served, std::sync::mpsc::Receiver<Handle>) {
    let (sender, handles) = channel();
    let layer = layer_fn(move |_session: SessionService| {
        let (mock, handle): (Mocked, Handle) = mock::pair();
        sender.send(handle).expect("the test listens");
        mock
    });
    (served(ServerConfig::default().layer(layer)), handles)
}

#[test]
fn a_service_is_called_when_it_is_ready_and_its_answer_comes_back() {
    let (served, handles) = mocked();
    let mut client = served.connect();
    let mut handle = handles.recv().expect("a connection has a service");
    handle.allow(0);
    client.say(&command("PING one"));
    client.say(&command("PING two"));
    // Another connection is served meanwhile, so this one has been asked whether it is ready.
    let mut other = served.connect();
    let mut others = handles.recv().expect("a connection has a service of its own");
    other.say(&command("PING"));
    let answering = |handle: &mut Handle, answer: &'static str| {
        let (request, respond) = block_on(handle.next_request()).expect("it is called");
        respond.send_response(CommandResponse::Status(answer.into()));
        request
    };
    answering(&mut others, "other");
    assert_eq!(other.raw_reply(), "+other\r\n");
    assert!(poll_once(std::pin::pin!(handle.next_request())).is_pending(), "it is not ready");
    handle.allow(2);
    for (word, answer) in [("one", "first"), ("two", "second")] {
        let request = answering(&mut handle, answer);
        assert!(request.iter().eq([&b"PING"[..], word.as_bytes()]));
        assert_eq!(client.raw_reply(), format!("+{answer}\r\n"));
    }
}

#[test]
fn an_error_of_a_service_is_a_reply() {
    let (served, handles) = mocked();
    let mut client = served.connect();
    let mut handle = handles.recv().expect("a connection has a service");
    let answering = thread::spawn(move || {
        for error in ["broken\r\npipe".into(), tower::BoxError::from(Error::WrongType)] {
            let (_request, respond) = block_on(handle.next_request()).expect("it is called");
            respond.send_error(error);
        }
    });
    assert_eq!(client.run(&command("GET a")), Reply::Error("ERR broken  pipe".into()));
    let wrong = "WRONGTYPE Operation against a key holding the wrong kind of value";
    assert_eq!(client.run(&command("GET a")), Reply::Error(wrong.into()));
    answering.join().expect("no panic");
}

#[test]
fn a_service_that_fails_to_become_ready_is_replaced() {
    let (served, handles) = mocked();
    let mut client = served.connect();
    let mut first = handles.recv().expect("a connection has a service");
    first.send_error("worn out");
    assert_eq!(client.run(&command("PING")), Reply::Error("ERR worn out".into()));
    let mut second = handles.recv().expect("the connection has another service");
    client.say(&command("PING"));
    let (_request, respond) = block_on(second.next_request()).expect("it is called");
    respond.send_response(CommandResponse::Status("new".into()));
    assert_eq!(client.raw_reply(), "+new\r\n");
}

#[test]
fn a_service_ends_with_its_connection() {
    let (served, handles) = mocked();
    let mut client = served.connect();
    let mut handle = handles.recv().expect("a connection has a service");
    client.say(&command("PING"));
    let (_request, respond) = block_on(handle.next_request()).expect("it is called");
    drop(client);
    assert!(block_on(handle.next_request()).is_none(), "the service was dropped");
    // Nobody waits for this any more.
    respond.send_response(CommandResponse::Status("late".into()));
}

#[tokio::test]
async fn spans_leave_readiness_and_errors_to_the_service_within() {
    let (inner, mut handle) = mock::pair::<Command, CommandResponse>();
    let mut service = mock::Spawn::new(TraceCommandsLayer::new().layer(inner));
    handle.allow(0);
    assert!(service.poll_ready::<Command>().is_pending());
    handle.allow(1);
    assert!(service.poll_ready::<Command>().is_ready());
    let answer = service.call(cmd!("GET", "a"));
    let (request, respond) = handle.next_request().await.expect("it was called");
    assert!(request.iter().eq(["GET", "a"].map(str::as_bytes)));
    respond.send_error("broken");
    assert_eq!(answer.await.expect_err("it fails").to_string(), "broken");
    handle.send_error("gone");
    assert!(matches!(service.poll_ready::<Command>(), std::task::Poll::Ready(Err(_))));
}

#[tokio::test]
async fn a_span_that_nobody_waits_for_ends_with_its_command() {
    let db = Database::in_memory();
    let mut service = TraceCommandsLayer::new().layer(KoraService::new(&db));
    drop(service.call(cmd!("SET", "k", "v")));
    assert_eq!(db.exists("k"), Ok(0));
}
