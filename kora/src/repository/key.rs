//! Which types can stand in an index and in a comparison, and how a value becomes a literal.
//!
//! A literal is made from what serde writes, and of nothing else: the key of an index is the value
//! that the document has, whatever `rename` or `transparent` made of it.

#![expect(
    clippy::disallowed_types,
    reason = "documents may have fields of the standard library's maps"
)]

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::document::form::{self, Number, ValueRef};
use crate::document::ops::bad_form;
use crate::error::Result;
use crate::query::Literal;
use crate::repository::kind::{ArrayIndex, Declared, HashIndex, SortedIndex};

/// A value that indexes hold and filters compare: serde writes it as a string, a number or a
/// boolean.
///
/// Derive it for newtypes and for enums without fields:
///
/// ```
/// use kora::KoraKey;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, PartialEq, Serialize, Deserialize, KoraKey)]
/// struct UserId(String);
///
/// #[derive(Clone, Copy, PartialEq, Serialize, Deserialize, KoraKey)]
/// #[serde(rename_all = "lowercase")]
/// enum State {
///     Open,
///     Closed,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of an index or of a comparison",
    label = "serde does not write this as a string, a number or a boolean",
    note = "derive `KoraKey` for a newtype or an enum without fields; arrays take `#[kora(index = array)]`"
)]
pub trait KoraKey: Serialize {
    /// What serde makes of it: [`Text`], [`Whole`], [`Real`], [`Truth`] or [`Variant`].
    type Class: Class;

    /// The text, where serde writes exactly that.
    #[doc(hidden)]
    fn as_text(&self) -> Option<&str> {
        None
    }
}

/// What serde makes of a key.
pub trait Class: 'static {}

/// Serde writes a string.
#[derive(Debug)]
pub enum Text {}
/// Serde writes a whole number.
#[derive(Debug)]
pub enum Whole {}
/// Serde writes a number.
#[derive(Debug)]
pub enum Real {}
/// Serde writes true or false.
#[derive(Debug)]
pub enum Truth {}
/// Serde writes the name of a variant.
#[derive(Debug)]
pub enum Variant {}

impl Class for Text {}
impl Class for Whole {}
impl Class for Real {}
impl Class for Truth {}
impl Class for Variant {}

/// A class whose values have an order that means something.
pub trait Ordered: Class {}

impl Ordered for Text {}
impl Ordered for Whole {}
impl Ordered for Real {}

/// A key with an order: numbers and strings.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no order: it cannot be a sorted index key or be asked for a range",
    label = "numbers and strings have an order",
    note = "arrays take `#[kora(index = array)]`, booleans and enums `#[kora(index = hash)]`"
)]
pub trait SortedKey: KoraKey {}

#[diagnostic::do_not_recommend]
impl<T: KoraKey<Class: Ordered>> SortedKey for T {}

/// A key that serde writes as a string.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no text",
    label = "only text starts with something"
)]
pub trait TextKey: KoraKey {}

#[diagnostic::do_not_recommend]
impl<T: KoraKey<Class = Text>> TextKey for T {}

macro_rules! keys {
    ($($Class:ident $Auto:ident: $($Type:ty)*;)*) => {
        $($(
            impl KoraKey for $Type {
                type Class = $Class;
            }

            impl AutoIndexed for $Type {
                type Kind = $Auto;
            }
        )*)*
    };
}

macro_rules! text_keys {
    ($($Type:ty)*) => {
        $(
            impl KoraKey for $Type {
                type Class = Text;

                fn as_text(&self) -> Option<&str> {
                    Some(self)
                }
            }

            impl AutoIndexed for $Type {
                type Kind = HashIndex;
            }
        )*
    };
}

text_keys! { String Box<str> Cow<'static, str> }

keys! {
    Text HashIndex: char;
    Whole SortedIndex: i8 i16 i32 i64 isize u8 u16 u32 u64 usize;
    Real SortedIndex: f32 f64;
    Truth HashIndex: bool;
}

impl<T: KoraKey> KoraKey for Option<T> {
    type Class = T::Class;
}

impl<T: KoraKey> KoraKey for Box<T> {
    type Class = T::Class;
}

/// A type whose index is chosen by `#[kora(index)]` alone: hash for strings, booleans and enums,
/// sorted for numbers, array for arrays.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be indexed",
    label = "no kind of index holds this type",
    note = "indexes hold strings, numbers, booleans, enums and newtypes with `#[derive(KoraKey)]`, and arrays of them"
)]
pub trait AutoIndexed {
    /// The kind.
    type Kind: Declared;
}

