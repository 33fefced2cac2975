//! What the compiler knows of indexes: the kind of a field's index, and whether one serves a filter.
//!
//! Types without values. A [`Kind`] says of a field which of its operators an index serves; a
//! [`Served`] says the same of a whole filter, and AND and OR reckon with it. What is said here must
//! hold in the planner: a filter that is [`Indexed`] or [`Keyed`] never looks at every document.

use std::marker::PhantomData;

use crate::document::collection::definition::IndexKind;

/// How an index serves a filter.
pub trait Served: sealed::Sealed + Copy + 'static {
    /// Both filters.
    type And<R: Served>: Served;
    /// One of the filters.
    type Or<R: Served>: Served;
    #[doc(hidden)]
    type OrIndexed: Served;
    #[doc(hidden)]
    type OrKeyed: Served;
    #[doc(hidden)]
    type AndIndexed: Served;
}

/// Indexes bring the documents that may satisfy the filter.
#[derive(Clone, Copy, Debug)]
pub struct Indexed;

/// A unique index, or the id, brings one document a value.
#[derive(Clone, Copy, Debug)]
pub struct Keyed;

/// No index serves the filter: every document is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Scan;

impl Served for Keyed {
    type And<R: Served> = Keyed;
    type Or<R: Served> = R::OrKeyed;
    type OrIndexed = Scan;
    type OrKeyed = Keyed;
    type AndIndexed = Keyed;
}

impl Served for Indexed {
    type And<R: Served> = R::AndIndexed;
    type Or<R: Served> = R::OrIndexed;
    type OrIndexed = Indexed;
    type OrKeyed = Scan;
    type AndIndexed = Indexed;
}

impl Served for Scan {
    type And<R: Served> = R;
    type Or<R: Served> = Scan;
    type OrIndexed = Scan;
    type OrKeyed = Scan;
    type AndIndexed = Indexed;
}

/// A filter that an index serves: what [`Repository::find`](crate::Repository::find) takes.
#[diagnostic::on_unimplemented(
    message = "this filter would scan the whole collection",
    label = "no index serves this filter",
    note = "give one of its fields `#[kora(index)]`; under OR and IN each part needs an index, and unique fields do not mix with others",
    note = "a full pass is spelled `.scan(..)`"
)]
pub trait IndexServed: Served {}

impl IndexServed for Indexed {}
impl IndexServed for Keyed {}

/// The kind of a field's index.
pub trait Kind: sealed::Sealed + Copy + 'static {
    /// How `eq` is served.
    type Equal: Served;
    /// How `in_list` is served.
    type In: Served;
    /// How `is_none` and `is_some` are served.
    type Null: Served;
    /// How ranges are served, if the kind has them.
    type Range: Served;
    /// How `contains` is served.
    type Contains: Served;
}

/// A kind on which ranges can be asked for.
#[diagnostic::on_unimplemented(
    message = "a field with the index `{Self}` cannot serve a range operator",
    label = "this operator needs an order",
    note = "declare the field `#[kora(index = sorted)]`, or look at every document with `.scan()` before the operator"
)]
pub trait Ranged: Kind {}

/// A kind that finds an array by its elements, or a field without an index.
#[diagnostic::on_unimplemented(
    message = "a field with the index `{Self}` cannot be asked for the elements of an array",
    label = "this operator needs an array",
    note = "declare the field `#[kora(index = array)]`, or look at every document with `.scan()` before the operator"
)]
pub trait Containing: Kind {}

/// A kind on which whole values can be asked for.
#[diagnostic::on_unimplemented(
    message = "a field with the index `{Self}` is not found by its whole value",
    label = "this index knows elements only",
    note = "ask with `contains`, or look at every document with `.scan()` before the operator"
)]
pub trait Comparing: Kind {}

/// A field whose value the application sets.
#[diagnostic::on_unimplemented(
    message = "this field cannot be changed by an update",
    label = "`{Self}` fields are not set",
    note = "ids stay what they are, versions and times are kept by the engine, and a field within an array stands for many values"
)]
pub trait Writable: Kind {}

