//! Words, signs and bytes in any order: an answer always, a panic never.

use crate::query::{
    QueryError, matches, parse_condition, parse_order, parse_path, parse_projection, ranges,
};
use crate::types::random::Random;

const PIECES: &[&str] = &[
    "a",
    "b",
    "a.b",
    "`x y`",
    "AND",
    "or",
    "NOT",
    "IN",
    "IS",
    "NULL",
    "MISSING",
    "EXISTS",
    "BETWEEN",
    "CONTAINS",
    "ANY",
    "ALL",
    "STARTS",
    "WITH",
    "true",
    "false",
    "ASC",
    "DESC",
    "LIKE",
    "ORDER",
    "=",
    "==",
    "!=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "=>",
    "&&",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "*",
    "1",
    "-1",
    "1.5",
    "3e1",
    "007",
    "1e999",
    "99999999999999999999",
    "'x'",
    "\"y\"",
    "'it''s'",
    "'\\u00e9'",
    "'",
    "\"",
    "`",
    "\\",
    "'\\ud83d'",
    "-",
    "$1",
    "?",
    ";",
    "é",
    "\u{200b}",
    "\u{0}",
    "\n",
    "“",
    "😀",
];

fn soup(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.within(0..14) {
        text.push_str(PIECES[random.within(0..PIECES.len())]);
        if !random.one_in(4) {
            text.push(' ');
        }
    }
    text
}

/// Bytes that are mostly those of a query.
fn bytes(random: &mut Random) -> String {
    const BYTES: &[u8] = b"ab1 .'\"`\\u0()[],=<>!*-+eE_$?\n\xc3\xa9\xf0\x9f";
    let bytes = (0..random.within(0..30)).map(|_| BYTES[random.within(0..BYTES.len())]);
    String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
}

fn check_error(text: &str, error: &QueryError) {
    let line = error.to_string();
    assert!(line.starts_with("expected ") && line.contains(" but found "), "{text:?}: {line}");
    assert!(!line.contains(char::is_control), "{text:?}: {line:?}");
    assert!(line.chars().count() < 400, "{text:?}: {line}");
    let position = error.position().unwrap_or_else(|| panic!("{text:?}: {line}"));
    assert!(text.is_char_boundary(position.at), "{text:?}: {line}");
    let marked = error.marked(text).to_string();
    assert!(marked.ends_with(&line) && marked.lines().count() == 3, "{text:?}: {marked}");
}

#[test]
fn any_text_is_answered() {
    let mut random = Random::from_environment();
    let mut accepted = 0;
    for round in 0..30_000 {
        let text = if round % 2 == 0 { soup(&mut random) } else { bytes(&mut random) };
        match parse_condition(&text) {
            Ok(condition) => {
                accepted += 1;
                let printed = condition.to_string();
                assert_eq!(parse_condition(&printed).as_ref(), Ok(&condition), "{text:?}");
                assert_eq!(condition.check_size(), Ok(()), "{text:?}");
                ranges(&condition);
                matches(&condition.normalize(), &serde_json::Value::Null);
            }
            Err(error) => check_error(&text, &error),
        }
        parse_order(&text).err().iter().for_each(|error| check_error(&text, error));
        parse_projection(&text).err().iter().for_each(|error| check_error(&text, error));
        parse_path(&text).err().iter().for_each(|error| check_error(&text, error));
    }
    assert!(accepted > 500, "only {accepted} texts were conditions");
}
