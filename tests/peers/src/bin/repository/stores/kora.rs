//! Kora: the typed repository of a database in memory as it is.

use kora::{Database, Repository};

use super::Store;
use crate::data::{LIMIT, Person};

pub(crate) struct Kora(Repository<Person>);

impl Kora {
    pub(crate) fn new() -> Kora {
        Kora(Database::in_memory().repository().expect("a new collection"))
    }
}

impl Store for Kora {
    fn insert(&mut self, people: &[Person]) {
        self.0.insert_many(people).expect("room");
    }

    fn get(&self, id: &str) -> Option<Person> {
        self.0.get(id).expect("a person")
    }

    fn by_email(&self, email: &str) -> Option<Person> {
        self.0.find(Person::fields().email.eq(email)).first().expect("a person")
    }

    fn from_score(&self, score: f64) -> Vec<Person> {
        let f = Person::fields();
        let found = self.0.find(f.score.ge(score)).order_by(f.score.asc()).limit(LIMIT);
        found.all().expect("people")
    }
}
