//! Edits through effects, the forms, their bytes and their memory.

use super::{FLAVOURS, Flavour, Model, members, random_member, set_of};
use crate::map::{ALLOCATION_OVERHEAD, BlockRef};
use crate::types::random::Random;
use crate::types::set::value::{Set, SetEffect};
use crate::types::set::view::SetView;
use crate::types::{Change, Effect, Inline, Kind, TypedValue, Variant};

/// Applies an effect as the log keeps it.
fn apply(set: &mut Set, effect: &SetEffect<'_>) -> (Change, Vec<u8>) {
    let mut bytes = Vec::new();
    effect.encode(&mut bytes);
    let decoded = SetEffect::decode(&bytes).expect("an effect");
    assert_eq!(decoded, *effect);
    (set.apply(&decoded), bytes)
}

/// Everything that must hold of a set.
fn check(set: &Set, model: &Model) {
    let view = set.view();
    assert_eq!((view.len(), set.is_empty()), (model.len(), model.is_empty()));
    assert_eq!(members(view), *model);
    check_memory(set);

    let mut image = Vec::new();
    Set::write_image(view, &mut image);
    let again = Set::from_image(&image).expect("an image");
    assert_eq!(members(again.view()), *model);

    match set.inline() {
        Some(Inline::Bytes(form, bytes)) => {
            assert_eq!(members(Set::view_inline(form, bytes)), *model);
            let again = Set::from_inline(form, bytes);
            assert_eq!(members(again.view()), *model);
            assert_eq!(Set::encoding(again.view()), Set::encoding(view));
        }
        Some(Inline::Word(..)) => panic!("a set is not a word"),
        None => assert_eq!(Set::encoding(view), "hashtable"),
    }
}

/// The account is exact for tables; the small forms keep little room.
fn check_memory(set: &Set) {
    let used = match set.view() {
        SetView::Integers(integers) => integers.bytes().len(),
        SetView::Packed(packed) => packed.bytes().len(),
        SetView::Table(table) => {
            let blocks: usize = table.iter().map(BlockRef::heap_bytes).sum();
            assert_eq!(set.heap_bytes(), table.index_bytes() + blocks);
            return;
        }
    };
    let room = ALLOCATION_OVERHEAD + used / 2 + 64 + 16;
    assert!((used..=used + room).contains(&set.heap_bytes()), "{used} {}", set.heap_bytes());
}

#[test]
fn random_edits_agree_with_a_model_and_replay_to_the_same_set() {
    let mut random = Random::from_environment();
    let mut encodings = Vec::new();
    for round in 0..24 {
        let flavour = FLAVOURS[round % FLAVOURS.len()];
        let kinds = [40, 150, 300, 2_000][random.within(0..4)];
        let (mut set, mut model, mut log) = (Set::default(), Model::new(), Vec::new());
        for step in 0..3_000 {
            let member = random_member(&mut random, flavour, kinds);
            // Growing and shrinking take turns.
            let adds = random.one_in(4) != (step / 1_000 % 2 == 0);
            let (expected, effect) = if adds {
                (model.insert(member.clone()), SetEffect::Add(&member))
            } else {
                (model.remove(&member), SetEffect::Remove(&member))
            };
            assert_eq!(set.view().contains(&member), adds != expected);
            let (change, bytes) = apply(&mut set, &effect);
            let done = if adds { Change::Added } else { Change::Removed };
            assert_eq!(change, if expected { done } else { Change::Nothing });
            assert_eq!(set.view().contains(&member), adds);
            if change != Change::Nothing {
                log.push(bytes);
            }
            if step % 150 == 0 {
                check(&set, &model);
                encodings.push(Set::encoding(set.view()));
            }
        }
        check(&set, &model);
        let mut replayed = Set::default();
        for bytes in &log {
            let effect = SetEffect::decode(bytes).expect("an effect");
            assert_ne!(replayed.apply(&effect), Change::Nothing);
        }
        check(&replayed, &model);
        assert_eq!(Set::encoding(replayed.view()), Set::encoding(set.view()));
    }
    encodings.sort_unstable();
    encodings.dedup();
    assert_eq!(encodings, ["hashtable", "intset", "listpack"]);
}

#[test]
fn a_set_that_lost_everything_is_empty_in_every_form() {
    let mut random = Random::from_environment();
    for flavour in FLAVOURS {
        for size in [1, 40, 400] {
            let mut model = Model::new();
            while model.len() < size {
                model.insert(random_member(&mut random, flavour, 2_000));
            }
            let mut set = set_of(&model);
            model.iter().for_each(|member| assert!(set.remove(member)));
            check(&set, &Model::new());
        }
    }
}

fn numbers(count: usize) -> Model {
    (0..count).map(|number| number.to_string().into_bytes()).collect()
}

fn encoding_after(members: &Model, added: &[&[u8]]) -> &'static str {
    let mut set = set_of(members);
    for member in added {
        set.insert(member);
    }
    Set::encoding(set.view())
}

