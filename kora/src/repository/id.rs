//! Ids of documents as Rust values: the text that a document is stored under, and back.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::document::collection::schema::{join_id, split_id};
use crate::error::{DocumentError, Error, Result};
use crate::query::Literal;
use crate::repository::key::{KoraKey, from_text, literal};

/// What can be the id of a document: a key (string, number, newtype of one), or a tuple of keys for
/// `#[kora(id(..))]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an id",
    label = "an id is a string, a whole number, or a newtype of one",
    note = "derive `KoraKey` for a newtype; several fields are an id together by `#[kora(id(one, other))]` on the struct"
)]
pub trait DocId: Sized + Send + Sync + 'static {
    /// The text that the document is stored under.
    ///
    /// # Errors
    /// When the value has none.
    fn to_text(&self) -> Result<Cow<'_, str>>;

    /// The id of this text.
    fn of_text(text: &str) -> Option<Self>;
}

#[diagnostic::do_not_recommend]
impl<K: KoraKey + DeserializeOwned + Send + Sync + 'static> DocId for K {
    fn to_text(&self) -> Result<Cow<'_, str>> {
        key_text(self)
    }

    fn of_text(text: &str) -> Option<K> {
        from_text(text)
    }
}

fn key_text<K: KoraKey>(key: &K) -> Result<Cow<'_, str>> {
    if let Some(text) = key.as_text() {
        return Ok(Cow::Borrowed(text));
    }
    match literal(key)? {
        Literal::String(text) => Ok(Cow::Owned(text.into())),
        Literal::Integer(whole) => Ok(Cow::Owned(whole.to_string())),
        Literal::Unsigned(whole) => Ok(Cow::Owned(whole.to_string())),
        Literal::Bool(truth) => Ok(Cow::Owned(truth.to_string())),
        Literal::Null
        | Literal::Float(_)
        | Literal::Array(_)
        | Literal::Open
        | Literal::OpenList => Err(bad_id()),
    }
}

fn bad_id() -> Error {
    Error::document(DocumentError::BadId { most: crate::engine::collections::ID_LEN_MAX })
}

macro_rules! tuples {
    ($(($($T:ident $at:tt),*);)*) => {
        $(
            impl<$($T: KoraKey + DeserializeOwned + Send + Sync + 'static),*> DocId for ($($T,)*) {
                fn to_text(&self) -> Result<Cow<'_, str>> {
                    Ok(join_id(&[$(key_text(&self.$at)?),*]).into())
                }

                fn of_text(text: &str) -> Option<Self> {
                    let mut parts = split_id(text).into_iter();
                    let id = ($(from_text::<$T>(&parts.next()?)?,)*);
                    parts.next().is_none().then_some(id)
                }
            }
        )*
    };
}

tuples! {
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, E 3);
}

/// What names a document whose id is an `I`: the id, a reference to one, and `&str` for strings.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an id of these documents",
    label = "a `{I}` is expected here"
)]
pub trait AsId<I> {
    #[doc(hidden)]
    fn id_text(&self) -> Result<Cow<'_, str>>;
}

impl<I: DocId> AsId<I> for I {
    fn id_text(&self) -> Result<Cow<'_, str>> {
        self.to_text()
    }
}

impl<I: DocId> AsId<I> for &I {
    fn id_text(&self) -> Result<Cow<'_, str>> {
        (*self).to_text()
    }
}

impl AsId<String> for &str {
    fn id_text(&self) -> Result<Cow<'_, str>> {
        Ok(Cow::Borrowed(self))
    }
}
