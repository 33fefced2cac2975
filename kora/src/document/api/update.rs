//! Changes of a document at paths.

use serde::Serialize;

use crate::document::api::IntoFilter;
use crate::document::form::{self, Number};
use crate::document::ops::{Step, bad_form};
use crate::error::{Error, Result};
use crate::query::{Condition, Path, parse_path};

/// What is to change in a document, and when; done as one step, or not at all.
///
/// ```
/// use kora::Update;
///
/// let ship = Update::new()
///     .set("state", "shipped")?
///     .unset("hold")
///     .add("revision", 1)
///     .only_if("state = 'paid'");
/// # drop(ship);
/// # Ok::<(), kora::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Update {
    condition: Condition,
    steps: Vec<Step>,
    /// The first path or condition that was none.
    error: Option<Error>,
}

impl Default for Update {
    fn default() -> Update {
        Update::new()
    }
}

/// A number to be added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Addend {
    /// A whole number.
    Integer(i64),
    /// Any other.
    Float(f64),
}

impl Addend {
    /// The number, if it is finite.
    pub(crate) fn number(self) -> Option<Number> {
        match self {
            Addend::Integer(whole) => Some(Number::from(whole)),
            Addend::Float(float) => Number::from_f64(float),
        }
    }
}

/// A number that [`Update::add`] adds.
pub trait Addable {
    /// The number.
    fn addend(self) -> Addend;
}

macro_rules! addable {
    ($($Type:ty => $Variant:ident),*) => {
        $(impl Addable for $Type {
            fn addend(self) -> Addend {
                Addend::$Variant(self.into())
            }
        })*
    };
}

addable!(i8 => Integer, i16 => Integer, i32 => Integer, i64 => Integer, u8 => Integer, u16 => Integer,
    u32 => Integer, f32 => Float, f64 => Float);

impl Update {
    /// Changes nothing yet.
    pub fn new() -> Update {
        Update { condition: Condition::All, steps: Vec::new(), error: None }
    }

    fn step(mut self, path: &str, step: impl FnOnce(Path) -> Step) -> Update {
        match parse_path(path) {
            Ok(path) => self.steps.push(step(path)),
            Err(error) => self.error = self.error.or(Some(Error::query(error))),
        }
        self
    }

    fn with<T: Serialize + ?Sized>(
        self,
        path: &str,
        value: &T,
        step: impl FnOnce(Path, form::Form) -> Step,
    ) -> Result<Update> {
        let value = form::to_value(value).map_err(|error| bad_form(&error))?;
        Ok(self.step(path, |path| step(path, value)))
    }

    /// Gives a path a value; objects on the way are made.
    ///
    /// # Errors
    /// [`DocumentError::Form`](crate::DocumentError::Form) when the value cannot be written.
    pub fn set<T: Serialize>(self, path: &str, value: T) -> Result<Update> {
        self.with(path, &value, Step::Set)
    }

    /// Takes what is at a path away.
    #[must_use]
    pub fn unset(self, path: &str) -> Update {
        self.step(path, Step::Unset)
    }

    /// Adds to the number at a path; one that is not there counts as 0. NaN and the infinities are
    /// an error of what makes the change.
    #[must_use]
    pub fn add(mut self, path: &str, number: impl Addable) -> Update {
        match number.addend().number() {
            Some(number) => self.step(path, |path| Step::Add(path, number)),
            None => {
                self.error = self.error.or(Some(Error::NotFinite));
                self
            }
        }
    }

    /// Adds an element to the array at a path; one that is not there is made.
    ///
    /// # Errors
    /// As [`Update::set`].
    pub fn push<T: Serialize>(self, path: &str, element: T) -> Result<Update> {
        self.with(path, &element, Step::Push)
    }

    /// Takes every such element out of the array at a path.
    ///
    /// # Errors
    /// As [`Update::set`].
    pub fn pull<T: Serialize>(self, path: &str, element: T) -> Result<Update> {
        self.with(path, &element, Step::Pull)
    }

    /// Changes only a document that satisfies a condition, looked at in the same step.
    #[must_use]
    pub fn only_if(mut self, filter: impl IntoFilter) -> Update {
        match filter.into_filter() {
            Ok(filter) => self.condition = self.condition.and(filter.0),
            Err(error) => self.error = self.error.or(Some(error)),
        }
        self
    }

    pub(crate) fn parts(&self) -> Result<(&Condition, &[Step])> {
        match &self.error {
            Some(error) => Err(error.clone()),
            None => Ok((&self.condition, &self.steps)),
        }
    }
}
