//! Changes of a document at paths, as data: what UPDATE says and `Update` collects.

use smallvec::SmallVec;

use crate::document::form::{self, Form, Number, ValueRef, update};
use crate::document::ops::bad_form;
use crate::error::Result;
use crate::query::Path;

/// One change of a document at a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// The path has this value.
    Set(Path, Form),
    /// The path is not there.
    Unset(Path),
    /// The number at the path is so much more.
    Add(Path, Number),
    /// The array at the path has one more element.
    Push(Path, Form),
    /// The array at the path has no such element.
    Pull(Path, Form),
}

/// A form with changes made to it, one after the other.
pub(crate) fn apply(form: &[u8], steps: &[Step]) -> Result<Form> {
    let mut now: Option<Form> = None;
    for step in steps {
        let current = now.as_deref().unwrap_or(form);
        if let Some(changed) = step.apply(current).map_err(|error| bad_form(&error))? {
            now = Some(changed);
        }
    }
    Ok(now.unwrap_or_else(|| form.into()))
}

impl Step {
    /// The form after the change; `None` when there is nothing to change.
    fn apply(&self, form: &[u8]) -> form::Result<Option<Form>> {
        match self {
            Step::Set(path, value) => update::set_form(form, &names(path), value).map(Some),
            Step::Unset(path) => update::unset(form, &names(path)),
            Step::Add(path, number) => update::add(form, &names(path), *number).map(Some),
            Step::Push(path, value) => update::push(form, &names(path), read(value)).map(Some),
            Step::Pull(path, value) => update::pull(form, &names(path), read(value)),
        }
    }
}

/// A value that was made by this program.
fn read(form: &Form) -> ValueRef<'_> {
    ValueRef::new(form).expect("a form that was written is whole")
}

fn names(path: &Path) -> SmallVec<[&str; 8]> {
    path.names().iter().map(|name| &**name).collect()
}
