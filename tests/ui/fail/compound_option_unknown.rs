use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", index(city, age, where = "age > 3"))]
struct User {
    #[kora(id)]
    id: String,
    city: String,
    age: u32,
}

fn main() {}
