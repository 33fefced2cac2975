//! How long a source file may be, and how large any file.
//!
//! A source file is one idea, so it ends long before 800 lines. One above 500 is listed with its
//! length, and the number only goes down: growth is refused, and a shrunken file must be recorded,
//! so that it cannot grow back unseen.

use super::tree::{File, Finding, Tree};

/// Above this a file is two ideas, whatever it says.
const LINES_MAX: usize = 800;

/// Up to this nobody asks.
const LINES_FREE: usize = 500;

/// The files between the two limits, with their present length.
const RATCHET: &[(&str, usize)] = &[];

/// More than this is data, and data has its places.
const BYTES_MAX: u64 = 256 * 1024;

/// The places of data.
const DATA: &[&str] = &["tests/fixtures/", "examples/data/"];

/// Source files that are too long, or whose recorded length is not theirs.
pub(super) fn lines(tree: &Tree) -> Vec<Finding> {
    lines_against(tree, RATCHET)
}

fn lines_against(tree: &Tree, ratchet: &[(&str, usize)]) -> Vec<Finding> {
    let recorded =
        |path: &str| ratchet.iter().find(|(listed, _)| *listed == path).map(|(_, lines)| *lines);
    let mut findings: Vec<Finding> =
        tree.rust().filter_map(|file| check_lines(file, recorded(&file.path))).collect();
    let gone = ratchet.iter().filter(|(listed, _)| tree.find(listed).is_none());
    findings.extend(
        gone.map(|(listed, _)| {
            File::new(*listed, b"").finding(0, "is gone; take it off the ratchet")
        }),
    );
    findings
}

fn check_lines(file: &File, recorded: Option<usize>) -> Option<Finding> {
    let lines = file.text.lines().count();
    let message = match recorded {
        _ if lines > LINES_MAX => {
            format!("has {lines} lines, more than {LINES_MAX}; it is more than one idea")
        }
        None if lines > LINES_FREE => {
            format!(
                "has {lines} lines, more than {LINES_FREE}; \
                 cut it in two, or record it in the ratchet"
            )
        }
        Some(_) if lines <= LINES_FREE => format!("has {lines} lines; take it off the ratchet"),
        Some(most) if lines > most => {
            format!("grew from {most} to {lines} lines; it may only shrink")
        }
        Some(most) if lines < most => {
            format!("shrank from {most} to {lines} lines; record that in the ratchet")
        }
        _ => return None,
    };
    Some(file.finding(0, message))
}

/// Large files outside the places of data.
pub(super) fn bytes(file: &File) -> Vec<Finding> {
    if file.bytes <= BYTES_MAX || DATA.iter().any(|place| file.path.starts_with(place)) {
        return Vec::new();
    }
    vec![file.finding(
        0,
        format!("has {} bytes, more than {BYTES_MAX}; data belongs in {DATA:?}", file.bytes),
    )]
}

#[test]
fn length_is_limited_and_ratcheted() {
    let check = |lines: usize, ratchet: &[(&str, usize)]| {
        let tree = Tree::of(&[("a.rs", &"x\n".repeat(lines))]);
        lines_against(&tree, ratchet).iter().map(ToString::to_string).collect::<String>()
    };
    assert_eq!(check(500, &[]), "");
    assert_eq!(check(600, &[("a.rs", 600)]), "");
    assert!(check(501, &[]).contains("cut it in two"));
    assert!(check(601, &[("a.rs", 600)]).contains("grew"));
    assert!(check(599, &[("a.rs", 600)]).contains("shrank"));
    assert!(check(500, &[("a.rs", 600)]).contains("take it off"));
    assert!(check(801, &[("a.rs", 801)]).contains("more than one idea"));
    assert!(check(1, &[("b.rs", 600)]).contains("b.rs: is gone"));
}

#[test]
fn large_files_have_their_places() {
    let large = vec![b'x'; 256 * 1024 + 1];
    assert_eq!(bytes(&File::new("kora/big.bin", &large)).len(), 1);
    assert_eq!(bytes(&File::new("kora/big.bin", &large[1..])), []);
    assert_eq!(bytes(&File::new("examples/data/big.gz", &large)), []);
}
