//! Ranges against what they mean, written down naively.

use std::ops::Bound;

use crate::types::packed::Element;
use crate::types::zset::range::{Direction, LexBound, LexRange, Limit, Query, ScoreRange, Span};
use crate::types::zset::run::Pair;
use crate::types::zset::value::{Zset, ZsetEffect};
use crate::types::{TypedValue, random::Random};

const DIRECTIONS: [Direction; 2] = [Direction::Ascending, Direction::Descending];

/// A packed sorted set and a table of the same members; every third score comes three times.
fn both_forms(len: u32) -> [Zset; 2] {
    let (mut packed, mut table) = (Zset::default(), Zset::default());
    let long = [b'x'; 65];
    table.apply(&ZsetEffect::Set { score: 0.0, member: &long });
    table.apply(&ZsetEffect::Remove(&long));
    for i in 0..len {
        let name = format!("m{i:03}");
        let effect = ZsetEffect::Set { score: f64::from(i / 3), member: name.as_bytes() };
        packed.apply(&effect);
        table.apply(&effect);
    }
    assert_eq!(Zset::encoding(packed.view()), "listpack");
    assert_eq!(Zset::encoding(table.view()), "skiplist");
    [packed, table]
}

fn names(zset: &Zset, query: &Query<'_>) -> Vec<Vec<u8>> {
    let pairs = zset.view().pairs(zset.view().ranks(query), query.direction);
    pairs.map(|(member, _)| member.to_bytes().to_vec()).collect()
}

/// The members that a test lets through, in a direction, cut by a limit.
fn expected(
    zset: &Zset,
    is_in: impl Fn(Pair<'_>) -> bool,
    direction: Direction,
    (skip, count): (usize, usize),
) -> Vec<Vec<u8>> {
    let mut all: Vec<Pair<'_>> = zset.view().all().filter(|pair| is_in(*pair)).collect();
    if direction == Direction::Descending {
        all.reverse();
    }
    let cut = all.into_iter().skip(skip).take(count);
    cut.map(|(member, _)| member.to_bytes().to_vec()).collect()
}

#[test]
fn ranks_are_those_of_a_slice() {
    for len in 0..5_usize {
        for start in -7..8_i64 {
            for stop in -7..8_i64 {
                let signed = i64::try_from(len).unwrap();
                let place = |at: i64| if at < 0 { at + signed } else { at };
                let is_in = |at: usize| {
                    let at = i64::try_from(at).unwrap();
                    place(start) <= at && at <= place(stop)
                };
                let model: Vec<usize> = (0..len).filter(|at| is_in(*at)).collect();
                let ranks = Direction::Ascending.ranks(start, stop, len);
                assert!(ranks.eq(model.iter().copied()), "{start} {stop} of {len}");
                let ranks = Direction::Descending.ranks(start, stop, len).rev();
                assert!(ranks.map(|rank| len - 1 - rank).eq(model), "{start} {stop} of {len}");
            }
        }
    }
    assert_eq!(Direction::Ascending.ranks(i64::MIN, i64::MAX, 3), 0..3);
    assert_eq!(Direction::Descending.ranks(i64::MIN, i64::MAX, 3), 0..3);
}

#[test]
fn scores_in_a_range_are_found_in_both_forms() {
    let mut random = Random::from_environment();
    for zset in both_forms(40) {
        for _ in 0..2_000 {
            let mut bound = || {
                let score = random.within(0..32) as f64 / 2.0 - 1.0;
                [Bound::Included(score), Bound::Excluded(score), Bound::Unbounded]
                    [random.within(0..3)]
            };
            let range = ScoreRange::new(bound(), bound());
            let (skip, count) = (random.within(0..4), random.within(0..12));
            let is_in = |(_, score): Pair<'_>| !range.is_above(score) && !range.is_below(score);
            for direction in DIRECTIONS {
                let limit = Limit::first(count).skip(skip);
                let query = Query { span: Span::Scores(range), direction, limit };
                let model = expected(&zset, is_in, direction, (skip, count));
                assert_eq!(names(&zset, &query), model, "{query:?}");
            }
        }
    }
}

#[test]
fn names_in_a_range_are_found_in_both_forms() {
    let mut random = Random::from_environment();
    for mut zset in both_forms(40) {
        for i in 0..40 {
            zset.apply(&ZsetEffect::Set { score: 0.0, member: format!("m{i:03}").as_bytes() });
        }
        let texts: Vec<String> = (0..50).map(|i| format!("m{i:03}")).collect();
        for _ in 0..1_000 {
            let mut bound = || {
                let name = texts[random.within(0..50)].as_bytes();
                let bounds = [LexBound::Included(name), LexBound::Excluded(name)];
                [bounds[0], bounds[1], LexBound::Lowest, LexBound::Highest][random.within(0..4)]
            };
            let range = LexRange { min: bound(), max: bound() };
            let is_in = |(member, _): Pair<'_>| {
                member.with_bytes(|name| !range.is_above(name) && !range.is_below(name))
            };
            for direction in DIRECTIONS {
                let query = Query { span: Span::Lex(range), direction, limit: Limit::NONE };
                let model = expected(&zset, is_in, direction, (0, usize::MAX));
                assert_eq!(names(&zset, &query), model, "{query:?}");
            }
        }
    }
}

#[test]
fn bounds_are_of_the_right_kind() {
    let range = ScoreRange::ALL.above(1.0).at_most(2.0);
    assert_eq!(range, ScoreRange::new(Bound::Excluded(1.0), Bound::Included(2.0)));
    assert_eq!(ScoreRange::ALL.at_least(1.0).below(2.0), ScoreRange::from(1.0..2.0));
    assert!(Span::Scores(ScoreRange::ALL.below(f64::NAN)).check().is_err());
    let one = Element::Bytes(b"1");
    assert!(both_forms(1)[0].view().all().all(|(member, _)| member != one));
}
