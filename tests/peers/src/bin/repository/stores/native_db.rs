//! native_db in memory. It has no floating-point keys and no index of the elements of an array.

use native_db::{Builder, Database, Models, ToKey, native_db};
use native_model::{Model, native_model};
use serde::{Deserialize, Serialize};

use super::Store;
use crate::data::{LIMIT, Person};

/// A person, as native_db wants one. Scores are kept as whole numbers, which have its order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[native_model(id = 1, version = 1)]
#[native_db]
struct Item {
    #[primary_key]
    id: String,
    #[secondary_key(unique)]
    email: String,
    name: String,
    #[secondary_key]
    city: String,
    #[secondary_key]
    age: u32,
    #[secondary_key]
    score: u64,
    tags: Vec<String>,
    active: bool,
    street: String,
    zip: String,
    about: String,
}

impl From<&Person> for Item {
    fn from(person: &Person) -> Item {
        let Person { id, email, name, city, age, score, tags, active, street, zip, about } =
            person.clone();
        let score = score.to_bits();
        Item { id, email, name, city, age, score, tags, active, street, zip, about }
    }
}

impl From<Item> for Person {
    fn from(item: Item) -> Person {
        let Item { id, email, name, city, age, score, tags, active, street, zip, about } = item;
        let score = f64::from_bits(score);
        Person { id, email, name, city, age, score, tags, active, street, zip, about }
    }
}

pub(crate) struct Native(Database<'static>);

impl Native {
    pub(crate) fn new() -> Native {
        let mut models = Models::new();
        models.define::<Item>().expect("a model");
        let models = Box::leak(Box::new(models));
        Native(Builder::new().create_in_memory(models).expect("a database"))
    }
}

impl Store for Native {
    fn insert(&mut self, people: &[Person]) {
        let write = self.0.rw_transaction().expect("a transaction");
        for person in people {
            write.insert(Item::from(person)).expect("room");
        }
        write.commit().expect("room");
    }

    fn get(&self, id: &str) -> Option<Person> {
        let read = self.0.r_transaction().expect("a transaction");
        read.get().primary::<Item>(id).expect("an item").map(Person::from)
    }

    fn by_email(&self, email: &str) -> Option<Person> {
        let read = self.0.r_transaction().expect("a transaction");
        let found = read.get().secondary::<Item>(ItemKey::email, email).expect("an item");
        found.map(Person::from)
    }

    fn from_score(&self, score: f64) -> Vec<Person> {
        let read = self.0.r_transaction().expect("a transaction");
        let scan = read.scan().secondary::<Item>(ItemKey::score).expect("an index");
        let found = scan.range(score.to_bits()..).expect("a range");
        found.take(LIMIT).map(|item| item.expect("an item").into()).collect()
    }
}
