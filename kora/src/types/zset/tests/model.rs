//! Random histories through effects, against a sorted `Vec`; images and effects as bytes.

use std::ops::Range;

use crate::types::random::Random;
use crate::types::zset::range::Direction;
use crate::types::zset::value::{Zset, ZsetEffect};
use crate::types::{Change, Effect, TypedValue};

/// A sorted set as a list of pairs in order.
#[derive(Default)]
struct Model(Vec<(f64, Vec<u8>)>);

impl Model {
    fn set(&mut self, score: f64, member: &[u8]) -> Change {
        let mut change = Change::Added;
        if let Some(at) = self.0.iter().position(|pair| pair.1 == member) {
            if self.0[at].0 == score {
                return Change::Nothing;
            }
            self.0.remove(at);
            change = Change::Replaced;
        }
        let at = self.0.partition_point(|(other, name)| {
            *other < score || (*other == score && &name[..] < member)
        });
        self.0.insert(at, (score, member.to_vec()));
        change
    }

    fn remove(&mut self, ranks: Range<usize>) -> Change {
        let ranks = ranks.start.min(self.0.len())..ranks.end.min(self.0.len());
        if self.0.drain(ranks).count() > 0 { Change::Removed } else { Change::Nothing }
    }

    fn apply(&mut self, effect: &ZsetEffect<'_>) -> Change {
        match effect {
            ZsetEffect::Set { score, member } => self.set(*score, member),
            ZsetEffect::Remove(member) => {
                let at = self.0.iter().position(|pair| pair.1 == *member);
                at.map_or(Change::Nothing, |at| self.remove(at..at + 1))
            }
            ZsetEffect::RemoveRanks { start, count } => {
                self.remove(*start..start.saturating_add(*count))
            }
        }
    }
}

fn pairs(zset: &Zset, direction: Direction) -> Vec<(f64, Vec<u8>)> {
    let pairs = zset.view().pairs(0..usize::MAX, direction);
    pairs.map(|(member, score)| (score, member.to_bytes().to_vec())).collect()
}

fn image_of(zset: &Zset) -> Vec<u8> {
    let mut image = Vec::new();
    Zset::write_image(zset.view(), &mut image);
    image
}

/// Everything that must hold between a sorted set and its model.
fn check(zset: &Zset, model: &Model) {
    zset.check();
    assert_eq!(zset.view().len(), model.0.len());
    assert_eq!(zset.is_empty(), model.0.is_empty());
    assert_eq!(pairs(zset, Direction::Ascending), model.0);
    let backwards: Vec<_> = model.0.iter().rev().cloned().collect();
    assert_eq!(pairs(zset, Direction::Descending), backwards);
    for (rank, (score, member)) in model.0.iter().enumerate() {
        assert_eq!(zset.view().rank(member), Some((rank, *score)));
        assert_eq!(zset.view().score(member), Some(*score));
    }
    let image = image_of(zset);
    let copy = Zset::from_image(&image).expect("an image");
    copy.check();
    assert_eq!(pairs(&copy, Direction::Ascending), model.0);
    assert_eq!(image_of(&copy), image);
}

fn member(random: &mut Random, variety: usize) -> Vec<u8> {
    let number = random.within(0..variety);
    match random.within(0..40) {
        0 => vec![b'x'; 60 + number % 5],
        1 => Vec::new(),
        2..=15 => number.to_string().into_bytes(),
        _ => format!("member:{number}").into_bytes(),
    }
}

fn score(random: &mut Random) -> f64 {
    match random.within(0..10) {
        0 => [f64::INFINITY, f64::NEG_INFINITY, 0.0, 1e300][random.within(0..4)],
        1..=3 => random.within(0..1000) as f64 / 100.0,
        4 => random.next() as f64 / 3.0,
        _ => random.within(0..20) as f64,
    }
}

fn play(random: &mut Random, steps: usize, variety: usize) -> Zset {
    let (mut zset, mut model) = (Zset::default(), Model::default());
    for step in 0..steps {
        let name = member(random, variety);
        // Grows for a while, shrinks for a while.
        let is_growing = step / 700 % 2 == 0;
        let effect = match random.within(0..10) {
            0 => ZsetEffect::RemoveRanks {
                start: random.within(0..model.0.len() + 2),
                count: random.within(0..if is_growing { 3 } else { 9 }),
            },
            1..=2 => ZsetEffect::Remove(&name),
            3..=6 if !is_growing => ZsetEffect::Remove(&name),
            _ => ZsetEffect::Set { score: score(random), member: &name },
        };
        assert_eq!(zset.apply(&effect), model.apply(&effect), "{effect:?}");
        if step % 50 == 0 {
            check(&zset, &model);
        }
    }
    check(&zset, &model);
    zset
}

#[test]
fn small_histories_agree_with_the_model() {
    let mut random = Random::from_environment();
    for _ in 0..10 {
        play(&mut random, 600, 30);
    }
}

#[test]
fn large_histories_agree_with_the_model() {
    let mut random = Random::from_environment();
    let zset = play(&mut random, 8_000, 1_000);
    assert_eq!(Zset::encoding(zset.view()), "skiplist");
}

