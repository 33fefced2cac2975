#![allow(dead_code, unused_variables)]

use kora::{KoraDocument, KoraEmbed};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", index(city, score))]
struct User {
    #[kora(id)]
    id: String,
    #[kora(unique)]
    email: String,
    #[kora(index)]
    country: String,
    #[kora(index = sorted)]
    age: u32,
    #[kora(index)]
    tags: Vec<String>,
    city: String,
    score: f64,
    name: String,
    nick: Option<String>,
    #[kora(version)]
    version: u64,
    #[kora(embed)]
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize, KoraEmbed)]
struct Line {
    #[kora(index)]
    sku: String,
    count: u32,
}

fn main() -> kora::Result<()> {
    let users = kora::Database::in_memory().repository::<User>()?;
    let f = User::fields();
    users.find(f.country.eq("GH").not());
    Ok(())
}
