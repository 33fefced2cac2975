//! Values for the open places of a condition: the `?` of `city = ? AND age > ?`.

use smallvec::SmallVec;

use crate::query::Literal;

/// A value for a `?`: a number, a string, a boolean, null, or a list of them.
///
/// Made of the Rust values that are such by `From`; `None` is null.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter(pub(crate) Literal);

/// Values for all `?` of a condition, in their order: a tuple of up to eight, or an array, a slice or
/// a vector of values of one type.
///
/// ```
/// use kora::{Filter, Parameter};
///
/// let adults = Filter::parse("city = ? AND age >= ?")?.bind(("Accra", 18))?;
/// assert_eq!(adults.to_string(), "city = 'Accra' AND age >= 18");
/// let either = Filter::parse("city = ? OR city = ?")?.bind(["Accra", "Kumasi"])?;
/// assert_eq!(either.to_string(), "city = 'Accra' OR city = 'Kumasi'");
/// let several = Filter::parse("city IN ?")?.bind((vec!["Kumasi", "Accra"],))?;
/// assert_eq!(several.to_string(), "city IN ('Accra', 'Kumasi')");
/// let mixed: Vec<Parameter> = vec!["Accra".into(), 18.into()];
/// assert_eq!(Filter::parse("city = ? AND age >= ?")?.bind(mixed)?, adults);
/// # Ok::<(), kora::Error>(())
/// ```
pub trait Parameters {
    /// The values in a row.
    fn into_parameters(self) -> ParameterList;
}

/// Values in a row, as [`Parameters`] gives them.
#[derive(Clone, Debug, Default)]
pub struct ParameterList(pub(crate) SmallVec<[Parameter; 4]>);

impl<P: Into<Parameter>> FromIterator<P> for ParameterList {
    fn from_iter<I: IntoIterator<Item = P>>(values: I) -> ParameterList {
        ParameterList(values.into_iter().map(Into::into).collect())
    }
}

macro_rules! scalars {
    ($($Type:ty => $literal:expr;)*) => {
        $(
            impl From<$Type> for Parameter {
                fn from(value: $Type) -> Parameter {
                    let literal: fn($Type) -> Literal = $literal;
                    Parameter(literal(value))
                }
            }

            impl From<Option<$Type>> for Parameter {
                fn from(value: Option<$Type>) -> Parameter {
                    value.map_or(Parameter(Literal::Null), Parameter::from)
                }
            }

            /// A list, for `IN ?`; behind `=` an array.
            impl From<Vec<$Type>> for Parameter {
                fn from(values: Vec<$Type>) -> Parameter {
                    let literals = values.into_iter().map(|value| Parameter::from(value).0);
                    Parameter(Literal::Array(literals.collect()))
                }
            }

            /// A list, for `IN ?`; behind `=` an array.
            impl From<&[$Type]> for Parameter {
                fn from(values: &[$Type]) -> Parameter {
                    let literals = values.iter().map(|value| Parameter::from(value.clone()).0);
                    Parameter(Literal::Array(literals.collect()))
                }
            }
        )*
    };
}

scalars! {
    bool => Literal::from;
    i8 => Literal::from;
    i16 => Literal::from;
    i32 => Literal::from;
    i64 => Literal::from;
    isize => |value| Literal::from(value as i64);
    u8 => Literal::from;
    u16 => Literal::from;
    u32 => Literal::from;
    u64 => Literal::from;
    usize => |value| Literal::from(value as u64);
    f32 => |value| Literal::from(f64::from(value));
    f64 => Literal::from;
    &str => |value| Literal::from(value);
    &String => |value| Literal::from(value.as_str());
    String => Literal::from;
}

impl<P: Into<Parameter>, const N: usize> Parameters for [P; N] {
    fn into_parameters(self) -> ParameterList {
        self.into_iter().collect()
    }
}

impl<P: Into<Parameter>> Parameters for Vec<P> {
    fn into_parameters(self) -> ParameterList {
        self.into_iter().collect()
    }
}

impl<P: Into<Parameter> + Clone> Parameters for &[P] {
    fn into_parameters(self) -> ParameterList {
        self.iter().cloned().collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))*) => {
        $(
            impl<$($name: Into<Parameter>),+> Parameters for ($($name,)+) {
                fn into_parameters(self) -> ParameterList {
                    #[expect(non_snake_case, reason = "a value has the name of its type")]
                    let ($($name,)+) = self;
                    let mut list = ParameterList::default();
                    $(list.0.push($name.into());)+
                    list
                }
            }
        )*
    };
}

tuples! {
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
    (A B C D E F G)
    (A B C D E F G H)
}
