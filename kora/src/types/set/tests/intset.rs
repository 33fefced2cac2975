//! Integers against a model, and the widths.

use std::collections::BTreeSet;

use crate::types::random::Random;
use crate::types::set::intset::{Intset, Width};

/// A number of any magnitude, with the edges of the widths among them.
fn random_integer(random: &mut Random, bits: usize) -> i64 {
    let shift = random.within(0..bits);
    let near = i64::try_from(random.within(0..5)).expect("small") - 2;
    let power = (1_i64 << shift).wrapping_add(near);
    if random.one_in(2) { power } else { power.wrapping_neg() }
}

fn check(set: &Intset, model: &BTreeSet<i64>) {
    let view = set.view();
    assert_eq!(view.len(), model.len());
    assert_eq!(view.bytes().len(), model.len() * view.width() as usize);
    assert!(view.iter().eq(model.iter().copied()));
    for (rank, integer) in model.iter().enumerate() {
        assert_eq!(view.get(rank), *integer);
    }
}

#[test]
fn random_edits_agree_with_a_model() {
    let mut random = Random::from_environment();
    for bits in [4, 15, 16, 31, 32, 64] {
        let (mut set, mut model) = (Intset::default(), BTreeSet::new());
        for step in 0..2_000 {
            let integer = random_integer(&mut random, bits);
            assert_eq!(set.view().contains(integer), model.contains(&integer));
            if random.one_in(3) {
                assert_eq!(set.remove(integer), model.remove(&integer));
            } else {
                assert_eq!(set.insert(integer), model.insert(integer));
            }
            assert_eq!(set.view().contains(integer), model.contains(&integer));
            if step % 100 == 0 {
                check(&set, &model);
            }
        }
        check(&set, &model);
    }
}

#[test]
fn elements_are_as_wide_as_the_widest_ever_needed() {
    let cases = [
        (0, Width::Two),
        (i64::from(i16::MAX), Width::Two),
        (i64::from(i16::MIN), Width::Two),
        (i64::from(i16::MAX) + 1, Width::Four),
        (i64::from(i16::MIN) - 1, Width::Four),
        (i64::from(i32::MAX), Width::Four),
        (i64::from(i32::MIN), Width::Four),
        (i64::from(i32::MAX) + 1, Width::Eight),
        (i64::from(i32::MIN) - 1, Width::Eight),
        (i64::MAX, Width::Eight),
        (i64::MIN, Width::Eight),
    ];
    for (integer, width) in cases {
        let mut set = Intset::default();
        [-3, 3, integer].into_iter().for_each(|member| {
            set.insert(member);
        });
        assert_eq!(set.view().width(), width, "{integer}");
        assert_eq!(set.view().contains(integer), [-3, 3, integer].contains(&integer));
        assert!(set.remove(integer) && !set.view().contains(integer));
        assert_eq!(set.view().width(), width, "{integer}");
        assert!(set.view().iter().eq([-3, 3]));
    }
}

#[test]
fn bytes_are_little_endian_in_ascending_order() {
    let mut set = Intset::default();
    for integer in [258, -2, 5] {
        set.insert(integer);
    }
    assert_eq!(set.view().bytes(), b"\xFE\xFF\x05\x00\x02\x01");
    set.insert(65_536);
    assert_eq!(set.view().bytes()[..8], *b"\xFE\xFF\xFF\xFF\x05\x00\x00\x00");
}
