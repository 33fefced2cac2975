//! What must not be written: debt without an owner, code in comments, and words that have a better
//! one.
//!
//! One word means one thing in this project, and the glossary in `ARCHITECTURE.md` says which; the
//! table here holds those that crept in once. Doc comments may contain code, that is what examples
//! are.

use super::lexer::tokens;
use super::tree::{File, Finding};

/// Marks of work left undone.
const MARKS: &[&str] = &["TODO", "FIXME", "XXX"];

/// Macros that stand for work left undone, or for a look at it.
const MACROS: &[&str] = &["dbg", "todo", "unimplemented"];

/// File names that say nothing, and what to do instead.
const NAMELESS: &[&str] = &["common", "helper", "helpers", "manager", "misc", "util", "utils"];

/// Words that have a better one: the word, and the one to take.
const WORDS: &[(&str, &str)] =
    &[("mailbox", "queue"), ("blacklist", "deny list"), ("whitelist", "allow list")];

/// Where a file of text that is not Rust counts as the project's own writing.
const PROSE: &[&str] = &[".md", ".toml", ".ci/run"];

/// The mark and macros of unfinished work.
pub(super) fn debt(file: &File) -> Vec<Finding> {
    let prose = if is_prose(file) { &file.text } else { &file.comments };
    let mut findings = Vec::new();
    for (index, line) in prose.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric());
        if let Some(mark) = words.find(|word| MARKS.contains(word)) {
            findings.push(file.finding(
                index + 1,
                format!("says {mark}; do it, or open an issue and say why it can wait"),
            ));
        }
    }
    for pair in tokens(&file.code).windows(2) {
        if MACROS.contains(&pair[0].text) && pair[1].text == "!" {
            findings.push(
                file.finding(
                    pair[0].line,
                    format!("calls {}!; finished code does not", pair[0].text),
                ),
            );
        }
    }
    findings
}

fn is_prose(file: &File) -> bool {
    PROSE.iter().any(|end| file.path.ends_with(end))
}

/// Comments that were code, and are neither.
pub(super) fn commented_out_code(file: &File) -> Vec<Finding> {
    let lines = file.comments.lines().enumerate();
    let offends = |line: &str| plain_comment(line).is_some_and(looks_like_code);
    let found = lines.filter(|(_, line)| offends(line));
    found
        .map(|(index, _)| file.finding(index + 1, "has code in a comment; git remembers it"))
        .collect()
}

/// What a `//` comment says, if it is not a doc comment.
fn plain_comment(line: &str) -> Option<&str> {
    let text = line.trim().strip_prefix("//")?;
    (!text.starts_with(['/', '!'])).then(|| text.trim())
}

/// Sentences end in a full stop, code in a bracket or a semicolon; of those that do, only code
/// starts like code.
fn looks_like_code(text: &str) -> bool {
    const STARTS: &[&str] = &[
        "let", "use", "pub", "fn", "mod", "return", "if", "for", "while", "loop", "match", "impl",
        "struct", "enum", "const", "static", "assert", "self",
    ];
    if ["}", "};", "});", "},", "})?;"].contains(&text) || text.starts_with("#[") {
        return true;
    }
    let word = text.split(|c: char| c != '_' && !c.is_alphanumeric()).next().unwrap_or_default();
    let after = &text[word.len()..];
    let starts = STARTS.contains(&word)
        || ["(", ".", "::", " = ", "!("].iter().any(|sign| after.starts_with(sign));
    !word.is_empty() && starts && text.ends_with([';', '{'])
}

/// File names that would fit any content.
pub(super) fn nameless(file: &File) -> Vec<Finding> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let stem = name.strip_suffix(".rs").unwrap_or_default();
    if NAMELESS.contains(&stem) {
        return vec![
            file.finding(0, format!("is called {stem}; name it after the idea that is in it")),
        ];
    }
    Vec::new()
}

/// Words that have a better one, in names, comments and documents.
pub(super) fn banned(file: &File) -> Vec<Finding> {
    let parts = if is_prose(file) {
        [file.text.as_str(), ""]
    } else {
        [file.code.as_str(), file.comments.as_str()]
    };
    let lines = parts.into_iter().flat_map(|part| part.lines().enumerate());
    let offences = |line: &str| {
        let line = line.to_lowercase();
        WORDS.iter().filter(move |(word, _)| line.contains(word))
    };
    let found = lines.flat_map(|(index, line)| offences(line).map(move |offence| (index, offence)));
    found
        .map(|(index, (word, better))| {
            file.finding(index + 1, format!("says {word}; say {better}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines a rule complains of.
    fn lines(rule: fn(&File) -> Vec<Finding>, path: &str, text: &str) -> String {
        let findings = rule(&File::new(path, text.as_bytes()));
        let lines: Vec<String> = findings.iter().map(|finding| finding.line.to_string()).collect();
        lines.join(" ")
    }

    #[test]
    fn debt_is_found_in_comments_calls_and_documents() {
        let text = "// fine\n// TODO: later\nfn f() { g(\"TODO\"); }\n\
                    /* FIXME */\nfn h() { todo!() }\n/// XXXL is a size";
        assert_eq!(lines(debt, "a.rs", text), "2 4 5");
        assert_eq!(lines(debt, "A.md", "one\ntwo FIXME\n"), "2");
        assert_eq!(lines(debt, "a.gz", "TODO"), "");
    }

    #[test]
    fn code_in_a_comment_is_found_and_sentences_are_not() {
        for code in [
            "let x = 1;",
            "foo.bar(1);",
            "}",
            "#[inline]",
            "if a {",
            "x = y;",
            "kora::open();",
            "assert!(a);",
        ] {
            assert_eq!(lines(commented_out_code, "a.rs", &format!("// {code}")), "1", "{code}");
            assert_eq!(lines(commented_out_code, "a.rs", &format!("/// {code}")), "", "{code}");
        }
        for prose in [
            "It ends; the rest follows.",
            "Let it be;",
            "see `f`;",
            "If nothing is found, it waits.",
            "use with care",
        ] {
            assert_eq!(lines(commented_out_code, "a.rs", &format!("x // {prose}")), "", "{prose}");
        }
    }

    #[test]
    fn names_that_fit_anything_are_refused() {
        assert_eq!(lines(nameless, "kora/src/utils.rs", ""), "0");
        assert_eq!(lines(nameless, "kora/src/text.rs", ""), "");
    }

    #[test]
    fn banned_words_are_found_within_names() {
        assert_eq!(
            lines(
                banned,
                "a.rs",
                "struct Mailbox;\nfn f() {} // the mailboxes\nconst A: &str = \"mailbox\";"
            ),
            "1 2"
        );
        assert_eq!(lines(banned, "A.md", "a\nthe mailbox"), "2");
        assert_eq!(lines(banned, "a.rs", "struct Queue;"), "");
    }
}
