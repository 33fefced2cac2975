//! What is no document, no id, no path, no condition, no cursor and no index: a typed error each,
//! and nothing has changed.

use kora::{Collection, Database, DocumentError, Error, Filter, Index, IndexKind, Update};
use serde::Serialize;
use serde_json::{Value, json};

use crate::support::dice::{self, Dice};

/// A collection with some of everything.
fn things() -> (Database, Collection) {
    let db = Database::in_memory();
    let things = db.create_collection("things").expect("a new name");
    things.create_index(Index::unique("mail")).expect("a new index");
    things.create_index(Index::sorted("n")).expect("a new index");
    things.create_index(Index::array("tags")).expect("a new index");
    for id in 0..20 {
        let document = json!({"mail": format!("m{id}"), "n": id, "tags": [id], "text": "x"});
        things.insert(&id.to_string(), &document).expect("a new id");
    }
    (db, things)
}

/// Nothing that is stored or counted differs after `attempt`, which fails.
fn refused<T: std::fmt::Debug>(
    (db, things): &(Database, Collection),
    attempt: impl FnOnce(&Collection) -> kora::Result<T>,
) -> Error {
    let state = || (db.digest(), db.used_memory(), things.used_memory(), things.len());
    let before = state();
    let error = attempt(things).expect_err("it is refused");
    assert_eq!(state(), before, "{error}");
    assert!(!error.to_string().is_empty());
    error
}

fn is_form(error: &Error) -> bool {
    matches!(error, Error::Document(error) if matches!(**error, DocumentError::Form { .. }))
}

/// Arrays in arrays, in an object: so many levels.
fn nested(levels: usize) -> Value {
    let inner = (1..levels).fold(json!(1), |value, _| Value::Array(vec![value]));
    Value::Object([("a".to_owned(), inner)].into_iter().collect())
}

#[derive(Serialize)]
struct Float {
    a: f64,
}

#[test]
fn what_is_no_document_is_refused() {
    let things = &things();
    things.1.insert("deep", &nested(128)).expect("as deep as may be");
    for document in [nested(129), nested(2_000), json!(3), json!([1]), json!("text"), json!(null)] {
        assert!(is_form(&refused(things, |things| things.insert("x", &document))));
        assert!(is_form(&refused(things, |things| things.save("1", &document))));
        assert!(is_form(&refused(things, |things| things.replace("1", &document))));
    }
    for a in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(is_form(&refused(things, |things| things.insert("x", &Float { a }))));
        assert!(Update::new().set("a", a).is_err());
        assert!(Update::new().push("a", Float { a }).is_err());
        refused(things, |things| things.update("1", &Update::new().add("n", a)));
    }
    let large = json!({"a": "x".repeat(17 << 20)});
    assert!(is_form(&refused(things, |things| things.insert("x", &large))));
    let half = "x".repeat(9 << 20);
    things.1.insert("half", &json!({"a": half})).expect("it is small enough");
    let double = Update::new().set("b", &half).expect("a value");
    assert!(is_form(&refused(things, |things| things.update("half", &double))));
}

#[test]
fn what_is_no_id_is_refused() {
    let things = &things();
    let longest = "i".repeat(1024);
    things.1.insert(&longest, &json!({})).expect("as long as may be");
    assert_eq!(things.1.get(&longest), Ok(Some(json!({}))));
    for id in ["", &"i".repeat(1025), &"i".repeat(70_000)] {
        let error = refused(things, |things| things.insert(id, &json!({})));
        assert!(
            matches!(&error, Error::Document(error) if matches!(**error, DocumentError::BadId { .. }))
        );
        refused(things, |things| things.save(id, &json!({})));
        refused(things, |things| things.update(id, &Update::new().add("n", 1)));
        refused(things, |things| things.delete(id));
        assert_eq!(things.1.get::<Value>(id), Ok(None));
        assert_eq!(things.1.exists(id), Ok(false));
    }
}

