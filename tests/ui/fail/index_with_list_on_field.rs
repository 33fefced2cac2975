use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    #[kora(id)]
    id: String,
    #[kora(index(age, city))]
    age: u32,
}

fn main() {}
