//! Errors as answers to HTTP requests: a status and a document of `application/problem+json`
//! (RFC 9457).
//!
//! What a caller did wrong is told to the caller. What is wrong here is not: paths and damage go
//! into the answer's extensions, where a layer that logs finds the whole [`Error`].

use std::borrow::Cow;
use std::fmt;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::error::{DocumentError, Error};

/// Seconds after which a caller may come again whom others were in the way of. Chosen, not
/// measured: the least that the header can say.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// A refusal as HTTP says it: a status, what it is called, and what is to be done about it.
///
/// Errors of Kora become one, so a handler that returns it can use `?` on them and refuse things of
/// its own beside:
///
/// ```
/// use http::StatusCode;
/// use kora::{Database, Problem};
///
/// fn take(db: &Database, sku: &str) -> Result<i64, Problem> {
///     let left = db.decr(format!("stock:{sku}"))?;
///     if left < 0 {
///         return Err(Problem::new(StatusCode::CONFLICT, "sold out").detail(format!("no {sku} is left")));
///     }
///     Ok(left)
/// }
///
/// let db = Database::in_memory();
/// db.set("stock:pen", "1")?;
/// assert_eq!(take(&db, "pen")?, 0);
/// assert_eq!(take(&db, "pen").unwrap_err().status(), StatusCode::CONFLICT);
/// # Ok::<(), Problem>(())
/// ```
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    title: Cow<'static, str>,
    detail: Option<String>,
    retry: bool,
    error: Option<Error>,
}

impl Problem {
    /// A refusal with this status; `title` is the same whenever it is refused for this reason.
    pub fn new(status: StatusCode, title: impl Into<Cow<'static, str>>) -> Problem {
        Problem { status, title: title.into(), detail: None, retry: false, error: None }
    }

    /// What is the matter this time, and how the caller may mend it.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Problem {
        Problem { detail: Some(detail.into()), ..self }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The error of Kora behind it.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    fn to_json(&self) -> String {
        let mut members = serde_json::Map::new();
        members.insert("title".to_owned(), self.title.as_ref().into());
        members.insert("status".to_owned(), self.status.as_u16().into());
        if let Some(detail) = &self.detail {
            members.insert("detail".to_owned(), detail.as_str().into());
        }
        serde_json::Value::Object(members).to_string()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.as_ref().map(|error| error as _)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        let status = error.status();
        let title = status.canonical_reason().unwrap_or("Error");
        let told = status.is_client_error() || error.is_passing();
        let detail = told.then(|| error.to_string());
        let retry = error.is_passing();
        Problem { status, title: Cow::Borrowed(title), detail, retry, error: Some(error) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.to_json()));
        *response.status_mut() = self.status;
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if self.retry {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if let Some(error) = self.error {
            response.extensions_mut().insert(error);
        }
        response
    }
}

/// The problem that the error is; see [`Problem`].
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

impl Error {
    /// The status of an answer that the error is the reason of: 4xx when the caller can mend it.
    pub fn status(&self) -> StatusCode {
        match self {
            Error::Syntax
            | Error::NotAFloat
            | Error::Argument(_)
            | Error::UnsupportedOption { .. }
            | Error::InvalidExpireTime { .. }
            | Error::NoInputKeys { .. }
            | Error::WrongArity { .. }
            | Error::UnknownCommand(_)
            | Error::UnknownSubcommand(_)
            | Error::Query(_)
            | Error::Connection(_) => StatusCode::BAD_REQUEST,
            Error::NoSuchKey => StatusCode::NOT_FOUND,
            // What is there is of another kind than the caller takes it for.
            Error::WrongType
            | Error::NotAnInteger
            | Error::HashValueNotAnInteger
            | Error::HashValueNotAFloat
            | Error::SnapshotInProgress => StatusCode::CONFLICT,
            Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Error::Overflow | Error::NotFinite | Error::ScoreNotANumber => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Error::Document(error) => document_status(error),
            Error::OutOfMemory | Error::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Error::Conflict | Error::Closed | Error::Io(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::InvalidConfig { .. }
            | Error::Panicked { .. }
            | Error::CorruptRecord { .. }
            | Error::Listen(_)
            | Error::Locked(_)
            | Error::Damaged(_)
            | Error::UnknownFormat { .. }
            | Error::NotInTransaction
            | Error::NotOnDisk
            | Error::Thread { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether the same call may succeed a moment later.
    fn is_passing(&self) -> bool {
        let is_slow = |error: &DocumentError| *error == DocumentError::Timeout;
        matches!(self, Error::Conflict) || matches!(self, Error::Document(it) if is_slow(it))
    }
}

fn document_status(error: &DocumentError) -> StatusCode {
    match error {
        DocumentError::BadName
        | DocumentError::BadId { .. }
        | DocumentError::NoSuchIndexKind { .. }
        | DocumentError::PathsOfIndex { .. }
        | DocumentError::NotText
        | DocumentError::BadCursor => StatusCode::BAD_REQUEST,
        DocumentError::NoSuchDocument | DocumentError::NoSuchCollection { .. } => {
            StatusCode::NOT_FOUND
        }
        DocumentError::CollectionExists { .. }
        | DocumentError::IndexExists { .. }
        | DocumentError::DocumentExists
        | DocumentError::NotUnique(_)
        | DocumentError::VersionConflict { .. } => StatusCode::CONFLICT,
        DocumentError::Form { .. }
        | DocumentError::TooManyKeys { .. }
        | DocumentError::OtherId { .. }
        | DocumentError::NotANumber => StatusCode::UNPROCESSABLE_ENTITY,
        DocumentError::Timeout => StatusCode::SERVICE_UNAVAILABLE,
        // What is stored is not what the program expects: its own affair.
        DocumentError::Decode { .. } | DocumentError::NotOne | DocumentError::Schema { .. } => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{IoFailure, UniqueViolation};

    fn failure() -> IoFailure {
        let (path, message) = ("/secret/place".to_owned(), "gone".to_owned());
        IoFailure { action: "sync", path, kind: std::io::ErrorKind::NotFound, message }
    }

    #[test]
    fn what_the_caller_did_wrong_is_told() {
        let violation = UniqueViolation { index: "email".to_owned(), id: "ann".to_owned() };
        let error = Error::document(DocumentError::NotUnique(violation));
        let problem = Problem::from(error.clone());
        assert_eq!(problem.status(), StatusCode::CONFLICT);
        let json: serde_json::Value = serde_json::from_str(&problem.to_json()).unwrap();
        assert_eq!(json["title"], "Conflict");
        assert_eq!(json["status"], 409);
        assert_eq!(json["detail"], error.to_string());
    }

    #[test]
    fn what_is_wrong_here_is_for_logs_only() {
        let error = Error::Io(Box::new(failure()));
        let problem = Problem::from(error.clone());
        assert_eq!(problem.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(!problem.to_json().contains("secret"), "{}", problem.to_json());
        let response = error.clone().into_response();
        assert_eq!(response.extensions().get::<Error>(), Some(&error));
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers().get(header::RETRY_AFTER), None);
    }

    #[test]
    fn a_caller_whom_others_were_in_the_way_of_may_come_again() {
        let response = Error::Conflict.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }
}
