use kora::{KoraDocument, KoraKey};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraKey)]
enum State {
    Open,
    Closed,
}

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    #[kora(id)]
    id: String,
    #[kora(index = sorted)]
    state: State,
}

fn main() {}
