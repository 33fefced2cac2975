//! Kora: `Database::in_memory()` as it is, by the typed calls of a collection.

use kora::{Collection, Database, Find, Index, Update};

use super::Store;
use crate::data::{LIMIT, Person};

pub(crate) struct Kora {
    pub(crate) people: Collection,
    /// Prepared, as SQLite's statements are.
    by_email: Find,
    by_city: Find,
    best: Find,
    by_tag: Find,
    in_city: Find,
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
        Kora {
            by_email: people.find("email = ?"),
            by_city: people.find("city = ?").limit(LIMIT),
            best: people
                .find("city = ? AND age BETWEEN ? AND ?")
                .order_by("score DESC")
                .limit(LIMIT),
            by_tag: people.find("tags CONTAINS ?").limit(LIMIT),
            in_city: people.find("city = ?"),
            people,
        }
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
        self.by_email.bind([email]).first().expect("a person")
    }

    fn by_city(&self, city: &str) -> Vec<Person> {
        self.by_city.bind([city]).all().expect("people")
    }

    fn best(&self, city: &str, low: u32, high: u32) -> Vec<Person> {
        self.best.bind((city, low, high)).all().expect("people")
    }

    fn by_tag(&self, tag: &str) -> Vec<Person> {
        self.by_tag.bind([tag]).all().expect("people")
    }

    fn count(&self, city: &str) -> u64 {
        self.in_city.bind([city]).count().expect("a number")
    }

    fn set_score(&self, id: &str, score: f64) {
        let update = Update::new().set("score", score).expect("a number");
        assert!(self.people.update(id, &update).expect("room"));
    }

    fn own_bytes(&self) -> Option<usize> {
        Some(self.people.used_memory())
    }
}
