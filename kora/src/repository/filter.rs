//! Typed filters: a condition on documents `D`, and how indexes serve it.

use std::fmt;
use std::marker::PhantomData;

use crate::document::api::{Filter, IntoFilter};
use crate::error::Result;
use crate::query::Condition;
use crate::repository::kind::{Phantom, Scan, Served};

/// What documents of type `D` are asked for; `S` says whether an index serves it.
///
/// Made by the operators of [`Field`](crate::repository::Field), and combined here. In signatures
/// `Where<User>` is any filter: [`Where::erase`] makes it of each.
pub struct Where<D, S = Scan> {
    condition: Result<Condition>,
    is_sensitive: bool,
    types: Phantom<(D, S)>,
}

impl<D, S> Where<D, S> {
    pub(super) fn new(condition: Result<Condition>, is_sensitive: bool) -> Self {
        Where { condition, is_sensitive, types: PhantomData }
    }

    fn cast<R>(self) -> Where<D, R> {
        Where { condition: self.condition, is_sensitive: self.is_sensitive, types: PhantomData }
    }

    fn with<R, Q>(
        self,
        other: Where<D, R>,
        join: impl FnOnce(Condition, Condition) -> Condition,
    ) -> Where<D, Q> {
        let is_sensitive = self.is_sensitive || other.is_sensitive;
        let condition = match (self.condition, other.condition) {
            (Ok(one), Ok(other)) => Ok(join(one, other)),
            (Err(error), _) | (Ok(_), Err(error)) => Err(error),
        };
        Where::new(condition, is_sensitive)
    }

    /// Both filters. An index that serves one of them serves both.
    pub fn and<R: Served>(self, other: Where<D, R>) -> Where<D, S::And<R>>
    where
        S: Served,
    {
        self.with(other, Condition::and)
    }

    /// One of the filters. Both need an index.
    pub fn or<R: Served>(self, other: Where<D, R>) -> Where<D, S::Or<R>>
    where
        S: Served,
    {
        self.with(other, Condition::or)
    }

    /// The filter, if there is one: for what a user may have left open.
    pub fn and_opt<R: Served>(self, other: Option<Where<D, R>>) -> Where<D, S> {
        match other {
            Some(other) => self.with(other, Condition::and),
            None => self,
        }
    }

    /// The filter is false.
    #[expect(clippy::should_implement_trait, reason = "it reads as AND and OR do")]
    #[must_use]
    pub fn not(self) -> Where<D, Scan> {
        let is_sensitive = self.is_sensitive;
        Where::new(self.condition.map(Condition::negate), is_sensitive)
    }

    /// The same filter, without the claim that an index serves it.
    #[must_use]
    pub fn erase(self) -> Where<D> {
        self.cast()
    }

    pub(super) fn into_condition(self) -> Result<Condition> {
        self.condition
    }
}

impl<D, S> Clone for Where<D, S> {
    fn clone(&self) -> Self {
        Where::new(self.condition.clone(), self.is_sensitive)
    }
}

/// The filter as queries write it; one of sensitive fields shows none.
impl<D, S> fmt::Display for Where<D, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.condition {
            _ if self.is_sensitive => f.write_str("(sensitive)"),
            Ok(condition) => condition.fmt(f),
            Err(error) => write!(f, "({error})"),
        }
    }
}

impl<D, S> fmt::Debug for Where<D, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Where({self})")
    }
}

/// A typed filter serves where an untyped one does.
impl<D, S> IntoFilter for Where<D, S> {
    fn into_filter(self) -> Result<Filter> {
        self.condition.map(Filter)
    }
}
