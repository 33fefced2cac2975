//! What generated code names, and the only module of Kora that it does. Nothing here is promised to
//! stay as it is.

pub use std::borrow::Cow;
pub use std::string::String;

pub use serde::Serialize;
pub use serde::de::DeserializeOwned;

pub use crate::document::collection::definition::IndexKind;
pub use crate::error::Result;
pub use crate::repository::document::{KoraDocument, KoraEmbed, Stamp};
pub use crate::repository::field::{
    Compound, Field, Literals, Location, Names, Nested, Root, Under,
};
pub use crate::repository::handle::{is_blank, new_ulid, new_uuid7};
pub use crate::repository::id::DocId;
pub use crate::repository::key::{
    ArrayKey, AutoIndexed, Class, Elements, KoraKey, Ordered, Real, SortedKey, Text, TextKey,
    Truth, Variant, Whole,
};
pub use crate::repository::kind::{
    ArrayIndex, Declared, Each, HashIndex, Id, Kept, Kind, Leading, Many, NoIndex, Once,
    PartialIndex, Reach, SortedIndex, UniqueIndex, UniqueSortedIndex,
};
pub use crate::repository::place::Place;
pub use crate::repository::select::Stored;
pub use crate::repository::shape::{
    CompoundShape, Declaration, FieldShape, OptionProbe, OptionUnknown, Probe, Shape, Shaped,
    Timestamp, Unshaped,
};
pub use crate::repository::update::{Change, Edit, Patch};

/// A type that must be a key.
pub const fn key<T: KoraKey>() {}

/// A type that must be a sorted key.
pub const fn sorted_key<T: SortedKey>() {}

/// A type that must be an array of keys.
pub const fn array_key<T: ArrayKey>() {}

/// A type that must have a kind of index of its own.
pub const fn auto_key<T: AutoIndexed>() {}

/// A type that must be an id that is made.
pub const fn made_id<T: MadeId>() {}

/// A type that must hold a time, or none.
pub const fn optional_timestamp<T: OptionalTimestamp>() {}

/// A time that may be none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say when a document expires",
    label = "expected an `Option` of a time: `Option<SystemTime>` or `Option<i64>`"
)]
pub trait OptionalTimestamp: Timestamp {}

impl<T: Timestamp> OptionalTimestamp for Option<T> {}

/// What can be a version.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a version",
    label = "a version is a `u64` that the engine counts up"
)]
pub trait VersionNumber {
    /// The number.
    fn number(&self) -> u64;
}

impl VersionNumber for u64 {
    fn number(&self) -> u64 {
        *self
    }
}

/// What can be an id that is made.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an id that is made",
    label = "ULIDs and UUIDs are text: expected `String`, or a newtype of it"
)]
pub trait MadeId: KoraKey {}

#[diagnostic::do_not_recommend]
impl<T: KoraKey<Class = Text>> MadeId for T {}
