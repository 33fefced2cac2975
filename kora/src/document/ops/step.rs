//! Changes of a document at paths, as data: what UPDATE says and `Update` collects.

use smallvec::SmallVec;

use crate::document::form::{self, Form, Number, ValueRef, update};
use crate::document::ops::bad_form;
use crate::error::Result;
use crate::query::Path;

/// The names that lead to a value.
pub(crate) type Way<'w> = SmallVec<[&'w str; 8]>;

/// What knows where in a document a value stands.
pub(crate) trait Site {
    /// The names from the document on.
    fn way(&self) -> Way<'_>;
}

impl Site for Path {
    fn way(&self) -> Way<'_> {
        self.names().iter().map(|name| &**name).collect()
    }
}

/// One change of a document at a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step<P = Path> {
    /// The path has this value.
    Set(P, Form),
    /// The path is not there.
    Unset(P),
    /// The number at the path is so much more.
    Add(P, Number),
    /// The array at the path has one more element.
    Push(P, Form),
    /// The array at the path has no such element.
    Pull(P, Form),
}

/// A form with changes made to it, one after the other.
pub(crate) fn apply<P: Site>(form: &[u8], steps: &[Step<P>]) -> Result<Form> {
    let mut now: Option<Form> = None;
    for step in steps {
        let current = now.as_deref().unwrap_or(form);
        if let Some(changed) = step.apply(current).map_err(|error| bad_form(&error))? {
            now = Some(changed);
        }
    }
    Ok(now.unwrap_or_else(|| form.into()))
}

impl<P: Site> Step<P> {
    /// The form after the change; `None` when there is nothing to change.
    fn apply(&self, form: &[u8]) -> form::Result<Option<Form>> {
        match self {
            Step::Set(path, value) => update::set_form(form, &path.way(), value).map(Some),
            Step::Unset(path) => update::unset(form, &path.way()),
            Step::Add(path, number) => update::add(form, &path.way(), *number).map(Some),
            Step::Push(path, value) => update::push(form, &path.way(), read(value)).map(Some),
            Step::Pull(path, value) => update::pull(form, &path.way(), read(value)),
        }
    }
}

/// A value that was made by this program.
fn read(form: &Form) -> ValueRef<'_> {
    ValueRef::new(form).expect("a form that was written is whole")
}
