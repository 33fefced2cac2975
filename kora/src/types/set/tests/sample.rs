//! Random choices: as many as asked for, different where promised, and about uniform.

use std::collections::BTreeMap;

use super::{Model, members, set_of, text_of};
use crate::types::TypedValue;
use crate::types::random::Random;
use crate::types::set::sample::{distinct, repeated, split};
use crate::types::set::value::Set;

/// One set of each form.
fn sets() -> [Set; 3] {
    let named = |name: &str, count: usize| -> Model {
        (0..count).map(|n| format!("{name}{n}").into_bytes()).collect()
    };
    [named("", 60), named("m", 60), named("m", 600)].map(|model| set_of(&model))
}

/// High bits are better than low ones in Marsaglia's generator; all are asked for.
fn bits(random: &mut Random) -> impl FnMut() -> u64 {
    || random.next().wrapping_mul(0x2545_F491_4F6C_DD1D)
}

#[test]
fn choices_are_different_members_and_as_many_as_wanted() {
    let mut random = Random::from_environment();
    for set in sets() {
        let (view, all) = (set.view(), members(set.view()));
        let len = all.len();
        for count in
            [0, 1, len / 10, len / 3, len / 3 + 1, len / 2, len - 1, len, len + 1, usize::MAX]
        {
            let expected = count.min(len);
            let chosen = distinct(view, count, bits(&mut random));
            let chosen: Vec<Vec<u8>> = chosen.into_iter().map(text_of).collect();
            let different: Model = chosen.iter().cloned().collect();
            assert_eq!((chosen.len(), different.len()), (expected, expected));
            assert!(different.is_subset(&all));

            let (chosen, rest) = split(view, count, bits(&mut random));
            assert_eq!(chosen.len(), expected);
            let mut both = members(rest.view());
            assert_eq!(both.len(), len - expected);
            both.extend(chosen.iter().map(|member| member.to_vec()));
            assert_eq!(both, all);

            let count = count.min(1_000);
            let chosen: Vec<Vec<u8>> =
                repeated(view, count, bits(&mut random)).map(text_of).collect();
            assert_eq!(chosen.len(), count);
            assert!(chosen.iter().all(|member| all.contains(member)));
        }
    }
}

#[test]
fn an_empty_set_has_nothing_to_choose() {
    let mut random = Random::from_environment();
    let mut table = set_of(&(0..600_u32).map(|n| n.to_string().into_bytes()).collect());
    (0..600_u32).for_each(|n| assert!(table.remove(n.to_string().as_bytes())));
    let mut packed = set_of(&[b"a".to_vec()].into());
    packed.remove(b"a");
    for set in [Set::default(), packed, table] {
        assert!(set.view().pick(bits(&mut random)).is_none());
        assert!(distinct(set.view(), 5, bits(&mut random)).is_empty());
        assert_eq!(repeated(set.view(), 5, bits(&mut random)).count(), 0);
    }
}

/// Draws until each member should have come `each` times, and fails if one came much more or less
/// often: by eight standard deviations, so that luck alone does not fail in the life of the project.
fn check_uniform(set: &Set, each: usize, mut draw: impl FnMut() -> Vec<Vec<u8>>) {
    let mut counts: BTreeMap<Vec<u8>, usize> =
        members(set.view()).into_iter().map(|member| (member, 0)).collect();
    let total = counts.len() * each;
    let mut drawn = 0;
    while drawn < total {
        for member in draw() {
            *counts.get_mut(&member).expect("a member") += 1;
            drawn += 1;
        }
    }
    let bound = each.isqrt() * 8;
    for (member, count) in counts {
        let name = member.escape_ascii();
        assert!(count.abs_diff(each) < bound, "{name} came {count} times, not about {each}");
    }
}

#[test]
fn every_member_is_chosen_about_as_often() {
    let mut random = Random::from_environment();
    for set in sets() {
        let (view, len) = (set.view(), set.view().len());
        check_uniform(&set, 100, || {
            view.pick(bits(&mut random)).map(text_of).into_iter().collect()
        });
        for count in [1, len / 10, len / 2, len - 1] {
            check_uniform(&set, 100, || {
                distinct(view, count, bits(&mut random)).into_iter().map(text_of).collect()
            });
        }
        check_uniform(&set, 100, || {
            let (chosen, _) = split(view, len / 2, bits(&mut random));
            chosen.iter().map(|member| member.to_vec()).collect()
        });
    }
}
