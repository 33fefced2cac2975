//! Servers that are not axum's take the layer. Compiled, and that is the test.

use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use kora::Database;
use kora_tower::{KoraExtension, KoraLayer};
use tokio::io::DuplexStream;
use tower::{Layer, service_fn};

/// A handler of hyper that finds the database in its requests.
#[expect(dead_code, reason = "that it compiles is the test")]
async fn served_by_hyper(stream: DuplexStream) -> hyper::Result<()> {
    let service = service_fn(async |request: Request<Incoming>| {
        let kora = request.kora().expect("the layer is around this service");
        let visits = kora.incr("visits").await?;
        Ok::<_, kora::Error>(axum::response::Response::new(Body::from(visits.to_string())))
    });
    let service = KoraLayer::new(Database::in_memory()).layer(service);
    let service = TowerToHyperService::new(service);
    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
}

/// What tonic's server asks of its layers; its own requests keep the extensions.
#[expect(dead_code, reason = "that it compiles is the test")]
fn served_by_tonic(routes: tonic::service::Routes) -> tonic::transport::server::Router<impl Sized> {
    let layer = KoraLayer::new(Database::in_memory());
    tonic::transport::Server::builder().layer(layer).add_routes(routes)
}

/// How a method of a service of tonic finds the database.
#[expect(dead_code, reason = "that it compiles is the test")]
async fn method(request: tonic::Request<()>) -> Result<tonic::Response<i64>, tonic::Status> {
    let kora = request.extensions().kora();
    let kora = kora.ok_or_else(|| tonic::Status::internal("no KoraLayer"))?;
    let visits = kora.incr("visits").await;
    visits.map(tonic::Response::new).map_err(|error| tonic::Status::internal(error.to_string()))
}
