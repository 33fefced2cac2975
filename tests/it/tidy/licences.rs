//! The licences of everything that is linked in, as `cargo metadata` tells them.
//!
//! Whoever embeds Kora carries them all, so there is a list of those that ask for no more than a
//! notice. It looks at the packages of this machine's target with all features; those of other
//! targets are seen where they are built.

use std::env;
use std::process::Command;

use serde_json::Value;

use super::tree::root;

/// Licences that a closed program may link, with a notice at most.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// What is wrong with the licences of the packages that come from elsewhere; every message names
/// the package.
pub(super) fn refused() -> Vec<String> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("cargo metadata lists packages");
    let foreign = packages.iter().filter(|package| !package["source"].is_null());
    foreign.filter_map(complaint).collect()
}

fn complaint(package: &Value) -> Option<String> {
    let name = package["name"].as_str().expect("a package has a name");
    match package["license"].as_str() {
        Some(licence) if is_allowed(licence) => None,
        Some(licence) => {
            Some(format!("{name}: the licence {licence} is not on the list in tidy/licences.rs"))
        }
        None => Some(format!("{name}: names no licence")),
    }
}

fn metadata() -> Value {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let target = host();
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--all-features", "--filter-platform", &target])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

/// The target that the compiler builds for by default.
fn host() -> String {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc prints text");
    let host =
        text.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    host.to_owned()
}

/// Whether an SPDX expression can be met with the list alone. `/` is the old way to write `OR`.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Expression { words: &words };
    reader.any() == Some(true) && reader.words.is_empty()
}

struct Expression<'a> {
    words: &'a [&'a str],
}

impl Expression<'_> {
    fn eat(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    /// Whether the list meets what stands next; nothing if that is no expression.
    fn any(&mut self) -> Option<bool> {
        let mut holds = self.all()?;
        while self.eat("OR") {
            holds |= self.all()?;
        }
        Some(holds)
    }

    fn all(&mut self) -> Option<bool> {
        let mut holds = self.one()?;
        while self.eat("AND") {
            holds &= self.one()?;
        }
        Some(holds)
    }

    fn one(&mut self) -> Option<bool> {
        if self.eat("(") {
            let holds = self.any()?;
            return self.eat(")").then_some(holds);
        }
        let mut name = self.word()?.to_owned();
        if self.eat("WITH") {
            name = format!("{name} WITH {}", self.word()?);
        }
        Some(ALLOWED.contains(&name.as_str()))
    }

    fn word(&mut self) -> Option<&str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }
}

#[test]
fn an_expression_is_met_or_refused() {
    for good in [
        "MIT",
        "MIT OR Apache-2.0",
        "MIT/Apache-2.0",
        "(MIT OR GPL-3.0-only) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception",
        "GPL-3.0-only OR (ISC AND Zlib)",
    ] {
        assert!(is_allowed(good), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-2.0-only",
        "MIT WITH odd-exception",
        "(MIT",
        "MIT OR",
        "MIT Apache-2.0",
    ] {
        assert!(!is_allowed(bad), "{bad}");
    }
}

#[test]
fn a_package_without_a_free_licence_is_named() {
    let package =
        |licence: Value| complaint(&serde_json::json!({ "name": "p", "license": licence }));
    assert_eq!(package("MIT".into()), None);
    assert!(
        package("SSPL-1.0".into()).is_some_and(|text| text.starts_with("p: the licence SSPL-1.0"))
    );
    assert!(package(Value::Null).is_some_and(|text| text.contains("no licence")));
}