#[test]
fn updates_that_cannot_be_made_change_nothing() {
    let things = &things();
    let set = |path: &str, value: Value| Update::new().set(path, value).expect("a value");
    let updates = [
        set("text.inner", json!(1)),
        set("tags.inner", json!(1)),
        Update::new().add("text", 1),
        Update::new().add("n", 1).add("mail", 1),
        Update::new().push("n", 1).expect("a value"),
        Update::new().pull("text", 1).expect("a value"),
        set("n", json!(i64::MAX)).add("n", 1).add("n", i64::MAX).add("n", 1),
        set("n", json!(f64::MAX)).add("n", f64::MAX),
        set("mail", json!("m2")),
        set("n", json!(7)).set("mail", "m3").expect("a value").add("n", 1),
        set("", json!(1)),
        set("a..b", json!(1)),
        set("a b", json!(1)),
        set(&vec!["a"; 33].join("."), json!(1)),
        Update::new().unset("a.").add("n", 1),
        Update::new().add("n", 1).only_if("n ="),
    ];
    for update in &updates {
        refused(things, |things| things.update("1", update));
        refused(things, |things| things.find("n = 1").update(update));
    }
    assert_eq!(things.1.update("nobody", &Update::new().add("n", 1)), Ok(false));
}

#[test]
fn a_unique_value_that_is_taken_names_its_document() {
    let things = &things();
    let taken = json!({"mail": "m7"});
    for error in [
        refused(things, |things| things.insert("x", &taken)),
        refused(things, |things| things.save("1", &taken)),
        refused(things, |things| things.replace("1", &taken)),
    ] {
        let Error::Document(error) = &error else { panic!("{error:?}") };
        let DocumentError::NotUnique(violation) = &**error else { panic!("{error:?}") };
        assert_eq!((&*violation.index, &*violation.id), ("mail", "7"));
    }
    let error = refused(things, |things| things.create_index(Index::unique("text")));
    let Error::Document(error) = &error else { panic!("{error:?}") };
    let DocumentError::NotUnique(violation) = &**error else { panic!("{error:?}") };
    assert_eq!(violation.id.split(", ").count(), 10, "{violation:?}");
}

#[test]
fn what_is_no_condition_is_refused() {
    let things = &things();
    let long = format!("n IN ({})", vec!["1"; 16_385].join(", "));
    let deep = format!("{}n = 1{}", "(".repeat(65), ")".repeat(65));
    let wide = vec!["n = 1"; 4_097].join(" OR ");
    let path = format!("{} = 1", vec!["a"; 33].join("."));
    for text in
        ["n =", "= 1", "n = 1 AND", "n > [1]", "n ~ 1", "n = {}", &long, &deep, &wide, &path]
    {
        let error = Filter::parse(text).expect_err("it is no condition");
        assert!(matches!(error, Error::Query(_)), "{error}");
        refused(things, |things| things.find(text).documents());
        refused(things, |things| things.find(text).delete());
        refused(things, |things| things.count(text));
        refused(things, |things| things.find(text).update(&Update::new().add("n", 1)));
    }
    for order in ["n ASC DESC", "n,", "n, n", "a..b", &vec!["a"; 33].join(".")] {
        refused(things, |things| things.find("*").order_by(order).documents());
    }
    // As much as may be asked.
    let list = format!("n IN ({})", vec!["1"; 16_000].join(", "));
    assert_eq!(things.1.count(&list), Ok(1));
    let wide = vec!["n = 1"; 2_000].join(" OR ");
    assert_eq!(things.1.count(&wide), Ok(1));
}

fn is_bad_cursor(error: &Error) -> bool {
    matches!(error, Error::Document(error) if matches!(**error, DocumentError::BadCursor))
}

#[test]
#[expect(clippy::print_stderr, reason = "a random test says its seed")]
fn what_is_no_cursor_is_refused() {
    let seed = dice::seed();
    eprintln!("KORA_SEED={seed}");
    let mut dice = Dice::new(seed);
    let things = &things();
    let orders = ["", "n", "mail DESC", "tags, n DESC, text"];
    for order in orders {
        let page = things.1.find("*").order_by(order).limit(7).page::<Value>().expect("a page");
        let cursor = page.next.expect("there are more");
        let after = |cursor: &str| {
            let find = things.1.find("*").order_by(order).limit(7).after(cursor);
            find.page::<Value>().map(|page| page.items.len())
        };
        assert_eq!(after(&cursor), Ok(7));
        for len in 0..cursor.len() {
            assert!(is_bad_cursor(&after(&cursor[..len]).expect_err("it is cut")), "{len}");
        }
        for _ in 0..300 {
            let mut changed = cursor.clone().into_bytes();
            let at = dice.below(changed.len());
            changed[at] = *dice.pick(b"0123456789abcdefzZ/ ");
            let changed = String::from_utf8(changed).expect("ASCII");
            if changed != cursor {
                assert!(is_bad_cursor(&after(&changed).expect_err("it is changed")), "{changed}");
            }
        }
        for other in orders.into_iter().filter(|other| *other != order) {
            let find = things.1.find("*").order_by(other).after(&cursor);
            assert!(is_bad_cursor(&find.page::<Value>().expect_err("it is of another order")));
        }
    }
    for text in ["x", "é", "zz", "00", "00000000", "ffffffffffff", &"ab".repeat(5_000)] {
        let error = refused(things, |things| things.find("*").after(text).page::<Value>());
        assert!(is_bad_cursor(&error), "{text}");
    }
}

