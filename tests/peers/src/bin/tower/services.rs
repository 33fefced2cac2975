//! The services: the same handlers, bare, with Kora in the process, and with redis-server beside it.

use std::io::{Read, stdin};
use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::routing::get;
use axum::{Extension, Json, Router, ServiceExt};
use kora::{Database, KoraDocument};
use kora_tower::{Doc, Kora, KoraLayer, Repo};
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tower_layer::Layer;

use crate::Result;

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "products")]
struct Product {
    #[kora(id)]
    sku: String,
    name: String,
    category: String,
    price: u32,
    words: Vec<String>,
}

fn pen() -> Product {
    Product {
        sku: "pen".into(),
        name: "Fountain pen".into(),
        category: "writing".into(),
        price: 2400,
        words: vec!["fountain".into(), "pen".into()],
    }
}

/// Serves at a free port, whose address is printed, until the input ends.
pub(crate) fn serve(service: &str) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (mut beside, mut around) = (None, None);
    let app = match service {
        "bare" => Router::new().route("/hello", get(async || "hello")),
        "layer" => {
            Router::new().route("/hello", get(async || "hello")).layer(KoraLayer::new(database()?))
        }
        "repo" => {
            let hello = async |_products: Repo<Product>| "hello";
            Router::new().route("/hello", get(hello)).layer(KoraLayer::new(database()?))
        }
        "around" => {
            let hello = async |_products: Repo<Product>| "hello";
            around = Some(KoraLayer::new(database()?));
            Router::new().route("/hello", get(hello))
        }
        "state" => {
            let hello = async |_products: State<Repo<Product>>| "hello";
            let products = Repo::from(database()?.repository::<Product>()?.asynchronous());
            Router::new().route("/hello", get(hello)).with_state(products)
        }
        // What any layer and any extractor cost: axum's own, with a value that is copied.
        "extension" => {
            let hello = async |_value: Extension<u64>| "hello";
            Router::new().route("/hello", get(hello)).layer(Extension(7u64))
        }
        "kora" => Router::new()
            .route("/products/{sku}", get(show))
            .route("/counts", get(count))
            .layer(KoraLayer::new(database()?)),
        "redis" => {
            let server = crate::redis_server::start()?;
            let connection = runtime.block_on(connect(server.port))?;
            beside = Some(server);
            Router::new()
                .route("/products/{sku}", get(show_of_redis))
                .route("/counts", get(count_of_redis))
                .with_state(connection)
        }
        other => return Err(format!("no service {other}").into()),
    };
    let listener = runtime.block_on(TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))))?;
    println!("{}", listener.local_addr()?);
    match around {
        None => runtime.spawn(async move { axum::serve(listener, app).await }),
        Some(layer) => {
            let app = ServiceExt::<Request>::into_make_service(layer.layer(app));
            runtime.spawn(async move { axum::serve(listener, app).await })
        }
    };
    stdin().read_to_end(&mut Vec::new())?;
    drop(beside);
    Ok(())
}

fn database() -> Result<Database> {
    let db = Database::in_memory();
    db.repository::<Product>()?.insert(&pen())?;
    Ok(db)
}

async fn show(product: Doc<Product>, kora: Kora) -> kora::Result<Doc<Product>> {
    kora.incr("seen:pen").await?;
    Ok(product)
}

async fn count(kora: Kora) -> kora::Result<String> {
    Ok(kora.incr("counts").await?.to_string())
}

async fn connect(port: u16) -> Result<MultiplexedConnection> {
    let client = redis::Client::open(("127.0.0.1", port))?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let () = connection.set("products:pen", serde_json::to_string(&pen())?).await?;
    Ok(connection)
}

/// What a handler answers when redis-server does not.
type Failed = (axum::http::StatusCode, String);

fn failed(error: impl std::fmt::Display) -> Failed {
    (axum::http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

/// Both commands in one round trip: the best that can be done.
async fn show_of_redis(
    State(mut redis): State<MultiplexedConnection>,
    axum::extract::Path(sku): axum::extract::Path<String>,
) -> std::result::Result<Json<Product>, Failed> {
    let mut both = redis::pipe();
    both.get(format!("products:{sku}")).incr(format!("seen:{sku}"), 1).ignore();
    let (product,): (String,) = both.query_async(&mut redis).await.map_err(failed)?;
    serde_json::from_str(&product).map(Json).map_err(failed)
}

async fn count_of_redis(
    State(mut redis): State<MultiplexedConnection>,
) -> std::result::Result<String, Failed> {
    let count: i64 = redis.incr("counts", 1).await.map_err(failed)?;
    Ok(count.to_string())
}
