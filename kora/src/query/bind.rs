//! Values into the places of a condition that were left open for them: the `?` of `city = ?`.
//!
//! A value takes its place in the tree, never in the text, so whatever is in it stays a value. Places
//! have no numbers of their own: they are filled in the order in which the condition is written,
//! also when it was put together of several.
//!
//! The invariant: a condition that was bound has no open place, and is one that a text could say.

use smallvec::SmallVec;

use super::ast::{Comparison, Condition};
use super::error::{QueryError, shown};
use super::eval::is_ordered;
use super::literal::{Literal, LiteralSet};
use super::value::{Class, Node};

type Result<T> = std::result::Result<T, QueryError>;

const ANY: &[&str] = &["a value"];
const ORDERED: &[&str] = &["a number", "a string"];
const NUMBER: &[&str] = &["a number"];
const TEXT: &[&str] = &["a string"];
const LIST: &[&str] = &["a list"];
const FINITE: &[&str] = &["a finite number"];
const AS_MANY: &[&str] = &["as many values as there are ?"];

/// The values that are left, and how many were taken.
struct Values<I> {
    left: I,
    taken: usize,
    /// Whether one of them was a list, which may pass a limit.
    has_lists: bool,
}

impl Condition {
    /// The same condition with these values in its open places, one for each.
    ///
    /// # Errors
    /// Too few or too many values; one that cannot stand in its place; a condition beyond a limit,
    /// before and after.
    pub(crate) fn bind(&self, values: impl ExactSizeIterator<Item = Literal>) -> Result<Condition> {
        self.check_size()?;
        let given = values.len();
        let mut values = Values { left: values, taken: 0, has_lists: false };
        let bound = values.condition(self);
        if bound.is_err() || values.taken < given {
            // Too few or too many is what is wrong, whatever else is.
            let places = self.places();
            if places != given {
                return Err(QueryError::beyond(AS_MANY, format!("{given} for {places}").into()));
            }
        }
        let bound = bound?;
        if values.has_lists {
            bound.check()?;
        }
        Ok(bound)
    }

    /// How many open places there are. Recurses as deep as the condition, whose size was checked.
    pub(super) fn places(&self) -> usize {
        let own = match self {
            Condition::Between { low, high, .. } => low.places() + high.places(),
            Condition::StartsWith { prefix, .. } => prefix.places(),
            Condition::All
            | Condition::Compare { .. }
            | Condition::In { .. }
            | Condition::ContainsAny { .. }
            | Condition::ContainsAll { .. }
            | Condition::Exists { .. }
            | Condition::And(_)
            | Condition::Or(_)
            | Condition::Not(_) => {
                self.literals().unwrap_or_default().iter().map(Literal::places).sum()
            }
        };
        own + self.children().iter().map(Condition::places).sum::<usize>()
    }

    /// Refuses a condition with open places.
    pub(super) fn check_bound(&self) -> Result<()> {
        match self.places() {
            0 => Ok(()),
            places => Err(QueryError::beyond(AS_MANY, format!("0 for {places}").into())),
        }
    }
}

