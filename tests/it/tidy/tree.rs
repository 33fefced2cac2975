//! The files of the repository, read once, and the complaints about them.
//!
//! Not a view of git: it walks the folders, and leaves out build output and what editors and tools
//! hide behind a dot, so that a tree without history is checked alike. A rule is a function from a
//! [`File`] or a [`Tree`] to [`Finding`]s, which lets a test hand it a tree made of text.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use super::lexer;

/// The dot-folders that belong to the project; all others belong to somebody's tools.
const DOT_FOLDERS: &[&str] = &[".cargo", ".ci", ".config"];

/// One file, with its Rust text cut into code and comments.
pub(super) struct File {
    /// From the root of the repository, with `/` between folders.
    pub(super) path: String,
    pub(super) bytes: u64,
    /// Empty if the file is not text.
    pub(super) text: String,
    /// The text with comments and the inside of literals blanked; empty if it is not Rust.
    pub(super) code: String,
    /// The text with all but comments blanked; empty if it is not Rust.
    pub(super) comments: String,
}

impl File {
    pub(super) fn new(path: impl Into<String>, content: &[u8]) -> File {
        let path = path.into();
        let bytes = u64::try_from(content.len()).expect("a file in memory fits 64 bits");
        let text = std::str::from_utf8(content).unwrap_or_default().to_owned();
        let parts =
            if path.ends_with(".rs") { lexer::split(&text) } else { lexer::Parts::default() };
        File { path, bytes, text, code: parts.code, comments: parts.comments }
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// What is wrong at a line, counted from 1; line 0 means the whole file.
    pub(super) fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, message: message.into() }
    }
}

/// All files, sorted by path.
pub(super) struct Tree {
    pub(super) files: Vec<File>,
}

impl Tree {
    /// The repository these tests were compiled in.
    pub(super) fn repository() -> &'static Tree {
        static TREE: LazyLock<Tree> = LazyLock::new(|| {
            let mut files = Vec::new();
            read_folder(root(), "", &mut files);
            files.sort_by(|a, b| a.path.cmp(&b.path));
            Tree { files }
        });
        &TREE
    }

    /// A tree made of text, for the tests of a rule.
    pub(super) fn of(files: &[(&str, &str)]) -> Tree {
        Tree { files: files.iter().map(|(path, text)| File::new(*path, text.as_bytes())).collect() }
    }

    pub(super) fn find(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    pub(super) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }

    /// The findings of a rule that looks at one file at a time.
    pub(super) fn each(&self, rule: fn(&File) -> Vec<Finding>) -> Vec<Finding> {
        self.files.iter().flat_map(rule).collect()
    }
}

/// The root of the repository: the folder above this package.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package stands in the workspace")
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("read {}: {e}", folder.display()));
    for entry in entries {
        let entry = entry.expect("the folder can be read to its end");
        let name = entry.file_name().into_string().expect("names of the project are text");
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().expect("the kind of an entry is known");
        if kind.is_dir() {
            if is_ours(&name) {
                read_folder(&entry.path(), &format!("{path}/"), files);
            }
        } else if kind.is_file() {
            let content = fs::read(entry.path()).unwrap_or_else(|e| panic!("read {path}: {e}"));
            files.push(File::new(path, &content));
        }
    }
}

fn is_ours(folder: &str) -> bool {
    folder != "target" && (!folder.starts_with('.') || DOT_FOLDERS.contains(&folder))
}

/// One complaint: where, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Whether a path fits a pattern: `*` stands for any text within a segment, `**` for any number of
/// segments, and a final `/` for everything below.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let pattern = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    segments_fit(&pattern, &path)
}

fn segments_fit(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), None) => segments_fit(rest, &[]),
        (Some((&"**", rest)), Some((_, deeper))) => {
            segments_fit(rest, path) || segments_fit(pattern, deeper)
        }
        (Some((wanted, rest)), Some((found, deeper))) => {
            segment_fits(wanted, found) && segments_fit(rest, deeper)
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn segment_fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len())
                .any(|cut| rest.is_char_boundary(cut) && segment_fits(after, &rest[cut..]))
        }),
    }
}

#[test]
fn patterns_fit_segments() {
    assert!(fits("error.rs", "error.rs") && !fits("error.rs", "engine/error.rs"));
    assert!(fits("types/*/value.rs", "types/hash/value.rs"));
    assert!(!fits("types/*/value.rs", "types/value.rs"));
    assert!(fits("engine/", "engine/mod.rs") && fits("engine/", "engine/a/b.rs"));
    assert!(!fits("engine/", "engine.rs"));
    assert!(fits("**/tests.rs", "tests.rs") && fits("**/tests.rs", "a/b/tests.rs"));
    assert!(fits("a*c*.rs", "abcd.rs") && !fits("a*c*.rs", "abd.rs"));
}

#[test]
fn a_finding_names_file_and_line() {
    let file = File::new("a/b.rs", b"");
    assert_eq!(file.finding(3, "is bad").to_string(), "a/b.rs:3: is bad");
    assert_eq!(file.finding(0, "is bad").to_string(), "a/b.rs: is bad");
}
