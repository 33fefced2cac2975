//! The commands and the methods are one thing: each line is run beside the method that does the
//! same, alone and as a step of a transaction, and answers and data must not differ.

use std::time::Duration;

use kora::CommandResponse::{self, Array, Bulk, Integer, Nil, Pairs, Status};
use kora::{
    Clock, Collection, Command, Config, Database, Document, DocumentError, Error, Index, Result,
    Update,
};
use serde_json::{Value, json};

use crate::support::words;

type Method = fn(&Collection) -> Result<CommandResponse>;

/// Lines on a collection that is empty at first, and what does the same.
const PAIRS: &[(&str, Method)] = &[
    (r#"DOC.INSERT c ann '{"age":31,"city":"Accra","tags":["x"]}'"#, |c| {
        c.insert("ann", &json!({"age": 31, "city": "Accra", "tags": ["x"]})).map(|()| bulk("ann"))
    }),
    ("DOC.INSERT c ann '{}'", |c| c.insert("ann", &json!({})).map(|()| bulk("ann"))),
    (r#"DOC.SET c bob '{"age":25,"city":"Oslo"}'"#, |c| {
        c.save("bob", &json!({"age": 25, "city": "Oslo"})).map(ok)
    }),
    (r#"DOC.MSET c cid '{"age":18446744073709551615}' dan '{"age":-0.5}'"#, |c| {
        let (cid, dan) = (json!({"age": u64::MAX}), json!({"age": -0.5}));
        c.save_all([("cid", &cid), ("dan", &dan)]).map(ok)
    }),
    ("DOC.GET c ann", |c| c.get_json("ann").map(json_or_nil)),
    ("DOC.GET c nobody", |c| c.get_json("nobody").map(json_or_nil)),
    ("DOC.EXISTS c ann", |c| c.exists("ann").map(truth)),
    ("DOC.CREATEINDEX c city hash city", |c| c.create_index(Index::hash("city")).map(truth)),
    ("DOC.CREATEINDEX c age sorted age", |c| c.create_index(Index::sorted("age")).map(truth)),
    ("DOC.CREATEINDEX c tags array tags", |c| c.create_index(Index::array("tags")).map(truth)),
    ("DOC.CREATEINDEX c email unique email", |c| c.create_index(Index::unique("email")).map(truth)),
    ("DOC.CREATEINDEX c email hash email", |c| {
        c.create_index(Index::hash("email").named("email")).map(truth)
    }),
    (r#"DOC.UPDATE c ann SET email '"a@x"' PUSH tags '"y"' ADD age 1"#, |c| {
        let update = Update::new().set("email", "a@x")?.push("tags", "y")?.add("age", 1);
        c.update("ann", &update).map(truth)
    }),
    (r#"DOC.UPDATE c ann PULL tags '"x"' UNSET city IF 'age = 32'"#, |c| {
        let update = Update::new().pull("tags", "x")?.unset("city").only_if("age = 32");
        c.update("ann", &update).map(truth)
    }),
    ("DOC.UPDATE c ann UNSET email IF 'age = 31'", |c| {
        c.update("ann", &Update::new().unset("email").only_if("age = 31")).map(truth)
    }),
    ("DOC.UPDATE c ann UNSET email ADD tags 1", |c| {
        c.update("ann", &Update::new().unset("email").add("tags", 1)).map(truth)
    }),
    (r#"DOC.UPDATE c bob SET email '"a@x"'"#, |c| {
        c.update("bob", &Update::new().set("email", "a@x")?).map(truth)
    }),
    (r#"DOC.MSET c eve '{"email":"e@x"}' fay '{"email":"e@x"}'"#, |c| {
        let same = json!({"email": "e@x"});
        c.save_all([("eve", &same), ("fay", &same)]).map(ok)
    }),
    ("DOC.EXPIRE c bob 60", |c| c.expire("bob", Duration::from_secs(60)).map(truth)),
    ("DOC.PTTL c bob", |c| {
        c.ttl("bob").map(|left| number(left.map_or(0, |left| left.as_millis())))
    }),
    (r#"DOC.SET c bob '{"age":26,"city":"Oslo"}'"#, |c| {
        c.save("bob", &json!({"age": 26, "city": "Oslo"})).map(ok)
    }),
    ("DOC.PERSIST c bob", |c| c.persist("bob").map(truth)),
    ("DOC.PERSIST c bob", |c| c.persist("bob").map(truth)),
    ("DOC.COUNT c", |c| c.len().map(number)),
    ("DOC.COUNT c 'age > 26'", |c| c.count("age > 26").map(number)),
    ("DOC.COUNT c 'age >'", |c| c.count("age >").map(number)),
    ("DOC.FIND c 'age >= 26' ORDER BY age DESC LIMIT 2", |c| {
        c.find("age >= 26").order_by("age DESC").limit(2).documents().map(documents)
    }),
    ("DOC.FIND c * ORDER BY city, age OFFSET 1 SELECT age, tags", |c| {
        c.find("*").order_by("city, age").offset(1).select("age, tags").documents().map(documents)
    }),
    ("DOC.FIND c 'email = \"a@x\"' IDS", |c| {
        c.find("email = 'a@x'").ids().map(|ids| Array(ids.iter().map(|id| bulk(id)).collect()))
    }),
    ("DOC.FIND c * ORDER BY up down", |c| {
        c.find("*").order_by("up down").documents().map(documents)
    }),
    ("DOC.FIND c * AFTER no", |c| c.find("*").after("no").documents().map(documents)),
    ("DOC.UPDATEWHERE c 'age < 27' SET young true", |c| {
        c.find("age < 27").update(&Update::new().set("young", true)?).map(number)
    }),
    ("DOC.DELWHERE c 'young = true AND age < 0'", |c| {
        c.find("young = true AND age < 0").delete().map(number)
    }),
    ("DOC.COUNT c 'young = true'", |c| c.count("young = true").map(number)),
    ("DOC.DEL c ann", |c| c.delete("ann").map(truth)),
    ("DOC.DEL c ann", |c| c.delete("ann").map(truth)),
    ("DOC.DROPINDEX c city", |c| c.drop_index("city").map(truth)),
    ("DOC.DROPINDEX c city", |c| c.drop_index("city").map(truth)),
    ("DOC.FIND c *", |c| c.find("*").documents().map(documents)),
];

