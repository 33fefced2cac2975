use kora::KoraEmbed;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraEmbed)]
#[kora(collection = "places")]
struct Place {
    #[kora(id)]
    city: String,
}

fn main() {}
