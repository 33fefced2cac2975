//! The typed repository: what is kept in documents whichever door writes them, what opening finds,
//! and typed filters beside the text language and brute force.

mod awaited; // the same methods, awaited
mod filters; // typed filters, texts and brute force
mod kept; // versions, times and deadlines
mod opening; // what is declared against what is stored
mod surface; // pieces of queries, ids, nested fields
mod transactions; // typed documents and keys in one step

use kora::repository::{Change, Edit};
use kora::{Clock, Config, Database, DocumentError, Error, KoraDocument, Repository};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "notes", ttl = "1h", patch)]
struct Note {
    #[kora(id(auto = ulid))]
    id: String,
    #[kora(unique)]
    slug: String,
    text: String,
    stars: u8,
    tags: Vec<String>,
    nick: Option<String>,
    #[kora(version)]
    version: u64,
    #[kora(created_at)]
    created_at: i64,
    #[kora(updated_at, index)]
    updated_at: i64,
    #[kora(expires_at)]
    expires_at: Option<i64>,
}

fn note(id: &str, slug: &str) -> Note {
    Note {
        id: id.into(),
        slug: slug.into(),
        text: String::new(),
        stars: 0,
        tags: Vec::new(),
        nick: None,
        version: 0,
        created_at: 0,
        updated_at: 0,
        expires_at: None,
    }
}

const START: i64 = 1_700_000_000_000;

fn notes() -> (Clock, Repository<Note>) {
    let clock = Clock::manual(START);
    let db = Database::open(Config { clock: clock.clone(), ..Config::default() });
    (clock, db.expect("a database in memory").repository().expect("a new collection"))
}

fn document_error<T: std::fmt::Debug>(result: kora::Result<T>) -> DocumentError {
    match result {
        Err(Error::Document(error)) => *error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn documents_are_written_changed_and_removed() {
    let (_, notes) = notes();
    let f = Note::fields();
    let mut made = note("", "made");
    let id = notes.insert(&mut made).expect("a new note");
    assert_eq!((made.id.len(), &made.id), (26, &id));
    assert!(notes.insert(&made).is_err());
    assert_eq!(document_error(notes.replace(&note("x", "x"))), DocumentError::NoSuchDocument);
    let gone = Note { version: 4, ..note("x", "x") };
    let conflict = DocumentError::VersionConflict { expected: 4, actual: None };
    assert_eq!(document_error(notes.save(&gone)), conflict);

    notes.insert_many(&[note("a", "a"), note("b", "b")]).expect("new notes");
    let found = notes.get_many(["a", "x", "b"]).expect("notes");
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);

    let one = notes.update("a").push(f.tags, "x").push(f.tags, "y").add(f.stars, 250).fetch();
    assert_eq!(one.expect("a note").map(|note| note.tags.len()), Some(2));
    assert_eq!(notes.update("a").add(f.stars, 6).apply(), Err(Error::Overflow));
    assert_eq!(notes.update("a").add(f.stars, -251).apply(), Err(Error::Overflow));
    assert_eq!(notes.update("a").only_if(f.stars.lt(9)).add(f.stars, 1).apply(), Ok(false));
    assert_eq!(notes.update("a").pull(f.tags, "x").set(f.nick, "n").apply(), Ok(true));
    assert_eq!(notes.update("x").set(f.text, "t").apply(), Ok(false));
    assert_eq!(notes.pluck("a", (f.stars, f.nick)), Ok(Some((250, Some("n".to_owned())))));

    let patch = NotePatch { text: "p".to_owned().into(), ..NotePatch::default() };
    assert_eq!(notes.patch("a", patch), Ok(true));
    let nick = NotePatch { nick: Edit::Unset, ..NotePatch::default() };
    assert_eq!(notes.patch("a", nick), Ok(true));
    let a = notes.require("a").expect("a note");
    assert_eq!((&*a.text, a.nick, a.tags), ("p", None, vec!["y".to_owned()]));

    let more = Change::new().add(f.stars, 1);
    assert_eq!(notes.scan(f.stars.lt(200)).update_all(&more), Ok(2));
    assert_eq!(notes.scan(f.stars.eq(1)).ids().map(|ids| ids.len()), Ok(2));
    assert!(notes.delete_version("b", 7).is_err());
    notes.delete_version("b", 2).expect("the version");
    assert_eq!(notes.take("a").expect("a note").map(|note| note.stars), Some(250));
    assert_eq!(notes.delete("a"), Ok(false));
    assert_eq!(notes.all().delete_all(), Ok(1));
}

#[test]
fn a_document_that_is_no_note_is_named() {
    let db = Database::in_memory();
    let raw = db.create_collection("notes").expect("a new name");
    raw.insert("bad", &json!({"slug": 3})).expect("a document");
    let notes = db.repository::<Note>().expect("nothing was declared");
    let DocumentError::Decode { collection, id, message } = document_error(notes.get("bad")) else {
        panic!("another error");
    };
    assert_eq!((&*collection, &*id), ("notes", "bad"));
    assert!(message.starts_with("slug: "), "{message}");
    assert_eq!(notes.collection().find("id = 'bad'").count(), Ok(1), "the id was filled in");
}
