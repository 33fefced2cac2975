use kora::{KoraDocument, KoraEmbed};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraEmbed)]
struct Place {
    city: String,
}

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    #[kora(id)]
    id: String,
    #[kora(embed, index)]
    place: Place,
}

fn main() {}
