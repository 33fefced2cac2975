//! Documents name only files that exist.
//!
//! In the documents of the root, whatever stands in backticks and looks like a path, and every link
//! that is not to a page of the web, must lead to a file. A path may start at the root, at `kora`,
//! or at `kora/src`; a bare name may be that of any file, and `*` stands for any name. Blocks of
//! code are left out: they show programs and commands.

use super::tree::{File, Finding, Tree, fits};

/// The documents that describe this tree as it is.
const DOCUMENTS: &[&str] = &["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"];

/// Where a path may start.
const BASES: &[&str] = &["", "kora/", "kora/src/"];

/// Endings that make a name a path even without a folder.
const ENDINGS: &[&str] = &[".rs", ".md", ".toml"];

/// Paths in documents that lead nowhere.
pub(super) fn dead_paths(tree: &Tree) -> Vec<Finding> {
    let documents = tree.files.iter().filter(|file| DOCUMENTS.contains(&file.path.as_str()));
    documents.flat_map(|document| dead_paths_in(document, tree)).collect()
}

fn dead_paths_in(document: &File, tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut is_fenced = false;
    for (index, line) in document.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if !is_fenced {
            let quoted = quoted(line).filter(|text| looks_like_path(text));
            let dead = quoted.chain(links(line)).filter(|path| !exists(path, tree));
            findings.extend(dead.map(|path| {
                document.finding(index + 1, format!("names {path}, which is not there"))
            }));
        }
    }
    findings
}

/// What stands between backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Where links lead within the repository, without the place inside the page.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:"));
    local.map(|target| target.split('#').next().unwrap_or_default()).filter(|path| !path.is_empty())
}

/// A folder, or a file by its ending; `MULTI/EXEC` is neither, and `/health` belongs to a server.
fn looks_like_path(text: &str) -> bool {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "._-*/".contains(c));
    let is_lower = text.contains(|c: char| c.is_ascii_lowercase());
    let is_named = ENDINGS.iter().any(|ending| text.ends_with(ending) && text.len() > ending.len());
    is_plain && !text.starts_with('/') && (is_named || (is_lower && text.contains('/')))
}

/// Whether a file or a folder of that name is in the tree.
fn exists(path: &str, tree: &Tree) -> bool {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let found = |pattern: &str| tree.files.iter().any(|file| fits(pattern, &file.path));
    if !path.contains('/') && found(&format!("**/{path}")) {
        return true;
    }
    BASES.iter().any(|base| found(&format!("{base}{path}")) || found(&format!("{base}{path}/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[(usize, &str)]) {
        let tree = Tree::of(&[
            ("README.md", text),
            ("kora/src/types/hash/ops.rs", ""),
            ("LICENSE", ""),
            (".ci/run", ""),
        ]);
        let found = dead_paths(&tree);
        let found: Vec<(usize, &str)> =
            found.iter().map(|finding| (finding.line, finding.message.as_str())).collect();
        let wanted: Vec<(usize, String)> = wanted
            .iter()
            .map(|(line, path)| (*line, format!("names {path}, which is not there")))
            .collect();
        let wanted: Vec<(usize, &str)> =
            wanted.iter().map(|(line, text)| (*line, text.as_str())).collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn paths_that_are_there_may_be_named() {
        check(
            "`types/hash/`, `types/*/ops.rs`, `ops.rs`, `src/types`, \
             `.ci/run` and [it](LICENSE#top)",
            &[],
        );
    }

    #[test]
    fn paths_that_are_not_there_are_found() {
        check("fine\nbut `types/set/` and `ops2.rs`", &[(2, "types/set/"), (2, "ops2.rs")]);
        check("see [this](docs/format.md)", &[(1, "docs/format.md")]);
    }

    #[test]
    fn what_is_no_path_is_left_alone() {
        check(
            "`MULTI/EXEC`, `cargo run a/b`, `/health`, `Vec<a/b>`, [web](https://example.org/a)",
            &[],
        );
        check("```sh\n`nowhere/at/all`\n```\n", &[]);
    }
}
