//! The arrows between the modules of `kora`: a module uses its own folder and the layers below it.
//!
//! A path is followed to the file that declares its last module, through re-exports, so
//! `crate::types::hash::get` counts as an arrow to `ops.rs` if that is where `mod.rs` takes it
//! from. A re-export of its own folder is no arrow of a `mod.rs`; naming the parts is what it is
//! for. Paths into other crates are compared with a list of what a file must not know.

use std::collections::BTreeMap;

use super::layers::{HARMLESS, IGNORANCE, Ignorance, LAYERS, Layer, SIDEWAYS, UNCHECKED};
use super::lexer::{shipped, tokens};
use super::paths::{Named, named};
use super::tree::{File, Finding, Tree, fits};

const SOURCE: &str = "kora/src/";

/// How many re-exports a path may pass before it counts as ending where it is; chosen well above
/// any that make sense.
const HOPS_MAX: usize = 8;

/// Every path that goes up, or sideways without leave, and every file without a layer.
pub(super) fn upward(tree: &Tree) -> Vec<Finding> {
    let modules = Modules::read(tree);
    modules
        .list
        .iter()
        .filter(|module| !any_fits(UNCHECKED, module.place))
        .flat_map(|module| modules.check(module))
        .collect()
}

/// Every path to something outside the crate that its file must not know.
pub(super) fn forbidden_knowledge(tree: &Tree) -> Vec<Finding> {
    let modules = Modules::read(tree);
    let checked = modules.list.iter().filter(|module| !any_fits(UNCHECKED, module.place));
    checked.flat_map(|module| module.paths.iter().flat_map(|path| offences(module, path))).collect()
}

fn offences(module: &Module<'_>, path: &Named) -> Vec<Finding> {
    let is_among = |list: &[&[&str]]| list.iter().any(|known| path.starts_with(known));
    let is_meant = |line: &&Ignorance| {
        any_fits(line.files, module.place) && !any_fits(line.except, module.place)
    };
    let offended = IGNORANCE.iter().filter(is_meant);
    let offended = offended.filter(|line| is_among(line.of) && !is_among(HARMLESS));
    let message = |why: &str| format!("names {}: {why}", spell(path));
    offended.map(|line| module.file.finding(path.line, message(line.why))).collect()
}

fn any_fits(patterns: &[&str], place: &str) -> bool {
    patterns.iter().any(|pattern| fits(pattern, place))
}

fn spell(path: &Named) -> String {
    path.segments.join("::")
}

/// One file of the crate.
struct Module<'a> {
    file: &'a File,
    /// Its path below `kora/src`.
    place: &'a str,
    /// Its name in Rust, from the crate root.
    name: Vec<String>,
    /// What its shipped code names.
    paths: Vec<Named>,
}

impl Module<'_> {
    fn layer(&self) -> Option<&'static Layer> {
        LAYERS.iter().find(|layer| any_fits(layer.files, self.place))
    }

    /// The folder it stands in; empty for files beside `lib.rs`.
    fn folder(&self) -> &str {
        self.place.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    fn is_at_home_with(&self, other: &Module<'_>) -> bool {
        contains(self.folder(), other.folder()) || contains(other.folder(), self.folder())
    }
}

/// Whether a folder is the other or holds it; the crate root is nobody's home.
fn contains(outer: &str, inner: &str) -> bool {
    !outer.is_empty()
        && inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The files of the crate by the names that Rust gives them.
struct Modules<'a> {
    list: Vec<Module<'a>>,
    by_name: BTreeMap<Vec<String>, usize>,
    /// Where each exported macro is: its path says `crate::name!` wherever it stands.
    macros: BTreeMap<&'a str, usize>,
}

impl<'a> Modules<'a> {
    fn read(tree: &'a Tree) -> Self {
        let mut modules =
            Modules { list: Vec::new(), by_name: BTreeMap::new(), macros: BTreeMap::new() };
        for file in tree.rust() {
            if let Some(place) = file.path.strip_prefix(SOURCE) {
                modules.add(file, place);
            }
        }
        modules
    }

