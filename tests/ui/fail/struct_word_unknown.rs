use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", idnex(id, age))]
struct User {
    #[kora(id)]
    id: String,
    age: u32,
}

fn main() {}
