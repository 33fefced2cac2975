//! What the engine keeps in documents, whichever door writes them.

use std::time::Duration;

use kora::{Command, DocumentError, Update, cmd};
use serde_json::json;

use super::{Note, START, document_error, note, notes};

#[test]
fn the_engine_keeps_versions_and_times_for_every_door() {
    let (clock, notes) = notes();
    let mut first = note("a", "first");
    notes.insert(&mut first).expect("a new note");
    assert_eq!((first.version, first.created_at, first.updated_at), (1, START, START));
    assert_eq!(first.expires_at, Some(START + 3_600_000));

    clock.advance(Duration::from_secs(1));
    let raw = notes.collection();
    let update = Update::new().set("text", "raw").expect("a text");
    assert!(raw.update("a", &update).expect("a note"));
    let stored = notes.require("a").expect("a note");
    assert_eq!((stored.version, stored.created_at, stored.updated_at), (2, START, START + 1000));
    assert_eq!(stored.text, "raw");

    let conflict = DocumentError::VersionConflict { expected: 1, actual: Some(2) };
    assert_eq!(document_error(notes.save(&first)), conflict);
    assert_eq!(
        document_error(notes.update("a").set(Note::fields().text, "x").if_version(1).apply()),
        conflict
    );
    let forged = Update::new().set("version", 9).expect("a number");
    assert!(raw.update("a", &forged).is_err(), "a version has no setter");
    let forged = Update::new().set("created_at", 9).expect("a number").set("text", "y");
    assert!(raw.update("a", &forged.expect("a text")).expect("a note"));
    assert_eq!(notes.require("a").expect("a note").created_at, START);

    raw.insert("b", &json!({"slug": "b", "text": "", "stars": 1, "tags": []})).expect("a note");
    let b = notes.require("b").expect("a note");
    assert_eq!((&*b.id, b.version, b.created_at), ("b", 1, START + 1000));
    assert!(raw.insert("c", &json!({"id": "d", "slug": "c"})).is_err(), "another id");
    assert!(raw.insert("c", &json!({"slug": "b"})).is_err(), "a slug twice");
}

#[test]
fn the_field_and_the_deadline_are_one() {
    let (clock, notes) = notes();
    let f = Note::fields();
    notes.insert(&note("a", "a")).expect("a new note");
    assert_eq!(notes.ttl("a"), Ok(Some(Duration::from_secs(3600))));
    notes.update("a").set(f.stars, 3).apply().expect("a note");
    assert_eq!(notes.ttl("a"), Ok(Some(Duration::from_secs(3600))), "an update keeps it");

    notes.expire("a", Duration::from_secs(5)).expect("a note");
    let stored = notes.require("a").expect("a note");
    assert_eq!((stored.expires_at, stored.version), (Some(START + 5000), 2));
    notes.update("a").set(f.expires_at, START + 9000).apply().expect("a note");
    assert_eq!(notes.ttl("a"), Ok(Some(Duration::from_secs(9))));
    notes.persist("a").expect("a note");
    assert_eq!(notes.require("a").expect("a note").expires_at, None);
    notes.insert_with_ttl(&note("b", "b"), Duration::from_secs(1)).expect("a new note");
    clock.advance(Duration::from_secs(2));
    assert_eq!(notes.get("b"), Ok(None));
    assert_eq!(notes.count(), Ok(1));
}

#[test]
fn commands_on_documents_are_held_to_what_is_declared() {
    let (clock, notes) = notes();
    notes.insert(&note("a", "a")).expect("a new note");
    clock.advance(Duration::from_secs(1));
    let db = notes.database();
    let run = |command: Command| db.execute(command).map(|reply| reply.to_string());
    run(cmd!("DOC.UPDATE", "notes", "a", "SET", "text", "\"raw\"")).expect("a note");
    run(cmd!("DOC.MSET", "notes", "b", r#"{"slug":"b","text":"","stars":1,"tags":[]}"#))
        .expect("a new note");
    let (a, b) = (notes.require("a").expect("a note"), notes.require("b").expect("a note"));
    assert_eq!((&*a.text, a.version, a.created_at, a.updated_at), ("raw", 2, START, START + 1000));
    assert_eq!((&*b.id, b.version, b.created_at, b.stars), ("b", 1, START + 1000, 1));
    assert_eq!(b.expires_at, Some(START + 3_601_000));
    run(cmd!("DOC.EXPIRE", "notes", "b", "5")).expect("a note");
    assert_eq!(notes.require("b").expect("a note").expires_at, Some(START + 6000));
    let forged = run(cmd!("DOC.UPDATE", "notes", "a", "SET", "version", "9"));
    assert!(forged.is_err(), "a version has no setter");
    let twice = run(cmd!("DOC.MSET", "notes", "c", r#"{"slug":"a"}"#));
    assert!(matches!(document_error(twice), DocumentError::NotUnique(_)));
    let in_a_step = db.transaction(|tx| {
        tx.execute(cmd!("DOC.UPDATE", "notes", "a", "SET", "stars", "3"))?;
        tx.repository::<Note>()?.require("a")
    });
    assert_eq!(in_a_step.map(|a| (a.stars, a.version)), Ok((3, 3)));
    let found = run(cmd!("DOC.FIND", "notes", "stars = 3")).expect("a query");
    assert!(found.contains("\"version\":3") || found.contains("\\\"version\\\":3"), "{found}");
}
