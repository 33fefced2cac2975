use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
struct User {
    #[kora(id)]
    id: String,

}

fn main() {}