    fn add(&mut self, file: &'a File, place: &'a str) {
        let index = self.list.len();
        let tokens = shipped(tokens(&file.code));
        for window in tokens.windows(3).filter(|window| window[0].text == "macro_rules") {
            self.macros.insert(window[2].text, index);
        }
        let name = module_name(place);
        self.by_name.insert(name.clone(), index);
        self.list.push(Module { file, place, name, paths: named(&tokens) });
    }

    fn check(&self, module: &Module<'a>) -> Vec<Finding> {
        let Some(layer) = module.layer() else {
            return vec![
                module
                    .file
                    .finding(0, "has no layer; say in tests/it/tidy/layers.rs where it stands"),
            ];
        };
        module.paths.iter().filter_map(|path| self.check_path(module, layer, path)).collect()
    }

    fn check_path(&self, from: &Module<'a>, layer: &Layer, path: &Named) -> Option<Finding> {
        let to = self.follow(&self.absolute(&from.name, path)?, 0);
        let below = to.layer()?;
        let own_part = path.is_reexport
            && from.place.ends_with("mod.rs")
            && contains(from.folder(), to.folder());
        let stays = below.level == layer.level && from.is_at_home_with(to);
        if from.place == to.place
            || below.level < layer.level
            || stays
            || own_part
            || is_allowed(from, to)
        {
            return None;
        }
        let (here, there) = (layer.name, below.name);
        let message = format!(
            "{} is in {}: {here} (level {}) may not use {there} (level {}); \
             see tests/it/tidy/layers.rs",
            spell(path),
            to.place,
            layer.level,
            below.level
        );
        Some(from.file.finding(path.line, message))
    }

