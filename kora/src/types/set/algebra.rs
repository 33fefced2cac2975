//! Intersection, union and difference of sets that lie somewhere else.
//!
//! The result is visited member by member, each once, and never collected here: who wants a
//! reply, a number or a new set makes it. A union and a difference may remember members that
//! they met, as borrowed elements; no text is copied.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::map::hash;
use crate::types::packed::Element;
use crate::types::set::view::SetView;

/// Visits the members that all sets have, until `visit` says no. O(smallest set × sets).
pub(crate) fn intersection<'a>(
    sets: &mut [SetView<'a>],
    mut visit: impl FnMut(Element<'a>) -> bool,
) {
    sets.sort_by_key(|set| set.len());
    if let Some((smallest, others)) = sets.split_first() {
        let is_common = |member| others.iter().all(|other| other.has(member));
        smallest.all(|member| !is_common(member) || visit(member));
    }
}

/// Visits the members that any set has. O(sum of the sets).
///
/// What the largest set does not have is remembered until the last set is visited, so the union
/// of two remembers nothing.
pub(crate) fn union<'a>(sets: &mut [SetView<'a>], mut visit: impl FnMut(Element<'a>)) {
    sets.sort_by_key(|set| set.len());
    let Some((largest, others)) = sets.split_last() else { return };
    largest.each(&mut visit);
    let mut met = Met::default();
    for (at, other) in others.iter().enumerate() {
        let is_last = at + 1 == others.len();
        other.each(|member| {
            let is_new =
                !largest.has(member) && if is_last { !met.has(member) } else { met.add(member) };
            if is_new {
                visit(member);
            }
        });
    }
}

/// Visits the members of a set that none of the others has.
///
/// Either each member is looked up in the others, those that take most away first, or each
/// member of the others in the set, whichever takes fewer steps; Redis chooses so too.
pub(crate) fn difference<'a>(
    set: SetView<'a>,
    others: &mut [SetView<'a>],
    mut visit: impl FnMut(Element<'a>),
) {
    let sum = others.iter().map(|other| other.len()).sum::<usize>();
    if set.len() * others.len() <= set.len() + 2 * sum {
        others.sort_by_key(|other| std::cmp::Reverse(other.len()));
        set.each(|member| {
            if !others.iter().any(|other| other.has(member)) {
                visit(member);
            }
        });
        return;
    }
    let mut taken = Met::default();
    for other in others {
        other.each(|member| {
            if set.has(member) {
                taken.add(member);
            }
        });
    }
    set.each(|member| {
        if !taken.has(member) {
            visit(member);
        }
    });
}

/// Members that were met, borrowed.
#[derive(Debug, Default)]
pub(super) struct Met<'a>(HashTable<Element<'a>>);

impl<'a> Met<'a> {
    /// Remembers a member; whether it is met for the first time.
    pub(super) fn add(&mut self, member: Element<'a>) -> bool {
        let is_it = |other: &Element<'_>| *other == member;
        match self.0.entry(hash_of(member), is_it, |other| hash_of(*other)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(member);
                true
            }
        }
    }

    fn has(&self, member: Element<'_>) -> bool {
        !self.0.is_empty() && self.0.find(hash_of(member), |other| *other == member).is_some()
    }
}

fn hash_of(member: Element<'_>) -> u64 {
    member.with_bytes(hash)
}
