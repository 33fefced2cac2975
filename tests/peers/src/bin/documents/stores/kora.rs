//! Kora: `Database::in_memory()` as it is, by the typed calls of a collection.

use kora::{Collection, Database, Index, Update};

use super::Store;
use crate::data::{LIMIT, Person};

pub(crate) struct Kora {
    pub(crate) people: Collection,
}

impl Kora {
    pub(crate) fn new() -> Kora {
        let people = Database::in_memory().create_collection("people").expect("a new name");
        for index in [
            Index::unique("email"),
            Index::hash("city"),
            Index::sorted("age"),
            Index::array("tags"),
            Index::sorted("score"),
        ] {
            people.create_index(index).expect("an index");
        }
        Kora { people }
    }
}

impl Store for Kora {
    fn insert(&mut self, people: &[Person]) {
        for person in people {
            self.people.insert(&person.id, person).expect("room");
        }
    }

    fn get(&self, id: &str) -> Option<Person> {
        self.people.get(id).expect("a person")
    }

    fn by_email(&self, email: &str) -> Option<Person> {
        let filter = &format!("email = '{email}'");
        self.people.find(filter).first().expect("a person")
    }

    fn by_city(&self, city: &str) -> Vec<Person> {
        let filter = &format!("city = '{city}'");
        self.people.find(filter).limit(LIMIT).all().expect("people")
    }

    fn best(&self, city: &str, low: u32, high: u32) -> Vec<Person> {
        let filter = &format!("city = '{city}' AND age BETWEEN {low} AND {high}");
        self.people.find(filter).order_by("score DESC").limit(LIMIT).all().expect("people")
    }

    fn by_tag(&self, tag: &str) -> Vec<Person> {
        let filter = &format!("tags CONTAINS '{tag}'");
        self.people.find(filter).limit(LIMIT).all().expect("people")
    }

    fn count(&self, city: &str) -> u64 {
        self.people.count(&format!("city = '{city}'")).expect("a number")
    }

    fn set_score(&self, id: &str, score: f64) {
        let update = Update::new().set("score", score).expect("a number");
        assert!(self.people.update(id, &update).expect("room"));
    }

    fn own_bytes(&self) -> Option<usize> {
        Some(self.people.used_memory())
    }
}
