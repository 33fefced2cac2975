use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", index(city, aeg))]
struct User {
    #[kora(id)]
    id: String,
    city: String,
    age: u32,
}

fn main() {}
