//! A document by the id in the path: found or 404, with an entity tag, and the preconditions that
//! a request makes on it.
//!
//! What must not happen to another version than the caller has seen is refused before the handler
//! runs (412). What the caller has already is not sent again (304), but the handler has run: who may
//! see a document is its affair, and comes first.

mod conditions;
mod tag;

use std::fmt;
use std::ops::Deref;

use axum::extract::RawPathParams;
use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use kora::repository::DocId;
use kora::{KoraDocument, Problem};
use serde::Serialize;

use crate::{KoraRejection, Repo};
use conditions::Conditions;

/// The document whose id stands in the path.
///
/// As an extractor it takes the id from the path parameter `id`, or from the only one that the route
/// has. There is no handler without a document: the answer is 404 then.
///
/// A document of a type with a version (`#[kora(version)]`) has an entity tag. `If-Match` of another
/// one is refused with 412; when the `Doc` is the answer, it goes out as JSON with `ETag`, or as 304
/// to a caller who says by `If-None-Match` that it has this one.
///
/// ```
/// use axum::{Router, routing::get};
/// use kora::{Database, KoraDocument};
/// use kora_tower::{Doc, KoraLayer, Repo};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, KoraDocument)]
/// #[kora(collection = "products")]
/// struct Product {
///     #[kora(id)]
///     sku: String,
///     price: u64,
///     #[kora(version)]
///     version: u64,
/// }
///
/// async fn show(product: Doc<Product>) -> Doc<Product> {
///     product
/// }
///
/// /// `If-Match` is held against what was read, and the version against what is written over.
/// async fn reprice(
///     product: Doc<Product>,
///     products: Repo<Product>,
///     price: String,
/// ) -> kora::Result<Doc<Product>> {
///     let mut product = product.into_inner();
///     product.price = price.parse().map_err(|_| kora::Error::NotAnInteger)?;
///     products.save(&mut product).await?;
///     Ok(Doc::new(product))
/// }
///
/// let app: Router = Router::new()
///     .route("/products/{sku}", get(show).put(reprice))
///     .layer(KoraLayer::new(Database::in_memory()));
/// ```
///
/// Everything that is stored goes out. Of a document with secrets, show a part: [`Doc::show`].
#[derive(Clone, Debug)]
pub struct Doc<D: KoraDocument> {
    document: D,
    /// What the request has asked, of the answer.
    conditions: Conditions,
}

impl<D: KoraDocument> Doc<D> {
    /// A document as an answer, whatever the request asked for: what a handler has made or changed.
    pub fn new(document: D) -> Doc<D> {
        Doc { document, conditions: Conditions::default() }
    }

    /// The document.
    pub fn into_inner(self) -> D {
        self.document
    }

    /// The entity tag; `None` when the type has no version.
    ///
    /// It is made of the version and of everything that is stored: a document that was removed and
    /// made anew begins at the same version again.
    ///
    /// # Errors
    /// When the document is no JSON.
    pub fn etag(&self) -> Result<Option<HeaderValue>, Problem> {
        Ok(tag::of(&self.document, &to_json(&self.document)?))
    }

    /// An answer with a part of the document, or with another view of it: as the `Doc` itself as an
    /// answer, with its entity tag.
    pub fn show<V: Serialize>(self, view: impl FnOnce(&D) -> V) -> Response {
        self.answer(|document, _| to_json(&view(document)))
    }

    fn answer(self, body: impl FnOnce(&D, Vec<u8>) -> Result<Vec<u8>, Problem>) -> Response {
        let answered = to_json(&self.document).and_then(|json| {
            let tag = tag::of(&self.document, &json);
            let mut response = if self.conditions.are_met_by_what_the_caller_has(tag.as_ref()) {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                response
            } else {
                let mut response = Response::new(Body::from(body(&self.document, json)?));
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(header::CONTENT_TYPE, json);
                response
            };
            if let Some(tag) = tag {
                response.headers_mut().insert(header::ETAG, tag);
            }
            Ok(response)
        });
        answered.into_response()
    }
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    let problem = |error: serde_json::Error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The document is no JSON")
            .detail(error.to_string())
    };
    serde_json::to_vec(value).map_err(problem)
}

