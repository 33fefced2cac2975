//! The layer as a service: readiness, errors and answers are those of the service within.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::http::Request;
use kora::Database;
use kora_tower::{KoraExtension, KoraLayer, WithKora};
use tower::{Layer, Service, service_fn};
use tower_test::mock::{self, Mock};

use crate::support::awaiting::poll_once;

type Wrapped = WithKora<Mock<Request<()>, &'static str>>;

fn wrapped() -> (mock::Spawn<Wrapped>, mock::Handle<Request<()>, &'static str>) {
    let (inner, handle) = mock::pair();
    let service = KoraLayer::new(Database::in_memory()).layer(inner);
    (mock::Spawn::new(service), handle)
}

#[tokio::test]
async fn it_is_ready_when_the_service_within_is() {
    let (mut service, mut handle) = wrapped();
    handle.allow(0);
    assert!(service.poll_ready().is_pending());
    handle.allow(1);
    assert!(matches!(service.poll_ready(), Poll::Ready(Ok(()))));
}

#[tokio::test]
async fn the_request_carries_the_database_and_the_answer_comes_back() {
    let (mut service, mut handle) = wrapped();
    handle.allow(1);
    assert!(service.poll_ready().is_ready());
    let answer = service.call(Request::new(()));
    let (request, respond) = handle.next_request().await.expect("it was called");
    let kora = request.kora().expect("the layer put it in");
    assert_eq!(kora.incr("n").await, Ok(1));
    respond.send_response("done");
    assert_eq!(answer.await.expect("it answers"), "done");
}

#[tokio::test]
async fn an_error_of_the_service_within_passes() {
    let (mut service, mut handle) = wrapped();
    handle.allow(2);
    assert!(service.poll_ready().is_ready());
    let answer = service.call(Request::new(()));
    let (_request, respond) = handle.next_request().await.expect("it was called");
    respond.send_error("broken");
    assert_eq!(answer.await.expect_err("it fails").to_string(), "broken");
    handle.send_error("gone");
    let ready = service.poll_ready();
    assert!(matches!(ready, Poll::Ready(Err(error)) if error.to_string() == "gone"));
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_is_given_up() {
    let held = Arc::new(());
    let holder = Arc::clone(&held);
    let waiting = service_fn(move |_request: Request<()>| {
        let holder = Arc::clone(&holder);
        async move {
            pending::<()>().await;
            drop(holder);
            Ok::<_, Infallible>(())
        }
    });
    let mut service = KoraLayer::new(Database::in_memory()).layer(waiting);
    let before = Arc::strong_count(&held);
    {
        let mut answer = pin!(service.call(Request::new(())));
        assert!(poll_once(answer.as_mut()).is_pending());
        assert_eq!(Arc::strong_count(&held), before + 1);
    }
    assert_eq!(Arc::strong_count(&held), before);
}

/// What axum asks of a layer.
fn fits_axum<L>(layer: L) -> axum::Router
where
    L: Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
    L::Service: Service<axum::extract::Request> + Clone + Send + Sync + 'static,
    <L::Service as Service<axum::extract::Request>>::Response: axum::response::IntoResponse,
    <L::Service as Service<axum::extract::Request>>::Error: Into<Infallible>,
    <L::Service as Service<axum::extract::Request>>::Future: Future + Send,
{
    axum::Router::new().layer(layer)
}

#[test]
fn it_stands_alone_and_among_others() {
    let layer = KoraLayer::new(Database::in_memory());
    let router = fits_axum(layer.clone());
    let nested = fits_axum((layer.clone(), layer));
    assert!(!router.has_routes() && !nested.has_routes());
}
