//! Texts that are refused, and the whole error of each.
//!
//! The errors are part of the language, and `errors.txt` holds them as data: a line `condition> TEXT`
//! (or `order`, `projection`, `path`), and below it the error. Here are those that a line of text
//! cannot show, and how an error is marked in its text.

use crate::query::{
    Position, QueryError, parse_condition, parse_order, parse_path, parse_projection,
};

const ERRORS: &str = include_str!("errors.txt");

fn refusal(kind: &str, text: &str) -> Option<QueryError> {
    match kind {
        "condition" => parse_condition(text).err(),
        "order" => parse_order(text).err(),
        "projection" => parse_projection(text).err(),
        "path" => parse_path(text).err(),
        _ => panic!("{kind} is nothing that can be parsed"),
    }
}

#[test]
fn a_wrong_text_is_answered_by_what_would_be_right() {
    let mut lines = ERRORS.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    let mut count = 0;
    while let Some(line) = lines.next() {
        let (kind, text) = line.split_once('>').unwrap_or_else(|| panic!("no text in {line:?}"));
        let text = text.strip_prefix(' ').unwrap_or(text);
        let error = refusal(kind, text).unwrap_or_else(|| panic!("{line:?} is accepted"));
        assert_eq!(Some(error.to_string().as_str()), lines.next(), "{line}");
        count += 1;
    }
    assert!(count > 150, "only {count} texts were read");
}

#[test]
fn what_cannot_be_seen_is_shown_by_its_number() {
    for (text, message) in [
        ("a\u{200b} = 1", "expected an operator after a but found \"U+200B\" (at column 2)"),
        ("a = 1 \u{7}", "expected AND, OR or the end after 1 but found \"U+0007\" (at column 7)"),
        (
            "a = 'x\ny' b",
            "expected AND, OR or the end after 'xU+000Ay' but found b (at line 2, column 4)",
        ),
    ] {
        assert_eq!(parse_condition(text).unwrap_err().to_string(), message);
    }
}

#[test]
fn an_error_has_its_parts() {
    let error = parse_condition("a = 1 AND\n  b = é").unwrap_err();
    assert_eq!(error.position(), Some(Position { at: 16, line: 2, column: 7 }));
    assert_eq!((error.found(), error.expected()), ("é", ["a value"].as_slice()));
}

#[test]
fn an_error_is_marked_in_its_line() {
    let marked = |text: &str| parse_condition(text).unwrap_err().marked(text).to_string();
    assert_eq!(
        marked("city = Accra AND age > 3"),
        "city = Accra AND age > 3\n       ^\nexpected a value after \"=\" but found Accra (at column 8); \
         strings are quoted: 'Accra'"
    );
    assert_eq!(
        marked("a = 1 AND\r\n\tnaïve =\r\nx"),
        "x\n^\nexpected a value after \"=\" but found x (at line 3, column 1); strings are quoted: 'x'"
    );
    assert_eq!(
        marked("\tnaïve = \n"),
        "\n^\nexpected a value after \"=\" but found the end (at line 2, column 1)"
    );
    assert_eq!(
        marked("\tnaïve ?"),
        " naïve ?\n       ^\nexpected an operator after naïve but found \"?\" (at column 8); \
         ? stands in the place of a value: age > ?"
    );
    // Of a long line, what stands around the place.
    let long = format!("a = '{}' b = '{}'", "x".repeat(100), "y".repeat(100));
    let (before, after) = (format!("{}' ", "x".repeat(36)), format!("b = '{}", "y".repeat(33)));
    let message = "expected AND, OR or the end after 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… \
                   but found b (at column 108)";
    assert_eq!(marked(&long), format!("{before}{after}\n{:38}^\n{message}", ""));
    // A limit of the whole text has no place in it.
    let endless = "x".repeat(70_000);
    assert_eq!(marked(&endless), "expected at most 65536 bytes but found 70000 bytes");
}
