//! Lists through their value and their operations: what the scripts cannot see.

mod alone; // elements that have a node to themselves
mod operations; // through a database

use std::collections::VecDeque;

use super::node::RUN_LEN_MAX;
use super::value::{List, ListEffect, ListView, skips};
use crate::types::packed::Element;
use crate::types::random::Random;
use crate::types::{Change, Effect, Inline, TypedValue};

type Model = VecDeque<Vec<u8>>;

fn texts(view: ListView<'_>) -> Model {
    view.range(0, usize::MAX).map(|element| element.to_bytes().to_vec()).collect()
}

fn list_of(texts: &[&[u8]]) -> List {
    let mut list = List::default();
    for text in texts {
        assert_eq!(list.apply(&ListEffect::PushBack(text)), Change::Added);
    }
    list
}

fn image(view: ListView<'_>) -> Vec<u8> {
    let mut image = Vec::new();
    List::write_image(view, &mut image);
    image
}

/// Integers, short and long texts, and now and then one that no node has room for beside others.
fn random_text(random: &mut Random) -> Vec<u8> {
    let len = match random.within(0..100) {
        0 => random.within(8_000..20_000),
        1..=5 => random.within(100..4_000),
        6..=20 => return random.within(0..100_000).to_string().into_bytes(),
        21..=30 => 0,
        _ => random.within(1..40),
    };
    let letter = b"abc"[random.within(0..3)];
    vec![letter; len]
}

/// An effect that may or may not fit a list of `len` elements.
#[derive(Debug)]
struct Step {
    kind: usize,
    index: usize,
    text: Vec<u8>,
    skips: Vec<u8>,
}

impl Step {
    fn random(random: &mut Random, len: usize, grows: bool) -> Step {
        let kind = match (random.within(0..20), grows) {
            (0..=7, true) | (0..=2, false) => 0,
            (8..=14, true) | (3..=5, false) => 1,
            (6..=9, false) => 2,
            (10..=14, false) => 3,
            (15, _) => 4,
            (16..=17, _) => 5,
            (18, _) => 6,
            _ => random.within(0..7),
        };
        let index = random.within(0..len + 2);
        let index = if kind == 2 || kind == 3 { index.min(random.within(0..60)) } else { index };
        let share = random.within(1..50);
        let chosen = (0..len + 2).filter(|_| random.one_in(share));
        let skips = skips(chosen.collect::<Vec<_>>().into_iter());
        Step { kind, index, text: random_text(random), skips }
    }

    fn effect(&self) -> ListEffect<'_> {
        let (index, text) = (self.index, &self.text[..]);
        match self.kind {
            0 => ListEffect::PushFront(text),
            1 => ListEffect::PushBack(text),
            2 => ListEffect::PopFront(index),
            3 => ListEffect::PopBack(index),
            4 => ListEffect::Set { index, text },
            5 => ListEffect::Insert { index, text },
            _ => ListEffect::Remove { skips: &self.skips },
        }
    }
}

/// What the effect means, said with a standard collection.
fn apply_to(model: &mut Model, effect: &ListEffect<'_>) -> Change {
    let len = model.len();
    let removed = |model: &Model| {
        if model.len() < len { Change::Removed } else { Change::Nothing }
    };
    match *effect {
        ListEffect::PushFront(text) => model.push_front(text.to_vec()),
        ListEffect::PushBack(text) => model.push_back(text.to_vec()),
        ListEffect::PopFront(count) => {
            model.drain(..count.min(len));
            return removed(model);
        }
        ListEffect::PopBack(count) => {
            model.truncate(len - count.min(len));
            return removed(model);
        }
        ListEffect::Set { index, text } => match model.get_mut(index) {
            Some(old) if old != text => {
                *old = text.to_vec();
                return Change::Replaced;
            }
            _ => return Change::Nothing,
        },
        ListEffect::Insert { index, .. } if index > len => return Change::Nothing,
        ListEffect::Insert { index, text } => model.insert(index, text.to_vec()),
        ListEffect::Remove { skips } => {
            let (mut index, mut next) = (0, None);
            let mut skips = super::value::indexes(skips);
            model.retain(|_| {
                next = next.or_else(|| skips.next());
                let is_removed = next == Some(index);
                index += 1;
                if is_removed {
                    next = None;
                }
                !is_removed
            });
            return removed(model);
        }
    }
    Change::Added
}

