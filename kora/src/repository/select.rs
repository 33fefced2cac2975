//! Parts of documents: some fields, read without the rest.

use serde::de::DeserializeOwned;

use crate::document::form::{self, ValueRef};
use crate::document::ops::bad_form;
use crate::error::Result;
use crate::repository::field::Field;
use crate::repository::kind::Single;

/// What can be taken of documents `D`: a field, or a tuple of fields.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected from `{D}`",
    label = "expected a field of `{D}`, or a tuple of up to eight of them"
)]
pub trait Selection<D>: Copy + Send + 'static {
    /// What is taken of each document.
    type Row: Send + 'static;

    #[doc(hidden)]
    fn read(&self, form: &Stored<'_>) -> Result<Self::Row>;
}

/// A document as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'f>(pub(super) ValueRef<'f>);

impl<D, T, I> Selection<D> for Field<D, T, I>
where
    D: 'static,
    T: DeserializeOwned + Send + 'static,
    I: Single,
{
    type Row = T;

    fn read(&self, stored: &Stored<'_>) -> Result<T> {
        // What is missing reads as null does: an `Option` is none, all else says so.
        let form = self.place().form_in(stored.0).unwrap_or(form::NULL_FORM);
        form::from_opening(form).map_err(|error| bad_form(&self.place().locate(error)))
    }
}

macro_rules! tuples {
    ($(($($T:ident $at:tt),*);)*) => {
        $(
            impl<D, $($T: Selection<D>),*> Selection<D> for ($($T,)*) {
                type Row = ($($T::Row,)*);

                fn read(&self, stored: &Stored<'_>) -> Result<Self::Row> {
                    Ok(($(self.$at.read(stored)?,)*))
                }
            }
        )*
    };
}

tuples! {
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, E 3);
    (A 0, B 1, C 2, E 3, F 4);
    (A 0, B 1, C 2, E 3, F 4, G 5);
    (A 0, B 1, C 2, E 3, F 4, G 5, H 6);
    (A 0, B 1, C 2, E 3, F 4, G 5, H 6, J 7);
}