#[test]
fn forms_change_at_the_sizes_of_redis() {
    let (long, longer) = ([b'x'; 64], [b'x'; 65]);
    assert_eq!(encoding_after(&Model::new(), &[b"1"]), "intset");
    assert_eq!(encoding_after(&Model::new(), &[b"01"]), "listpack");
    assert_eq!(encoding_after(&Model::new(), &[&long]), "listpack");
    assert_eq!(encoding_after(&Model::new(), &[&longer]), "hashtable");

    assert_eq!(encoding_after(&numbers(512), &[]), "intset");
    assert_eq!(encoding_after(&numbers(512), &[b"7"]), "intset");
    assert_eq!(encoding_after(&numbers(512), &[b"512"]), "hashtable");
    assert_eq!(encoding_after(&numbers(127), &[b"a"]), "listpack");
    assert_eq!(encoding_after(&numbers(128), &[b"a"]), "hashtable");
    assert_eq!(encoding_after(&numbers(3), &[&longer]), "hashtable");

    assert_eq!(encoding_after(&numbers(127), &[b"a", b"a", b"5"]), "listpack");
    assert_eq!(encoding_after(&numbers(127), &[b"a", b"b"]), "hashtable");
}

#[test]
fn a_form_is_never_left_for_a_smaller_one() {
    let mut packed = set_of(&numbers(3));
    packed.insert(b"a");
    packed.remove(b"a");
    assert_eq!(Set::encoding(packed.view()), "listpack");
    let mut table = set_of(&numbers(513));
    (0..500).for_each(|number: u32| assert!(table.remove(number.to_string().as_bytes())));
    assert_eq!((Set::encoding(table.view()), table.view().len()), ("hashtable", 13));
}

#[test]
fn bytes_on_disk_are_pinned() {
    assert_eq!((Set::KIND, Kind::Set as u8), (Kind::Set, 2));
    let bytes = |effect: SetEffect<'_>| {
        let mut bytes = Vec::new();
        effect.encode(&mut bytes);
        bytes
    };
    assert_eq!(bytes(SetEffect::Add(b"ab")), b"\x00ab");
    assert_eq!(bytes(SetEffect::Remove(b"7")), b"\x017");
    let image = |members: &[&[u8]]| {
        let mut image = Vec::new();
        let set = set_of(&members.iter().map(|member| member.to_vec()).collect());
        Set::write_image(set.view(), &mut image);
        image
    };
    assert_eq!(image(&[b"300", b"-1", b"2"]), b"\xC0\xFF\xE2\xC1\x2C\x01");
    assert_eq!(image(&[b"7", b"ab"]), b"\xE7\x02ab");
}

#[test]
fn garbage_is_no_effect_and_no_image() {
    let mut random = Random::from_environment();
    assert_eq!(SetEffect::decode(b""), None);
    for tag in 2..=u8::MAX {
        assert_eq!(SetEffect::decode(&[tag, b'a']), None);
    }
    let images: [&[u8]; 4] = [b"\x02a", b"\x01a\x01a", b"\xE5\xE5", b"\x011"];
    for image in images {
        assert!(Set::from_image(image).is_none(), "{}", image.escape_ascii());
    }
    for _ in 0..20_000 {
        let len = random.within(0..40);
        let garbage: Vec<u8> = (0..len).map(|_| random.next().to_be_bytes()[0]).collect();
        if let Some(set) = Set::from_image(&garbage) {
            check_memory(&set);
        }
    }
}

#[test]
fn a_cut_image_is_refused_or_a_smaller_set() {
    let mut random = Random::from_environment();
    let model: Model = (0..60).map(|_| random_member(&mut random, Flavour::Mixed, 1_000)).collect();
    let mut image = Vec::new();
    Set::write_image(set_of(&model).view(), &mut image);
    let mut whole = 0;
    for cut in 0..=image.len() {
        if let Some(set) = Set::from_image(&image[..cut]) {
            assert!(members(set.view()).is_subset(&model));
            assert_eq!(set.view().len(), whole);
            whole += 1;
        }
    }
    assert_eq!(whole, model.len() + 1);
}

#[test]
fn a_scan_returns_what_stays_while_the_set_changes() {
    let mut random = Random::from_environment();
    for _ in 0..20 {
        let stay: Model = (0..400).map(|n: u32| format!("stay{n}").into_bytes()).collect();
        let mut set = set_of(&stay);
        let (mut met, mut cursor, mut calls) = (Model::new(), 0, 0);
        loop {
            let mut count = 0;
            cursor = set.view().scan(cursor, 10, |member| {
                count += 1;
                met.insert(super::text_of(member));
            });
            calls += 1;
            assert!(cursor < 1 << 63);
            if cursor == 0 {
                break;
            }
            assert!((10..100).contains(&count), "{count} members in one call");
            for _ in 0..random.within(0..40) {
                let member = random.within(0..500).to_string();
                if random.one_in(2) {
                    set.insert(member.as_bytes());
                } else {
                    set.remove(member.as_bytes());
                }
            }
        }
        assert!(stay.is_subset(&met) && calls > 20, "{calls} calls");
    }
}

#[test]
fn a_small_set_is_scanned_at_once() {
    for model in [numbers(512), [b"a".to_vec(), b"b".to_vec()].into()] {
        let (set, mut met) = (set_of(&model), Model::new());
        let next = set.view().scan(9, 1, |member| {
            met.insert(super::text_of(member));
        });
        assert_eq!((next, met), (0, model));
    }
}
