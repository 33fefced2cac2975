//! A shop: an axum service as one would begin a product with, on one database in its own process.
//!
//! `cargo run --release -p kora-examples --bin storefront [-- --http ADDRESS --redis ADDRESS --data
//! DIRECTORY]`. The README has the lines to try it with; the page at `/` shows it. Products, carts,
//! orders and users are typed documents; who sells best is a sorted set, who was looked at a counter;
//! all of it is open to Redis clients, too, whose changes are put down. Ctrl-C and SIGTERM end it in order.
#![expect(clippy::print_stdout, reason = "a program that talks to a person")]

mod audit;
mod model;
mod routes;
mod shop;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use audit::Audit;
use kora::{Address, Config, Database, ServerConfig};
use kora_tower::{Kora, KoraLayer, LayerCommands, Shutdown, health};
use model::{Cart, Order, Product, User};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How long requests under way are waited for at the end.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Options { http, redis, data } = Options::read(std::env::args().skip(1))?;
    let db = Database::open(Config { data_dir: Some(data.clone()), ..Config::default() })?;
    // What does not fit stops the start, and no request.
    let products = db.repository::<Product>()?;
    db.repository::<User>()?;
    db.repository::<Cart>()?;
    db.repository::<Order>()?;
    if products.count()? == 0 {
        for product in shelf() {
            products.insert(&product)?;
        }
    }

    let redis = ServerConfig { addresses: vec![Address::Tcp(redis)], ..ServerConfig::default() };
    let redis = db.server(redis.layer(Audit { kora: Kora::new(&db) }))?;
    let socket = TcpListener::bind(http).await?;
    let shutdown = Shutdown::new(&db).patience(PATIENCE);
    let app = routes::routes().layer(KoraLayer::new(&db)).merge(health(shutdown.readiness()));

    println!("the shop:  http://{}", socket.local_addr()?);
    println!("its data:  redis-cli -p {}", redis.port().ok_or("not a TCP address")?);
    println!("kept in:   {}", data.display());
    let server = axum::serve(socket, app).with_graceful_shutdown(shutdown.closing());
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let ending = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        ending.begin();
    });
    let ended = shutdown.run(server, [redis]).await?;
    println!("closed; {}", if ended.answered_all { "all were served" } else { "some were not" });
    Ok(())
}

/// What the shop sells when it opens for the first time.
fn shelf() -> Vec<Product> {
    let product = |sku: &str, name: &str, category: &str, price, stock| Product {
        sku: sku.to_owned(),
        name: name.to_owned(),
        category: category.to_owned(),
        price,
        stock,
        words: name.to_lowercase().split(' ').map(str::to_owned).collect(),
        version: 0,
    };
    vec![
        product("pen", "Fountain pen", "writing", 2400, 40),
        product("ink", "Blue ink", "writing", 650, 120),
        product("notebook", "Dotted notebook", "paper", 1200, 80),
        product("paper", "Letter paper", "paper", 900, 200),
        product("lamp", "Brass desk lamp", "desk", 8900, 12),
        product("chair", "Oak desk chair", "desk", 24900, 1),
    ]
}

/// What the command line says.
struct Options {
    http: SocketAddr,
    redis: SocketAddr,
    data: PathBuf,
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
        let mut options = Options {
            http: ([127, 0, 0, 1], 8080).into(),
            redis: ([127, 0, 0, 1], 6380).into(),
            data: "storefront-data".into(),
        };
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--http" => options.http = value.parse()?,
                "--redis" => options.redis = value.parse()?,
                "--data" => options.data = value.into(),
                _ => return Err(format!("no option {word}: --http, --redis, --data").into()),
            }
        }
        Ok(options)
    }
}
