//! What is declared of a type, as constants: its fields, their shapes, their indexes.
//!
//! Made by the derives; read when a repository is opened. The macro sees names and attributes, the
//! compiler sees types: what a type is comes from traits, so that aliases deceive nobody.

#![expect(
    clippy::disallowed_types,
    reason = "documents may have fields of the standard library's maps"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt;
use std::marker::PhantomData;
use std::time::SystemTime;

use crate::document::collection::definition::IndexKind;
use crate::document::collection::schema::{TimeFormat, system_time};

/// What is declared of documents of one type.
#[derive(Debug)]
pub struct Declaration {
    /// The fields.
    pub fields: &'static [FieldShape],
    /// The indexes over several fields.
    pub indexes: &'static [CompoundShape],
    /// The fields of the id.
    pub id: &'static [&'static str],
    /// The version.
    pub version: Option<&'static str>,
    /// When a document was made.
    pub created_at: Option<(&'static str, TimeFormat)>,
    /// When it was changed.
    pub updated_at: Option<(&'static str, TimeFormat)>,
    /// When it expires.
    pub expires_at: Option<(&'static str, TimeFormat)>,
    /// How long a new document lives, in milliseconds.
    pub ttl: Option<u64>,
}

/// One field, and what is nested in it.
#[derive(Debug)]
pub struct FieldShape {
    name: &'static str,
    shape: Shape,
    is_required: bool,
    index: Option<IndexKind>,
    is_unique: bool,
    renamed_from: &'static [&'static str],
    nested: Option<&'static [FieldShape]>,
    is_flat: bool,
}

/// An index over several fields, or over some documents.
#[derive(Debug)]
pub struct CompoundShape {
    /// Its name.
    pub name: &'static str,
    /// Sorted or unique.
    pub kind: IndexKind,
    /// The fields.
    pub fields: &'static [&'static str],
    /// Which documents it holds.
    pub when: Option<&'static str>,
}

impl FieldShape {
    /// A field that every document has.
    pub const fn new(name: &'static str, shape: Shape) -> FieldShape {
        FieldShape {
            name,
            shape,
            is_required: !matches!(shape, Shape::Optional(_)),
            index: None,
            is_unique: false,
            renamed_from: &[],
            nested: None,
            is_flat: false,
        }
    }

    /// A nested struct.
    pub const fn nested(
        name: &'static str,
        shape: Shape,
        nested: &'static [FieldShape],
    ) -> FieldShape {
        FieldShape { nested: Some(nested), ..FieldShape::new(name, shape) }
    }

    /// Documents may lack it: serde has a default.
    #[must_use]
    pub const fn with_default(self) -> FieldShape {
        FieldShape { is_required: false, ..self }
    }

    /// Whether its type is an `Option`, be its shape known or not.
    #[must_use]
    pub const fn optional(self, is_optional: bool) -> FieldShape {
        FieldShape { is_required: self.is_required && !is_optional, ..self }
    }

    /// Its fields stand beside those of the struct around it.
    #[must_use]
    pub const fn flat(self) -> FieldShape {
        FieldShape { is_flat: true, ..self }
    }

    /// It has an index.
    #[must_use]
    pub const fn index(self, index: Option<IndexKind>) -> FieldShape {
        FieldShape { index, ..self }
    }

    /// No two documents have the same.
    #[must_use]
    pub const fn unique(self) -> FieldShape {
        FieldShape { is_unique: true, ..self }
    }

    /// Names that it had.
    #[must_use]
    pub const fn renamed_from(self, renamed_from: &'static [&'static str]) -> FieldShape {
        FieldShape { renamed_from, ..self }
    }
}

/// A field with the path that leads to it.
#[derive(Clone, Debug)]
pub(super) struct PlacedField {
    pub(super) names: Vec<&'static str>,
    pub(super) shape: Shape,
    pub(super) is_required: bool,
    pub(super) index: Option<IndexKind>,
    pub(super) is_unique: bool,
    pub(super) renamed_from: &'static [&'static str],
}

impl Declaration {
    /// All fields with their paths, those that are nested too.
    pub(super) fn placed(&self) -> Vec<PlacedField> {
        let mut placed = Vec::new();
        place(self.fields, &[], &mut placed);
        placed
    }
}

/// Recurses as deep as types are nested.
fn place(fields: &'static [FieldShape], around: &[&'static str], placed: &mut Vec<PlacedField>) {
    for field in fields {
        let mut names = around.to_vec();
        if !field.is_flat {
            names.push(field.name);
            placed.push(PlacedField {
                names: names.clone(),
                shape: field.shape,
                is_required: field.is_required,
                index: field.index,
                is_unique: field.is_unique,
                renamed_from: field.renamed_from,
            });
        }
        if let Some(nested) = field.nested {
            place(nested, &names, placed);
        }
    }
}

/// What serde makes of a type, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Not known: it is not compared.
    Any,
    /// True or false.
    Bool,
    /// A whole number of so many bits.
    Whole {
        /// Whether it can be negative.
        is_signed: bool,
        /// Its bits.
        bits: u32,
    },
    /// A floating-point number of so many bits.
    Real(u32),
    /// A string.
    Text,
    /// An array.
    Array(&'static Shape),
    /// Something that may be null or missing.
    Optional(&'static Shape),
    /// An object.
    Object,
}

/// As schemas are stored: `u32`, `string?`, `[string]`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Any => f.write_str("any"),
            Shape::Bool => f.write_str("bool"),
            Shape::Whole { is_signed: true, bits } => write!(f, "i{bits}"),
            Shape::Whole { is_signed: false, bits } => write!(f, "u{bits}"),
            Shape::Real(bits) => write!(f, "f{bits}"),
            Shape::Text => f.write_str("string"),
            Shape::Array(element) => write!(f, "[{element}]"),
            Shape::Optional(shape) => write!(f, "{shape}?"),
            Shape::Object => f.write_str("object"),
        }
    }
}

