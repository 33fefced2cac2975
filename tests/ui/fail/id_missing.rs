use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    name: String,
}

fn main() {}
