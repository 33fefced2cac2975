use kora::KoraDocument;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    #[kora(id)]
    id: String,
    #[serde(flatten)]
    more: std::collections::BTreeMap<String, u32>,
}

fn main() {}