/// A field of which a document has one value.
#[diagnostic::on_unimplemented(
    message = "a field within an array stands for many values, and none of them can be taken for all",
    label = "one value is needed here"
)]
pub trait Single: Kind {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $Name:ident: $equal:ident $in:ident $null:ident $range:ident $contains:ident [$($ability:ident)*];)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $Name;

            impl sealed::Sealed for $Name {}

            impl Kind for $Name {
                type Equal = $equal;
                type In = $in;
                type Null = $null;
                type Range = $range;
                type Contains = $contains;
            }

            $(impl $ability for $Name {})*
        )*
    };
}

kinds! {
    /// No index: every operator is there, and looks at every document.
    NoIndex: Scan Scan Scan Scan Scan [Ranged Containing Comparing Writable Single];
    /// `index = hash`: equal values.
    HashIndex: Indexed Indexed Indexed Scan Scan [Comparing Writable Single];
    /// `index = sorted`: equal values and ranges.
    SortedIndex: Indexed Indexed Indexed Indexed Scan [Ranged Comparing Writable Single];
    /// `index = array`: elements.
    ArrayIndex: Scan Scan Scan Scan Indexed [Containing Writable Single];
    /// `unique`: equal values, one document each.
    UniqueIndex: Keyed Keyed Scan Scan Scan [Comparing Writable Single];
    /// `unique` and `index = sorted`.
    UniqueSortedIndex: Keyed Keyed Indexed Indexed Scan [Ranged Comparing Writable Single];
    /// The first field of a compound index: it finds equal values of that.
    Leading: Indexed Scan Scan Scan Scan [Ranged Comparing Writable Single];
    /// The id.
    Id: Keyed Keyed Scan Scan Scan [Comparing Single];
    /// An index that holds some documents only.
    PartialIndex: Scan Scan Scan Scan Scan [Comparing];
}

/// A field that the engine keeps: a version, a time.
#[derive(Clone, Copy, Debug)]
pub struct Kept<I>(PhantomData<I>);

/// A field of the elements of an array.
#[derive(Clone, Copy, Debug)]
pub struct Each<I>(PhantomData<I>);

macro_rules! wrappers {
    ($($Name:ident [$($ability:ident)*];)*) => {
        $(
            impl<I> sealed::Sealed for $Name<I> {}

            impl<I: Kind> Kind for $Name<I> {
                type Equal = I::Equal;
                type In = I::In;
                type Null = I::Null;
                type Range = I::Range;
                type Contains = I::Contains;
            }

            #[diagnostic::do_not_recommend]
            impl<I: Ranged> Ranged for $Name<I> {}
            #[diagnostic::do_not_recommend]
            impl<I: Containing> Containing for $Name<I> {}
            #[diagnostic::do_not_recommend]
            impl<I: Comparing> Comparing for $Name<I> {}
            $(impl<I: Kind> $ability for $Name<I> {})*
        )*
    };
}

wrappers! {
    Kept [Single];
    Each [];
}

/// Whether a nested struct stands alone or in an array.
pub trait Reach: sealed::Sealed + Copy + 'static {
    /// What becomes of the kind of one of its fields.
    type Of<I: Kind>: Kind;
}

/// Nested once.
#[derive(Clone, Copy, Debug)]
pub struct Once;

/// Nested in an array.
#[derive(Clone, Copy, Debug)]
pub struct Many;

impl sealed::Sealed for Once {}
impl sealed::Sealed for Many {}

impl Reach for Once {
    type Of<I: Kind> = I;
}

impl Reach for Many {
    type Of<I: Kind> = Each<I>;
}

/// A kind of index that a declaration can choose.
pub trait Declared: Kind {
    /// The engine's name of it; `None` for no index.
    const INDEX: Option<IndexKind>;
}

impl Declared for HashIndex {
    const INDEX: Option<IndexKind> = Some(IndexKind::Hash);
}

impl Declared for SortedIndex {
    const INDEX: Option<IndexKind> = Some(IndexKind::Sorted);
}

impl Declared for ArrayIndex {
    const INDEX: Option<IndexKind> = Some(IndexKind::Array);
}

/// Stands in a type without having a value of it: always `Copy`, `Send` and `Sync`.
pub(super) type Phantom<T> = PhantomData<fn() -> T>;

mod sealed {
    /// What only this module can implement.
    #[expect(unnameable_types, reason = "nobody else is to implement it")]
    pub trait Sealed {}

    impl Sealed for super::Indexed {}
    impl Sealed for super::Keyed {}
    impl Sealed for super::Scan {}
}
