//! What is measured: collections with the five indexes, each as its user would write it.

mod kora;
mod kora_embedded;
mod limit;
mod native_db;
mod sqlite;

use crate::data::{Ask, Person};

pub(crate) use kora::Kora;

/// One operation of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Get,
    Email,
    City,
    Best,
    Tag,
    Count,
    Update,
}

impl Operation {
    pub(crate) const ALL: [Operation; 7] = [
        Operation::Get,
        Operation::Email,
        Operation::City,
        Operation::Best,
        Operation::Tag,
        Operation::Count,
        Operation::Update,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Operation::Get => "get",
            Operation::Email => "email",
            Operation::City => "city",
            Operation::Best => "best",
            Operation::Tag => "tag",
            Operation::Count => "count",
            Operation::Update => "update",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Operation::Get => "get by id, decoded",
            Operation::Email => "find by unique email",
            Operation::City => "city =, limit 20, decoded",
            Operation::Best => "city = and age between, by score desc, limit 20",
            Operation::Tag => "tag contains, limit 20",
            Operation::Count => "count(city =)",
            Operation::Update => "update one indexed field",
        }
    }

    /// What Kora is to reach: times SQLite, times the limit.
    pub(crate) fn targets(self) -> (f64, Option<f64>) {
        match self {
            Operation::Get | Operation::Email => (2.0, Some(0.8)),
            Operation::City => (2.5, Some(0.8)),
            Operation::Best => (8.0, Some(1.0)),
            Operation::Tag => (3.0, None),
            Operation::Count => (30.0, None),
            Operation::Update => (2.5, None),
        }
    }
}

/// A collection of people, indexed by unique email, city, age, tags and score.
pub(crate) trait Store {
    /// Adds people, as fast as it goes.
    fn insert(&mut self, people: &[Person]);

    /// After the last insert: statistics and prepared statements.
    fn prepare(&mut self) {}

    /// Whether it has an operation.
    fn knows(&self, _operation: Operation) -> bool {
        true
    }

    fn get(&self, id: &str) -> Option<Person>;
    fn by_email(&self, email: &str) -> Option<Person>;
    fn by_city(&self, city: &str) -> Vec<Person>;
    /// Of a city's people of these ages those of the highest scores.
    fn best(&self, city: &str, low: u32, high: u32) -> Vec<Person>;
    fn by_tag(&self, tag: &str) -> Vec<Person>;
    fn count(&self, city: &str) -> u64;
    fn set_score(&self, id: &str, score: f64);

    /// Bytes that it says it takes.
    fn own_bytes(&self) -> Option<usize> {
        None
    }
}

/// Does an operation once; how much came of it.
pub(crate) fn step(store: &dyn Store, operation: Operation, ask: &Ask) -> usize {
    let first_tag = |people: Vec<Person>| people.iter().map(|person| person.tags.len()).sum();
    match operation {
        Operation::Get => store.get(&ask.id).map_or(0, |person| person.name.len()),
        Operation::Email => store.by_email(&ask.email).map_or(0, |person| person.name.len()),
        Operation::City => first_tag(store.by_city(&ask.city)),
        Operation::Best => first_tag(store.best(&ask.city, ask.age, ask.age + 10)),
        Operation::Tag => first_tag(store.by_tag(&ask.tag)),
        Operation::Count => usize::try_from(store.count(&ask.city)).unwrap_or(usize::MAX),
        Operation::Update => {
            store.set_score(&ask.id, ask.score);
            1
        }
    }
}

/// A peer by its name.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) open: fn() -> Box<dyn Store>,
    /// Whether it is so slow that it is filled once, and with the smaller number only.
    pub(crate) is_slow: bool,
}

pub(crate) const PEERS: [Peer; 6] = [
    Peer { name: "kora", open: || Box::new(Kora::new()), is_slow: false },
    Peer { name: "limit", open: || Box::new(limit::Limit::default()), is_slow: false },
    Peer { name: "sqlite", open: || Box::new(sqlite::Sqlite::columns()), is_slow: false },
    Peer { name: "sqlite-json", open: || Box::new(sqlite::Sqlite::json()), is_slow: false },
    Peer { name: "native_db", open: || Box::new(native_db::Native::new()), is_slow: true },
    Peer {
        name: "kora-embedded",
        open: || Box::new(kora_embedded::Embedded::new()),
        is_slow: true,
    },
];
