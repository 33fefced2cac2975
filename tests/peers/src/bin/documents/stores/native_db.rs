//! native_db in memory. Its keys are of whole fields, so it has no index of the elements of an
//! array; a query by several fields, or with an order, is the program's own loop.

use native_db::{Builder, Database, Models, ToKey, native_db};
use native_model::{Model, native_model};
use serde::{Deserialize, Serialize};

use super::{Operation, Store};
use crate::data::{Address, LIMIT, Person};

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
        let Person { id, email, name, city, age, score, tags, active, address, about } =
            person.clone();
        let score = score.to_bits();
        let Address { street, zip } = address;
        Item { id, email, name, city, age, score, tags, active, street, zip, about }
    }
}

impl From<Item> for Person {
    fn from(item: Item) -> Person {
        let Item { id, email, name, city, age, score, tags, active, street, zip, about } = item;
        let (score, address) = (f64::from_bits(score), Address { street, zip });
        Person { id, email, name, city, age, score, tags, active, address, about }
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

    fn of_city(&self, city: &str, most: usize, fits: impl Fn(&Item) -> bool) -> Vec<Item> {
        let read = self.0.r_transaction().expect("a transaction");
        let scan = read.scan().secondary::<Item>(ItemKey::city).expect("an index");
        let found = scan.range(city..=city).expect("a range");
        found.map(|item| item.expect("an item")).filter(fits).take(most).collect()
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

    fn knows(&self, operation: Operation) -> bool {
        operation != Operation::Tag
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

    fn by_city(&self, city: &str) -> Vec<Person> {
        self.of_city(city, LIMIT, |_| true).into_iter().map(Person::from).collect()
    }

    fn best(&self, city: &str, low: u32, high: u32) -> Vec<Person> {
        let fits = |item: &Item| (low..=high).contains(&item.age);
        let mut found = self.of_city(city, usize::MAX, fits);
        found.sort_by_key(|item| std::cmp::Reverse(item.score));
        found.into_iter().take(LIMIT).map(Person::from).collect()
    }

    fn by_tag(&self, _tag: &str) -> Vec<Person> {
        Vec::new()
    }

    fn count(&self, city: &str) -> u64 {
        self.of_city(city, usize::MAX, |_| true).len() as u64
    }

    fn set_score(&self, id: &str, score: f64) {
        let write = self.0.rw_transaction().expect("a transaction");
        let old: Item = write.get().primary(id).expect("an item").expect("it is there");
        let new = Item { score: score.to_bits(), ..old.clone() };
        write.update(old, new).expect("room");
        write.commit().expect("room");
    }
}
