//! Which fields two versions of a document differ in, told by their bytes.

use smallvec::SmallVec;

use super::value::ValueRef;

/// The names of some fields.
pub(crate) type Names<'a> = SmallVec<[&'a [u8]; 4]>;

/// The names of the fields that two objects have otherwise; `None` when it takes more than a walk to
/// tell, as when fields came or went. O(size of both).
///
/// A form is canonical, so values with the same bytes are the same. Those with others may be equal all
/// the same, as 30 and 30.0 are.
pub(crate) fn changed_fields<'a>(old: ValueRef<'a>, new: ValueRef<'a>) -> Option<Names<'a>> {
    let (mut old, mut new) = (old.as_object()?.iter(), new.as_object()?.iter());
    let mut changed = Names::new();
    loop {
        match (old.next_form(), new.next_form()) {
            (Some((name, value)), Some((other_name, other))) if name == other_name => {
                if value != other {
                    changed.push(name);
                }
            }
            (None, None) if old.are_whole() && new.are_whole() => return Some(changed),
            _ => return None,
        }
    }
}
