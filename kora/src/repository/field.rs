//! Fields of a document as values: [`Field`] knows where the field stands, of what type it is, and
//! which index it has. Operators make filters of them.
//!
//! A token is one pointer, made at compile time. Bounds stand on the methods and not on the `impl`,
//! so that a wrong operator is answered with the sentence of its trait and not with a missing method.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::query::{Comparison, Condition, Direction, Literal, Path, parse_condition};
use crate::repository::document::KoraEmbed;
use crate::repository::filter::Where;
use crate::repository::key::{Elements, KoraKey, Operand, Optional, SortedKey, TextKey, literal};
use crate::repository::kind::{
    Comparing, Containing, Kind, NoIndex, PartialIndex, Phantom, Ranged, Reach, Scan, Single,
};
use crate::repository::order::OrderBy;
use crate::repository::place::Place;

/// A field of documents `D`, of type `T`, with an index of kind `I`.
///
/// `User::fields()` has one for each field of `User`.
///
/// ```
/// # use kora::KoraDocument;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize, KoraDocument)]
/// # #[kora(collection = "users")]
/// # struct User {
/// #     #[kora(id)]
/// #     id: String,
/// #     #[kora(index = sorted)]
/// #     age: u32,
/// # }
/// let f = User::fields();
/// assert_eq!(f.age.ge(18).to_string(), "age >= 18");
/// ```
pub struct Field<D, T, I> {
    place: &'static Place,
    types: Phantom<(D, T, I)>,
}

impl<D, T, I> Clone for Field<D, T, I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D, T, I> Copy for Field<D, T, I> {}

impl<D, T, I> fmt::Debug for Field<D, T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({self})")
    }
}

/// The path, as queries write it.
impl<D, T, I> fmt::Display for Field<D, T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.path() {
            Ok(path) => path.fmt(f),
            Err(_) => f.write_str(self.place.name),
        }
    }
}

impl<D, T, I> Field<D, T, I> {
    /// The field at a place; for generated code.
    #[doc(hidden)]
    pub const fn at(place: &'static Place) -> Self {
        Field { place, types: PhantomData }
    }

    /// The field at a place that is known by a type; for generated code.
    ///
    /// # Panics
    /// When the place is no field.
    #[doc(hidden)]
    pub fn of<L: Location>() -> Self {
        Field::at(const { L::PLACE.expect("a token stands for a field") })
    }

    pub(super) fn path(self) -> Result<Path> {
        self.place.path()
    }

