//! Random conditions and documents over few names and values, so that they often meet.

use serde_json::Value as Json;

use crate::query::{Comparison, Condition, Literal, LiteralSet, Path};
use crate::types::random::Random;

/// Names that need backticks and names that do not.
const NAMES: &[&str] = &["a", "b", "c", "or", "odd name", "", "`", "ä", "1", "null", "x_1"];

const STRINGS: &[&str] =
    &["", "a", "ab", "b", "it's", "\\", "\"", "\n\t\r\u{8}\u{7f}", "é", "\u{10FFFF}", "`"];

const WHOLES: &[i64] =
    &[0, 1, 2, 3, -1, i64::MIN, i64::MAX, 9_007_199_254_740_993, 9_007_199_254_740_992];

const FLOATS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    1.5,
    -1.0,
    3e1,
    1e300,
    5e-324,
    f64::MAX,
    9_007_199_254_740_992.0,
    9_223_372_036_854_775_808.0,
    18_446_744_073_709_551_616.0,
];

/// One of the list.
fn pick<T: Copy>(random: &mut Random, list: &[T]) -> T {
    list[random.within(0..list.len())]
}

/// Short paths over names of which the first few are frequent.
pub(super) fn path(random: &mut Random) -> Path {
    let name = |random: &mut Random| {
        let names = if random.one_in(4) { NAMES } else { &NAMES[..3] };
        pick(random, names).into()
    };
    let len = if random.one_in(3) { 2 } else { 1 };
    Path::new((0..len).map(|_| name(random)).collect()).unwrap()
}

fn number(random: &mut Random) -> Literal {
    match random.within(0..8) {
        0 => Literal::from(random.next()),
        1 => Literal::from(f64::from_bits(random.next() & !(1 << 62))),
        2..=5 => Literal::from(pick(random, WHOLES)),
        _ => Literal::from(pick(random, FLOATS)),
    }
}

/// A number or a string.
fn ordered(random: &mut Random) -> Literal {
    if random.one_in(3) { Literal::from(pick(random, STRINGS)) } else { number(random) }
}

fn literal(random: &mut Random, depth: usize) -> Literal {
    match random.within(0..10) {
        0 => Literal::Null,
        1 => Literal::from(random.one_in(2)),
        2 if depth > 0 => {
            let len = random.within(0..4);
            Literal::from((0..len).map(|_| literal(random, depth - 1)).collect::<Vec<_>>())
        }
        _ => ordered(random),
    }
}

fn set(random: &mut Random) -> LiteralSet {
    let len = random.within(0..5);
    (0..len).map(|_| literal(random, 2)).collect::<Vec<_>>().into()
}

/// A condition as the parser makes them: with canonical ANDs and ORs.
pub(super) fn condition(random: &mut Random, depth: usize) -> Condition {
    let terms = |random: &mut Random| {
        let len = random.within(2..5);
        (0..len).map(|_| condition(random, depth - 1)).collect()
    };
    match random.within(0..6) {
        0 | 1 if depth > 0 => Condition::all_of(terms(random)),
        2 if depth > 0 => Condition::any_of(terms(random)),
        3 if depth > 0 => condition(random, depth - 1).negate(),
        _ => predicate(random),
    }
}

pub(super) fn predicate(random: &mut Random) -> Condition {
    let path = path(random);
    match random.within(0..12) {
        0 => Condition::All,
        1 => Condition::In { path, set: set(random) },
        2 => Condition::ContainsAny { path, set: set(random) },
        3 => Condition::ContainsAll { path, set: set(random) },
        4 if random.one_in(2) => {
            let (low, high) = (pick(random, STRINGS).into(), pick(random, STRINGS).into());
            Condition::Between { path, low, high }
        }
        4 => Condition::Between { path, low: number(random), high: number(random) },
        5 => Condition::StartsWith { path, prefix: pick(random, STRINGS).into() },
        6 => Condition::Exists { path },
        7 | 8 => {
            let literal = literal(random, 3);
            Condition::Compare { path, comparison: Comparison::Equal, literal }
        }
        _ => {
            const SIGNS: &[Comparison] = &[
                Comparison::Less,
                Comparison::LessOrEqual,
                Comparison::Greater,
                Comparison::GreaterOrEqual,
            ];
            Condition::Compare { path, comparison: pick(random, SIGNS), literal: ordered(random) }
        }
    }
}

/// A document over the same names and values, with arrays on the way.
pub(super) fn document(random: &mut Random) -> Json {
    let mut document = object(random, 3);
    while !document.is_object() {
        document = object(random, 3);
    }
    document
}

/// The literal as JSON; infinities have none.
pub(super) fn json_of(literal: &Literal) -> Json {
    match literal {
        Literal::Null => Json::Null,
        Literal::Bool(truth) => (*truth).into(),
        Literal::Integer(whole) => (*whole).into(),
        Literal::Unsigned(whole) => (*whole).into(),
        Literal::Float(float) => (*float).into(),
        Literal::String(string) => string.as_ref().into(),
        Literal::Array(elements) => elements.iter().map(json_of).collect(),
        Literal::Open | Literal::OpenList => panic!("an open place is no value"),
    }
}

fn object(random: &mut Random, depth: usize) -> Json {
    let members = random.within(0..4);
    let member = |_| {
        let names = if random.one_in(4) { NAMES } else { &NAMES[..3] };
        (pick(random, names).to_owned(), value(random, depth - 1))
    };
    Json::Object((0..members).map(member).collect())
}

pub(super) fn value(random: &mut Random, depth: usize) -> Json {
    match random.within(0..5) {
        0 if depth > 0 => object(random, depth),
        1 if depth > 0 => {
            let len = random.within(0..4);
            (0..len).map(|_| value(random, depth - 1)).collect()
        }
        _ => json_of(&literal(random, 1)),
    }
}
