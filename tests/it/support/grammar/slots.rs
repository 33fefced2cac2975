//! What stands in the slots of the grammar: keys, members, numbers, options' values.
//!
//! The ranges are small so that commands meet each other's data, and every range holds the edges of
//! its kind. Times lie far ahead or in the past, never close: a history must mean the same however
//! slowly it is played.

use crate::support::dice::Dice;

/// A value for a slot.
pub(super) fn fill(name: &str, dice: &mut Dice) -> Vec<u8> {
    match name {
        "string" | "hash" | "list" | "set" | "zset" => key(name, dice),
        "any" => any_key(dice),
        "float-string" => numbered("number", dice, 2),
        "float-hash" => numbered("floats", dice, 2),
        "number-list" => numbered("numbers", dice, 2),
        "lex-zset" => numbered("lex", dice, 2),
        "weight-key" => numbered("weight_", dice, 10),
        "field" => edged(dice, FIELDS, "f", 10),
        "member" => edged(dice, MEMBERS, "m", 8),
        "many" => numbered("", dice, 900),
        "value" => edged(dice, VALUES, "v", 5),
        "text" => text(dice),
        "digit" => numbered("", dice, 10),
        "integer" => edged(dice, INTEGERS, "", 10),
        "index" | "signed-count" => signed(dice, 9),
        "count" => edged(dice, &["0", "1", "2", "100", "9223372036854775807"], "", 8),
        "offset" => edged(dice, &["0", "100", "9223372036854775807"], "", 20),
        "eighths" => eighths(dice),
        "score" | "weight" => score(dice),
        "score-bound" => score_bound(dice),
        "score-low" => mostly(dice, b"-inf", score_bound),
        "score-high" => mostly(dice, b"+inf", score_bound),
        "lex-bound" => lex_bound(dice),
        "lex-low" => mostly(dice, b"-", lex_bound),
        "lex-high" => mostly(dice, b"+", lex_bound),
        "seconds" => far(dice, 1),
        "milliseconds" => far(dice, 1_000),
        "at" => later(dice, 1),
        "at-ms" => later(dice, 1_000),
        "past" => one_of(dice, &["0", "-1", "1", "-9223372036854775808"]),
        "pattern" => one_of(dice, PATTERNS),
        "kind" => one_of(dice, &["string", "list", "set", "zset", "hash", "STRING", "nothing"]),
        _ => panic!("the grammar has no slot <{name}>"),
    }
}

/// A word that is probably wrong where it lands.
///
/// No number from 1 to 1,000 is here, which would be a time close by, and none that would make a
/// server repeat itself for long.
pub(super) fn odd(dice: &mut Dice) -> Vec<u8> {
    const WORDS: &[&str] = &[
        "",
        "abc",
        "0",
        "-1",
        "-0",
        "+5000",
        "05000",
        " 7000",
        "7000 ",
        "1.5",
        "1e400",
        "nan",
        "inf",
        "-inf",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "NX",
        "XX",
        "GET",
        "COUNT",
        "LIMIT",
        "WITHSCORES",
        "(1",
        "(",
        "[a",
        "*",
        "\0",
        "$",
    ];
    if dice.percent(5) { vec![0xff, 0, 0x80] } else { one_of(dice, WORDS) }
}

const FIELDS: &[&str] =
    &["", "10", "a field that is longer than sixty-four bytes and so ends a listpack's use"];

const MEMBERS: &[&str] = &[
    "",
    "-1",
    "0",
    "7",
    "42",
    "300",
    "70000",
    "5000000000",
    "9223372036854775807",
    "01",
    "3.5",
    "a member that is longer than sixty-four bytes and so ends the use of a listpack",
];

const VALUES: &[&str] = &[
    "",
    "0",
    "-1",
    "10",
    "007",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "hello world",
    "line\r\nbreak",
    "a string of exactly forty-four bytes, embedded",
    "a string of forty-five bytes, so not embedded",
];

