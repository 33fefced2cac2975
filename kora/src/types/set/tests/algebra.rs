//! Intersection, union and difference against models, over sets of all forms.

use super::{FLAVOURS, Model, members, random_member, set_of, text_of};
use crate::types::TypedValue;
use crate::types::packed::Element;
use crate::types::random::Random;
use crate::types::set::algebra::{difference, intersection, union};
use crate::types::set::value::Set;
use crate::types::set::view::SetView;

fn random_set(random: &mut Random) -> Model {
    let flavour = FLAVOURS[random.within(0..FLAVOURS.len())];
    let (count, kinds) =
        ([3, 30, 120, 1_000][random.within(0..4)], [200, 800][random.within(0..2)]);
    (0..random.within(1..count)).map(|_| random_member(random, flavour, kinds)).collect()
}

/// What is visited, which must come once.
fn collect<'a>(visit: impl FnOnce(&mut dyn FnMut(Element<'a>))) -> Model {
    let mut met = Model::new();
    visit(&mut |member| assert!(met.insert(text_of(member)), "{member:?} comes twice"));
    met
}

#[test]
fn random_sets_combine_as_their_models() {
    let mut random = Random::from_environment();
    let mut common = 0;
    for _ in 0..400 {
        let count = random.within(1..6);
        let mut models: Vec<Model> = (0..count).map(|_| random_set(&mut random)).collect();
        if random.one_in(5) {
            let again = models[random.within(0..count)].clone();
            models.push(again);
        }
        let sets: Vec<Set> = models.iter().map(set_of).collect();
        let views = || sets.iter().map(TypedValue::view).collect::<Vec<SetView<'_>>>();
        let (first, others) = models.split_first().expect("at least one");

        let met = collect(|see| {
            intersection(&mut views(), |member| {
                see(member);
                true
            });
        });
        let expected: Model =
            first.iter().filter(|m| others.iter().all(|o| o.contains(*m))).cloned().collect();
        assert_eq!(met, expected);
        common += expected.len();

        let met = collect(|see| union(&mut views(), see));
        assert_eq!(met, models.iter().flatten().cloned().collect());

        let met = collect(|see| {
            let views = views();
            difference(views[0], &mut views[1..].to_vec(), see);
        });
        let expected: Model =
            first.iter().filter(|m| !others.iter().any(|o| o.contains(*m))).cloned().collect();
        assert_eq!(met, expected);
    }
    assert!(common > 300, "only {common} common members");
}

#[test]
fn a_difference_with_many_small_sets_looks_them_up_in_the_large_one() {
    let large: Model = (0..5_000).map(|n: u32| format!("m{n}").into_bytes()).collect();
    let small = |n: u32| [format!("m{n}").into_bytes(), b"stranger".to_vec()].into();
    let small: Vec<Model> = (0..50).map(|n| small(n * 7)).collect();
    let (set, sets) = (set_of(&large), small.iter().map(set_of).collect::<Vec<_>>());
    let mut views: Vec<SetView<'_>> = sets.iter().map(TypedValue::view).collect();
    let met = collect(|see| difference(TypedValue::view(&set), &mut views, see));
    let gone: Model = small.into_iter().flatten().collect();
    assert_eq!(met, large.difference(&gone).cloned().collect());
    assert_eq!(met.len(), 4_950);
}

#[test]
fn an_intersection_ends_when_it_is_told_to() {
    let model: Model = (0..1_000).map(|n: u32| n.to_string().into_bytes()).collect();
    let (one, two) = (set_of(&model), set_of(&model));
    let mut views = [&one, &two].map(TypedValue::view);
    let mut count = 0;
    intersection(&mut views, |_| {
        count += 1;
        count < 10
    });
    assert_eq!(count, 10);
}

#[test]
fn nothing_combines_to_nothing() {
    intersection(&mut [], |_| panic!("there is no member"));
    union(&mut [], |_| panic!("there is no member"));
    let empty = Set::default();
    let view = TypedValue::view(&empty);
    difference(view, &mut [], |_| panic!("there is no member"));
    union(&mut [view, view], |_| panic!("there is no member"));
    assert_eq!(members(view), Model::new());
}
