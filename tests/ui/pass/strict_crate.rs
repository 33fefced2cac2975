//! A crate that wants everything documented and no warnings.
#![deny(missing_docs, warnings, unreachable_pub, missing_debug_implementations)]

use kora::{KoraDocument, KoraEmbed, KoraKey};
use serde::{Deserialize, Serialize};

/// Somebody.
#[derive(Debug, Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", patch, index(age, city, name = "by_age"), unique(city, nick))]
pub struct User {
    /// The id.
    #[kora(id(auto = uuid7))]
    pub id: String,
    age: u32,
    city: String,
    nick: String,
    /// Where.
    #[kora(embed)]
    pub place: Place,
    #[kora(index)]
    state: State,
    #[kora(version)]
    version: u64,
    #[kora(created_at)]
    created_at: std::time::SystemTime,
    #[kora(updated_at, index)]
    updated_at: i64,
    #[kora(expires_at)]
    expires_at: Option<u64>,
}

/// A place.
#[derive(Debug, Serialize, Deserialize, KoraEmbed)]
pub struct Place {
    /// The city.
    #[kora(index)]
    pub city: String,
    street: String,
}

/// What somebody does.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, KoraKey)]
pub enum State {
    /// Works.
    Active,
    /// Does not.
    Asleep,
}

fn main() {}