impl<I: Iterator<Item = Literal>> Values<I> {
    fn condition(&mut self, condition: &Condition) -> Result<Condition> {
        Ok(match condition {
            Condition::All | Condition::Exists { .. } => condition.clone(),
            Condition::Compare { path, comparison, literal } => {
                let literal = if *comparison == Comparison::Equal {
                    self.literal(literal)?
                } else {
                    self.ordered(literal)?
                };
                Condition::Compare { path: path.clone(), comparison: *comparison, literal }
            }
            Condition::In { path, set } => {
                Condition::In { path: path.clone(), set: self.set(set)? }
            }
            Condition::ContainsAny { path, set } => {
                Condition::ContainsAny { path: path.clone(), set: self.set(set)? }
            }
            Condition::ContainsAll { path, set } => {
                Condition::ContainsAll { path: path.clone(), set: self.set(set)? }
            }
            Condition::Between { path, low, high } => {
                // An end that is written says what the other may be.
                let low = if *low == Literal::Open && *high != Literal::Open {
                    self.like(low, high)?
                } else {
                    self.ordered(low)?
                };
                let high = self.like(high, &low)?;
                Condition::Between { path: path.clone(), low, high }
            }
            Condition::StartsWith { path, prefix } => {
                let is_text = |value: &Literal| value.value().class() == Class::String;
                let prefix = self.fitting(prefix, TEXT, is_text)?;
                Condition::StartsWith { path: path.clone(), prefix }
            }
            Condition::And(terms) => Condition::And(self.conditions(terms)?),
            Condition::Or(terms) => Condition::Or(self.conditions(terms)?),
            Condition::Not(term) => self.condition(term)?.negate(),
        })
    }

    fn conditions(&mut self, terms: &[Condition]) -> Result<Vec<Condition>> {
        terms.iter().map(|term| self.condition(term)).collect()
    }

    fn set(&mut self, set: &LiteralSet) -> Result<LiteralSet> {
        if let [Literal::OpenList] = set.as_slice() {
            let is_list = |value: &Literal| matches!(value, Literal::Array(_));
            let Literal::Array(values) = self.fitting(&Literal::Open, LIST, is_list)? else {
                return Ok(LiteralSet::default());
            };
            return Ok(values.into_vec().into());
        }
        let literals: Result<Vec<Literal>> =
            set.as_slice().iter().map(|literal| self.literal(literal)).collect();
        Ok(literals?.into())
    }

    fn literal(&mut self, literal: &Literal) -> Result<Literal> {
        self.fitting(literal, ANY, |_| true)
    }

    fn ordered(&mut self, literal: &Literal) -> Result<Literal> {
        self.fitting(literal, ORDERED, is_ordered)
    }

    /// A number for a number, a string for a string.
    fn like(&mut self, literal: &Literal, other: &Literal) -> Result<Literal> {
        let class = other.value().class();
        let expected = if class == Class::Number { NUMBER } else { TEXT };
        self.fitting(literal, expected, |value| value.value().class() == class)
    }

    /// What stands in a place: the value for an open one, which has to fit, or what is there.
    fn fitting(
        &mut self,
        literal: &Literal,
        expected: &'static [&'static str],
        fits: impl Fn(&Literal) -> bool,
    ) -> Result<Literal> {
        if let Literal::Array(elements) = literal {
            let elements = elements.iter().map(|element| self.literal(element));
            return elements.collect::<Result<_>>().map(Literal::Array);
        }
        if *literal != Literal::Open {
            return Ok(literal.clone());
        }
        let value = self.left.next().ok_or_else(|| QueryError::beyond(ANY, "none".into()))?;
        self.taken += 1;
        self.has_lists |= matches!(value, Literal::Array(_));
        if !is_finite(&value) {
            return Err(self.bad(FINITE, &value));
        }
        if fits(&value) { Ok(value) } else { Err(self.bad(expected, &value)) }
    }

    fn bad(&self, expected: &'static [&'static str], value: &Literal) -> QueryError {
        let found = format!("{} as value {}", shown(&value.to_string()), self.taken);
        QueryError::beyond(expected, found.into())
    }
}

/// Whether JSON has all numbers in a value. Takes no stack, however deep arrays are nested.
fn is_finite(value: &Literal) -> bool {
    if value.elements_of_array().is_none() {
        return !matches!(value, Literal::Float(float) if !float.is_finite());
    }
    let mut waiting: SmallVec<[&Literal; 8]> = SmallVec::from_slice(&[value]);
    while let Some(value) = waiting.pop() {
        if matches!(value, Literal::Float(float) if !float.is_finite()) {
            return false;
        }
        waiting.extend(value.elements_of_array().unwrap_or_default());
    }
    true
}
