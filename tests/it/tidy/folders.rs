//! The shape of the tree: each folder of a data type has the same file names, and each file opens
//! with what it is.
//!
//! A reader who knows `types/hash` knows where to look in every other type. A name beyond the
//! agreed ones is listed with the idea that earned it a file.

use super::tree::{File, Finding, Tree, fits};

const TYPES: &str = "kora/src/types/";

/// What the folder of a type may hold without asking.
const AGREED: &[&str] = &["mod.rs", "value.rs", "ops.rs", "commands.rs", "api.rs", "tests.rs"];

/// Folders that stand for a file of that name once it is cut.
const CUT: &[&str] = &["ops/", "commands/", "api/", "tests/"];

/// Further files and folders, below `kora/src/types`, and the idea in each.
const EXTRAS: &[(&str, &str)] = &[
    ("packed/", "the one allocation that small collections share"),
    ("string/set.rs", "SET with its options"),
    ("string/copies.rs", "copies of many strings, which share their allocations"),
    ("list/run.rs", "the bytes of a list and of a node"),
    ("list/node.rs", "one node of a list"),
    ("list/chain.rs", "the nodes of a large list"),
    ("list/threshold.rs", "from which length on an element has a node to itself"),
    ("set/intset.rs", "a sorted array of integers"),
    ("set/view.rs", "how a set is read in its three forms"),
    ("set/algebra.rs", "intersection, union and difference"),
    ("set/sample.rs", "members chosen at random"),
    ("zset/tree/", "the order of a sorted set"),
    ("zset/table.rs", "the large form of a sorted set"),
    ("zset/members.rs", "the members of a large sorted set, by number"),
    ("zset/run.rs", "the packed form of a sorted set"),
    ("zset/score.rs", "the packed form of a score"),
    ("zset/range.rs", "the bounds of a range by score, rank or name"),
    ("zset/aggregate.rs", "how scores of several sets become one"),
];

/// Files of a type's folder that are neither agreed nor listed.
pub(super) fn strange_names(tree: &Tree) -> Vec<Finding> {
    let inside = tree.files.iter().filter_map(|file| Some((file, file.path.strip_prefix(TYPES)?)));
    let strange = inside.filter(|(_, place)| {
        place.split_once('/').is_some_and(|(_, name)| !is_agreed(place, name))
    });
    let message =
        "is not a name that folders of types have; see AGREED and EXTRAS in tidy/folders.rs";
    strange.map(|(file, _)| file.finding(0, message)).collect()
}

fn is_agreed(place: &str, name: &str) -> bool {
    AGREED.contains(&name)
        || CUT.iter().any(|folder| name.starts_with(folder))
        || EXTRAS.iter().any(|(extra, _)| fits(extra, place))
}

/// Programs for the compiler, whose names say what each shows.
const CASES: &str = "tests/ui/";

/// Source files that do not open with what they are.
pub(super) fn headless(file: &File) -> Vec<Finding> {
    let is_case = file.path.starts_with(CASES);
    if is_case || !file.is_rust() || file.text.starts_with("//! ") {
        return Vec::new();
    }
    vec![file.finding(
        1,
        "does not open with `//!`: say what the file is, what it is not, and its invariant",
    )]
}

#[test]
fn a_folder_of_a_type_has_the_agreed_names() {
    let names = [
        "mod.rs",
        "value.rs",
        "ops.rs",
        "commands.rs",
        "commands/incr.rs",
        "api.rs",
        "tests.rs",
        "impl.rs",
    ];
    let paths: Vec<String> = names.iter().map(|name| format!("{TYPES}hash/{name}")).collect();
    let mut files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
    files.extend([("kora/src/types/packed.rs", ""), ("kora/src/types/zset/tree/mod.rs", "")]);
    files.push(("kora/src/types/set/tree.rs", ""));
    let found: Vec<String> =
        strange_names(&Tree::of(&files)).into_iter().map(|finding| finding.path).collect();
    assert_eq!(found, ["kora/src/types/hash/impl.rs", "kora/src/types/set/tree.rs"]);
}

#[test]
fn a_file_opens_with_what_it_is() {
    assert_eq!(headless(&File::new("a.rs", b"use b;\n//! Late.")).len(), 1);
    assert_eq!(headless(&File::new("a.rs", b"//! A thing.\n")), []);
    assert_eq!(headless(&File::new("a.toml", b"[a]\n")), []);
    assert_eq!(headless(&File::new("tests/ui/fail/a.rs", b"fn main() {}\n")), []);
}