/// The list as it comes back from its key's block, from its image and from its bytes.
fn check_against(list: &List, model: &Model) {
    list.check();
    let view = list.view();
    assert_eq!(view.len(), model.len());
    assert_eq!(list.is_empty(), model.is_empty());
    assert_eq!(texts(view), *model);
    let mut reversed: Model = view.backwards().map(|text| text.to_bytes().to_vec()).collect();
    reversed.make_contiguous().reverse();
    assert_eq!(reversed, *model);
    let again = List::from_image(&image(view)).expect("an image");
    assert_eq!(texts(again.view()), *model);
    if let Some(Inline::Bytes(form, bytes)) = list.inline() {
        assert_eq!(texts(List::view_inline(form, bytes)), *model);
        let copy = List::from_inline(form, bytes);
        copy.check();
        assert_eq!(texts(copy.view()), *model);
    }
}

#[test]
fn random_edits_agree_with_a_deque() {
    let mut random = Random::from_environment();
    for _ in 0..8 {
        let (mut list, mut model) = (List::default(), Model::new());
        let (mut forms, mut encoded) = ([false; 2], Vec::new());
        for step in 0..1500 {
            let grows = step % 500 < 350;
            let step = Step::random(&mut random, model.len(), grows);
            let effect = step.effect();
            encoded.clear();
            effect.encode(&mut encoded);
            assert_eq!(ListEffect::decode(&encoded), Some(effect));
            assert_eq!(list.apply(&effect), apply_to(&mut model, &effect), "{step:?}");
            list.check();
            if random.one_in(10) {
                check_against(&list, &model);
                let index = random.within(0..model.len() + 2);
                let found = list.view().get(index).map(Element::to_bytes);
                assert_eq!(found.as_deref(), model.get(index).map(Vec::as_slice));
            }
            forms[usize::from(List::encoding(list.view()) == "quicklist")] = true;
            if model.len() < 40 && !grows && random.one_in(30) {
                // As an edit of a key does between two commands.
                list = List::from_image(&image(list.view())).expect("an image");
            }
        }
        check_against(&list, &model);
        assert_eq!(forms, [true; 2], "both forms are met");
    }
}

#[test]
fn elements_of_every_back_length_are_read_from_both_ends() {
    let lens = (0..300).chain(16_370..16_400).chain([65_536, (1 << 21) - 6, 1 << 21, 1 << 22]);
    for len in lens {
        let long = vec![b'x'; len];
        let list = list_of(&[b"1", &long, b"last"]);
        list.check();
        let back: Vec<usize> = list.view().backwards().map(|text| text.len()).collect();
        assert_eq!(back, [4, len, 1], "{len}");
        assert_eq!(texts(list.view())[1], long);
    }
}

#[test]
fn the_bytes_of_a_small_list_are_pinned() {
    let list = list_of(&[b"ann", b"7", &[b'x'; 130]]);
    let inline = list.inline();
    let Some(Inline::Bytes(0, run)) = inline else { panic!("{inline:?}") };
    assert_eq!(run[..9], *b"\x03\x00\x03ann\x04\xE7\x01");
    assert_eq!((run[9], &run[140..]), (130, &b"\x01\x83"[..]));
    assert_eq!(image(list.view())[..6], *b"\x03ann\xE7\x82");
}

