use axum::{Router, routing::get};
use kora_tower::Repo;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct User {
    id: String,
}

async fn count(users: Repo<User>) {
    drop(users);
}

fn main() {
    let _: Router = Router::new().route("/users", get(count));
}
