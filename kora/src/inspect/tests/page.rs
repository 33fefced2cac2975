//! The example of a collection in `docs/format.md`, byte by byte, as a snapshot has it.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::{DIR, fs, open};
use crate::Index;
use crate::engine::recovery::state::State;
use crate::storage::Directory;
use crate::storage::fs::simulated::Simulated;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/format.md");
const START: &str = "<!-- example of a collection -->\n";
const END: &str = "<!-- end of the example of a collection -->\n";

/// Some bytes, and what they are.
const PARTS: &[(usize, &str)] = &[
    (1, "record: database 0"),
    (1, "tag 18, create collection"),
    (2, "no key"),
    (2, "length of the body, 10"),
    (4, "collection 1"),
    (6, "its name \"people\""),
    (1, "record: database 0"),
    (1, "tag 20, add index"),
    (2, "no key"),
    (2, "length of the body, 24"),
    (4, "collection 1"),
    (4, "length of the name, 3"),
    (3, "name \"age\""),
    (4, "length of the condition, 1"),
    (1, "condition \"*\": all documents"),
    (4, "length of the path, 3"),
    (3, "path \"age\""),
    (1, "kind 1, sorted"),
    (1, "record: database 0"),
    (1, "tag 16, put document"),
    (2, "length of the key, 3"),
    (2, "length of the body, 32"),
    (3, "key: the id \"ann\""),
    (4, "collection 1"),
    (1, "0: no deadline"),
    (1, "form: an object"),
    (3, "length of its body, 23"),
    (1, "length of a name, 4"),
    (4, "\"name\""),
    (1, "a string of 3 bytes"),
    (3, "\"Ann\""),
    (1, "length of a name, 3"),
    (3, "\"age\""),
    (1, "the integer 30"),
    (1, "length of a name, 4"),
    (4, "\"rate\""),
    (1, "an integer of 2 bytes"),
    (2, "-1500"),
    (1, "3 fields"),
];

#[derive(Serialize)]
struct Person {
    name: &'static str,
    age: u8,
    rate: i16,
}

/// The records of a collection with an index and a document.
fn written() -> Vec<u8> {
    let disk = Simulated::new(0);
    let db = open(&disk);
    let people = db.create_collection("people").expect("a new name");
    people.create_index(Index::sorted("age")).expect("no documents");
    people.insert("ann", &Person { name: "Ann", age: 30, rate: -1500 }).expect("room");
    drop((people, db));
    let directory = Directory::open_read(fs(&disk), Path::new(DIR)).expect("it is sound");
    let (state, _) = State::read(&directory, None).expect("it is sound");
    let mut bytes = Vec::new();
    let visited = state.collections(|collection| {
        collection.write_definition(&mut bytes);
        collection.documents.iter().for_each(|document| {
            collection.write_document(document, &mut bytes);
        });
        Ok(())
    });
    visited.expect("the visitor does not fail");
    bytes
}

#[test]
#[expect(clippy::disallowed_methods, reason = "reads and writes the documentation")]
fn the_collection_of_the_page_is_what_is_written() {
    let (bytes, mut example, mut at) = (written(), "```text\n".to_owned(), 0);
    for (len, meaning) in PARTS {
        let hex: String = bytes[at..at + len].iter().map(|byte| format!("{byte:02x} ")).collect();
        writeln!(example, "  {at:04x}  {hex:24} {meaning}").expect("a String takes text");
        at += len;
    }
    assert_eq!(at, bytes.len(), "the parts are all there is");
    example.push_str("```\n");
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
