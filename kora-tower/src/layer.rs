//! The layer: one value goes into every request, and that is all that happens to it.
//!
//! Invariant: readiness, answers and errors are those of the service within.

use std::task::{Context, Poll};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use crate::Kora;

/// Puts the database into every request, for the extractors [`Kora`] and `Repo`.
///
/// It belongs around all routes that use the database: in axum, `Router::layer` applies to the
/// routes that were added before. It fits every server of `http` requests, hyper's and tonic's
/// too, where [`KoraExtension`](crate::KoraExtension) finds the database again.
///
/// ```
/// use kora::Database;
/// use kora_tower::KoraLayer;
/// use tower::ServiceBuilder;
///
/// let layers = ServiceBuilder::new().layer(KoraLayer::new(Database::in_memory()));
/// ```
///
/// `Router::layer` boxes every route once more, whatever the layer is. Where that counts, put the layer
/// around the router as a whole:
///
/// ```
/// # #[cfg(feature = "axum")]
/// # fn example() {
/// use axum::{Router, ServiceExt, extract::Request};
/// use kora::Database;
/// use kora_tower::KoraLayer;
/// use tower::Layer;
///
/// let app = KoraLayer::new(Database::in_memory()).layer(Router::new());
/// let app = ServiceExt::<Request>::into_make_service(app); // for axum::serve
/// # drop(app);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct KoraLayer {
    kora: Kora,
}

/// A service whose requests carry the database; see [`KoraLayer`].
#[derive(Clone, Debug)]
pub struct WithKora<S> {
    inner: S,
    kora: Kora,
}

impl KoraLayer {
    /// A layer that hands out this database.
    pub fn new(kora: impl Into<Kora>) -> KoraLayer {
        KoraLayer { kora: kora.into() }
    }
}

impl<S> Layer<S> for KoraLayer {
    type Service = WithKora<S>;

    fn layer(&self, inner: S) -> WithKora<S> {
        WithKora { inner, kora: self.kora.clone() }
    }
}

impl<S> WithKora<S> {
    /// The service within.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service within.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The service within, alone.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for WithKora<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    #[inline]
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    #[inline]
    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.extensions_mut().insert(self.kora.clone());
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::{Ready, ready};
    use std::pin::pin;
    use std::task::Waker;

    use allocation_counter::measure;
    use kora::Database;

    use super::*;

    /// A service that takes the database out again, and does nothing with it.
    struct Taking;

    impl Service<Request<()>> for Taking {
        type Response = bool;
        type Error = Infallible;
        type Future = Ready<Result<bool, Infallible>>;

        fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<()>) -> Self::Future {
            ready(Ok(request.extensions().get::<Kora>().is_some()))
        }
    }

    /// A request as servers hand them on: its extensions hold something already.
    fn request() -> Request<()> {
        let mut request = Request::new(());
        request.extensions_mut().insert("what a server puts in");
        request
    }

    fn now<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it waits for nothing"),
        }
    }

    #[test]
    fn a_request_allocates_the_extension_and_nothing_else() {
        let mut service = KoraLayer::new(Database::in_memory()).layer(Taking);
        let request = request();
        let allocated = measure(|| assert_eq!(now(service.call(request)), Ok(true)));
        assert_eq!(allocated.count_total, 1, "{allocated:?}");
    }

    #[cfg(feature = "axum")]
    #[test]
    fn extracting_allocates_nothing() {
        use crate::Repo;
        use axum_core::extract::FromRequestParts;
        use kora::KoraDocument;
        use serde::{Deserialize, Serialize};

        #[derive(Serialize, Deserialize, KoraDocument)]
        #[kora(collection = "users")]
        struct User {
            #[kora(id)]
            id: String,
        }

        let db = Database::in_memory();
        db.repository::<User>().expect("a new collection fits");
        let mut parts = request().into_parts().0;
        parts.extensions.insert(Kora::new(&db));
        let allocated = measure(|| {
            let taken = now(Kora::from_request_parts(&mut parts, &()));
            assert!(taken.is_ok());
            let taken = now(Repo::<User>::from_request_parts(&mut parts, &()));
            assert!(taken.is_ok());
        });
        assert_eq!(allocated.count_total, 0, "{allocated:?}");
    }
}
