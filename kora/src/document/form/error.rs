//! Why a value has no form, a form is no such value, or a change is refused: what, and at which
//! field.
//!
//! The only place in this folder that makes error text. Messages of serde's own traits are kept as
//! they come.

use std::fmt;

use super::{DEPTH_MAX, Kind, SIZE_MAX};

/// What every fallible function of forms returns.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// A [`Problem`] and the path to the value that has it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Error(Box<Located>);

#[derive(Clone, PartialEq, Eq)]
struct Located {
    problem: Problem,
    /// From the inside out: an error is found deep and finds its path on the way up.
    steps: Vec<Step>,
    /// The line and the column of the text that was being read.
    place: Option<(usize, usize)>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into the field of an object.
    Field(Box<str>),
    /// Into the element of an array, counted from 0.
    Element(usize),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The top of a document is not an object.
    NotADocument(Kind),
    /// Arrays and objects nest deeper than [`DEPTH_MAX`].
    TooDeep,
    /// The form would be longer than [`SIZE_MAX`].
    TooLarge,
    /// A float is NaN or infinite, or would become so.
    NotFinite,
    /// An integer is below -2^63 or above 2^64-1, or would become so.
    IntegerOutOfRange,
    /// Two fields of an object have this name.
    Twins(Box<str>),
    /// The key of a map is neither a string nor something that has one clear text.
    KeyNotAString,
    /// The text is not JSON.
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
        /// What the parser says.
        message: Box<str>,
    },
    /// The value does not fit the type it is to become, or its type refuses to be written. The
    /// message is serde's or the type's own.
    Mismatch(Box<str>),
    /// A type writes itself in a way that serde does not allow: a key without a value, say, or over
    /// an error.
    Incomplete,
    /// A path goes through a value that is no object.
    NotAnObject(Kind),
    /// Elements are to be pushed to or pulled from what is no array.
    NotAnArray(Kind),
    /// A number is to be added to what is none.
    NotANumber(Kind),
    /// A path has no step.
    EmptyPath,
    /// The bytes are no form.
    Damaged,
}

impl Error {
    /// What is wrong.
    #[cfg(test)]
    pub(crate) fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// The way from the top to the value that has the problem.
    pub(crate) fn path(&self) -> impl Iterator<Item = &Step> {
        self.0.steps.iter().rev()
    }

    /// The same error, seen from the object whose field has it.
    #[cold]
    pub(crate) fn under_field(mut self, name: &str) -> Self {
        self.0.steps.push(Step::Field(name.into()));
        self
    }

    /// The same error, met at this line and column of a text, both counted from 1.
    #[cold]
    pub(super) fn at(mut self, line: usize, column: usize) -> Self {
        self.0.place = Some((line, column));
        self
    }

    /// The same error, seen from the array whose element has it.
    #[cold]
    pub(super) fn under_element(mut self, index: usize) -> Self {
        self.0.steps.push(Step::Element(index));
        self
    }
}

impl From<Problem> for Error {
    #[cold]
    fn from(problem: Problem) -> Self {
        Error(Box::new(Located { problem, steps: Vec::new(), place: None }))
    }
}

impl std::error::Error for Error {}

impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Problem::Mismatch(message.to_string().into()).into()
    }
}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Problem::Mismatch(message.to_string().into()).into()
    }
}

/// `address.lines[2]: invalid type: null, expected a string`
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.0.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        for (index, step) in self.path().enumerate() {
            match step {
                Step::Field(name) if index == 0 => write!(f, "{name}")?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Element(index) => write!(f, "[{index}]")?,
            }
        }
        if !self.0.steps.is_empty() {
            f.write_str(": ")?;
        }
        write!(f, "{}", self.0.problem)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NotADocument(kind) => write!(f, "a document is an object, not {kind}"),
            Problem::TooDeep => write!(f, "nested deeper than {DEPTH_MAX} arrays and objects"),
            Problem::TooLarge => write!(f, "larger than {SIZE_MAX} bytes"),
            Problem::NotFinite => f.write_str("not a finite number"),
            Problem::IntegerOutOfRange => f.write_str("integer below -2^63 or above 2^64-1"),
            Problem::Twins(name) => write!(f, "two fields have the name {name:?}"),
            Problem::KeyNotAString => f.write_str("a key must be a string"),
            Problem::Json { line, column, message } => {
                write!(f, "line {line}, column {column}: {message}")
            }
            Problem::Mismatch(message) => f.write_str(message),
            Problem::Incomplete => f.write_str("the value was written incompletely"),
            Problem::NotAnObject(kind) => write!(f, "not an object but {kind}"),
            Problem::NotAnArray(kind) => write!(f, "not an array but {kind}"),
            Problem::NotANumber(kind) => write!(f, "not a number but {kind}"),
            Problem::EmptyPath => f.write_str("a path needs a field"),
            Problem::Damaged => f.write_str("the bytes are no document"),
        }
    }
}
