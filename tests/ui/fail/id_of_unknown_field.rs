use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", id(tenant, numbr))]
struct User {
    tenant: String,
    number: u64,
}

fn main() {}
