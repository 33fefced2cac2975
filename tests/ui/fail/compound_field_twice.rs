use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", unique(city, city))]
struct User {
    #[kora(id)]
    id: String,
    city: String,
}

fn main() {}
