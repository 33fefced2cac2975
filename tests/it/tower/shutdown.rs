//! The end of a service in its order, over sockets: readiness off, requests ended, listeners
//! closed, log synced.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use kora::testing::{FaultKind, Keep, Restart, SimulatedDisk};
use kora::{Config, Database, Durability};
use kora_tower::{Kora, KoraLayer, Shutdown, health};
use redis::Commands;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::send;

fn on(disk: &SimulatedDisk) -> Database {
    let config = Config {
        data_dir: Some("data".into()),
        disk: Some(disk.clone()),
        durability: Durability::Os,
        shard_count: 1,
        ..Config::default()
    };
    Database::open(config).expect("the disk is sound")
}

/// A service with a request that takes as long as the test likes: it begins with a permit of the
/// first semaphore, and ends with one of the second.
fn service(db: &Database, shutdown: &Shutdown, gates: &Arc<(Semaphore, Semaphore)>) -> Router {
    let gates = Arc::clone(gates);
    let slow = async move |kora: Kora| -> kora::Result<String> {
        gates.0.add_permits(1);
        gates.1.acquire().await.expect("it stays open").forget();
        Ok(kora.incr("answered").await?.to_string())
    };
    Router::new()
        .route("/slow", get(slow))
        .layer(KoraLayer::new(db))
        .merge(health(shutdown.readiness()))
}

async fn ask(address: std::net::SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn the_end_comes_in_order() {
    let disk = SimulatedDisk::new(1);
    let db = on(&disk);
    let redis = db.listen("127.0.0.1:0").expect("a free port");
    let redis_port = redis.port().expect("it is TCP");
    let shutdown = Shutdown::new(&db);
    let gates = Arc::new((Semaphore::new(0), Semaphore::new(0)));
    let app = service(&db, &shutdown, &gates);
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = socket.local_addr().expect("it is bound");
    assert_eq!(send(&app, "GET", "/readyz", &[]).await.status, StatusCode::OK);

    let http = axum::serve(socket, app.clone()).with_graceful_shutdown(shutdown.closing());
    let ended = tokio::spawn(shutdown.clone().run(http, [redis]));
    let slow = tokio::spawn(ask(address, "/slow"));
    gates.0.acquire().await.expect("it stays open").forget();
    shutdown.begin();
    shutdown.closing().await;
    send(&app, "GET", "/readyz", &[]).await.refusal(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(send(&app, "GET", "/livez", &[]).await.status, StatusCode::OK);

    // While a request is under way, Redis clients are served.
    let client = redis::Client::open(("127.0.0.1", redis_port)).expect("an address");
    let mut client = client.get_connection().expect("the listener is open");
    let set: redis::RedisResult<()> = client.set("late", "1");
    set.expect("the listener serves");
    assert!(!ended.is_finished());

    gates.1.add_permits(1);
    let answer = slow.await.expect("no panic").expect("it is answered");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n1"), "{answer}");
    let ended = ended.await.expect("no panic").expect("the disk is sound");
    assert!(ended.answered_all);
    let get: redis::RedisResult<String> = client.get("late");
    get.expect_err("the listener is closed");
    ask(address, "/livez").await.expect_err("the socket is closed");

    // Nothing else has synced, so what a loss of power leaves is what the end has.
    let after = on(&disk.restart(Restart::PowerLoss { seed: 1, keep: Keep::Nothing }));
    for key in ["answered", "late"] {
        assert_eq!(after.get(key).expect("a string").as_deref(), Some(&b"1"[..]), "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn patience_ends_and_the_log_is_synced_all_the_same() {
    let disk = SimulatedDisk::new(1);
    let db = on(&disk);
    let shutdown =
        Shutdown::new(&db).grace(Duration::from_secs(2)).patience(Duration::from_secs(9));
    db.set("k", "v").expect("room");
    let started = tokio::time::Instant::now();
    let endless = std::future::pending::<io::Result<()>>();
    let ended = tokio::spawn(shutdown.clone().run(endless, []));
    let closing = shutdown.closing();
    shutdown.begin();
    shutdown.begun().await;
    assert!(shutdown.readiness().check().is_err());
    assert_eq!(started.elapsed(), Duration::ZERO);
    closing.await;
    assert_eq!(started.elapsed().as_secs(), 2);
    let ended = ended.await.expect("no panic").expect("the disk is sound");
    assert!(!ended.answered_all);
    assert_eq!(started.elapsed().as_secs(), 11);
    let after = on(&disk.restart(Restart::PowerLoss { seed: 1, keep: Keep::Nothing }));
    assert_eq!(after.exists("k"), Ok(1));
}

#[tokio::test]
async fn a_server_that_fails_ends_the_service_in_order_too() {
    let disk = SimulatedDisk::new(1);
    let db = on(&disk);
    let shutdown = Shutdown::new(&db);
    db.set("k", "v").expect("room");
    let broken = std::future::ready(Err(io::Error::other("no more sockets")));
    let error = shutdown.clone().run(broken, []).await.expect_err("it failed");
    assert_eq!(error.to_string(), "no more sockets");
    assert!(shutdown.readiness().check().is_err());
    let after = on(&disk.restart(Restart::PowerLoss { seed: 1, keep: Keep::Nothing }));
    assert_eq!(after.exists("k"), Ok(1));
}

#[tokio::test]
async fn a_service_whose_disk_failed_is_not_ready() {
    let disk = SimulatedDisk::new(1);
    let db = on(&disk);
    let app: Router = health(Shutdown::new(&db).readiness());
    assert_eq!(send(&app, "GET", "/readyz", &[]).await.status, StatusCode::OK);
    db.set("k", "v").expect("room");
    disk.fail_from(disk.steps(), FaultKind::Io);
    db.sync().expect_err("the disk fails");
    let answer = send(&app, "GET", "/readyz", &[]).await;
    answer.refusal(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(send(&app, "GET", "/livez", &[]).await.body, "ok\n");
}
