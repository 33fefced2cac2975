use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", index(city))]
struct User {
    #[kora(id)]
    id: String,
    city: String,
}

fn main() {}