    pub(super) fn place(self) -> &'static Place {
        self.place
    }

    /// The same field, without a claim to its index: every operator is there, and the filter goes to
    /// [`Repository::scan`](crate::Repository::scan).
    #[must_use]
    pub fn scan(self) -> Field<D, T, NoIndex> {
        Field { place: self.place, types: PhantomData }
    }

    fn filter<S>(self, condition: impl FnOnce(Path) -> Result<Condition>) -> Where<D, S> {
        let condition = self.path().and_then(condition);
        Where::new(condition, self.place.is_sensitive())
    }

    fn compare<S, V: Serialize>(self, comparison: Comparison, value: &V) -> Where<D, S> {
        self.filter(|path| Ok(Condition::Compare { path, comparison, literal: literal(value)? }))
    }

    /// The field has this value.
    pub fn eq<V>(self, value: V) -> Where<D, I::Equal>
    where
        V: Operand<T>,
        T: KoraKey,
        I: Comparing,
    {
        self.compare(Comparison::Equal, &value)
    }

    /// The field has not this value; true where it is missing.
    pub fn ne<V>(self, value: V) -> Where<D, Scan>
    where
        V: Operand<T>,
        T: KoraKey,
        I: Comparing,
    {
        self.compare::<Scan, V>(Comparison::Equal, &value).not()
    }

    /// The field has one of these values.
    pub fn in_list<V>(self, values: impl IntoIterator<Item = V>) -> Where<D, I::In>
    where
        V: Operand<T>,
        T: KoraKey,
        I: Comparing,
    {
        let literals: Result<Vec<Literal>> =
            values.into_iter().map(|value| literal(&value)).collect();
        self.filter(|path| Ok(Condition::In { path, set: literals?.into() }))
    }

    /// The field is above this value.
    pub fn gt<V>(self, value: V) -> Where<D, I::Range>
    where
        V: Operand<T>,
        T: SortedKey,
        I: Ranged,
    {
        self.compare(Comparison::Greater, &value)
    }

    /// The field has this value, or one above it.
    pub fn ge<V>(self, value: V) -> Where<D, I::Range>
    where
        V: Operand<T>,
        T: SortedKey,
        I: Ranged,
    {
        self.compare(Comparison::GreaterOrEqual, &value)
    }

    /// The field is below this value.
    pub fn lt<V>(self, value: V) -> Where<D, I::Range>
    where
        V: Operand<T>,
        T: SortedKey,
        I: Ranged,
    {
        self.compare(Comparison::Less, &value)
    }

    /// The field has this value, or one below it.
    pub fn le<V>(self, value: V) -> Where<D, I::Range>
    where
        V: Operand<T>,
        T: SortedKey,
        I: Ranged,
    {
        self.compare(Comparison::LessOrEqual, &value)
    }

    /// The field is from `low` to `high`, both included.
    pub fn between<V, W>(self, low: V, high: W) -> Where<D, I::Range>
    where
        V: Operand<T>,
        W: Operand<T>,
        T: SortedKey,
        I: Ranged,
    {
        self.filter(|path| {
            Ok(Condition::Between { path, low: literal(&low)?, high: literal(&high)? })
        })
    }

    /// The field is a text that begins so.
    pub fn starts_with(self, prefix: &str) -> Where<D, I::Range>
    where
        T: TextKey,
        I: Ranged,
    {
        self.filter(|path| Ok(Condition::StartsWith { path, prefix: prefix.into() }))
    }

    /// The field is an array that has this element.
    pub fn contains<V>(self, element: V) -> Where<D, I::Contains>
    where
        T: Elements<Item: KoraKey>,
        V: Operand<T::Item>,
        I: Containing,
    {
        let literals = literal(&element).map(|literal| vec![literal]);
        self.filter(|path| Ok(Condition::ContainsAny { path, set: literals?.into() }))
    }

    /// The field is an array that has one of these elements.
    pub fn contains_any<V>(self, elements: impl IntoIterator<Item = V>) -> Where<D, I::Contains>
    where
        T: Elements<Item: KoraKey>,
        V: Operand<T::Item>,
        I: Containing,
    {
        let literals: Result<Vec<Literal>> =
            elements.into_iter().map(|element| literal(&element)).collect();
        self.filter(|path| Ok(Condition::ContainsAny { path, set: literals?.into() }))
    }

    /// The field is an array that has all of these elements. Every array has all of none.
    pub fn contains_all<V>(self, elements: impl IntoIterator<Item = V>) -> Where<D, I::Contains>
    where
        T: Elements<Item: KoraKey>,
        V: Operand<T::Item>,
        I: Containing,
    {
        let literals: Result<Vec<Literal>> =
            elements.into_iter().map(|element| literal(&element)).collect();
        self.filter(|path| Ok(Condition::ContainsAll { path, set: literals?.into() }))
    }

    /// The field is null or missing.
    pub fn is_none(self) -> Where<D, I::Null>
    where
        T: Optional,
        I: Kind,
    {
        self.filter(|path| {
            let missing = Condition::Exists { path: path.clone() }.negate();
            Ok(null(path).or(missing))
        })
    }

    /// The field has a value that is not null.
    pub fn is_some(self) -> Where<D, Scan>
    where
        T: Optional,
    {
        self.filter(|path| Ok(Condition::Exists { path: path.clone() }.and(null(path).negate())))
    }

    /// Lowest first.
    pub fn asc(self) -> OrderBy<D>
    where
        T: KoraKey,
        I: Single,
    {
        OrderBy::new(self.path(), Direction::Ascending)
    }

    /// Highest first.
    pub fn desc(self) -> OrderBy<D>
    where
        T: KoraKey,
        I: Single,
    {
        OrderBy::new(self.path(), Direction::Descending)
    }
}

fn null(path: Path) -> Condition {
    Condition::Compare { path, comparison: Comparison::Equal, literal: Literal::Null }
}

/// Several fields of documents `D` that have one index together; `T` is a tuple of their types.
pub struct Compound<D, T, I> {
    places: &'static [&'static Place],
    /// Which documents the index holds, when not all.
    when: Option<&'static str>,
    types: Phantom<(D, T, I)>,
}

impl<D, T, I> Clone for Compound<D, T, I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D, T, I> Copy for Compound<D, T, I> {}

impl<D, T, I> fmt::Debug for Compound<D, T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.places.iter().map(|place| place.name);
        f.write_str("Compound")?;
        f.debug_list().entries(names).finish()
    }
}

