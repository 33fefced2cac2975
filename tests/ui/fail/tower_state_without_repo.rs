use axum::{Router, extract::State, routing::get};
use kora::KoraDocument;
use kora_tower::{Kora, Repo};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    #[kora(id)]
    id: String,
}

async fn count(users: State<Repo<User>>) {
    drop(users);
}

fn main() {
    let kora = Kora::from(kora::Database::in_memory());
    let _: Router = Router::new().route("/users", get(count)).with_state(kora);
}
