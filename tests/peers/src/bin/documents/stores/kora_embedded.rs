//! The published crate `kora-embedded` 0.2: its document calls take and give `serde_json` values.

use kora_embedded::{Config, Database, DocCollectionConfig, DocUpdateMutation};
use serde_json::Value;

use super::Store;
use crate::data::{LIMIT, Person};

const PEOPLE: &str = "people";

pub(crate) struct Embedded(Database);

fn person(value: Value) -> Person {
    serde_json::from_value(value).expect("a person")
}

impl Embedded {
    pub(crate) fn new() -> Embedded {
        let database = Database::open(Config::default());
        database.doc_create_collection(PEOPLE, DocCollectionConfig::default()).expect("a name");
        for (field, kind) in [
            ("email", "unique"),
            ("city", "hash"),
            ("age", "sorted"),
            ("tags", "array"),
            ("score", "sorted"),
        ] {
            database.doc_create_index(PEOPLE, field, kind).expect("an index");
        }
        Embedded(database)
    }

    fn find(&self, condition: &str, order: Option<&str>) -> Vec<Person> {
        let found =
            self.0.doc_find(PEOPLE, condition, None, Some(LIMIT), 0, order, order.is_some());
        found.expect("a query").into_iter().map(person).collect()
    }
}

impl Store for Embedded {
    fn insert(&mut self, people: &[Person]) {
        for one in people {
            let value = serde_json::to_value(one).expect("JSON");
            self.0.doc_set(PEOPLE, &one.id, &value).expect("room");
        }
    }

    fn get(&self, id: &str) -> Option<Person> {
        self.0.doc_get(PEOPLE, id, None).expect("a query").map(person)
    }

    fn by_email(&self, email: &str) -> Option<Person> {
        self.find(&format!("email = \"{email}\""), None).pop()
    }

    fn by_city(&self, city: &str) -> Vec<Person> {
        self.find(&format!("city = \"{city}\""), None)
    }

    fn best(&self, city: &str, low: u32, high: u32) -> Vec<Person> {
        let condition = format!("city = \"{city}\" AND age >= {low} AND age <= {high}");
        self.find(&condition, Some("score"))
    }

    fn by_tag(&self, tag: &str) -> Vec<Person> {
        self.find(&format!("tags CONTAINS \"{tag}\""), None)
    }

    fn count(&self, city: &str) -> u64 {
        self.0.doc_count(PEOPLE, &format!("city = \"{city}\"")).expect("a query")
    }

    fn set_score(&self, id: &str, score: f64) {
        let set = DocUpdateMutation::Set { path: "score".to_owned(), value: score.into() };
        assert!(self.0.doc_update(PEOPLE, id, &[set]).expect("room"));
    }
}
