//! Rules about single constructs of Rust: where `unsafe` may stand, and two ways to write
//! `matches!` that go wrong.
//!
//! What clippy can hold it holds, in `Cargo.toml` and `.clippy.toml`; these are the ones it does
//! not know. They read code only, so text and comments may speak of anything.

use super::lexer::{Token, closing, tokens};
use super::tree::{File, Finding, Tree};

/// The only files with `unsafe`, and what it buys in each.
const UNSAFE: &[(&str, &str)] = &[
    (
        "kora/src/document/form/utf8.rs",
        "text that was just seen to be ASCII is taken for what it is",
    ),
    ("kora/src/map/arena/mod.rs", "blocks get their memory from pages of places of one size"),
    ("kora/src/map/arena/page.rs", "a page keeps its books in the memory that it hands out"),
    ("kora/src/map/arena/tests.rs", "places are written to and read as their takers do it"),
    ("kora/src/map/block.rs", "an entry is one allocation: header, key and payload side by side"),
    ("kora/src/map/mod.rs", "a slot is one word; the map turns it back into the block it owns"),
    ("kora/src/map/prefetch.rs", "the processor's prefetch instruction is an intrinsic"),
    ("kora/src/map/tags.rs", "eight tags are compared by vector instructions"),
    ("kora/src/keyspace/entry.rs", "an entry owns a boxed value through eight bytes of its block"),
    ("kora/src/storage/format/checksum.rs", "the processor sums eight bytes at a time"),
    ("kora/src/storage/fs/mapped.rs", "an append to the log is a copy into a mapped file"),
    (
        "tests/peers/src/bin/durable/main.rs",
        "LMDB asks for a promise that nobody else maps its file",
    ),
    ("tests/crash/power.rs", "the kernel shuts a file system down by an ioctl"),
];

/// Up to this many variants a `matches!` is easier to read than a `match`; a longer list wants the
/// compiler to count.
const VARIANTS_MAX: usize = 3;

/// `unsafe` outside the listed files, and listed files that do without.
pub(super) fn unsafe_places(tree: &Tree) -> Vec<Finding> {
    let mut findings = tree.each(unlisted_unsafe);
    let idle = UNSAFE
        .iter()
        .filter_map(|(path, _)| tree.find(path))
        .filter(|file| unsafe_lines(file).is_empty());
    findings.extend(
        idle.map(|file| {
            file.finding(0, "has no unsafe code; take it off the list in tidy/code.rs")
        }),
    );
    findings
}

fn unlisted_unsafe(file: &File) -> Vec<Finding> {
    if UNSAFE.iter().any(|(path, _)| *path == file.path) {
        return Vec::new();
    }
    let lines = unsafe_lines(file).into_iter();
    lines
        .map(|line| file.finding(line, "has unsafe code and is not on the list in tidy/code.rs"))
        .collect()
}

fn unsafe_lines(file: &File) -> Vec<usize> {
    tokens(&file.code)
        .iter()
        .filter(|token| token.text == "unsafe")
        .map(|token| token.line)
        .collect()
}

/// `matches!(…);` as a statement: it compares and forgets the answer.
pub(super) fn forgotten_matches(file: &File) -> Vec<Finding> {
    let tokens = tokens(&file.code);
    let is_forgotten = |open: usize| {
        let starts = open < 3 || ["{", "}", ";"].contains(&tokens[open - 3].text);
        starts && tokens.get(closing(&tokens, open) + 1).is_some_and(|next| next.text == ";")
    };
    let forgotten = matches_calls(&tokens).into_iter().filter(|open| is_forgotten(*open));
    forgotten
        .map(|open| file.finding(tokens[open].line, "forgets what `matches!` answers; assert it"))
        .collect()
}

/// `matches!` with many variants: a new one is neither in the list nor missed by the compiler.
pub(super) fn crowded_matches(file: &File) -> Vec<Finding> {
    let tokens = tokens(&file.code);
    let calls = matches_calls(&tokens).into_iter();
    let crowded = calls
        .filter(|open| variant_count(&tokens[open + 1..closing(&tokens, *open)]) > VARIANTS_MAX);
    let message = format!(
        "lists more than {VARIANTS_MAX} variants in `matches!`; write a `match` without `_`"
    );
    crowded.map(|open| file.finding(tokens[open].line, message.clone())).collect()
}

/// The opening brackets of all calls of `matches!`.
fn matches_calls(tokens: &[Token<'_>]) -> Vec<usize> {
    let calls = tokens.windows(3).enumerate().filter(|(_, window)| {
        window[0].text == "matches" && window[1].text == "!" && window[2].text == "("
    });
    calls.map(|(index, _)| index + 2).collect()
}

/// How many alternatives the pattern of a `matches!` has, if they are variants and not characters
/// or numbers.
fn variant_count(arguments: &[Token<'_>]) -> usize {
    let mut depth = 0_i32;
    let comma = arguments.iter().position(|token| {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        depth == 0 && token.text == ","
    });
    let pattern = &arguments[comma.map_or(arguments.len(), |comma| comma + 1)..];
    let pattern: Vec<&str> =
        pattern.iter().map(|token| token.text).take_while(|text| *text != "if").collect();
    let names_variants = pattern.iter().any(|text| text.starts_with(char::is_uppercase));
    if names_variants { 1 + pattern.iter().filter(|text| **text == "|").count() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        File::new("kora/src/a.rs", text.as_bytes())
    }

    #[test]
    fn unsafe_stands_only_where_it_is_listed() {
        let text = "// unsafe\nfn f() { g(\"unsafe\"); }\nunsafe fn h() {}";
        let listed = UNSAFE[0].0;
        let tree = Tree::of(&[("kora/src/a.rs", text), (listed, text), (UNSAFE[1].0, "fn f() {}")]);
        let found: Vec<String> = unsafe_places(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("kora/src/a.rs:3: has unsafe"));
        assert!(found[1].starts_with(UNSAFE[1].0) && found[1].contains("no unsafe"));
    }

    #[test]
    fn a_match_whose_answer_is_dropped_is_refused() {
        assert_eq!(forgotten_matches(&file("fn f() {\n matches!(a, B(_)); }"))[0].line, 2);
        assert_eq!(forgotten_matches(&file("fn f() { if a {} matches!(a, B); c }")).len(), 1);
        for used in [
            "fn f() -> bool { matches!(a, B) }",
            "fn f() { assert!(matches!(a, B)); }",
            "let x = matches!(a, B);",
        ] {
            assert_eq!(forgotten_matches(&file(used)), [], "{used}");
        }
    }

    #[test]
    fn a_long_list_of_variants_is_refused() {
        assert_eq!(crowded_matches(&file("let x = matches!(f(a, b), A | B | C(_) | D);")).len(), 1);
        assert_eq!(crowded_matches(&file("matches!(a, Some(A | B | C | D) if e)")).len(), 1);
        for short in [
            "matches!(a, A | B | C)",
            "matches!(c, b'a' | b'b' | b'c' | b'd')",
            "matches!(a, A if b | c | d | e)",
        ] {
            assert_eq!(crowded_matches(&file(short)), [], "{short}");
        }
    }
}
