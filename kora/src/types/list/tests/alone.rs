//! Elements that stand alone, from a threshold on that changes while lists are there.

use std::num::NonZeroUsize;

use super::{Model, Step, apply_to, texts};
use crate::types::list::threshold::Threshold;
use crate::types::list::value::{List, ListEffect, skips};
use crate::types::random::Random;
use crate::types::{Change, TypedValue};

/// A list that changes by some effects, of elements that stand alone from a threshold on.
#[derive(Debug, Default)]
struct Apart(List);

impl Apart {
    #[track_caller]
    fn change(&mut self, effects: &[ListEffect<'_>], threshold: &Threshold, nodes: &[&[usize]]) {
        for effect in effects {
            assert_ne!(self.0.change(effect, threshold), Change::Nothing, "{effect:?}");
            self.0.check();
        }
        assert_eq!(self.0.node_lens(), nodes);
    }
}

#[test]
fn who_stands_alone_stays_alone_until_it_is_another() {
    use ListEffect::{Insert, PopBack, PopFront, PushBack, PushFront, Remove, Set};
    let (three, never) = (Threshold::new(), Threshold::new());
    three.set(NonZeroUsize::new(3));
    let mut list = Apart::default();
    list.change(&[PushBack(b"a"), PushBack(b"12"), PushFront(b"d")], &three, &[&[1, 1, 2]]);
    list.change(&[Insert { index: 1, text: b"long" }], &three, &[&[1], &[4], &[1, 2]]);
    list.change(&[Set { index: 0, text: b"12345" }], &three, &[&[5], &[4], &[1, 2]]);
    list.change(&[Set { index: 3, text: b"123" }], &three, &[&[5], &[4], &[1], &[3]]);
    // Nobody joins them, though they would not be alone if they came again.
    list.change(&[Insert { index: 1, text: b"" }], &never, &[&[5], &[0], &[4], &[1], &[3]]);
    list.change(
        &[PushBack(b"e"), PushFront(b"f")],
        &never,
        &[&[1], &[5], &[0], &[4], &[1], &[3], &[1]],
    );
    // Until they have another text; then neighbours join, as small ones do when some have gone.
    list.change(
        &[Set { index: 3, text: b"g" }],
        &three,
        &[&[1], &[5], &[0], &[1], &[1], &[3], &[1]],
    );
    let last = skips([6].into_iter());
    list.change(&[Remove { skips: &last }], &three, &[&[1], &[5], &[0, 1, 1], &[3]]);
    list.change(&[PopFront(1), PopBack(1), PopBack(3)], &never, &[&[5]]);
    assert_eq!(List::encoding(list.0.view()), "quicklist");
    list.change(&[Set { index: 0, text: b"12345678" }], &never, &[&[8]]);
    assert_eq!(List::encoding(list.0.view()), "listpack");
    list.change(&[Set { index: 0, text: b"long" }], &three, &[&[4]]);
    assert_eq!(List::encoding(list.0.view()), "quicklist");
}

#[test]
fn random_edits_agree_with_a_deque_while_the_threshold_changes() {
    let mut random = Random::from_environment();
    for _ in 0..8 {
        let (mut list, mut model) = (List::default(), Model::new());
        let (threshold, mut highest, mut met) = (Threshold::new(), 0, 0);
        for number in 0..1000 {
            if number % 100 == 0 {
                let len = random.within(1..30);
                threshold.set(NonZeroUsize::new(len));
                highest = highest.max(len);
            }
            let step = Step::random(&mut random, model.len(), number % 500 < 350);
            let effect = step.effect();
            let expected = apply_to(&mut model, &effect);
            assert_eq!(list.change(&effect, &threshold), expected, "{step:?}");
            list.check();
            let is_long = |len: &usize| *len >= highest;
            let nodes = list.node_lens();
            for node in nodes.iter().filter(|node| node.iter().any(is_long)) {
                assert_eq!(node.len(), 1, "{step:?}");
                assert_eq!(List::encoding(list.view()), "quicklist");
                met += 1;
            }
        }
        assert_eq!(texts(list.view()), model);
        assert!(met > 0, "long elements are met");
    }
}
