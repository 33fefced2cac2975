//! The rules of the house, held by tests that read the tree.
//!
//! One test a rule; every complaint names the file, the line and what to do. A rule is here if
//! neither the compiler nor clippy can hold it. Each is a function over files that its own module
//! tests with text that breaks it, so that none can pass by looking at nothing. To change a rule,
//! change the table at the top of its module.

mod arrows; // who may use whom
mod code; // unsafe and matches!
mod documents; // paths in README and its kin
mod folders; // file names and headers
mod layers; // the tables of the arrows
mod lexer; // Rust text: code, comments, tokens
mod licences; // what is linked in
mod manifests; // Cargo.toml
mod paths; // the paths that code names
mod sizes; // lines and bytes
mod tree; // files and complaints
mod words; // what must not be written

use tree::{Finding, Tree};

/// Fails with all complaints of a rule.
#[track_caller]
fn holds(rule: &str, findings: &[Finding]) {
    let list: String = findings.iter().map(|finding| format!("\n  {finding}")).collect();
    assert!(findings.is_empty(), "{rule}: {} complaints{list}\n", findings.len());
}

#[test]
fn the_tree_is_read() {
    let tree = Tree::repository();
    for path in ["Cargo.toml", "README.md", ".ci/run", "kora/src/lib.rs", "tests/it/tidy/mod.rs"] {
        assert!(tree.find(path).is_some(), "{path} is in the repository and was not read");
    }
    assert!(
        !tree
            .files
            .iter()
            .any(|file| file.path.contains("target/") || file.path.starts_with(".git/"))
    );
}

#[test]
fn arrows_point_down() {
    holds("a module uses its own folder and the layers below", &arrows::upward(Tree::repository()));
}

#[test]
fn modules_do_not_know_what_is_not_their_matter() {
    holds("invariants by absence", &arrows::forbidden_knowledge(Tree::repository()));
}

#[test]
fn source_files_are_short() {
    holds("a source file is one idea", &sizes::lines(Tree::repository()));
}

#[test]
fn large_files_are_data() {
    holds("large files have their places", &Tree::repository().each(sizes::bytes));
}

#[test]
fn folders_of_types_look_alike() {
    holds("folders of types have the same file names", &folders::strange_names(Tree::repository()));
}

#[test]
fn files_say_what_they_are() {
    holds("every source file opens with `//!`", &Tree::repository().each(folders::headless));
}

#[test]
fn members_take_the_lints_of_the_workspace() {
    holds(
        "every member says `[lints] workspace = true`",
        &manifests::without_lints(Tree::repository()),
    );
}

#[test]
fn dependencies_say_why() {
    holds(
        "every dependency has a comment",
        &manifests::unexplained_dependencies(Tree::repository()),
    );
}

#[test]
fn licences_are_on_the_list() {
    let refused = licences::refused();
    assert!(refused.is_empty(), "licences that may be linked:\n  {}\n", refused.join("\n  "));
}

#[test]
fn nothing_is_left_undone() {
    holds("no debt in the tree", &Tree::repository().each(words::debt));
}

#[test]
fn comments_are_not_code() {
    holds("no code in comments", &Tree::repository().each(words::commented_out_code));
}

#[test]
fn file_names_name_an_idea() {
    holds("no file name that fits anything", &Tree::repository().each(words::nameless));
}

#[test]
fn words_have_one_meaning() {
    holds("the glossary's words", &Tree::repository().each(words::banned));
}

#[test]
fn answers_of_matches_are_used() {
    holds("no `matches!` as a statement", &Tree::repository().each(code::forgotten_matches));
}

#[test]
fn long_lists_of_variants_are_a_match() {
    holds("no `matches!` with many variants", &Tree::repository().each(code::crowded_matches));
}

#[test]
fn unsafe_code_stands_where_it_is_listed() {
    holds("unsafe code has its places", &code::unsafe_places(Tree::repository()));
}

#[test]
fn documents_name_what_exists() {
    holds("documents name files that exist", &documents::dead_paths(Tree::repository()));
}