#[test]
fn a_set_becomes_a_table_where_redis_makes_it_one() {
    let mut zset = Zset::default();
    for i in 0..128 {
        zset.apply(&ZsetEffect::Set { score: 1.0, member: format!("{i}").as_bytes() });
    }
    zset.apply(&ZsetEffect::Set { score: 2.0, member: b"0" });
    zset.apply(&ZsetEffect::Remove(b"1"));
    zset.apply(&ZsetEffect::Set { score: 1.0, member: &[b'x'; 64] });
    assert_eq!(Zset::encoding(zset.view()), "listpack");
    zset.apply(&ZsetEffect::Set { score: 1.0, member: b"one more" });
    assert_eq!(Zset::encoding(zset.view()), "skiplist");
    zset.apply(&ZsetEffect::RemoveRanks { start: 0, count: 128 });
    assert_eq!((zset.view().len(), Zset::encoding(zset.view())), (1, "skiplist"));

    let mut zset = Zset::default();
    zset.apply(&ZsetEffect::Set { score: 1.0, member: &[b'x'; 65] });
    assert_eq!(Zset::encoding(zset.view()), "skiplist");
}

#[test]
fn a_table_keeps_the_sign_of_a_zero_and_a_run_does_not() {
    let mut zset = Zset::default();
    zset.apply(&ZsetEffect::Set { score: -0.0, member: b"a" });
    assert_eq!(zset.view().score(b"a").map(f64::to_bits), Some(0.0_f64.to_bits()));
    zset.apply(&ZsetEffect::Set { score: 1.0, member: &[b'x'; 65] });
    zset.apply(&ZsetEffect::Set { score: -0.0, member: b"b" });
    assert_eq!(zset.apply(&ZsetEffect::Set { score: 0.0, member: b"b" }), Change::Nothing);
    zset.apply(&ZsetEffect::Remove(&[b'x'; 65]));
    let copy = Zset::from_image(&image_of(&zset)).expect("an image");
    assert_eq!(Zset::encoding(copy.view()), "listpack");
    for zset in [zset, copy] {
        assert_eq!(zset.view().score(b"b").map(f64::to_bits), Some((-0.0_f64).to_bits()));
    }
}

#[test]
fn effects_come_back_from_their_bytes() {
    let effects: [(ZsetEffect<'_>, &[u8]); 4] = [
        (
            ZsetEffect::Set { score: 1.5, member: b"ann" },
            b"\x00\x00\x00\x00\x00\x00\x00\xF8\x3Fann",
        ),
        (ZsetEffect::Set { score: 0.0, member: b"" }, &[0; 9]),
        (ZsetEffect::Remove(b"ann"), b"\x01ann"),
        (
            ZsetEffect::RemoveRanks { start: 2, count: 3 },
            b"\x02\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0",
        ),
    ];
    for (effect, pinned) in effects {
        let mut bytes = Vec::new();
        effect.encode(&mut bytes);
        assert_eq!(bytes, pinned);
        assert_eq!(ZsetEffect::decode(&bytes), Some(effect));
    }
    let nan = [&[0][..], &f64::NAN.to_le_bytes(), b"ann"].concat();
    let garbage: [&[u8]; 6] = [b"", b"\x00short", b"\x02short", &[2; 16], &[2; 18], b"\x03"];
    for bytes in garbage.into_iter().chain([&nan[..]]) {
        assert_eq!(ZsetEffect::decode(bytes), None, "{}", bytes.escape_ascii());
    }
}

#[test]
fn bytes_that_are_no_image_are_refused() {
    let wrong: &[&[u8]] = &[
        b"\x01a",                         // a member without a score
        b"\x01a\x01a",                    // a score that is none
        b"\x01a\xE1\x01a\xE2",            // a member twice
        b"\x01a\xE1\x01a\xE1",            // a pair twice
        b"\x01b\xE1\x01a\xE1",            // names out of order
        b"\x01a\xE2\x01b\xE1",            // scores out of order
        b"\x01a\xC0\x01",                 // an integer in a longer form
        b"\x01a\x03\x01\x05\x00",         // a decimal in a longer form
        b"\x01a\x02\x01\x0A",             // a whole number as a decimal
        b"\x011\xE1",                     // a member in a longer form
        b"\x01a\x08\0\0\0\0\0\0\xF8\x7F", // not a number
    ];
    for image in wrong {
        assert!(Zset::from_image(image).is_none(), "{}", image.escape_ascii());
    }
    assert!(Zset::from_image(b"").is_some_and(|zset| zset.is_empty()));

    let mut random = Random::from_environment();
    let image = image_of(&play(&mut random, 300, 40));
    for _ in 0..5_000 {
        let mut bytes = image.clone();
        let at = random.within(0..bytes.len());
        bytes[at] = random.next().to_be_bytes()[0];
        bytes.truncate(random.within(at..bytes.len()) + 1);
        if let Some(zset) = Zset::from_image(&bytes) {
            assert_eq!(image_of(&zset), bytes, "an image has one form");
            zset.check();
        }
    }
}

#[test]
fn a_member_twice_in_a_large_image_is_refused() {
    let mut zset = Zset::default();
    for i in 0..1000 {
        let name = format!("member {i}");
        zset.apply(&ZsetEffect::Set { score: f64::from(i), member: name.as_bytes() });
    }
    let mut image = image_of(&zset);
    assert!(Zset::from_image(&image).is_some());
    image.extend_from_slice(b"\x08member 5\xC1\xE9\x03");
    assert!(Zset::from_image(&image).is_none());
}