#[test]
fn effects_come_back_from_their_bytes_and_garbage_does_not() {
    let removed = skips([0, 1, 40].into_iter());
    let effects: [(ListEffect<'_>, &[u8]); 7] = [
        (ListEffect::PushFront(b""), b"\x00"),
        (ListEffect::PushBack(b"text"), b"\x01text"),
        (ListEffect::PopFront(1), b"\x02\x01\0\0\0\0\0\0\0"),
        (ListEffect::PopBack(256), b"\x03\0\x01\0\0\0\0\0\0"),
        (ListEffect::Set { index: 2, text: b"a" }, b"\x04\x02\0\0\0\0\0\0\0a"),
        (ListEffect::Insert { index: 3, text: b"" }, b"\x05\x03\0\0\0\0\0\0\0"),
        (ListEffect::Remove { skips: &removed }, b"\x06\xE0\xE0\xC0\x26"),
    ];
    for (effect, expected) in effects {
        let mut bytes = Vec::new();
        effect.encode(&mut bytes);
        assert_eq!(bytes, expected, "{effect:?}");
        assert_eq!(ListEffect::decode(&bytes), Some(effect));
    }
    let garbage: [&[u8]; 8] = [
        b"",
        b"\x07",
        b"\x02short",
        b"\x03\0\0\0\0\0\0\0\0more",
        b"\x04short",
        b"\x06\x01a",
        b"\x06\xC0\xFF",
        b"\x06\xC5\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F\xC5\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F\xE1",
    ];
    for bytes in garbage {
        assert_eq!(ListEffect::decode(bytes), None, "{}", bytes.escape_ascii());
    }
}

#[test]
fn random_bytes_are_an_effect_that_applies_or_none() {
    let mut random = Random::from_environment();
    let mut list = list_of(&[b"a", b"b", b"c"]);
    for _ in 0..20_000 {
        let len = random.within(0..24);
        let mut bytes: Vec<u8> = (0..len).map(|_| random.next().to_be_bytes()[0]).collect();
        if let Some(tag) = bytes.first_mut() {
            *tag %= 8;
        }
        if let Some(effect) = ListEffect::decode(&bytes) {
            list.apply(&effect);
            list.check();
        }
        if let Some(found) = List::from_image(&bytes) {
            assert_eq!(image(found.view()), bytes);
        }
    }
}

#[test]
fn a_list_changes_its_form_at_8_kib_and_back_at_half_of_it() {
    let text = [b'x'; 98];
    let mut list = List::default();
    let mut encodings = Vec::new();
    let mut note = |list: &List| {
        let seen = (list.view().len(), List::encoding(list.view()));
        if encodings.last().is_none_or(|(_, encoding)| *encoding != seen.1) {
            encodings.push(seen);
        }
    };
    for _ in 0..90 {
        list.apply(&ListEffect::PushBack(&text));
        note(&list);
    }
    for _ in 0..90 {
        list.apply(&ListEffect::PopBack(1));
        note(&list);
    }
    assert_eq!(encodings, [(1, "listpack"), (82, "quicklist"), (40, "listpack")]);
}

#[test]
fn an_element_larger_than_a_node_has_one_of_its_own() {
    let long = vec![b'x'; RUN_LEN_MAX];
    let mut list = list_of(&[b"a", b"b"]);
    list.apply(&ListEffect::Insert { index: 1, text: &long });
    list.apply(&ListEffect::Set { index: 0, text: &long });
    list.check();
    assert_eq!(texts(list.view()), [&long[..], &long, b"b"]);
    list.apply(&ListEffect::Set { index: 0, text: b"a" });
    list.apply(&ListEffect::Remove { skips: &skips([1].into_iter()) });
    list.check();
    assert_eq!(texts(list.view()), [b"a", b"b"]);
    assert_eq!(List::encoding(list.view()), "listpack");
}

#[test]
fn an_element_of_any_length_may_be_the_first() {
    for len in RUN_LEN_MAX - 20..RUN_LEN_MAX + 20 {
        list_of(&[&vec![b'x'; len]]).check();
        list_of(&[b"", &vec![b'x'; len]]).check();
    }
}

#[test]
fn a_queue_of_steady_length_keeps_a_steady_size() {
    for (len, bytes_max) in [(0, 1 << 10), (100, 8 << 10), (3000, 80 << 10)] {
        for from_left in [true, false] {
            let mut list = List::default();
            for n in 0..len + 20_000 {
                let text = format!("element {n:>8}");
                let (push, pop) = if from_left {
                    (ListEffect::PushFront(text.as_bytes()), ListEffect::PopBack(1))
                } else {
                    (ListEffect::PushBack(text.as_bytes()), ListEffect::PopFront(1))
                };
                list.apply(&push);
                if n >= len {
                    list.apply(&pop);
                }
            }
            assert_eq!(list.view().len(), len);
            assert!(list.heap_bytes() < bytes_max, "{len}: {} bytes", list.heap_bytes());
        }
    }
}

#[test]
fn removing_most_of_a_large_list_leaves_few_nodes() {
    let mut list = List::default();
    for n in 0..20_000_u32 {
        list.apply(&ListEffect::PushBack(format!("element {n}").as_bytes()));
    }
    let removed = (0..20_000).filter(|index| index % 100 != 7);
    list.apply(&ListEffect::Remove { skips: &skips(removed) });
    list.check();
    assert_eq!(list.view().len(), 200);
    assert_eq!(List::encoding(list.view()), "listpack", "one node is left");
    assert!(list.heap_bytes() < 4096, "{} bytes", list.heap_bytes());
}