#[test]
fn what_is_no_index_is_refused() {
    let things = &things();
    let many = |kind, count| {
        let paths = (1..count).map(|number| format!("p{number}"));
        paths.fold(Index::new(kind, "p0"), |index, path| index.and(&path))
    };
    let indexes = [
        Index::hash(""),
        Index::hash("a..b"),
        Index::hash("a b"),
        Index::hash("a").named(""),
        Index::hash("a").named("two words"),
        Index::hash("a").named(&"n".repeat(129)),
        Index::hash("a").only("n ="),
        Index::sorted("n").named("mail"),
        Index::hash("mail").named("n"),
        Index::sorted("n").only("n > 1"),
        many(IndexKind::Hash, 2),
        many(IndexKind::Array, 2),
        many(IndexKind::Sorted, 9),
        many(IndexKind::Unique, 9),
        Index::unique("text"),
    ];
    for index in indexes {
        let shown = format!("{index:?}");
        let error = refused(things, |things| things.create_index(index));
        assert!(matches!(error, Error::Document(_) | Error::Query(_)), "{shown}: {error}");
    }
    assert_eq!(things.1.create_index(Index::sorted("n")), Ok(false));
    assert_eq!(things.1.drop_index("nothing"), Ok(false));
    assert_eq!(things.1.indexes().len(), 3);
}

/// A document may have 4096 values in an index, and one with more changes nothing.
#[test]
fn a_document_with_too_many_values_is_refused() {
    let things = &things();
    let many = |count: usize| json!({"tags": (0..count).collect::<Vec<_>>()});
    things.1.insert("many", &many(4_096)).expect("as many as may be");
    let error = refused(things, |things| things.insert("more", &many(4_097)));
    assert!(matches!(&error, Error::Document(error)
        if matches!(&**error, DocumentError::TooManyKeys { index, most: 4_096 } if index == "tags")));
    refused(things, |things| things.update("many", &Update::new().push("tags", -1)?));
    things.1.drop_index("tags").expect("an index");
    things.1.insert("more", &many(4_097)).expect("no index is on it");
    refused(things, |things| things.create_index(Index::array("tags")));
}

#[test]
fn collections_have_names() {
    let db = Database::in_memory();
    for name in ["", "two words", "line\nend", &"n".repeat(129)] {
        let error = db.create_collection(name).expect_err("it is no name");
        assert!(
            matches!(&error, Error::Document(error) if matches!(**error, DocumentError::BadName))
        );
    }
    let things = db.create_collection(&"n".repeat(128)).expect("as long as may be");
    assert!(db.create_collection(things.name()).is_err());
    assert_eq!(db.drop_collection(things.name()), Ok(true));
    assert_eq!(db.drop_collection(things.name()), Ok(false));
    let gone = |result: kora::Result<()>| {
        let error = result.expect_err("it was dropped");
        let is_it = |error: &DocumentError| matches!(error, DocumentError::NoSuchCollection { .. });
        assert!(matches!(&error, Error::Document(error) if is_it(error)), "{error:?}");
    };
    gone(things.insert("1", &json!({})));
    gone(things.get::<Value>("1").map(drop));
    gone(things.delete("1").map(drop));
    gone(things.len().map(drop));
    gone(things.find("a = 1").documents().map(drop));
    gone(things.create_index(Index::hash("a")).map(drop));
    gone(things.drop_index("a").map(drop));
    gone(things.update("1", &Update::new()).map(drop));
    assert_eq!((things.indexes(), things.used_memory()), (vec![], 0));
}
