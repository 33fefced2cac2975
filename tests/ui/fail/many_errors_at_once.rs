use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", tll = "1d")]
struct User {
    #[kora(idd)]
    id: String,
    #[kora(index = btree)]
    age: u32,
    #[kora(version = 1)]
    version: u64,
}

fn main() {}
