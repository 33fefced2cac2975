//! The engine as a service of commands: ready, wrapped by Tower's own layers, and dropped midway.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use kora::testing::SimulatedDisk;
use kora::{Command, CommandResponse, Config, Database, Durability, Error, cmd};
use kora_tower::{KoraService, TraceCommandsLayer};
use tower::retry::Policy;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt};
use tower_test::mock::Spawn;

use crate::support::awaiting::{Busy, poll_once};

fn engine() -> (Database, Spawn<KoraService>) {
    let db = Database::in_memory();
    let service = KoraService::new(&db);
    (db, Spawn::new(service))
}

#[tokio::test]
async fn it_is_always_ready_and_answers() {
    let (_db, mut engine) = engine();
    for n in 1..=3 {
        assert!(engine.poll_ready::<Command>().is_ready());
        assert_eq!(engine.call(cmd!("INCR", "n")).await, Ok(CommandResponse::Integer(n)));
    }
}

#[tokio::test]
async fn an_error_is_an_error_of_kora() {
    let (_db, mut engine) = engine();
    assert!(engine.poll_ready::<Command>().is_ready());
    let reply = engine.call(cmd!("SET", "k")).await;
    assert_eq!(reply, Err(Error::WrongArity { command: "set".into() }));
    assert!(matches!(engine.call(cmd!("NOPE")).await, Err(Error::UnknownCommand(_))));
}

#[tokio::test]
async fn a_command_that_is_dropped_before_it_was_polled_does_nothing() {
    let (db, mut engine) = engine();
    drop(engine.call(cmd!("SET", "k", "v")));
    assert_eq!(db.exists("k"), Ok(0));
}

#[tokio::test]
async fn a_busy_stripe_is_waited_for_by_a_shards_thread() {
    let (db, mut engine) = engine();
    db.set("k", "v").expect("room");
    let busy = Busy::new(&db, "k");
    let mut append = pin!(engine.call(cmd!("APPEND", "k", "w")));
    assert!(poll_once(append.as_mut()).is_pending());
    busy.let_go();
    assert_eq!(append.await, Ok(CommandResponse::Integer(2)));
}

#[tokio::test]
async fn a_command_that_is_dropped_while_it_waits_is_done() {
    let (db, mut engine) = engine();
    db.set("k", "v").expect("room");
    let busy = Busy::new(&db, "k");
    {
        let mut append = pin!(engine.call(cmd!("APPEND", "k", "w")));
        assert!(poll_once(append.as_mut()).is_pending());
    }
    // Behind it in the same queue, so the other is done when this is.
    let mut next = pin!(engine.call(cmd!("APPEND", "k", "x")));
    assert!(poll_once(next.as_mut()).is_pending());
    busy.let_go();
    assert_eq!(next.await, Ok(CommandResponse::Integer(3)));
}

#[tokio::test]
async fn it_answers_when_the_disk_has_it() {
    let config = Config {
        data_dir: Some("data".into()),
        disk: Some(SimulatedDisk::new(1)),
        durability: Durability::Always,
        shard_count: 1,
        ..Config::default()
    };
    let db = Database::open(config).expect("the disk is sound");
    let mut engine = KoraService::new(&db);
    assert_eq!(engine.call(cmd!("INCR", "n")).await, Ok(CommandResponse::Integer(1)));
    assert_eq!(engine.call(cmd!("GET", "n")).await, Ok(CommandResponse::Bulk("1".into())));
}

/// Whatever comes from elsewhere: the stack is a service, with its errors boxed.
type Stack = Pin<Box<dyn Future<Output = Result<CommandResponse, BoxError>> + Send>>;

#[tokio::test]
async fn towers_own_layers_wrap_it() {
    let db = Database::in_memory();
    let engine = ServiceBuilder::new()
        .load_shed()
        .concurrency_limit(1)
        .layer(TraceCommandsLayer::new())
        .timeout(Duration::from_secs(60))
        .service(KoraService::new(&db));
    let run = |command: Command| -> Stack { Box::pin(engine.clone().oneshot(command)) };
    assert_eq!(run(cmd!("INCR", "n")).await.expect("room"), CommandResponse::Integer(1));

    let busy = Busy::new(&db, "n");
    let mut first = run(cmd!("INCR", "n"));
    assert!(poll_once(first.as_mut()).is_pending());
    let shed = run(cmd!("INCR", "n")).await.expect_err("one is under way");
    assert!(shed.is::<tower::load_shed::error::Overloaded>(), "{shed}");
    busy.let_go();
    assert_eq!(first.await.expect("it was let in"), CommandResponse::Integer(2));
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_gives_up_waiting() {
    let db = Database::in_memory();
    db.set("n", "1").expect("room");
    let mut engine =
        ServiceBuilder::new().timeout(Duration::from_millis(50)).service(KoraService::new(&db));
    let busy = Busy::new(&db, "n");
    let late = engine.call(cmd!("INCR", "n")).await.expect_err("the stripe is busy");
    assert!(late.is::<tower::timeout::error::Elapsed>(), "{late}");
    busy.let_go();
}

/// Runs again what only reads.
#[derive(Clone)]
struct Again(usize);

impl Policy<Command, CommandResponse, Error> for Again {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        command: &mut Command,
        result: &mut Result<CommandResponse, Error>,
    ) -> Option<Self::Future> {
        let is_write = command.facts().is_ok_and(|facts| facts.is_write);
        if result.is_ok() || is_write || self.0 == 0 {
            return None;
        }
        self.0 -= 1;
        Some(std::future::ready(()))
    }

    fn clone_request(&mut self, command: &Command) -> Option<Command> {
        Some(command.clone())
    }
}

#[tokio::test]
async fn what_only_reads_may_be_run_again() {
    let (service, mut handle) = tower_test::mock::pair::<Command, CommandResponse>();
    let failing = service.map_err(|_error| Error::Conflict);
    let mut engine = ServiceBuilder::new().retry(Again(1)).service(failing);
    handle.allow(3);
    for (command, runs) in [(cmd!("GET", "k"), 2), (cmd!("SET", "k", "v"), 1)] {
        let reply = engine.ready().await.expect("it is allowed").call(command);
        let answering = async {
            for _ in 0..runs {
                let (_command, respond) = handle.next_request().await.expect("it is run");
                respond.send_error("conflict");
            }
        };
        let (reply, ()) = tokio::join!(reply, answering);
        assert_eq!(reply, Err(Error::Conflict));
    }
}
