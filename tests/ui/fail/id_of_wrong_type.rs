use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    #[kora(id)]
    id: Vec<u8>,
}

fn main() {}
