//! Typed stores of people, each as its user would write it.

mod kora;
mod native_db;
mod polodb;
mod sqlite;
mod toasty;

use crate::data::Person;

/// People by id, by a unique email, and in the order of their scores.
pub(crate) trait Store {
    /// Adds people, as fast as it goes.
    fn insert(&mut self, people: &[Person]);

    /// After the last insert: statistics and prepared statements.
    fn prepare(&mut self) {}

    fn get(&self, id: &str) -> Option<Person>;
    fn by_email(&self, email: &str) -> Option<Person>;
    /// The first people whose score is at least this, by their scores.
    fn from_score(&self, score: f64) -> Vec<Person>;
}

/// A peer by its name.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) open: fn() -> Box<dyn Store>,
    /// Whether it is so slow that one round must do.
    pub(crate) is_slow: bool,
}

/// The first one is compared with the others.
pub(crate) const PEERS: [Peer; 5] = [
    Peer { name: "kora", open: || Box::new(kora::Kora::new()), is_slow: false },
    Peer { name: "rusqlite + serde", open: || Box::new(sqlite::Sqlite::new()), is_slow: false },
    Peer { name: "native_db", open: || Box::new(native_db::Native::new()), is_slow: false },
    Peer { name: "toasty", open: || Box::new(toasty::Toasty::new()), is_slow: true },
    Peer { name: "polodb", open: || Box::new(polodb::Polo::new()), is_slow: true },
];
