use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", collection = "people")]
struct User {
    #[kora(id)]
    id: String,

}

fn main() {}