fn ok((): ()) -> CommandResponse {
    Status("OK".into())
}

fn truth(is_so: bool) -> CommandResponse {
    Integer(is_so.into())
}

fn number(number: impl TryInto<i64>) -> CommandResponse {
    Integer(number.try_into().unwrap_or(i64::MAX))
}

fn bulk(text: &str) -> CommandResponse {
    Bulk(text.to_owned().into())
}

fn json_or_nil(json: Option<String>) -> CommandResponse {
    json.map_or(Nil, |json| bulk(&json))
}

fn documents(found: Vec<Document>) -> CommandResponse {
    let pair = |document: Document| {
        (bulk(document.id()), bulk(&document.json().expect("a stored document")))
    };
    Pairs(found.into_iter().map(pair).collect())
}

fn database() -> Database {
    let config = Config { shard_count: 2, clock: Clock::manual(1_000), ..Config::default() };
    let db = Database::open(config).expect("a valid configuration");
    db.create_collection("c").expect("a new name");
    db
}

fn command(line: &str) -> Command {
    Command::from_words(words::command(line))
}

#[test]
fn a_command_does_what_its_method_does() {
    let (by_line, by_method) = (database(), database());
    let collection = by_method.collection("c").expect("it was made");
    for (line, method) in PAIRS {
        assert_eq!(by_line.execute(command(line)), method(&collection), "{line}");
        assert_eq!(by_line.digest(), by_method.digest(), "{line}");
    }
}

#[test]
fn a_command_does_in_a_transaction_what_it_does_alone() {
    let (alone, together) = (database(), database());
    let mut lines = PAIRS.iter().map(|(line, _)| *line).peekable();
    while lines.peek().is_some() {
        let steps: Vec<&str> = std::iter::from_fn(|| lines.next_if(|line| is_step(line))).collect();
        let expected: Vec<_> = steps.iter().map(|line| alone.execute(command(line))).collect();
        let all = together.transaction(|tx| {
            Ok(steps.iter().map(|line| tx.execute(command(line))).collect::<Vec<_>>())
        });
        assert_eq!(all, Ok(expected), "{steps:?}");
        assert_eq!(alone.digest(), together.digest(), "after {steps:?}");
        if let Some(line) = lines.next() {
            assert_eq!(alone.execute(command(line)), together.execute(command(line)), "{line}");
        }
    }
}

