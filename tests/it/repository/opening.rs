//! What is declared of a type against what is stored of its collection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use kora::repository::SchemaChange;
use kora::{
    Config, Database, DocumentError, IndexKind, KoraDocument, KoraEmbed, Repository, SchemaPolicy,
    Update,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Note, document_error, note};
use crate::support::folder::Folder;

mod shapes {
    use super::*;

    macro_rules! shape {
        ($Name:ident { $($(#[$meta:meta])* $field:ident: $Type:ty),* $(,)? }) => {
            #[derive(Debug, Serialize, Deserialize, KoraDocument)]
            #[kora(collection = "shapes")]
            pub(super) struct $Name {
                #[kora(id)]
                pub(super) id: u64,
                $($(#[$meta])* pub(super) $field: $Type,)*
            }
        };
    }

    shape!(First {
        #[kora(index)]
        name: String,
        size: u32,
        old: u8
    });
    shape!(Wider { #[kora(index = sorted)] name: String, size: u64, more: Option<String>, #[serde(default)] list: Vec<u8> });
    shape!(Renamed {
        #[kora(unique, renamed_from = "name")]
        title: String,
        size: u32,
        old: u8
    });
    shape!(Required { name: String, size: u32, label: String });
    shape!(Retyped { name: u32, size: u32, old: u8 });
    shape!(Optional { name: Option<String>, size: u32, old: u8 });
    shape!(OldText { name: String, size: u64, old: String });
}

fn first(db: &Database) -> Repository<shapes::First> {
    let first = db.repository::<shapes::First>().expect("a new collection");
    for id in 0..20 {
        let shape = shapes::First { id, name: format!("n{id}"), size: 3, old: 1 };
        first.insert(&shape).expect("a new id");
    }
    first
}

#[test]
fn opening_adds_and_renames_and_loses_nothing() {
    let db = Database::in_memory();
    let shapes = first(&db);
    assert_eq!(db.schema_diff::<shapes::First>().expect("a schema").changes, []);
    db.repository_with::<shapes::First>(SchemaPolicy::Verify).expect("no difference");

    let diff = db.schema_diff::<shapes::Wider>().expect("a schema");
    assert!(db.repository_with::<shapes::Wider>(SchemaPolicy::Verify).is_err());
    assert!(diff.changes.contains(&SchemaChange::NewIndex { name: "name".into() }), "{diff}");
    let wider = db.repository::<shapes::Wider>().expect("additive");
    let f = shapes::Wider::fields();
    assert_eq!(wider.find(f.name.ge("n5")).count(), Ok(5));
    let old = shapes.collection().find("old = 1").count();
    assert_eq!(old, Ok(20), "what is no longer declared stays");

    db.repository::<shapes::First>().expect_err("`size` is narrower again");
    let db = Database::in_memory();
    first(&db);
    let renamed = db.repository::<shapes::Renamed>().expect("a rename");
    let f = shapes::Renamed::fields();
    assert_eq!(renamed.find(f.title.eq("n7")).one().map(|shape| shape.id), Ok(7));
    let indexes: Vec<String> =
        renamed.collection().indexes().into_iter().map(|index| index.name).collect();
    assert_eq!(indexes, ["title"]);
    db.repository_with::<shapes::Optional>(SchemaPolicy::Destructive).expect("fields go");
    assert_eq!(renamed.collection().find("title EXISTS").count(), Ok(0));
}

#[test]
fn opening_refuses_what_documents_could_not_be_read_after() {
    let db = Database::in_memory();
    first(&db);
    let message = |error: DocumentError| {
        let DocumentError::Schema { message, .. } = error else { panic!("{error}") };
        message
    };
    let required = message(document_error(db.repository::<shapes::Required>()));
    assert!(required.starts_with("field `label` (string) is required"), "{required}");
    for mend in ["serde(default)", "`Option`", "renamed_from"] {
        assert!(required.contains(mend), "{required}");
    }
    let retyped = message(document_error(db.repository::<shapes::Retyped>()));
    assert!(retyped.starts_with("field `name` was string and is u32"), "{retyped}");
    db.repository::<shapes::Optional>().expect("an `Option` reads all");
    db.repository::<shapes::First>().expect_err("null may be there");
}

#[test]
fn a_unique_field_with_duplicates_is_not_opened() {
    #[derive(Debug, Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "shapes")]
    struct Unique {
        #[kora(id)]
        id: u64,
        name: String,
        #[kora(unique)]
        size: u32,
        old: u8,
    }

    let db = Database::in_memory();
    first(&db);
    let refused = document_error(db.repository::<Unique>());
    assert!(matches!(refused, DocumentError::NotUnique(_)), "{refused}");
    db.repository::<shapes::First>().expect("nothing was changed");
}

/// The indexes of the collection `shapes`: names, kinds, and whether they are whole.
fn indexes(db: &Database) -> Vec<(String, IndexKind, bool)> {
    let indexes = db.collection("shapes").expect("it is there").indexes();
    indexes.into_iter().map(|it| (it.name, it.kind, it.progress.is_none())).collect()
}

#[test]
fn an_index_of_another_kind_takes_the_old_ones_place_or_leaves_it() {
    #[derive(Debug, Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "shapes")]
    struct UniqueName {
        #[kora(id)]
        id: u64,
        #[kora(unique)]
        name: String,
        size: u32,
        old: u8,
    }

    let folder = Folder::new();
    let config = || Config { data_dir: Some(folder.join("data")), ..Config::default() };
    let db = Database::open(config()).expect("a directory");
    let shapes = first(&db);
    let hash = [("name".to_owned(), IndexKind::Hash, true)];
    assert_eq!(indexes(&db), hash);
    shapes.insert(&shapes::First { id: 20, name: "n7".into(), size: 3, old: 1 }).expect("new");
    let refused = document_error(db.repository::<UniqueName>());
    assert!(matches!(refused, DocumentError::NotUnique(_)), "{refused}");
    assert_eq!(indexes(&db), hash, "the old one has not gone");
    drop((shapes, db));

    let db = Database::open(config()).expect("it was closed");
    assert_eq!(indexes(&db), hash, "nor in what is recorded");
    let shapes = db.repository::<shapes::First>().expect("nothing was changed");
    assert_eq!(shapes.find(shapes::First::fields().name.eq("n7")).count(), Ok(2));
    shapes.delete(20).expect("it is there");
    db.repository::<UniqueName>().expect("no name twice");
    let unique = [("name".to_owned(), IndexKind::Unique, true)];
    assert_eq!(indexes(&db), unique);
    drop((shapes, db));

    let db = Database::open(config()).expect("it was closed");
    assert_eq!(indexes(&db), unique);
    let named = db.repository_with::<UniqueName>(SchemaPolicy::Verify).expect("no difference");
    let twice = named.insert(&UniqueName { id: 21, name: "n7".into(), size: 1, old: 1 });
    assert!(matches!(document_error(twice), DocumentError::NotUnique(_)));
    db.snapshot().expect("a snapshot");
    drop((named, db));
    assert_eq!(indexes(&Database::open(config()).expect("it was closed")), unique);
}

#[test]
fn a_query_is_served_while_its_index_changes_its_kind() {
    let db = Database::in_memory();
    let shapes = first(&db);
    let more = (20..3000).map(|id| shapes::First { id, name: format!("n{id}"), size: 3, old: 1 });
    shapes.insert_many(&more.collect::<Vec<_>>()).expect("new ids");
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let wider = db.repository::<shapes::Wider>().map(drop);
            is_done.store(true, Ordering::Release);
            wider.expect("additive");
        });
        let f = shapes::First::fields();
        loop {
            let was_done = is_done.load(Ordering::Acquire);
            let explain = shapes.find(f.name.eq("n77")).explain().expect("a query");
            assert_eq!(explain.indexes, ["name"], "{explain}");
            if was_done {
                break;
            }
        }
    });
    assert_eq!(indexes(&db), [("name".to_owned(), IndexKind::Sorted, true)]);
}

#[test]
fn fields_that_went_are_remembered_until_they_are_taken_out() {
    let db = Database::in_memory();
    let shapes = first(&db).collection();
    db.repository::<shapes::Wider>().expect("`old` goes");
    let diff = db.schema_diff::<shapes::Wider>().expect("a schema");
    assert_eq!(diff.changes, [], "what went before is no difference");
    db.repository_with::<shapes::Wider>(SchemaPolicy::Verify).expect("no difference");
    let again = document_error(db.repository::<shapes::OldText>()).to_string();
    assert!(again.contains("field `old` was u8 and is string"), "{again}");
    assert_eq!(shapes.find("old = 1").count(), Ok(20));
    db.repository_with::<shapes::Wider>(SchemaPolicy::Destructive).expect("no other difference");
    assert_eq!(shapes.find("old EXISTS").count(), Ok(0));
}

mod nested {
    use super::*;

    macro_rules! nested {
        ($Order:ident { $($(#[$of:meta])* $of_field:ident: $Of:ty),* }
         $Line:ident { $($(#[$meta:meta])* $field:ident: $Type:ty),* }) => {
            #[derive(Debug, Serialize, Deserialize, KoraDocument)]
            #[kora(collection = "orders")]
            pub(super) struct $Order {
                #[kora(id)]
                pub(super) id: u64,
                $($(#[$of])* pub(super) $of_field: $Of,)*
            }

            #[derive(Debug, Serialize, Deserialize, KoraEmbed)]
            pub(super) struct $Line {
                $($(#[$meta])* pub(super) $field: $Type,)*
            }
        };
    }

    nested!(Order { #[kora(embed)] lines: Vec<Line> } Line { #[kora(index)] sku: String, count: u8 });
    nested!(
        Renamed { #[kora(embed, renamed_from = "lines")] items: Vec<Item> }
        Item { #[kora(index, renamed_from = "sku")] code: String, count: u16 }
    );
    nested!(
        Required { #[kora(embed)] lines: Vec<Heavy> }
        Heavy { #[kora(index)] sku: String, count: u8, weight: u32 }
    );
}

#[test]
fn nested_fields_are_compared_and_renamed_in_arrays_too() {
    let db = Database::in_memory();
    let orders = db.repository::<nested::Order>().expect("a new collection");
    let line = |sku: &str| nested::Line { sku: sku.into(), count: 1 };
    orders.insert(&nested::Order { id: 1, lines: vec![line("pen"), line("cup")] }).expect("new");
    let heavy = document_error(db.repository::<nested::Required>()).to_string();
    assert!(heavy.contains("field `lines.weight` (u32) is required"), "{heavy}");

    let diff = db.schema_diff::<nested::Renamed>().expect("a schema");
    let renamed =
        |from: &str, to: &str| SchemaChange::FieldRenamed { from: from.into(), to: to.into() };
    assert!(diff.changes.contains(&renamed("lines", "items")), "{diff}");
    assert!(diff.changes.contains(&renamed("items.sku", "items.code")), "{diff}");
    let renamed = db.repository::<nested::Renamed>().expect("a rename");
    let f = nested::Renamed::fields();
    let found = renamed.find(f.items.code.eq("cup")).one().expect("the order");
    assert_eq!((found.id, found.items.len()), (1, 2));
    let stored: Option<Value> = renamed.collection().get("1").expect("a document");
    let lines = json!([{"code": "pen", "count": 1}, {"code": "cup", "count": 1}]);
    assert_eq!(stored, Some(json!({"id": 1, "items": lines})));
}

#[test]
fn migrations_leave_versions_and_times_alone() {
    #[derive(Debug, Serialize, Deserialize, KoraDocument)]
    #[kora(collection = "notes", ttl = "1h")]
    struct Renamed {
        #[kora(id)]
        id: String,
        #[kora(unique)]
        slug: String,
        #[kora(renamed_from = "text")]
        body: String,
        #[kora(version)]
        version: u64,
        #[kora(created_at)]
        created_at: i64,
        #[kora(updated_at, index)]
        updated_at: i64,
        #[kora(expires_at)]
        expires_at: Option<i64>,
    }

    let (clock, notes) = super::notes();
    notes.insert(&note("a", "a")).expect("a new note");
    let (before, ttl) = (notes.require("a").expect("a note"), notes.ttl("a"));
    clock.advance(std::time::Duration::from_secs(1));
    let renamed = notes.database().repository::<Renamed>().expect("a rename");
    let after = renamed.require("a").expect("a note");
    assert_eq!((after.version, after.updated_at), (before.version, before.updated_at));
    assert_eq!(after.body, before.text);
    assert_ne!(renamed.ttl("a"), Ok(None));
    assert_ne!(renamed.ttl("a"), ttl, "a second has passed");
}

#[test]
fn what_was_declared_comes_back_from_disk() {
    let folder = Folder::new();
    let config = || Config { data_dir: Some(folder.join("data")), ..Config::default() };
    for round in 1..=3_u64 {
        let db = Database::open(config()).expect("a directory");
        if round == 1 {
            db.repository::<Note>()
                .expect("a new collection")
                .insert(&note("a", "a"))
                .expect("new");
        } else {
            assert_eq!(db.schema_diff::<Note>().expect("a schema").changes, []);
        }
        // Held to what was declared before anybody declares it again.
        let raw = db.collection("notes").expect("it is there");
        let update = Update::new().set("stars", round).expect("a number");
        raw.update("a", &update).expect("a note");
        let stored: Option<Value> = raw.get("a").expect("a note");
        assert_eq!(stored.map(|note| note["version"].clone()), Some(json!(round + 1)));
        assert!(raw.insert("b", &json!({"slug": "a"})).is_err(), "a slug twice");
        if round == 2 {
            db.snapshot().expect("a snapshot");
        }
    }
}

#[test]
fn what_was_opened_is_opened_at_once_as_long_as_nothing_has_changed() {
    let db = Database::in_memory();
    let handle = db.asynchronous();
    let is_open = || handle.opened::<shapes::First>().is_some();
    assert!(!is_open());
    drop(first(&db));
    assert!(is_open());
    let shapes = db.collection("shapes").expect("it is there");
    assert_eq!(shapes.drop_index("name"), Ok(true));
    assert!(!is_open(), "an index that it declares is gone");
    db.repository::<shapes::First>().expect("it is made anew");
    assert!(is_open());
    db.repository::<shapes::Renamed>().expect("another type declares something else");
    assert!(!is_open());
    assert_eq!(db.drop_collection("shapes"), Ok(true));
    assert!(handle.opened::<shapes::Renamed>().is_none());
    drop(first(&db));
    assert!(is_open());
}
