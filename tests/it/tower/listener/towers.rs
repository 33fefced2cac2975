//! The layers that Tower has, over the commands of the client that Rust programs use.

use std::task::{Context, Poll};
use std::time::Duration;

use kora::{Command, ServerConfig, cmd};
use kora_tower::{LayerCommands, TraceCommandsLayer};
use redis::RedisError;
use redis::aio::MultiplexedConnection;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;
use tower::layer::layer_fn;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::{Service, ServiceBuilder};

use super::served;
use crate::support::served::Served;

const MINUTE: Duration = Duration::from_secs(60);

async fn connect(served: &Served) -> MultiplexedConnection {
    let port = served.server.port().expect("it listens at a port");
    let client = redis::Client::open(("127.0.0.1", port)).expect("an address");
    // The clock of a test may run ahead: a client that is patient has none.
    let config =
        redis::AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
    client.get_multiplexed_async_connection_with_config(&config).await.expect("it accepts")
}

async fn ask(client: &mut MultiplexedConnection, line: &str) -> Result<String, RedisError> {
    let mut words = line.split(' ');
    let mut command = redis::cmd(words.next().expect("a line has a name"));
    words.for_each(|word| {
        command.arg(word);
    });
    let answer: redis::Value = command.query_async(client).await?;
    Ok(redis::from_redis_value(answer).unwrap_or_else(|error| format!("{error}")))
}

/// Says how often it was asked whether it is ready, before it asks who is within.
struct Asked<S> {
    inner: S,
    sender: UnboundedSender<()>,
}

impl<S: Service<Command>> Service<Command> for Asked<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        // Who has seen enough listens no more.
        self.sender.send(()).ok();
        self.inner.poll_ready(context)
    }

    fn call(&mut self, command: Command) -> S::Future {
        self.inner.call(command)
    }
}

/// Says which commands have come so far within: a layer, and what it tells.
fn within() -> (impl Fn(Command) -> Command + Clone + Send + Sync, UnboundedReceiver<Vec<u8>>) {
    let (sender, receiver) = unbounded_channel();
    let note = move |command: Command| {
        // Who has seen enough listens no more.
        sender.send(command.name().to_vec()).ok();
        command
    };
    (note, receiver)
}

async fn comes(arrivals: &mut UnboundedReceiver<Vec<u8>>, name: &[u8]) {
    while arrivals.recv().await.expect("the server runs") != name {}
}

#[tokio::test]
async fn spans_surround_the_commands_of_clients() {
    let layers = ServiceBuilder::new().layer(TraceCommandsLayer::new());
    let served = served(ServerConfig::default().layer(layers));
    let mut client = connect(&served).await;
    assert_eq!(ask(&mut client, "INCR n").await.expect("a counter"), "1");
    assert_eq!(served.database.get("n").expect("a string").as_deref(), Some(&b"1"[..]));
}

#[tokio::test]
async fn a_request_may_become_another() {
    let renamed = |command: Command| match command.name() {
        b"VISIT" => cmd!("INCR", "visits"),
        _ => command,
    };
    let served = served(ServerConfig::default().layer(ServiceBuilder::new().map_request(renamed)));
    let mut client = connect(&served).await;
    assert_eq!(ask(&mut client, "VISIT").await.expect("a counter"), "1");
    assert_eq!(ask(&mut client, "GET visits").await.expect("a string"), "1");
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_ends_a_wait_and_is_answered() {
    let layers = ServiceBuilder::new().timeout(MINUTE);
    let served = served(ServerConfig::default().layer(layers));
    let mut client = connect(&served).await;
    let begun = Instant::now();
    let late = ask(&mut client, "BLPOP jobs 0").await.expect_err("nothing comes");
    assert_eq!(late.code(), Some("TIMEOUT"), "{late}");
    assert!(begun.elapsed() >= MINUTE);
    // It waits no longer: what comes then stays.
    assert_eq!(served.database.rpush("jobs", ["one"]), Ok(1));
    assert_eq!(served.database.llen("jobs"), Ok(1));
    // The clock runs ahead of whatever waits, so this may be late as well; it is answered.
    let next = ask(&mut client, "PING").await;
    assert!(next.is_ok_and(|pong| pong == "PONG") || begun.elapsed() >= 2 * MINUTE);
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_that_of_each_connection_and_replies_stay_in_order() {
    let layers = ServiceBuilder::new().rate_limit(2, MINUTE);
    let served = served(ServerConfig::default().layer(layers));
    let mut client = connect(&served).await;
    let begun = Instant::now();
    let mut pipe = redis::pipe();
    (0..7).for_each(|_| {
        pipe.cmd("INCR").arg("n");
    });
    let counts: Vec<u64> = pipe.query_async(&mut client).await.expect("counters");
    assert_eq!(counts, [1, 2, 3, 4, 5, 6, 7]);
    assert!(begun.elapsed() >= 3 * MINUTE, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_limit_over_all_connections_has_others_wait() {
    let limit = GlobalConcurrencyLimitLayer::new(1);
    let ((sender, mut asked), (note, mut arrivals)) = (unbounded_channel(), within());
    let layers = ServiceBuilder::new()
        .layer(layer_fn(move |inner| Asked { inner, sender: sender.clone() }))
        .layer(limit)
        .map_request(note);
    let served = served(ServerConfig::default().layer(layers));
    let (mut first, mut second) = (connect(&served).await, connect(&served).await);
    let waiting = tokio::spawn(async move { ask(&mut first, "BLPOP jobs 0").await });
    comes(&mut arrivals, b"BLPOP").await;
    while asked.try_recv().is_ok() {}
    let behind = tokio::spawn(async move { ask(&mut second, "INCR n").await });
    asked.recv().await.expect("the server runs");
    // The one permit is with the first until it is served.
    assert_eq!(served.database.exists("n"), Ok(0));
    served.database.rpush("jobs", ["one"]).expect("a list");
    assert!(waiting.await.expect("no panic").is_ok());
    assert_eq!(behind.await.expect("no panic").expect("a counter"), "1");
}

#[tokio::test]
async fn what_is_too_much_is_shed_and_answered() {
    let limit = GlobalConcurrencyLimitLayer::new(1);
    let (note, mut arrivals) = within();
    let layers = ServiceBuilder::new().load_shed().layer(limit).map_request(note);
    let served = served(ServerConfig::default().layer(layers));
    let (mut first, mut second) = (connect(&served).await, connect(&served).await);
    let waiting = tokio::spawn(async move { ask(&mut first, "BLPOP jobs 0").await });
    comes(&mut arrivals, b"BLPOP").await;
    let shed = ask(&mut second, "INCR n").await.expect_err("one is under way");
    assert_eq!(shed.code(), Some("BUSY"), "{shed}");
    assert_eq!(served.database.exists("n"), Ok(0));
    served.database.rpush("jobs", ["one"]).expect("a list");
    assert!(waiting.await.expect("no panic").is_ok());
    assert_eq!(ask(&mut second, "INCR n").await.expect("there is room again"), "1");
}
