//! Every way in which a handler is given the database, in one router.

use axum::extract::{FromRef, State};
use axum::{Router, routing::get};
use kora::{Database, KoraDocument};
use kora_tower::{Doc, Kora, KoraLayer, KoraRejection, Repo};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, KoraDocument)]
#[kora(collection = "users")]
struct User {
    #[kora(id)]
    id: String,
}

#[derive(Clone, FromRef)]
struct App {
    kora: Kora,
    users: Repo<User>,
}

fn main() {
    let db = Database::in_memory();
    let users = Repo::from(db.repository::<User>().unwrap().asynchronous());
    let app = App { kora: Kora::new(&db), users };
    let _: Router = Router::new()
        .route("/kora", get(async |_: Kora| ()))
        .route("/perhaps", get(async |_: Option<Kora>| ()))
        .route("/result", get(async |_: Result<Repo<User>, KoraRejection>| ()))
        .route("/repo", get(async |_: Repo<User>, _: State<Repo<User>>, _: State<Kora>| ()))
        .route("/users/{id}", get(async |user: Doc<User>| user))
        .layer(KoraLayer::new(db))
        .with_state(app);
}
