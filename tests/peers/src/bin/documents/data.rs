//! The documents, and what is asked of them; all of it follows from a number.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

pub(crate) const CITIES: u32 = 200;
pub(crate) const TAGS: u32 = 100;
/// Rows that a query asks for.
pub(crate) const LIMIT: usize = 20;

/// A document: some 300 bytes of JSON text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) city: String,
    pub(crate) age: u32,
    pub(crate) score: f64,
    pub(crate) tags: Vec<String>,
    pub(crate) active: bool,
    pub(crate) address: Address,
    pub(crate) about: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) street: String,
    pub(crate) zip: String,
}

pub(crate) fn id(number: u32) -> String {
    format!("person-{number:08}")
}

pub(crate) fn email(number: u32) -> String {
    format!("someone.{number}@example.org")
}

pub(crate) fn city(number: u32) -> String {
    format!("City of {number:03}")
}

pub(crate) fn tag(number: u32) -> String {
    format!("tag-{number:02}")
}

fn score(random: &mut SmallRng) -> f64 {
    f64::from(random.random_range(0..10_000_000_u32)) / 10_000.0
}

impl Person {
    pub(crate) fn new(number: u32) -> Person {
        let random = &mut SmallRng::seed_from_u64(u64::from(number));
        let first = random.random_range(0..TAGS);
        let tags = (0..3).map(|step| tag((first + step * 7) % TAGS)).collect();
        let words = ["bright", "quiet", "curious", "brave", "patient", "merry"];
        let word = |random: &mut SmallRng| words[random.random_range(0..words.len())];
        Person {
            id: id(number),
            email: email(number),
            name: format!("{} {number} of many", word(random)),
            city: city(random.random_range(0..CITIES)),
            age: random.random_range(18..78),
            score: score(random),
            tags,
            active: random.random(),
            address: Address {
                street: format!("{} Long Street", random.random_range(1..1000)),
                zip: format!("{:05}", random.random_range(0..100_000)),
            },
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
    pub(crate) score: f64,
}

/// Questions about so many documents, uniform.
pub(crate) fn asks(seed: u64, documents: u32) -> Vec<Ask> {
    let random = &mut SmallRng::seed_from_u64(seed);
    let ask = |_| Ask {
        id: id(random.random_range(0..documents)),
        email: email(random.random_range(0..documents)),
        city: city(random.random_range(0..CITIES)),
        tag: tag(random.random_range(0..TAGS)),
        age: random.random_range(18..68),
        score: score(random),
    };
    (0..1 << 16).map(ask).collect()
}
