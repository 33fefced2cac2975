//! PoloDB in memory, by its typed collection. The fourth version, which is Rust alone: the fifth keeps
//! its data in a RocksDB on a disk. Its queries have neither order nor limit, and no index serves a
//! range, so those are the program's own.

use bson2::doc;
use polodb_core::{Collection, Database, IndexModel, IndexOptions};

use super::Store;
use crate::data::{LIMIT, Person};

pub(crate) struct Polo {
    people: Collection<Person>,
    /// What the collection is of.
    _database: Database,
}

impl Polo {
    pub(crate) fn new() -> Polo {
        let database = Database::open_memory().expect("a database");
        let people = database.collection::<Person>("people");
        for (field, is_unique) in [("id", true), ("email", true)] {
            let options = IndexOptions { name: None, unique: Some(is_unique) };
            let keys = doc! { field: 1 };
            people.create_index(IndexModel { keys, options: Some(options) }).expect("an index");
        }
        Polo { people, _database: database }
    }
}

impl Store for Polo {
    fn insert(&mut self, people: &[Person]) {
        self.people.insert_many(people).expect("room");
    }

    fn get(&self, id: &str) -> Option<Person> {
        self.people.find_one(doc! { "id": id }).expect("a person")
    }

    fn by_email(&self, email: &str) -> Option<Person> {
        self.people.find_one(doc! { "email": email }).expect("a person")
    }

    fn from_score(&self, score: f64) -> Vec<Person> {
        let found = self.people.find(doc! { "score": { "$gte": score } }).expect("people");
        let mut people: Vec<Person> = found.map(|person| person.expect("a person")).collect();
        people.sort_by(|one, other| one.score.total_cmp(&other.score));
        people.truncate(LIMIT);
        people
    }
}
