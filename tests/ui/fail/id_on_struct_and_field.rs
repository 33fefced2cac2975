use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users", id(tenant, number))]
struct User {
    #[kora(id)]
    tenant: String,
    number: u64,
}

fn main() {}
