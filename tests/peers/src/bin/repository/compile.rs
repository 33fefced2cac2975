//! What the derive costs the compiler: `cargo check` of the same structs without derives, with
//! serde's, and with serde's and Kora's.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::measure::median;

const STRUCTS: usize = 60;
const ROUNDS: usize = 7;
/// What Kora's derive may take, in times of what serde's take.
const TARGET: f64 = 2.0;

/// The fields of each struct: names, types, and words of `#[kora(..)]`.
const FIELDS: [(&str, &str, &str); 20] = [
    ("id", "String", "id"),
    ("email", "String", "unique"),
    ("city", "String", "index"),
    ("age", "u32", "index = sorted"),
    ("tags", "Vec<String>", "index"),
    ("score", "f64", "index"),
    ("name", "String", ""),
    ("nick", "Option<String>", ""),
    ("active", "bool", ""),
    ("about", "String", ""),
    ("street", "String", ""),
    ("zip", "String", ""),
    ("visits", "u64", ""),
    ("height", "Option<f32>", ""),
    ("notes", "Vec<String>", ""),
    ("rank", "i32", ""),
    ("parent", "Option<String>", ""),
    ("version", "u64", "version"),
    ("created", "i64", "created_at"),
    ("updated", "i64", "updated_at"),
];

const CRATES: [&str; 3] = ["plain", "serde", "kora"];

pub(crate) fn run() {
    let folder = std::env::temp_dir().join(format!("kora-compile-{}", std::process::id()));
    write_workspace(&folder);
    let check = |package: &str| {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["check", "--quiet", "--package", package]).current_dir(&folder);
        let status = cargo.env("CARGO_INCREMENTAL", "0").status().expect("cargo runs");
        assert!(status.success(), "{package} is not checked");
    };
    // Dependencies, once.
    CRATES.iter().for_each(|name| check(&package(name)));
    let mut seconds = CRATES.map(|_| Vec::new());
    for round in 0..ROUNDS {
        for (name, seconds) in CRATES.iter().zip(&mut seconds) {
            let source = folder.join(name).join("src/lib.rs");
            fs::write(source, source_of(name, round)).expect("a source file");
            let start = Instant::now();
            check(&package(name));
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    let [plain, serde, kora] = seconds.map(|seconds| median(seconds).unwrap_or_default());
    let (of_serde, of_kora) = (serde - plain, kora - serde);
    let verdict = if of_kora <= TARGET * of_serde { "met" } else { "SHORT" };
    println!("\n{STRUCTS} structs of {} fields, `cargo check`, {ROUNDS} rounds\n", FIELDS.len());
    println!("| seconds | plain | serde | serde + Kora | Kora's part / serde's |");
    println!("|---|---|---|---|---|");
    println!(
        "| median | {plain:.2} | {serde:.2} | {kora:.2} | {:.2}x (<= {TARGET}) {verdict} |",
        of_kora / of_serde
    );
    fs::remove_dir_all(&folder).expect("it was written");
}

fn package(name: &str) -> String {
    format!("{name}-structs")
}

/// A workspace of the three crates, with the versions that Kora itself is built with.
fn write_workspace(folder: &Path) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().expect("Kora's repository");
    for name in CRATES {
        let source = folder.join(name).join("src");
        fs::create_dir_all(&source).expect("a temporary folder");
        fs::write(source.join("lib.rs"), source_of(name, ROUNDS)).expect("a source file");
        let manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\nkora = {{ path = {:?} }}\n",
            package(name),
            root.join("kora")
        );
        fs::write(folder.join(name).join("Cargo.toml"), manifest).expect("a manifest");
    }
    let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {CRATES:?}\n");
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("Kora has a Cargo.lock");
}

/// The structs; the round makes the text another one.
fn source_of(name: &str, round: usize) -> String {
    let (has_serde, has_kora) = (name != "plain", name == "kora");
    let mut text = format!("//! Round {round}.\n");
    if has_serde {
        text += "use serde::{Deserialize, Serialize};\n";
    }
    for number in 0..STRUCTS {
        let derives = match (has_serde, has_kora) {
            (false, _) => "Clone, Debug",
            (true, false) => "Clone, Debug, Serialize, Deserialize",
            (true, true) => "Clone, Debug, Serialize, Deserialize, kora::KoraDocument",
        };
        write!(text, "\n#[derive({derives})]\n").expect("a string grows");
        if has_kora {
            writeln!(text, "#[kora(collection = \"c{number}\")]").expect("a string grows");
        }
        writeln!(text, "pub struct S{number} {{").expect("a string grows");
        for (field, ty, words) in FIELDS {
            if has_kora && !words.is_empty() {
                writeln!(text, "    #[kora({words})]").expect("a string grows");
            }
            writeln!(text, "    pub {field}: {ty},").expect("a string grows");
        }
        text += "}\n";
    }
    text
}