impl<D: KoraDocument, S: Send + Sync> FromRequestParts<S> for Doc<D> {
    type Rejection = DocRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Doc<D>, DocRejection> {
        let documents: Repo<D> = Repo::from_request_parts(parts, state).await?;
        let id = id_in_path::<D, S>(parts, state).await?;
        let document = documents.get(&id).await.map_err(KoraRejection::Kora)?;
        let document = document.ok_or(DocRejection::NotFound { collection: D::COLLECTION })?;
        let conditions = Conditions::of(parts);
        if conditions.ask_for_a_version() {
            let json = to_json(&document).map_err(|problem| DocRejection::Form(problem.into()))?;
            if !conditions.allow(tag::of(&document, &json).as_ref()) {
                return Err(DocRejection::PreconditionFailed { collection: D::COLLECTION });
            }
        }
        Ok(Doc { document, conditions })
    }
}

/// The id: what stands at the parameter `id`, or at the only one.
async fn id_in_path<D: KoraDocument, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<D::Id, DocRejection> {
    let misplaced = DocRejection::NoId { collection: D::COLLECTION };
    let Ok(params) = RawPathParams::from_request_parts(parts, state).await else {
        return Err(misplaced);
    };
    let mut all = params.iter();
    let named = params.iter().find(|(name, _)| *name == "id");
    let only = all.next().filter(|_| all.next().is_none());
    let (_, text) = named.or(only).ok_or(misplaced)?;
    let bad = || DocRejection::BadId { collection: D::COLLECTION };
    D::Id::of_text(text).ok_or_else(bad)
}

impl<D: KoraDocument> Deref for Doc<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.document
    }
}

impl<D: KoraDocument> IntoResponse for Doc<D> {
    fn into_response(self) -> Response {
        self.answer(|_, json| Ok(json))
    }
}

/// Why there is no [`Doc`] for a handler.
#[derive(Debug)]
#[non_exhaustive]
pub enum DocRejection {
    /// The route has no parameter that can be the id.
    NoId {
        /// The collection.
        collection: &'static str,
    },
    /// What stands in the path cannot be an id of such a document.
    BadId {
        /// The collection.
        collection: &'static str,
    },
    /// There is no document of this id.
    NotFound {
        /// The collection.
        collection: &'static str,
    },
    /// The caller asked for another version than there is.
    PreconditionFailed {
        /// The collection.
        collection: &'static str,
    },
    /// The document is no JSON, so it has no entity tag.
    Form(Box<Problem>),
    /// There is no database, or it has failed.
    Kora(KoraRejection),
}

impl DocRejection {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            DocRejection::NoId { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            DocRejection::BadId { .. } => StatusCode::BAD_REQUEST,
            DocRejection::NotFound { .. } => StatusCode::NOT_FOUND,
            DocRejection::PreconditionFailed { .. } => StatusCode::PRECONDITION_FAILED,
            DocRejection::Form(problem) => problem.status(),
            DocRejection::Kora(rejection) => rejection.status(),
        }
    }
}

impl fmt::Display for DocRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DocRejection::NoId { collection } => write!(
                f,
                "the handler asks for a document of '{collection}', but the route does not say \
                 which: give it a parameter `{{id}}`, or only one"
            ),
            DocRejection::BadId { collection } => {
                write!(f, "what stands in the path cannot be an id of '{collection}'")
            }
            DocRejection::NotFound { collection } => {
                write!(f, "no document of '{collection}' has this id")
            }
            DocRejection::PreconditionFailed { collection } => write!(
                f,
                "the document of '{collection}' is not the one that the request names: get it \
                 again, and send its ETag as If-Match"
            ),
            DocRejection::Form(problem) => problem.fmt(f),
            DocRejection::Kora(rejection) => rejection.fmt(f),
        }
    }
}

impl std::error::Error for DocRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DocRejection::NoId { .. }
            | DocRejection::BadId { .. }
            | DocRejection::NotFound { .. }
            | DocRejection::PreconditionFailed { .. } => None,
            DocRejection::Form(problem) => Some(problem),
            DocRejection::Kora(rejection) => Some(rejection),
        }
    }
}

impl From<KoraRejection> for DocRejection {
    fn from(rejection: KoraRejection) -> DocRejection {
        DocRejection::Kora(rejection)
    }
}

impl From<DocRejection> for Problem {
    fn from(rejection: DocRejection) -> Problem {
        let title = match rejection {
            DocRejection::NoId { .. } => "No id in the route",
            DocRejection::BadId { .. } => "Not an id",
            DocRejection::NotFound { .. } => "No such document",
            DocRejection::PreconditionFailed { .. } => "Another version",
            DocRejection::Form(problem) => return *problem,
            DocRejection::Kora(rejection) => return rejection.into(),
        };
        Problem::new(rejection.status(), title).detail(rejection.to_string())
    }
}

impl IntoResponse for DocRejection {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