/// Whether a line may stand in a transaction among others: it is about documents and not about the
/// collection, and what it does to unique values is not seen only at the end.
fn is_step(line: &str) -> bool {
    !line.contains("INDEX ") && (!line.contains("email\"") && !line.contains("SET email"))
}

#[test]
fn a_transaction_ends_with_the_error_of_a_unique_value() {
    let db = database();
    let people = db.collection("c").expect("it was made");
    people.create_index(Index::unique("email")).expect("there is no document");
    people.insert("ann", &json!({"email": "a@x"})).expect("no other has it");
    let before = db.digest();
    let done = db.transaction(|tx| {
        tx.execute(command("SET counted 1"))?;
        tx.execute(command(r#"DOC.SET c bob '{"email":"a@x"}'"#))
    });
    let Err(Error::Document(error)) = done else { panic!("{done:?}") };
    assert!(matches!(*error, DocumentError::NotUnique(_)), "{error}");
    assert_eq!(db.digest(), before);
}

#[test]
fn collections_and_indexes_are_no_steps_of_a_transaction() {
    let db = database();
    for line in [
        "DOC.CREATE d",
        "DOC.DROP c",
        "DOC.LIST",
        "DOC.INFO c",
        "DOC.CREATEINDEX c age sorted age",
        "DOC.DROPINDEX c age",
        "DOC.INDEXES c",
    ] {
        let done = db.transaction(|tx| tx.execute(command(line)));
        assert_eq!(done, Err(Error::NotInTransaction), "{line}");
    }
}

#[test]
fn pages_by_command_are_the_pages_of_the_method() {
    let db = database();
    let people = db.collection("c").expect("it was made");
    for n in 0..25 {
        people.insert(&format!("{n:02}"), &json!({"n": n % 7})).expect("a new id");
    }
    let (mut cursor, mut rows) = ("0".to_owned(), Vec::new());
    let mut find = people.find("n < 5").order_by("n DESC").limit(4);
    loop {
        let line = format!("DOC.FIND c 'n < 5' ORDER BY n DESC LIMIT 4 AFTER {cursor}");
        let answer = db.execute(command(&line)).expect("a page");
        let page = find.page::<Value>().expect("a page");
        let Array(parts) = answer else { panic!("{answer:?}") };
        let [Bulk(next), Pairs(pairs)] = &parts[..] else { panic!("{parts:?}") };
        let value = |json: &CommandResponse| {
            let Bulk(json) = json else { panic!("{json:?}") };
            serde_json::from_slice::<Value>(json).expect("JSON")
        };
        assert_eq!(pairs.iter().map(|(_, json)| value(json)).collect::<Vec<_>>(), page.items);
        rows.extend(page.items);
        let next = std::str::from_utf8(next).expect("hexadecimal digits");
        assert_eq!(page.next.as_deref(), (next != "0").then_some(next));
        let Some(after) = page.next else { break };
        find = people.find("n < 5").order_by("n DESC").limit(4).after(&after);
        cursor = after;
    }
    assert_eq!(rows.len(), 19);
}

#[test]
fn explain_by_command_says_what_the_method_says() {
    let db = database();
    let people = db.collection("c").expect("it was made");
    people.create_index(Index::sorted("n")).expect("no document");
    for n in 0..25 {
        people.insert(&format!("{n:02}"), &json!({"n": n})).expect("a new id");
    }
    let answer = db.execute(command("DOC.EXPLAIN c 'n > 20' ORDER BY m LIMIT 3"));
    let Ok(Array(lines)) = answer else { panic!("{answer:?}") };
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let explain = people.find("n > 20").order_by("m").limit(3).explain().expect("a query");
    assert_eq!((&explain.indexes[..], explain.is_sorted), (&["n".to_owned()][..], true));
    for line in [
        format!("documents examined: {}", explain.rows_examined),
        format!("rows returned: {}", explain.rows_returned),
        "access: index n".to_owned(),
        "order: sorted".to_owned(),
    ] {
        assert!(lines.contains(&line), "{line} in {lines:?}");
    }
}
