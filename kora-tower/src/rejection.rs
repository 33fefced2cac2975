//! Why a request could not be given the database or its documents.

use std::fmt;

use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use kora::{Error, Problem};

/// Why [`Kora`](crate::Kora) or [`Repo`](crate::Repo) could not be extracted: a mistake in how the
/// service is put together, or an error of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KoraRejection {
    /// The request came through no [`KoraLayer`](crate::KoraLayer).
    MissingLayer {
        /// What the handler asks for.
        wanted: &'static str,
    },
    /// The collection could not be opened.
    Kora(Error),
}

impl KoraRejection {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            KoraRejection::MissingLayer { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            KoraRejection::Kora(error) => error.status(),
        }
    }
}

impl fmt::Display for KoraRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KoraRejection::MissingLayer { wanted } => write!(
                f,
                "the handler asks for {wanted}, but the request came through no KoraLayer: call \
                 `.layer(KoraLayer::new(db))` on the router after the routes were added, or take \
                 State<{wanted}> from the router's state"
            ),
            KoraRejection::Kora(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KoraRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            KoraRejection::MissingLayer { .. } => None,
            KoraRejection::Kora(error) => Some(error),
        }
    }
}

impl From<Error> for KoraRejection {
    fn from(error: Error) -> KoraRejection {
        KoraRejection::Kora(error)
    }
}

impl From<KoraRejection> for Problem {
    fn from(rejection: KoraRejection) -> Problem {
        match rejection {
            // Told although it is no fault of the caller: who meets it is at work on the service,
            // and it gives nothing away.
            KoraRejection::MissingLayer { .. } => {
                Problem::new(rejection.status(), "No database in the request")
                    .detail(rejection.to_string())
            }
            KoraRejection::Kora(error) => error.into(),
        }
    }
}

impl IntoResponse for KoraRejection {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
