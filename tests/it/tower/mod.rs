//! `kora-tower`: what the layer puts in and extractors take out, services and their discipline, and
//! the end of a service.

mod documents; // a document by the id in the path
mod engine; // the engine as a service of commands
mod extractors;
#[cfg(feature = "frameworks")]
mod frameworks; // servers of others that take the layer
mod layer;
mod listener; // layers over the commands of Redis clients
mod shutdown;
mod spans;
mod storefront; // the example, as a process

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use kora::KoraDocument;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower::ServiceExt;

/// What a service answered, read to its end.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header is text"))
    }

    /// A refusal as RFC 9457 has it; what it says.
    #[track_caller]
    fn refusal(&self, status: StatusCode) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        assert_eq!(self.json()["status"], status.as_u16());
        self.json()["detail"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends a request to a service, with headers.
async fn send(app: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let (parts, body) = app.clone().oneshot(request).await.expect("a router answers").into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("the body is in memory");
    let body = String::from_utf8(body.into()).expect("answers are text");
    Answer { status: parts.status, headers: parts.headers, body }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "products")]
struct Product {
    #[kora(id)]
    sku: String,
    #[kora(unique)]
    name: String,
    price: u32,
    #[kora(version)]
    version: u64,
}

fn pen() -> Product {
    Product { sku: "pen".into(), name: "a pen".into(), price: 3, version: 0 }
}