impl<D, T, I> Compound<D, T, I> {
    /// The fields at some places; for generated code.
    #[doc(hidden)]
    pub const fn at(places: &'static [&'static Place], when: Option<&'static str>) -> Self {
        Compound { places, when, types: PhantomData }
    }

    /// The fields have these values, and the document is one that the index holds.
    pub fn eq<V>(self, values: V) -> Where<D, I::Equal>
    where
        V: Operands<T>,
        I: Kind,
    {
        let condition = || {
            let when = self.when.map(parse_condition).transpose().map_err(Error::query)?;
            let mut terms: Vec<Condition> = when.into_iter().collect();
            for (place, literal) in self.places.iter().zip(values.literals()?.0) {
                let (path, comparison) = (place.path()?, Comparison::Equal);
                terms.push(Condition::Compare { path, comparison, literal });
            }
            Ok(Condition::all_of(terms))
        };
        Where::new(condition(), self.places.iter().any(|place| place.is_sensitive()))
    }

    /// The fields are equal by the values, without a claim to the index.
    #[must_use]
    pub fn scan(self) -> Compound<D, T, PartialIndex> {
        Compound { places: self.places, when: self.when, types: PhantomData }
    }
}

/// Values for the fields of a compound index, in its order.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit the fields of this index",
    label = "a tuple `{T}` is expected here"
)]
pub trait Operands<T> {
    #[doc(hidden)]
    fn literals(&self) -> Result<Literals>;
}

/// The values of a compound index, as a query has them.
#[derive(Debug)]
pub struct Literals(Vec<Literal>);

macro_rules! tuples {
    ($(($($T:ident $V:ident $at:tt),*);)*) => {
        $(
            impl<$($T, $V: Operand<$T>),*> Operands<($($T,)*)> for ($($V,)*) {
                fn literals(&self) -> Result<Literals> {
                    Ok(Literals(vec![$(literal(&self.$at)?),*]))
                }
            }
        )*
    };
}

tuples! {
    (A V 0);
    (A V 0, B W 1);
    (A V 0, B W 1, C X 2);
    (A V 0, B W 1, C X 2, E Y 3);
}

/// A place that is known by a type, so that the fields of a nested struct can be placed under it.
pub trait Location: 'static {
    /// The field; `None` for the document itself.
    const PLACE: Option<&'static Place>;
}

/// The document itself.
#[derive(Debug)]
pub enum Root {}

impl Location for Root {
    const PLACE: Option<&'static Place> = None;
}

/// Names of fields, by number.
pub trait Names: 'static {
    /// The names, and whether their values are sensitive.
    const NAMES: &'static [(&'static str, bool)];
}

/// The field with a number of a type, under a place.
#[derive(Debug)]
pub struct Under<P, T, const N: usize>(PhantomData<(P, T)>);

impl<P: Location, T: Names, const N: usize> Location for Under<P, T, N> {
    const PLACE: Option<&'static Place> =
        Some(&Place::under(T::NAMES[N].0, P::PLACE, T::NAMES[N].1));
}

/// A nested struct within documents `D`: its fields, and itself as a field.
pub struct Nested<D, T: KoraEmbed, R: Reach> {
    place: &'static Place,
    fields: T::Fields<D, R>,
}

impl<D, T: KoraEmbed, R: Reach> Clone for Nested<D, T, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D, T: KoraEmbed, R: Reach> Copy for Nested<D, T, R> {}

impl<D, T: KoraEmbed, R: Reach> fmt::Debug for Nested<D, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nested({})", self.whole())
    }
}

/// `f.address.city` is the field of a field.
impl<D, T: KoraEmbed, R: Reach> Deref for Nested<D, T, R> {
    type Target = T::Fields<D, R>;

    fn deref(&self) -> &T::Fields<D, R> {
        &self.fields
    }
}

impl<D, T: KoraEmbed, R: Reach> Nested<D, T, R> {
    /// The fields at a place; for generated code.
    ///
    /// # Panics
    /// When the place is no field.
    #[doc(hidden)]
    pub fn of<L: Location>() -> Self {
        let place = const { L::PLACE.expect("a nested struct is a field") };
        Nested { place, fields: T::tokens::<D, R, L>() }
    }

    /// The nested struct as one field: to set it, to push to an array of it, to ask whether it is
    /// there.
    pub fn whole(&self) -> Field<D, T, R::Of<NoIndex>> {
        Field::at(self.place)
    }
}