const INTEGERS: &[&str] = &["-1", "-10", "0", "9223372036854775807", "-9223372036854775808"];

const PATTERNS: &[&str] =
    &["*", "?*", "h*", "*1", "m?", "[a-m]*", "[^m]*", "\\m*", "[", "m[2-0]", "", "f1"];

/// Mostly a key of this kind.
fn key(kind: &str, dice: &mut Dice) -> Vec<u8> {
    match dice.below(100) {
        0..8 => any_key(dice),
        _ => numbered(kind, dice, 3),
    }
}

fn any_key(dice: &mut Dice) -> Vec<u8> {
    const PREFIXES: &[&str] = &["string", "hash", "list", "set", "zset", "none"];
    let prefix = *dice.pick(PREFIXES);
    numbered(prefix, dice, 3)
}

/// An edge now and then, else a small number with a prefix.
fn edged(dice: &mut Dice, edges: &[&str], prefix: &str, end: usize) -> Vec<u8> {
    if dice.percent(25) { one_of(dice, edges) } else { numbered(prefix, dice, end) }
}

fn numbered(prefix: &str, dice: &mut Dice, end: usize) -> Vec<u8> {
    format!("{prefix}{}", dice.below(end)).into_bytes()
}

fn one_of(dice: &mut Dice, choices: &[&str]) -> Vec<u8> {
    dice.pick(choices).as_bytes().to_vec()
}

fn text(dice: &mut Dice) -> Vec<u8> {
    let length = dice.below(12);
    (0..length).map(|_| *dice.pick(b"abcd")).collect()
}

fn signed(dice: &mut Dice, limit: i64) -> Vec<u8> {
    dice.between(-limit, limit).to_string().into_bytes()
}

/// A multiple of an eighth: sums of these are exact in any order and in any width of float.
fn eighths(dice: &mut Dice) -> Vec<u8> {
    let eighths = dice.between(-80, 80);
    let sign = if eighths < 0 { "-" } else { "" };
    let (whole, rest) = (eighths.abs() / 8, eighths.abs() % 8 * 125);
    format!("{sign}{whole}.{rest:03}").into_bytes()
}

fn score(dice: &mut Dice) -> Vec<u8> {
    match dice.below(20) {
        0 => one_of(dice, &["inf", "+inf", "-inf", "-0", "1e3", "1e20", "5e-324", "0.1"]),
        1..8 => eighths(dice),
        _ => signed(dice, 5),
    }
}

fn score_bound(dice: &mut Dice) -> Vec<u8> {
    match dice.below(6) {
        0 => b"-inf".to_vec(),
        1 => b"+inf".to_vec(),
        2 => [b"(".to_vec(), score(dice)].concat(),
        _ => score(dice),
    }
}

/// One end of everything, three times in four.
fn mostly(dice: &mut Dice, end: &[u8], bound: fn(&mut Dice) -> Vec<u8>) -> Vec<u8> {
    if dice.percent(75) { end.to_vec() } else { bound(dice) }
}

fn lex_bound(dice: &mut Dice) -> Vec<u8> {
    match dice.below(6) {
        0 => b"-".to_vec(),
        1 => b"+".to_vec(),
        2 => one_of(dice, &["[", "(", "m", "[m3\0"]),
        3 => [b"(".to_vec(), fill("member", dice)].concat(),
        _ => [b"[".to_vec(), fill("member", dice)].concat(),
    }
}

/// A time to live, hours at least and never twice the same, so that GT and LT have no ties to
/// break.
fn far(dice: &mut Dice, per_second: i64) -> Vec<u8> {
    (dice.between(10_000, 1_000_000_000) * per_second).to_string().into_bytes()
}

/// A moment after the year 2100; few of them, so that GT and LT meet ties.
fn later(dice: &mut Dice, per_second: i64) -> Vec<u8> {
    ((4_102_444_800 + dice.between(0, 5)) * per_second).to_string().into_bytes()
}
