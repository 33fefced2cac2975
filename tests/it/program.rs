//! The program `kora` on fixtures, on copies with a turned bit, and on torn ones.

use std::fs;
use std::path::{Path, PathBuf};

use kora::{Config, Database};

use crate::support::folder::{Folder, copy, names};
use crate::support::program::{Run, kora};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/format-1").join(name)
}

/// What all fixtures hold.
fn kept_dump() -> String {
    fs::read_to_string(fixture("data.jsonl")).expect("it stands beside them")
}

fn run(words: &[&dyn AsRef<Path>]) -> Run {
    kora(words.iter().map(|word| word.as_ref()))
}

/// A copy of a fixture in a folder.
fn copied(name: &str, folder: &Folder) -> PathBuf {
    let dir = folder.join(name);
    copy(&fixture(name), &dir);
    dir
}

/// Turns a bit of a file.
fn flip(path: &Path, byte: usize) {
    let mut bytes = fs::read(path).expect("it is there");
    bytes[byte] ^= 1;
    fs::write(path, bytes).expect("it can be written");
}

fn everything(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| (name.clone(), fs::read(dir.join(name)).expect("it is there"));
    names(dir).into_iter().map(read).collect()
}

#[test]
fn a_sound_directory_is_checked_and_left_as_it_is() {
    let folder = Folder::new();
    for name in ["closed", "killed", "snapshots", "torn"] {
        let dir = copied(name, &folder);
        let before = everything(&dir);
        let Run { status, out, err } = run(&[&"check", &dir]);
        assert_eq!((status, &*err), (0, ""), "{out}");
        assert!(out.ends_with(&format!("{} is sound\n", dir.display())), "{out}");
        assert_eq!(out.contains("torn end"), name == "torn", "{out}");
        assert!(everything(&dir) == before);
    }
}

#[test]
fn a_dump_is_the_one_that_was_kept() {
    for name in ["closed", "snapshots"] {
        let Run { status, out, err } = run(&[&"dump", &fixture(name)]);
        assert_eq!((status, &*err), (0, ""));
        assert!(out == kept_dump(), "{name}");
    }
}

#[test]
fn damage_is_named_with_file_and_offset() {
    let folder = Folder::new();
    let dir = copied("snapshots", &folder);
    let snapshots: Vec<_> =
        names(&dir).into_iter().filter(|name| name.starts_with("snapshot-")).collect();
    assert_eq!(snapshots.len(), 2);
    flip(&dir.join(&snapshots[0]), 100);
    flip(&dir.join(&snapshots[1]), 64 + 24);
    let Run { status, out, .. } = run(&[&"check", &dir]);
    assert_eq!(status, 1, "{out}");
    for name in &snapshots {
        let problem = format!("{name} is damaged at byte 64: a block with its checksum\n");
        assert!(out.contains(&problem), "{out}");
    }
    assert!(out.ends_with("is damaged\n"), "{out}");
    let Run { status, out, err } = run(&[&"dump", &dir]);
    assert_eq!((status, &*out), (1, ""));
    assert!(err.starts_with("kora dump: ") && err.contains(&snapshots[1]), "{err}");
}

#[test]
fn a_salvage_goes_back_to_the_snapshot_before() {
    let folder = Folder::new();
    let (dir, new) = (copied("snapshots", &folder), folder.join("new"));
    let newest = names(&dir).into_iter().rfind(|name| name.starts_with("snapshot-"));
    flip(&dir.join(newest.expect("there are two")), 1000);
    let Run { status, out, err } = run(&[&"salvage", &dir, &new]);
    assert_eq!((status, &*err), (0, ""), "{out}");
    assert!(out.contains("a block with its checksum") && !out.contains("left out"), "{out}");
    let Run { out, .. } = run(&[&"dump", &new]);
    assert!(out == kept_dump(), "nothing was lost");
    let Run { status, err, .. } = run(&[&"salvage", &dir, &new]);
    assert_eq!(status, 2);
    assert!(err.contains("cannot create"), "{err}");
}

#[test]
fn a_salvage_stops_at_damage_or_goes_on() {
    let folder = Folder::new();
    let dir = copied("closed", &folder);
    let logs: Vec<_> = names(&dir).into_iter().filter(|name| name.starts_with("log-")).collect();
    assert!(logs.len() > 2, "{logs:?}");
    flip(&dir.join(&logs[1]), 64 + 24);
    let stopped = run(&[&"salvage", &dir, &folder.join("stopped")]);
    assert_eq!(stopped.status, 0, "{stopped:?}");
    assert!(stopped.out.contains(&format!("{} is damaged at byte 64", logs[1])), "{stopped:?}");
    assert!(stopped.out.contains("left out   "), "{stopped:?}");
    let beyond = run(&[&"salvage", &"--beyond-damage", &dir, &folder.join("beyond")]);
    assert_eq!(beyond.status, 0, "{beyond:?}");
    assert!(!beyond.out.contains("left out"), "{beyond:?}");
    let keys = |name| run(&[&"dump", &folder.join(name)]).out.lines().count();
    assert!(keys("beyond") > keys("stopped"), "more was rescued");
    assert_eq!(run(&[&"check", &folder.join("beyond")]).status, 0);
}

#[test]
fn what_cannot_be_done_says_why() {
    let folder = Folder::new();
    let Run { status, err, .. } = run(&[&"check", &folder.join("nowhere")]);
    assert_eq!(status, 2);
    assert!(err.contains("cannot list") && err.contains("nowhere"), "{err}");

    let dir = folder.join("open");
    let config = Config { data_dir: Some(dir.clone()), ..Config::default() };
    let db = Database::open(config).expect("the disk is sound");
    for command in ["check", "dump"] {
        let Run { status, err, .. } = run(&[&command, &dir]);
        assert_eq!(status, 2);
        let holder = format!("is in use by process {}\n", std::process::id());
        assert!(err.ends_with(&holder), "{err}");
    }
    drop(db);
    assert_eq!(run(&[&"check", &dir]).status, 0);

    assert_eq!(run(&[]).status, 2);
    assert_eq!(run(&[&"check"]).status, 2);
    assert_eq!(run(&[&"mend", &dir]).status, 2);
}

#[test]
fn every_subcommand_explains_itself() {
    let all = run(&[&"--help"]);
    assert_eq!(all.status, 0);
    for name in ["check", "dump", "salvage"] {
        assert!(all.out.contains(&format!("\n  {name} ")), "{}", all.out);
        let own = run(&[&name, &"--help"]);
        assert_eq!(own.status, 0);
        assert!(own.out.contains("Exit status") && own.out.contains("DIR"), "{}", own.out);
    }
}