/// An array of keys.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an array index key",
    label = "an array index holds the elements of an array of strings, numbers, booleans or keys"
)]
pub trait ArrayKey: Elements<Item: KoraKey> {}

#[diagnostic::do_not_recommend]
impl<T: Elements<Item: KoraKey>> ArrayKey for T {}

/// What serde writes as an array.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no array",
    label = "arrays have elements to ask for, to push and to pull"
)]
pub trait Elements {
    /// An element.
    type Item: Serialize;
}

impl<T: AutoIndexed> AutoIndexed for Option<T> {
    type Kind = T::Kind;
}

macro_rules! arrays {
    ($([$($generics:tt)*] $Type:ty;)*) => {
        $(
            impl<$($generics)*> Elements for $Type {
                type Item = T;
            }

            impl<$($generics)*> AutoIndexed for $Type where T: KoraKey {
                type Kind = ArrayIndex;
            }
        )*
    };
}

arrays! {
    [T: Serialize] Vec<T>;
    [T: Serialize] VecDeque<T>;
    [T: Serialize] Box<[T]>;
    [T: Serialize] BTreeSet<T>;
    [T: Serialize, S] HashSet<T, S>;
}

impl<T: Elements> Elements for Option<T> {
    type Item = T::Item;
}

/// A value for a field of type `T`: a `T`, a reference to one, and `&str` for strings; for an
/// `Option`, what it holds.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with, or put into, a `{T}` field",
    label = "a `{T}` is expected here"
)]
pub trait Operand<T: ?Sized>: Serialize {}

impl<T: Serialize> Operand<T> for T {}
impl<T: Serialize> Operand<T> for &T {}
impl<T: Serialize> Operand<Option<T>> for T {}
impl<T: Serialize> Operand<Option<T>> for &T {}

macro_rules! texts {
    ($($Type:ty)*) => {
        $(
            impl Operand<$Type> for &str {}
            impl Operand<Option<$Type>> for &str {}
        )*
    };
}

texts! { String Box<str> Cow<'static, str> }

/// A number that an update can add to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no number that can be added to",
    label = "only numbers are added to"
)]
pub trait Numeric {
    /// What is added.
    type Delta: crate::Addable;
    #[doc(hidden)]
    const BOUNDS: Option<(i128, i128)>;
}

macro_rules! whole_numbers {
    ($($Type:ident)*) => {
        $(impl Numeric for $Type {
            type Delta = i64;
            const BOUNDS: Option<(i128, i128)> = Some(($Type::MIN as i128, $Type::MAX as i128));
        })*
    };
}

whole_numbers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

impl Numeric for f32 {
    type Delta = f64;
    const BOUNDS: Option<(i128, i128)> = None;
}

impl Numeric for f64 {
    type Delta = f64;
    const BOUNDS: Option<(i128, i128)> = None;
}

impl<T: Numeric> Numeric for Option<T> {
    type Delta = T::Delta;
    const BOUNDS: Option<(i128, i128)> = T::BOUNDS;
}

/// A field that may be missing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not optional: a document without the field could not be read",
    label = "only an `Option` can be unset or asked whether it is there"
)]
pub trait Optional {}

impl<T> Optional for Option<T> {}

/// The literal of a value, as serde writes it.
pub(super) fn literal<T: Serialize + ?Sized>(value: &T) -> Result<Literal> {
    let form = form::to_value(value).map_err(|error| bad_form(&error))?;
    let value = ValueRef::new(&form).expect("what was just written is whole");
    literal_of(value).ok_or_else(|| {
        let problem = form::Problem::Mismatch("an object cannot be compared with".into());
        bad_form(&problem.into())
    })
}

/// Recurses as deep as arrays are nested in a form, which has a limit.
fn literal_of(value: ValueRef<'_>) -> Option<Literal> {
    Some(match value {
        ValueRef::Null => Literal::Null,
        ValueRef::Bool(truth) => truth.into(),
        ValueRef::Number(Number::Signed(whole)) => whole.into(),
        ValueRef::Number(Number::Unsigned(whole)) => whole.into(),
        ValueRef::Number(Number::Float(float)) => float.into(),
        ValueRef::String(text) => std::str::from_utf8(text).ok()?.into(),
        ValueRef::Array(array) => {
            Literal::Array(array.iter().map(literal_of).collect::<Option<_>>()?)
        }
        ValueRef::Object(_) => return None,
    })
}

/// A value that a text stands for: a string for those that are read from one, else a number or a
/// boolean.
pub(super) fn from_text<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    form::from_key(text).ok()
}
