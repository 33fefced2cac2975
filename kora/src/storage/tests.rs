//! The example of `docs/format.md`, byte by byte, as a database writes it.

use std::fmt::Write;

use crate::clock::Clock;
use crate::config::{Config, Durability};
use crate::database::Database;
use crate::storage::format::manifest::Manifest;
use crate::storage::format::segment::Header;
use crate::storage::format::{Lsn, Seal};
use crate::storage::fs::simulated::Simulated;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/format.md");
const START: &str = "<!-- example -->\n";
const END: &str = "<!-- end of the example -->\n";

/// The id of the example's directory: with it all bytes are always the same.
const ID: u64 = 0x0123_4567_89ab_cdef;
const SEGMENT_BYTES: usize = 4096;
const BYTES_PER_LINE: usize = 8;

/// Some bytes, and what they are.
type Part = (usize, &'static str);

const MANIFEST: &[Part] = &[
    (8, "\"KORAMAN\\n\""),
    (4, "version 1"),
    (4, "one snapshot"),
    (8, "the directory's id"),
    (8, "snapshot: sequence number 1"),
    (8, "start LSN 4136: replay begins behind the commit"),
    (8, "end LSN 4136"),
    (8, "taken at 1700000000000"),
    (4, "CRC-32C of the 56 bytes before"),
];

const SEGMENT: &[Part] = &[
    (8, "\"KORALOG\\n\""),
    (4, "version 1"),
    (4, "zero"),
    (8, "sequence number 1"),
    (8, "first LSN 4096"),
    (28, "zeros"),
    (4, "CRC-32C of the 60 bytes before"),
    (8, "frame: length of the payload, 9"),
    (8, "LSN 4096"),
    (4, "behind: 0, everything before was durable"),
    (4, "CRC-32C of the payload and then of the 20 bytes before"),
    (1, "record: database 0"),
    (1, "tag 2, store"),
    (2, "length of the key, 1"),
    (2, "length of the body, 2"),
    (1, "key \"k\""),
    (1, "kind 0, a string; no deadline"),
    (1, "image \"v\""),
    (7, "zeros to a multiple of 8"),
    (8, "mark: a frame without payload"),
    (8, "LSN 4136"),
    (4, "behind: 0, the commit was durable"),
    (4, "CRC-32C"),
];

const SNAPSHOT: &[Part] = &[
    (8, "\"KORASNAP\""),
    (4, "version 1"),
    (4, "zero"),
    (8, "sequence number 1"),
    (8, "start LSN 4136"),
    (8, "taken at 1700000000000"),
    (20, "zeros"),
    (4, "CRC-32C of the 60 bytes before"),
    (8, "block: length of its bytes, 9"),
    (8, "LSN 4136, when the slice was taken"),
    (4, "one entry"),
    (4, "CRC-32C of the block's bytes and then of the 20 bytes before"),
    (1, "record: database 0"),
    (1, "tag 2, store"),
    (2, "length of the key, 1"),
    (2, "length of the body, 2"),
    (1, "key \"k\""),
    (1, "kind 0, a string; no deadline"),
    (1, "image \"v\""),
    (8, "footer: length of its bytes, 16"),
    (8, "end LSN 4136"),
    (4, "no entry: it is the footer"),
    (4, "CRC-32C"),
    (8, "one entry in all"),
    (8, "in one block"),
];

/// What `SET k v`, a snapshot and a clean close leave in a directory with this id.
fn written() -> Simulated {
    let disk = Simulated::new(0);
    let manifest = Manifest { id: ID, snapshots: Vec::new() };
    let mut segment = Header { sequence: 1, first: Lsn::FIRST }.encode(Seal::new(ID)).to_vec();
    segment.resize(SEGMENT_BYTES, 0);
    disk.write_file("data/log-0000000000000001", &segment);
    disk.write_file("data/MANIFEST", &manifest.encode());
    let db = Database::open(Config {
        data_dir: Some("data".into()),
        disk: Some(disk.clone()),
        clock: Clock::manual(1_700_000_000_000),
        without_keeper: true,
        log_segment_bytes: SEGMENT_BYTES,
        shard_count: 1,
        durability: Durability::Always,
        ..Config::default()
    })
    .expect("the directory is sound");
    db.set("k", "v").expect("room");
    db.snapshot().expect("the disk is sound");
    drop(db);
    disk
}

/// A file as lines of place, bytes and meaning. What its parts do not name is zero.
fn annotated(name: &str, bytes: &[u8], parts: &[Part]) -> String {
    let (mut text, mut at) = (format!("{name}\n"), 0);
    for (len, meaning) in parts {
        let lines = bytes[at..at + len].chunks(BYTES_PER_LINE);
        for (index, line) in lines.enumerate() {
            let place = at + index * BYTES_PER_LINE;
            let hex: String = line.iter().map(|byte| format!("{byte:02x} ")).collect();
            let meaning = if index == 0 { meaning } else { "" };
            let line = format!("  {place:04x}  {hex:24} {meaning}");
            writeln!(text, "{}", line.trim_end()).expect("a String takes text");
        }
        at += len;
    }
    assert!(bytes[at..].iter().all(|byte| *byte == 0), "{name} has more than its parts");
    if at < bytes.len() {
        let rest = bytes.len() - at;
        writeln!(text, "  {at:04x}  {rest} zeros: room for frames").expect("a String takes text");
    }
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "reads and writes the documentation")]
fn the_example_of_the_page_is_what_is_written() {
    let disk = written();
    let files = [
        ("MANIFEST", MANIFEST),
        ("log-0000000000000001", SEGMENT),
        ("snapshot-0000000000000001", SNAPSHOT),
    ];
    let parts =
        files.map(|(name, parts)| annotated(name, &disk.read_file(format!("data/{name}")), parts));
    let example = format!("```text\n{}```\n", parts.join("\n"));
    let page = std::fs::read_to_string(PAGE).expect("the page is there");
    let (before, rest) = page.split_once(START).expect("the page has an example");
    let (found, after) = rest.split_once(END).expect("the example ends");
    if std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1") {
        let page = format!("{before}{START}{example}{END}{after}");
        std::fs::write(PAGE, page).expect("the page can be written");
    } else {
        assert_eq!(found, example, "docs/format.md is stale: run with UPDATE_EXPECT=1");
    }
}
