//! The program `kora`, built as its users build it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;

/// What a run printed, and its exit status.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program.
pub(crate) fn kora<'a>(words: impl IntoIterator<Item = &'a Path>) -> Run {
    let output = Command::new(&*PROGRAM).args(words).output().expect("the program runs");
    let Output { status, stdout, stderr } = output;
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    let status = status.code().expect("it ends by itself");
    Run { status, out: text(stdout), err: text(stderr) }
}

/// Only cargo knows where the program of another package is. With the features of the tests it has
/// little left to build.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let words = ["build", "--package", "kora", "--bin", "kora", "--features", "cli,testing"];
    let built = Command::new(cargo)
        .args(words)
        .args(["--quiet", "--message-format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let lines = String::from_utf8(built.stdout).expect("cargo prints text");
    let mut programs = lines.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).expect("a message of cargo is JSON");
        message["executable"].as_str().map(PathBuf::from)
    });
    programs.next().expect("the program was built")
});
