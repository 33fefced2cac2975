//! toasty on SQLite in memory. Its methods are awaited; a runtime of one thread does that here.

use std::cell::RefCell;

use tokio::runtime::{Builder, Runtime};
use toasty_driver_sqlite::Sqlite;

use super::Store;
use crate::data::{LIMIT, Person};

/// Rows of one INSERT.
const BATCH: usize = 500;

/// A person, as toasty wants one; tags are JSON text.
#[derive(Debug, toasty::Model)]
struct Row {
    #[key]
    id: String,
    #[unique]
    email: String,
    name: String,
    #[index]
    city: String,
    #[index]
    age: u32,
    #[index]
    score: f64,
    tags: String,
    active: bool,
    street: String,
    zip: String,
    about: String,
}

impl From<Row> for Person {
    fn from(row: Row) -> Person {
        let Row { id, email, name, city, age, score, tags, active, street, zip, about } = row;
        let tags = serde_json::from_str(&tags).expect("tags");
        Person { id, email, name, city, age, score, tags, active, street, zip, about }
    }
}

pub(crate) struct Toasty {
    runtime: Runtime,
    db: RefCell<toasty::Db>,
}

impl Toasty {
    pub(crate) fn new() -> Toasty {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let db = runtime.block_on(async {
            let mut builder = toasty::Db::builder();
            let db = builder.models(toasty::models!(Row)).build(Sqlite::in_memory()).await;
            let db = db.expect("a database");
            db.push_schema().await.expect("tables");
            db
        });
        Toasty { runtime, db: RefCell::new(db) }
    }
}

impl Store for Toasty {
    fn insert(&mut self, people: &[Person]) {
        let db = self.db.get_mut();
        self.runtime.block_on(async {
            let mut transaction = db.transaction().await.expect("a transaction");
            for batch in people.chunks(BATCH) {
                let mut many = Row::create_many();
                for person in batch {
                    let one = person.clone();
                    let row = Row::create()
                        .id(one.id)
                        .email(one.email)
                        .name(one.name)
                        .city(one.city)
                        .age(one.age)
                        .score(one.score)
                        .tags(serde_json::to_string(&one.tags).expect("JSON"))
                        .active(one.active)
                        .street(one.street)
                        .zip(one.zip)
                        .about(one.about);
                    many = many.item(row);
                }
                many.exec(&mut transaction).await.expect("room");
            }
            transaction.commit().await.expect("room");
        });
    }

    fn get(&self, id: &str) -> Option<Person> {
        let db = &mut *self.db.borrow_mut();
        let found = self.runtime.block_on(Row::filter_by_id(id).first().exec(db));
        found.expect("a row").map(Person::from)
    }

    fn by_email(&self, email: &str) -> Option<Person> {
        let db = &mut *self.db.borrow_mut();
        let found = self.runtime.block_on(Row::filter_by_email(email).first().exec(db));
        found.expect("a row").map(Person::from)
    }

    fn from_score(&self, score: f64) -> Vec<Person> {
        let db = &mut *self.db.borrow_mut();
        let query = Row::filter(Row::fields().score().ge(score));
        let query = query.order_by(Row::fields().score().asc()).limit(LIMIT);
        let found = self.runtime.block_on(query.exec(db)).expect("rows");
        found.into_iter().map(Person::from).collect()
    }
}
