//! Members chosen at random: several different ones, or the same ones over again.
//!
//! Nothing is removed here. Choosing many of a set walks over it once; choosing few of a large
//! one looks them up one by one, so neither ends in drawing again and again what was drawn
//! before. `random` returns random numbers, wherever from.

use bytes::Bytes;

use crate::types::packed::Element;
use crate::types::set::algebra::Met;
use crate::types::set::value::{Set, SetBuilder};
use crate::types::set::view::{SetView, below};

/// A walk reads a member in much less time than a lookup and the memory of it take, and up to a
/// third of the set at most every third choice was made before.
const WALK_FROM: usize = 3;

/// Different members, each as likely as any other; all of them if there are not more. O(count),
/// or O(members) if that is not much more.
pub(crate) fn distinct<'a>(
    set: SetView<'a>,
    count: usize,
    mut random: impl FnMut() -> u64,
) -> Vec<Element<'a>> {
    let count = count.min(set.len());
    let mut chosen = Vec::with_capacity(count);
    if is_walked(set, count) {
        let mut lots = Lots { left: set.len(), wanted: count };
        set.all(|member| {
            if lots.draw(&mut random) {
                chosen.push(member);
            }
            lots.wanted > 0
        });
        return chosen;
    }
    let mut met = Met::default();
    while chosen.len() < count {
        if let Some(member) = set.pick(&mut random).filter(|member| met.add(*member)) {
            chosen.push(member);
        }
    }
    chosen
}

fn is_walked(set: SetView<'_>, count: usize) -> bool {
    match set {
        SetView::Integers(_) | SetView::Packed(_) => true,
        SetView::Table(_) => count > set.len() / WALK_FROM,
    }
}

/// Cuts a set in two: chosen members, as likely as any others, and a set of the rest. O(members).
pub(crate) fn split(
    set: SetView<'_>,
    count: usize,
    mut random: impl FnMut() -> u64,
) -> (Vec<Bytes>, Set) {
    let count = count.min(set.len());
    let mut lots = Lots { left: set.len(), wanted: count };
    let (mut chosen, mut rest) = (Vec::with_capacity(count), SetBuilder::default());
    set.each(|member| {
        if lots.draw(&mut random) {
            chosen.push(member.to_bytes());
        } else {
            rest.push(member);
        }
    });
    (chosen, rest.finish())
}

/// A member chosen about uniformly, so many times. O(count).
pub(crate) fn repeated<'a>(
    set: SetView<'a>,
    count: usize,
    mut random: impl FnMut() -> u64,
) -> impl Iterator<Item = Element<'a>> {
    (0..count).map_while(move |_| set.pick(&mut random))
}

/// Decides member by member who is chosen, so that exactly `wanted` of `left` are: Knuth's
/// algorithm S (The Art of Computer Programming 2, 3.4.2).
struct Lots {
    left: usize,
    wanted: usize,
}

impl Lots {
    fn draw(&mut self, random: &mut impl FnMut() -> u64) -> bool {
        let is_chosen = below(self.left, random()) < self.wanted;
        self.left -= 1;
        self.wanted -= usize::from(is_chosen);
        is_chosen
    }
}
