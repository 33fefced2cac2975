//! What every `Cargo.toml` says: members take the workspace's lints, and each dependency tells why
//! it is there.
//!
//! Not a TOML parser: it reads headers, entries and comments of manifests that are laid out one
//! entry a line, as ours are. Cargo itself would let a member go without lints, and has nowhere to
//! put a reason.

use super::tree::{File, Finding, Tree};

/// Members of the workspace whose manifest does not take its lints.
pub(super) fn without_lints(tree: &Tree) -> Vec<Finding> {
    let root = tree.find("Cargo.toml").expect("the workspace has a manifest");
    let members = members(&root.text);
    assert!(!members.is_empty(), "Cargo.toml lists no members that this test can read");
    members.iter().filter_map(|member| lints_finding(tree, root, member)).collect()
}

fn lints_finding(tree: &Tree, root: &File, member: &str) -> Option<Finding> {
    let Some(manifest) = tree.find(&format!("{member}/Cargo.toml")) else {
        return Some(root.finding(0, format!("names the member {member}, which has no manifest")));
    };
    let found = entries(&manifest.text)
        .into_iter()
        .any(|entry| entry.section == "lints" && entry.text == "workspace = true");
    (!found).then(|| manifest.finding(0, "does not say `[lints] workspace = true`"))
}

fn members(manifest: &str) -> Vec<String> {
    let entry = entries(manifest).into_iter().find(|entry| entry.text.starts_with("members"));
    let list = entry.map(|entry| entry.text).unwrap_or_default();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Dependencies without a comment. Our own crates need none, and neither do packages that the
/// workspace excludes: nobody carries what they need.
pub(super) fn unexplained_dependencies(tree: &Tree) -> Vec<Finding> {
    let root = tree.find("Cargo.toml").expect("the workspace has a manifest");
    let paths = members(&root.text).into_iter().map(|member| format!("{member}/Cargo.toml"));
    let paths: Vec<String> = paths.chain(["Cargo.toml".to_owned()]).collect();
    let manifests = paths.iter().filter_map(|path| tree.find(path));
    manifests.flat_map(unexplained_in).collect()
}

fn unexplained_in(file: &File) -> Vec<Finding> {
    let dependencies =
        entries(&file.text).into_iter().filter(|entry| entry.section.ends_with("dependencies"));
    let bare = dependencies.filter(|entry| !entry.is_explained && !is_own(&entry.text));
    bare.map(|entry| file.finding(entry.line, "is a dependency without a comment that says why"))
        .collect()
}

fn is_own(entry: &str) -> bool {
    entry.contains("workspace = true") || entry.contains("path = ")
}

/// One `key = value`, joined to one line.
struct Entry {
    section: String,
    text: String,
    /// It has a comment, behind it or on the line before it.
    is_explained: bool,
    /// Where it starts, counted from 1.
    line: usize,
}

fn entries(manifest: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let (mut section, mut is_explained, mut is_open) = (String::new(), false, false);
    for (index, line) in manifest.lines().enumerate() {
        let (text, comment) = cut_comment(line);
        if is_open {
            let last = entries.last_mut().expect("an entry is open");
            last.text.push_str(text);
            last.is_explained |= comment.is_some();
            is_open = is_unfinished(&last.text);
        } else if let Some(header) = text.strip_prefix('[') {
            section = header.trim_end_matches(']').to_owned();
            is_explained = false;
        } else if text.is_empty() {
            is_explained = comment.is_some();
        } else {
            is_open = is_unfinished(text);
            let explained = is_explained || comment.is_some();
            entries.push(Entry {
                section: section.clone(),
                text: text.to_owned(),
                is_explained: explained,
                line: index + 1,
            });
            is_explained = false;
        }
    }
    entries
}

/// A line without its comment, and the comment. A `#` within quotes starts none.
fn cut_comment(line: &str) -> (&str, Option<&str>) {
    let mut is_quoted = false;
    let cut = line.find(|c| {
        is_quoted ^= c == '"';
        c == '#' && !is_quoted
    });
    match cut {
        Some(at) => (line[..at].trim(), Some(&line[at..])),
        None => (line.trim(), None),
    }
}

fn is_unfinished(text: &str) -> bool {
    text.matches('[').count() > text.matches(']').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "[workspace]\nmembers = [\n  \"a\", # first\n  \"b\",\n]\n";

    #[test]
    fn a_member_without_lints_is_found() {
        let check = |b: &str| {
            let tree = Tree::of(&[
                ("Cargo.toml", ROOT),
                ("a/Cargo.toml", "[lints]\nworkspace = true\n"),
                ("b/Cargo.toml", b),
            ]);
            without_lints(&tree).into_iter().map(|finding| finding.path).collect::<Vec<_>>()
        };
        assert_eq!(check("[lints]\n# yes\nworkspace = true\n"), Vec::<String>::new());
        assert_eq!(check("[package]\nworkspace = true\n"), ["b/Cargo.toml"]);
        assert_eq!(check("[lints.rust]\nunsafe_code = \"allow\"\n"), ["b/Cargo.toml"]);
    }

    #[test]
    fn a_member_without_manifest_is_found() {
        let tree =
            Tree::of(&[("Cargo.toml", ROOT), ("a/Cargo.toml", "[lints]\nworkspace = true\n")]);
        assert_eq!(
            without_lints(&tree)[0].to_string(),
            "Cargo.toml: names the member b, which has no manifest"
        );
    }

    #[test]
    fn a_dependency_without_reason_is_found() {
        let text = "[package]\nname = \"x\"\n\
                    [dependencies]\na = \"1\" # why\nb = \"1\"\n# why\nc = \"1\"\n\
                    d = \"1\"\ne = { path = \"e\" }\n\
                    [target.'cfg(unix)'.dev-dependencies]\nf = { features = [\n \"#\",\n] }\n\
                    g = [\n \"x\", # why\n]\n";
        let root = format!("{ROOT}[workspace.dependencies]\nz = \"1\"\n");
        let tree =
            Tree::of(&[("Cargo.toml", &root), ("a/Cargo.toml", text), ("c/Cargo.toml", text)]);
        let found = unexplained_dependencies(&tree);
        let found: Vec<String> =
            found.iter().map(|finding| format!("{}:{}", finding.path, finding.line)).collect();
        assert_eq!(found, ["a/Cargo.toml:5", "a/Cargo.toml:8", "a/Cargo.toml:11", "Cargo.toml:7"]);
    }
}
