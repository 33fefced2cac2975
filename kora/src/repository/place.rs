//! Where fields stand in documents: names, one under the other, as constants.
//!
//! Nothing of types is known here; a token is a place with types, see `field.rs`.

use smallvec::smallvec;

use crate::document::form::{self, ValueRef};
use crate::document::ops::{Site, Way};
use crate::error::{Error, Result};
use crate::query::Path;

/// Where a field stands: its name, under the field around it.
#[derive(Debug)]
pub struct Place {
    pub(super) name: &'static str,
    parent: Option<&'static Place>,
    is_sensitive: bool,
}

impl Place {
    /// A field of the document itself, and whether its values are not to be shown.
    pub const fn new(name: &'static str, is_sensitive: bool) -> Place {
        Place { name, parent: None, is_sensitive }
    }

    pub(super) const fn under(
        name: &'static str,
        parent: Option<&'static Place>,
        is_sensitive: bool,
    ) -> Place {
        Place { name, parent, is_sensitive }
    }

    pub(super) fn path(&self) -> Result<Path> {
        if self.parent.is_none() {
            return Ok(Path::field(self.name));
        }
        let mut names: Vec<Box<str>> = vec![self.name.into()];
        let mut around = self.parent;
        while let Some(place) = around {
            names.push(place.name.into());
            around = place.parent;
        }
        names.reverse();
        Path::new(names).map_err(Error::query)
    }

    /// What a document has here.
    pub(super) fn value_in<'f>(&self, document: ValueRef<'f>) -> Option<ValueRef<'f>> {
        self.around_in(document)?.get(self.name)
    }

    /// The form of what a document has here, and what follows it.
    pub(super) fn form_in<'f>(&self, document: ValueRef<'f>) -> Option<&'f [u8]> {
        self.around_in(document)?.as_object()?.form_of(self.name)
    }

    /// What this is a field of. Recurses as deep as structs are nested.
    fn around_in<'f>(&self, document: ValueRef<'f>) -> Option<ValueRef<'f>> {
        self.parent.map_or(Some(document), |parent| parent.value_in(document))
    }

    /// An error of what is here, as one of the document.
    pub(super) fn locate(&self, error: form::Error) -> form::Error {
        let error = error.under_field(self.name);
        match self.parent {
            Some(parent) => parent.locate(error),
            None => error,
        }
    }

    pub(super) fn is_sensitive(&self) -> bool {
        self.is_sensitive || self.parent.is_some_and(Place::is_sensitive)
    }
}

/// No path is made of it: where a field stands is known before the program runs. That it does not
/// stand too deep for a path is seen when the repository is opened.
impl Site for &'static Place {
    fn way(&self) -> Way<'_> {
        let mut names: Way<'_> = smallvec![self.name];
        let mut around = self.parent;
        while let Some(place) = around {
            names.push(place.name);
            around = place.parent;
        }
        names.reverse();
        names
    }
}
