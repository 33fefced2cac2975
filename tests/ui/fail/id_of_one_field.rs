use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", id(tenant))]
struct User {
    tenant: String,
}

fn main() {}
