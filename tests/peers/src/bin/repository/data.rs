//! The people, and what is asked of them; all of it follows from a number.

use kora::KoraDocument;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

const CITIES: u32 = 200;
const TAGS: u32 = 100;
/// Rows that a query asks for.
pub(crate) const LIMIT: usize = 20;

/// A document: some 300 bytes of JSON text, with the indexes of the table of documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "people")]
pub(crate) struct Person {
    #[kora(id)]
    pub(crate) id: String,
    #[kora(unique)]
    pub(crate) email: String,
    pub(crate) name: String,
    #[kora(index)]
    pub(crate) city: String,
    #[kora(index)]
    pub(crate) age: u32,
    #[kora(index)]
    pub(crate) score: f64,
    #[kora(index)]
    pub(crate) tags: Vec<String>,
    pub(crate) active: bool,
    pub(crate) street: String,
    pub(crate) zip: String,
    pub(crate) about: String,
}

fn id(number: u32) -> String {
    format!("person-{number:08}")
}

fn email(number: u32) -> String {
    format!("someone.{number}@example.org")
}

fn city(number: u32) -> String {
    format!("City of {number:03}")
}

fn tag(number: u32) -> String {
    format!("tag-{number:02}")
}

fn score(random: &mut SmallRng) -> f64 {
    f64::from(random.random_range(0..10_000_000_u32)) / 10_000.0
}

impl Person {
    pub(crate) fn new(number: u32) -> Person {
        let random = &mut SmallRng::seed_from_u64(u64::from(number));
        let first = random.random_range(0..TAGS);
        let words = ["bright", "quiet", "curious", "brave", "patient", "merry"];
        let word = |random: &mut SmallRng| words[random.random_range(0..words.len())];
        Person {
            id: id(number),
            email: email(number),
            name: format!("{} {number} of many", word(random)),
            city: city(random.random_range(0..CITIES)),
            age: random.random_range(18..78),
            score: score(random),
            tags: (0..3).map(|step| tag((first + step * 7) % TAGS)).collect(),
            active: random.random(),
            street: format!("{} Long Street", random.random_range(1..1000)),
            zip: format!("{:05}", random.random_range(0..100_000)),
            about: format!("A {} and {} person, at times.", word(random), word(random)),
        }
    }

    pub(crate) fn many(count: u32) -> Vec<Person> {
        (0..count).map(Person::new).collect()
    }
}

/// What is asked, in all operations.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) city: String,
    pub(crate) tag: String,
    /// Ages from this one to ten years more.
    pub(crate) age: u32,
    /// Scores from this one on.
    pub(crate) score: f64,
}

/// Questions about so many people, uniform.
pub(crate) fn asks(seed: u64, people: u32) -> Vec<Ask> {
    let random = &mut SmallRng::seed_from_u64(seed);
    let ask = |_| Ask {
        id: id(random.random_range(0..people)),
        email: email(random.random_range(0..people)),
        city: city(random.random_range(0..CITIES)),
        tag: tag(random.random_range(0..TAGS)),
        age: random.random_range(18..68),
        score: score(random),
    };
    (0..1 << 16).map(ask).collect()
}
