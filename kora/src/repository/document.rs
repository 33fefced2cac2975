//! What the derives implement: documents, and structs nested in them.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::repository::field::Location;
use crate::repository::id::DocId;
use crate::repository::kind::{Many, Reach};
use crate::repository::shape::{Declaration, FieldShape, Shape};

/// A struct that is a document of a collection. Derive it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a document",
    label = "this type does not derive `KoraDocument`",
    note = "a document is a struct with `#[derive(Serialize, Deserialize, KoraDocument)]` and `#[kora(collection = \"..\")]`"
)]
pub trait KoraDocument: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The type of its id.
    type Id: DocId;
    /// Its fields, as values.
    type Fields: Copy;

    /// The collection that it belongs to.
    const COLLECTION: &'static str;

    #[doc(hidden)]
    const DECLARATION: &'static Declaration;

    /// Its fields, as values that make filters.
    #[doc(hidden)]
    fn tokens() -> Self::Fields;

    /// The id.
    #[doc(hidden)]
    fn document_id(&self) -> Self::Id;

    #[doc(hidden)]
    fn id_text(&self) -> Result<Cow<'_, str>>;

    /// A new id, of the moment that `now_ms` tells, when the type makes one and this document has
    /// none.
    #[doc(hidden)]
    fn new_id(&self, _now_ms: impl FnOnce() -> i64) -> Option<String> {
        None
    }

    /// The version that the document says it is; `None` when its type has none.
    fn version(&self) -> Option<u64> {
        None
    }

    #[doc(hidden)]
    fn stamp(&mut self, stamp: &Stamp<'_>);
}

/// What the engine has put into a document that was written.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'s> {
    pub(super) stored: crate::document::form::ValueRef<'s>,
    pub(super) id: Option<&'s str>,
}

impl Stamp<'_> {
    /// Puts the value that is stored in a field into the struct.
    pub fn field<T: DeserializeOwned>(&self, name: &str, field: &mut T) {
        let stored = self.stored.as_object().and_then(|stored| stored.form_of(name));
        if let Some(Ok(value)) = stored.map(crate::document::form::from_opening) {
            *field = value;
        }
    }

    /// Puts a new id into the struct.
    pub fn id<T: DocId>(&self, field: &mut T) {
        if let Some(id) = self.id.and_then(T::of_text) {
            *field = id;
        }
    }
}

/// What a repository's methods write: a reference to a document. Given `&mut`, the document gets
/// the id, the version and the times that the engine has put into what is stored.
pub trait Written<T> {
    /// Whether the document gets it: who does not is not kept waiting for a stamp.
    #[doc(hidden)]
    const IS_STAMPED: bool;
    #[doc(hidden)]
    fn document(&self) -> &T;
    #[doc(hidden)]
    fn stamped(self, stamp: &Stamp<'_>);
}

impl<T: KoraDocument> Written<T> for &T {
    const IS_STAMPED: bool = false;

    fn document(&self) -> &T {
        self
    }

    fn stamped(self, _stamp: &Stamp<'_>) {}
}

impl<T: KoraDocument> Written<T> for &mut T {
    const IS_STAMPED: bool = true;

    fn document(&self) -> &T {
        self
    }

    fn stamped(self, stamp: &Stamp<'_>) {
        self.stamp(stamp);
    }
}

/// A struct nested in documents, whose fields have tokens and may have indexes. Derive it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a nested struct",
    label = "`#[kora(embed)]` needs a type that derives `KoraEmbed`",
    note = "an `Option` and a `Vec` of such a type can be embedded too"
)]
pub trait KoraEmbed {
    /// Its fields in documents `D`.
    type Fields<D, R: Reach>: Copy;

    #[doc(hidden)]
    const FIELDS: &'static [FieldShape];
    #[doc(hidden)]
    const SHAPE: Shape = Shape::Object;

    #[doc(hidden)]
    fn tokens<D, R: Reach, P: Location>() -> Self::Fields<D, R>;
}

impl<E: KoraEmbed> KoraEmbed for Option<E> {
    type Fields<D, R: Reach> = E::Fields<D, R>;
    const FIELDS: &'static [FieldShape] = E::FIELDS;
    const SHAPE: Shape = Shape::Optional(&E::SHAPE);

    fn tokens<D, R: Reach, P: Location>() -> Self::Fields<D, R> {
        E::tokens::<D, R, P>()
    }
}

impl<E: KoraEmbed> KoraEmbed for Box<E> {
    type Fields<D, R: Reach> = E::Fields<D, R>;
    const FIELDS: &'static [FieldShape] = E::FIELDS;
    const SHAPE: Shape = E::SHAPE;

    fn tokens<D, R: Reach, P: Location>() -> Self::Fields<D, R> {
        E::tokens::<D, R, P>()
    }
}

impl<E: KoraEmbed> KoraEmbed for Vec<E> {
    type Fields<D, R: Reach> = E::Fields<D, Many>;
    const FIELDS: &'static [FieldShape] = E::FIELDS;
    const SHAPE: Shape = Shape::Array(&E::SHAPE);

    fn tokens<D, R: Reach, P: Location>() -> Self::Fields<D, R> {
        E::tokens::<D, Many, P>()
    }
}
