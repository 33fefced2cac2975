//! Sets against models: what the scripts cannot see.

mod algebra;
mod intset;
mod ops;
mod sample;
mod value;

use std::collections::BTreeSet;

use super::value::Set;
use super::view::SetView;
use crate::types::packed::Element;
use crate::types::random::Random;

/// What a set should hold.
type Model = BTreeSet<Vec<u8>>;

/// What the members of a set look like.
#[derive(Clone, Copy, Debug)]
enum Flavour {
    /// Few different integers of all widths.
    Integers,
    /// Integers, and texts that may be mistaken for them.
    Mixed,
    /// Now and then one too long to be packed.
    Long,
}

const FLAVOURS: [Flavour; 3] = [Flavour::Integers, Flavour::Mixed, Flavour::Long];

/// One of about `kinds` members.
fn random_member(random: &mut Random, flavour: Flavour, kinds: usize) -> Vec<u8> {
    let number = random.within(0..kinds);
    let integer = i64::try_from(number).expect("small") - 100;
    let text = match (flavour, number % 16) {
        (Flavour::Integers, _) | (_, 0..4) => match number % 32 {
            31 => (integer << 40).to_string(),
            30 => (integer << 20).to_string(),
            _ => integer.to_string(),
        },
        (_, 4) => format!("0{number}"),
        (_, 5) => format!("+{number}"),
        (Flavour::Long, 6) => format!("{number:0>65}"),
        (_, 7) if number == 7 => String::new(),
        _ => format!("m{number}"),
    };
    text.into_bytes()
}

fn text_of(member: Element<'_>) -> Vec<u8> {
    member.with_bytes(<[u8]>::to_vec)
}

/// The members of a set, each of which must come once.
fn members(view: SetView<'_>) -> Model {
    let mut members = Model::new();
    view.each(|member| {
        assert!(members.insert(text_of(member)), "{member:?} comes twice");
    });
    members
}

fn set_of(members: &Model) -> Set {
    let mut set = Set::default();
    for member in members {
        assert!(set.insert(member));
    }
    set
}