    /// A path from the crate root; nothing if it leaves the crate.
    fn absolute(&self, module: &[String], path: &Named) -> Option<Vec<String>> {
        let mut base = module.to_vec();
        let mut rest = path.segments.as_slice();
        match rest.first()?.as_str() {
            "crate" => (base, rest) = (Vec::new(), &rest[1..]),
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            child => {
                let name: Vec<String> = base.iter().cloned().chain([child.to_owned()]).collect();
                self.by_name.get(&name)?;
            }
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The module in which an absolute path ends.
    fn follow(&self, path: &[String], hops: usize) -> &Module<'a> {
        let depth = (0..=path.len()).rev().find(|depth| self.by_name.contains_key(&path[..*depth]));
        let depth = depth.expect("every crate has a root module");
        let module = &self.list[self.by_name[&path[..depth]]];
        let Some(name) = path.get(depth) else {
            return module;
        };
        if let (0, Some(index)) = (depth, self.macros.get(name.as_str())) {
            return &self.list[*index];
        }
        let import = module.paths.iter().find(|import| import.imported_as.as_ref() == Some(name));
        let Some(mut target) = import.and_then(|import| self.absolute(&module.name, import)) else {
            return module;
        };
        if hops == HOPS_MAX || target == path {
            return module;
        }
        target.extend_from_slice(&path[depth + 1..]);
        self.follow(&target, hops + 1)
    }
}

fn is_allowed(from: &Module<'_>, to: &Module<'_>) -> bool {
    SIDEWAYS.iter().any(|(start, end, _)| fits(start, from.place) && fits(end, to.place))
}

/// `types/hash/mod.rs` is `types::hash`, and `lib.rs` is the root.
fn module_name(place: &str) -> Vec<String> {
    let mut name: Vec<String> =
        place.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if name.last().is_some_and(|last| last == "mod" || last == "lib") {
        name.pop();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crate with one file of each layer, and one more.
    fn with(place: &str, text: &str) -> Vec<String> {
        let place = format!("{SOURCE}{place}");
        let base = [
            ("kora/src/lib.rs", "mod error; pub use error::Error; pub use database::Database;"),
            ("kora/src/error.rs", "pub struct Error;"),
            ("kora/src/database.rs", "pub struct Database;"),
            ("kora/src/engine/mod.rs", "pub struct Engine;"),
            ("kora/src/types/mod.rs", "pub(crate) mod hash; use crate::engine::Engine as E;"),
            (
                "kora/src/types/hash/mod.rs",
                "pub(crate) use commands::COMMANDS; pub use self::value::Hash;",
            ),
            ("kora/src/types/hash/commands.rs", "pub const COMMANDS: u8 = 1;"),
            ("kora/src/types/hash/value.rs", "pub struct Hash;"),
            ("kora/src/types/set/ops.rs", "pub fn get() {}"),
        ];
        let others = base.iter().filter(|(path, _)| *path != place);
        let mut files: Vec<(&str, &str)> = others.copied().collect();
        files.push((&place, text));
        let tree = Tree::of(&files);
        let mut found = upward(&tree);
        found.extend(forbidden_knowledge(&tree));
        // The import of the engine in types/mod.rs is wrong on purpose: paths through it must be
        // followed.
        found.retain(|finding| finding.path == place);
        found.iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn refused(place: &str, text: &str, wanted: &str) {
        let found = with(place, text);
        assert!(found.len() == 1 && found[0].contains(wanted), "{text}: {found:?}");
    }

    #[track_caller]
    fn allowed(place: &str, text: &str) {
        assert_eq!(with(place, text), Vec::<String>::new(), "{text}");
    }

    #[test]
    fn an_arrow_up_is_refused_however_it_is_written() {
        let value = "types/hash/value.rs";
        refused(
            value,
            "use crate::engine::Engine;",
            "value.rs:1: crate::engine::Engine is in engine/mod.rs",
        );
        refused(value, "\nfn f(x: &crate::engine::Engine) {}", "value.rs:2");
        refused(value, "use super::commands::COMMANDS;", "hash/commands.rs");
        refused(value, "use super::COMMANDS;", "hash/commands.rs");
        refused(value, "use crate::types::E;", "engine/mod.rs");
        refused(value, "use crate::{error::Error, Database};", "database.rs");
        refused("types/mod.rs", "pub mod hash; fn f() { hash::COMMANDS; }", "hash/commands.rs");
        refused("engine/mod.rs", "use crate::types::hash;\nuse crate::Database;", "mod.rs:2");
    }

    #[test]
    fn an_arrow_down_or_at_home_is_allowed() {
        allowed("engine/mod.rs", "use crate::types::hash::Hash; use crate::Error;");
        allowed("types/hash/ops.rs", "use super::value::Hash; use std::fmt;");
        allowed("types/hash/mod.rs", "pub(crate) use commands::COMMANDS;");
        allowed("types/mod.rs", "pub mod hash; use hash::Hash;");
        allowed("command/mod.rs", "use crate::types::hash::COMMANDS;");
        allowed("types/hash/tests.rs", "use crate::database::Database;");
        allowed("types/hash/value.rs", "#[cfg(test)] mod tests { use crate::Database; }");
    }

    #[test]
    fn a_neighbour_on_the_same_level_is_refused() {
        refused("types/hash/ops.rs", "use crate::types::set::ops::get;", "types/set/ops.rs");
        refused("types/set/value.rs", "use crate::types::hash::Hash;", "types/hash/value.rs");
    }

    #[test]
    fn a_module_without_a_layer_is_refused() {
        refused("sundry.rs", "", "has no layer");
    }

    #[test]
    fn knowledge_from_outside_is_refused_where_a_line_forbids_it() {
        refused(
            "types/hash/value.rs",
            "use std::{fmt, time::Instant};",
            "names std::time::Instant: a value is pure",
        );
        refused("keyspace/mod.rs", "use crossbeam_channel as c;", "know no thread");
        refused("engine/mod.rs", "fn f() { std::fs::read(\"x\"); }", "no file");
        allowed("keyspace/mod.rs", "fn f() { std::thread::panicking(); }");
        allowed(
            "engine/mod.rs",
            "use std::{thread, time::Duration}; use crossbeam_channel::Sender;",
        );
    }
}
