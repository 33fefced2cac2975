//! Extractors for any state: the database, and repositories of it.

use std::any::type_name;
use std::convert::Infallible;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use kora::KoraDocument;

use crate::{Kora, KoraExtension, KoraRejection, Repo};

impl<S: Send + Sync> FromRequestParts<S> for Kora {
    type Rejection = KoraRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Kora, KoraRejection> {
        found(parts, "Kora").cloned()
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Kora {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Kora>, Infallible> {
        Ok(parts.kora().cloned())
    }
}

impl<D: KoraDocument, S: Send + Sync> FromRequestParts<S> for Repo<D> {
    type Rejection = KoraRejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Repo<D>, KoraRejection> {
        let kora = found(parts, type_name::<Repo<D>>())?;
        // The long way is taken once; its future has no place in that of every request.
        match kora.opened() {
            Some(opened) => Ok(Repo::from(opened)),
            None => Ok(Box::pin(Repo::open(kora)).await?),
        }
    }
}

fn found<'p>(parts: &'p Parts, wanted: &'static str) -> Result<&'p Kora, KoraRejection> {
    parts.kora().ok_or(KoraRejection::MissingLayer { wanted })
}