/// Whether every value of one shape is a value of another; shapes as they are stored.
pub(super) fn widens(old: &str, new: &str) -> bool {
    if old == new || old == "any" || new == "any" {
        return true;
    }
    if let Some(new) = new.strip_suffix('?') {
        return widens(old.strip_suffix('?').unwrap_or(old), new);
    }
    let inner = |shape: &str| -> Option<String> {
        Some(shape.strip_prefix('[')?.strip_suffix(']')?.to_owned())
    };
    if let (Some(old), Some(new)) = (inner(old), inner(new)) {
        return widens(&old, &new);
    }
    let number = |shape: &str| -> Option<(char, u32)> {
        let mut chars = shape.chars();
        Some((chars.next()?, chars.as_str().parse().ok()?))
    };
    match (number(old), number(new)) {
        (Some(('u' | 'i', _)), Some(('f', 64))) => true,
        (Some(('u', old)), Some(('i', new))) => old < new,
        (Some((old_kind, old)), Some((new_kind, new))) => old_kind == new_kind && old <= new,
        _ => false,
    }
}

/// A type whose shape is known.
pub trait Shaped {
    /// The shape.
    const SHAPE: Shape;
}

macro_rules! shapes {
    ($($shape:expr => $($Type:ty)*;)*) => {
        $($(
            impl Shaped for $Type {
                const SHAPE: Shape = $shape;
            }
        )*)*
    };
}

macro_rules! whole_shapes {
    ($($Type:ident)*) => {
        $(impl Shaped for $Type {
            const SHAPE: Shape = Shape::Whole { is_signed: $Type::MIN != 0, bits: $Type::BITS };
        })*
    };
}

shapes! {
    Shape::Bool => bool;
    Shape::Real(32) => f32;
    Shape::Real(64) => f64;
    Shape::Text => String Box<str> std::sync::Arc<str> std::rc::Rc<str> char;
    Shape::Text => std::borrow::Cow<'static, str>;
    Shape::Object => SystemTime;
}

whole_shapes! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

impl<T: Shaped> Shaped for Option<T> {
    const SHAPE: Shape = Shape::Optional(&T::SHAPE);
}

impl<T: Shaped> Shaped for Box<T> {
    const SHAPE: Shape = T::SHAPE;
}

macro_rules! array_shapes {
    ($([$($generics:tt)*] $Type:ty;)*) => {
        $(impl<$($generics)*> Shaped for $Type {
            const SHAPE: Shape = Shape::Array(&T::SHAPE);
        })*
    };
}

array_shapes! {
    [T: Shaped] Vec<T>;
    [T: Shaped] VecDeque<T>;
    [T: Shaped] Box<[T]>;
    [T: Shaped] BTreeSet<T>;
    [T: Shaped, S] HashSet<T, S>;
}

impl<K, V, S> Shaped for HashMap<K, V, S> {
    const SHAPE: Shape = Shape::Object;
}

impl<K, V> Shaped for BTreeMap<K, V> {
    const SHAPE: Shape = Shape::Object;
}

/// Asks for the shape of any type: `Probe::<T>::SHAPE` is that of [`Shaped`] where `T` has one, and
/// else that of [`Unshaped`], because an inherent constant goes before one of a trait.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T: Shaped> Probe<T> {
    /// The shape.
    pub const SHAPE: Shape = T::SHAPE;
}

/// The shape of a type that has none.
pub trait Unshaped {
    /// Not known.
    const SHAPE: Shape = Shape::Any;
}

impl<T> Unshaped for Probe<T> {}

/// Asks of any type whether it is an `Option`, as [`Probe`] does.
#[derive(Debug)]
pub struct OptionProbe<T>(PhantomData<T>);

impl<T> OptionProbe<Option<T>> {
    /// It is.
    pub const IS_OPTION: bool = true;
}

/// What is no `Option`.
pub trait OptionUnknown {
    /// It is not.
    const IS_OPTION: bool = false;
}

impl<T> OptionUnknown for OptionProbe<T> {}

/// A type that the engine writes a time into: milliseconds since the Unix epoch as `i64` or `u64`,
/// or a [`SystemTime`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a time that the engine writes",
    label = "expected `SystemTime`, or `i64` or `u64` for milliseconds since the Unix epoch"
)]
pub trait Timestamp {
    /// How serde writes it.
    const FORMAT: TimeFormat;
    /// The time so many milliseconds after the epoch.
    fn of_millis(ms: i64) -> Self;
}

impl Timestamp for i64 {
    const FORMAT: TimeFormat = TimeFormat::Millis;

    fn of_millis(ms: i64) -> i64 {
        ms
    }
}

impl Timestamp for u64 {
    const FORMAT: TimeFormat = TimeFormat::Millis;

    fn of_millis(ms: i64) -> u64 {
        u64::try_from(ms).unwrap_or(0)
    }
}

impl Timestamp for SystemTime {
    const FORMAT: TimeFormat = TimeFormat::System;

    fn of_millis(ms: i64) -> SystemTime {
        system_time(ms)
    }
}

impl<T: Timestamp> Timestamp for Option<T> {
    const FORMAT: TimeFormat = T::FORMAT;

    fn of_millis(ms: i64) -> Option<T> {
        Some(T::of_millis(ms))
    }
}

impl Declaration {
    /// Whether the engine puts anything into a document that is written.
    pub(super) fn stamps(&self) -> bool {
        self.version.is_some()
            || self.created_at.is_some()
            || self.updated_at.is_some()
            || self.expires_at.is_some()
    }
}
